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

SPIN = """def spin(n):
    k = 0
    while k < n:
        k += 1
"""


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
    _, events = watch(SPIN + "spawn(spin, 2000)\nspin(2000)\n", interval=5000, costs=costs)
    gaps = {
        after.tick - before.tick
        for before, after in zip(only(LockReleased, events), only(LockTaken, events)[1:], strict=False)
        if before.reason == "request"
    }
    assert gaps == {COSTS[costs].wake_up}


# --- rules --------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
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


@settings(max_examples=60, deadline=None)
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
    # body: python3.9, python3.10, python3.13, free-threaded
    "+=": (ALWAYS, NEVER, NEVER, ALWAYS),
    "three lines": (ALWAYS, NEVER, NEVER, ALWAYS),
    "call between": (ALWAYS, ALWAYS, ALWAYS, ALWAYS),
    "append": (NEVER, NEVER, NEVER, NEVER),
    "with lock": (NEVER, NEVER, NEVER, NEVER),
    "with lock and call": (NEVER, NEVER, NEVER, NEVER),
}

LOSING_LOCKS = ("python3.9", "python3.10", "python3.13", "free-threaded")
INTERVALS = (5, 7, 11, 13, 17, 23, 31, 41, 53, 64, 100, 101)
ROUNDS = 150

LOOPS = {"for": "for k in range(n):", "while": "k = 0\n    while k < n:\n        k += 1"}

STUMBLE = """
        if k % pace == 0:
            tmp = k"""
"""On real cores nothing keeps two loops in step. Here cores are equally fast; so where both run at once, one
thread has a little more to do every third round, the other every seventh."""


def counting_program(body: str, loop: str, *, stumbling: bool) -> str:
    """Return a program in which two threads count to `ROUNDS` each."""
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

tasks = [spawn(add, {ROUNDS}, 3), spawn(add, {ROUNDS}, 7)]
for task in tasks:
    task.join()
print(counter + len(items))
"""


def losses(body: str, lock: str, loop: str) -> list[int]:
    """Return how many updates were lost in each of a row of runs."""
    source = counting_program(body, loop, stumbling=lock == "free-threaded")
    return [
        2 * ROUNDS - int(run(source, lock=lock, interval=interval, seed=seed, cores=2).output)
        for interval in INTERVALS
        for seed in (None, interval)
    ]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    ("body", "lock", "expected"),
    [
        (body, lock, expected)
        for body, row in EXPECTED.items()
        for lock, expected in zip(LOSING_LOCKS, row, strict=True)
    ],
)
def test_updates_get_lost_as_on_real_cpython(body: str, lock: str, expected: str, loop: str) -> None:
    lost = losses(body, lock, loop)
    assert len(lost) >= 20
    assert all(0 <= count < 2 * ROUNDS for count in lost)
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


PARALLEL_SUM = (PROGRAMS / "cpu" / "parallel_sum.toy").read_text(encoding="utf-8")

DOWNLOADS = (PROGRAMS / "io" / "parallel_downloads.toy").read_text(encoding="utf-8")


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

CONVOY = f"""
done = []

def compute():
    k = 0
    while not done:
        k += 1

def nap(times):
    begun = clock()
    for _ in range(times):
        sleep({NAP})
    print((clock() - begun) // times)
    done.append(True)

spawn(compute)
nap(20)
"""


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
