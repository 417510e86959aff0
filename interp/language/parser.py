"""The way from a text to a syntax tree.

1. Lark reads the text by the grammar `toy.lark` and makes a general tree (`indenter.py` bounds its size).
2. `builder.py` turns that tree into the classes of `syntax.py`; `nesting.py` bounds its depth.
3. CPython's own `compile` looks at the same text. So a program that Toy accepts is a Python program by
   construction, and what only CPython's compiler checks (`return` outside of a function, `global` after
   use, a parameter given twice) is refused in its words. Nothing of what it makes is used. It comes after
   the bounds, because it recurses.
4. `restrictions.py` refuses what is written in Toy's syntax and yet is not Toy: closures, unknown
   attributes.

Where one of the first two steps fails, `refusals.py` finds out why.

CPython itself reads with a PEG parser since 3.9 (PEP 617). Ours is LALR(1), the textbook's kind: a table
says for each state and next word what to do, and one loop does it. It is made from the grammar when the
first program is read.

Read next: `toy.lark`, then `syntax.py`.
"""

from __future__ import annotations

import warnings
from functools import cache
from importlib import resources

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError
from lark.utils import TextSlice

from interp.language.builder import Builder
from interp.language.fstrings import BrokenLiteral
from interp.language.indenter import MOST_WORDS, IndentationTokens, TooLarge
from interp.language.nesting import check_depth
from interp.language.refusals import check_with_python, explain, explain_in_literal
from interp.language.restrictions import check_restrictions
from interp.language.source import Source
from interp.language.syntax import Place, Program

WITHOUT_PLACE = frozenset(("_NEWLINE", "_INDENT", "_DEDENT"))


def parse(source: str, filename: str = "<toy>") -> Program:
    """Return the syntax tree of a Toy program, or raise `SourceError` if it is none."""
    text = Source(source, filename)
    text.check_characters()
    # Python warns of what it may refuse one day (`"\d"`, `1if x else 2`): that is no refusal.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder = Builder(text, lambda start, end: parse_formatted(text, start, end))
        program = read(text, builder)
        check_depth(program, text)
        check_with_python(text)
    check_restrictions(program, builder.annotations, text)
    return program


def read(source: Source, builder: Builder) -> Program:
    """Return the tree of a text by the grammar alone."""
    # Python adds the last newline where it is missing.
    text = source.text + "\n"
    try:
        if len(text) > MOST_WORDS:
            count_words(text)
        program: Program = builder.build(grammar().parse(text, start="file"))
        return program
    except UnexpectedInput as error:
        raise explain(source, place_of_unexpected(error)) from None
    except TooLarge as error:
        raise source.refusal(error.message, place_of_token(error.token), error.hint) from None
    except VisitError as error:
        trouble: Exception = error.orig_exc
    while isinstance(trouble, VisitError):
        trouble = trouble.orig_exc
    match trouble:
        case BrokenLiteral(start=start, end=end, message=message, hint=hint):
            raise explain_in_literal(source, source.place(start, end), message, hint)
        case UnexpectedInput():
            raise explain_in_literal(source, place_of_unexpected(trouble))
        case TooLarge(token=token, message=message, hint=hint):
            raise source.refusal(message, place_of_token(token), hint)
    raise trouble


def count_words(text: str) -> None:
    """Let the lexer alone go through a long text: it finds too many words in a fraction of the time."""
    try:
        for _ in grammar().lex(text):
            pass
    except UnexpectedInput:
        return  # The parser comes to the same place and says more.


def parse_formatted(source: Source, start: int, end: int) -> Tree[Token]:
    """Return the tree of the f-string's expression that stands from its `{` at `start` to `end`."""
    return grammar().parse(TextSlice(source.text, start, end), start="formatted")


@cache
def grammar() -> Lark:
    """Return the parser that Lark makes from `toy.lark`."""
    return Lark(
        resources.files("interp.language").joinpath("toy.lark").read_text(encoding="utf-8"),
        start=["file", "formatted"],
        parser="lalr",
        lexer="contextual",
        postlex=IndentationTokens(),
        propagate_positions=has_place,
        maybe_placeholders=True,
    )


def has_place(part: Tree[Token] | Token) -> bool:
    """Tell whether a node reaches as far as this part of it; the end of a line belongs to none."""
    return not (isinstance(part, Token) and part.type in WITHOUT_PLACE)


def place_of_token(token: Token) -> Place:
    """Return where a word stands."""
    assert token.line is not None
    assert token.column is not None
    return Place(token.line, token.column, token.line, token.column + len(token.value))


def place_of_unexpected(error: UnexpectedInput) -> Place:
    """Return where the parser stopped."""
    if isinstance(error, UnexpectedToken) and isinstance(error.token, Token):
        return place_of_token(error.token)
    return Place(error.line, error.column, error.line, error.column + 1)
