"""The list of Toy's names and what the machine defines are the same, both ways round."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

import interp
from interp.language import vocabulary
from interp.machine.builtins import METHOD_TABLES, attribute
from interp.machine.sync import OPERATIONS
from interp.machine.values import Builtin
from interp.scheduling.world import BUILTINS
from tests.watching import run

NAMES = sorted(vocabulary.TOY_NAMES)
METHODS = sorted({name for table in METHOD_TABLES.values() for name in table})

MADE_BY: dict[str, str] = {
    "Lock": "Lock()",
    "RLock": "RLock()",
    "Semaphore": "Semaphore(1)",
    "Condition": "Condition()",
    "Event": "Event()",
    "Barrier": "Barrier(1)",
    "Queue": "Queue()",
    "Task": "spawn(len, [])",
}


def test_every_name_of_the_language_means_something_and_nothing_else_does() -> None:
    assert set(BUILTINS) | {"__name__"} == vocabulary.TOY_NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_program_can_read_the_name(name: str) -> None:
    result = run(f"x = {name}\nprint('there')\n")
    assert (result.outcome, result.output) == ("ok", "there\n")


def test_a_name_that_python_has_is_the_same_thing_or_behaves_like_it() -> None:
    for name in vocabulary.EXCEPTION_NAMES | vocabulary.TYPE_NAMES:
        assert BUILTINS[name] is getattr(builtins, name)
    for name in vocabulary.BUILTIN_FUNCTIONS.keys() - vocabulary.TYPE_NAMES - {"range"}:
        assert isinstance(BUILTINS[name], Builtin)
        assert BUILTINS[name].name == name
    assert not vocabulary.PYTHON_ONLY_NAMES & set(BUILTINS)
    assert set(vocabulary.HINTS) <= vocabulary.PYTHON_ONLY_NAMES


def test_every_method_of_the_language_belongs_to_a_type_and_no_type_has_another() -> None:
    assert set(METHODS) == set(vocabulary.METHODS)


def test_a_type_has_each_method_of_the_language_that_pythons_type_has() -> None:
    for kind, table in METHOD_TABLES.items():
        if kind in OPERATIONS:
            assert set(table) == set(OPERATIONS[kind])  # type: ignore[index]
        else:
            missing = {name for name in vocabulary.METHODS if hasattr(kind, name)} - set(table)
            assert missing <= {"is_integer"}, (kind, missing)  # an int has it since 3.12 only


@pytest.mark.parametrize("kind", METHOD_TABLES, ids=lambda kind: kind.__name__)
def test_a_program_can_look_up_each_method(kind: type) -> None:
    value = MADE_BY.get(kind.__name__) or f"{kind.__name__}({'3' if kind is range else ''})"
    for name in METHOD_TABLES[kind]:
        result = run(f"m = {value}.{name}\nprint('there')\n")
        assert (result.error, result.output) == (None, "there\n"), name


@pytest.mark.parametrize("name", sorted(vocabulary.DATA_ATTRIBUTES))
def test_an_attribute_of_the_language_is_that_of_the_host(name: str) -> None:
    owners: list[Any] = [range(2, 9, 3), ValueError("a", 1)]
    found = [attribute(owner, name) for owner in owners if hasattr(owner, name)]
    assert found == [getattr(owner, name) for owner in owners if hasattr(owner, name)]
    assert found
    for other in (1, "text", [], {}, (), None, len):
        with pytest.raises(AttributeError, match=f"object has no attribute '{name}'"):
            attribute(other, name)


CALLS_WITH_KEYWORDS = {
    "print": "print(1, 2, sep='-', end='.', flush=True)",
    "int": "int('11', base=2)",
    "min": "min([], default=0)",
    "max": "max([], default=0)",
    "sum": "sum([1], start=2)",
    "sorted": "sorted([1, 2], reverse=True)",
    "enumerate": "list(enumerate('ab', start=1))",
    "round": "round(2.567, ndigits=1)",
    "pow": "pow(2, 5, mod=7)",
    "Semaphore": "Semaphore(value=2)",
    "Condition": "Condition(lock=Lock())",
    "Barrier": "Barrier(parties=2)",
    "Queue": "Queue(maxsize=2)",
    "split": "'a b c'.split(sep=' ', maxsplit=1)",
    "rsplit": "'a b c'.rsplit(sep=' ', maxsplit=1)",
    "splitlines": "'a'.splitlines(keepends=True)",
    "expandtabs": "'a\\tb'.expandtabs(tabsize=2)",
    "sort": "[2, 1].sort(reverse=True)",
    "acquire": "Lock().acquire(blocking=False)",
    "release": "Semaphore(1).release(n=2)",
    "notify": "c = Condition()\nc.acquire()\nc.notify(n=2)",
}


def test_every_keyword_of_the_language_is_tried() -> None:
    tables = (vocabulary.BUILTIN_FUNCTIONS, vocabulary.SYNC_NAMES, vocabulary.METHODS)
    with_keywords = {name: words for table in tables for name, words in table.items() if words}
    assert with_keywords.keys() == CALLS_WITH_KEYWORDS.keys()
    for name, words in with_keywords.items():
        for word in words:
            assert f"{word}=" in CALLS_WITH_KEYWORDS[name]


@pytest.mark.parametrize("name", CALLS_WITH_KEYWORDS)
def test_a_keyword_of_the_language_is_accepted(name: str) -> None:
    result = run(CALLS_WITH_KEYWORDS[name] + "\n")
    assert (result.outcome, result.error) == ("ok", None)


@pytest.mark.parametrize("call", ["sorted([1], key=len)", "print(1, file=None)", "[1].sort(key=len)", "len(obj=[])"])
def test_a_keyword_that_the_language_lacks_is_refused(call: str) -> None:
    with pytest.raises(interp.SourceError):
        interp.compile_source(call + "\n")


@pytest.mark.parametrize(
    ("call", "allowed"),
    [("Lock().release(n=1)", False), ("RLock().acquire(blocking=True)", True), ("Event().wait(n=1)", False)],
)
def test_a_keyword_of_another_type_is_a_type_error_or_a_refusal(call: str, allowed: bool) -> None:
    try:
        result = run(call + "\n")
    except interp.SourceError:
        assert not allowed
    else:
        assert allowed == (result.error is None)
        assert allowed or (result.error is not None and result.error.type == "TypeError")
