"""Recordings: a run in which one can go to any moment, forwards and backwards, and choose to go another way.

1. `playback.py` goes to a moment; here is said to which. Landmarks (`landmarks.py`) are searched by executing stretches
   of the run with somebody watching: near ones in short stretches, then longer ones; backwards, each stretch forwards,
   and the last landmark in it counts. Code in which the landmark cannot be is executed in its quick form.
2. A person may *choose* who runs next at a moment. What would follow is another run: the same program with a schedule
   that says who has run until then. `schedule_to` writes that schedule down, `choose` records the other run.
"""

from __future__ import annotations

from interp.language.errors import UsageError
from interp.machine.interpreter import Step
from interp.machine.state import ThreadState
from interp.machine.sync import SyncObject
from interp.machine.thread import Thread
from interp.scheduling.events import Event
from interp.scheduling.naming import describe_wait
from interp.scheduling.schedule import format_schedule, parse_schedule
from interp.scheduling.simulate import python_digits
from interp.traces.evaluate import evaluate
from interp.traces.landmarks import Landmark, all_codes, assigns
from interp.traces.listening import TurnLog
from interp.traces.moments import Moment
from interp.traces.playback import LONGEST_STRETCH, Playback, Progress

NEAR = 256
"""The steps of the first stretch that is searched for a landmark; each further one is four times as long."""


class Recording(Playback):
    """A recorded run: `steps` steps long, with its `result`; `moment(n)` shows any of it.

    Making one executes the program once, to its end; raises `UsageError` for settings that cannot be followed.
    Ctrl-C ends the recording early, with the outcome `interrupted`. `progress` is told the tick and the number of
    steps now and then, then and in long searches.
    """

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
            self._tell_progress()
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
            self._tell_progress()
        return None

    def search(self, landmark: Landmark, start: int, stop: int) -> list[int]:
        """Return the moments after `start` up to and with `stop` that are such a landmark, in order."""
        found: set[int] = set()
        simulation = self.simulation
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
                    if landmark.begins(step.frame.code, step.offset, step.depth):
                        found.add(number - 1)
                    if landmark.is_done_by(step):
                        found.add(number)

            def event(event: Event) -> None:
                if landmark.is_event(event) and (landmark.kind != "switch" or multicore):
                    found.add(simulation.steps)

            def turn(thread: Thread) -> None:
                begins = simulation.steps == 0  # the first turn of all is another's than nobody's
                if landmark.kind == "switch" and not (multicore or begins) and landmark.thread in (None, thread.number):
                    found.add(simulation.steps)

            def raised(thread: Thread, error: BaseException) -> None:
                if landmark.kind == "error" and landmark.thread in (None, thread.number):
                    found.add(simulation.steps)

            def granted(thread: Thread, operation: str, on: SyncObject) -> None:
                if landmark.thread in (None, thread.number) and landmark.is_granted(thread, operation, on):
                    found.add(simulation.steps)

            with self._hearing(event=event, turn=turn, raised=raised, granted=granted):
                if landmark.needs_steps:
                    with self._by_steps(watched, step):
                        self._execute_to(stop)
                else:
                    self._execute_to(stop)
                self._look_at_next(landmark, found)
        return sorted(number for number in found if start < number <= stop)

    def _look_at_next(self, landmark: Landmark, found: set[int]) -> None:
        """Note whether the moment that the simulation stands at is a landmark, by what comes next."""
        thread = self.simulation.following
        if thread is None or landmark.thread not in (None, thread.number):
            return
        frame = thread.frames[-1]
        if landmark.begins(frame.code, frame.pc, len(thread.frames)):
            found.add(self.simulation.steps)
        is_other = thread.number != self.simulation.last_to_run and not self.simulation.cores.shared
        if landmark.kind == "switch" and is_other and self.simulation.steps:
            found.add(self.simulation.steps)

    def has_variable(self, name: str) -> bool:
        """Whether the program gives a value to a variable of that name somewhere."""
        return any(assigns(code, name) for code in all_codes(self.code))

    def evaluate(self, number: int, thread: int, text: str) -> str:
        """Return what an expression comes to for a thread at a moment, as text; the run stays what it is.

        Raises `UsageError` for what is no expression, or is more than looking.
        """
        with python_digits():
            self._go(number)
            self.at = None  # whatever the expression changes, a checkpoint is gone back to before the next look
            return evaluate(self.simulation, self.simulation.ledger.thread(thread), text)

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
        if not thread.frames:
            return "it has executed its last instruction"
        if thread.state is ThreadState.BLOCKED and thread.wait is not None:
            waits_for = describe_wait(thread)
            if not self.simulation.end_wait(thread, thread.wait):
                self.at = None
                return f"it waits for {waits_for}"
            self.at = None
        return None

    def schedule_to(self, number: int) -> str:
        """Return the schedule by which the run comes to a moment, as `--schedule` reads it.

        What a thread has asked of the world but not been given yet is not part of it: the thread asks again.
        """
        log = TurnLog(self.simulation)
        hearing = self._hearing(
            event=log.event, turn=log.turn, performed=log.performed, wait_over=log.wait_over
        )
        with python_digits(), hearing:
            self._restore(self.checkpoints[0])
            self._arrive(number, self.checkpoints[0], log.begin)
        return format_schedule(log.finish())

    def choose(self, number: int, thread: int, progress: Progress | None = None) -> tuple[Recording, int]:
        """Record the run that goes as this one up to a moment, and then on with a step of `thread`.

        Returns the other recording, and the moment in it at which the choice is made: the number of steps, less those
        whose effect is still to come, which are executed anew. Raises `UsageError` where that thread cannot run.
        """
        choices = self.choices(number)
        if thread not in choices:
            raise UsageError(f"there is no thread {thread} here that could run; there are: {known(choices)}.")
        why_not = choices[thread]
        if why_not is not None:
            raise UsageError(f"thread {thread} cannot run next: {why_not}.")
        before = self.moment(number)
        schedule = self.schedule_to(number)
        start = sum(choice.steps for choice in parse_schedule(schedule))
        branch = Recording(
            self.source,
            self.filename,
            self.code,
            self.settings.but(schedule=f"{schedule} {thread}".strip()),
            progress=progress or self.progress,
        )
        if branch.steps < start or not same_program_state(before, branch.moment(start)):
            raise UsageError(
                "the steps up to here cannot be repeated by a schedule, because the program looks at the clock, "
                "which runs differently when a schedule says who goes on."
            )
        return branch, start


def known(choices: dict[int, str | None]) -> str:
    """Return the threads that can be chosen, as words."""
    return ", ".join(str(number) for number, why_not in choices.items() if why_not is None) or "none"


def same_program_state(one: Moment, other: Moment) -> bool:
    """Whether threads are in the same functions at two moments, and all variables and the output are the same.

    A process whose threads have executed their last instruction has no variables any more: its memory ends with it,
    at one of these moments perhaps a tick later than at the other.
    """

    def of(moment: Moment) -> list[object]:
        threads = [
            [(frame.code, [value.text for value in frame.variables]) for frame in thread.frames]
            for thread in moment.threads
        ]
        used = {thread.process for thread in moment.threads if thread.frames}
        memories = [
            [(value.name, value.text) for value in process.variables]
            for process in moment.processes
            if process.number in used
        ]
        return [moment.output, threads, memories]

    return of(one) == of(other)
