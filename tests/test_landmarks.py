"""Where going somewhere stops, and what is marked as changed there: small programs, walked through moment by moment."""

from __future__ import annotations

from typing import Any

import pytest

import interp
from interp.traces.recording import Recording
from interp.traces.walk import Walk


def walk_through(source: str, **settings: Any) -> Walk:
    """Record a program, and stand at its beginning."""
    program = interp.compile_source(source, "program.toy")
    return Walk(Recording(program.source, program.filename, program.code, interp.Settings(**settings)))


def place(walk: Walk) -> tuple[str, int] | None:
    """Return the function and the line that come next."""
    thread = walk.moment.next_thread
    return None if thread is None or thread.frame is None else (thread.frame.function, thread.frame.line)


def lines_come_to(walk: Walk, kind: str, name: str = "") -> list[int | None]:
    """Go to all landmarks of a kind; returns the line of the step that each stands behind."""
    found = []
    while walk.forward(kind, name=name) is None:
        row = walk.moment.executed
        found.append(None if row is None else row.line)
    return found


# --- passing over calls

CALLS = """\
def fib(n):
    if n < 2:
        return n
    a = fib(n - 1)
    return a + fib(n - 2)

def twice(n):
    x = fib(n)
    return x + fib(x)

print(twice(4))
print(1)
"""


def test_over_goes_from_line_to_line_of_one_call_and_then_of_its_caller() -> None:
    walk = walk_through(CALLS)
    seen = []
    while walk.over() is None:
        seen.append(place(walk))
    assert seen == [("<module>", 7), ("<module>", 11), ("<module>", 12), None]
    assert walk.over() == "no beginning of a line by thread 1 outside of functions after step 202"
    assert (walk.over_back(), place(walk)) == (None, ("<module>", 12))
    walk.goto(0)
    walk.search("9")
    assert place(walk) == ("twice", 9)
    assert (walk.over(), place(walk)) == (None, ("<module>", 12))
    assert (walk.over_back(2), place(walk)) == (None, ("<module>", 7))


def test_over_stays_in_its_own_call_of_a_recursion() -> None:
    walk = walk_through(CALLS)
    for _ in range(3):
        walk.search("4")
    depth = len(walk.thread.frames)
    assert (walk.over(), place(walk), len(walk.thread.frames)) == (None, ("fib", 5), depth)
    assert (walk.over(), place(walk), len(walk.thread.frames)) == (None, ("fib", 5), depth - 1)
    assert (walk.over_back(), place(walk), len(walk.thread.frames)) == (None, ("fib", 4), depth - 1)


def test_finishing_a_call_goes_behind_its_own_return() -> None:
    walk = walk_through(CALLS)
    walk.search("8")
    assert walk.over(kind="return") is None
    row = walk.moment.executed
    assert row is not None
    assert (row.line, place(walk)) == (9, ("<module>", 11))


def test_over_is_about_one_thread_while_others_run() -> None:
    source = "def work(n):\n    for i in range(n):\n        print(i)\nt = spawn(work, 3)\nwork(2)\nt.join()\n"
    walk = walk_through(source, interval=3)
    walk.search("5")
    number = walk.thread.number
    lines = []
    while walk.over() is None and walk.thread.frames:
        lines.append((walk.thread.number, place(walk)))
    assert lines == [(number, ("<module>", 6))]
    assert walk.step == walk.recording.steps


# --- writes


def test_a_call_writes_the_parameters_of_what_it_calls() -> None:
    walk = walk_through("def f(n):\n    m = n\n    n = 2\n    return m\nf(1)\nf(3)\n")
    assert lines_come_to(walk, "write", "n") == [1, 3, 1, 3]


CROSSED = """\
a = Lock()
b = Lock()
def work(first, second):
    first.acquire()
    sleep(100)
    second.acquire()
for pair in [(a, b), (b, a)]:
    spawn(work, pair[0], pair[1])
"""


def test_a_lock_that_is_waited_for_is_not_written() -> None:
    walk = walk_through(CROSSED)
    assert walk.recording.result.outcome == "deadlock"
    assert lines_come_to(walk, "write", "a") == [1, 4]


def test_a_lock_is_written_when_the_wait_for_it_is_over() -> None:
    source = "a = Lock()\ndef f():\n    with a:\n        sleep(100)\nspawn(f)\nsleep(50)\na.acquire()\n"
    walk = walk_through(source)
    stops = []
    while walk.forward("write", name="a") is None:
        held = next(shown.text for shown in walk.moment.objects if "a" in shown.names)
        stops.append(held.partition(";")[0])
    assert stops == ["free", "held by thread 2", "free", "held by thread 1"]


def test_a_full_queue_is_written_when_there_is_room() -> None:
    source = "q = Queue(1)\ndef f():\n    q.put(1)\n    q.put(2)\nt = spawn(f)\nsleep(200)\nq.get()\nt.join()\n"
    walk = walk_through(source)
    stops = []
    while walk.forward("write", name="q") is None:
        stops.append(next(shown.text for shown in walk.moment.objects if "q" in shown.names).partition(";")[0])
    assert stops == ["[] (0 of 1)", "[1] (1 of 1)", "[] (0 of 1)", "[2] (1 of 1)"]


@pytest.mark.parametrize("use", ["t.join()", "e.wait()", "e.is_set()", "q.qsize()", "len(xs)", "xs.index(1)"])
def test_looking_and_waiting_write_nothing(use: str) -> None:
    source = f"e = Event()\nq = Queue()\nxs = [1]\nt = spawn(len, xs)\ne.set()\n{use}\n"
    walk = walk_through(source)
    assert 6 not in lines_come_to(walk, "write", use.partition(".")[0] if "." in use else "xs")


# --- exceptions and breakpoints


def test_an_exception_is_come_to_where_it_is_raised_and_not_where_it_passes() -> None:
    source = """\
def inner():
    try:
        return [][1]
    finally:
        print("leaving")

def outer():
    try:
        inner()
    finally:
        print("leaving, too")

try:
    outer()
except IndexError:
    raise ValueError
"""
    assert lines_come_to(walk_through(source), "error") == [3, 16]


def test_of_several_breakpoints_the_one_is_told_that_was_come_to() -> None:
    walk = walk_through("x = 1\nx = 2\nx = 3\n")
    walk.lines = {1, 2, 3}
    assert walk.run_on() == "a breakpoint (line 2)"
    assert walk.run_on() == "a breakpoint (line 3)"
    assert walk.run_back() == "a breakpoint (line 2)"


def test_a_variable_that_is_called_like_a_landmark_is_found() -> None:
    walk = walk_through("x = 1\nlock = 2\n")
    assert walk.search("lock") is None
    assert walk.moment.executed is not None
    assert walk.moment.executed.instruction == "STORE_NAME lock"


# --- what has changed


def marks(walk: Walk, line: int) -> set[str]:
    """Return the names of the objects that are marked behind any step of a line."""
    moments = [walk.recording.moment(step) for step in range(1, walk.recording.steps + 1)]
    of_line = [moment for moment in moments if moment.executed is not None and moment.executed.line == line]
    return {shown.names[0] for moment in of_line for shown in moment.objects if shown.changed}


@pytest.mark.parametrize(
    ("source", "line", "marked"),
    [
        ("xs = [9]\nother = xs\ndel xs\n", 3, set()),
        ("a = [1]\nb = [2]\na, b = b, a\n", 3, set()),
        ("def f():\n    ys = [1]\n    return ys\nxs = f()\n", 3, set()),
        ("xs = list(range(1000))\nxs[500] = 3\n", 2, {"xs"}),
        ("xs = list(range(1000))\nxs.reverse()\n", 2, {"xs"}),
        ("xs = [1]\nys = [2]\n", 2, {"main: stack"}),
    ],
)
def test_an_object_is_marked_if_it_is_new_or_written(source: str, line: int, marked: set[str]) -> None:
    assert marks(walk_through(source), line) == marked


@pytest.mark.parametrize("change", ["xs[500] = 3", "del xs[500]", "xs.reverse()", "xs.sort(reverse=True)"])
def test_a_change_that_the_text_does_not_show_is_marked_at_the_variable_too(change: str) -> None:
    source = f"def f():\n    ys = xs\n    {change.replace('xs', 'ys')}\nxs = list(range(1000))\nzs = [0]\nf()\n"
    walk = walk_through(source)
    assert walk.search("write ys") is None
    assert walk.search("write ys") is None
    variables = {value.name: value.changed for value in walk.moment.processes[0].variables}
    assert (variables["xs"], variables["zs"]) == (True, False)
    frame = walk.moment.thread(1).frame
    assert frame is not None
    assert [(value.name, value.changed) for value in frame.variables] == [("ys", True)]
    assert {shown.names[0]: shown.changed for shown in walk.moment.objects}["zs"] is False


def test_marks_can_be_had_since_an_earlier_moment() -> None:
    walk = walk_through("xs = list(range(1000))\nother = xs\ny = 0\nxs[500] = 3\ny = 1\nz = 2\n")
    walk.search("4")
    start = walk.step
    walk.search("6")
    moment = walk.recording.moment(walk.step, since=start)
    assert {value.name for value in moment.processes[0].variables if value.changed} == {"xs", "other", "y"}
