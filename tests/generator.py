"""Random Toy programs.

`programs()` is a Hypothesis strategy of single-threaded programs that end; `program_from_seed` makes the
same kind of program from a number, quickly and without shrinking. What an expression or a statement may be
is in `generator_parts/`, in the order: choices, kinds, methods, expressions, fragments, statements.
`concurrent_generator.py` makes programs with threads.

CPython is the oracle (`generator_parts/oracle.py`): a program is worth nothing unless it prints, so every
program prints at many places and shows all its variables at its end.
"""

from __future__ import annotations

import builtins
from functools import cache

from hypothesis import strategies as st

from interp.language.errors import SourceError
from interp.language.parser import parse
from interp.language.vocabulary import METHODS as METHODS_OF_TOY
from tests.generator_parts.choices import Chooser
from tests.generator_parts.methods import METHODS, OTHER_FORMS
from tests.generator_parts.statements import Statements


@cache
def unknown_methods() -> tuple[tuple[str, str], ...]:
    """Return the methods that Toy has and the generator's table does not know, as (type, method).

    So a method added to the vocabulary is called by random programs at once; an entry in the table makes its
    calls succeed more often.
    """
    known = {owner: {method.name for method in methods} for owner, methods in METHODS.items()}
    return tuple(
        (owner, method)
        for owner in ("str", "list", "dict", "tuple", "int", "float")
        for method in sorted(toy_methods(owner))
        if method not in known.get(owner, set()) | OTHER_FORMS.get(owner, set())
    )


def toy_methods(owner: str) -> set[str]:
    """Return the names of the methods of a builtin type that Toy has."""
    kind: type = getattr(builtins, owner)
    return {name for name in METHODS_OF_TOY if hasattr(kind, name)}


def refusal(text: str) -> str | None:
    """Return why Toy refuses `text`, or None: the generator promises to stay inside the language."""
    try:
        parse(text, "random.toy")
    except SourceError as refused:
        return str(refused)
    return None


def write_program(choose: Chooser) -> str:
    """Return a program made by the decisions of `choose`."""
    return Statements(choose, unknown_methods()).program()


def program_from_seed(seed: int) -> str:
    """Return the program that belongs to `seed`."""
    return write_program(Chooser.seeded(seed))


@cache
def numbers_below(bound: int) -> st.SearchStrategy[int]:
    """Return the strategy of the numbers below `bound`, made once."""
    return st.integers(0, bound - 1)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Make random single-threaded Toy programs that end."""
    return write_program(Chooser(lambda bound: draw(numbers_below(bound)) if bound > 1 else 0))
