"""Plain data to dataclasses and back, checked against the annotations.

A file that somebody hands us may hold anything. What is read from it is believed only after every field has
been compared with the annotation of the dataclass it goes into: nothing missing, nothing extra, every value
of the declared type (and `true` is not an int). The annotations are the one list of fields; there is no
second one to keep up to date.

It knows the types that traces need: `int`, `str`, `X | None`, `tuple[X, ...]` and dataclasses of those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

Reader = Callable[[Any, str], Any]
"""Takes plain data and what to call it in a message; returns the value it stands for."""

TYPE_WORDS = {int: "a whole number", str: "a text"}


class NotAsDeclared(ValueError):  # noqa: N818 - it says what is wrong, as a sentence would
    """Plain data does not fit the dataclass that it should become; the message says where."""


def to_plain(value: Any) -> Any:
    """Return a dataclass, or what it is made of, as lists, dicts, texts and numbers."""
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    return value


def from_plain(kind: Any, data: Any, what: str) -> Any:
    """Return the `kind` that plain data stands for; raise `NotAsDeclared` where it does not fit.

    `what` is what the message calls the data.
    """
    return reader_for(kind)(data, what)


@cache
def reader_for(kind: Any) -> Reader:
    """Return the function that reads a type from plain data."""
    if kind in TYPE_WORDS:
        return simple_reader(kind)
    if get_origin(kind) is UnionType:
        return optional_reader(kind)
    if get_origin(kind) is tuple:
        return tuple_reader(get_args(kind)[0])
    return dataclass_reader(kind)


def simple_reader(kind: type) -> Reader:
    """Return the reader of an int or a text."""

    def read(data: Any, what: str) -> Any:
        if type(data) is not kind:
            raise NotAsDeclared(f"{what} should be {TYPE_WORDS[kind]}, not {shown(data)}")
        return data

    return read


def optional_reader(kind: Any) -> Reader:
    """Return the reader of `X | None`."""
    (inner,) = (reader_for(part) for part in get_args(kind) if part is not NoneType)

    def read(data: Any, what: str) -> Any:
        return None if data is None else inner(data, what)

    return read


def tuple_reader(item_kind: Any) -> Reader:
    """Return the reader of `tuple[X, ...]`, which is a list as plain data."""
    inner = reader_for(item_kind)

    def read(data: Any, what: str) -> Any:
        if type(data) is not list:
            raise NotAsDeclared(f"{what} should be a list, not {shown(data)}")
        return tuple(inner(item, f"an item of {what}") for item in data)

    return read


def dataclass_reader(kind: Any) -> Reader:
    """Return the reader of a dataclass, which is an object with exactly its fields as plain data."""
    hints = get_type_hints(kind)
    readers = {field.name: reader_for(hints[field.name]) for field in fields(kind)}

    def read(data: Any, what: str) -> Any:
        if type(data) is not dict:
            raise NotAsDeclared(f"{what} should be an object, not {shown(data)}")
        if data.keys() != readers.keys():
            raise NotAsDeclared(wrong_fields(what, set(readers), set(data)))
        return kind(**{name: reader(data[name], f"`{name}`") for name, reader in readers.items()})

    return read


def wrong_fields(what: str, expected: set[str], given: set[str]) -> str:
    """Return the sentence that names the fields which are missing or unknown."""
    missing, extra = sorted(expected - given), sorted(given - expected)
    if missing:
        return f"{what} has no `{missing[0]}`"
    return f"{what} has an unknown field {shown(extra[0])}"


def shown(data: Any) -> str:
    """Return plain data as a message shows it: one line, not long, ASCII."""
    text = ascii(data) if not isinstance(data, int) or abs(data) < 10**30 else "a huge number"
    return text if len(text) <= 40 else text[:37] + "..."
