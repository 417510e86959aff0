"""The bodies of the opcodes' declarations, as source: what `quick.py` pastes together.

A body is ordinary Python over the values that an instruction takes. Here it is parsed again from its source
and asked a few questions (which variables it assigns, whether it reaches into the stack), and its names get
the meaning they have in one place of a generated function.
"""

from __future__ import annotations

import ast
import inspect
import operator
import re
import textwrap
from dataclasses import dataclass
from functools import cache
from typing import Any

from interp.bytecode.code import Opcode
from interp.language.errors import InterpFault

REGISTERS = {
    "frame_locals": "frame.locals",
    "frame_stack": "frame.stack",
}
"""The parts of the running frame that are kept in variables, as far as they are used."""

SHARED_REGISTERS = {
    "frame_globals": "frame.process.globals",
    "frame_builtins": "frame.process.builtins",
    "frames": "thread.frames",
    "memory": "thread.process",
}
"""Those that are the same for all frames of one thread."""

SYMBOLS: dict[Any, str] = {
    operator.add: "+", operator.sub: "-", operator.floordiv: "//", operator.truediv: "/", operator.and_: "&",
    operator.or_: "|", operator.xor: "^", operator.rshift: ">>",
    operator.lt: "<", operator.le: "<=", operator.eq: "==", operator.ne: "!=", operator.gt: ">", operator.ge: ">=",
}  # fmt: skip
"""Operations that are exactly the host's operator."""


@cache
def body_of(opcode: Opcode) -> tuple[ast.stmt, ...]:
    """Return the statements of an opcode's declaration, its docstring left out."""
    function = ast.parse(textwrap.dedent(inspect.getsource(opcode.perform))).body[0]
    if not isinstance(function, ast.FunctionDef):
        raise InterpFault(f"The body of {opcode.name} is not a function.")
    body = tuple(function.body[1:])
    if any(isinstance(node, (ast.For, ast.While, ast.Lambda)) for part in body for node in ast.walk(part)):
        raise InterpFault(f"The body of {opcode.name} has a loop or a function in it; it must be plain.")
    return body


def targets_of(statement: ast.stmt) -> list[str]:
    """Return the variables that a statement of a body assigns."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


@cache
def assigned_names(opcode: Opcode) -> frozenset[str]:
    """Return the variables that the body assigns anywhere."""
    nodes = [node for part in body_of(opcode) for node in ast.walk(part) if isinstance(node, ast.stmt)]
    return frozenset(name for node in nodes for name in targets_of(node))


@cache
def reaches_into_stack(opcode: Opcode) -> bool:
    """Whether the body looks at the operand stack beside the values it takes."""
    return any(ast.unparse(part).find("frame.stack") >= 0 for part in body_of(opcode))


def measures_memory(part: ast.AST) -> bool:
    """Whether a part of a body may measure what the program's values need."""
    text = ast.unparse(part)
    return "thread.keep(" in text or "thread.bounded(" in text


@cache
def always_measures(opcode: Opcode) -> bool:
    """Whether the body does so outside of an `if`."""
    return any(measures_memory(part) for part in body_of(opcode) if not isinstance(part, ast.If))


class Renaming(ast.NodeTransformer):
    """Gives the names in a body the meaning they have in one place of the generated function."""

    def __init__(self, names: dict[str, ast.expr]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.names.get(node.id, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        register = f"frame_{node.attr}"
        if ast.unparse(node.value) == "frame" and register in (*REGISTERS, *SHARED_REGISTERS):
            return ast.Name(register, node.ctx)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Constant) and isinstance(node.func.value, Symbol) and len(node.args) == 2:
            left, right = map(ast.unparse, node.args)
            return ast.parse(f"({left}) {node.func.value.text} ({right})", mode="eval").body
        return node


@dataclass(frozen=True, slots=True)
class Symbol:
    """Stands in a tree for an operation that can be written as an operator."""

    text: str


def used_registers(registers: dict[str, str], text: str) -> str:
    """Return the statements that read those of the registers which a source uses."""
    used = [f"{name} = {value}" for name, value in registers.items() if re.search(rf"\b{name}\b", text)]
    return "; ".join(used) or "pass"
