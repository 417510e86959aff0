"""The settings of a run: everything, beside the program and the choices, that decides what happens.

A run is a program, its settings and a list of choices; nothing else influences it. Settings are plain,
comparable and can be saved in a trace file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from interp.language.errors import UsageError

MODES = ("sequential", "threads", "processes")

LARGEST_CORES = 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run a program.

    `interval` is the lock's switch interval in ticks, None for the default of the lock and the costs;
    `switch_points` the name of a rule, None for the lock's own; `seed` draws who is next where several could
    be, None for first in, first out; `schedule` is a line such as `1*12 2*3 1`. Raises `UsageError` where a
    setting makes no sense.
    """

    mode: str = "threads"
    lock: str = "python3.13"
    interval: int | None = None
    cores: int = 4
    seed: int | None = None
    schedule: str | None = None
    costs: str = "classroom"
    max_steps: int = 50_000_000
    switch_points: str | None = None

    def __post_init__(self) -> None:
        check_choice("mode", self.mode, MODES)
        if self.interval is not None:
            check_range("interval", self.interval, 1, 10**12)
        check_range("cores", self.cores, 1, LARGEST_CORES)
        check_range("max-steps", self.max_steps, 1, 10**15)
        if self.seed is not None:
            check_range("seed", self.seed, 0, 2**63 - 1)

    def but(self, **changes: Any) -> Settings:
        """Return the same settings with some changed."""
        return replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as a flat object."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def check_choice(what: str, given: str, known: Sequence[str]) -> None:
    """Raise `UsageError` unless `given` is one of the known words; a near miss is suggested."""
    if given not in known:
        near = get_close_matches(given, known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"{given!r} is not a {what}; there are: {', '.join(known)}.{hint}")


def check_range(what: str, given: object, lowest: int, highest: int) -> None:
    """Raise `UsageError` unless `given` is an int from `lowest` to `highest`."""
    if not isinstance(given, int) or isinstance(given, bool) or not lowest <= given <= highest:
        raise UsageError(f"{what} must be a whole number from {lowest} to {highest}, not {given!r}.")
