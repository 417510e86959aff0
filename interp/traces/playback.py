"""Playing a run back: going to any of its moments by executing it again from a checkpoint.

1. A run is a program, its settings and its choices, so nothing need be stored of what happened: it executes again.
   While it is recorded, a *checkpoint* of its state is kept now and then (`scheduling/checkpoints.py`). To go to moment
   *n* is to restore the last checkpoint before it and to execute the steps that are missing, in the quick form of the
   code as far as that goes. Going back is going to an earlier moment, and there is no other way back.
2. There is one simulation. It stands at a moment; to look at another is to take it there. What is handed out are
   pictures (`moments.py`), which stay.
3. Checkpoints thin out as the run grows: where they become too many, or need too much memory, the distance doubles and
   those in between are dropped. So a recording of any length has at most `MOST_CHECKPOINTS` of them in about
   `MOST_BYTES`. They are the further apart, the larger the state: copying a value takes about as long as a step.
4. Steps are numbered in the order in which they are executed. Where several cores are busy that is the order of their
   ticks, so going to a moment may mean to execute a step of one core and a step of another in turn, which is slow.
   Between processes it has to be done for the last few steps only: as far as that, each runs ahead by itself until all
   have come to a tick at which they meet. There are checkpoints at such meetings only.

State at moment *n* is the same however one came there; `tests/test_recording.py` holds it to that.

Read next: `recording.py`, which finds what one wants to go to, and lets a person choose.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from interp.bytecode.code import Code
from interp.language.errors import InterpFault, UsageError
from interp.machine.interpreter import Step
from interp.scheduling.checkpoints import Checkpoint, restore, take_checkpoint
from interp.scheduling.events import Event
from interp.scheduling.result import Result
from interp.scheduling.schedule import parse_schedule
from interp.scheduling.scheduler import Bound, Simulation
from interp.scheduling.settings import NO_BOUND, Settings
from interp.scheduling.simulate import go_on, make_result, python_digits
from interp.traces.landmarks import containers_written
from interp.traces.listening import Ears, Heard, ignore
from interp.traces.moments import Moment
from interp.traces.picture import mark_changes, take_picture
from interp.traces.trace import Trace, in_time_order

MOST_CHECKPOINTS = 512
MOST_BYTES = 40 * 2**20
"""What all checkpoints together may need, about."""

FIRST_DISTANCE = 1_000
"""So many steps lie between the first checkpoints."""

MOST_EVENTS = 100_000
"""So many events are kept; of a run with more, only those of a stretch can be had."""

LONGEST_STRETCH = 65_536
"""So many steps are executed before somebody looks whether they were enough."""

NEAR_STEPS = 40
"""So many steps of each core are executed in the order of their ticks before a moment."""

Progress = Callable[[int, int], None]
"""Is told the tick and the number of steps now and then; may raise, which ends what is going on."""


class Playback:
    """A run that was executed once, to its end, and can be taken to any of its moments again."""

    def __init__(
        self, source: str, filename: str, code: Code, settings: Settings, progress: Progress | None = None
    ) -> None:
        if settings.on != "simulated":
            raise UsageError("a run on the operating system cannot be recorded: it does not run the same way twice.")
        self.source = source
        self.filename = filename
        self.code = code
        self.settings = settings
        self.checkpoints: list[Checkpoint] = []
        self.distance = FIRST_DISTANCE
        self.ears = Ears()
        self.simulation = Simulation(code, settings, [self.ears], in_order=True)
        self.simulation.watcher = self.ears
        self.progress = progress
        self.at: int | None = None
        self.printed: list[str] = []
        self.events: list[Event] | None = []
        self.events_then = 0
        self.result = self._record()
        self.steps = self.result.steps

    # --- recording

    def _record(self) -> Result:
        """Execute the program to its end, and keep checkpoints."""
        simulation = self.simulation
        self.ears.event = self._keep_event
        outcome = None
        with python_digits():
            try:
                simulation.start()
                outcome = self._execute_with_checkpoints()
            except KeyboardInterrupt:
                if not self.checkpoints:
                    raise
                self.printed = simulation.world.output
                self.ears.event = ignore
                self._restore(self.checkpoints[-1])
                self.events = None if self.events is None else self.events[: self.events_then]
                self.ears.event = self._keep_event
                outcome = "interrupted"
            self.printed = simulation.world.output
            result = make_result(simulation, outcome)
            self.ears.event = ignore
            return result

    def _execute_with_checkpoints(self) -> str | None:
        simulation = self.simulation
        following = 0
        while True:
            if 0 < following < self.settings.max_steps - LONGEST_STRETCH and self._may_run_ahead():
                if self._meet(following):
                    return None
                if following - simulation.steps <= NEAR_STEPS * self.settings.cores:
                    following = simulation.steps + self._keep_checkpoint()
                self._tell_progress()
                continue
            simulation.stop_at = min(following, self.settings.max_steps)
            simulation.stops_softly = 0 < following < self.settings.max_steps - LONGEST_STRETCH
            try:
                go_on(simulation)
            except Bound:
                pass
            else:
                return None
            finally:
                simulation.stops_softly = False
            following = simulation.steps + self._keep_checkpoint()
            if simulation.steps:  # what is told to have been recorded is kept
                self._tell_progress()
            if simulation.steps >= self.settings.max_steps:
                return "limit"

    def _tell_progress(self) -> None:
        if self.progress is not None:
            self.progress(self.simulation.ledger.now, self.simulation.steps)

    def _keep_event(self, event: Event) -> None:
        if self.events is not None:
            self.events.append(event)
            if len(self.events) > MOST_EVENTS:
                self.events = None

    def _keep_checkpoint(self) -> int:
        """Keep a checkpoint of this moment if it can be had; returns after how many steps the next one is due."""
        made = take_checkpoint(self.simulation)
        if made is None:
            return FIRST_DISTANCE
        self.checkpoints.append(made)
        self.events_then = 0 if self.events is None else len(self.events)
        self.distance = max(self.distance, made.size)
        while len(self.checkpoints) > MOST_CHECKPOINTS or self._too_large():
            self.distance *= 2
            self._thin_out()
        return self.distance

    def _thin_out(self) -> None:
        """Drop the checkpoints that are nearer to the one before than the distance is now, about; not the last one."""
        kept = self.checkpoints[:1]
        for checkpoint in self.checkpoints[1:-1]:
            if checkpoint.steps - kept[-1].steps >= 3 * self.distance // 4:
                kept.append(checkpoint)
        self.checkpoints = [*kept, *self.checkpoints[1:][-1:]]

    def _too_large(self) -> bool:
        return len(self.checkpoints) > 2 and sum(kept.bytes for kept in self.checkpoints) > MOST_BYTES

    @property
    def trace(self) -> Trace | None:
        """The trace of the whole run, None where it has more than `MOST_EVENTS` events."""
        if self.events is None:
            return None
        return Trace(self.source, self.filename, in_time_order(self.events), self.result)

    # --- going

    def moment(self, number: int, since: int | None = None) -> Moment:
        """Return the moment after so many steps; raises `UsageError` where the run has no such moment.

        What has changed is marked: by the last step, or `since` an earlier moment where that is near enough for the
        steps from there to be looked at one by one.
        """
        if not 0 <= number <= self.steps:
            raise UsageError(f"there is no step {number:,}: the run has {self.steps:,}, so go to 0 … {self.steps:,}.")
        with python_digits():
            if number == 0:
                self._go(0)
                return self._finish(take_picture(self.simulation).moment)
            if since is None or not 0 < number - since <= LONGEST_STRETCH:
                since = number - 1
            self._go(since)
            before = take_picture(self.simulation)
            written: list[Any] = []
            if since < number - 1:
                with self._by_steps(None, lambda step: written.extend(containers_written(step))):
                    self._execute_to(number - 1)
            heard = self._pass_to(number)
            written += heard.written
            after = mark_changes(before, take_picture(self.simulation), self.simulation, written)
            return self._finish(
                replace(
                    after,
                    executed=heard.row(),
                    executed_by=heard.executed_by,
                    events=tuple(heard.events),
                    at_switch_point=heard.at_switch_point(),
                )
            )

    def _finish(self, moment: Moment) -> Moment:
        return replace(moment, outcome=self.result.outcome) if moment.step == self.steps else moment

    def _go(self, number: int) -> None:
        """Take the simulation to a moment, from where it is or from a checkpoint, whichever is nearer."""
        nearest = self._checkpoint_before(number)
        if self.at is None or number < self.at or nearest.steps > self.at:
            self._restore(nearest)
        if self._may_run_ahead():
            self._run_ahead(number)
        self._arrive(number, nearest)

    def _arrive(self, number: int, start: Checkpoint, begin_again: Callable[[], None] = ignore) -> None:
        """Execute steps up to a moment and no further, if need be once more from a checkpoint before it."""
        self._execute_to(number)
        if self.at != number:  # a stretch without a switch point was too long for the quick form to stop in
            begin_again()
            self._restore(start)
            with self._by_steps():
                self._execute_to(number)

    def _may_run_ahead(self) -> bool:
        """Whether processes may be executed in another order than that of their ticks: not while a schedule says it."""
        schedule = self.settings.schedule
        dictated = schedule is not None and self.simulation.part <= len(parse_schedule(schedule))
        return self.simulation.isolated and not dictated

    def _run_ahead(self, number: int) -> None:
        """Come near a moment by meetings, each less far away than the moment can be."""
        simulation = self.simulation
        while simulation.following is not None and number - simulation.steps > NEAR_STEPS * simulation.settings.cores:
            self.at = None
            if self._meet(number):
                return

    def _meet(self, number: int) -> bool:
        """Let all processes go on to a tick before which step `number` cannot be executed; returns whether all ended.

        In so many ticks a core executes no more instructions than there are ticks, by the cost of the cheapest. A
        few are left over for instructions that are begun before the tick and end behind it.
        """
        simulation = self.simulation
        if simulation.following is None:
            raise InterpFault("Nobody comes next, so nobody can run ahead.")
        apart = max(1, (number - simulation.steps) // simulation.settings.cores - NEAR_STEPS // 2)
        simulation.meet_at = simulation.following.clock + apart * simulation.cheapest
        simulation.stop_at, simulation.in_order, simulation.following = NO_BOUND, False, None
        try:
            go_on(simulation)
        except Bound:
            return False
        finally:
            simulation.meet_at, simulation.in_order = None, True
        return True

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Take the simulation to a checkpoint."""
        restore(self.simulation, checkpoint, self.printed)
        self._execute_to(checkpoint.steps)  # no step, but so it is known who comes next

    def _checkpoint_before(self, number: int) -> Checkpoint:
        position = bisect_right(self.checkpoints, number, key=lambda kept: kept.steps)
        return self.checkpoints[position - 1]

    def _execute_to(self, number: int) -> None:
        """Execute steps up to a moment."""
        simulation = self.simulation
        simulation.stop_at = number
        simulation.following = None
        self.at = None  # whatever comes between, Ctrl-C for one, leaves the simulation where nobody knows
        with suppress(Bound):
            go_on(simulation)
        self.at = simulation.steps

    @contextmanager
    def _hearing(self, **listeners: Callable[..., None]) -> Iterator[None]:
        """Have what happens told to these listeners, by the names that `Ears` has for them, as long as this lasts."""
        for name, listener in listeners.items():
            setattr(self.ears, name, listener)
        try:
            yield
        finally:
            for name in listeners:
                setattr(self.ears, name, ignore)

    @contextmanager
    def _by_steps(
        self, watched: frozenset[Code] | None = None, listener: Callable[[Step], None] | None = None
    ) -> Iterator[None]:
        """Execute by steps the code that is watched, all of it where that is None."""
        engine = self.simulation.engine
        engine.on_step = listener or (lambda step: None)
        engine.watched = watched
        try:
            yield
        finally:
            engine.on_step, engine.watched = None, None

    def at_tick(self, tick: int) -> int:
        """Return the first moment at or after a tick, the last one if the run ends before it."""
        low = 0
        for kept in self.checkpoints:
            if kept.tick < tick:
                low = kept.steps
        high = low
        with python_digits():
            while high < self.steps:  # the next checkpoint may lie far away: come nearer in quick stretches
                high = min(self.steps, high + LONGEST_STRETCH)
                self._go(high)
                if self.simulation.tick >= tick:
                    break
                low = high
                self._tell_progress()
            if self.simulation.tick < tick:
                return self.steps
            while high - low > 1:
                middle = (low + high) // 2
                self._go(middle)
                low, high = (low, middle) if self.simulation.tick >= tick else (middle, high)
            self._go(low)
            return low if self.simulation.tick >= tick else high

    def happened(self, start: int, stop: int) -> list[tuple[int, Event]]:
        """Return the events after moment `start` up to and with moment `stop`, each with its moment."""
        heard: list[tuple[int, Event]] = []
        with python_digits():
            self._go(start)
            with self._hearing(event=lambda event: heard.append((self.simulation.steps, event))):
                self._execute_to(stop)
        return [(number, event) for number, event in heard if number <= stop]  # it may have gone on for a few steps

    def executed(self, start: int, stop: int) -> Iterator[tuple[int, Step]]:
        """Yield the steps after moment `start` up to and with moment `stop`, each with its number.

        A step's frame and values are those of the run as it goes on: look at them before asking for the next.
        """
        for number, heard in self.passed(start, stop):
            if heard.step is not None:
                yield number, heard.step

    def passed(self, start: int, stop: int) -> Iterator[tuple[int, Heard]]:
        """Yield the moments after `start` up to and with `stop`, each with what was heard on the way to it.

        The simulation stands at that moment meanwhile.
        """
        for number in range(start + 1, stop + 1):
            with python_digits():
                self._go(number - 1)
                heard = self._pass_to(number)
            yield number, heard

    def _pass_to(self, number: int) -> Heard:
        """Execute the step to the next moment, and listen."""
        heard = Heard(self.simulation)
        with (
            self._hearing(event=heard.events.append, raised=heard.raised),
            self._by_steps(None, heard.executed),
        ):
            self._execute_to(number)
        return heard
