"""The syntax tree: one small frozen class per construct, each with its place in the source.

`toy.lark` says how a program is written; this module says what it *is* once it has been read. The names of the
classes are the names of the grammar's rules in capitals (`while_statement` builds a `WhileStatement`), which is
how Lark's `ast_utils` finds them. A tree is plain data: it can be compared, printed and walked.

Read next: `bytecode/compiler.py`, which turns a tree into instructions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Place:
    """Where a construct stands: lines and columns count from 1, in characters; the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Node:
    """Any construct of the language."""

    place: Place


@dataclass(frozen=True, slots=True)
class Expression(Node):
    """A construct that has a value."""


@dataclass(frozen=True, slots=True)
class Statement(Node):
    """A construct that does something."""


# --- expressions ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant(Expression):
    """A literal: a number, a string (adjacent literals already joined), `True`, `False` or `None`."""

    value: int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """A variable, read or bound."""

    name: str


@dataclass(frozen=True, slots=True)
class FormattedValue(Expression):
    """One `{value!conversion:specification}` of an f-string; the conversion is `""`, `"r"`, `"s"` or `"a"`."""

    value: Expression
    conversion: str
    specification: FormattedString | None


@dataclass(frozen=True, slots=True)
class FormattedString(Expression):
    """An f-string: constants and formatted values, in order; `{x=}` has become a constant and a value."""

    parts: tuple[Constant | FormattedValue, ...]


@dataclass(frozen=True, slots=True)
class ListDisplay(Expression):
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class TupleDisplay(Expression):
    """`(a, b)`, with or without its parentheses."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class DictDisplay(Expression):
    """`{key: value}`."""

    keys: tuple[Expression, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ComprehensionClause(Node):
    """`for target in iterable if condition if condition`."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ListComprehension(Expression):
    """`[element for …]`."""

    element: Expression
    clauses: tuple[ComprehensionClause, ...]


@dataclass(frozen=True, slots=True)
class DictComprehension(Expression):
    """`{key: value for …}`."""

    key: Expression
    value: Expression
    clauses: tuple[ComprehensionClause, ...]


@dataclass(frozen=True, slots=True)
class ConditionalExpression(Expression):
    """`body if condition else otherwise`."""

    condition: Expression
    body: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class BooleanOperation(Expression):
    """`a and b and c`, or the same with `or`: one operator, two or more operands."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class UnaryOperation(Expression):
    """`not x`, `-x`, `+x`, `~x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class BinaryOperation(Expression):
    """`left operator right`, for arithmetic and bits: `+ - * / // % ** & | ^ << >>`."""

    left: Expression
    operator: str
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """`first < second <= third`: one operand more than operators; `not in` and `is not` are one operator each."""

    operators: tuple[str, ...]
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Slice(Expression):
    """`start:stop:step` inside a subscript; any part may be missing."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None


@dataclass(frozen=True, slots=True)
class Subscript(Expression):
    """`container[index]`."""

    container: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Attribute(Expression):
    """`value.name`."""

    value: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Keyword(Node):
    """`name=value` in a call."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """`function(argument, …, keyword=…)`."""

    function: Expression
    arguments: tuple[Expression, ...]
    keywords: tuple[Keyword, ...]


# --- statements -------------------------------------------------------------------------------------------------

Body = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class ExpressionStatement(Statement):
    """An expression evaluated for what it does."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Assignment(Statement):
    """`target = target = value`; targets are names, subscripts, or (nested) tuple or list displays of them."""

    targets: tuple[Expression, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class AugmentedAssignment(Statement):
    """`target operator= value`; the operator is without its `=`."""

    target: Expression
    operator: str
    value: Expression


@dataclass(frozen=True, slots=True)
class AnnotatedAssignment(Statement):
    """`name: annotation = value`; the annotation is not evaluated and not kept."""

    target: Name
    value: Expression | None


@dataclass(frozen=True, slots=True)
class DeleteStatement(Statement):
    """`del a, b[0]`."""

    targets: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """One `if` or `elif` with its body."""

    condition: Expression
    body: Body


@dataclass(frozen=True, slots=True)
class IfStatement(Statement):
    """`if … elif … else`: a chain of `elif` is one list, not a nest."""

    branches: tuple[Branch, ...]
    otherwise: Body


@dataclass(frozen=True, slots=True)
class WhileStatement(Statement):
    """`while condition: body else: otherwise`."""

    condition: Expression
    body: Body
    otherwise: Body


@dataclass(frozen=True, slots=True)
class ForStatement(Statement):
    """`for target in iterable: body else: otherwise`."""

    target: Expression
    iterable: Expression
    body: Body
    otherwise: Body


@dataclass(frozen=True, slots=True)
class BreakStatement(Statement):
    """`break`."""


@dataclass(frozen=True, slots=True)
class ContinueStatement(Statement):
    """`continue`."""


@dataclass(frozen=True, slots=True)
class PassStatement(Statement):
    """`pass`."""


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A positional parameter and its default, if it has one; an annotation is not kept."""

    name: str
    default: Expression | None


@dataclass(frozen=True, slots=True)
class FunctionDefinition(Statement):
    """`def name(parameters): body`."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Body


@dataclass(frozen=True, slots=True)
class ReturnStatement(Statement):
    """`return value`."""

    value: Expression | None


@dataclass(frozen=True, slots=True)
class GlobalStatement(Statement):
    """`global a, b`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssertStatement(Statement):
    """`assert condition, message`."""

    condition: Expression
    message: Expression | None


@dataclass(frozen=True, slots=True)
class Handler(Node):
    """`except exceptions as name: body`; without exceptions it catches everything."""

    exceptions: Expression | None
    name: str | None
    body: Body


@dataclass(frozen=True, slots=True)
class TryStatement(Statement):
    """`try: body except …: else: otherwise finally: final`."""

    body: Body
    handlers: tuple[Handler, ...]
    otherwise: Body
    final: Body


@dataclass(frozen=True, slots=True)
class RaiseStatement(Statement):
    """`raise exception`, or `raise` alone to raise the one being handled again."""

    exception: Expression | None


@dataclass(frozen=True, slots=True)
class WithStatement(Statement):
    """`with a, b: body`; each is a synchronisation object, entered from left to right."""

    managers: tuple[Expression, ...]
    body: Body


@dataclass(frozen=True, slots=True)
class Program(Node):
    """A whole file."""

    body: Body


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below `node`, in source order of its fields."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and everything below it, parents first; no depth of nesting exhausts the host's stack."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(list(children(found))))
