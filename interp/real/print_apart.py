"""The program with each `print` in two: the text is made at one moment and written at another.

Here `print` is one instruction (docs/not_modelled.md). CPython makes the text, lets go of the lock around the write to
the system (3.12, `Python/fileutils.c`, `_Py_write`), and a thread that finds another one writing waits. So lines can be
written in another order than they were made in, and by then what a line shows may have changed.

A search over all schedules is shown that without a further kind of instruction: `print(a, b)` is compiled as if
`print(text(a, b), end="")` were written there. `text` is a builtin like any other, so a switch may follow it
wherever one may follow the call of a function written in C. Up to there all is one moment, as it is in CPython.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from interp.bytecode.code import Code
from interp.bytecode.compiler import compile_program
from interp.language.parser import parse
from interp.language.syntax import Call, Constant, Keyword, Name, Node, walk
from interp.machine.values import Builtin
from interp.scheduling.world import text_of_print

PRINT = "print"

TEXT: Any = Builtin(PRINT, text_of_print)


def with_print_apart(source: str, filename: str) -> Code | None:
    """Return the program with each `print` in two steps; None where it does anything with `print` but call it."""
    program = parse(source, filename)
    nodes = list(walk(program))
    if sum(map(is_print, nodes)) != sum(map(names_print, nodes)):
        return None
    made: dict[int, Any] = {}  # by identity; from below, so that no depth of nesting exhausts the host's stack
    for node in reversed(nodes):
        made[id(node)] = apart(rebuilt(node, made))
    return compile_program(made[id(program)], source, filename)


def is_print(node: Node) -> bool:
    """Whether a node calls `print` by its name."""
    return isinstance(node, Call) and isinstance(node.function, Name) and node.function.name == PRINT


def names_print(node: Node) -> int:
    """How often a node itself, without those below it, has the name `print` for anything."""
    if isinstance(node, Constant):
        return 0
    values = [getattr(node, field.name) for field in fields(node)]
    return sum(part == PRINT for value in values for part in (value if isinstance(value, tuple) else (value,)))


def rebuilt(node: Node, made: dict[int, Any]) -> Node:
    """Return a node with what was made of those below it."""

    def new(value: Any) -> Any:
        return tuple(map(new, value)) if isinstance(value, tuple) else made.get(id(value), value)

    return replace(node, **{field.name: new(getattr(node, field.name)) for field in fields(node)})


def apart(node: Node) -> Node:
    """Return a call of `print` in two steps, and every other node as it is."""
    if not isinstance(node, Call) or not is_print(node):
        return node
    text = replace(node, function=Constant(node.function.place, TEXT))
    end = Keyword(node.place, "end", Constant(node.place, ""))
    return replace(node, arguments=(text,), keywords=(end,))
