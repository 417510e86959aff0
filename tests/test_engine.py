"""Steps and quick forms do the same: which of the two ran can be told by nothing but a stopwatch.

Every program of the repository, and random ones, run twice: once with all code made quick after its
first steps, once with none ever. Small intervals make the quick forms stop at every place where they can.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from interp.cli import settings_from_arguments
from interp.expectations import read_expectations, toy_files
from interp.machine.switch_points import SWITCH_RULES
from interp.scheduling.events import Event
from interp.scheduling.result import Result
from tests.concurrent_generator import concurrent_programs
from tests.generator import programs
from tests.watching import NEVER, run, warm_after, watch

ROOT = Path(__file__).parent.parent
PROGRAMS = toy_files(ROOT / "programs") + toy_files(ROOT / "tests" / "programs")
INTERVALS = (1, 2, 3, 7)
RULES = tuple(SWITCH_RULES)
MOST_STEPS = 6_000

EARLY = 3
"""Code is made quick after so many steps. (With fewer, the two instructions that `spawn(print)` stands for would be.
They begin with a full operand stack, and run once.)"""

quietly = settings(max_examples=40)


def by_steps_and_quickly(source: str, **chosen: Any) -> list[tuple[Result, list[Event]]]:
    """Run a program in both ways."""
    found = []
    for warm in (NEVER, EARLY):
        with warm_after(warm):
            found.append(watch(source, **chosen))
    return found


def check_same(source: str, **chosen: Any) -> Result:
    """Hold both ways of running a program against each other; returns the result."""
    (steps, step_events), (quick, quick_events) = by_steps_and_quickly(source, **chosen)
    assert quick == steps
    assert quick_events == step_events
    return quick


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_of_the_repository_runs_the_same_by_steps_and_quickly(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    own = settings_from_arguments(read_expectations(source).settings)
    check_same(source, mode=own.mode, lock=own.lock, interval=own.interval, max_steps=MOST_STEPS)
    # A row of combinations per program; over all programs every pair of rule and interval occurs often.
    number = PROGRAMS.index(path)
    for offset in range(2):
        rule = RULES[(number + offset) % len(RULES)]
        interval = INTERVALS[(number // len(RULES) + offset) % len(INTERVALS)]
        check_same(source, mode=own.mode, interval=interval, switch_points=rule, max_steps=1500 + number)


@quietly
@given(programs(), st.sampled_from(RULES), st.sampled_from(INTERVALS))
def test_a_random_program_runs_the_same_by_steps_and_quickly(text: str, rule: str, interval: int) -> None:
    note(text)
    # Another thread that only counts makes the first one stop wherever the rule lets it.
    rival = "def rival():\n    n = 0\n    while n < 300:\n        n += 1\nspawn(rival)\n"
    check_same(rival + text, switch_points=rule, interval=interval, max_steps=10_000)


@quietly
@given(
    concurrent_programs(),
    st.sampled_from(RULES),
    st.sampled_from(INTERVALS),
    st.sampled_from(["threads", "processes"]),
    st.sampled_from(["python3.13", "free-threaded"]),
)
def test_a_random_concurrent_program_runs_the_same_by_steps_and_quickly(
    text: str, rule: str, interval: int, mode: str, lock: str
) -> None:
    note(text)
    check_same(text, switch_points=rule, interval=interval, mode=mode, lock=lock, cores=2)


MIXED = """
counter = 0
names = {}

def one(x, by=1):
    return x + by

def fall(n):
    if n == 0:
        raise ValueError("deep", n)
    return fall(n - 1) + 1

def work(number):
    global counter
    for k in range(6):
        try:
            with guard:
                counter = one(counter)
                names[k] = [a * b for a in range(3) for b in range(2) if a != b]
            if k % 3 == 2:
                fall(k)
        except ValueError as e:
            print(current(), e.args, f"{k:>{number + 2}}|{names[k]!r}")
        else:
            a, (b, c) = k, (number, counter)
            names["sum"] = a + b + c if a < b else -c
        finally:
            k2 = k
            while k2 > 0:
                k2 -= 1
                if k2 == 1:
                    break
            else:
                continue
    return k and number or counter

guard = Lock()
tasks = [spawn(work, 1), spawn(work, 2)]
print([task.join() for task in tasks], sorted([k for k in names if isinstance(k, int)]))
print(undefined)
"""


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("interval", INTERVALS)
def test_a_program_with_everything_in_it_runs_the_same_under_each_rule(rule: str, interval: int) -> None:
    result = check_same(MIXED, switch_points=rule, interval=interval)
    assert result.error is not None
    assert (result.error.type, result.error.line) == ("NameError", 40)
    assert result.switches > 10 or not SWITCH_RULES[rule].after


@settings(max_examples=60)
@given(st.integers(1, 3000), st.sampled_from(RULES), st.sampled_from([3, 50]))
def test_a_run_cut_at_any_step_is_the_same(most: int, rule: str, interval: int) -> None:
    result = check_same(MIXED, switch_points=rule, interval=interval, max_steps=most)
    if result.outcome == "limit":
        assert result.steps == most


def test_a_run_with_a_limit_is_the_beginning_of_the_run_without() -> None:
    source = "total = 0\nfor n in range(2000):\n    total = total + n\nprint(total)\n"
    with warm_after(EARLY):
        whole = run(source)
        for most in (1, 999, 1000, 1001, 5000, whole.steps - 1):
            cut = run(source, max_steps=most)
            assert (cut.outcome, cut.steps, cut.ticks) == ("limit", most, most)
        assert run(source, max_steps=whole.steps).outcome == "ok"


@pytest.mark.parametrize("rule", RULES)
def test_memory_runs_out_at_the_same_place(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is needed stands on the operand stack in part, which quick forms keep in variables of their own.
    monkeypatch.setattr("interp.machine.state.MEMORY_LIMIT", 2**26)
    monkeypatch.setattr("interp.machine.state.MEASURE_AFTER", 2**21)
    source = (
        "full = []\n"
        "for k in range(40):\n"
        "    try:\n"
        "        full.append(str(k) * 2**20 + 'x' * 2**20)\n"
        "        pair = ['a' * 2**22 + 'b', 'c' * 2**22 + 'd', ('e' * 2**22)[1:]]\n"
        "        pair = f\"{'a' * 2**22}\" + 'bcd' + ('e' * 2**22 + f\"{'f' * 2**22}{'g' * 2**22:>3}\")\n"
        "        pair = 'a' * 2**22 + str(['b' * 2**22])[1:]\n"
        "        full[:0] = [full[-1][3:]]\n"
        "    except MemoryError as e:\n"
        "        print(k, e)\n"
    )
    result = check_same(source, switch_points=rule)
    assert "need more than" in result.output
