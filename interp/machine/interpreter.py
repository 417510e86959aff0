"""The interpretive loop: fetch the instruction, take its operands, perform, put the result, charge the clock,
tell.

This is the interpretive routine of Knuth (*The Art of Computer Programming*, vol. 1, §1.4.3) for our machine.
It executes one thread and knows nothing of cores, locks or other threads; it stops at a switch point once a
bound on the clock has passed, and whenever the thread asks something of the world, ends or fails.

`step` is the loop's body, one idea a line. It is what runs where somebody watches every instruction. Where
nobody does, `quick.py` runs the same bodies of the same declarations, pasted together; a test compares
the two instruction by instruction. `unwind` is what happens to an exception in either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interp.bytecode.code import Instruction, SwitchPoint
from interp.bytecode.instructions import ABSENT
from interp.language.errors import InterpFault
from interp.machine.state import Frame
from interp.machine.switch_points import SwitchRule
from interp.machine.thread import Thread
from interp.machine.tracebacks import add_entry, traceback_of
from interp.machine.wording import reword_error


@dataclass(frozen=True, slots=True)
class Step:
    """One executed instruction: when, by whom, what went in and what came out.

    `tick` is the clock after it; `error` the exception that it raised, `outputs` are then empty. An output of
    `ABSENT` comes later. `depth` counts the calls that were pending before it, that of `frame` included.
    """

    tick: int
    thread: int
    depth: int
    frame: Frame
    offset: int
    instruction: Instruction
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    error: BaseException | None


StepListener = Callable[[Step], None]


def step(thread: Thread, cost_of: tuple[int, ...]) -> Step:
    """Execute one instruction of `thread` and return the record of it; `cost_of` has a cost for each opcode number."""
    depth, frame = len(thread.frames), thread.frames[-1]
    offset = frame.pc
    instruction, argument = fetch(frame)
    inputs = take(frame, instruction)
    error: BaseException | None = None
    try:
        outputs = perform(thread, frame, instruction, argument, inputs)
        put(frame, outputs)
    except BaseException as raised:
        if not is_of_the_program(raised):
            raise
        outputs, error = (), raised
    thread.clock += cost_of[instruction.opcode.number]
    thread.steps += 1
    if error is not None:
        unwind(thread, error)
    return Step(thread.clock, thread.number, depth, frame, offset, instruction, inputs, outputs, error)


def is_of_the_program(error: BaseException) -> bool:
    """Whether an exception belongs to the toy program: not a fault of ours, and nobody's Ctrl-C."""
    if isinstance(error, InterpFault):
        return False
    return isinstance(error, Exception) or type(error) is BaseException


def fetch(frame: Frame) -> tuple[Instruction, Any]:
    """Return the frame's next instruction and what its operand stands for, and move on to the one after it."""
    offset = frame.pc
    frame.pc = offset + 1
    return frame.code.instructions[offset], frame.code.arguments[offset]


def take(frame: Frame, instruction: Instruction) -> tuple[Any, ...]:
    """Pop the values that the instruction takes, in stack order."""
    count = instruction.opcode.takes(instruction.operand)
    if count == 0:
        return ()
    taken = tuple(frame.stack[-count:])
    del frame.stack[-count:]
    return taken


def perform(
    thread: Thread, frame: Frame, instruction: Instruction, argument: Any, inputs: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Do what the instruction does; returns the values to push."""
    opcode = instruction.opcode
    given: dict[str, Any] = {"thread": thread, "frame": frame, opcode.operand or "": argument}
    position = 0
    for name in opcode.inputs:
        if name.endswith("*"):
            given[name[:-1]] = inputs[position : position + instruction.operand]
            position += instruction.operand
        else:
            given[name] = inputs[position]
            position += 1
    result = opcode.perform(*(given[name] for name in opcode.parameters))
    if not opcode.outputs:
        return ()
    several = len(opcode.outputs) > 1 or opcode.outputs[0].endswith("*")
    return result if several else (result,)


def put(frame: Frame, outputs: tuple[Any, ...]) -> None:
    """Push the values that the instruction leaves; one that is `ABSENT` is not there (yet)."""
    frame.stack.extend(value for value in outputs if value is not ABSENT)


def may_switch(rule: SwitchRule, executed: Step, thread: Thread) -> bool:
    """Whether `rule` has a switch point after this step."""
    kind = executed.instruction.opcode.switch
    if not thread.frames or kind not in rule.after:
        return False
    if rule.everywhere:
        return True
    if kind is SwitchPoint.TAKEN_JUMP and thread.frames[-1].pc != executed.instruction.operand:
        return False
    if kind is SwitchPoint.CALL:
        if thread.frames[-1] is not executed.frame:
            return False  # a function of the program was entered: the switch point follows its RESUME
        if rule.specialised_calls and getattr(executed.inputs[0], "quiet", False):
            return False
    return not (rule.spares_blocks and opens_block(thread))


def opens_block(thread: Thread) -> bool:
    """Whether the thread's next instruction begins a `try` or a `with`."""
    frame = thread.frames[-1]
    return frame.code.instructions[frame.pc].opcode.opens_block


def unwind(thread: Thread, error: BaseException) -> bool:
    """Bring `error` to the handler that protects the place where it was raised, ending frames on the way.

    Returns False if there is none: the thread has no frames left then, and its task has failed with the
    error.
    """
    error.__traceback__ = None
    set_context(thread, error)
    again, by_program = thread.reraising, thread.raising
    thread.reraising = thread.raising = False
    if not by_program and not traceback_of(error):
        reword_error(error)
    while thread.frames:
        frame = thread.frames[-1]
        offset = frame.pc - 1
        if not again:
            add_entry(error, frame.code, frame.code.instructions[offset].place)
        again = False
        entry = frame.code.handler(offset)
        if entry is not None:
            del frame.stack[entry.depth :]
            frame.stack.append(error)
            frame.pc = entry.target
            return True
        thread.frames.pop()
    thread.task.error = error
    return False


def set_context(thread: Thread, error: BaseException) -> None:
    """Remember which exception was being handled when `error` was raised (CPython's `__context__`), without a cycle."""
    handled = thread.handled
    if handled is None or handled is error or thread.reraising:
        return
    link: BaseException | None = handled
    while link is not None:
        if link.__context__ is error:
            link.__context__ = None
        link = link.__context__
    error.__context__ = handled
