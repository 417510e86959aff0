"""Recordings: a run in which one can go to any moment, forwards and backwards.

1. A run is a program, its settings and its choices, so a recording need not store what happened: it executes again. While
   the run is recorded, a *checkpoint* of its state is kept now and then (`scheduling/checkpoints.py`). To go to moment
   *n* is to restore the last checkpoint before it and to execute the steps that are missing, in the quick form of the
   code as far as that goes. Going back is going to an earlier moment, and there is no other way back.
2. There is one simulation. It stands at a moment; to look at another is to take it there. What is handed out are
   pictures (`moments.py`), which stay.
3. Checkpoints thin out as the run grows: where they become too many, or need too much memory, every other one is dropped
   and the distance doubles. So a recording of any length has at most `MOST_CHECKPOINTS` of them in about `MOST_BYTES`.
   They are the further apart, the larger the state: copying a value takes about as long as executing a step.
4. Landmarks (`landmarks.py`) are searched by executing stretches of the run with somebody watching: near ones in short
   stretches, then longer ones; backwards, each stretch forwards, and the last landmark in it counts.
5. Steps are numbered in the order in which they are executed. Where several cores are busy that is the order of their
   ticks, so a recording executes a step of one core and a step of another in turn, where `run` would not have to.

State at moment *n* is the same however one came there; `tests/test_recording.py` holds it to that.

A person may also *choose* who runs next at some moment. What would follow is another run: the same program with a
schedule that says who had run until then. `schedule_to` writes that schedule down, `choose` records the other run.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from interp.bytecode.code import Code
from interp.bytecode.instructions import ABSENT
from interp.language.errors import InterpFault, UsageError
from interp.machine.interpreter import Step, may_switch
from interp.machine.state import ThreadState
from interp.machine.thread import Thread
from interp.scheduling.checkpoints import Checkpoint, restore, take_checkpoint
from interp.scheduling.events import Event
from interp.scheduling.naming import describe_wait
from interp.scheduling.result import Result
from interp.scheduling.schedule import Choice, format_schedule
from interp.scheduling.scheduler import Bound, Simulation
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import go_on, make_result, python_digits
from interp.traces.landmarks import Landmark, all_codes
from interp.traces.moments import Moment
from interp.traces.picture import mark_changes, objects_written, take_picture
from interp.traces.step_rows import show_error, show_instruction, show_value
from interp.traces.steps import StepRow
from interp.traces.trace import Trace, in_time_order

MOST_CHECKPOINTS = 512
MOST_BYTES = 40 * 2**20
"""What all checkpoints together may need, about."""

FIRST_DISTANCE = 1_000
"""So many steps lie between the first checkpoints."""

MOST_EVENTS = 100_000
"""So many events are kept; of a run with more, only those of a stretch can be had."""

NEAR = 256
"""The steps of the first stretch that is searched for a landmark; each further one is four times as long."""

LONGEST_STRETCH = 65_536

Progress = Callable[[int, int], None]


class Ears:
    """Listens to the simulation, and hands on what it hears to whoever wants it at the moment."""

    def __init__(self) -> None:
        self.on_event: Callable[[Event], None] | None = None
        self.on_turn: Callable[[Thread], None] | None = None
        self.on_wait_over: Callable[[Thread], None] | None = None
        self.on_raised: Callable[[Thread, BaseException], None] | None = None

    def event(self, event: Event) -> None:
        """Hear an event."""
        if self.on_event is not None:
            self.on_event(event)

    def turn(self, thread: Thread) -> None:
        """Hear that another thread's turn begins."""
        if self.on_turn is not None:
            self.on_turn(thread)

    def wait_over(self, thread: Thread) -> None:
        """Hear that a wait is over."""
        if self.on_wait_over is not None:
            self.on_wait_over(thread)

    def raised(self, thread: Thread, error: BaseException) -> None:
        """Hear that something asked of the world has failed."""
        if self.on_raised is not None:
            self.on_raised(thread, error)


class Recording:
    """A recorded run: `steps` steps long, with its `result`; `moment(n)` shows any of it.

    Making one executes the program once, to its end; raises `UsageError` for settings that cannot be followed.
    Ctrl-C ends the recording early, with the outcome `interrupted`. `progress` is told the tick and the number of
    steps now and then.
    """

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
        self.at: int | None = None
        self.printed: list[str] = []
        self.events: list[Event] | None = []
        self.result = self._record(progress)
        self.steps = self.result.steps

    # --- recording

    def _record(self, progress: Progress | None) -> Result:
        """Execute the program to its end, and keep checkpoints."""
        simulation = self.simulation
        self.ears.on_event = self._keep_event
        outcome = None
        with python_digits():
            try:
                simulation.start()
                outcome = self._execute_with_checkpoints(progress)
            except KeyboardInterrupt:
                if not self.checkpoints:
                    raise
                self.printed = simulation.world.output
                restore(simulation, self.checkpoints[-1], self.printed)
                outcome = "interrupted"
            self.printed = simulation.world.output
            result = make_result(simulation, outcome)
            self.ears.on_event = None
            return result

    def _execute_with_checkpoints(self, progress: Progress | None) -> str | None:
        simulation = self.simulation
        following = 0
        while True:
            simulation.stop_at = min(following, self.settings.max_steps)
            try:
                go_on(simulation)
            except Bound:
                if progress is not None:
                    progress(simulation.ledger.now, simulation.steps)
            else:
                return None
            following = simulation.steps + self._keep_checkpoint()
            if simulation.steps >= self.settings.max_steps:
                return "limit"

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
        while len(self.checkpoints) > MOST_CHECKPOINTS or self._too_large():
            self.checkpoints = self.checkpoints[::2]
            self.distance *= 2
        return max(self.distance, made.size)

    def _too_large(self) -> bool:
        return len(self.checkpoints) > 2 and sum(kept.bytes for kept in self.checkpoints) > MOST_BYTES

    @property
    def trace(self) -> Trace | None:
        """The trace of the whole run, None where it has more than `MOST_EVENTS` events."""
        if self.events is None:
            return None
        return Trace(self.source, self.filename, in_time_order(self.events), self.result)

    # --- going

    def moment(self, number: int) -> Moment:
        """Return the moment after so many steps; raises `UsageError` where the run has no such moment."""
        if not 0 <= number <= self.steps:
            raise UsageError(f"there is no step {number:,}: the run has {self.steps:,}, so go to 0 … {self.steps:,}.")
        with python_digits():
            if number == 0:
                self._go(0)
                return self._finish_picture(take_picture(self.simulation))
            self._go(number - 1)
            before = take_picture(self.simulation)
            heard = Heard(self)
            with heard.listening():
                self._execute_to(number)
            after = mark_changes(before, take_picture(self.simulation), heard.written)
            return self._finish_picture(
                replace(
                    after,
                    executed=heard.row(),
                    executed_by=before.following,
                    events=tuple(heard.events),
                    at_switch_point=heard.at_switch_point(),
                )
            )

    def _finish_picture(self, picture: Moment) -> Moment:
        return replace(picture, outcome=self.result.outcome) if picture.step == self.steps else picture

    def _go(self, number: int) -> None:
        """Take the simulation to a moment, from where it is or from a checkpoint, whichever is nearer."""
        nearest = self._checkpoint_before(number)
        if self.at is None or number < self.at or nearest.steps > self.at:
            restore(self.simulation, nearest, self.printed)
            self.at = nearest.steps
            self._execute_to(self.at)
        self._execute_to(number)
        if self.at != number:  # a stretch without a switch point was too long for the quick form to stop in
            restore(self.simulation, nearest, self.printed)
            self.at = nearest.steps
            with self._by_steps():
                self._execute_to(number)

    def _checkpoint_before(self, number: int) -> Checkpoint:
        position = bisect_right(self.checkpoints, number, key=lambda kept: kept.steps)
        return self.checkpoints[position - 1]

    def _execute_to(self, number: int) -> None:
        """Execute steps up to a moment."""
        simulation = self.simulation
        simulation.stop_at = number
        simulation.following = None
        self.at = None  # whatever comes between, Ctrl-C for one, leaves the simulation where nobody knows
        try:
            go_on(simulation)
        except Bound:
            pass
        self.at = simulation.steps

    @contextmanager
    def _by_steps(self, watched: frozenset[Code] | None = None, listener: Callable[[Step], None] | None = None) -> Iterator[None]:
        """Execute by steps the code that is watched, all of it where that is None."""
        engine = self.simulation.engine
        engine.on_step = listener or (lambda step: None)
        engine.watched = watched
        try:
            yield
        finally:
            engine.on_step, engine.watched = None, None

    # --- landmarks

    def next(self, landmark: Landmark, number: int) -> int | None:
        """Return the first moment after `number` that is such a landmark, None if there is none."""
        start, length = number, NEAR
        while start < self.steps:
            stop = min(self.steps, start + length)
            found = self.search(landmark, start, stop)
            if found:
                return found[0]
            start, length = stop, min(4 * length, LONGEST_STRETCH)
        return None

    def previous(self, landmark: Landmark, number: int) -> int | None:
        """Return the last moment before `number` that is such a landmark, None if there is none."""
        stop, length = number - 1, NEAR
        while stop >= 0:
            start = max(-1, stop - length)
            found = self.search(landmark, start, stop)
            if found:
                return found[-1]
            stop, length = start, min(4 * length, LONGEST_STRETCH)
        return None

    def search(self, landmark: Landmark, start: int, stop: int) -> list[int]:
        """Return the moments after `start` up to and with `stop` that are such a landmark, in order."""
        found: set[int] = set()
        simulation, ears = self.simulation, self.ears
        with python_digits():
            self._go(max(start, 0))
            if start < 0:
                self._look_at_next(landmark, found)
            watched = frozenset(code for code in all_codes(self.code) if landmark.watches(code))
            multicore = simulation.cores.shared

            def step(step: Step) -> None:
                thread = simulation.ledger.thread(step.thread)
                number = simulation.step_number(thread)
                if landmark.thread in (None, step.thread):
                    if landmark.begins(step.frame.code, step.offset):
                        found.add(number - 1)
                    if landmark.is_done_by(step):
                        found.add(number)

            def event(event: Event) -> None:
                if landmark.is_event(event) and (landmark.kind != "switch" or multicore):
                    found.add(simulation.steps)

            def turn(thread: Thread) -> None:
                if landmark.kind == "switch" and not multicore and landmark.thread in (None, thread.number):
                    found.add(simulation.steps)

            def raised(thread: Thread, error: BaseException) -> None:
                if landmark.kind == "error" and landmark.thread in (None, thread.number):
                    found.add(simulation.steps)

            ears.on_event, ears.on_turn, ears.on_raised = event, turn, raised
            try:
                if landmark.needs_steps:
                    with self._by_steps(watched or frozenset({self.code}), step):
                        self._execute_to(stop)
                else:
                    self._execute_to(stop)
                self._look_at_next(landmark, found)
            finally:
                ears.on_event = ears.on_turn = ears.on_raised = None
        return sorted(number for number in found if start < number <= stop)

    def _look_at_next(self, landmark: Landmark, found: set[int]) -> None:
        """Note whether the moment that the simulation stands at is a landmark, by what comes next."""
        thread = self.simulation.following
        if thread is None or landmark.thread not in (None, thread.number):
            return
        frame = thread.frames[-1]
        if landmark.begins(frame.code, frame.pc):
            found.add(self.simulation.steps)
        elif landmark.kind == "switch" and not self.simulation.cores.shared:
            if thread.number != self.simulation.last_to_run and self.simulation.steps:
                found.add(self.simulation.steps)

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
                if self._tick() >= tick:
                    break
                low = high
            if self._tick() < tick:
                return self.steps
            while high - low > 1:
                middle = (low + high) // 2
                self._go(middle)
                low, high = (low, middle) if self._tick() >= tick else (middle, high)
            self._go(low)
            return low if self._tick() >= tick else high

    def _tick(self) -> int:
        following = self.simulation.following
        threads: list[Thread] = self.simulation.ledger.machine.threads
        return max(thread.clock for thread in threads) if following is None else following.clock

    def happened(self, start: int, stop: int) -> list[tuple[int, Event]]:
        """Return the events after moment `start` up to and with moment `stop`, each with its moment."""
        heard: list[tuple[int, Event]] = []
        with python_digits():
            self._go(start)
            self.ears.on_event = lambda event: heard.append((self.simulation.steps, event))
            try:
                self._execute_to(stop)
            finally:
                self.ears.on_event = None
        return heard

    def executed(self, start: int, stop: int) -> Iterator[tuple[int, Step]]:
        """Yield the steps after moment `start` up to and with moment `stop`, each with its number.

        A step's frame and values are those of the run as it goes on: look at them before asking for the next.
        """
        for number in range(start + 1, stop + 1):
            heard: list[Step] = []
            with python_digits():
                self._go(number - 1)
                with self._by_steps(None, heard.append):
                    self._execute_to(number)
            yield number, heard[0]

    # --- choosing

    def choices(self, number: int) -> dict[int, str | None]:
        """Return for each thread that is not over why it cannot run next at a moment, None where it can."""
        found: dict[int, str | None] = {}
        moment = self.moment(number)
        runner = None if moment.executed_by is None else moment.thread(moment.executed_by)
        bound_to = None
        if runner is not None and runner.state == "running" and not moment.at_switch_point:
            bound_to = runner.number
        with python_digits():
            for shown in moment.living:
                self._go(number)
                thread = self.simulation.ledger.thread(shown.number)
                if bound_to is not None and shown.number != bound_to:
                    rule = self.simulation.rule.name
                    found[shown.number] = (
                        f"thread {bound_to} is not at a switch point here (rule {rule}); go on to one, "
                        "or allow them everywhere: --switch-points every"
                    )
                else:
                    found[shown.number] = self._why_not(thread)
            self.at = None  # trying may have changed it
        return found

    def _why_not(self, thread: Thread) -> str | None:
        """Try whether a thread could run next; returns what keeps it from that."""
        if self.settings.mode == "sequential":
            return "in mode sequential there is nobody to choose from: spawn runs a task to its end"
        if thread.state is ThreadState.BLOCKED and thread.wait is not None:
            waits_for = describe_wait(thread)
            if not self.simulation.end_wait(thread, thread.wait):
                self.at = None
                return f"it waits for {waits_for}"
            self.at = None
        return None

    def schedule_to(self, number: int) -> str:
        """Return the schedule by which the run comes to a moment, as `--schedule` reads it."""
        turns: list[tuple[int, int]] = []
        ended: list[tuple[int, int]] = []
        simulation, ears = self.simulation, self.ears
        ears.on_turn = lambda thread: turns.append((simulation.steps, thread.number))
        ears.on_wait_over = lambda thread: ended.append((simulation.steps, thread.number))
        try:
            with python_digits():
                restore(simulation, self.checkpoints[0], self.printed)
                self._execute_to(number)
                if self.at != number:
                    turns.clear()
                    ended.clear()
                    restore(simulation, self.checkpoints[0], self.printed)
                    with self._by_steps():
                        self._execute_to(number)
        finally:
            ears.on_turn = ears.on_wait_over = None
        return format_schedule(schedule_of(turns, ended, number))

    def choose(self, number: int, thread: int, progress: Progress | None = None) -> Recording:
        """Record the run that goes as this one up to a moment, and then on with a step of `thread`.

        Raises `UsageError` where that thread cannot run.
        """
        choices = self.choices(number)
        if thread not in choices:
            raise UsageError(f"there is no thread {thread} here that could run; there are: {known(choices)}.")
        why_not = choices[thread]
        if why_not is not None:
            raise UsageError(f"thread {thread} cannot run next: {why_not}.")
        before = self.moment(number)
        schedule = " ".join(filter(None, (self.schedule_to(number), str(thread))))
        branch = Recording(
            self.source, self.filename, self.code, self.settings.but(schedule=schedule), progress=progress
        )
        if branch.steps < number or not same_program_state(before, branch.moment(number)):
            raise UsageError(
                "the steps up to here cannot be repeated by a schedule, because the program looks at the clock, "
                "which runs differently when a schedule says who goes on."
            )
        return branch


def known(choices: dict[int, str | None]) -> str:
    """Return the threads that can be chosen, as words."""
    return ", ".join(str(number) for number, why_not in choices.items() if why_not is None) or "none"


def schedule_of(turns: list[tuple[int, int]], ended: list[tuple[int, int]], steps: int) -> list[Choice]:
    """Return the choices of a run: whose turn began after how many steps, and whose wait was over when.

    A wait that is over takes something, a lock or an item; where its thread does not run at once, that has to be said
    (`2*0`), or another thread could take it in the repetition.
    """
    choices: list[Choice] = []
    waits = iter([*ended, (steps, 0)])
    at, waiter = next(waits)
    for position, (start, thread) in enumerate(turns):
        stop = turns[position + 1][0] if position + 1 < len(turns) else steps
        done = start
        while waiter and at < stop:
            if at > done:
                choices.append(Choice(thread, at - done))
                done = at
            if waiter != thread or at > start:
                choices.append(Choice(waiter, 0))
            at, waiter = next(waits)
        if stop > done:
            choices.append(Choice(thread, stop - done))
    while waiter:
        choices.append(Choice(waiter, 0))
        at, waiter = next(waits)
    return choices


def same_program_state(one: Moment, other: Moment) -> bool:
    """Whether the program could not tell two moments apart: threads stand at the same places with the same values."""

    def of(moment: Moment) -> list[object]:
        threads = [
            [
                (frame.code, frame.offset, [value.text for value in (*frame.variables, *frame.stack)])
                for frame in thread.frames
            ]
            for thread in moment.threads
        ]
        memories = [[(value.name, value.text) for value in process.variables] for process in moment.processes]
        return [moment.output, threads, memories]

    return of(one) == of(other)


class Heard:
    """What is heard while one step is executed, and what follows it until the next."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.events: list[Event] = []
        self.step: Step | None = None
        self.error: BaseException | None = None
        self.written: frozenset[str] = frozenset()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen for as long as this lasts."""
        ears = self.recording.ears
        ears.on_event, ears.on_raised = self.events.append, self._raised
        try:
            with self.recording._by_steps(None, self._executed):
                yield
        finally:
            ears.on_event = ears.on_raised = None

    def _executed(self, step: Step) -> None:
        self.step = step
        self.error = step.error
        self.written = objects_written(self.recording.simulation, step)

    def _raised(self, thread: Thread, error: BaseException) -> None:
        if self.step is not None and thread.number == self.step.thread:
            self.error = error

    def row(self) -> StepRow:
        """Return the step with its values; what a call gave that had to be asked of the world is looked up."""
        step = self.step
        if step is None:
            raise InterpFault("A step was to be executed, and none was.")
        thread = self.recording.simulation.ledger.thread(step.thread)
        left = [show_value(value) for value in step.outputs if value is not ABSENT]
        arrived = thread.state is not ThreadState.BLOCKED and thread.state is not ThreadState.SLEEPING
        if ABSENT in step.outputs and self.error is None and thread.request is None and arrived:
            if thread.frames and thread.frames[-1] is step.frame and step.instruction.opcode.name != "FOR_ITER":
                left.append(show_value(step.frame.stack[-1]))
        return StepRow(
            tick=step.tick,
            thread=step.thread,
            name=thread.name,
            line=step.instruction.place.line or None,
            instruction=show_instruction(step),
            taken=tuple(map(show_value, step.inputs)),
            left=tuple(left),
            error=None if self.error is None else show_error(self.error),
        )

    def at_switch_point(self) -> bool:
        """Whether the thread that executed the step may lose the lock behind it."""
        step, simulation = self.step, self.recording.simulation
        if step is None:
            return True
        thread = simulation.ledger.thread(step.thread)
        if thread.state is not ThreadState.RUNNING or not thread.frames:
            return True
        return thread.at_switch_point or (self.error is None and may_switch(simulation.rule, step, thread))
