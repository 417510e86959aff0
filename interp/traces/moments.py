"""A moment of a run as a reader sees it: what every thread, memory, lock and object is like, in texts.

Moment *n* is when *n* steps have been executed and the next is about to be: everything that the scheduler has to do in
between is done, so it is known who comes next. Moment 0 is the beginning; the last moment is the end, and nobody comes
next. A moment is plain data: it stays what it is when the run is taken elsewhere, and two of them can be compared.

`changed` says of a value that the step which led here gave it another text, or wrote into it.

Read next: `picture.py`, which takes this picture of a run; `recording.py`, which goes to a moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from interp.bytecode.code import Code, Instruction
from interp.language.syntax import Place
from interp.scheduling.events import Event
from interp.traces.steps import StepRow


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A variable, or a place in a stack (its `name` is the position), with its value as `repr` shows it, cut short."""

    name: str
    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """One pending call: `offset` is its next instruction, or, if it has called another, the call that it waits for.

    Variables without a value are left out. The top of the stack is the last of `stack`.
    """

    code: Code
    offset: int
    variables: tuple[ShownValue, ...]
    stack: tuple[ShownValue, ...]

    @property
    def function(self) -> str:
        """The function's name; that of the file's own code is `<module>`."""
        return self.code.qualname

    @property
    def instruction(self) -> Instruction:
        """The instruction at `offset`."""
        return self.code.instructions[self.offset]

    @property
    def place(self) -> Place:
        """The place in the source that the instruction comes from: an expression, down to the column."""
        return self.instruction.place

    @property
    def line(self) -> int:
        """The line of the source, from 1; 0 for what no line of the program calls."""
        return self.place.line


@dataclass(frozen=True, slots=True)
class ShownThread:
    """One thread: its state (`running ready lock-wait blocked sleeping finished failed`) and its frames.

    The innermost frame is the last. `clock` is the tick up to which it has run, `core` the core that it runs on,
    `waits_for` what it is blocked on, in words; a sleeper's `wakes_at` is a tick. `times` are the ticks that it spent
    in each state so far.
    """

    number: int
    name: str
    process: int
    state: str
    core: int | None
    clock: int
    steps: int
    waits_for: str | None
    wakes_at: int | None
    error: str | None
    frames: tuple[ShownFrame, ...]
    times: tuple[tuple[str, int], ...]

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state in ("finished", "failed")

    @property
    def frame(self) -> ShownFrame | None:
        """The innermost frame."""
        return self.frames[-1] if self.frames else None


@dataclass(frozen=True, slots=True)
class ShownProcess:
    """A memory: the global variables that the threads of a process share, in the order in which they got a value."""

    number: int
    variables: tuple[ShownValue, ...]


@dataclass(frozen=True, slots=True)
class ShownLock:
    """The global lock of a process: who holds it, who waits, and in how many ticks the drop request is due.

    `request_in` is None where nobody waits for an interval; `requested` says that the holder has been asked already.
    """

    process: int
    holder: int | None
    waiting: tuple[int, ...]
    requested: bool
    request_in: int | None


@dataclass(frozen=True, slots=True)
class ShownObject:
    """A value with an identity (a list, a dict, a lock, a queue, a task): its names and who can reach it.

    `seen_by` are the numbers of the threads that can reach it now and are not over; `shared` lets a reader ask.
    """

    names: tuple[str, ...]
    kind: str
    text: str
    process: int | None
    seen_by: tuple[int, ...]
    changed: bool = False

    @property
    def shared(self) -> bool:
        """Whether several threads can reach it."""
        return len(self.seen_by) > 1


@dataclass(frozen=True, slots=True)
class Moment:
    """The whole of a run after `step` steps, at `tick`.

    `following` is the thread that executes the next step, None at the end, where `outcome` says how the run ended.
    `executed` is the step that led here, `executed_by` its thread; `events` happened since the moment before, that step
    included. `at_switch_point` says whether the thread that executed it may be stopped here: at a switch point of the
    lock's rule, or anywhere where `system_switches` says that the operating system shares out the cores. `output` is
    all that has been printed so far.
    """

    step: int
    tick: int
    following: int | None
    threads: tuple[ShownThread, ...]
    processes: tuple[ShownProcess, ...]
    locks: tuple[ShownLock, ...]
    objects: tuple[ShownObject, ...]
    output: str
    executed: StepRow | None = None
    executed_by: int | None = None
    events: tuple[Event, ...] = ()
    at_switch_point: bool = True
    system_switches: bool = False
    outcome: str | None = None

    def thread(self, number: int) -> ShownThread:
        """Return a thread by its number; raises `KeyError` where it does not exist yet."""
        if not 1 <= number <= len(self.threads):
            raise KeyError(number)
        return self.threads[number - 1]

    @property
    def next_thread(self) -> ShownThread | None:
        """The thread that executes the next step."""
        return None if self.following is None else self.thread(self.following)

    @property
    def living(self) -> tuple[ShownThread, ...]:
        """The threads that are not over."""
        return tuple(thread for thread in self.threads if not thread.is_over)


def find_value(values: Iterable[ShownValue], name: str) -> ShownValue | None:
    """Return the variable of that name among some."""
    return next((value for value in values if value.name == name), None)
