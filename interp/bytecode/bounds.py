"""How much one instruction may make: bounds that keep a toy program from exhausting the host.

A toy program that asks for `10 ** 10 ** 10` or `"a" * 10 ** 12` gets a `MemoryError` of its own. CPython has
no such bounds; there the operating system decides. `machine/state.py` has the bound on all values together.

A text is counted before it is made: `x = [x, x]`, sixty times over, needs next to no memory, but its text
would be longer than any disk.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

LARGEST_INT_BITS = 2**21
"""No instruction makes an int of more bits than this (256 KiB, 631,000 digits)."""

LARGEST_TEXT = 2**26
"""No instruction makes a string of more characters than this."""

LARGEST_COLLECTION = 2**23
"""No instruction makes a list, tuple or dict of more items than this (64 MiB of references)."""


LARGEST_INDEX = 2**63 - 1
"""A count beyond this is no matter of memory: the host refuses it at once, with an error of its own."""


OUR_BOUND = "(a bound of interp, not of Python)"
"""So ends the message of an error that CPython would not raise there, or not for that reason."""


def out_of_memory() -> MemoryError:
    """Make the error that stands for a value too large for this machine."""
    return MemoryError(f"the value would be too large {OUR_BOUND}")


def bounded(iterable: Any) -> Any:
    """Return what `iterable` yields, as something of a length, or raise `MemoryError` where that is too
    much."""
    if isinstance(iterable, (list, tuple, dict)):
        return iterable
    if isinstance(iterable, (str, range)):
        if len(iterable) > LARGEST_COLLECTION:
            raise out_of_memory()
        return iterable
    items = list(islice(iterable, LARGEST_COLLECTION + 1))
    if len(items) > LARGEST_COLLECTION:
        raise out_of_memory()
    return items


def check_format(specification: str) -> None:
    """Raise `MemoryError` if a run of digits in a format asks for an absurd width or precision."""
    for digits in re.findall(r"\d+", specification):
        if LARGEST_TEXT < int(digits[:20]) <= LARGEST_INDEX:
            raise out_of_memory()


NESTING = (list, tuple, dict, BaseException)


def check_text_of(value: Any) -> None:
    """Raise `MemoryError` if the text of a value would be absurdly long."""
    if isinstance(value, NESTING) and text_length(value) > LARGEST_TEXT:
        raise out_of_memory()


def text_length(value: Any) -> int:
    """Return about how many characters the text of a value has; walks without recursion."""
    lengths: dict[int, int] = {}
    waiting = [value]
    open_parts: set[int] = set()
    while waiting:
        top = waiting[-1]
        parts = parts_of(top)
        if id(top) not in lengths and id(top) not in open_parts:
            open_parts.add(id(top))
            waiting.extend(part for part in parts if isinstance(part, NESTING) and id(part) not in open_parts)
        else:
            waiting.pop()
            if id(top) not in lengths:
                # A part that is still open contains this one; Python shows it as `[...]`.
                lengths[id(top)] = 2 + sum(2 + lengths.get(id(part), 0) + own_length(part) for part in parts)
    return lengths[id(value)]


def parts_of(value: Any) -> list[Any]:
    """Return what stands in a value's text."""
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return list(value.args) if isinstance(value, BaseException) else list(value)


def own_length(value: Any) -> int:
    """Return about how long the text of a value is that contains no other."""
    if isinstance(value, str):
        return len(value)
    return value.bit_length() // 3 if isinstance(value, int) else 5
