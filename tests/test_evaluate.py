"""`print` in the stepper: an expression is evaluated where a thread stands, and the run stays what it was."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import interp
from interp.language.errors import UsageError
from interp.traces.landmarks import Landmark
from interp.traces.recording import Recording

SHARED = """\
items = [1, 2, 3]
known = {"a": 1}
lock = Lock()
box = Queue()

def grow(n):
    global items
    for i in range(n):
        with lock:
            items.append(i)
            known[i] = [j for j in items if j > 0]
        box.put(i)
    return n

def fail():
    raise ValueError("no")

tasks = [spawn(grow, 3), spawn(grow, 2)]
for task in tasks:
    task.join()
print(len(items))
"""

CHANGING = (
    "items.append(99)", "items.pop()", "known.clear()", "grow(5)", "fail()", "known['a']", "1 / 0", "nothing",
    "[items.pop() for _ in range(3)]", "items.sort()", "lock.locked()", "box.qsize()", "print(1)", "lock.acquire()",
    "box.get()", "spawn(grow, 1)", "i", "n", "task", "current()", "clock()", "items + [items]",
)  # fmt: skip


@cache
def recorded(source: str = SHARED, interval: int = 5) -> Recording:
    """Return the recording of a program, made once."""
    program = interp.compile_source(source, "test.toy")
    return Recording(program.source, program.filename, program.code, interp.Settings(interval=interval))


def at(source: str, line: int) -> tuple[Recording, int]:
    """Return a recording, and the first moment at which a line begins."""
    recording = recorded(source)
    step = recording.next(Landmark("break", lines=frozenset({line})), 0)
    assert step is not None
    return recording, step


def value(source: str, line: int, expression: str) -> str:
    """Return what an expression is worth to the thread that comes to a line first."""
    recording, step = at(source, line)
    moment = recording.moment(step)
    assert moment.following is not None
    return recording.evaluate(step, moment.following, expression)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(1, 3), st.lists(st.sampled_from(CHANGING), min_size=1, max_size=3))
def test_nothing_that_is_evaluated_changes_the_run(where: int, thread: int, expressions: list[str]) -> None:
    recording = recorded()
    step = where % (recording.steps + 1)
    before = recording.moment(step)
    after = recording.moment(min(step + 7, recording.steps))
    for expression in expressions:
        with suppress(UsageError):
            recording.evaluate(step, min(thread, len(before.threads)), expression)
    assert recording.moment(step) == before
    assert recording.moment(min(step + 7, recording.steps)) == after
    assert recording.moment(recording.steps).output == recording.result.output


LOCALS = """\
x = "global"
y = "only global"

def f(a):
    b = [i * a for i in range(3)]
    if a > 10:
        x = "local"
    return b

f(2)
z = [k for k in range(2)]
print(z)
"""


@pytest.mark.parametrize(
    ("line", "expression", "text"),
    [
        (8, "a", "2"),
        (8, "b[1] + a", "4"),
        (8, "y", "'only global'"),
        (8, "f(3)", "[0, 3, 6]"),
        (8, "[a * i for i in b]", "[0, 4, 8]"),
        (8, "x", "UnboundLocalError: cannot access local variable 'x' where it is not associated with a value"),
        (12, "x", "'global'"),
        (12, "k", "NameError: name 'k' is not defined"),
        (12, "a", "NameError: name 'a' is not defined"),
        (12, "f", "<function f>"),
        (12, "f(x)", "TypeError: '>' not supported between instances of 'str' and 'int'"),
        (12, "z, len(z)", "([0, 1], 2)"),
        (12, "f'{x!r:>10}'", "\"  'global'\""),
    ],
)
def test_names_are_those_of_the_frame_then_the_global_ones(line: int, expression: str, text: str) -> None:
    assert value(LOCALS, line, expression) == text


def test_within_a_comprehension_its_variable_has_a_value() -> None:
    recording, step = at(LOCALS, 11)
    found = recording.next(Landmark("write", name="k"), step)
    assert found is not None
    assert recording.evaluate(found, 1, "k") == "0"


def test_long_values_are_shown_longer_than_among_others() -> None:
    assert value(LOCALS, 12, "[i for i in range(40)]") == repr(list(range(40)))
    assert value(LOCALS, 12, "'ab' * 300") == repr("ab" * 300)
    assert value(LOCALS, 12, "[i for i in range(200)]").endswith("98, 99, ... 200 in all]")


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("print(1)", "`print` would do something in the run"),
        ("spawn(f, 1)", "`spawn` would do something in the run"),
        ("sleep(1)", "`sleep` would do something in the run"),
        ("Lock()", "`Lock` would do something in the run"),
        ("x = 3", "this is a statement, and not one expression."),
        ("x; y", "this is a statement, and not one expression."),
        ("while True: pass", "this is a statement, and not one expression."),
        ("x +", "invalid syntax"),
        ("lambda: 1", "lambda is valid Python, but not part of this language. Give the function a name: def."),
        ("", "there is no expression here."),
        ("endless()", "this takes more than 20,000 steps."),
    ],
)
def test_what_is_more_than_looking_is_refused(expression: str, why: str) -> None:
    source = f"{LOCALS}\ndef endless():\n    while True:\n        pass\n\nprint(2)\n"
    with pytest.raises(UsageError, match=re.escape(why)):
        value(source, 18, expression)


def test_a_memory_error_is_one_of_the_expression() -> None:
    assert value(LOCALS, 12, "[0] * 10 ** 9").startswith("MemoryError: ")
    assert value(LOCALS, 12, "len(z)") == "2"
