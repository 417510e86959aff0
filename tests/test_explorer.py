"""The explorer finds everything that can happen and nothing else; what it shows can be run; what it leaves out it says.

It is compared with counts that were made elsewhere (`explore_cases.json`, of which the sources stand in each case),
with itself without its reduction, and with ordinary runs, whose ends must all be among those that it found. That it
agrees with every schedule of tiny programs, tried one by one, is shown by `test_every_schedule.py`.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import interp
from interp.expectations import as_outcome, read_expectations, toy_files
from interp.explore import findings, races
from interp.explore.exploring import explore
from interp.explore.story import tell_story
from interp.language.errors import InterpFault, UsageError
from interp.scheduling.schedule import parse_schedule
from tests.concurrent_generator import concurrent_program_from_seed

ROOT = Path(__file__).parent.parent
CASES = json.loads((ROOT / "tests" / "explore_cases.json").read_text(encoding="utf-8"))["cases"]


UNCOUNTED = {"readers_8", "lastzero_5"}
"""Nine and seven threads that each do much alone: their positions are counted one by one, and are too many."""


def explored(source: str, **options: Any) -> interp.Exploration:
    """Explore the text of a program."""
    settings = options.pop("settings", None)
    return explore(interp.compile_source(source, "test.toy"), settings, **options)


def ends(found: interp.Exploration) -> dict[tuple[str, str, str], int]:
    """Return what tells outcomes apart, with the fewest preemptions to each."""
    return {
        (outcome.kind, outcome.output, f"{outcome.error} {outcome.stuck}"): outcome.preemptions
        for outcome in found.outcomes
    }


def counts(found: interp.Exploration) -> dict[tuple[str, str, str], int | None]:
    """Return what tells outcomes apart, with the number of schedules to each."""
    return {
        (outcome.kind, outcome.output, f"{outcome.error} {outcome.stuck}"): outcome.schedules
        for outcome in found.outcomes
    }


# --- known answers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_outcomes_preemptions_and_races_are_those_counted_elsewhere(case: dict[str, Any]) -> None:
    found = explored(case["program"])
    fewest: dict[tuple[str, str | None], int] = {}
    for outcome in found.outcomes:
        key = (outcome.kind, outcome.output if outcome.kind == "ok" else None)
        fewest[key] = min(outcome.preemptions, fewest.get(key, outcome.preemptions))
    assert found.complete
    assert fewest == {(one["kind"], one["output"]): one["fewest_preemptions"] for one in case["outcomes"]}
    assert sorted({race.variable for race in found.races}) == case["data_races"]
    assert (found.schedules is not None) is (case["id"] not in UNCOUNTED)


@pytest.mark.parametrize(
    ("threads", "times", "schedules", "states", "outcomes"),
    [
        (2, 1, 70, 32, {1: 68, 2: 2}),
        (2, 2, 12_870, 193, {2: 11_552, 3: 1_312, 4: 6}),
        (2, 5, 137_846_528_820, 5_941, None),
        (3, 2, 9_465_511_770, 6_762, None),
    ],
)
def test_threads_that_add_one_have_the_states_and_schedules_of_the_textbook(
    threads: int, times: int, schedules: int, states: int, outcomes: dict[int, int] | None
) -> None:
    found = interp.explore_threads(["x = x + 1\n" * times] * threads, {"x": 0})
    assert (found.schedules, found.states) == (schedules, states)
    counted = {int(outcome.output.removeprefix("x = ")): outcome.schedules for outcome in found.outcomes}
    assert sorted(counted) == list(range(2, threads * times + 1)) or (times == 1 and sorted(counted) == [1, 2])
    if outcomes is not None:
        assert counted == outcomes


@pytest.mark.parametrize(("times", "digits"), [(1, 9), (5, 33)])
def test_schedules_of_a_whole_program_are_counted(times: int, digits: int) -> None:
    source = f"x = 0\ndef f():\n    global x\n    for i in range({times}):\n        x = x + 1\n"
    found = explored(f"{source}s = spawn(f)\nt = spawn(f)\ns.join()\nt.join()\nprint(x)\n")
    assert found.schedules is not None
    assert sum(outcome.schedules or 0 for outcome in found.outcomes) == found.schedules
    assert len(str(found.schedules)) >= digits


def test_schedules_of_one_thread_are_one_however_long_it_runs() -> None:
    assert explored("x = 0\nfor i in range(3000):\n    x += i\nprint(x)\n").schedules == 1


# --- with and without reduction; ordinary runs --------------------------------------------------------------

RULES = [None, interp.Settings(), interp.Settings(lock="python3.9"), interp.Settings(lock="cooperative")]


@pytest.mark.parametrize("seed", range(16))
def test_the_reduction_loses_nothing(seed: int) -> None:
    source = concurrent_program_from_seed(seed)
    for settings in RULES:
        reduced = explored(source, settings=settings, max_states=150)
        whole = explored(source, settings=settings, max_states=1_500, reduction=False)
        if reduced.complete and whole.complete:
            assert ends(reduced) == ends(whole)
            if reduced.schedules is not None:
                assert counts(reduced) == counts(whole)


@hypothesis_settings(max_examples=20)
@given(
    seed=st.integers(0, 10_000),
    mode=st.sampled_from(["threads", "processes"]),
    lock=st.sampled_from(list(interp.LOCKS)),
    interval=st.integers(1, 40),
    draws=st.integers(0, 99),
)
def test_an_ordinary_run_ends_as_one_of_the_outcomes(
    seed: int, mode: str, lock: str, interval: int, draws: int
) -> None:
    source = concurrent_program_from_seed(seed)
    note(source)
    program = interp.compile_source(source, "test.toy")
    settings = interp.Settings(mode=mode, lock=lock, interval=interval, seed=draws)
    found = explore(program, settings, max_states=500)
    if found.complete:
        result = interp.run(program, settings)
        assert (result.outcome, result.output) in {(outcome.kind, outcome.output) for outcome in found.outcomes}


@pytest.mark.parametrize("seed", range(30, 42))
@pytest.mark.parametrize("mode", ["threads", "processes"])
def test_a_witness_gives_its_outcome_with_its_preemptions(seed: int, mode: str) -> None:
    program = interp.compile_source(concurrent_program_from_seed(seed), "test.toy")
    for outcome in explore(program, interp.Settings(mode=mode), max_states=300).outcomes:
        for lock in ("python3.13", "free-threaded"):
            result = interp.run(program, interp.Settings(mode=mode, lock=lock, schedule=outcome.witness))
            assert (result.outcome, result.output, result.error) == (outcome.kind, outcome.output, outcome.error)
            assert result.stuck == outcome.stuck
        if outcome.kind != "deadlock":
            assert len(parse_schedule(outcome.witness)) - 1 == outcome.switches


# --- what tells outcomes apart ------------------------------------------------------------------------------


def errors(found: interp.Exploration) -> list[list[str]]:
    """Return the errors of each outcome, as type and message."""
    return sorted([f"{error.type}: {error.message}" for error in outcome.errors] for outcome in found.outcomes)


def test_errors_that_hold_different_lists_are_different_outcomes() -> None:
    source = "xs = []\ndef f(k):\n    xs.append(k)\na = spawn(f, 1)\nb = spawn(f, 2)\na.join()\nb.join()\n"
    assert errors(explored(source + "raise ValueError(xs)\n")) == [["ValueError: [1, 2]"], ["ValueError: [2, 1]"]]


@pytest.mark.parametrize("line", ["raise ValueError(xs)", "raise error"])
def test_an_error_shows_a_list_as_it_was_when_its_thread_ended(line: str) -> None:
    source = f"xs = []\nerror = ValueError(xs)\ndef f():\n    {line}\ndef g():\n    xs.append(1)\nspawn(f)\nspawn(g)\n"
    found = explored(source)
    assert errors(found) == [["ValueError: [1]"], ["ValueError: []"]]
    assert [race.variable for race in found.races] == ["xs"]
    for outcome in found.outcomes:
        result = interp.run(interp.compile_source(source), interp.Settings(schedule=outcome.witness))
        assert result.report.endswith(f"ValueError: {outcome.errors[0].message}\n")
    joined = explored(source.replace("spawn(f)", "task = spawn(f)") + "task.join()\n")
    assert errors(joined) == [["ValueError: [1]"], ["ValueError: []"]]


def test_an_error_that_is_caught_shows_nothing() -> None:
    source = "xs = []\ndef f():\n    try:\n        raise error\n    except ValueError:\n        print(1)\n"
    found = explored(f"{source}def g():\n    xs.append(1)\nerror = ValueError(xs)\nspawn(f)\nspawn(g)\n")
    assert len(found.outcomes) == 1
    assert found.races == ()


def test_all_threads_that_fail_are_told() -> None:
    found = explored(
        "xs = []\ndef f(k):\n    xs.append(k)\n    if len(xs) == 2:\n        raise ValueError(tuple(xs))\n"
        "spawn(f, 1)\nspawn(f, 2)\n"
    )
    told = sorted((*[error.thread for error in one.errors], one.errors[0].message) for one in found.outcomes)
    assert told == [("f-2", "(2, 1)"), ("f-2", "f-3", "(1, 2)"), ("f-2", "f-3", "(2, 1)"), ("f-3", "(1, 2)")]


def test_deadlocks_are_told_apart_by_what_is_waited_for() -> None:
    lock = (
        "a = Lock()\nb = Lock()\npick = 0\ndef f():\n    x = a\n    if pick == 1:\n        x = b\n"
        "    x.acquire()\n    x.acquire()\ndef g():\n    global pick\n    pick = 1\nspawn(f)\nspawn(g)\n"
    )
    queue = (
        "qs = [Queue(), Queue()]\nw = 0\ndef f():\n    qs[w].get()\n"
        "def g():\n    global w\n    w = 1\nspawn(f)\nspawn(g)\n"
    )
    for source, names in ((lock, ["lock a", "lock b"]), (queue, ["an item of queue qs[0]", "an item of queue qs[1]"])):
        assert sorted(outcome.stuck[0].waits_for for outcome in explored(source).outcomes) == names


# --- locks and modes ----------------------------------------------------------------------------------------

COUNTER = """
counter = 0
def add():
    global counter
    for _ in range(2):
        counter += 1
tasks = [spawn(add), spawn(add)]
for task in tasks:
    task.join()
print(counter)
"""


@pytest.mark.parametrize(
    ("lock", "outputs"),
    [("python3.13", ["4"]), ("python3.10", ["4"]), ("python3.9", ["2", "3", "4"]), ("cooperative", ["4"])],
)
def test_a_lock_has_its_own_truth_about_plus_equals(lock: str, outputs: list[str]) -> None:
    found = explored(COUNTER, settings=interp.Settings(lock=lock))
    assert sorted(as_outcome(outcome.output) for outcome in found.outcomes) == outputs


def test_processes_share_no_variables() -> None:
    found = explored(COUNTER, settings=interp.Settings(mode="processes"))
    assert [outcome.output for outcome in found.outcomes] == ["0\n"]
    assert found.races == ()


def test_garbage_and_the_order_of_allocation_make_no_new_states() -> None:
    def loop(body: str) -> int:
        text = f"x = 0\ndef f():\n    while x == 0:\n        {body}\ndef g():\n    global x\n    x = 1\n"
        return explored(text + "spawn(f)\nspawn(g)\n").states

    assert loop("pass") == loop("xs = [1, [2]]") == loop("[k for k in range(3)]")


def test_locks_that_nobody_has_any_more_make_no_new_states_unless_their_numbers_are_shown() -> None:
    def loop(after: str) -> interp.Exploration:
        text = f"x = 0\ndef f():\n    while x == 0:\n        a = Lock()\n    {after}\ndef g():\n    global x\n"
        return explored(text + "    x = 1\nspawn(f)\nspawn(g)\n", max_states=60)

    found = loop("print(a is not None)")
    assert found.complete
    assert [(wait.thread, wait.lines) for wait in found.busy_waits] == [("f-2", (3, 4))]
    assert loop("print(a)").stopped == "states"  # a schedule can print any number
    shown = explored("def f():\n    for _ in range(3):\n        a = Lock()\n    print(a)\nspawn(f)\n")
    assert [outcome.output for outcome in shown.outcomes] == ["<lock 3>\n"]


def test_a_lock_of_its_own_for_each_round_protects_nothing() -> None:
    body = "    for _ in range(2):\n        own = Lock()\n        with own:\n            x += 1\n"
    found = explored(f"x = 0\ndef f():\n    global x\n{body}s = spawn(f)\nt = spawn(f)\ns.join()\nt.join()\nprint(x)\n")
    assert {outcome.output for outcome in found.outcomes} == {"2\n", "3\n", "4\n"}
    assert {race.variable for race in found.races} == {"x"}


# --- races and locks ----------------------------------------------------------------------------------------


def test_a_race_names_threads_lines_and_the_lock_of_one_side() -> None:
    source = (
        "a = Lock()\nx = 0\ndef f():\n    global x\n    with a:\n        x = 1\n"
        "def g():\n    print(x)\nspawn(f)\nspawn(g)\n"
    )
    found = explored(source)
    assert [race.variable for race in found.races] == ["x"]
    first, second = found.races[0].accesses
    assert (first.thread, first.line, first.kind, first.locks) == ("f-2", 6, "write", ("a",))
    assert (second.thread, second.line, second.kind, second.locks) == ("g-3", 8, "read", ())


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("event", "e = Event()", ("e.set()", "e.wait()")),
        ("queue", "e = Queue()", ("e.put(0)", "e.get()")),
        ("semaphore", "e = Semaphore(0)", ("e.release()", "e.acquire()")),
        ("barrier", "e = Barrier(2)", ("e.wait()", "e.wait()")),
        ("join", "e = 0", ("pass", "t.join()")),
    ],
)
def test_what_synchronisation_orders_is_no_race(name: str, before: str, after: tuple[str, str]) -> None:
    text = (
        f"{before}\nx = 0\ndef f():\n    global x\n    x = 1\n    {after[0]}\n"
        "def g():\n    global x\n    {}\n    x = 2\n"
        "t = spawn(f)\nspawn(g)\n"
    )
    assert explored(text.format(after[1])).races == ()
    assert [race.variable for race in explored(text.format("pass")).races] == ["x"]


def test_locks_in_opposite_orders_are_told_though_no_schedule_deadlocks() -> None:
    source = (
        "a = Lock()\nb = Lock()\ndef f():\n    with a:\n        with b:\n            pass\n"
        "def g():\n    with b:\n        with a:\n            pass\n"
        "t = spawn(f)\nspawn(g)\n"
    )
    joined = explored(source.replace("spawn(g)", "t.join()\nspawn(g)"))
    assert joined.lock_orders == ()
    source = "e = Event()\n" + source.replace("def g():", "    e.set()\ndef g():\n    e.wait()")
    found = explored(source)
    assert [outcome.kind for outcome in found.outcomes] == ["ok"]
    assert [set(order.locks) for order in found.lock_orders] == [{"a", "b"}]
    gated = source.replace("    with a:\n        with b", "    with c, a:\n        with b").replace(
        "    with b:\n        with a", "    with c, b:\n        with a"
    )
    assert explored("c = Lock()\n" + gated).lock_orders == ()


def test_a_lock_is_called_by_where_it_is_found_however_deep() -> None:
    take = "def {}():\n    with locks['{}'][0]:\n        with locks['{}'][0]:\n            pass\n"
    source = "locks = {'a': [Lock()], 'b': [Lock()]}\n" + take.format("f", "a", "b") + take.format("g", "b", "a")
    (order,) = explored(source + "spawn(f)\nspawn(g)\n").lock_orders
    assert set(order.locks) == {"locks['a'][0]", "locks['b'][0]"}


@pytest.mark.parametrize("loop", ["while not flag:\n        pass", "while not flag:\n        x = 1"])
def test_nobody_is_switched_out_by_a_cooperative_lock_however_long_a_loop_takes(loop: str) -> None:
    source = f"flag = False\ndef a():\n    {loop}\n    print('go')\ndef b():\n    global flag\n    flag = True\n"
    found = explored(f"{source}spawn(a)\nspawn(b)\n", settings=interp.Settings(lock="cooperative"))
    assert [(outcome.kind, outcome.output) for outcome in found.outcomes] == [("endless", ""), ("ok", "go\n")]
    source = "x = 0\ndef a():\n    global x\n    for i in range(3000):\n        x = x + 1\ndef b():\n    print(x)\n"
    found = explored(f"{source}spawn(a)\nspawn(b)\n", settings=interp.Settings(lock="cooperative"))
    assert found.complete
    assert {outcome.output for outcome in found.outcomes} == {"0\n", "3000\n"}


def test_outcomes_alone_are_the_same_without_numbers_and_races() -> None:
    program = interp.read_program("counter_lost_update")
    whole, alone = explore(program), explore(program, only_outcomes=True)
    assert [replace(outcome, schedules=None) for outcome in whole.outcomes] == list(alone.outcomes)
    assert (alone.schedules, alone.races) == (None, ())


def test_a_story_shows_arguments_as_they_were_given() -> None:
    source = "got = []\ndef f():\n    got.append((1, 2))\n    print(len(got), end='!')\nspawn(f)\ngot.append(3)\n"
    program = interp.compile_source(source, "test.toy")
    found = explore(program)
    for outcome in found.outcomes:
        stretches = tell_story(program.code, "threads", outcome, found.shared)
        told = " ".join(event for stretch in stretches for event in stretch.events)
        assert "got.append((1, 2))" in told
        assert "got.append(3)" in told
        assert "end=" not in told


@pytest.mark.parametrize("line", ["xs[-1] = xs[-1] + 1", "ys = xs\n    ys[-1] += 1", "box[0]['n'][0] += 1"])
def test_a_story_tells_of_an_item_by_whatever_name_it_is_reached(line: str) -> None:
    text = f"xs = [0]\nbox = [{{'n': xs}}]\ndef f():\n    {line}\n"
    source = f"{text}s = spawn(f)\nt = spawn(f)\ns.join()\nt.join()\nprint(xs)\n"
    program = interp.compile_source(source)
    found = interp.explore(program)
    lost = next(outcome for outcome in found.outcomes if outcome.output == "[1]\n")
    told = [event for stretch in tell_story(program.code, "threads", lost, found.shared) for event in stretch.events]
    assert sorted(event for event in told if "[0] = " in event) == ["reads xs[0] = 0"] * 2 + ["writes xs[0] = 1"] * 2


# --- without an end -----------------------------------------------------------------------------------------


def test_waiting_busily_is_told_and_is_no_outcome() -> None:
    source = (
        "flag = False\ndef f():\n    while not flag:\n        pass\n    print(1)\n"
        "def g():\n    global flag\n    flag = True\nspawn(f)\nspawn(g)\n"
    )
    found = explored(source)
    assert [(outcome.kind, outcome.output) for outcome in found.outcomes] == [("ok", "1\n")]
    assert [(wait.thread, wait.lines) for wait in found.busy_waits] == [("f-2", (3, 4))]
    assert found.schedules is None


def test_a_loop_that_fairness_does_not_end_is_an_outcome_and_can_be_gone_round() -> None:
    source = (
        "want = [0, 0]\ndef polite(me):\n    want[me] = 1\n    while want[1 - me] == 1:\n"
        "        want[me] = 0\n        want[me] = 1\n    want[me] = 0\n"
        "tasks = [spawn(polite, 0), spawn(polite, 1)]\n"
    )
    found = explored(source)
    assert [outcome.kind for outcome in found.outcomes] == ["ok", "endless"]
    endless = found.outcomes[1]
    assert endless.lines == (4, 5, 6)
    program = interp.compile_source(source, "test.toy")
    for rounds in (1, 5, 50):
        schedule = f"{endless.witness} {f'{endless.cycle} ' * rounds}"
        steps = sum(choice.steps for choice in parse_schedule(schedule))
        result = interp.run(program, interp.Settings(schedule=schedule, max_steps=steps))
        assert (result.outcome, result.steps) == ("limit", steps)


def test_going_round_for_ever_is_no_waiting() -> None:
    source = "x = 0\ndef f():\n    while True:\n        pass\ndef g():\n    global x\n    x = 1\n"
    found = explored(source + "spawn(f)\nspawn(g)\n")
    assert [(outcome.kind, outcome.lines) for outcome in found.outcomes] == [("endless", (4,))]
    assert found.busy_waits == ()


def test_an_infinite_loop_of_one_thread_is_an_outcome() -> None:
    found = explored("while True:\n    x = 1\n")
    assert [(outcome.kind, outcome.lines) for outcome in found.outcomes] == [("endless", (2,))]


# --- bounds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "stopped"),
    [
        ({"max_states": 10}, "states"),
        ({"max_preemptions": 0}, "preemptions"),
        ({"settings": interp.Settings(max_steps=50)}, "steps"),
    ],
)
def test_a_bound_that_was_reached_is_said(options: dict[str, Any], stopped: str) -> None:
    found = explored(COUNTER, **options)
    assert (found.complete, found.stopped, found.schedules) == (False, stopped, None)


def test_a_loop_that_was_found_is_told_although_a_bound_was_reached() -> None:
    source = (
        "x = 0\ndef f():\n    while True:\n        pass\n"
        "def g():\n    global x\n    x = 1\n    print(x)\nspawn(f)\nspawn(g)\nx = 2\n"
    )
    found = explored(source, max_preemptions=0)
    assert found.stopped == "preemptions"
    assert {(outcome.kind, outcome.lines) for outcome in found.outcomes} == {("endless", (4,))}


def test_a_turn_of_many_steps_is_told_of_and_has_a_bound() -> None:
    told: list[int] = []
    found = explored(
        "x = 0\ndef f():\n    global x\n    while True:\n        x += 1\nspawn(f)\n",
        max_steps=40_000, progress=lambda states, left: told.append(states),
    )  # fmt: skip
    assert (found.complete, found.stopped) == (False, "steps")
    assert len(told) > 3


def test_an_analysis_of_races_that_was_cut_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = explored(COUNTER)
    monkeypatch.setattr(races, "MOST_MOVES", 10)
    found = explored(COUNTER)
    assert (found.complete, found.stopped) == (False, "races")
    assert set(found.races) < set(everything.races)
    assert found.outcomes == everything.outcomes


def interrupt(*arguments: Any) -> None:
    """Stand for a person who presses Ctrl-C."""
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("moment", "known"),
    [
        ("search.Search.report", 0),
        ("findings.Findings.find_loops", 3),
        ("findings.Findings.count_schedules", 3),
        ("races.Watch.follow", 3),
    ],
)
def test_ctrl_c_at_any_moment_gives_what_is_known(monkeypatch: pytest.MonkeyPatch, moment: str, known: int) -> None:
    monkeypatch.setattr("interp.explore.search.PROGRESS_EVERY", 10)
    monkeypatch.setattr(f"interp.explore.{moment}", interrupt)
    found = explored(COUNTER)
    assert (found.complete, found.stopped, found.unreached_lines) == (False, "interrupted", None)
    assert len(found.outcomes) == known
    assert found.states >= 10


@pytest.mark.parametrize("line", ["print(1)", "xs.append(1)"])
def test_a_program_that_fills_the_memory_is_stopped(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["interp.explore.search"], "MAX_SIZE", 100_000)
    found = explored(f"xs = []\nwhile True:\n    {line}\n")
    assert (found.complete, found.stopped, found.outcomes) == (False, "memory", ())


def test_few_preemptions_find_what_needs_no_more() -> None:
    everything = explored(COUNTER.replace("range(2)", "range(1)"))
    for most in (0, 1, 2):
        few = explored(COUNTER.replace("range(2)", "range(1)"), max_preemptions=most)
        assert ends(few) == {end: count for end, count in ends(everything).items() if count <= most}


def test_a_program_that_asks_for_the_time_is_not_answered_completely() -> None:
    found = explored("sleep(3)\nprint(clock())\n")
    assert (found.complete, found.stopped, found.clock_lines) == (False, "clock", (2,))
    assert [outcome.output for outcome in found.outcomes] == ["0\n"]


def test_a_witness_that_is_refused_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "schedule_of", lambda *_: "7*1")
    with pytest.raises(InterpFault, match="'7\\*1', which explore has found, is refused"):
        explored("print(1)\n")


def test_lines_that_no_schedule_reaches_are_told() -> None:
    source = "x = 0\ndef f():\n    if x > 1:\n        print(1)\n    print(2)\nspawn(f)\nx = 1\n"
    assert explored(source).unreached_lines == (4,)


@pytest.mark.parametrize("options", [{"max_states": 0}, {"max_preemptions": -1}, {"max_steps": 0}])
def test_bounds_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="bounds"):
        explored("print(1)\n", **options)


# --- programs -----------------------------------------------------------------------------------------------

GRADED = [
    path
    for path in toy_files(ROOT / "programs")
    if read_expectations(path.read_text(encoding="utf-8")).depends_on_schedule
]


@pytest.mark.parametrize("path", GRADED, ids=lambda path: path.stem)
def test_the_outcomes_in_a_programs_comments_are_all_there_are(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    expected = read_expectations(source)
    found = explored(source)
    assert found.complete
    assert {as_outcome(one.output) for one in found.outcomes if one.kind == "ok"} == set(expected.outcomes)
    assert any(one.kind == "deadlock" for one in found.outcomes) is expected.may_deadlock
    assert {one.kind for one in found.outcomes} <= {"ok", "deadlock"}


def test_the_package_and_the_function_of_the_same_name_get_along() -> None:
    program = interp.compile_source("print(1)\n")
    assert interp.explore(program).outcomes[0].output == "1\n"
    assert interp.explore(program) == explore(program)
    assert re.search("every", interp.explore(program).switch_points)
