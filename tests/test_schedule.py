"""A schedule is followed to the step, and the run goes on after it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

import interp
from interp.language.errors import UsageError
from interp.machine.interpreter import Step
from interp.scheduling.locks import LOCKS
from interp.scheduling.schedule import Choice, format_schedule, parse_schedule
from tests.concurrent_generator import concurrent_programs
from tests.test_time import check_all
from tests.watching import run, watch

choices = st.lists(st.builds(Choice, st.integers(1, 99), st.integers(0, 10**6)), max_size=20)

COUNTER = """
counter = 0

def add():
    global counter
    counter = counter + 1

tasks = [spawn(add), spawn(add)]
for task in tasks:
    task.join()
print(counter)
"""


def steps_of(source: str, **chosen: Any) -> tuple[interp.Result, list[int]]:
    """Run a program; returns who executed each step, too."""
    executed: list[int] = []

    def note_step(step: Step) -> None:
        executed.append(step.thread)

    return run(source, on_step=note_step, **chosen), executed


def expanded(schedule: str) -> list[int]:
    """Return who runs at each step of a schedule."""
    return [choice.thread for choice in parse_schedule(schedule) for _ in range(choice.steps)]


# --- the text -----------------------------------------------------------------------------------------------


@given(choices)
def test_a_schedule_that_is_written_and_read_says_the_same(given_choices: list[Choice]) -> None:
    text = format_schedule(given_choices)
    expected = [
        Choice(thread, sum(choice.steps for choice in group))
        for thread, group in groupby(given_choices, key=lambda choice: choice.thread)
    ]
    assert list(parse_schedule(text)) == expected
    assert format_schedule(parse_schedule(text)) == text


def test_a_schedule_is_written_as_a_person_would() -> None:
    assert format_schedule([Choice(1, 5), Choice(1, 7), Choice(2, 3), Choice(1, 1)]) == "1*12 2*3 1"
    assert parse_schedule("  1*12\t2*3\n1 ") == (Choice(1, 12), Choice(2, 3), Choice(1, 1))
    assert parse_schedule("") == ()


@pytest.mark.parametrize("part", ["0", "1*00", "x", "1*", "*3", "1**3", "-1", "1*-3", "1.5", "1*2*3", "²", "1*٣"])
def test_what_is_no_schedule_is_refused_with_its_part(part: str) -> None:
    words = f"part 2 of the schedule, {part!r}, is not THREAD or THREAD*STEPS, as in `1*12 2*3 1`."
    with pytest.raises(UsageError, match=re.escape(words)):
        parse_schedule(f"1*3 {part} 2")


# --- following it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("mode", ["threads", "processes"])
@pytest.mark.parametrize("cores", [1, 4])
def test_a_schedule_is_followed_to_the_step(lock: str, mode: str, cores: int) -> None:
    schedule = "1*22 3*2 2*3 3 2*4 3*2 1*2"
    result, executed = steps_of(COUNTER, schedule=schedule, lock=lock, mode=mode, cores=cores)
    wanted = expanded(schedule)
    assert executed[: len(wanted)] == wanted
    assert result.outcome == "ok"
    assert len(executed) == result.steps > len(wanted)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_schedule_forces_the_lost_update(lock: str) -> None:
    # RESUME, LOAD_GLOBAL in thread 2; then thread 3 to its end; then the rest of thread 2.
    assert run(COUNTER, lock=lock, cores=2).output == "2\n"
    lost = run(COUNTER, lock=lock, schedule="1*22 2*2 3*7 2", switch_points="every")
    assert (lost.outcome, lost.output) == ("ok", "1\n")


def test_a_schedule_cannot_make_processes_lose_what_they_do_not_share() -> None:
    assert run(COUNTER, mode="processes", schedule="1*22 2*2 3*7 2").output == "0\n"


def test_in_mode_sequential_a_schedule_may_say_what_happens_anyway() -> None:
    plain, order = steps_of(COUNTER, mode="sequential")
    schedule = format_schedule([Choice(thread, 1) for thread in order])
    followed, again = steps_of(COUNTER, mode="sequential", schedule=schedule)
    assert again == order
    assert (followed.output, followed.outcome, followed.ticks) == (plain.output, "ok", plain.ticks)
    with pytest.raises(UsageError, match=r"thread 1 \(main\) waits for the call of add-2"):
        run(COUNTER, mode="sequential", schedule="1*15 2*2 1")


@pytest.mark.parametrize("lock", LOCKS)
def test_the_empty_schedule_is_none(lock: str) -> None:
    with_empty, without = watch(COUNTER, lock=lock, schedule=""), watch(COUNTER, lock=lock)
    assert with_empty[1] == without[1]
    assert replace(with_empty[0], settings=without[0].settings) == without[0]


def test_a_sleeper_that_is_chosen_is_waited_for() -> None:
    source = "def work():\n    pass\nspawn(work)\nsleep(50)\nprint(clock())\n"
    plain, executed = steps_of(source)
    own = executed.index(2)
    until_asleep = executed[:own].count(1)
    result, order = steps_of(source, schedule=f"1*{until_asleep} 1*5 2*2")
    assert order[: until_asleep + 5] == [1] * (until_asleep + 5)
    assert int(result.output) >= 50
    assert result.threads[0].sleeping == 50
    assert plain.outcome == result.outcome == "ok"


def test_a_blocked_thread_can_be_chosen_as_soon_as_it_could_go_on() -> None:
    source = "q = Queue()\ndef work():\n    print(q.get())\ntask = spawn(work)\nq.put('item')\ntask.join()\n"
    with pytest.raises(UsageError, match=r"thread 2 \(work-2\) waits for an item of queue q"):
        run(source, schedule="1*13 2*10")
    blocked = "1*13 2*5"
    result, executed = steps_of(source, schedule=f"{blocked} 1*5 2*3")
    assert result.output == "item\n"
    assert executed[:26] == expanded(f"{blocked} 1*5 2*3")


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("1*3 7", "the schedule cannot be followed at its part 2, 7: there is no thread 7 (yet)."),
        ("2*5", "the schedule cannot be followed at its part 1, 2*5: there is no thread 2 (yet)."),
        ("1*22 2*100", "at its part 2, 2*100, after 7 of its steps: thread 2 (add-2) has ended."),
        ("1*100", "thread 1 (main) waits for join of add-2."),
    ],
)
def test_a_schedule_that_cannot_be_followed_is_refused_with_the_reason(schedule: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        run(COUNTER, schedule=schedule)


def test_a_schedule_stops_at_the_limit_of_steps() -> None:
    result = run(COUNTER, schedule="1*20", max_steps=12)
    assert (result.outcome, result.steps) == ("limit", 12)


def test_after_the_schedule_the_lock_takes_over() -> None:
    source = (
        "def work(n):\n    total = 0\n    for k in range(200):\n        total += k\n    print(n)\n"
        "for n in range(3):\n    spawn(work, n)\n"
    )
    schedule = "1*36 2*5 3*5 4*5 2*5"
    result, executed = steps_of(source, schedule=schedule, interval=50)
    rest = executed[len(expanded(schedule)) :]
    turns = [(thread, len(list(group))) for thread, group in groupby(rest)]
    assert {thread for thread, _ in turns} >= {2, 3, 4}
    # The interval rules again: who is asked to let go does so, at the latest after a timer was armed anew.
    assert all(steps <= 110 for _, steps in turns)
    assert sorted(result.output.split()) == ["0", "1", "2"]


@settings(max_examples=120)
@given(concurrent_programs(), st.data(), st.sampled_from(list(LOCKS)), st.sampled_from(["threads", "processes"]))
def test_whatever_the_schedule_time_adds_up(text: str, data: st.DataObject, lock: str, mode: str) -> None:
    note(text)
    cores = data.draw(st.integers(1, 3))
    schedule: list[Choice] = []
    # A schedule grows by parts that can be followed; one that cannot is refused, and tried no further.
    for _ in range(data.draw(st.integers(1, 8))):
        part = Choice(data.draw(st.integers(1, 4)), data.draw(st.integers(1, 25)))
        try:
            run(text, schedule=format_schedule([*schedule, part]), lock=lock, mode=mode, cores=cores, max_steps=5000)
        except UsageError:
            continue
        schedule.append(part)
    assume(schedule)
    written = format_schedule(schedule)
    note(written)
    check_all(text, schedule=written, lock=lock, mode=mode, cores=cores, interval=7)
    result, executed = steps_of(text, schedule=written, lock=lock, mode=mode, cores=cores, interval=7)
    if result.outcome != "limit":
        assert executed[: len(expanded(written))] == expanded(written)
    assert watch(text, schedule=written, lock=lock, mode=mode, cores=cores, interval=7)[0] == result
