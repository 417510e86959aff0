"""The global lock's protocol, tick by tick, and what follows from it.

First a few timelines written by hand, then the protocol's rules over random programs, then what was measured
on real CPython (which updates get lost, how fast threads are, the convoy, starvation): all of it in ticks of
virtual time, none of it written into the scheduler.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note, settings

from benchmarks.timed_programs import EIGHT_SLEEPS, SPIN, naps_beside_a_loop, two_that_compute
from interp.scheduling.costs import COSTS
from interp.scheduling.events import (
    Event,
    LockReleased,
    LockRequested,
    LockTaken,
    LockWaited,
    RunSlice,
    StateChanged,
)
from interp.scheduling.locks import LOCKS
from tests.concurrent_generator import concurrent_programs
from tests.concurrent_generator import settings as random_settings
from tests.suites import share_of
from tests.watching import only, run, watch

PROGRAMS = Path(__file__).parent.parent / "programs"

INTERVAL_LOCKS = ("python3.13", "python3.10", "python3.9")


def lock_story(events: Sequence[Event], until: int = 10**9) -> list[str]:
    """Write what happened to the lock, one line an event: tick, thread, and what it did."""
    words: list[str] = []
    for event in events:
        if event.tick > until:
            break
        match event:
            case LockTaken(waited=waited):
                words.append(f"{event.tick} {event.thread} takes" + (f" after {waited}" if waited else ""))
            case LockReleased(reason=reason):
                words.append(f"{event.tick} {event.thread} lets go: {reason}")
            case LockRequested():
                words.append(f"{event.tick} {event.thread} asks {event.holder}")
            case LockWaited():
                words.append(f"{event.tick} {event.thread} waits")
            case StateChanged(state="sleeping" | "blocked" | "finished" as state):
                words.append(f"{event.tick} {event.thread} {state}")
    return words


# --- timelines ----------------------------------------------------------------------------------------------
#
# `spin(n)` is 3 instructions, then 9 a round, the last of them the backward jump with the switch point.


def test_two_threads_that_compute_hand_the_lock_to_each_other() -> None:
    # Line 5 begins at tick 5: four instructions and ten ticks for the start make 19; main's spin begins at 23.
    _, events = watch(SPIN + "spawn(spin, 40)\nspin(30)\n", interval=20)
    assert lock_story(events, until=95) == [
        "0 1 takes",
        "19 2 waits",
        "39 2 asks 1",  # a full interval later
        "44 1 lets go: request",  # the next backward jump: 26 + 2 × 9
        "44 1 waits",  # forced: it may not take the lock before another thread has
        "45 2 takes after 26",  # one tick to wake up
        "65 1 asks 2",  # a full interval since it saw the switch
        "66 2 lets go: request",  # 48 + 2 × 9
        "66 2 waits",
        "67 1 takes after 23",
        "87 2 asks 1",  # the request was cleared when thread 1 took the lock
        "94 1 lets go: request",  # 67 + 3 × 9
        "94 1 waits",
        "95 2 takes after 29",
    ]


def test_a_release_for_a_moment_without_a_request_is_no_hand_over() -> None:
    # Main lets go at its sleep and is back in the same tick; thread 2 wakes a tick later, in vain, and begins a
    # fresh interval: it asks 20 ticks after that, not 20 after it began to wait.
    source = SPIN + "spawn(spin, 40)\nsleep(0)\nspin(30)\n"
    _, events = watch(source, interval=20)
    assert lock_story(events, until=60) == [
        "0 1 takes",
        "19 2 waits",
        "23 1 lets go: sleep",
        "23 1 sleeping",
        "23 1 takes",  # past the one that waits
        "44 2 asks 1",  # 24 + 20: its timer was armed anew when it woke
        "48 1 lets go: request",  # 30 + 2 × 9
        "48 1 waits",
        "49 2 takes after 30",
    ]


def test_a_sleep_under_a_request_begins_after_the_switch() -> None:
    # No call and no backward jump between the request and the sleep: main cannot let go before.
    source = SPIN + "spawn(spin, 40)\n" + "x = y = 1\n" * 10 + "sleep(100)\n"
    _, events = watch(source, interval=15)
    assert lock_story(events, until=100) == [
        "0 1 takes",
        "19 2 waits",
        "34 2 asks 1",
        "63 1 lets go: sleep",  # 20 + 10 × 4 + 3
        "64 2 takes after 45",
        "64 1 sleeping",  # forced: not before somebody else has the lock
    ]
    assert [(event.tick, event.state) for event in only(StateChanged, events, 1)][1:4] == [
        (63, "lock-wait"),
        (64, "sleeping"),
        (164, "lock-wait"),
    ]


def test_waiters_who_see_a_switch_wait_for_another_interval() -> None:
    # Threads 2 and 3 both wait; when main hands the lock to 2, the timer of 3 runs out and finds a switch.
    source = SPIN + "spawn(spin, 200)\nspawn(spin, 200)\nspin(200)\n"
    _, events = watch(source, interval=30)
    requests = only(LockRequested, events)
    taken = only(LockTaken, events)
    for request in requests:
        last_switch = max(event.tick for event in taken if event.tick <= request.tick)
        assert request.tick - last_switch >= 30
    assert {request.thread for request in requests} == {1, 2, 3}


def test_the_end_of_a_thread_wakes_one_waiter_and_waits_for_nobody() -> None:
    _, events = watch(SPIN + "spawn(spin, 2)\n", interval=1000)
    assert lock_story(events) == [
        "0 1 takes",
        "19 2 waits",
        "22 1 lets go: end",
        "22 1 finished",
        "23 2 takes after 4",
        "50 2 lets go: end",  # 23 + 3 + 2 × 9 + 6
        "50 2 finished",
    ]


@pytest.mark.parametrize("costs", COSTS)
def test_a_waiter_wakes_after_the_latency(costs: str) -> None:
    interval = 20 * COSTS[costs].wake_up
    source = f"{SPIN}spawn(spin, {interval})\nspin({interval})\n"
    _, events = watch(source, interval=interval, costs=costs)
    gaps = {
        after.tick - before.tick
        for before, after in zip(only(LockReleased, events), only(LockTaken, events)[1:], strict=False)
        if before.reason == "request"
    }
    assert gaps == {COSTS[costs].wake_up}


def test_a_request_that_came_while_the_holder_spawned_is_heeded_at_the_next_switch_point() -> None:
    source = (
        "def work():\n    pass\n"
        "spawn(work)\nspawn(work)\n"  # the first waits for a quantum while the second is made: no switch point follows
        "for k in range(300):\n    pass\n"
    )
    _, events = watch(source, lock="ruby3.1", interval=9_000, costs="realistic")
    asked = only(LockRequested, events)[0]
    left = next(event for event in only(LockReleased, events) if event.thread == asked.holder)
    assert (left.reason, left.line) == ("request", 5)


# --- rules --------------------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(concurrent_programs(), random_settings(locks=INTERVAL_LOCKS, modes=("threads",)))
def test_the_protocol_holds_in_every_run(text: str, chosen: dict[str, Any]) -> None:
    note(text)
    _, events = watch(text, max_steps=20_000, **chosen)
    interval = chosen["interval"]
    waiting_since: dict[int, int] = {}
    asked: LockRequested | None = None
    forced = last_switch = holder = None
    for event in events:
        if isinstance(event, LockWaited):
            waiting_since[event.thread] = event.tick
        elif isinstance(event, LockRequested):
            assert asked is None, "one request is enough"
            assert event.tick - waiting_since[event.thread] >= interval
            assert last_switch is not None
            assert event.tick - last_switch >= interval
            asked = event
        elif isinstance(event, LockReleased):
            if event.reason == "request":
                assert asked is not None
            forced = event.thread if asked is not None and event.reason != "end" else None
        elif isinstance(event, LockTaken):
            assert forced != event.thread, "somebody else must take it first"
            if event.thread != holder:
                last_switch = event.tick
            holder, asked, forced = event.thread, None, None


@settings(max_examples=60)
@given(concurrent_programs(), random_settings(locks=("cooperative",), modes=("threads",)))
def test_a_cooperative_lock_is_never_taken_away(text: str, chosen: dict[str, Any]) -> None:
    note(text)
    _, events = watch(text, max_steps=20_000, **chosen)
    assert not only(LockRequested, events)
    assert {event.reason for event in only(LockReleased, events)} <= {"block", "sleep", "end"}


def test_cooperative_threads_run_to_their_end_in_order() -> None:
    work = "def work(n):\n    for k in range(50):\n        pass\n    print(n)\n"
    source = work + "for n in range(5):\n    spawn(work, n)\n"
    _, events = watch(source, lock="cooperative")
    assert [event.thread for event in only(RunSlice, events)] == [1, 2, 3, 4, 5, 6]


def test_cooperative_threads_that_sleep_take_turns() -> None:
    source = (
        "def work(n):\n    for k in range(3):\n        print(n, end=' ')\n        sleep(0)\n"
        "for n in range(3):\n    spawn(work, n)\n"
    )
    assert run(source, lock="cooperative").output == "0 1 2 0 1 2 0 1 2 "


# --- which updates get lost (two threads, a shared counter) -------------------------------------------------

BODIES = {
    "+=": "counter += 1",
    "three lines": "tmp = counter\n        tmp = tmp + 1\n        counter = tmp",
    "call between": "counter = counter + one()",
    "append": "items.append(k)",
    "with lock": "with guard:\n            counter += 1",
    "with lock and call": "with guard:\n            counter = counter + one()",
}

NEVER, ALWAYS = "never", "always"

EXPECTED = {
    # body: python2.7, python3.9, python3.10, python3.13, free-threaded, ruby3.1
    "+=": (ALWAYS, ALWAYS, NEVER, NEVER, ALWAYS, NEVER),
    "three lines": (ALWAYS, ALWAYS, NEVER, NEVER, ALWAYS, NEVER),
    "call between": (ALWAYS, ALWAYS, ALWAYS, ALWAYS, ALWAYS, ALWAYS),
    "append": (NEVER,) * 6,
    "with lock": (NEVER,) * 6,
    "with lock and call": (NEVER,) * 6,
}

LOSING_LOCKS = ("python2.7", "python3.9", "python3.10", "python3.13", "free-threaded", "ruby3.1")
INTERVALS = (5, 7, 11, 13, 17, 23, 31, 41, 53, 64, 100, 101)
"""In a loop of six steps, every sixth of them is always the same one. (A lock that counts looks after one more.)"""

ROUNDS = 60
ROUNDS_TO_LOSE_A_RACE = 750
"""Where a lock is taken straight back, a loop must go on for longer until a thread loses it within an update."""

LOOPS = {"for": "for k in range(n):", "while": "k = 0\n    while k < n:\n        k += 1"}

STUMBLE = """
        if k % pace == 0:
            tmp = k"""
"""On real cores nothing keeps two loops in step. Here cores are equally fast; so where both run at once, one
thread has a little more to do every third round, the other every seventh."""


def counting_program(body: str, loop: str, rounds: int, *, stumbling: bool) -> str:
    """Return a program in which two threads count to `rounds` each."""
    return f"""
counter = 0
items = []
guard = Lock()

def one():
    return 1

def add(n, pace):
    global counter
    {LOOPS[loop]}{STUMBLE if stumbling else ""}
        {BODIES[body]}

tasks = [spawn(add, {rounds}, 3), spawn(add, {rounds}, 7)]
for task in tasks:
    task.join()
print(counter + len(items))
"""


def losses(body: str, lock: str, loop: str) -> list[int]:
    """Return how many updates were lost in each of a row of runs."""
    rounds = ROUNDS_TO_LOSE_A_RACE if lock == "python2.7" else ROUNDS
    source = counting_program(body, loop, rounds, stumbling=lock == "free-threaded")
    return [
        2 * rounds - int(run(source, lock=lock, interval=interval - LOCKS[lock].counts, seed=seed, cores=2).output)
        for interval in INTERVALS
        for seed in (None, interval)
    ]


EVERY_LOSS = [
    (body, lock, expected, loop)
    for body, row in EXPECTED.items()
    for lock, expected in zip(LOSING_LOCKS, row, strict=True)
    for loop in LOOPS
]


@pytest.mark.parametrize(("body", "lock", "expected", "loop"), share_of(EVERY_LOSS))
def test_updates_get_lost_as_on_real_cpython(body: str, lock: str, expected: str, loop: str) -> None:
    lost = losses(body, lock, loop)
    assert len(lost) >= 20
    assert all(count >= 0 for count in lost)
    if expected == NEVER:
        assert set(lost) == {0}
    else:
        assert sum(count > 0 for count in lost) >= 0.7 * len(lost)


def test_a_cooperative_lock_loses_nothing_without_a_wait_between() -> None:
    for body in BODIES:
        assert set(losses(body, "cooperative", "for")) == {0}


# --- how fast threads are, in ticks -------------------------------------------------------------------------


def speed_up(source: str, **chosen: Any) -> float:
    """Return how many times faster a run is than the sequential one."""
    baseline = run(source, mode="sequential")
    faster = run(source, **chosen)
    assert baseline.outcome == faster.outcome == "ok"
    return baseline.ticks / faster.ticks


PARALLEL_SUM = (PROGRAMS / "cpu" / "parallel_sum.toy").read_text(encoding="utf-8").replace("12000", "3000")

DOWNLOADS = (PROGRAMS / "io" / "parallel_downloads.toy").read_text(encoding="utf-8").replace("2000", "20_000")


@pytest.mark.parametrize("cores", [1, 2, 4])
@pytest.mark.parametrize("lock", INTERVAL_LOCKS)
def test_threads_are_no_faster_under_a_global_lock(lock: str, cores: int) -> None:
    assert 0.90 <= speed_up(PARALLEL_SUM, lock=lock, cores=cores) <= 1.05


@pytest.mark.parametrize(("cores", "least"), [(2, 1.8), (4, 3.6)])
def test_threads_without_a_global_lock_use_the_cores(cores: int, least: float) -> None:
    assert least <= speed_up(PARALLEL_SUM, lock="free-threaded", cores=cores) <= cores


@pytest.mark.parametrize(("cores", "least"), [(2, 1.5), (4, 3.0)])
def test_processes_use_the_cores(cores: int, least: float) -> None:
    assert least <= speed_up(PARALLEL_SUM, mode="processes", cores=cores) <= cores


@pytest.mark.parametrize("lock", LOCKS)
def test_eight_sleeps_take_as_long_as_one(lock: str) -> None:
    assert 7.0 <= speed_up(DOWNLOADS, lock=lock) <= 8.0


ENDLESS = "def spin():\n    k = 0\n    while True:\n        k += 1\n"


def spinning(threads: int, **chosen: Any) -> tuple[Any, list[Event]]:
    """Let some threads compute for ever, and stop them after a while."""
    source = ENDLESS + "spawn(spin)\n" * (threads - 1) + "spin()\n"
    return watch(source, max_steps=30_000, **chosen)


@pytest.mark.parametrize("lock", INTERVAL_LOCKS)
@pytest.mark.parametrize("interval", [20, 100, 333])
def test_two_threads_alternate_strictly_by_slices_of_an_interval_and_a_little(lock: str, interval: int) -> None:
    _, events = spinning(2, lock=lock, interval=interval)
    slices = only(RunSlice, events)[1:-1]
    assert len(slices) > 30
    assert all(before.thread != after.thread for before, after in pairwise(slices))
    assert all(interval <= part.stop - part.tick <= interval + 10 for part in slices)


@pytest.mark.parametrize("threads", [3, 4, 5])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_shares_of_several_threads_stay_near_even(threads: int, seed: int | None) -> None:
    result, _ = spinning(threads, interval=50, seed=seed)
    shares = [thread.running / result.ticks for thread in result.threads]
    assert all(0.6 / threads <= share <= 1.4 / threads for share in shares)


def test_under_the_cooperative_lock_who_computes_keeps_it() -> None:
    result, events = spinning(3, lock="cooperative")
    assert [thread.running > 0 for thread in result.threads] == [True, False, False]
    assert len(only(RunSlice, events)) == 1


# --- convoy and starvation ----------------------------------------------------------------------------------

NAP = 30

CONVOY = naps_beside_a_loop(NAP, 20)


@pytest.mark.parametrize("interval", [20, 100, 700])
@pytest.mark.parametrize("lock", INTERVAL_LOCKS)
def test_a_short_sleep_beside_a_thread_that_computes_costs_an_interval_more(lock: str, interval: int) -> None:
    period = int(run(CONVOY, lock=lock, interval=interval).output)
    assert NAP + interval <= period <= NAP + interval + 20


def test_without_a_global_lock_there_is_no_convoy() -> None:
    assert NAP <= int(run(CONVOY, lock="free-threaded").output) <= NAP + 10


def share_of_a_thread_that_releases_often(work: int, interval: int) -> float:
    """Return the share of the time that a thread keeps which computes for about `work` ticks, then sleeps for
    none, beside one that only computes."""
    source = f"""
def compute():
    k = 0
    while True:
        k += 1

spawn(compute)
while True:
    k = 0
    while k < {work // 9}:
        k += 1
    sleep(0)
"""
    result = run(source, max_steps=40_000, interval=interval)
    return result.threads[0].running / result.ticks


@pytest.mark.parametrize("interval", [100, 300])
def test_a_waiter_starves_beside_a_thread_that_releases_before_each_interval_is_over(interval: int) -> None:
    # Each release wakes the waiter, who comes too late and begins a fresh interval.
    for work in (interval // 5, interval // 2, interval - 20):
        assert share_of_a_thread_that_releases_often(work, interval) >= 0.81


@pytest.mark.parametrize("interval", [100, 300])
def test_a_waiter_gets_its_turn_where_releases_are_further_apart_than_the_interval(interval: int) -> None:
    for work in (interval + 20, 2 * interval, 5 * interval):
        assert 0.3 <= share_of_a_thread_that_releases_often(work, interval) <= 0.7


# --- the lock that counts instructions (Python up to 3.1) ---------------------------------------------------


def test_the_ticker_lets_go_after_one_more_than_its_interval_of_counted_instructions() -> None:
    # A round has four counted instructions of nine: the comparison, the addition and the jump of the loop, and in
    # main's text also the stores to globals. Thread 2 waits from the moment at which it was spawned.
    _, events = watch(SPIN + "spawn(spin, 500)\nspin(500)\n", lock="python2.7", interval=29, cores=2)
    checks = [event for event in only(LockReleased, events, 1) if event.reason == "check"][1:10]
    assert len(checks) == 9
    assert {after.tick - before.tick for before, after in pairwise(checks)} == {90 + COSTS["classroom"].contention}


def test_who_lets_go_at_a_check_has_the_lock_again_at_once_but_for_a_lost_race() -> None:
    _, events = watch(two_that_compute(3000), lock="python2.7", cores=2)
    story = [event for event in events if isinstance(event, LockReleased | LockTaken)]
    pairs = [(before, after) for before, after in pairwise(story) if isinstance(before, LockReleased)]
    kept = [after.thread == before.thread for before, after in pairs if before.reason == "check"]
    assert len(kept) > 100
    assert 1 / 40 < kept.count(False) / len(kept) < 1 / 10


def test_a_ticker_does_not_count_while_nobody_waits_for_the_lock() -> None:
    result = run(SPIN + "spin(1000)\n", lock="python2.7")
    assert result.ticks == run(SPIN + "spin(1000)\n", mode="sequential").ticks
    assert result.switches == 0


@pytest.mark.parametrize("costs", COSTS)
def test_threads_of_the_counting_lock_are_slower_than_none_on_two_cores_and_as_fast_on_one(costs: str) -> None:
    source = two_that_compute(20_000 if costs == "classroom" else 100_000)
    assert speed_up(source, lock="python2.7", cores=2, costs=costs) < 0.7
    assert 0.95 <= speed_up(source, lock="python2.7", cores=1, costs=costs) <= 1.0


def test_a_wider_check_interval_makes_the_counting_lock_cheaper() -> None:
    source = two_that_compute(10_000)
    speeds = [speed_up(source, lock="python2.7", cores=2, interval=interval) for interval in (1, 10, 100, 1000)]
    assert speeds == sorted(speeds)
    assert speeds[0] < 0.15
    assert speeds[-1] > 0.9


# --- Ruby's queue -------------------------------------------------------------------------------------------


def test_threads_of_the_queue_take_turns_in_strict_order_with_equal_quanta() -> None:
    for seed in (None, 1, 2):
        _, events = spinning(4, lock="ruby3.1", interval=500, seed=seed)
        slices = only(RunSlice, events)[1:-1]
        order = [part.thread for part in slices]
        assert len(order) > 40
        assert all(thread == order[place + 4] for place, thread in enumerate(order[:-4]))
        assert sorted(order[:4]) == [1, 2, 3, 4]
        assert all(500 <= part.stop - part.tick <= 510 for part in slices)


@pytest.mark.parametrize("quantum", [100, 700])
def test_a_short_sleep_beside_a_thread_that_computes_costs_a_quantum_more(quantum: int) -> None:
    period = int(run(CONVOY, lock="ruby3.1", interval=quantum).output)
    assert NAP + quantum <= period <= NAP + quantum + 20


def test_the_queue_switches_at_ends_of_functions_and_loops_only() -> None:
    source = SPIN + "spawn(spin, 400)\n" + "x = len('a')\n" * 200
    _, events = watch(source, lock="ruby3.1", interval=10)
    assert [event.reason for event in only(LockReleased, events, 1)] == ["end"]


# --- what the realistic costs predict (docs/cpython.md has the measurements) --------------------------------

MILLISECOND = 1_000
"""In ticks of a program."""


@pytest.mark.parametrize(
    ("lock", "interval", "milliseconds"),
    [
        ("python3.13", 200_000, 2.15),
        ("python3.9", 200_000, 2.15),
        ("python3.13", 1_000_000, 6.2),
        ("python3.13", 10_000_000, 51.2),
        ("free-threaded", None, 1.07),
        ("python2.7", None, 1.13),
        ("ruby3.1", None, 101),
    ],
)
def test_the_realistic_convoy_is_as_long_as_the_measured_one(
    lock: str, interval: int | None, milliseconds: float
) -> None:
    source = naps_beside_a_loop(MILLISECOND, 2)
    found = run(source, lock=lock, interval=interval, costs="realistic", cores=2, max_steps=10**8)
    assert int(found.output) / MILLISECOND == pytest.approx(milliseconds, rel=0.05)


def test_realistic_sleeps_take_as_long_as_the_measured_ones() -> None:
    # Eight sleeps of 0.1 s: 0.80 s one after the other, 0.10 s in threads.
    modes = ("sequential", "threads")
    one_by_one, at_once = (int(run(EIGHT_SLEEPS, costs="realistic", mode=mode).output) for mode in modes)
    assert one_by_one / 1e6 == pytest.approx(0.80, rel=0.02)
    assert at_once / 1e6 == pytest.approx(0.10, rel=0.02)


@pytest.mark.parametrize(
    ("chosen", "least", "most"),
    [
        ({"lock": "python2.7", "cores": 2}, 0.35, 0.43),
        ({"lock": "python2.7", "cores": 1}, 0.96, 0.99),
        ({"lock": "python2.7", "cores": 2, "interval": 1}, 0.06, 0.09),
        ({"lock": "python3.9", "cores": 2}, 0.91, 1.05),
        ({"lock": "python3.10", "cores": 2}, 0.91, 1.05),
        ({"lock": "python3.13", "cores": 2}, 0.91, 1.05),
        ({"mode": "processes", "cores": 2}, 1.5, 1.9),
    ],
)
def test_realistic_speed_ups_lie_where_they_were_measured(chosen: dict[str, Any], least: float, most: float) -> None:
    rounds = 10_000 if chosen.get("interval") else 400_000
    assert least <= speed_up(two_that_compute(rounds), costs="realistic", **chosen) <= most


def test_realistic_threads_without_a_lock_use_both_cores() -> None:
    # Measured: 1.7×; the simulation knows no shared caches, in which real threads meet.
    assert 1.6 <= speed_up(two_that_compute(18_000), costs="realistic", lock="free-threaded", cores=2) <= 2.0


def test_a_realistic_slice_is_the_interval_and_a_little() -> None:
    _, events = watch(two_that_compute(400_000), costs="realistic", max_steps=10**8)
    slices = [part for part in only(RunSlice, events) if part.thread > 1][1:4]  # the fifth ends with its thread
    assert len(slices) == 3
    assert all(before.thread != after.thread for before, after in pairwise(slices))
    assert all(1_000_000 <= part.stop - part.tick <= 1_020_000 for part in slices)
    gaps = [after.tick - before.stop for before, after in pairwise(slices)]
    assert set(gaps) == {COSTS["realistic"].wake_up}


@pytest.mark.parametrize(
    ("size", "lowest", "highest"),
    [("7", 10, 10.5), ("list(range(1000))", 50, 70), ("list(range(100_000))", 5_000, 8_000)],
)
def test_what_goes_through_a_realistic_process_queue_costs_by_its_size(
    size: str, lowest: float, highest: float
) -> None:
    source = f"""
q = Queue()
item = {size}
begun = clock()
for _ in range(4):
    q.put(item)
    q.get()
print((clock() - begun) / 4)
"""
    assert lowest <= float(run(source, costs="realistic", mode="processes").output) <= highest


def test_realistic_threads_and_processes_cost_what_was_measured() -> None:
    source = """
def work():
    pass

begun = clock()
for _ in range(4):
    spawn(work).join()
print((clock() - begun) / 4)
"""
    of_threads, of_processes = (
        float(run(source, costs="realistic", mode=mode).output) / MILLISECOND for mode in ("threads", "processes")
    )
    assert 0.04 <= of_threads <= 0.17
    assert 2 <= of_processes <= 4
