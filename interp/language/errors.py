"""The errors that a person can meet, never mixed: the source, the program, or a fault of ours.

`SourceError` means that the text cannot be compiled; `ProgramError` that the program went wrong while
running; `InterpFault` that interp itself is wrong, and nothing catches it to go on. Bad settings and
unreadable files are `UsageError`. The command line turns each into an exit status (`cli.py`).
"""

from __future__ import annotations

import unicodedata

from interp.language.syntax import Place


class InterpError(Exception):
    """Everything that interp raises on purpose, so that a caller can catch it with one clause."""


class UsageError(InterpError):
    """What was asked for does not fit: an unknown lock, a bad schedule, a file that cannot be read."""


class SourceError(InterpError):
    """The source was refused before it ran.

    `message` says what is wrong; `hint` (may be empty) what to write instead; `place` is where, and
    `source_line` the text of that line without its newline.
    """

    def __init__(self, message: str, filename: str, place: Place, source_line: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.filename = filename
        self.place = place
        self.source_line = source_line
        self.hint = hint

    def __str__(self) -> str:
        """Show `file:line:column: message`, the line with carets below it, and the hint."""
        return render_refusal(self)


class ProgramError(InterpError):
    """The toy program failed while running; raised only where a caller asked for an exception."""


class InterpFault(InterpError):  # noqa: N818 - "fault" is the point: it is ours, not the program's
    """A bug of interp."""

    def __init__(self, message: str) -> None:
        super().__init__(f"{message}\nThis is a bug of interp itself, not of your program. Please report it.")


# --- how a refusal is shown ---

LONGEST_LINE_SHOWN = 160
SHOWN_BEFORE_PLACE = 60
TAB_WIDTH = 8


def render_refusal(error: SourceError) -> str:
    """Return the text of a refusal: where and what, the line with carets, the hint."""
    place = error.place
    shown = [f"{printable(error.filename)}:{place.line}:{place.column}: {printable(error.message)}"]
    if error.source_line.strip():
        line, carets = underline(error.source_line, place)
        shown += [f"{place.line:5} | {line}".rstrip(), f"      | {carets}"]
    if error.hint:
        shown.append(f"  {printable(error.hint)}")
    return "\n".join(shown)


def underline(line: str, place: Place) -> tuple[str, str]:
    """Return a line as it is shown, and the carets to stand below it; a long line is cut around the place."""
    start = place.column - 1
    end = place.end_column - 1 if place.end_line == place.line else len(line)
    first = 0
    last = len(line)
    if len(line) > LONGEST_LINE_SHOWN:
        first = max(0, min(start - SHOWN_BEFORE_PLACE, len(line) - LONGEST_LINE_SHOWN))
        last = first + LONGEST_LINE_SHOWN
    before, marked, after = (
        line[first:start],
        line[start : min(end, last)],
        line[max(start, min(end, last)) : last],
    )
    opening = "..." if first > 0 else ""
    closing = "..." if last < len(line) else ""
    shown_before = opening + show(before, len(opening))
    width_before = width_of(shown_before)
    shown_marked = show(marked, width_before)
    width_marked = width_of(shown_marked)
    shown_after = show(after, width_before + width_marked)
    return shown_before + shown_marked + shown_after + closing, " " * width_before + "^" * max(1, width_marked)


def show(text: str, column: int) -> str:
    """Return how text that starts at a column is shown: tabs as blanks, nothing that commands a terminal."""
    shown = ""
    for character in text:
        if character == "\t":
            shown += " " * (TAB_WIDTH - (column + width_of(shown)) % TAB_WIDTH)
        else:
            shown += printable(character)
    return shown


def printable(text: str) -> str:
    """Return text with all that does not print, escape sequences above all, written as Python escapes."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def width_of(text: str) -> int:
    """Return how many columns of a terminal a printable text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
