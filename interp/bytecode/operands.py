"""What the number beside an opcode stands for: one entry for each kind of operand.

An operand is a small int: an index into the constants, an offset to jump to, an operator's place in its list.
Each kind says here how to turn it into what the instruction's body wants, and how to show it to a person. """

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interp.bytecode.code import Code, Instruction
from interp.bytecode.operators import BINARY_OPERATORS, COMPARISON_OPERATORS


@dataclass(frozen=True, slots=True)
class OperandKind:
    """How to resolve an operand for the loop, how to describe it for a reader, and what the reference says of
    it."""

    resolve: Callable[[Code, int], Any]
    describe: Callable[[Code, int], str]
    sentence: str


CONVERSIONS: tuple[Callable[[Any], str], ...] = (str, repr, ascii)


def _describe_constant(code: Code, operand: int) -> str:
    constant = code.constants[operand]
    return repr(constant)


KINDS: dict[str, OperandKind] = {
    "constant": OperandKind(
        lambda code, operand: code.constants[operand], _describe_constant, "index of a constant of the code object"
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
