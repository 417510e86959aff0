"""Where an instruction may go next, and how deep the stack then is.

Every instruction has a declared effect, so the depth of the operand stack at each offset can be worked out
without running anything. If two paths met with different depths, the instructions after them would find the
wrong values; a real interpreter would crash. `check_stack` walks all paths once, refuses such code and
returns how much stack it needs.

CPython does the same walk (3.12, `Python/flowgraph.c`, `_PyCfg_Stackdepth`); the Java virtual machine also
does it when a class is loaded, because the code may come from a stranger. We check everything that our
compiler makes: a mistake of its shows at once, with the offset, and not as a wild result much later.

Read next: `assembler.py`, which tracks the same depth while it writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from interp.bytecode import instructions as op
from interp.bytecode.code import ExceptionEntry, Instruction, Opcode
from interp.language.errors import InterpFault

NEVER_FALLS_THROUGH = frozenset({op.JUMP_FORWARD, op.JUMP_BACKWARD, op.RETURN_VALUE, op.RAISE_VARARGS, op.RERAISE})
"""After these, the next instruction in line is not the next one performed."""


def depth_after(opcode: Opcode, operand: int, depth: int) -> int:
    """Return the depth of the stack after an instruction that does not jump."""
    return depth - opcode.takes(operand) + opcode.leaves(operand)


def depth_after_jump(opcode: Opcode, depth: int) -> int:
    """Return the depth of the stack after an instruction that jumps: an output marked `?` is missing then."""
    missing = sum(name.endswith("?") for name in opcode.outputs)
    return depth_after(opcode, 0, depth) - missing


def kept_while_performed(opcode: Opcode) -> int:
    """Return how many of the values that an instruction takes it also leaves as they were, at the bottom."""
    count = 0
    for before, after in zip(opcode.inputs, opcode.outputs, strict=False):
        if before != after:
            break
        count += 1
    return count


def check_stack(name: str, instructions: Sequence[Instruction], table: Sequence[ExceptionEntry]) -> int:
    """Return the greatest depth of the stack; raises `InterpFault` where `stack_depths` does."""
    depths = stack_depths(name, instructions, table)
    return max(
        depth + max(0, depth_after(written.opcode, 0 if written.opcode.operand == "target" else written.operand, 0))
        for depth, written in zip(depths, instructions, strict=True)
    )


def stack_depths(name: str, instructions: Sequence[Instruction], table: Sequence[ExceptionEntry]) -> list[int]:
    """Return how deep the stack is at each offset; raises `InterpFault` where the depths of two paths differ.

    Also refused: taking more than there is, a jump in the wrong direction, an end that is run over, an
    instruction that nothing reaches, and an exception entry that keeps more of the stack than there is.
    """
    depths: list[int | None] = [None] * len(instructions)
    protection: list[ExceptionEntry | None] = [None] * len(instructions)
    for entry in reversed(table):
        protection[entry.start : entry.end] = [entry] * (entry.end - entry.start)
    waiting = [(0, 0)]

    def fault(offset: int, problem: str) -> InterpFault:
        return InterpFault(f"The compiler made bad code of {name}: at offset {offset}, {problem}.")

    while waiting:
        offset, depth = waiting.pop()
        if not 0 <= offset < len(instructions):
            raise fault(offset, "there is no instruction")
        known = depths[offset]
        if known is not None:
            if known != depth:
                raise fault(offset, f"the stack has {known} values on one path and {depth} on another")
            continue
        depths[offset] = depth
        instruction = instructions[offset]
        opcode, operand = instruction.opcode, instruction.operand
        jumps = opcode.operand == "target"
        if jumps and (operand <= offset) is not (opcode is op.JUMP_BACKWARD):
            raise fault(offset, f"{opcode} goes the wrong way, to {operand}")
        effect = 0 if jumps else operand
        rest = depth - opcode.takes(effect)
        if rest < 0:
            raise fault(offset, f"{opcode} takes {opcode.takes(effect)} values of {depth}")
        if opcode.operand == "position" and not 0 < operand <= depth:
            raise fault(offset, f"{opcode} reaches for place {operand} of {depth}")
        after = depth_after(opcode, effect, depth)
        if jumps:
            waiting.append((operand, depth_after_jump(opcode, depth)))
        if opcode not in NEVER_FALLS_THROUGH:
            waiting.append((offset + 1, after))
        handler = protection[offset]
        if handler is not None:
            left = rest + kept_while_performed(opcode)
            if handler.depth > left:
                raise fault(offset, f"an exception would keep {handler.depth} values of {left}")
            waiting.append((handler.target, handler.depth + 1))
    reached = [depth for depth in depths if depth is not None]
    if len(reached) < len(depths):
        raise fault(depths.index(None), "there is an instruction that nothing reaches")
    return reached
