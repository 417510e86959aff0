"""The world that requests are performed in: output, new threads and processes, signals, values on their way.

The loop stops where a thread asks for something (`world.py`, `machine/sync.py` say what there is to ask for);
the scheduler then lets it be done here, at the thread's moment of virtual time. What an operation costs
beyond its instruction is paid *before* it is performed (`price`), so that its effect comes at its end and
never in the past of anybody else; what arrives at a thread that waited is paid when that thread runs again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from interp.bytecode.code import Code, Instruction
from interp.bytecode.instructions import OPCODES
from interp.language.errors import InterpFault
from interp.language.syntax import Place
from interp.machine.interpreter import is_of_the_program, unwind
from interp.machine.memory import Copier, copy_value
from interp.machine.state import Frame, Request, Wait
from interp.machine.sync import Queue, SyncObject, Task
from interp.machine.thread import Thread
from interp.machine.values import Builtin, Function, Method
from interp.scheduling import events
from interp.scheduling.costs import Costs
from interp.scheduling.ledger import Ledger, TimerKind
from interp.scheduling.naming import name_of

MOST_THREADS = 20_000
"""A run may have so many threads; then `spawn` fails as it does in CPython when the operating system has no more."""

BYTES_A_COPY = 64
"""What a copied value counts for until memory is measured."""

LARGEST_OUTPUT = 2**26
"""A run keeps about so many characters of its output for its result; all of it is written as it is printed."""


class World:
    """What the operations of a run happen in; `mode` says what `spawn` makes and whether values are copied."""

    STATE = ("kept",)
    """What changes beside the output, which only grows."""

    def __init__(self, ledger: Ledger, mode: str, costs: Costs, write: Callable[[str], object] | None) -> None:
        self.ledger = ledger
        self.mode = mode
        self.costs = costs
        self.write_output = write
        self.output: list[str] = []
        self.kept = 0

    def price(self, request: Request) -> int:
        """Return the ticks that a request costs beyond its instruction."""
        name, arguments = request.builtin.name, request.arguments
        if name == "spawn":
            if self.mode == "processes":
                return self.costs.process_start + self.costs.copying(copy_value(arguments)[1])
            return self.costs.thread_start if self.mode == "threads" else 0
        if name == "put" and len(arguments) == 2 and isinstance(arguments[0], Queue):
            return self.carriage(copy_value(arguments[1])[1])
        return 0

    def carriage(self, size: int) -> int:
        """Return what it costs to move a value that consists of so many values."""
        return self.costs.copying(size) if self.mode == "processes" else self.costs.queue

    def spawn(self, parent: Thread, callee: Any, arguments: tuple[Any, ...]) -> Any:
        """Start `callee(*arguments)` as the mode has it; returns its task, or a `Wait` for it in mode `sequential`."""
        check_callee(callee)
        if len(self.ledger.machine.threads) >= MOST_THREADS:
            raise RuntimeError("can't start new thread")
        process = parent.process
        if self.mode == "processes":
            copier = Copier()
            memory = copier.copy(process.globals)
            callee, arguments = copier.copy(callee), copier.copy(arguments)
            self.ledger.machine.grow(copier.size * BYTES_A_COPY)
            process = self.ledger.new_process(memory)
        name = f"{name_of_callee(callee)}-{len(self.ledger.machine.threads) + 1}"
        thread = self.ledger.new_thread(process, name, parent)
        prepare_call(thread, callee, arguments)
        self.ledger.set_timer(parent.clock, TimerKind.ARRIVE, thread)
        if self.mode == "sequential":
            thread.task.waiting.append(parent.number)
            return Wait(thread.task, "call")
        return thread.task

    def write(self, thread: Thread, text: str) -> None:
        """Print a text."""
        self.keep_output(text)
        self.ledger.tell(events.Printed, thread, thread.clock, text=text, line=thread.line)

    def keep_output(self, text: str) -> None:
        """Keep a text for the result, within the bound, and hand it on to whoever wants it at once."""
        if self.kept < LARGEST_OUTPUT:
            self.kept += len(text)
            self.output.append(text if self.kept < LARGEST_OUTPUT else text + "\n[more was printed, and not kept]\n")
        if self.write_output is not None:
            self.write_output(text)

    def new_number(self, kind: str) -> int:
        """Count the objects of a kind from 1."""
        counts = self.ledger.machine.sync_count
        counts[kind] = counts.get(kind, 0) + 1
        return counts[kind]

    def signal(self, waiting: list[int], count: int) -> None:
        """Wake up to `count` of the waiting threads that no signal is on its way to."""
        candidates = [number for number in waiting if not self.thread_wait(number).signalled]
        for _ in range(min(count, len(candidates))):
            number = self.ledger.choose(candidates)
            candidates.remove(number)
            wait = self.thread_wait(number)
            wait.signalled = True
            latency = 0 if wait.operation == "call" else self.costs.wake_up
            self.ledger.set_timer(self.ledger.now + latency, TimerKind.SIGNAL, self.ledger.thread(number))

    def thread_wait(self, number: int) -> Wait:
        """Return the wait of a blocked thread."""
        wait = self.ledger.thread(number).wait
        if wait is None:
            raise InterpFault(f"Thread {number} stands in a line, but does not wait.")
        return wait

    def send(self, thread: int, value: Any, into: SyncObject) -> Any:
        """Return what goes into a queue: between processes a copy, which `price` has been paid for."""
        sender = self.ledger.thread(thread)
        copied, size = copy_value(value) if self.mode == "processes" else (value, 1)
        if self.ledger.watched:
            self.ledger.tell(events.Sent, sender, self.ledger.now, queue=name_of(into, sender), size=size)
        return copied

    def receive(self, thread: int, value: Any, out_of: SyncObject) -> Any:
        """Return what reaches a thread out of a queue or from a task: between processes a copy."""
        receiver = self.ledger.thread(thread)
        copied, size = copy_value(value) if self.mode == "processes" else (value, 1)
        is_task = isinstance(out_of, Task)
        if not is_task or self.mode == "processes":
            self.ledger.charge(receiver, self.carriage(size))
        if not is_task and self.ledger.watched:
            self.ledger.tell(events.Received, receiver, self.ledger.now, queue=name_of(out_of, receiver), size=size)
        return copied


def check_callee(callee: Any) -> None:
    """Raise `TypeError` for what cannot be called."""
    if not isinstance(callee, (Function, Builtin, Method, type)):
        raise TypeError(f"'{type(callee).__name__}' object is not callable")


def name_of_callee(callee: Any) -> str:
    """Return the name that a task is called by."""
    if isinstance(callee, Function):
        return callee.code.name
    if isinstance(callee, Method):
        return callee.builtin.name
    return str(getattr(callee, "name", None) or callee.__name__)


def prepare_call(thread: Thread, callee: Any, arguments: tuple[Any, ...]) -> None:
    """Give a new thread its first frame; where the arguments do not fit, its task fails as soon as it runs."""
    if isinstance(callee, Function):
        try:
            thread.call(callee, arguments, ())
        except BaseException as error:
            if not is_of_the_program(error):
                raise
            unwind(thread, error)
        return
    frame = Frame(bootstrap(len(arguments)), [], thread.process)
    frame.stack.extend((callee, *arguments))
    thread.frames.append(frame)


@cache
def bootstrap(argument_count: int) -> Code:
    """Return the code that calls a value which is no function of the program, for `spawn(print, "hi")`."""
    place = Place(0, 1, 0, 1)
    instructions = (
        Instruction(OPCODES["CALL"], argument_count, place),
        Instruction(OPCODES["RETURN_VALUE"], 0, place),
    )
    return Code(
        name="<spawn>",
        qualname="<spawn>",
        filename="<spawn>",
        parameter_count=0,
        instructions=instructions,
        constants=(),
        names=(),
        local_names=(),
        exception_table=(),
        stack_size=argument_count + 1,
        first_line=0,
        lines=(),
    )
