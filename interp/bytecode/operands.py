"""What the number beside an opcode stands for: one entry for each kind of operand.

An operand is a small int: an index into the constants, an offset to jump to, an operator's place in its list.
Each kind says here how to turn it into what the instruction's body wants, and how to show it to a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interp.bytecode.code import Code, Instruction
from interp.bytecode.operators import BINARY_OPERATORS, COMPARISON_OPERATORS


@dataclass(frozen=True, slots=True)
class OperandKind:
    """How to resolve an operand for the loop, how to describe it for a reader, and what the reference says of it."""

    resolve: Callable[[Code, int], Any]
    describe: Callable[[Code, int], str]
    sentence: str


CONVERSIONS: tuple[Callable[[Any], str], ...] = (str, repr, ascii)


LONGEST_CONSTANT = 60
"""A constant is shown with about this many characters at most."""

LONGEST_INT_BITS = 256
"""An int of more bits is shown by its size."""


def show_constant(value: Any) -> str:
    """Return a constant as the source would spell it, of bounded length; of a function, its name and line."""
    if isinstance(value, Code):
        return f"<code {value.name}, line {value.first_line}>"
    if isinstance(value, int) and value.bit_length() > LONGEST_INT_BITS:
        return f"<int of {value.bit_length()} bits>"
    if isinstance(value, str) and len(value) > LONGEST_CONSTANT:
        return repr(value[:LONGEST_CONSTANT]) + "..."
    if isinstance(value, tuple):
        return _show_tuple(value)
    return repr(value)


def _show_tuple(items: tuple[Any, ...]) -> str:
    shown: list[str] = []
    for item in items:
        if sum(map(len, shown)) > LONGEST_CONSTANT:
            shown.append("...")
            break
        shown.append(show_constant(item))
    return f"({shown[0]},)" if len(shown) == 1 else f"({', '.join(shown)})"


KINDS: dict[str, OperandKind] = {
    "constant": OperandKind(
        lambda code, operand: code.constants[operand],
        lambda code, operand: show_constant(code.constants[operand]),
        "index of a constant of the code object",
    ),
    "name": OperandKind(
        lambda code, operand: code.names[operand],
        lambda code, operand: code.names[operand],
        "index of a name of the code object",
    ),
    "local": OperandKind(
        lambda code, operand: operand,
        lambda code, operand: code.local_names[operand],
        "index of a local variable of the frame",
    ),
    "operator": OperandKind(
        lambda code, operand: BINARY_OPERATORS[operand][1],
        lambda code, operand: BINARY_OPERATORS[operand][0],
        "index of an operator",
    ),
    "comparison": OperandKind(
        lambda code, operand: COMPARISON_OPERATORS[operand][1],
        lambda code, operand: COMPARISON_OPERATORS[operand][0],
        "index of a comparison",
    ),
    "target": OperandKind(
        lambda code, operand: operand,
        lambda code, operand: f"to {operand}",
        "offset to jump to, in instructions",
    ),
    "count": OperandKind(lambda code, operand: operand, lambda code, operand: "", "how many"),
    "position": OperandKind(
        lambda code, operand: operand, lambda code, operand: "", "how deep in the stack, 1 being the top"
    ),
    "invert": OperandKind(
        lambda code, operand: bool(operand),
        lambda code, operand: "not" if operand else "",
        "1 to negate the result, else 0",
    ),
    "conversion": OperandKind(
        lambda code, operand: operand,
        lambda code, operand: ("str", "repr", "ascii")[operand - 1],
        "1 for `str`, 2 for `repr`, 3 for `ascii`",
    ),
}


def resolve(code: Code, instruction: Instruction) -> Any:
    """Return what the operand of `instruction` stands for, or None where its opcode has no operand."""
    kind = instruction.opcode.operand
    return None if kind is None else KINDS[kind].resolve(code, instruction.operand)


def describe(code: Code, instruction: Instruction) -> str:
    """Say in a word or two what the operand of `instruction` means; empty where the number says it all."""
    kind = instruction.opcode.operand
    return "" if kind is None else KINDS[kind].describe(code, instruction.operand)
