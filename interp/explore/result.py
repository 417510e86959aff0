"""What an exploration found, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from interp.scheduling.result import ErrorReport, Stuck


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which the program can end.

    `kind` is `"ok"`, `"error"`, `"deadlock"` or `"endless"`; `output` all that it prints. `errors` has the exceptions
    that nobody caught, in the order of the threads' numbers; `error` is the one that comes first in the witness.
    `stuck` says of a deadlock who waits for whom. `preemptions` and `switches` are the fewest that lead here, `witness`
    is a schedule with no more of them. `schedules` says how many of all schedules end so, with a choice at every place
    where the rule allows a switch; None where they were not counted. An endless outcome has the lines of its loop, and
    a schedule that goes round it once.
    """

    kind: str
    output: str
    error: ErrorReport | None
    preemptions: int
    switches: int
    schedules: int | None
    witness: str
    errors: tuple[ErrorReport, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    lines: tuple[int, ...] = ()
    cycle: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as `--json` prints it."""
        found: dict[str, Any] = {
            "kind": self.kind,
            "output": self.output,
            "error": asdict(self.error) if self.error else None,
            "errors": [asdict(error) for error in self.errors],
            "preemptions": self.preemptions,
            "switches": self.switches,
            "schedules": self.schedules,
            "witness": self.witness,
        }
        if self.stuck:
            found["deadlock"] = [asdict(stuck) for stuck in self.stuck]
        if self.kind == "endless":
            found |= {"lines": list(self.lines), "cycle": self.cycle}
        return found


@dataclass(frozen=True, slots=True)
class RaceAccess:
    """One side of a race: the thread, the line, `read` or `write`, and the locks that the thread held."""

    thread: str
    line: int | None
    kind: str
    locks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Race:
    """Two accesses to one variable, one of them a write, that no synchronisation orders in some schedule."""

    variable: str
    accesses: tuple[RaceAccess, RaceAccess]


@dataclass(frozen=True, slots=True)
class LockOrder:
    """Locks that are taken in a circle: each thread holds one and asks for the next."""

    locks: tuple[str, ...]
    takes: tuple[RaceAccess, ...]


@dataclass(frozen=True, slots=True)
class BusyWait:
    """A loop in which a thread waits for another: it goes on for ever if that one never gets its turn."""

    thread: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Exploration:
    """All that a program can do, or all that was seen of it.

    `complete` says that this is all; else `stopped` says why it may not be: a bound (`"states"`, `"preemptions"`,
    `"steps"`, `"races"` where only the races may not be all), `"interrupted"`, `"executor"` for one that has failed
    with `executor_error`, `"dict"` where a loop over a dict whose keys were exchanged was not followed, or `"clock"`
    where the program asks for the time. `states` counts the distinct states,
    `schedules` all schedules there are, None where they have no end, were not all seen or are too many to be counted.
    """

    complete: bool
    stopped: str | None
    mode: str
    switch_points: str
    states: int
    schedules: int | None
    outcomes: tuple[Outcome, ...]
    races: tuple[Race, ...] = ()
    lock_orders: tuple[LockOrder, ...] = ()
    busy_waits: tuple[BusyWait, ...] = ()
    unreached_lines: tuple[int, ...] | None = None
    clock_lines: tuple[int, ...] = ()
    shared: tuple[str, ...] = ()
    executor_error: str = ""
    steps: int = field(default=0, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return {
            "complete": self.complete,
            "stopped": self.stopped,
            "mode": self.mode,
            "switch_points": self.switch_points,
            "states": self.states,
            "schedules": self.schedules,
            "outcomes": [outcome.to_json() for outcome in self.outcomes],
            "races": [asdict(race) for race in self.races],
            "lock_orders": [asdict(order) for order in self.lock_orders],
            "busy_waits": [asdict(wait) for wait in self.busy_waits],
            "unreached_lines": None if self.unreached_lines is None else list(self.unreached_lines),
            "clock_lines": list(self.clock_lines),
            "shared": list(self.shared),
        }
