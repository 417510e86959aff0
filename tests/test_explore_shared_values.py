"""Values that become shared in unusual ways: the explorer finds what it finds without its reduction.

A list is a thread's own business until others can reach it. Each of these programs hands one on in a way that is easy
to overlook, and two threads then change it, or what hangs on it, without any order.
"""

from __future__ import annotations

import pytest

import interp
from interp.explore.exploring import explore

MANY_WAYS = {
    "through a tuple in a dict": """
        box = {}
        def give():
            xs = [0]
            box["pair"] = (1, xs)
            xs[0] = xs[0] + 1
        def take():
            if "pair" in box:
                ys = box["pair"][1]
                ys[0] = ys[0] + 10
        """,
    "through a default argument": """
        def note(item, seen=[]):
            seen.append(item)
            return len(seen)
        def give():
            note("a")
        def take():
            if note("b") == 1:
                print("first")
        """,
    "through an exception's arguments": """
        box = [None]
        def give():
            xs = [0]
            try:
                raise ValueError(xs)
            except ValueError as error:
                box[0] = error
            xs[0] = xs[0] + 1
        def take():
            if box[0] is not None:
                print(str(box[0]))
        """,
    "through a queue": """
        queue = Queue()
        def give():
            xs = [0]
            queue.put(xs)
            xs[0] = xs[0] + 1
        def take():
            ys = queue.get()
            ys[0] = ys[0] * 2 + 5
            print(ys[0])
        """,
    "an iterator of two threads": """
        numbers = enumerate([1, 2])
        def give():
            for n in numbers:
                print(n)
        def take():
            for n in numbers:
                print(n[1] * 10)
        """,
    "an iterator within an iterator": """
        pairs = [None]
        def give():
            xs = reversed([1, 2])
            pairs[0] = zip(xs, [7, 8])
            for x in xs:
                print(x)
        def take():
            if pairs[0] is not None:
                print(list(pairs[0]))
        """,
    "a bound method": """
        def add(method, item):
            method(item)
        def give():
            xs = []
            task = spawn(add, xs.append, 1)
            xs.append(2)
            task.join()
            print(xs)
        def take():
            pass
        """,
    "a bound method in a variable": """
        put = None
        def give():
            global put
            xs = []
            put = xs.append
            xs.append(1)
            print(len(xs))
        def take():
            if put is not None:
                put(2)
        """,
    "the lock of a condition": """
        lock = Lock()
        condition = Condition(lock)
        count = 0
        def give():
            global count
            with lock:
                count = count + 1
        def take():
            global count
            with condition:
                count = count * 2
                print(count)
        """,
    "a result that two threads join": """
        def make():
            return [0]
        made = spawn(make)
        def give():
            xs = made.join()
            xs[0] = xs[0] + 1
        def take():
            ys = made.join()
            ys[0] = ys[0] + 10
            print(ys[0])
        """,
    "a variable that is deleted": """
        xs = [0]
        def give():
            global xs
            ys = xs
            del xs
            ys[0] = ys[0] + 1
        def take():
            try:
                xs[0] = xs[0] + 10
                print(xs[0])
            except NameError:
                print("gone")
        """,
    "one exception raised in two threads": """
        trouble = ValueError("once")
        def give():
            try:
                raise trouble
            except ValueError:
                pass
        def take():
            try:
                raise trouble
            except ValueError as error:
                print(error is trouble, error.args)
        """,
    "an exception that is raised while another is handled": """
        trouble = ValueError([0])
        def give():
            try:
                [][0]
            except IndexError:
                try:
                    raise trouble
                except ValueError as error:
                    error.args[0].append(1)
        def take():
            try:
                raise trouble
            except ValueError as error:
                print(error.args[0])
        """,
    "a list that swaps places with another": """
        a = [1]
        b = [2]
        def give():
            global a, b
            a, b = b, a
            a.append(3)
        def take():
            a.append(4)
            print(a, b)
        """,
    "a list in a list that is a thread's own no more": """
        def give():
            inner = []
            outer = [inner]
            box.append(outer)
            inner.append(1)
        def take():
            if box:
                print(len(box[0][0]))
        box = []
        """,
    "the view of a dict": """
        views = [None]
        def give():
            d = {1: 2}
            views[0] = d.values()
            d[3] = 4
        def take():
            if views[0] is not None:
                print(list(views[0]))
        """,
}


def dedented(text: str) -> str:
    """Return a text without the indentation of its first line."""
    lines = text.strip("\n").splitlines()
    width = len(lines[0]) - len(lines[0].lstrip())
    return "".join(f"{line[width:]}\n" for line in lines)


@pytest.mark.parametrize("way", MANY_WAYS)
def test_nothing_is_lost_however_a_value_becomes_shared(way: str) -> None:
    source = dedented(MANY_WAYS[way]) + "spawn(give)\nspawn(take)\n"
    program = interp.compile_source(source, "test.toy")
    reduced = explore(program)
    whole = explore(program, reduction=False)
    assert reduced.complete
    assert whole.complete
    assert reduced.states < whole.states
    assert [(one.kind, one.output, one.error, one.preemptions, one.schedules) for one in sorted_outcomes(reduced)] == [
        (one.kind, one.output, one.error, one.preemptions, one.schedules) for one in sorted_outcomes(whole)
    ]


def sorted_outcomes(found: interp.Exploration) -> list[interp.Outcome]:
    """Return the outcomes in an order of their own."""
    return sorted(found.outcomes, key=lambda one: (one.kind, one.output, str(one.error), str(one.stuck)))
