"""What a program written for Python's `threading`, `queue` or `multiprocessing` says, and what to write here.

In Python these names come from an import, which is refused where it stands. Where the import was left out,
Python would run the program and raise `NameError` at `time.sleep(1)`. That is a late and poor answer to
somebody who brings such a program along, so these names are refused before the run, unless the program
binds them itself: a variable `queue` or `time` is as good as any other.

Read next: `restrictions.py`, which asks for these refusals; the names are in `vocabulary.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from interp.language import syntax
from interp.language.errors import SourceError
from interp.language.refusals import NOT_TOY
from interp.language.source import Source
from interp.language.syntax import Place
from interp.language.vocabulary import MEMBER_HINTS, MODULE_HINTS, PORTED_HINTS, SYNC_NAMES, TASK_HINT


def porting_refusals(program: syntax.Program, bound: Set[str], source: Source) -> Iterator[SourceError]:
    """Yield the refusals for what is at home in Python's modules, as long as no name in `bound` is meant."""
    behind: dict[Place, str] = {}
    for node in syntax.walk(program):
        match node:
            case syntax.Attribute(value=syntax.Name(place=place), name=name):
                behind[place] = name
            case syntax.Call(function=syntax.Attribute(name="start") as function):
                # `start` alone is an attribute of a range: an int, which nobody calls.
                yield source.refusal(f"the method `start` {NOT_TOY}", name_place(function), TASK_HINT)
            case syntax.Name(name=name) if name not in bound and name in MODULE_HINTS:
                hint = member_hint(behind.get(node.place, "")) or MODULE_HINTS[name]
                yield source.refusal(f"the module `{name}` {NOT_TOY}", node.place, hint)
            case syntax.Name(name=name) if name not in bound and name in PORTED_HINTS:
                yield source.refusal(f"`{name}` {NOT_TOY}", node.place, PORTED_HINTS[name])


def member_hint(name: str) -> str:
    """Return what to write instead of a module's member; nothing if only the module can say."""
    if name in MEMBER_HINTS:
        return MEMBER_HINTS[name]
    return f"Write `{name}()`: it is there without a module." if name in SYNC_NAMES else ""


def name_place(node: syntax.Attribute) -> Place:
    """Return the place of the name behind the dot."""
    place = node.place
    return Place(place.end_line, place.end_column - len(node.name), place.end_line, place.end_column)
