"""Schedules: who runs for how many steps, as a line that a person can read and type.

`1*12 2*3 1` means: thread 1 for twelve steps, thread 2 for three, thread 1 for one; then the run goes on by
itself. `2*0` means that thread 2, which waits, ends its wait (it takes the lock that has become free) and executes
nothing else yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from interp.language.errors import UsageError

ITEM = re.compile(r"([1-9][0-9]{0,5})(?:\*(0|[1-9][0-9]{0,11}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choice:
    """One part of a schedule: this thread, for so many steps."""

    thread: int
    steps: int

    def __str__(self) -> str:
        return str(self.thread) if self.steps == 1 else f"{self.thread}*{self.steps}"


@lru_cache(maxsize=16)
def parse_schedule(text: str) -> tuple[Choice, ...]:
    """Read a schedule; raises `UsageError` that names the part which is none."""
    choices = []
    for number, item in enumerate(text.split(), 1):
        match = ITEM.fullmatch(item)
        if match is None:
            raise UsageError(
                f"part {number} of the schedule, {item!r}, is not THREAD or THREAD*STEPS, as in `1*12 2*3 1`."
            )
        choices.append(Choice(int(match[1]), 1 if match[2] is None else int(match[2])))
    return tuple(choices)


def format_schedule(choices: Iterable[Choice]) -> str:
    """Write a schedule, parts of the same thread joined."""
    joined: list[Choice] = []
    for choice in choices:
        if joined and joined[-1].thread == choice.thread:
            choice = Choice(choice.thread, joined.pop().steps + choice.steps)
        joined.append(choice)
    return " ".join(map(str, joined))
