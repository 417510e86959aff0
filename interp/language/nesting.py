"""How deep a tree may be, so that all that comes after the parser may follow it downwards.

Three bounds. *Nesting* is what a reader sees as one thing inside another. A *chain* is a row of operators on
one level (`a + b + c`, `a.b().c()`) or of `elif`s: long ones are harmless to read, but in CPython's tree
each operator contains the one before it, and its compiler stops with a RecursionError at about 3,000 (3.11
to 3.13; 1,500 `elif`s in 3.11). Since a Toy program is to be a Python program, the bounds are below those,
and the same whatever Python interp runs on.

The third is on `finally` inside `finally`: compilers write the body once for each way out of the `try`, so
the code doubles with every level, and CPython would take minutes for twenty of them.

Read next: `restrictions.py`.
"""

from __future__ import annotations

from interp.language import syntax
from interp.language.indenter import DEEPEST_NESTING, too_deep
from interp.language.source import Source

LONGEST_CHAIN = 2_000
MOST_BRANCHES = 500
DEEPEST_FINALLY = 8


def check_depth(program: syntax.Program, source: Source) -> None:
    """Refuse a program that is nested too deeply or contains too long a chain."""
    waiting: list[tuple[syntax.Node, int, int, int]] = [(program, 0, 1, 0)]
    while waiting:
        node, depth, length, finals = waiting.pop()
        if depth > DEEPEST_NESTING:
            message, hint = too_deep("this is")
            raise source.refusal(message, node.place, hint)
        if length > LONGEST_CHAIN:
            raise source.refusal(
                f"a chain of more than {LONGEST_CHAIN:,} operators",
                node.place,
                "Compute it in several steps, or with a loop.",
            )
        if isinstance(node, syntax.IfStatement) and len(node.branches) > MOST_BRANCHES:
            raise source.refusal(
                f"an if with more than {MOST_BRANCHES} branches",
                node.branches[MOST_BRANCHES].place,
                "A dict from value to answer is shorter.",
            )
        if finals > DEEPEST_FINALLY:
            raise source.refusal(
                f"more than {DEEPEST_FINALLY} finally inside one another",
                node.place,
                "Put what the inner ones do into a function.",
            )
        inner = chain_link(node)
        final = {id(statement) for statement in node.final} if isinstance(node, syntax.TryStatement) else set()
        for child in syntax.children(node):
            below = finals + (id(child) in final)
            if child is inner:
                waiting.append((child, depth, length + 1, finals))
            elif isinstance(child, syntax.Expression | syntax.Statement):
                waiting.append((child, depth + 1, 1, below))
            else:
                waiting.append((child, depth, 1, below))


def chain_link(node: syntax.Node) -> syntax.Expression | None:
    """Return the part of `node` that continues the same chain to the left, if it is in one."""
    if isinstance(node, syntax.BinaryOperation):
        return node.left if isinstance(node.left, syntax.BinaryOperation) else None
    first: syntax.Expression
    match node:
        case syntax.Attribute(value=first) | syntax.Call(function=first) | syntax.Subscript(container=first):
            return first if isinstance(first, syntax.Attribute | syntax.Call | syntax.Subscript) else None
    return None
