"""`interp programs` and `interp locks`: what there is to choose from."""

from __future__ import annotations

import textwrap
from itertools import groupby
from shutil import get_terminal_size

from interp import LOCKS, UsageError
from interp.bundled import BundledProgram, bundled_programs
from interp.commands.outputs import write, write_json
from interp.commands.status import Status
from interp.scheduling.costs import COSTS
from interp.scheduling.locks import OTHER_NAMES


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
    costs = COSTS["classroom"]
    others = {name: [other for other, meant in OTHER_NAMES.items() if meant == name] for name in LOCKS}
    intervals = {name: lock.default_interval(costs) for name, lock in LOCKS.items()}
    if as_json:
        write_json(
            {
                "locks": [
                    {
                        "name": name,
                        "other_names": others[name],
                        "models": lock.models,
                        "switch_points": lock.switch_points,
                        "default_interval": intervals[name],
                    }
                    for name, lock in LOCKS.items()
                ]
            }
        )
        return Status.FINE
    width = max(map(len, LOCKS))
    lines = []
    for name, lock in LOCKS.items():
        words = f"{lock.models}; switch points {lock.switch_points}; interval {intervals[name]} ticks"
        if others[name]:
            words += f"; also called {', '.join(others[name])}"
        lines.append(indented(name, words, width))
    write("\n".join(lines) + "\n")
    return Status.FINE


def indented(name: str, words: str, width: int) -> str:
    """Return a name and what is said of it, folded beside it where the terminal is narrow."""
    room = max(24, get_terminal_size().columns - width - 4)
    first, *others = textwrap.wrap(words, room) or [""]
    return "\n".join([f"  {name:<{width}}  {first}".rstrip(), *(" " * (width + 4) + line for line in others)])
