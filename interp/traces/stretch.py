"""A stretch of a run as a trace: what a timeline draws of a run that is too long to be drawn as a whole.

The recording of a very long run does not keep its events; those of a stretch are had by executing it again. Where it
begins, the threads are in some state already: events are made up that say so, as if all had begun there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from interp.scheduling.events import Event, LockTaken, Spawned, StateChanged
from interp.traces.moments import Moment
from interp.traces.playback import Playback
from interp.traces.trace import Trace, in_time_order

LONGEST = 4_000
"""The steps of a stretch that is executed again for its events."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of a run from tick `start` up to `stop`, which are the steps from `first` to `last`, with its trace."""

    first: int
    last: int
    start: int
    stop: int
    trace: Trace


def stretch_around(playback: Playback, step: int, known: Stretch | None = None) -> Stretch:
    """Return the whole run where its events are kept, else a stretch of it in which a step is well inside.

    `known`, an earlier stretch of the same run, is returned where it still does.
    """
    if known is not None and is_inside(step, known, playback.steps):
        return known
    whole = playback.trace
    if whole is not None:
        return Stretch(0, playback.steps, 0, playback.result.ticks, whole)
    first = max(0, min(step - LONGEST // 2, playback.steps - LONGEST))
    return read_stretch(playback, first, min(playback.steps, first + LONGEST))


def is_inside(step: int, stretch: Stretch, steps: int) -> bool:
    """Whether a step is in a stretch, and not near an end of it unless that is an end of the run."""
    margin = (stretch.last - stretch.first) // 8
    after_start = stretch.first == 0 or step >= stretch.first + margin
    before_end = stretch.last == steps or step <= stretch.last - margin
    return stretch.first <= step <= stretch.last and after_start and before_end


def read_stretch(playback: Playback, first: int, last: int) -> Stretch:
    """Execute some steps again for their events; returns them as a trace."""
    before = playback.moment(first)
    events = [*states_at(before), *(event for _, event in playback.happened(first, last))]
    stop = max(before.tick + 1, playback.moment(last).tick)
    trace = Trace(playback.source, playback.filename, in_time_order(events), replace(playback.result, ticks=stop))
    return Stretch(first, last, before.tick, stop, trace)


def states_at(moment: Moment) -> Iterator[Event]:
    """Yield events that bring threads and locks into the state that they are in at a moment."""
    for thread in moment.threads:
        yield Spawned(moment.tick, thread.number, thread.name, thread.process, 0, None)
        yield StateChanged(moment.tick, thread.number, thread.state, thread.core, thread.waits_for, None)
    for lock in moment.locks:
        if lock.holder is not None:
            yield LockTaken(moment.tick, lock.holder, lock.process, 0)
