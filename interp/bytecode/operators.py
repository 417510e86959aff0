"""The operators of the language, in the order in which an operand counts them, and what each does to two
values.

The work is Python's own, done by the host: the values are the host's ints, strings and lists. What is added
here is a look at the operands where the result could be too large for this machine (`bounds.py`).

Order and names follow `Include/opcode.h` of CPython 3.11 (`NB_ADD` … `NB_INPLACE_XOR`); matrix multiplication
is left out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from interp.bytecode.bounds import (
    LARGEST_COLLECTION,
    LARGEST_INDEX,
    LARGEST_INT_BITS,
    LARGEST_TEXT,
    bounded,
    check_format,
    check_text_of,
    out_of_memory,
)

Operation = Callable[[Any, Any], Any]


def guarded(check: Callable[[Any, Any], None], operation: Operation) -> Operation:
    """Return the operation with `check` before it."""

    def perform(left: Any, right: Any) -> Any:
        check(left, right)
        return operation(left, right)

    return perform


def check_multiplication(left: Any, right: Any) -> None:
    """Raise `MemoryError` if `left * right` would be too large."""
    if isinstance(left, int):
        if isinstance(right, int):
            if left.bit_length() + right.bit_length() > LARGEST_INT_BITS:
                raise out_of_memory()
            return
        left, right = right, left
    if isinstance(right, int) and isinstance(left, (str, list, tuple)):
        largest = LARGEST_TEXT if isinstance(left, str) else LARGEST_COLLECTION
        if 0 < right <= LARGEST_INDEX and len(left) * right > largest:
            raise out_of_memory()


def check_power(base: Any, exponent: Any) -> None:
    """Raise `MemoryError` if `base ** exponent` would be an int too large."""
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and exponent > 0 and abs(base) > 1 and (base.bit_length() - 1) * exponent >= LARGEST_INT_BITS:
        raise out_of_memory()


def check_left_shift(left: Any, right: Any) -> None:
    """Raise `MemoryError` if `left << right` would be too large."""
    whole = isinstance(left, int) and isinstance(right, int)
    if whole and left and right <= LARGEST_INDEX and left.bit_length() + right > LARGEST_INT_BITS:
        raise out_of_memory()


def check_old_format(left: Any, right: Any) -> None:
    """Raise `MemoryError` if `left % right` formats a string with an absurd width; a number passes."""
    if isinstance(left, str):
        check_text_of(right)
        check_format(left)
        if "*" in left:
            for value in right if isinstance(right, tuple) else (right,):
                if isinstance(value, int) and LARGEST_TEXT < abs(value) <= LARGEST_INDEX:
                    raise out_of_memory()


def extend(items: list[Any], more: Any) -> list[Any]:
    """Extend a list by what an iterable yields, and return it; raises `MemoryError` if it would be too long."""
    more = bounded(more)
    if len(items) + len(more) > LARGEST_COLLECTION:
        raise out_of_memory()
    items += more
    return items


def add_in_place(left: Any, right: Any) -> Any:
    """Return `left += right`; a list takes in anything that can be iterated over, up to a bound."""
    if isinstance(left, list) and hasattr(right, "__iter__"):
        return extend(left, right)
    left += right
    return left


_SYMBOLS: tuple[tuple[str, Operation, Operation], ...] = (
    ("+", operator.add, add_in_place),
    ("&", operator.and_, operator.iand),
    ("//", operator.floordiv, operator.ifloordiv),
    ("<<", guarded(check_left_shift, operator.lshift), guarded(check_left_shift, operator.ilshift)),
    ("*", guarded(check_multiplication, operator.mul), guarded(check_multiplication, operator.imul)),
    ("%", guarded(check_old_format, operator.mod), guarded(check_old_format, operator.imod)),
    ("|", operator.or_, operator.ior),
    ("**", guarded(check_power, operator.pow), guarded(check_power, operator.ipow)),
    (">>", operator.rshift, operator.irshift),
    ("-", operator.sub, operator.isub),
    ("/", operator.truediv, operator.itruediv),
    ("^", operator.xor, operator.ixor),
)

BINARY_OPERATORS: tuple[tuple[str, Operation], ...] = (
    *((symbol, plain) for symbol, plain, _ in _SYMBOLS),
    *((symbol + "=", in_place) for symbol, _, in_place in _SYMBOLS),
)
"""The operand of `BINARY_OP` counts these: the plain operators, then the same again in place (`+=`)."""

COMPARISON_OPERATORS: tuple[tuple[str, Operation], ...] = (
    ("<", operator.lt),
    ("<=", operator.le),
    ("==", operator.eq),
    ("!=", operator.ne),
    (">", operator.gt),
    (">=", operator.ge),
)
"""The operand of `COMPARE_OP` counts these (`Py_LT` … `Py_GE`, in CPython's order)."""
