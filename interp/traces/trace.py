"""A trace: everything that was observed of one run, in time order.

The scheduler tells an observer what happens, as it happens. `TraceCollector` is the observer that keeps it
all; what it kept becomes a `Trace`, the one thing that files, comparisons and pictures are made of. A trace
never changes.

Events are kept sorted by their tick. The scheduler reports them so already, but for the slices in which a
thread ran: those are reported when they are over and carry the tick at which they began. Sorting puts each
slice where a reader looks for it, after the other events of its first tick; everything else keeps the order
in which it happened.

Real systems keep traces in the same way: `perf sched record` or the Linux tracer `ftrace` write down each
switch and derive the picture afterwards. Read next: `lanes.py`, which derives who was in which state when.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from interp.scheduling.events import Event
from interp.scheduling.result import Result
from interp.scheduling.settings import Settings
from interp.traces.lanes import Lane, Turn, core_lanes, lock_lanes, thread_lanes


@dataclass(frozen=True)
class Trace:
    """A run's program, events (in time order) and result."""

    source: str
    filename: str
    events: tuple[Event, ...]
    result: Result

    @property
    def settings(self) -> Settings:
        """The settings of the run."""
        return self.result.settings

    @property
    def ticks(self) -> int:
        """The virtual time of the whole run."""
        return self.result.ticks

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """What each thread did when, in the order of `spawn`."""
        return thread_lanes(self.events, self.ticks)

    @cached_property
    def lock_lanes(self) -> dict[int, tuple[Turn, ...]]:
        """Who held the global lock of each process when; empty where there is no lock."""
        return lock_lanes(self.events, self.ticks)

    @cached_property
    def core_lanes(self) -> dict[int, tuple[Turn, ...]]:
        """Who ran on each core when; a core that nobody ran on is absent."""
        return core_lanes(self.lanes)


class TraceCollector:
    """An observer that keeps every event, to make a `Trace` of them when the run is over."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.event = self.events.append

    def trace(self, source: str, filename: str, result: Result) -> Trace:
        """Return the trace of the run that this collector has observed."""
        return Trace(source, filename, in_time_order(self.events), result)


def in_time_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return events as they are reported sorted as a trace keeps them."""
    return tuple(sorted(events, key=lambda event: event.tick))
