"""Listening to a run while some of it is executed again: what happens, who takes turns, what one step does.

Read next: `playback.py`, which executes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interp.bytecode.instructions import ABSENT
from interp.language.errors import InterpFault
from interp.machine.interpreter import Step, may_switch
from interp.machine.state import ThreadState
from interp.machine.sync import SyncObject
from interp.machine.thread import Thread
from interp.scheduling.events import Ended, Event
from interp.scheduling.schedule import Choice
from interp.scheduling.scheduler import Simulation
from interp.traces.landmarks import containers_written
from interp.traces.step_rows import make_row
from interp.traces.steps import StepRow


def ignore(*heard: object) -> None:
    """Nobody wants to know."""


class Ears:
    """Hears what the simulation tells (`Observer`, `Watcher`): an attribute each, to be set by who wants to know."""

    def __init__(self) -> None:
        self.event: Callable[[Event], None] = ignore
        self.turn: Callable[[Thread], None] = ignore
        self.performed: Callable[[Thread], None] = ignore
        self.wait_over: Callable[[Thread], None] = ignore
        self.granted: Callable[[Thread, str, SyncObject], None] = ignore
        self.raised: Callable[[Thread, BaseException], None] = ignore


class TurnLog:
    """Listens to who executes steps, and writes the schedule that repeats them.

    1. A turn begins, and with it a part of the schedule.
    2. A wait that is over takes something, a lock or an item; where its thread does not run at once, that has to be
       said (`2*0`), or another thread could take it in the repetition.
    3. A task that fails at its call ends without a step, and others may wait for that: `2*0` again.
    4. What a step asks of the world may be done some ticks later, when others have gone on. A schedule has it done at
       once; so the step is moved to where its effect was.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.begin()

    def begin(self) -> None:
        """Forget everything."""
        self.parts: list[list[int]] = []
        self.runner = 0
        self.counted = 0

    def _count(self) -> None:
        steps = self.simulation.steps - self.counted
        self.counted = self.simulation.steps
        if steps:
            self.parts.append([self.runner, steps])

    def turn(self, thread: Thread) -> None:
        """Another thread's turn begins."""
        self._count()
        self.runner = thread.number

    def wait_over(self, thread: Thread) -> None:
        """A thread has got what it waited for."""
        self._count()
        self.parts.append([thread.number, 0])

    def event(self, event: Event) -> None:
        """Something has happened; it counts if a thread has ended without a step."""
        if isinstance(event, Ended) and not self.simulation.ledger.thread(event.thread).steps:
            self._count()
            self.parts.append([event.thread, 0])

    def performed(self, thread: Thread) -> None:
        """What the last step of a thread asked for is done."""
        self._count()
        if self.parts and self.parts[-1][0] != thread.number:
            self._take_back(thread.number)
            self.parts.append([thread.number, 1])

    def _take_back(self, number: int) -> None:
        for place in range(len(self.parts) - 1, -1, -1):
            if self.parts[place][0] == number and self.parts[place][1]:
                self.parts[place][1] -= 1
                if not self.parts[place][1]:
                    del self.parts[place]
                return

    def finish(self) -> list[Choice]:
        """Return the choices up to now."""
        self._count()
        for thread in self.simulation.ledger.machine.threads:
            if thread.request is not None:
                self._take_back(thread.number)
        return [Choice(number, steps) for number, steps in self.parts]


class Heard:
    """What is heard while one step is executed, and what follows it until the next."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.events: list[Event] = []
        self.step: Step | None = None
        self.error: BaseException | None = None
        self.written: list[Any] = []

    def executed(self, step: Step) -> None:
        """Hear that the step has been executed."""
        self.step = step
        self.error = step.error
        self.written = containers_written(step)

    def raised(self, thread: Thread, error: BaseException) -> None:
        """Hear that what the step asked for has failed."""
        if self.step is not None and thread.number == self.step.thread:
            self.error = error

    @property
    def executed_by(self) -> int | None:
        """The number of the thread that executed the step."""
        return None if self.step is None else self.step.thread

    def row(self) -> StepRow:
        """Return the step with its values; what a call gave that had to be asked of the world is looked up."""
        step = self.step
        if step is None:
            raise InterpFault("A step was to be executed, and none was.")
        thread = self.simulation.ledger.thread(step.thread)
        left = [value for value in step.outputs if value is not ABSENT]
        arrived = thread.state is not ThreadState.BLOCKED and thread.state is not ThreadState.SLEEPING
        is_back = bool(thread.frames) and thread.frames[-1] is step.frame and thread.request is None
        if ABSENT in step.outputs and self.error is None and arrived and is_back and step.instruction.opcode.frames:
            left.append(step.frame.stack[-1])
        return make_row(step, thread.name, left, self.error)

    def at_switch_point(self) -> bool:
        """Whether the thread that executed the step may lose the lock behind it."""
        step, simulation = self.step, self.simulation
        if step is None:
            return True
        thread = simulation.ledger.thread(step.thread)
        if thread.state is not ThreadState.RUNNING or not thread.frames:
            return True
        return thread.at_switch_point or (self.error is None and may_switch(simulation.rule, step, thread))
