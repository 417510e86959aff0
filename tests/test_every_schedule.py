"""What the explorer says of a program is what all its schedules say, tried one by one.

Outcomes, the fewest preemptions and switches to each, how many schedules end so, how many states there are, loops
without an end and threads that wait busily: `every_schedule.py` finds them out by other means. Some programs are
written by hand, others at random; `python -m tests.fuzz --schedules` tries thousands of those.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, note
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import interp
from interp.explore.exploring import explore
from interp.scheduling.schedule import format_schedule
from tests.every_schedule import (
    end_of,
    found_by_explorer,
    schedules_one_by_one,
    what_differs,
)
from tests.tiny_generator import tiny_program_from_seed, tiny_programs

TINIEST = [
    "x = 0\ndef f():\n    global x\n    x += 1\nt = spawn(f)\nx += 1\nprint(x)\n",
    "x = 0\ndef f():\n    global x\n    x = 1\nspawn(f)\nprint(x)\n",
    "a = Lock()\ndef f():\n    a.acquire()\nspawn(f)\na.acquire()\nprint(1)\n",
    "e = Event()\ndef f():\n    print(1)\n    e.set()\nspawn(f)\ne.wait()\nprint(2)\n",
    "def f():\n    return [] + 1\nt = spawn(f)\nprint(0)\nt.join()\n",
]

TINY = [
    "a = Lock()\ndef f():\n    a.acquire()\n    a.acquire()\nspawn(f)\nprint(a.locked())\n",
    "q = Queue()\ndef f():\n    q.put(1)\nspawn(f)\nprint(q.empty(), q.get())\n",
    "xs = [1]\ndef f():\n    xs.append(2)\nspawn(f)\nfor x in xs:\n    0\nprint(x)\n",
    "d = {}\ndef f():\n    print(d)\nspawn(f)\nys = [1]\nd[0] = ys\nys.append(2)\n",
    "xs = []\ndef f():\n    for x in xs:\n        0\nt = spawn(f)\nprint(xs)\nxs[0] = 1\n",
    "xs = []\nc = Condition()\ndef f():\n    c.notify()\nt = spawn(f)\nprint(0)\n",
    "xs = [1, 2, 3]\ndef f():\n    xs.pop()\n    xs.pop()\nspawn(f)\nfor x in reversed(xs):\n    x\nprint(x)\n",
    "xs = [1, 2]\ndef f():\n    xs.clear()\n    xs.extend([3, 4])\nspawn(f)\nfor x in enumerate(xs):\n    print(x)\n",
    "d = {1: 2}\ndef f():\n    d[2] = 0\nspawn(f)\nfor x in zip(d.values(), enumerate(d)):\n    print(x)\n",
    "d = {1: 2, 2: 3}\ndef f():\n    d.pop(2)\nspawn(f)\nfor x in reversed(d.items()):\n    print(x)\n",
    "d = {1: 0}\ndef f():\n    d[True] = d[1] + 1\nt = spawn(f)\nd[1.0] = d[1] + 2\nt.join()\nprint(d)\n",
    "d = {(0, 1): 0}\ndef f():\n    d[False, 1.0] = 1\nt = spawn(f)\nd[-0.0, 1] = 2\nt.join()\nprint(d)\n",
]

WITHOUT_END = [
    "x = 0\ndef f():\n    while x == 0:\n        pass\n    print(1)\nspawn(f)\nx = 1\n",
    "x = 0\ndef f():\n    global x\n    while x < 2:\n        x = 1\nspawn(f)\nx = 2\n",
    "x = 0\ndef f():\n    while x == 0:\n        sleep(1)\nspawn(f)\nx = 1\nprint(x)\n",
    "x = 0\ndef f():\n    return x[0]\nspawn(f)\nsleep(1)\nwhile x < 2:\n    x = 1\n",
    "x = y = 1\ndef f():\n    global y\n    while x:\n        y = 0\n        y = 1\nspawn(f)\n"
    "while y:\n    x = 0\n    x = 1\n",
]


@pytest.mark.parametrize("source", TINIEST)
def test_outcomes_and_preemptions_are_those_of_all_schedules_run_one_by_one(source: str) -> None:
    program = interp.compile_source(source, "test.toy")
    found: dict[object, int] = {}
    for order, preemptions in schedules_one_by_one(program):
        end = end_of(program, format_schedule(order))
        found[end] = min(preemptions, found.get(end, preemptions))
    by_explorer = found_by_explorer(program, explore(program))
    assert found == {end: preemptions for end, (preemptions, _) in by_explorer.costs.items()}


@pytest.mark.parametrize("source", TINIEST + TINY + WITHOUT_END)
def test_a_program_written_by_hand_is_explored_like_every_schedule_of_it(source: str) -> None:
    assert what_differs(source) == ""


@hypothesis_settings(
    max_examples=16,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(source=tiny_programs(), mode=st.sampled_from(["threads", "threads", "processes"]))
def test_a_random_program_is_explored_like_every_schedule_of_it(source: str, mode: str) -> None:
    note(source)
    told = what_differs(source, mode, most=300)
    assume(told is not None)
    assert told == ""


@pytest.mark.parametrize("seed", [13, 18, 21, 30, 35, 41, 58])
def test_a_program_that_can_end_in_several_ways_is_explored_like_every_schedule_of_it(seed: int) -> None:
    assert what_differs(tiny_program_from_seed(seed)) == "", (
        f"python -m tests.fuzz --schedules --first {seed} --count 1"
    )


@pytest.mark.parametrize("change", ["d[2] = 0\n    del d[1]", "d.clear()\n    d[2] = 0"])
def test_a_loop_over_a_dict_whose_keys_were_exchanged_is_not_followed_and_that_is_said(change: str) -> None:
    """Python leaves open what it yields: CPython raises an error after the one change, and not after the other."""
    program = interp.compile_source(f"d = {{1: 2}}\ndef f():\n    {change}\nspawn(f)\nfor x in d:\n    print(x)\n")
    found = explore(program)
    assert (found.complete, found.stopped) == (False, "dict")
    assert {(one.kind, one.output) for one in found.outcomes} >= {("ok", "1\n"), ("ok", "2\n"), ("error", "1\n")}


def test_random_programs_end_in_every_way_and_many_in_several() -> None:
    few = interp.Settings(switch_points="every", max_steps=5_000)  # some of them print without an end
    found = [
        explore(interp.compile_source(tiny_program_from_seed(seed), "tiny.toy"), few, max_states=500)
        for seed in range(60)
    ]
    complete = [one for one in found if one.complete]
    assert len(complete) >= 45
    assert {outcome.kind for one in complete for outcome in one.outcomes} == {"ok", "error", "deadlock", "endless"}
    assert sum(len(one.outcomes) > 1 for one in complete) >= 15
    assert sum(bool(one.busy_waits) for one in complete) >= 2
