"""String literals and, above all, f-strings: one word of the source that contains expressions.

Up to Python 3.11 an f-string is one word for the tokenizer, and a small parser of its own cuts it into text
and expressions (3.11, `Parser/string_parser.c`); the expressions then go through the usual grammar. Python
3.12 has the tokenizer do it (PEP 701), and allows more: the same quotes again inside, backslashes and
comments. Toy keeps to 3.11, because its programs are to be Python 3.11 programs, and so does this file:
`Cutter` follows `fstring_find_literal` and `fstring_find_expr`.

The cutting, in order, from an opening `{`:

1. Read on to the end of the expression: the first `}`, `:`, `!` (not `!=`) or `=` (not `==` and the like)
   outside of brackets and strings. A backslash or a `#` is refused.
2. `=`: the text so far, with the sign and the blanks around it, becomes text of its own.
3. `!r`, `!s`, `!a`: the conversion.
4. `:`: the specification up to the `}`, which is cut in the same way, one level deep.

Escapes are decoded by Python's own `ast.literal_eval`. Positions are true ones: an expression is parsed
where it stands in the file, not as a copy of its text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from lark import Token

from interp.language.source import Source
from interp.language.syntax import Constant, Expression, FormattedString, FormattedValue, Place

Part = Constant | FormattedValue

ParseExpression = Callable[[int, int], Expression]
"""Parses the expression of an f-string that stands from its `{` at the first index to the second."""

OPENING = re.compile(r"(?P<prefix>[a-zA-Z]*)(?P<quotes>'''|\"\"\"|'|\")")
SPECIAL = re.compile(r"[\\{}]")
CLOSING = {"(": ")", "[": "]", "{": "}"}
COMPARISONS = ("!=", "==", "<=", ">=")
DEEPEST_SPECIFICATION = 1
LONGEST = 100_000


class BrokenLiteral(Exception):  # noqa: N818 - the parser turns it into a refusal
    """A literal that Python 3.11 does not take, or where in it the trouble is."""

    def __init__(self, message: str, start: int, end: int | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end or start + 1
        self.hint = hint


def evaluate(literal: Token) -> int | float | str:
    """Return the value of a number or of a string that is no f-string."""
    assert literal.start_pos is not None
    try:
        value: int | float | str = ast.literal_eval(literal.value)
    except (SyntaxError, ValueError) as error:
        raise BrokenLiteral(str(error), literal.start_pos, literal.end_pos) from None
    return value


def join_literals(
    place: Place, tokens: Sequence[Token], source: Source, parse_expression: ParseExpression
) -> Constant | FormattedString:
    """Return what adjacent literals mean together."""
    openings = [OPENING.match(token) for token in tokens]
    prefixes = [opening["prefix"].lower() for opening in openings if opening]
    if not any("f" in prefix for prefix in prefixes):
        return Constant(place, "".join(str(evaluate(token)) for token in tokens))
    parts: list[Part] = []
    for token, opening, prefix in zip(tokens, openings, prefixes, strict=True):
        assert opening is not None
        assert token.start_pos is not None
        assert token.end_pos is not None
        start, end = token.start_pos + opening.end(), token.end_pos - len(opening["quotes"])
        if "f" in prefix:
            if end - start > LONGEST:
                # CPython 3.13.0 takes a time that grows with the square of the number of doubled braces.
                message = f"an f-string of more than {LONGEST:,} characters"
                raise source.refusal(message, source.place(start, end), "Put the text into a string of its own.")
            parts += Cutter(source, start, end, "r" in prefix, parse_expression).parts(0)
        else:
            parts.append(Constant(source.place(start, end), evaluate(token)))
    return FormattedString(place, merge(parts))


def merge(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Join constants that follow one another, and leave empty ones out."""
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, Constant) and not part.value:
            continue
        if isinstance(part, Constant) and isinstance(last, Constant):
            place = Place(last.place.line, last.place.column, part.place.end_line, part.place.end_column)
            merged[-1] = Constant(place, f"{last.value}{part.value}")
        else:
            merged.append(part)
    return tuple(merged)


class Cutter:
    """Cuts the text of one f-string, from left to right, into constants and formatted values."""

    def __init__(self, source: Source, start: int, end: int, raw: bool, parse_expression: ParseExpression) -> None:
        self.source = source
        self.text = source.text
        self.at = start
        self.end = end
        self.raw = raw
        self.parse_expression = parse_expression

    def parts(self, level: int) -> Iterator[Part]:
        """Yield the parts up to the end or, within a specification, up to the `}` that ends it."""
        while self.at < self.end:
            yield self.constant(level)
            if self.at < self.end and self.text[self.at] == "{":
                yield from self.replacement(level)
            elif level > 0:
                return

    def peek(self, length: int = 1) -> str:
        """Return the next characters, fewer at the end."""
        return self.text[self.at : min(self.at + length, self.end)]

    def constant(self, level: int) -> Constant:
        """Read text up to a `{` that opens an expression or, in a specification, to the `}` that ends it."""
        start, pieces, piece_start = self.at, [], self.at
        while self.at < self.end:
            if not self.raw and self.peek(3) == "\\N{":
                self.at = self.text.find("}", self.at, self.end) + 1 or self.end
            elif not self.raw and self.peek() == "\\" and self.peek(2) not in ("\\{", "\\}"):
                self.at += 2
            elif level == 0 and self.peek(2) in ("{{", "}}"):
                pieces.append(self.text[piece_start : self.at + 1])
                self.at += 2
                piece_start = self.at
            elif self.peek() == "{" or (level > 0 and self.peek() == "}"):
                break
            elif self.peek() == "}":
                raise BrokenLiteral("f-string: single '}' is not allowed", self.at)
            else:
                special = SPECIAL.search(self.text, self.at + 1, self.end)
                self.at = special.start() if special else self.end
        self.at = min(self.at, self.end)
        pieces.append(self.text[piece_start : self.at])
        text = "".join(pieces)
        return Constant(self.source.place(start, self.at), text if self.raw else self.decode(text, start))

    def replacement(self, level: int) -> Iterator[Part]:
        """Read `{expression=!conversion:specification}`."""
        if level > DEEPEST_SPECIFICATION:
            raise BrokenLiteral("f-string: expressions nested too deeply", self.at)
        start = self.at
        self.skip_expression()
        expression_end = self.at
        if not self.text[start + 1 : expression_end].strip():
            raise BrokenLiteral("f-string: empty expression not allowed", start)
        conversion = ""
        specification = None
        shows_itself = self.peek() == "="
        if shows_itself:
            self.at += 1
            while self.peek().isspace() and self.peek().isascii():
                self.at += 1
            place = self.source.place(start + 1, self.at)
            yield Constant(place, self.text[start + 1 : self.at])
        if self.peek() == "!":
            conversion = self.peek(2)[1:]
            if conversion not in ("s", "r", "a"):
                raise BrokenLiteral("f-string: invalid conversion character: expected 's', 'r', or 'a'", self.at)
            self.at += 2
        if self.peek() == ":":
            self.at += 1
            specification_start = self.at
            parts = merge(self.parts(level + 1))
            specification = FormattedString(self.source.place(specification_start, self.at), parts)
        if self.peek() != "}":
            raise BrokenLiteral("f-string: expecting '}'", min(self.at, self.end - 1))
        self.at += 1
        if shows_itself and not conversion and specification is None:
            conversion = "r"
        value = self.parse_expression(start, expression_end)
        yield FormattedValue(self.source.place(start, self.at), value, conversion, specification)

    def skip_expression(self) -> None:
        """Go from `{` to the character that ends the expression."""
        start = self.at
        brackets: list[str] = []
        self.at += 1
        while self.at < self.end:
            character = self.peek()
            if character == "\\":
                raise BrokenLiteral("f-string expression part cannot include a backslash", self.at)
            if character == "#":
                raise BrokenLiteral("f-string expression part cannot include '#'", self.at)
            if character in "'\"":
                self.skip_string()
            elif character in CLOSING:
                brackets.append(CLOSING[character])
                self.at += 1
            elif brackets:
                if character in ")]}" and character != brackets.pop():
                    raise BrokenLiteral(f"f-string: closing parenthesis '{character}' does not match", self.at)
                self.at += 1
            elif self.peek(2) in COMPARISONS:
                self.at += 2
            elif character in "!:}=":
                return
            else:
                self.at += 1
        raise BrokenLiteral("f-string: expecting '}'", start)

    def skip_string(self) -> None:
        """Go past a string within an expression."""
        quotes = self.peek(3) if self.peek(3) in ("'''", '"""') else self.peek()
        found = self.text.find(quotes, self.at + len(quotes), self.end)
        if found < 0:
            raise BrokenLiteral("f-string: unterminated string", self.at)
        backslash = self.text.find("\\", self.at, found)
        if backslash >= 0:
            raise BrokenLiteral("f-string expression part cannot include a backslash", backslash)
        self.at = found + len(quotes)

    def decode(self, text: str, start: int) -> str:
        """Return text that is not raw with its escapes decoded."""
        if "\\" not in text:
            return text
        # A quote gets a backslash, to stand between quotes; so does the lone backslash of `\{x}`.
        quotable = re.sub(r"\\.|[\"\\]", lambda found: found[0] if found[0][1:] else "\\" + found[0], text, flags=re.S)
        try:
            decoded: str = ast.literal_eval(f'"""{quotable}"""')
        except (SyntaxError, ValueError) as error:
            raise BrokenLiteral(str(error), start, self.at) from None
        return decoded
