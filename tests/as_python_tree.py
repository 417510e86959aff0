"""Turns a tree of Toy into the tree that CPython makes of the same text, so that the two can be compared.

It is used by the tests alone. Positions are turned round as well: `ast` counts columns from 0 and in bytes
of UTF-8.
"""

# ruff: noqa: N802 - the methods bear the names of the classes that they convert, most on one line

from __future__ import annotations

import ast
import sys
import warnings
from typing import Any

from interp.language import syntax

OPERATORS: dict[str, type[ast.AST]] = {
    "+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "//": ast.FloorDiv, "%": ast.Mod, "**": ast.Pow,
    "&": ast.BitAnd, "|": ast.BitOr, "^": ast.BitXor, "<<": ast.LShift, ">>": ast.RShift,
    "and": ast.And, "or": ast.Or,
    "<": ast.Lt, ">": ast.Gt, "<=": ast.LtE, ">=": ast.GtE, "==": ast.Eq, "!=": ast.NotEq,
    "in": ast.In, "not in": ast.NotIn, "is": ast.Is, "is not": ast.IsNot,
}  # fmt: skip
PREFIXES: dict[str, type[ast.AST]] = {"-": ast.USub, "+": ast.UAdd, "~": ast.Invert, "not": ast.Not}


class Converter:
    """Converts the tree of one text."""

    def __init__(self, source: str) -> None:
        self.lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def place(self, place: syntax.Place) -> dict[str, int]:
        """Return a place as `ast` has it."""
        return {
            "lineno": place.line,
            "col_offset": len(self.lines[place.line - 1][: place.column - 1].encode()),
            "end_lineno": place.end_line,
            "end_col_offset": len(self.lines[place.end_line - 1][: place.end_column - 1].encode()),
        }

    def many(self, nodes: tuple[Any, ...], context: ast.expr_context | None = None) -> list[Any]:
        """Convert each."""
        return [self.one(node, context) for node in nodes]

    def one(self, node: Any, context: ast.expr_context | None = None) -> Any:
        """Convert a node, which may be missing."""
        if node is None:
            return None
        convert = getattr(self, type(node).__name__)
        place = self.place(node.place)
        if isinstance(node, syntax.Name | syntax.TupleDisplay | syntax.ListDisplay | syntax.Subscript):
            return convert(node, place, context or ast.Load())
        return convert(node, place)

    # fmt: off
    def Constant(self, n, p): return ast.Constant(n.value, **p)
    def Name(self, n, p, c): return ast.Name(n.name, c, **p)
    def TupleDisplay(self, n, p, c): return ast.Tuple(self.many(n.items, c), c, **p)
    def ListDisplay(self, n, p, c): return ast.List(self.many(n.items, c), c, **p)
    def Subscript(self, n, p, c): return ast.Subscript(self.one(n.container), self.one(n.index), c, **p)
    def Attribute(self, n, p): return ast.Attribute(self.one(n.value), n.name, ast.Load(), **p)
    def Slice(self, n, p): return ast.Slice(self.one(n.start), self.one(n.stop), self.one(n.step), **p)
    def DictDisplay(self, n, p): return ast.Dict(self.many(n.keys), self.many(n.values), **p)
    def FormattedString(self, n, p): return ast.JoinedStr(self.many(n.parts), **p)
    def FormattedValue(self, n, p):
        conversion = ord(n.conversion) if n.conversion else -1
        return ast.FormattedValue(self.one(n.value), conversion, self.one(n.specification), **p)
    def ComprehensionClause(self, n, p):
        return ast.comprehension(self.one(n.target, ast.Store()), self.one(n.iterable), self.many(n.conditions), 0)
    def ListComprehension(self, n, p): return ast.ListComp(self.one(n.element), self.many(n.clauses), **p)
    def DictComprehension(self, n, p):
        return ast.DictComp(self.one(n.key), self.one(n.value), self.many(n.clauses), **p)
    def ConditionalExpression(self, n, p):
        return ast.IfExp(self.one(n.condition), self.one(n.body), self.one(n.otherwise), **p)
    def BooleanOperation(self, n, p): return ast.BoolOp(OPERATORS[n.operator](), self.many(n.operands), **p)
    def UnaryOperation(self, n, p): return ast.UnaryOp(PREFIXES[n.operator](), self.one(n.operand), **p)
    def BinaryOperation(self, n, p):
        return ast.BinOp(self.one(n.left), OPERATORS[n.operator](), self.one(n.right), **p)
    def Comparison(self, n, p):
        first, *others = self.many(n.operands)
        return ast.Compare(first, [OPERATORS[operator]() for operator in n.operators], others, **p)
    def Keyword(self, n, p): return ast.keyword(n.name, self.one(n.value), **p)
    def Call(self, n, p): return ast.Call(self.one(n.function), self.many(n.arguments), self.many(n.keywords), **p)
    def ExpressionStatement(self, n, p): return ast.Expr(self.one(n.value), **p)
    def Assignment(self, n, p): return ast.Assign(self.many(n.targets, ast.Store()), self.one(n.value), **p)
    def AugmentedAssignment(self, n, p):
        return ast.AugAssign(self.one(n.target, ast.Store()), OPERATORS[n.operator](), self.one(n.value), **p)
    def AnnotatedAssignment(self, n, p):
        return ast.AnnAssign(self.one(n.target, ast.Store()), ast.Constant(None), self.one(n.value), 1, **p)
    def DeleteStatement(self, n, p): return ast.Delete(self.many(n.targets, ast.Del()), **p)
    def IfStatement(self, n, p):
        otherwise = self.many(n.otherwise)
        for branch in reversed(n.branches):
            place = self.place(branch.place) | {"end_lineno": p["end_lineno"], "end_col_offset": p["end_col_offset"]}
            otherwise = [ast.If(self.one(branch.condition), self.many(branch.body), otherwise, **place)]
        return otherwise[0]
    def WhileStatement(self, n, p):
        return ast.While(self.one(n.condition), self.many(n.body), self.many(n.otherwise), **p)
    def ForStatement(self, n, p):
        target = self.one(n.target, ast.Store())
        return ast.For(target, self.one(n.iterable), self.many(n.body), self.many(n.otherwise), **p)
    def BreakStatement(self, n, p): return ast.Break(**p)
    def ContinueStatement(self, n, p): return ast.Continue(**p)
    def PassStatement(self, n, p): return ast.Pass(**p)
    def FunctionDefinition(self, n, p):
        defaults = [self.one(parameter.default) for parameter in n.parameters if parameter.default is not None]
        names = [ast.arg(parameter.name, **self.place(parameter.place)) for parameter in n.parameters]
        return empty_types(ast.FunctionDef(n.name, arguments(names, defaults), self.many(n.body), [], **p))
    def ReturnStatement(self, n, p): return ast.Return(self.one(n.value), **p)
    def GlobalStatement(self, n, p): return ast.Global(list(n.names), **p)
    def AssertStatement(self, n, p): return ast.Assert(self.one(n.condition), self.one(n.message), **p)
    def Handler(self, n, p): return ast.ExceptHandler(self.one(n.exceptions), n.name, self.many(n.body), **p)
    def TryStatement(self, n, p):
        parts = (self.many(part) for part in (n.body, n.handlers, n.otherwise, n.final))
        return ast.Try(*parts, **p)
    def RaiseStatement(self, n, p): return ast.Raise(self.one(n.exception), **p)
    def WithStatement(self, n, p):
        return ast.With([ast.withitem(self.one(manager)) for manager in n.managers], self.many(n.body), **p)
    def Program(self, n, p): return ast.Module(self.many(n.body), [])
    # fmt: on


def arguments(names: list[ast.arg], defaults: list[ast.expr]) -> ast.arguments:
    """Return the parameters of a function that has only ordinary ones."""
    return ast.arguments(posonlyargs=[], args=names, kwonlyargs=[], kw_defaults=[], defaults=defaults)


def empty_types(function: ast.FunctionDef) -> ast.FunctionDef:
    """Give a function the empty list of type parameters that it has from 3.12 on."""
    if sys.version_info >= (3, 12):
        function.type_params = []
    return function


class Leveller(ast.NodeTransformer):
    """Takes out of CPython's tree what Toy's does not keep, and what changed between versions."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Drop the annotation, and the end: ours includes annotation and default."""
        node.annotation = None
        node.end_lineno = node.end_col_offset = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop the annotation of the result."""
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Drop the annotation."""
        node.annotation = ast.Constant(None)
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Read only: a Toy program binds no attributes, which is checked after parsing."""
        node.ctx = ast.Load()
        self.generic_visit(node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Drop the mark of a `u""` string."""
        node.kind = None
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Drop the places of the parts of an f-string, which are not right before 3.12, and join its constants."""
        self.generic_visit(node)
        parts: list[Any] = []
        for part in node.values:
            last = parts[-1] if parts else None
            if isinstance(part, ast.Constant) and isinstance(last, ast.Constant):
                last.value += part.value
            elif not isinstance(part, ast.Constant) or part.value:
                parts.append(part)
        node.values = parts
        for part in parts:
            for inner in ast.walk(part):
                if sys.version_info < (3, 12) or inner in parts or isinstance(inner, ast.JoinedStr):
                    for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
                        if hasattr(inner, name):
                            setattr(inner, name, 0)
        return node


def both_trees(program: syntax.Program, source: str) -> tuple[str, str]:
    """Return Toy's tree and CPython's tree of the same text, both as text."""
    ours = Leveller().visit(Converter(source).one(program))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = Leveller().visit(ast.parse(source))
    return (
        ast.dump(ours, include_attributes=True, indent=1),
        ast.dump(theirs, include_attributes=True, indent=1),
    )
