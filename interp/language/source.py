"""The text of a program, and the way from a position in it to a line and a column.

Python ends a line with a line feed, a carriage return or both, and with nothing else: form feeds and the
line separators of Unicode are characters within a line (3.11, `Parser/tokenizer.c`, `translate_newlines`).
So `str.splitlines` is not used here.

Read next: `parser.py`.
"""

from __future__ import annotations

import io
import tokenize
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from interp.language.errors import SourceError
from interp.language.syntax import Place


class Source:
    """A program's text with its line ends made equal, and the file name that messages show."""

    def __init__(self, text: str, filename: str) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.filename = filename

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.split("\n")

    @cached_property
    def _line_starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self.lines[:-1]), initial=0))

    def position(self, index: int) -> tuple[int, int]:
        """Return the line and the column of the character at `index`, both from 1."""
        line = bisect_right(self._line_starts, index)
        return line, index - self._line_starts[line - 1] + 1

    def place(self, start: int, end: int) -> Place:
        """Return the place of the text from `start` to `end`."""
        return Place(*self.position(start), *self.position(end))

    def line(self, number: int) -> str:
        """Return a line, or nothing where there is no such line."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def refusal(self, message: str, place: Place, hint: str = "") -> SourceError:
        """Return the error that refuses this program for what stands at `place`."""
        return SourceError(message, self.filename, place, self.line(place.line), hint)

    def check_characters(self) -> None:
        """Refuse what no line of Python may contain; `compile` would not say where it is."""
        index = self.text.find("\0")
        if index >= 0:
            raise self.refusal(
                "source code cannot contain null bytes",
                self.place(index, index + 1),
                "Is this a text file? A program is plain text in UTF-8.",
            )
        try:
            self.text.encode()
        except UnicodeEncodeError as error:
            raise self.refusal(
                f"half a character: U+{ord(self.text[error.start]):04X} is a surrogate",
                self.place(error.start, error.start + 1),
                'Write the whole character, or an escape such as "\\ud800".',
            ) from None


def decode(data: bytes, filename: str) -> str:
    """Return the text of a program file, which is UTF-8 with or without a byte order mark."""
    body = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        readable = Source(body[: error.start].decode() + "\N{REPLACEMENT CHARACTER}", filename)
        place = readable.place(len(readable.text) - 1, len(readable.text))
        hint = "Save the file as UTF-8."
        raise readable.refusal(
            f"the byte 0x{body[error.start]:02x} is not UTF-8: {error.reason}", place, hint
        ) from None
    source = Source(text, filename)
    source.check_characters()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        encoding = str(error)
    if not encoding.startswith("utf-8"):
        number = 1 if "coding" in source.line(1) else 2
        place = Place(number, 1, number, len(source.line(number)) + 1)
        raise source.refusal("a Toy program is UTF-8, and this line says otherwise", place, "Leave the line out.")
    return text
