"""`interp programs` and `interp locks`: what there is to choose from."""

from __future__ import annotations

import textwrap
from itertools import groupby
from shutil import get_terminal_size
from typing import Any

from interp import LOCKS, Settings, UsageError
from interp.bundled import BundledProgram, bundled_programs
from interp.commands.outputs import write, write_json
from interp.commands.status import Status
from interp.scheduling.costs import COSTS
from interp.scheduling.locks.policy import LockPolicy

DEFAULTS = Settings()


def programs(*, as_json: bool) -> int:
    """List the programs that come with interp; returns the exit status."""
    found = bundled_programs()
    if not found:
        raise UsageError("the programs that come with interp are missing: it was not installed completely.")
    if as_json:
        write_json({"programs": [describe_program(program) for program in found]})
        return Status.FINE
    width = max(len(program.name) for program in found)
    parts = []
    for group, members in groupby(found, key=lambda program: program.group):
        lines = [group, *(entry_of(program, width) for program in members)]
        parts.append("\n".join(lines))
    write("\n\n".join(parts) + "\n")
    return Status.FINE


def entry_of(program: BundledProgram, width: int) -> str:
    """Return what a program teaches and, on a line of its own, the options with which that shows best."""
    entry = indented(program.name, program.teaches, width)
    return f"{entry}\n{' ' * (width + 4)}shown by {program.settings}" if program.settings else entry


def describe_program(program: BundledProgram) -> dict[str, str]:
    """Return what `--json` tells of a program."""
    return {
        "name": program.name,
        "group": program.group,
        "teaches": program.teaches,
        "settings": program.settings,
        "path": str(program.path),
    }


def locks(*, as_json: bool) -> int:
    """List the policies of the global lock; returns the exit status."""
    if as_json:
        write_json({"locks": [describe_lock(lock) for lock in LOCKS.values()]})
        return Status.FINE
    width = max(map(len, LOCKS))
    write("\n".join(indented(name, words_for(lock), width) for name, lock in LOCKS.items()) + "\n")
    return Status.FINE


def words_for(lock: LockPolicy) -> str:
    """Return what is said of a policy: what it models, where a thread may lose the lock, and how often."""
    words = [lock.models, f"may switch at {lock.switch_points}"]
    if lock.interval_in:
        words.append(f"interval {lock.default_interval(COSTS[DEFAULTS.costs]):,} {lock.interval_in}")
    if lock.name == DEFAULTS.lock:
        words.append("the default")
    if lock.also:
        words.append(f"also called {', '.join(lock.also)}")
    return "; ".join(words)


def describe_lock(lock: LockPolicy) -> dict[str, Any]:
    """Return what `--json` tells of a policy; one without an interval has null for it."""
    return {
        "name": lock.name,
        "other_names": list(lock.also),
        "models": lock.models,
        "switch_points": lock.switch_points,
        "default_interval": lock.default_interval(COSTS[DEFAULTS.costs]) if lock.interval_in else None,
        "interval_in": lock.interval_in or None,
    }


def indented(name: str, words: str, width: int) -> str:
    """Return a name and what is said of it, folded beside it where the terminal is narrow."""
    room = max(24, get_terminal_size().columns - width - 4)
    first, *others = textwrap.wrap(words, room) or [""]
    return "\n".join([f"  {name:<{width}}  {first}".rstrip(), *(" " * (width + 4) + line for line in others)])
