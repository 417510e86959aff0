"""Lanes: who was in which state when, derived from the events of a run.

A trace tells of changes; a picture or a figure needs what lies between them. A thread's lane is a row of
intervals that follow one another without a gap from its `spawn` to its end (or to the end of the run, if it
never ended), each with the state it was in. A lock's lane and a core's lane are rows of turns: who had it,
from when to when.

Nothing here knows how lanes are drawn. Read next: `limits.py`, which says what limited a run, and
`terminal/timeline.py`, which draws.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from interp.scheduling.events import Event, LockReleased, LockTaken, Spawned, StateChanged

RUNNING = "running"
READY = "ready"
LOCK_WAIT = "lock-wait"
BLOCKED = "blocked"
SLEEPING = "sleeping"
LASTING_STATES = (RUNNING, READY, LOCK_WAIT, BLOCKED, SLEEPING)
"""The states that a thread can be in for a time."""

FINISHED = "finished"
FAILED = "failed"
FINAL_STATES = (FINISHED, FAILED)
"""The states in which a thread is over."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A time in which a thread was in one state: from tick `start` up to, and without, tick `stop`.

    `core` is the core it ran on, `on` what it was blocked on; else None.
    """

    state: str
    start: int
    stop: int
    core: int | None = None
    on: str | None = None

    @property
    def ticks(self) -> int:
        """How long it lasted."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Lane:
    """The life of one thread; `ending` is `finished`, `failed`, or None if it never ended.

    The intervals follow one another from `start` to `stop` without a gap.
    """

    number: int
    name: str
    process: int
    start: int
    stop: int
    ending: str | None
    intervals: tuple[Interval, ...]

    @property
    def ticks(self) -> int:
        """How long the thread lived."""
        return self.stop - self.start

    def time_in(self, state: str) -> int:
        """Return the ticks that the thread spent in a state."""
        return sum(interval.ticks for interval in self.intervals if interval.state == state)


@dataclass(frozen=True, slots=True)
class Turn:
    """A time in which `thread` held a lock, or had a core: from `start` up to, and without, `stop`."""

    thread: int
    start: int
    stop: int

    @property
    def ticks(self) -> int:
        """How long it lasted."""
        return self.stop - self.start


def thread_lanes(events: Iterable[Event], end: int) -> tuple[Lane, ...]:
    """Return a lane for each thread, by number; `end` is the end of the run.

    A thread that exists but is in no state yet counts as ready.
    """
    growing: dict[int, GrowingLane] = {}
    for event in events:
        if isinstance(event, Spawned):
            growing.setdefault(event.thread, GrowingLane(event))
        elif isinstance(event, StateChanged) and event.thread in growing:
            growing[event.thread].change(event)
    return tuple(growing[number].finish(end) for number in sorted(growing))


class GrowingLane:
    """The lane of a thread while its events are being read."""

    def __init__(self, spawned: Spawned) -> None:
        self.spawned = spawned
        self.intervals: list[Interval] = []
        self.since = spawned.tick
        self.state = READY
        self.core: int | None = None
        self.on: str | None = None

    def change(self, event: StateChanged) -> None:
        """Close the interval that the thread was in and begin another."""
        if self.state in FINAL_STATES:
            return
        self.close(event.tick)
        self.state, self.core, self.on, self.since = event.state, event.core, event.on, event.tick

    def close(self, stop: int) -> None:
        """Add the interval that ends now, if it lasted; one that only goes on is made longer."""
        if stop <= self.since:
            return
        start = self.since
        if self.intervals:
            last = self.intervals[-1]
            if (last.state, last.core, last.on) == (self.state, self.core, self.on):
                start = self.intervals.pop().start
        self.intervals.append(Interval(self.state, start, stop, self.core, self.on))

    def finish(self, end: int) -> Lane:
        """Return the whole lane of a run that ended at tick `end`."""
        ending = self.state if self.state in FINAL_STATES else None
        stop = self.since
        if ending is None:
            stop = max(self.since, end)
            self.close(stop)
        spawned = self.spawned
        return Lane(spawned.thread, spawned.name, spawned.process, spawned.tick, stop, ending, tuple(self.intervals))


def lock_lanes(events: Iterable[Event], end: int) -> dict[int, tuple[Turn, ...]]:
    """Return, for each process whose global lock was ever taken, who held it when."""
    lanes: dict[int, list[Turn]] = {}
    taken: dict[int, LockTaken] = {}
    for event in events:
        if isinstance(event, LockTaken):
            lanes.setdefault(event.process, [])
            taken[event.process] = event
        elif isinstance(event, LockReleased):
            start = taken.pop(event.process, None)
            if start is not None and event.tick > start.tick:
                lanes[event.process].append(Turn(start.thread, start.tick, event.tick))
    for process, start in taken.items():
        if end > start.tick:
            lanes[process].append(Turn(start.thread, start.tick, end))
    return {process: tuple(lanes[process]) for process in sorted(lanes)}


def core_lanes(lanes: Iterable[Lane]) -> dict[int, tuple[Turn, ...]]:
    """Return, for each core that was ever used, who ran on it when."""
    turns: dict[int, list[Turn]] = {}
    for lane in lanes:
        for interval in lane.intervals:
            if interval.state == RUNNING and interval.core is not None:
                turns.setdefault(interval.core, []).append(Turn(lane.number, interval.start, interval.stop))
    return {core: tuple(sorted(turns[core], key=lambda turn: turn.start)) for core in sorted(turns)}


def ticks_by_running(lanes: Iterable[Lane], end: int) -> dict[int, int]:
    """Return for how many ticks exactly so many threads ran at once: `{0: 20, 1: 300, 4: 1200}`."""
    changes: dict[int, int] = {0: 0, end: 0}
    for lane in lanes:
        for interval in lane.intervals:
            if interval.state == RUNNING:
                changes[interval.start] = changes.get(interval.start, 0) + 1
                changes[interval.stop] = changes.get(interval.stop, 0) - 1
    ticks: dict[int, int] = {}
    running = 0
    moments = sorted(changes)
    for moment, following in pairwise(moments):
        running += changes[moment]
        ticks[running] = ticks.get(running, 0) + following - moment
    return ticks
