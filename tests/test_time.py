"""Time adds up: every tick of every thread is accounted for, in every run.

Properties over random concurrent programs and random settings, not examples. What the scheduler reports
while it runs (the events) is held against what it says at the end (the result).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from interp.machine.switch_points import SWITCH_RULES
from interp.scheduling.events import (
    Ended,
    Event,
    Failed,
    LockReleased,
    LockRequested,
    LockTaken,
    Printed,
    RunSlice,
    Spawned,
    StateChanged,
)
from interp.scheduling.locks import LOCKS
from interp.scheduling.result import Result
from tests.concurrent_generator import concurrent_programs
from tests.concurrent_generator import settings as random_settings
from tests.watching import only, watch

MOST_STEPS = 20_000

runs = settings(max_examples=150)
all_settings = random_settings(locks=tuple(LOCKS), switch_points=(None, None, *SWITCH_RULES))


def check_up_to_its_end(result: Result, events: list[Event]) -> None:
    """Check what is promised about time wherever a run has ended, or was cut short."""
    check_lives(result)
    check_sums(result, events)
    check_order(events)
    check_states(result, events)
    check_slices(result, events)
    check_locks(result, events)


def check_all(source: str, **chosen: Any) -> Result:
    """Check every promise about time on one run."""
    result, events = watch(source, max_steps=MOST_STEPS, **chosen)
    check_up_to_its_end(result, events)
    check_ends(result, events)
    return result


def check_lives(result: Result) -> None:
    """The ticks that a thread spent in its states are its life."""
    for thread in result.threads:
        parts = (thread.running, thread.ready, thread.lock_wait, thread.blocked, thread.sleeping)
        assert all(part >= 0 for part in parts), thread
        assert sum(parts) == thread.end - thread.start, thread
        assert 0 <= thread.start <= thread.end <= result.ticks, thread
    assert [thread.number for thread in result.threads] == list(range(1, len(result.threads) + 1))
    assert max(thread.end for thread in result.threads) == result.ticks


def check_sums(result: Result, events: list[Event]) -> None:
    """What the result sums up is the sum of its parts, and of the events."""
    slices = only(RunSlice, events)
    assert result.busy == sum(thread.running for thread in result.threads)
    assert result.busy == sum(part.stop - part.tick for part in slices)
    assert result.steps == sum(thread.steps for thread in result.threads) == sum(part.count for part in slices)
    for thread in result.threads:
        own = only(RunSlice, events, thread.number)
        assert thread.steps == sum(part.count for part in own)
        assert thread.running == sum(part.stop - part.tick for part in own)
    assert result.output == "".join(event.text for event in only(Printed, events))
    assert 0 <= result.utilisation <= 1


def check_order(events: list[Event]) -> None:
    """Events come in time order; a slice comes when it is over."""
    ticks = [event.stop if isinstance(event, RunSlice) else event.tick for event in events]
    for before, after, event in zip(ticks, ticks[1:], events[1:], strict=False):
        assert before <= after, event


def check_states(result: Result, events: list[Event]) -> None:
    """A thread's states follow one another, and no more threads run at once than there are cores."""
    settings = result.settings
    state: dict[int, str] = {}
    since: dict[int, int] = {}
    spent: dict[tuple[int, str], int] = defaultdict(int)
    process = {event.thread: event.process for event in only(Spawned, events)}
    has_lock = bool(only(LockTaken, events))
    for event in only(StateChanged, events):
        if event.thread in state:
            spent[event.thread, state[event.thread]] += event.tick - since[event.thread]
            assert state[event.thread] not in ("finished", "failed") or event.state == state[event.thread]
        state[event.thread], since[event.thread] = event.state, event.tick
        assert (event.core is not None) == (event.state == "running")
        assert (event.on is not None) == (event.state == "blocked")
        running = [thread for thread, now in state.items() if now == "running"]
        assert len(running) <= settings.cores
        if has_lock:
            assert len({process[thread] for thread in running}) == len(running)
    for thread in result.threads:
        for name, ticks in (
            ("running", thread.running),
            ("lock-wait", thread.lock_wait),
            ("blocked", thread.blocked),
            ("sleeping", thread.sleeping),
        ):
            rest = result.ticks - since[thread.number] if state[thread.number] == name else 0
            if result.outcome != "limit":
                assert spent[thread.number, name] + rest == ticks


def check_slices(result: Result, events: list[Event]) -> None:
    """On one core, and of one thread, slices do not overlap."""
    slices = only(RunSlice, events)
    by_core: dict[int, list[RunSlice]] = defaultdict(list)
    by_thread: dict[int, list[RunSlice]] = defaultdict(list)
    for part in slices:
        assert part.tick <= part.stop
        assert 0 <= part.core < result.settings.cores
        by_core[part.core].append(part)
        by_thread[part.thread].append(part)
    for row in (*by_core.values(), *by_thread.values()):
        check_apart(row)
    changes = sorted([(part.stop, -1) for part in slices] + [(part.tick, 1) for part in slices])
    at_once = 0
    for _, change in changes:
        at_once += change
        assert at_once <= result.settings.cores


def check_apart(slices: Sequence[RunSlice]) -> None:
    """Slices, in the order in which they began, follow one another."""
    in_order = sorted(slices, key=lambda part: (part.tick, part.stop))
    for before, after in pairwise(in_order):
        assert before.stop <= after.tick


def check_locks(result: Result, events: list[Event]) -> None:
    """A global lock is held by at most one thread, which is the one that runs."""
    holder: dict[int, int] = {}
    taken: dict[int, int] = {}
    held = switches = 0
    last: dict[int, int] = {}
    for event in events:
        if isinstance(event, LockTaken):
            assert event.process not in holder
            assert event.waited >= 0
            holder[event.process], taken[event.process] = event.thread, event.tick
            switches += last.get(event.process, event.thread) != event.thread
            last[event.process] = event.thread
        elif isinstance(event, LockReleased):
            assert holder.pop(event.process) == event.thread
            held += event.tick - taken[event.process]
        elif isinstance(event, LockRequested):
            assert holder[event.process] == event.holder != event.thread
        elif isinstance(event, StateChanged) and event.state == "running" and taken:
            assert event.thread in holder.values()
    assert bool(holder) <= (result.outcome == "limit")
    assert result.lock_held == held + sum(result.ticks - taken[process] for process in holder)
    if taken and result.settings.mode == "threads":
        assert result.switches == switches


def check_ends(result: Result, events: list[Event]) -> None:
    """Every thread is spawned once and, unless the run stopped before, ends once."""
    assert [event.thread for event in only(Spawned, events)] == [thread.number for thread in result.threads]
    ended = [event.thread for event in only(Ended, events)]
    assert len(set(ended)) == len(ended)
    stuck = {thread.number for thread in result.stuck}
    for thread in result.threads:
        for event in only(Ended, events, thread.number):
            assert event.tick == thread.end
        if result.outcome != "limit":
            assert (thread.number in ended) != (thread.number in stuck)
    assert (result.outcome == "deadlock") == bool(result.stuck)
    if result.outcome == "error":
        assert only(Failed, events)


@runs
@given(concurrent_programs(), all_settings)
def test_time_adds_up(text: str, chosen: dict[str, Any]) -> None:
    note(text)
    check_all(text, **chosen)


@runs
@given(concurrent_programs(), all_settings, st.integers(1, 2000))
def test_time_adds_up_where_a_run_is_cut_short(text: str, chosen: dict[str, Any], most: int) -> None:
    note(text)
    result, events = watch(text, max_steps=most, **chosen)
    check_up_to_its_end(result, events)
    assert result.steps <= most


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("cores", [1, 2, 4])
def test_time_adds_up_where_threads_outnumber_cores(lock: str, cores: int) -> None:
    source = (
        "def work(n):\n"
        "    for k in range(20 * n):\n"
        "        if k % 7 == n:\n"
        "            sleep(k)\n"
        "    return n\n"
        "print(sum([task.join() for task in [spawn(work, n) for n in range(7)]]))\n"
    )
    for mode in ("threads", "processes", "sequential"):
        result = check_all(source, lock=lock, cores=cores, mode=mode, interval=10)
        assert (result.outcome, result.output) == ("ok", "21\n")
        assert (lock == "free-threaded" and mode == "threads" and cores < 4) <= any(
            thread.ready for thread in result.threads
        )
