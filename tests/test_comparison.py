"""Comparing runs: the figures, what limited each, where the schedules part, and why outputs differ."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.language.errors import UsageError
from interp.scheduling.result import ErrorReport, Stuck
from interp.scheduling.settings import Settings
from interp.traces.comparison import compare_traces
from interp.traces.lanes import LASTING_STATES
from interp.traces.limits import between, limiting_factor, percent
from interp.traces.trace import Trace
from tests.synthetic_traces import Life, make_trace, process_sum, sequential_sum, threaded_sum


def with_output(trace: Trace, output: str, **changes: object) -> Trace:
    """Return the trace of a run that printed something else."""
    result = replace(trace.result, output=output, settings=trace.settings.but(**changes))
    return replace(trace, result=result)


# --- figures ------------------------------------------------------------------------------------------------


def test_speedup_is_against_the_first_run() -> None:
    runs = compare_traces([sequential_sum(), threaded_sum(), process_sum()]).runs
    assert [round(run.speedup or 0, 2) for run in runs] == [1.0, 1.0, 3.21]


@pytest.mark.parametrize("outcome", ["error", "deadlock", "limit"])
def test_there_is_no_speedup_where_a_run_did_not_end_well(outcome: str) -> None:
    bad = make_trace(Life("main").run(10), outcome=outcome)
    good = make_trace(Life("main").run(20))
    assert [run.speedup for run in compare_traces([good, bad]).runs] == [1.0, None]
    assert [run.speedup for run in compare_traces([bad, good]).runs] == [None, None]


def test_times_are_summed_over_the_threads() -> None:
    (run,) = compare_traces([threaded_sum()]).runs
    assert run.lock_wait == sum(thread.lock_wait for thread in run.trace.result.threads) == 59_520
    assert run.blocked == 20_000
    assert run.lock_held == 1.0


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no run to compare"):
        compare_traces([])


def test_the_json_shape() -> None:
    data = json.loads(json.dumps(compare_traces([sequential_sum(), threaded_sum()]).to_json()))
    assert set(data) == {"runs", "first_difference", "output_difference"}
    assert data["runs"][0]["speedup"] == 1.0
    expected = {
        "mode",
        "lock",
        "interval",
        "cores",
        "seed",
        "outcome",
        "output",
        "error",
        "ticks",
        "steps",
        "switches",
    }
    assert expected | {"threads", "speedup"} <= set(data["runs"][1])
    assert data["runs"][1]["limited_by"] == limiting_factor(threaded_sum())


def test_runs_are_named_by_what_differs() -> None:
    one, two = Settings(interval=10), Settings(interval=20, seed=3)
    runs = [make_trace(Life("main").run(1), settings=settings) for settings in (one, two)]
    assert [run.name for run in compare_traces(runs).runs] == [
        "threads, python3.13, interval 10",
        "threads, python3.13, interval 20, seed 3",
    ]
    files = [make_trace(Life("main").run(1), filename=name) for name in ("a.toy", "b.toy")]
    assert [run.name for run in compare_traces(files).runs] == [
        "a.toy, threads, python3.13",
        "b.toy, threads, python3.13",
    ]


# --- what limited a run -------------------------------------------------------------------------------------


def blocked_on(thing: str) -> Trace:
    lives = [Life(f"work-{number}", core=number).run(10).block(90, on=thing).run(10) for number in range(3)]
    return make_trace(Life("main").run(1).block(109, on="join of work-0"), *lives)


@pytest.mark.parametrize(
    ("trace", "sentence"),
    [
        (sequential_sum(), "one thing at a time: only 1 of 4 cores was ever busy"),
        (threaded_sum(), "the lock was held 100 % of the time; with 4 threads each waited 75 %"),
        (threaded_sum(2), "the lock was held 100 % of the time; with 2 threads each waited 50 %"),
        (
            process_sum(),
            "4 processes ran at once on 4 cores for 70 % of the time; the last was started after 19 %",
        ),
        (make_trace(Life("main").run(5)), "there is only one thread: only 1 of 4 cores was ever busy"),
        (make_trace(Life("main").run(5).sleep(95)), "the only thread slept 95 % of the time"),
        (make_trace(Life("main")), "nothing took any time"),
        (
            make_trace(Life("main").run(5).sleep(95), settings=Settings(mode="sequential")),
            "one thing at a time: 95 % of the time went by in sleep, with nobody running",
        ),
        (
            make_trace(
                Life("main").run(1).block(99),
                *(Life(f"io-{number}", core=number).run(5).sleep(95) for number in range(8)),
            ),
            "threads slept 95 % of their time, 8.0 at the same time on average: waiting overlaps",
        ),
        (
            make_trace(Life("a").run(10).sleep(90), Life("b", start=50).run(50).sleep(90)),
            "threads slept 75 % of their time, hardly ever at the same time: waiting did not overlap",
        ),
        (
            make_trace(Life("a").run(100), Life("b", core=1).run(10).sleep(90)),
            "b slept 90 % of the time",
        ),
        (
            make_trace(
                *(Life(f"p{number}", process=number + 1).run(50).ready(50) for number in range(4)),
                *(Life(f"q{number}", process=number + 5, core=1).ready(50).run(50) for number in range(4)),
                settings=Settings(mode="processes", cores=4),
            ),
            "all 4 cores were busy 100 % of the time: 8 processes wanted them, and waited 50 % of their time for one",
        ),
        (  # a real run: that one of three had no core was seen a moment late
            make_trace(
                *(Life(f"p{number}", process=number + 1).run(40).ready(60) for number in range(3)),
                *(Life(f"q{number}", process=number + 4, core=1).ready(50).run(50) for number in range(2)),
                settings=Settings(mode="processes", cores=2),
            ),
            "all 2 cores were busy 90 % of the time: 5 processes wanted them, and waited 56 % of their time for one",
        ),
        (
            make_trace(Life("a").run(50).ready(50), Life("b").ready(50).run(50), settings=Settings(cores=1)),
            "the only core was busy 100 % of the time: 2 threads wanted it, and waited 50 % of their time for one",
        ),
        (
            blocked_on("lock guard"),
            "threads waited 82 % of their time for lock guard, which is not the global lock",
        ),
        (
            make_trace(Life("a").run(10), Life("b", start=10).run(10), settings=Settings(lock="cooperative")),
            "at no time did two threads run at once: only 1 of 4 cores was ever busy",
        ),
        (
            make_trace(
                Life("main").run(2).block(100),
                *(Life(f"w{number}", start=2, core=number).run(100) for number in range(4)),
                settings=Settings(lock="python3.13t"),
            ),
            "4 threads ran at once on 4 cores for 98 % of the time",
        ),
        (
            make_trace(Life("a").run(100), Life("b", core=1).run(20)),
            "2 threads ran at once on 4 cores for 20 % of the time; for 80 % no more than one did",
        ),
        (
            make_trace(
                Life("a").run(5).never_end(),
                outcome="deadlock",
                stuck=(
                    Stuck(1, "left", "lock b", 3, ("right",), ("a",)),
                    Stuck(2, "right", "lock a", 4, ("left",), ("b",)),
                ),
            ),
            "deadlock at tick 5: left waits for lock b; right waits for lock a",
        ),
        (
            make_trace(Life("a").run(5), outcome="error", error=ErrorReport("ValueError", "no", 3, "a")),
            "the program failed: ValueError: no (thread a, line 3)",
        ),
        (
            make_trace(Life("a").run(5000), outcome="limit"),
            "stopped after 5,000 steps, the most allowed: what would follow is not known",
        ),
        (
            make_trace(Life("a").run(5), outcome="interrupted"),
            "interrupted at tick 5: what would follow is not known",
        ),
    ],
)
def test_one_sentence_says_what_limited_a_run(trace: Trace, sentence: str) -> None:
    assert limiting_factor(trace) == sentence


STATES_AND_TICKS = st.tuples(st.sampled_from(LASTING_STATES), st.integers(1, 50))


@settings(max_examples=200)
@given(
    st.lists(st.lists(STATES_AND_TICKS, max_size=6), min_size=1, max_size=5),
    st.sampled_from(["sequential", "threads", "processes"]),
)
def test_there_is_a_sentence_for_every_run(plans: list[list[tuple[str, int]]], mode: str) -> None:
    chosen = []
    for number, plan in enumerate(plans):
        life = Life(f"t{number}", core=number % 4, process=number + 1 if mode == "processes" else 1)
        for state, ticks in plan:
            life.add(state, ticks, life.core if state == "running" else None)
        chosen.append(life)
    sentence = limiting_factor(make_trace(*chosen, settings=Settings(mode=mode)))
    assert sentence
    assert sentence.isascii()
    assert "\n" not in sentence


def test_percentages_never_say_all_or_nothing_where_it_is_not() -> None:
    assert [percent(share) for share in (0, 0.001, 0.25, 0.994, 0.9999, 1)] == [
        "0 %",
        "under 1 %",
        "25 %",
        "99 %",
        "over 99 %",
        "100 %",
    ]
    assert between([0.74, 0.75]) == "74 %"
    assert between([0.5, 0.75]) == "50 % to 75 %"


def test_what_lasts_a_moment_is_not_told_as_the_most() -> None:
    lives = [Life("main").run(2), Life("two", core=1, process=2).run(200), Life("three", core=2, process=3).run(200)]
    trace = make_trace(*lives, settings=Settings(mode="processes"))
    assert limiting_factor(trace) == "2 processes ran at once on 4 cores for 100 % of the time"


# --- differences --------------------------------------------------------------------------------------------


def test_equal_runs_have_no_difference() -> None:
    comparison = compare_traces([threaded_sum(2, 300), threaded_sum(2, 300)])
    assert comparison.first_difference is None
    assert comparison.output_difference is None
    assert not comparison.differs


def test_the_first_scheduling_difference_is_told_in_words() -> None:
    first = make_trace(
        Life("main").run(120).wait(80), Life("work-2", 20).wait(100).run(80), Life("work-3", 30).wait(170)
    )
    other = make_trace(
        Life("main").run(120).wait(80),
        Life("work-2", 20).wait(180),
        Life("work-3", 30).wait(90).run(80),
        settings=Settings(lock="python3.9"),
    )
    comparison = compare_traces([first, other])
    assert comparison.first_difference == (
        "at tick 120 run 1 (threads, python3.13) runs thread 2 (work-2); "
        "run 2 (threads, python3.9) runs thread 3 (work-3)"
    )
    assert comparison.differs


def test_a_run_of_the_same_mode_is_compared_first() -> None:
    found = compare_traces([threaded_sum(4, 300), process_sum(), threaded_sum(4, 400)]).first_difference
    assert found is not None
    assert "run 3 (threads, python3.13)" in found


def test_a_run_that_goes_on_when_another_is_over_differs() -> None:
    found = compare_traces([make_trace(Life("main").run(10)), make_trace(Life("main").run(12))]).first_difference
    assert found == ("at tick 10 run 1 (threads, python3.13) is over; run 2 (threads, python3.13) runs thread 1 (main)")


def test_several_threads_at_once_are_named() -> None:
    found = compare_traces([threaded_sum(), process_sum()]).first_difference
    assert found == (
        "at tick 80 run 1 (threads, python3.13) runs thread 2 (work-2); run 2 (processes) runs thread 1 (main)"
    )


def test_an_output_that_isolation_changes_is_explained() -> None:
    shared, isolated = with_output(threaded_sum(), "start\n2000\n"), with_output(process_sum(), "start\n0\n")
    found = compare_traces([with_output(sequential_sum(), "start\n2000\n"), shared, isolated]).output_difference
    assert found == (
        "Output line 2 is `2000` in run 2 (threads, python3.13) and `0` in run 3 (processes). "
        "In mode processes each spawn works on a copy of the memory: "
        "what it changes there, nobody else sees. "
        "Only what join returns, or a queue carries, comes back."
    )


def test_lines_in_another_order_are_no_matter_of_isolation() -> None:
    runs = [with_output(threaded_sum(), "a\nb\n"), with_output(process_sum(), "b\na\n")]
    found = compare_traces(runs).output_difference
    assert found is not None
    assert "another order" in found
    assert "copy of the memory" not in found


def test_a_lost_update_in_threads_is_no_matter_of_isolation() -> None:
    runs = [
        with_output(sequential_sum(), "4\n"),
        with_output(threaded_sum(), "3\n"),
        with_output(process_sum(), "4\n"),
    ]
    found = compare_traces(runs).output_difference
    assert found is not None
    assert found.startswith("Output line 1 is `4` in run 1 (sequential) and `3` in run 2")
    assert "copy of the memory" not in found


def test_an_output_cut_short_by_a_deadlock_is_no_matter_of_isolation() -> None:
    sequential = Settings(mode="sequential")
    stuck = make_trace(Life("main").run(9), settings=sequential, outcome="deadlock", filename="parallel_sum.toy")
    assert compare_traces([stuck, with_output(process_sum(), "5\n")]).output_difference == (
        "Output line 1 is missing in run 1 (sequential) and `5` in run 2 (processes). Run 1 ended with deadlock."
    )


def test_outputs_of_two_locks_that_differ_are_a_matter_of_the_schedule() -> None:
    runs = [with_output(threaded_sum(), "5\n"), with_output(threaded_sum(), "", lock="python3.9")]
    assert compare_traces(runs).output_difference == (
        "Output line 1 is `5` in run 1 (threads, python3.13) and missing in run 2 (threads, python3.9). "
        "A program whose output depends on the schedule, on the clock or on the names of its threads "
        "prints different things in different runs. "
        "Where its threads write the same variable and no lock of its own guards that, this is a data race."
    )


def test_only_runs_of_one_program_are_compared_in_speed_and_output() -> None:
    one, two = threaded_sum(), replace(with_output(threaded_sum(), "other\n"), source="print('other')\n")
    comparison = compare_traces([one, two, two])
    assert [(run.reference, run.speedup) for run in comparison.runs] == [(1, 1.0), (2, 1.0), (2, 1.0)]
    assert comparison.output_difference is None
    assert comparison.differs
