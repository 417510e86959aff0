"""Constants: which expressions are worked out before the program runs, and which constants are the same.

Only what looks like a literal to a reader is folded: a sign before a number (`-1` is not a literal in
Python's grammar), and a tuple of constants. CPython folds much more (`24 * 60` becomes 1440, since 2.5); here
the program should show its work.

Equal is not the same: `1`, `1.0` and `True` are equal and print differently, and so do `0.0` and `-0.0`. So
constants are told apart by `constant_key`, as CPython does by `_PyCode_ConstantKey` (3.11,
`Objects/codeobject.c`).
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

from interp.language.syntax import Constant, Expression, TupleDisplay, UnaryOperation


class NotConstant:
    """The type of `NOT_CONSTANT`."""

    __slots__ = ()


NOT_CONSTANT = NotConstant()


def constant_of(expression: Expression) -> Any:
    """Return the value of an expression that is known before the run, else `NOT_CONSTANT`."""
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, TupleDisplay):
        items = []
        for item in expression.items:
            value = constant_of(item)
            if value is NOT_CONSTANT:
                return NOT_CONSTANT
            items.append(value)
        return tuple(items)
    if isinstance(expression, UnaryOperation):
        value = constant_of(expression.operand)
        # Not `isinstance`: `-True` stays as it is written.
        if type(value) in (int, float):
            if expression.operator == "-":
                return -value
            if expression.operator == "+":
                return value
            if expression.operator == "~" and type(value) is int:
                return ~value
    return NOT_CONSTANT


def constant_key(value: Any) -> Hashable:
    """Return what two constants have in common if one of them can stand for both."""
    if isinstance(value, tuple):
        return tuple, tuple(constant_key(item) for item in value)
    if isinstance(value, float):
        return float, value, math.copysign(1.0, value)
    return type(value), value
