"""Which variable a name means.

A name that a function binds anywhere in its body is local to it, unless it is declared `global`; every other
name is global. That is decided before the first instruction is written, as CPython decides it in a pass of
its own (3.11, `Python/symtable.c`). At the outermost level all names are global. Toy has no closures, so
there is no third sort.

The variables of a comprehension are known inside of it only. CPython used to make a function of each
comprehension; since 3.12 it is compiled where it stands and its variables become locals that nothing else can
name (PEP 709). So it is here, and each comprehension gets slots of its own.

Read next: `expressions.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from interp.language.syntax import (
    AnnotatedAssignment,
    Assignment,
    AugmentedAssignment,
    Branch,
    ComprehensionClause,
    DeleteStatement,
    Expression,
    ForStatement,
    FunctionDefinition,
    GlobalStatement,
    Handler,
    ListDisplay,
    Name,
    Node,
    Statement,
    TupleDisplay,
    children,
)


class Scope:
    """The names of one code object and the slots that its locals have."""

    def __init__(self, local_names: Iterable[str], *, outermost: bool) -> None:
        self.local_names = list(local_names)
        self.outermost = outermost
        self._slots = {name: slot for slot, name in enumerate(self.local_names)}
        self._comprehensions: list[dict[str, int]] = []

    def slot(self, name: str) -> int | None:
        """Return the slot of a local variable, or None if the name is global here."""
        for variables in reversed(self._comprehensions):
            if name in variables:
                return variables[name]
        return self._slots.get(name)

    @contextmanager
    def comprehension(self, clauses: Iterable[ComprehensionClause]) -> Iterator[dict[str, int]]:
        """Make the variables of a comprehension known within the `with`; yields their slots."""
        variables: dict[str, int] = {}
        for clause in clauses:
            for name in target_names(clause.target):
                if name not in variables:
                    variables[name] = len(self.local_names)
                    self.local_names.append(name)
        self._comprehensions.append(variables)
        yield variables
        self._comprehensions.pop()


def scope_of(function: FunctionDefinition) -> Scope:
    """Find the locals of a function: its parameters first, then in the order in which they are bound."""
    names = dict.fromkeys(parameter.name for parameter in function.parameters)
    declared_global: set[str] = set()
    for node in _statements(function):
        if isinstance(node, GlobalStatement):
            declared_global.update(node.names)
        else:
            names.update(dict.fromkeys(_bound_names(node)))
    return Scope((name for name in names if name not in declared_global), outermost=False)


def target_names(target: Expression) -> Iterator[str]:
    """Yield the names that a target binds, from left to right."""
    waiting = [target]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Name):
            yield found.name
        elif isinstance(found, (TupleDisplay, ListDisplay)):
            waiting.extend(reversed(found.items))


def _statements(function: FunctionDefinition) -> Iterator[Node]:
    """Yield the statements (and `except` clauses) of a function, without those of functions inside of it."""
    waiting: list[Node] = list(reversed(function.body))
    while waiting:
        found = waiting.pop()
        yield found
        if not isinstance(found, FunctionDefinition):
            inner = [child for child in children(found) if isinstance(child, (Statement, Branch, Handler))]
            waiting.extend(reversed(inner))


def _bound_names(node: Node) -> Iterator[str]:
    if isinstance(node, (Assignment, DeleteStatement)):
        for target in node.targets:
            yield from target_names(target)
    elif isinstance(node, (AugmentedAssignment, AnnotatedAssignment, ForStatement)):
        yield from target_names(node.target)
    elif isinstance(node, FunctionDefinition) or (isinstance(node, Handler) and node.name is not None):
        assert node.name is not None
        yield node.name
