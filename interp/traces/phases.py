"""The interpretive loop's own phases for one instruction: fetch · decode · perform · charge.

What `machine/interpreter.py` does with every instruction, said of the one that a thread executes next, with its values.
For the lesson on the loop; the words of `decode` and `perform` come from the instruction's declaration.
"""

from __future__ import annotations

from dataclasses import dataclass

from interp.bytecode.operands import describe
from interp.scheduling.costs import named_costs
from interp.traces.moments import Moment, ShownFrame, ShownThread
from interp.traces.recording import Recording
from interp.traces.step_rows import show_instruction


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of the loop: its name, and what happens in it, in a line."""

    name: str
    text: str


def phases_of(recording: Recording, moment: Moment, thread: ShownThread) -> tuple[Phase, ...]:
    """Return the phases of the instruction that a thread executes next; none for a thread without one.

    What it leaves, and what the clock shows then, is told of the thread whose step comes next in the run.
    """
    frame = thread.frame
    if frame is None:
        return ()
    instruction, opcode = frame.instruction, frame.instruction.opcode
    name = show_instruction(frame.code, instruction)
    fetched = f"instruction {frame.offset} of {frame.function} is {name}; the next one is {frame.offset + 1}"
    phases = [Phase("fetch", fetched), Phase("decode", decoded(frame))]
    performed = opcode.summary
    cost = named_costs(recording.settings.costs).of_opcode[opcode.number]
    charged = f"{cost:,} tick{'' if cost == 1 else 's'}"
    if moment.following == thread.number:
        row = recording.moment(moment.step + 1).executed
        assert row is not None
        came = f"raises {row.error}" if row.error is not None else f"leaves {', '.join(row.left) or 'nothing'}"
        performed += f" It {came}."
        charged += f": the clock of the thread goes to {row.tick:,}"
    return (*phases, Phase("perform", performed), Phase("charge", charged))


def decoded(frame: ShownFrame) -> str:
    """Say what the operand stands for, and which values of the stack are the instruction's."""
    instruction, opcode = frame.instruction, frame.instruction.opcode
    parts = []
    if opcode.operand is not None:
        meaning = describe(frame.code, instruction)
        parts.append(f"operand {instruction.operand}" + (f" stands for {meaning}" if meaning else ""))
    count = opcode.takes(instruction.operand)
    taken = [value.text for value in frame.stack[-count:]] if count and len(frame.stack) >= count else []
    parts.append(f"takes {', '.join(taken)} from the stack" if taken else "takes nothing from the stack")
    return "; ".join(parts)
