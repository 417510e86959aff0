"""The phases of the interpretive loop for one instruction: fetch, decode, perform, charge.

A moment stands between two steps; what happens *within* a step is the body of the loop, `machine/interpreter.py`, which
is half a page. Here a step is told in that body's own order, each phase with the lines of the loop that do it, so that
a reader sees the program and the interpreter of the program side by side. Nothing is executed for it but the step.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache

from interp.bytecode.code import Code, Instruction
from interp.bytecode.operands import KINDS, describe
from interp.machine import interpreter
from interp.traces.moments import Moment
from interp.traces.steps import StepRow
from interp.traces.words import counted

PHASES = ("fetch", "decode", "perform", "charge")
"""What the loop does with an instruction, in this order."""

DONE_BY = {
    "fetch": ("fetch(",),
    "decode": ("take(",),
    "perform": (" perform(", "put("),
    "charge": ("thread.clock +=", "thread.steps +=", "return Step("),
}
"""How the lines of the loop's body that belong to a phase are recognised."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a step: its `name`, and what happens in it, in `sentences`."""

    name: str
    sentences: tuple[str, ...]


def phases_of(moment: Moment, after: Moment) -> tuple[Phase, ...]:
    """Return the phases of the step that leads from a moment to the one after it; at the end there are none."""
    thread, row = moment.next_thread, after.executed
    if thread is None or thread.frame is None or row is None:
        return ()
    frame = thread.frame
    instruction = frame.instruction
    cost = row.tick - thread.clock
    return (
        Phase(
            "fetch",
            (
                f"Thread {thread.number} ({thread.name}) is in {frame.function} at offset {frame.offset}: "
                f"{row.instruction}.",
                f"The frame's offset moves on to {frame.offset + 1}.",
            ),
        ),
        Phase("decode", (operand_sentence(frame.code, instruction), taken_sentence(instruction, row))),
        Phase("perform", (instruction.opcode.summary, left_sentence(instruction, row))),
        Phase(
            "charge",
            (
                f"It costs {counted(cost, 'tick')}: the clock of thread {thread.number} goes from "
                f"{thread.clock:,} to {row.tick:,}.",
                switch_sentence(after),
            ),
        ),
    )


def switch_sentence(after: Moment) -> str:
    """Say whether the thread may be stopped behind the step that led to a moment."""
    if after.system_switches:
        return "The operating system may take the core away, here as anywhere."
    return f"A switch may follow: {'yes' if after.at_switch_point else 'no'}."


def operand_sentence(code: Code, instruction: Instruction) -> str:
    """Say what the operand means."""
    kind = instruction.opcode.operand
    if kind is None:
        return f"{instruction.opcode} has no operand."
    meaning = describe(code, instruction)
    said = f"The operand is {instruction.operand}: {KINDS[kind].sentence}"
    return f"{said}, here {meaning}." if meaning else f"{said}."


def taken_sentence(instruction: Instruction, row: StepRow) -> str:
    """Say which values are taken from the stack."""
    if not row.taken:
        return "It takes nothing from the stack."
    names = spelled_out(instruction.opcode.inputs, len(row.taken))
    taken = ", ".join(f"{name} = {text}" for name, text in zip(names, row.taken, strict=True))
    return f"It takes from the stack: {taken}."


def left_sentence(instruction: Instruction, row: StepRow) -> str:
    """Say which values are put on the stack."""
    if row.error is not None:
        return f"It raises {row.error}; the loop goes on at its handler, or ends the frame."
    if row.left:
        names = spelled_out(instruction.opcode.outputs, len(row.left))
        left = ", ".join(f"{name} = {text}" for name, text in zip(names, row.left, strict=True))
        return f"It puts on the stack: {left}."
    if instruction.opcode.outputs:
        return "It puts nothing on the stack yet: the value comes later, or not at all."
    return "It puts nothing on the stack."


def spelled_out(names: tuple[str, ...], count: int) -> list[str]:
    """Return a name for each of so many values, where `arguments*` stands for several."""
    several = count - sum(not name.endswith("*") for name in names)
    found: list[str] = []
    for name in names:
        word = name.rstrip("*?")
        found += [f"{word} {place}" for place in range(1, several + 1)] if name.endswith("*") else [word]
    return (found + [f"value {place}" for place in range(1, count + 1)])[:count]


@cache
def loop_body() -> tuple[tuple[str, str], ...]:
    """Return the lines of the loop's body that do something in a phase, each with the phase's name."""
    found = []
    for line in inspect.getsource(interpreter.step).split("\n"):
        found += [(line.strip(), name) for name in PHASES if any(mark in line for mark in DONE_BY[name])]
    return tuple(found)
