"""Between the lexer and the parser: turn indentation into tokens, and refuse what is nested beyond reason.

Python's blocks have no brackets. Its tokenizer keeps a stack of indentations and invents a bracket, INDENT
or DEDENT, whenever a line starts deeper or shallower than the one before (3.11, `Parser/tokenizer.c`,
`tok_get`). Lark offers the same as a filter on the stream of words, the *postlexer*, and has one of its
own, `lark.indenter.Indenter`. Ours differs in four points: it keeps no state between two texts, so that an
expression within an f-string can be parsed in the midst of a file; it skips empty lines at the start of a
file; a form feed starts the column anew, as in Python; and it counts.

It never complains about indentation. Where a line fits no open block, or tabs and spaces are mixed, CPython
has the words for it, and `parser.py` asks CPython about every program. What it does refuse is size:
brackets inside brackets and the number of words, because those decide how long the parser works.

Read next: `parser.py`.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator

from lark import Token
from lark.lark import PostLex

DEEPEST_NESTING = 150
MOST_WORDS = 50_000

OPENING = frozenset(("LPAR", "LSQB", "LBRACE"))
CLOSING = frozenset(("RPAR", "RSQB", "RBRACE"))
TAB_WIDTH = 8


class TooLarge(Exception):  # noqa: N818 - not an error of ours: the parser turns it into a refusal
    """The text goes beyond a bound at this token."""

    def __init__(self, message: str, hint: str, token: Token) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.token = token


class IndentationTokens(PostLex):
    """The postlexer of Toy's grammar."""

    # Lark's contextual lexer looks only for the words that may come next. Names and keywords are to be told
    # apart everywhere, or `a ifb else c` would be read as `a if b else c`.
    always_accept = ("_NEWLINE", "NAME", *(word.upper() for word in keyword.kwlist))

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Yield the words of `stream` with indents and dedents, and without newlines inside brackets."""
        open_brackets = 0
        indentations = [0]
        started = False
        token = None
        for count, token in enumerate(stream):
            if count == MOST_WORDS:
                raise TooLarge(
                    f"this program has more than {MOST_WORDS:,} words and symbols",
                    "Keep long data short by computing it, or split the program.",
                    token,
                )
            if token.type == "_NEWLINE":
                if open_brackets == 0 and started:
                    yield token
                    yield from indents_and_dedents(token, indentations)
                continue
            started = True
            if token.type in OPENING:
                open_brackets += 1
                if open_brackets > DEEPEST_NESTING:
                    raise TooLarge(*too_deep("brackets"), token)
            elif token.type in CLOSING:
                open_brackets -= 1
            yield token
        if token is not None:
            for _ in indentations[1:]:
                yield Token.new_borrow_pos("_DEDENT", "", token)


def indents_and_dedents(newline: Token, indentations: list[int]) -> Iterator[Token]:
    """Yield what the indentation at the end of `newline` opens or closes, and keep the stack of open ones."""
    before_next_line = newline.rpartition("\n")[2]
    width = len(before_next_line.rpartition("\f")[2].expandtabs(TAB_WIDTH))
    if width > indentations[-1]:
        indentations.append(width)
        yield Token.new_borrow_pos("_INDENT", "", newline)
    while width < indentations[-1]:
        indentations.pop()
        yield Token.new_borrow_pos("_DEDENT", "", newline)


def too_deep(what: str) -> tuple[str, str]:
    """Return the message and the hint for something nested beyond the bound."""
    return (
        f"{what} nested more than {DEEPEST_NESTING} deep",
        "Give the inner part a name first, or move it into a function.",
    )
