"""How a run ended: its outcome, output and figures, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from interp.scheduling.settings import Settings


@dataclass(frozen=True, slots=True)
class ThreadTimes:
    """The ticks that one thread spent in each state, and from when to when it lived.

    `running + ready + lock_wait + blocked + sleeping == end - start`; for a thread that never ended, `end` is
    the end of the run.
    """

    number: int
    name: str
    process: int
    start: int
    end: int
    running: int
    ready: int
    lock_wait: int
    blocked: int
    sleeping: int
    steps: int


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """The first uncaught exception of a run: its type and message, the line and the thread's name where it
    was raised."""

    type: str
    message: str
    line: int | None
    thread: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """One thread of a deadlock: what it waits for, at which line, and who could let it go on.

    `waits_for` is a phrase (`lock fork_a`, `join of work-2`, `an item of queue 1`); `holders` names the
    threads that hold it, empty where nobody does; `holds` says what this thread holds itself.
    """

    number: int
    thread: str
    waits_for: str
    line: int | None
    holders: tuple[str, ...]
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to.

    `outcome` is `"ok"`, `"error"` (a task's exception was caught by nobody), `"deadlock"`, `"limit"` (`max_steps`, or
    on the operating system the time limit, was reached) or `"interrupted"`. `ticks` is the time of the whole run in the
    settings' unit; `steps` the instructions executed; `switches` how often the running thread of a global lock (or,
    without one, of a core) changed. `report` is what belongs on stderr: the tracebacks of the toy program or the
    description of the deadlock.
    """

    settings: Settings
    interval: int
    outcome: str
    output: str
    error: ErrorReport | None
    report: str
    stuck: tuple[Stuck, ...]
    ticks: int
    steps: int
    switches: int
    lock_held: int
    busy: int
    threads: tuple[ThreadTimes, ...]

    @property
    def utilisation(self) -> float:
        """The share of the cores' time that threads ran in, from 0 to 1; `busy` has the same in ticks."""
        return self.busy / (self.ticks * self.settings.cores) if self.ticks else 0.0

    @property
    def ran_out_of_time(self) -> bool:
        """Whether it was the time limit that stopped a run on the operating system, and not its steps."""
        return self.outcome == "limit" and self.settings.on == "os" and self.steps < self.settings.max_steps

    def to_json(self) -> dict[str, Any]:
        """Return the run object that `--json` prints."""
        settings = self.settings
        simulated = settings.on == "simulated"
        return {
            "mode": settings.mode,
            "on": settings.on,
            "unit": settings.unit,
            "lock": settings.lock if simulated else None,
            "interval": self.interval if simulated else None,
            "cores": settings.cores,
            "seed": settings.seed,
            "schedule": settings.schedule,
            "costs": settings.costs if simulated else None,
            "outcome": self.outcome,
            "output": self.output,
            "error": asdict(self.error) if self.error else None,
            "deadlock": [asdict(stuck) for stuck in self.stuck],
            "ticks": self.ticks,
            "steps": self.steps,
            "switches": self.switches,
            "utilisation": round(self.utilisation, 4),
            "threads": [asdict(thread) for thread in self.threads],
        }
