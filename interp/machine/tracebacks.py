"""Tracebacks of the toy program, in the form that Python prints them.

An exception of the program is an exception of the host, so its type, `args` and message are Python's own. The
host's traceback would show *our* frames; so the machine takes it off and keeps one of its own beside it: the
places in the toy program that the exception passed on its way out, the innermost last.

The form follows CPython 3.11 (PEP 657): carets below the failing expression, left out where they would mark
the whole line.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from interp.bytecode.bounds import check_text_of
from interp.bytecode.code import Code
from interp.language.syntax import Place

ATTRIBUTE = "interp_traceback"

REPEATS_SHOWN = 3
"""CPython shows a line that repeats three times, then says how often more (`Lib/traceback.py`, 3.11)."""


@dataclass(frozen=True, slots=True)
class TracebackEntry:
    """One place that an exception passed: the code object and the place in it."""

    code: Code
    place: Place


def traceback_of(error: BaseException) -> tuple[TracebackEntry, ...]:
    """Return the places that `error` passed, the outermost first."""
    entries: list[TracebackEntry] = error.__dict__.get(ATTRIBUTE, [])
    return tuple(reversed(entries))


def add_entry(error: BaseException, code: Code, place: Place) -> None:
    """Note that `error` passed a place; places come from the inside out."""
    error.__dict__.setdefault(ATTRIBUTE, []).append(TracebackEntry(code, place))


def copy_traceback(error: BaseException, copied: BaseException) -> None:
    """Give a copy of an exception the traceback of the original."""
    if ATTRIBUTE in error.__dict__:
        copied.__dict__[ATTRIBUTE] = list(error.__dict__[ATTRIBUTE])


def raised_line(error: BaseException) -> int | None:
    """Return the line where `error` was raised, None if it never was in the program."""
    entries: list[TracebackEntry] = error.__dict__.get(ATTRIBUTE, [])
    return entries[0].place.line if entries else None


def describe_error(error: BaseException) -> str:
    """Return `Type: message`, or the type alone where the message is empty."""
    message = error_message(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def error_message(error: BaseException) -> str:
    """Return `str(error)`; a message that cannot be made, or would be absurdly long, is said to be so."""
    try:
        check_text_of(error)
        return str(error)
    except Exception:
        return "<exception str() failed>"


def format_traceback(error: BaseException) -> str:
    """Return the whole traceback of `error` and of those it was raised while handling, as Python prints it."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and not any(link is seen for seen in chain):
        chain.append(link)
        link = link.__context__
    parts = [_format_one(link) for link in reversed(chain)]
    return "\nDuring handling of the above exception, another exception occurred:\n\n".join(parts)


def _format_one(error: BaseException) -> str:
    entries = traceback_of(error)
    lines = ["Traceback (most recent call last):"] if entries else []
    for _, group in groupby(entries, key=lambda entry: (entry.code, entry.place.line)):
        repeated = list(group)
        for entry in repeated[:REPEATS_SHOWN]:
            lines.extend(_format_entry(entry))
        more = len(repeated) - REPEATS_SHOWN
        if more > 0:
            lines.append(f"  [Previous line repeated {more} more time{'s' if more > 1 else ''}]")
    lines.append(describe_error(error))
    return "\n".join(lines) + "\n"


def _format_entry(entry: TracebackEntry) -> list[str]:
    code, place = entry.code, entry.place
    lines = [f'  File "{code.filename}", line {place.line}, in {code.name}']
    if not 0 < place.line <= len(code.lines):
        return lines
    source = code.lines[place.line - 1]
    text = source.strip()
    indent = len(source) - len(source.lstrip())
    lines.append(f"    {text}")
    start = place.column - 1 - indent
    end = (place.end_column - 1 - indent) if place.end_line == place.line else len(text)
    if 0 <= start < end <= len(text) and (start, end) != (0, len(text)):
        lines.append("    " + "".join("\t" if c == "\t" else " " for c in text[:start]) + "^" * (end - start))
    return lines
