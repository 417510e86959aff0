"""A data race is between two accesses to the same value, by whatever name it is found, and to no other one like it."""

from __future__ import annotations

import pytest

import interp
from interp.explore.exploring import explore


def races(source: str) -> list[str]:
    """Return the variables of the races of a program."""
    return sorted(race.variable for race in explore(interp.compile_source(source, "test.toy")).races)


END = "s = spawn(f)\nt = spawn(g)\ns.join()\nt.join()\n"


@pytest.mark.parametrize(
    "source",
    [
        "rows = [[0] for i in range(2)]\ndef f():\n    rows[0][0] += 1\ndef g():\n    rows[1][0] += 1\n",
        "def make():\n    return {'n': 0}\na = make()\nb = make()\n"
        "def f():\n    a['n'] += 1\ndef g():\n    b['n'] += 1\n",
        "def account():\n    return [100]\naccounts = [account() for i in range(2)]\n"
        "locks = [Lock() for i in range(2)]\ndef deposit(i):\n    with locks[i]:\n        accounts[i][0] += 10\n"
        "def f():\n    deposit(0)\n    deposit(1)\ndef g():\n    deposit(1)\n    deposit(0)\n",
        "box = Queue()\ndef make(k):\n    xs = [k]\n    box.put(xs)\n    xs = [0]\n"
        "def f():\n    make(1)\n    make(2)\ndef g():\n    box.get()[0] = 1\n    box.get()[0] = 2\n",
    ],
    ids=["rows", "dicts", "accounts", "queue"],
)
def test_values_made_by_one_line_are_not_taken_for_one(source: str) -> None:
    assert races(source + END) == []


def test_a_value_that_changes_its_name_is_still_the_same() -> None:
    # What is first among the variables changes while the accesses are under way, and with it all canonical names.
    source = (
        "xs, ys = [0] * 1, [1] * 1\ndef f():\n    mine = ys\n    mine[0] = 2\n"
        "def g():\n    global xs, ys\n    theirs = ys\n    xs, ys = ys, xs\n    theirs[0] = 3\n"
    )
    assert {"xs[0]", "ys[0]"} & set(races(source + END))
    apart = source.replace("theirs = ys", "theirs = xs").replace("mine = ys", "mine = first").replace(
        "def f()", "first = ys\ndef f()", 1
    )  # fmt: skip
    assert races(apart + END) == []


def test_a_value_that_one_thread_took_and_gave_back_is_not_forgotten() -> None:
    source = (
        "rows = [[0]]\ndef f():\n    rows[0][0] = 1\n    lock.acquire()\n    lock.release()\n"
        "def g():\n    row = rows.pop()\n    rows.append(row)\n    rows[0][0] = 2\nlock = Lock()\n"
    )
    assert "rows[0][0]" in races(source + END)


def test_going_through_a_list_is_no_look_into_its_items() -> None:
    source = "rows = [[0], [0]]\ndef f():\n    rows[0][0] = 1\ndef g():\n    for row in rows:\n        {}\n"
    assert races(source.format("a, b = row, row") + END) == []
    assert races(source.format("a, b = row, len(row)") + END) == ["rows[0]"]


def test_one_list_is_named_once() -> None:
    source = "xs = []\nys = xs\ndef f():\n    xs.append(1)\ndef g():\n    print(ys, xs == [])\n"
    assert set(races(source + END)) == {"xs"}
