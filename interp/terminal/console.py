"""The one place where a Rich console is made, and where text of a toy program becomes safe to show.

Rich decides about colour: none if the output is not a terminal, or under `NO_COLOR` or `TERM=dumb`. We decide
about the width (`COLUMNS`, else the terminal's, else 80) and turn off all of Rich's reading between the
lines: `a[i]`, `[red]` and `:smile:` are what a program printed, and never markup.

What a toy program prints can hold anything, the codes that clear a terminal included. Inside our tables it is
shown by `readable`: on one line, with escapes for control characters and for whatever the output cannot
encode.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

NARROWEST = 40
WIDTH_WITHOUT_TERMINAL = 80
HEIGHT_WITHOUT_TERMINAL = 25

Part = tuple[str, str]
"""A text and its style: what a line is made of."""


def make_console(file: TextIO | None = None, *, width: int | None = None, color: bool | None = None) -> Console:
    """Return the console for a file, standard output if None.

    `width` (in columns) and `color` overrule what the terminal and the environment say.
    """
    file = file or sys.stdout
    if color is None and os.environ.get("NO_COLOR"):
        color = False
    return Console(
        file=file,
        # Rich ignores a width where TERM=dumb, unless it is given a height, too.
        width=max(NARROWEST, width or width_of(file)),
        height=HEIGHT_WITHOUT_TERMINAL,
        color_system={None: "auto", True: "256", False: None}[color],
        force_terminal=color,
        no_color=color is False,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )


def width_of(file: TextIO) -> int:
    """Return how many columns fit on a line of a file."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and 0 < int(columns) < 10_000:
        return int(columns)
    try:
        return os.get_terminal_size(file.fileno()).columns or WIDTH_WITHOUT_TERMINAL
    except (OSError, ValueError):
        return WIDTH_WITHOUT_TERMINAL


def show_line(console: Console, parts: Iterable[Part]) -> None:
    """Print a line made of texts and their styles; a line too long for the console is left as it is."""
    show_lines(console, [parts])


def show_lines(console: Console, lines: Iterable[Iterable[Part]]) -> None:
    """Print several lines at once, which takes Rich less time than one after another."""
    texts = []
    plain = console.color_system is None
    for parts in lines:
        if plain:
            texts.append(Text("".join(text for text, _ in parts).rstrip()))
            continue
        line = Text(no_wrap=True, overflow="ignore")
        for text, style in parts:
            line.append(text, style or None)
        line.rstrip()
        texts.append(line)
    if texts:
        console.print(Text("\n").join(texts), soft_wrap=True)


def readable(text: str, encoding: str = "utf-8") -> str:
    """Return text on one line, with escapes for what is no visible character or cannot be encoded."""
    if text.isascii() and text.isprintable():
        return text
    visible = "".join(char if is_visible(char) else escape(char) for char in text)
    try:
        return visible.encode(encoding, "backslashreplace").decode(encoding)
    except (LookupError, UnicodeError):
        return visible.encode("ascii", "backslashreplace").decode("ascii")


def is_visible(char: str) -> bool:
    """Whether a character can be shown as itself: it controls nothing and turns no line around."""
    return char == " " or unicodedata.category(char)[0] not in "CZ"


def escape(char: str) -> str:
    """Return a character as Python's escape."""
    return char.encode("unicode_escape").decode("ascii") if char != " " else char


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """Return text no wider than `width` columns; the ellipsis shows that something was cut off."""
    if cell_len(text) <= width:
        return text
    kept: list[str] = []
    ellipsis = ellipsis[: max(0, width)]
    room = width - len(ellipsis)
    for char in text:
        room -= cell_len(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept) + ellipsis


def pad(text: str, width: int, align: str = "left") -> str:
    """Return text with spaces up to `width` columns."""
    missing = " " * max(0, width - cell_len(text))
    return missing + text if align == "right" else text + missing
