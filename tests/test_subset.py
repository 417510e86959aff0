"""Whatever Toy accepts is Python, with the same tree; and what it refuses, it refuses with a `SourceError`.

Texts are made in two ways: real snippets with words or characters taken out, put in, doubled or swapped,
and heaps of random words.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings

from hypothesis import given, settings
from hypothesis import strategies as some

from interp.language import parse
from interp.language.errors import SourceError
from tests.as_python_tree import both_trees
from tests.test_language import SNIPPETS
from tests.test_refusals import ALLOWED, NOT_IN_TOY, NOT_PYTHON

SOURCES = [*SNIPPETS, *ALLOWED, *(case[0] for case in NOT_IN_TOY), *(case[0] for case in NOT_PYTHON)]

KEYWORDS = """
    and or not in is if elif else for while def return global del pass break continue try except finally raise
    with as assert True False None lambda yield class import from async await nonlocal match case type _
"""
SIGNS = """
    + - * / // % ** & | ^ ~ << >> < > <= >= == != = += -= **= @ := -> . , : ; ( ) [ ] { } ...
    # ` $ ! ?
"""
VALUES = """
    a b x f print lock 0 1 2.5 1j 'a' "b" f'{a}' f'{a!r:>{b}}' b'x' '' ' " \'\'\' f'{ }' é λ
"""
BLANKS = ["\n", "\n    ", "\n        ", "\n\t", " ", "\r\n", "\x0c", "\\\n", "\\"]
WORDS = [*KEYWORDS.split(), *SIGNS.split(), *VALUES.split(), *BLANKS]


def words_of(source: str) -> list[str]:
    """Return a text cut into words and what stands between them."""
    words: list[str] = []
    lines = source.splitlines(keepends=True)
    at = (1, 0)
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            between = [line[at[1] if row == at[0] else 0 : token.start[1] if row == token.start[0] else None]
                       for row, line in enumerate(lines, 1) if at[0] <= row <= token.start[0]]  # fmt: skip
            words += ["".join(between), token.string]
            at = token.end
    except (tokenize.TokenError, SyntaxError):
        return list(source)
    return [word for word in words if word]


CUT = [words_of(source) for source in SOURCES]


@some.composite
def changed_snippets(draw: some.DrawFn) -> str:
    """A snippet with a few changes."""
    pieces = list(draw(some.sampled_from(CUT)))
    if draw(some.booleans()):
        pieces = list("".join(pieces))
    for _ in range(draw(some.integers(1, 3))):
        if not pieces:
            break
        at = draw(some.integers(0, len(pieces) - 1))
        match draw(some.sampled_from(("delete", "insert", "double", "swap", "borrow"))):
            case "delete":
                del pieces[at]
            case "insert":
                pieces.insert(at, draw(some.sampled_from(WORDS)))
            case "double":
                pieces.insert(at, pieces[at])
            case "swap":
                other = draw(some.integers(0, len(pieces) - 1))
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case "borrow":
                pieces.insert(at, draw(some.sampled_from(draw(some.sampled_from(CUT)) or [""])))
    return "".join(pieces)


def heaps_of_words() -> some.SearchStrategy[str]:
    """Random words, with or without blanks between them."""
    words = some.lists(some.sampled_from(WORDS), max_size=25)
    return some.builds(lambda separator, heap: separator.join(heap), some.sampled_from((" ", "")), words)


def check_refusal(error: SourceError) -> None:
    """A refusal has a place, and names what it refuses."""
    assert error.place.line >= 1
    assert error.place.column >= 1
    assert error.message in str(error)
    assert "what stands here" not in error.message


def check(source: str) -> None:
    """Whatever is accepted is Python with the same tree."""
    try:
        program = parse(source)
    except SourceError as error:
        check_refusal(error)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ast.parse(source)
        compile(source, "<python>", "exec")
        ours, theirs = both_trees(program, source)
    assert ours == theirs


@settings(max_examples=700)
@given(changed_snippets())
def test_a_changed_snippet_is_python_if_it_is_toy(source: str) -> None:
    check(source)


@settings(max_examples=500)
@given(heaps_of_words())
def test_a_heap_of_words_is_python_if_it_is_toy(source: str) -> None:
    check(source)


@settings(max_examples=300)
@given(some.text(max_size=40))
def test_any_text_is_read_or_refused(source: str) -> None:
    check(source)
