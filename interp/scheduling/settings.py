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

MOST_STEPS = 50_000_000
"""A simulated run is stopped after so many steps unless `max_steps` says otherwise."""

NO_BOUND = 10**15
"""What `max_steps` is on the operating system unless it is given: there the time limit is the bound."""

PLACES = ("simulated", "os")

LARGEST_CORES = 1024

MODES_ON_OS = ("sequential", "processes")
ONLY_SIMULATED = ("lock", "interval", "seed", "schedule", "costs", "switch_points")
NO_MEANING_ON_OS = "has no meaning on the operating system, which decides by itself who runs; leave it out."

TIME_LIMIT = 60
"""A run on the operating system is stopped after so many seconds unless `time_limit` says otherwise."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run a program.

    `interval` is the lock's switch interval in ticks, None for the default of the lock and the costs;
    `switch_points` the name of a rule, None for the lock's own; `seed` draws who is next where several could
    be, None for first in, first out; `schedule` is a line such as `1*12 2*3 1`.

    `on` is where it runs: `simulated`, or `os` for real processes (`real/processes.py`), each with one thread, so that
    `mode` is `processes`, or `sequential` for one process that does everything. Time is real there, `cores` become
    those of the machine, `time_limit` is in seconds and takes the place of the default of `max_steps`, and what rules
    the simulation has no meaning. Raises `UsageError` where a setting makes no sense.
    """

    mode: str = "threads"
    lock: str = "python3.13"
    interval: int | None = None
    cores: int = 4
    seed: int | None = None
    schedule: str | None = None
    costs: str = "classroom"
    max_steps: int = MOST_STEPS
    switch_points: str | None = None
    on: str = "simulated"
    time_limit: int | None = None

    def __post_init__(self) -> None:
        check_choice("mode", self.mode, MODES)
        if self.interval is not None:
            check_range("interval", self.interval, 1, 10**12)
        check_range("cores", self.cores, 1, LARGEST_CORES)
        check_range("max-steps", self.max_steps, 1, NO_BOUND)
        if self.seed is not None:
            check_range("seed", self.seed, 0, 2**63 - 1)
        check_choice("place to run on", self.on, PLACES)
        if self.on == "os":
            self.check_on_os()
            if self.max_steps == MOST_STEPS:
                object.__setattr__(self, "max_steps", NO_BOUND)  # the class is frozen; this is its own beginning
        elif self.time_limit is not None:
            raise UsageError("a time limit is for runs on the operating system: on='os' (--on os).")

    def check_on_os(self) -> None:
        """Raise `UsageError` for settings that a run on real processes cannot follow."""
        if self.mode not in MODES_ON_OS:
            raise UsageError(
                f"on the operating system mode {self.mode} does not exist, for each process has one thread; "
                f"there are: {', '.join(MODES_ON_OS)}."
            )
        for field in fields(self):
            if field.name in ONLY_SIMULATED and getattr(self, field.name) != field.default:
                raise UsageError(f"{field.name.replace('_', ' ')} {NO_MEANING_ON_OS}")
        if self.time_limit is not None:
            check_range("time-limit", self.time_limit, 1, 10**6)

    @property
    def unit(self) -> str:
        """What a tick of the run is."""
        return "tick" if self.on == "simulated" else "microsecond"

    def but(self, **changes: Any) -> Settings:
        """Return the same settings with some changed."""
        return replace(self, **changes)

    def options(self) -> list[str]:
        """Return the settings as they are typed, without what is the default, or what the machine made of them."""
        words = []
        for field in fields(self):
            value = getattr(self, field.name)
            of_the_machine = field.name == "cores" or (field.name == "max_steps" and value == NO_BOUND)
            if value != field.default and not (self.on == "os" and of_the_machine):
                words += [f"--{field.name.replace('_', '-')}", str(value)]
        return words

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
