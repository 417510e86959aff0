"""The ledger of a run: its threads and processes, its clock and timers, what state each thread is in, and who
is told.

Everything that the scheduler, the cores and the world have in common is here, so that each fact is written
down once: a thread changes its state in `set_state`, which counts the ticks it spent in the one before; an
event is made in `tell`, and only if somebody listens; whoever comes next among several is drawn in `choose`.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple, Protocol

from interp.machine.state import Machine, Process, ThreadState
from interp.machine.thread import Thread
from interp.scheduling import events
from interp.scheduling.naming import describe_wait
from interp.scheduling.world import BUILTINS


class Observer(Protocol):
    """Anyone who listens to a run."""

    def event(self, event: events.Event, /) -> None:
        """Take note of an event."""


class TimerKind(Enum):
    """What happens when a timer fires."""

    ARRIVE = "a thread begins"
    SLEEP_OVER = "a sleep is over"
    SIGNAL = "a blocked thread wakes up"
    LOCK_ALARM = "a waiter's interval is over"
    LOCK_SIGNAL = "a waiter for the lock wakes up"
    SLICE = "a time slice is over"


class Timer(NamedTuple):
    """When (in ticks), in which order, what, for which thread; one with an old `token` has no effect any more."""

    time: int
    order: int
    kind: TimerKind
    thread: int
    token: int


class Ledger:
    """The books of one run. `now` is the tick at which things happen at this moment."""

    STATE = ("draws", "machine", "now", "timer_count", "timers")

    def __init__(self, observers: Sequence[Observer], seed: int | None) -> None:
        self.machine = Machine()
        self.observers = tuple(observers)
        self.watched = bool(self.observers)
        self.draws = seed
        self.now = 0
        self.timers: list[Timer] = []
        self.timer_count = 0

    def thread(self, number: int) -> Thread:
        """Return a thread by its number."""
        thread: Thread = self.machine.threads[number - 1]
        return thread

    def new_process(self, memory: dict[str, Any]) -> Process:
        """Make a process with this memory."""
        process = Process(len(self.machine.processes) + 1, memory, BUILTINS)
        self.machine.processes.append(process)
        return process

    def new_thread(self, process: Process, name: str, parent: Thread | None) -> Thread:
        """Make a thread of a process; it begins to exist now."""
        thread = Thread(self.machine, process, len(self.machine.threads) + 1, name, self.now)
        self.machine.threads.append(thread)
        self.tell(
            events.Spawned,
            thread,
            self.now,
            name=name,
            process=process.number,
            parent=parent.number if parent else 0,
            line=parent.line if parent else None,
        )
        return thread

    def set_timer(self, time: int, kind: TimerKind, thread: Thread) -> None:
        """Set a timer; its token is the thread's at this moment."""
        self.timer_count += 1
        heapq.heappush(self.timers, Timer(time, self.timer_count, kind, thread.number, thread.alarm))

    def set_state(self, thread: Thread, state: ThreadState, now: int) -> None:
        """Bring a thread into a state, and count the ticks that it spent in the one before."""
        self.account(thread, now)
        thread.state = state
        if self.watched:
            core = thread.core if state is ThreadState.RUNNING else None
            on = describe_wait(thread) if state is ThreadState.BLOCKED else None
            self.tell(events.StateChanged, thread, now, state=state.value, core=core, on=on, line=thread.line)

    def account(self, thread: Thread, now: int) -> None:
        """Count the ticks that a thread has spent in its state up to now."""
        thread.spent[thread.state] += now - thread.since
        thread.since = now

    def charge(self, thread: Thread, ticks: int) -> None:
        """Let a thread run for some ticks more than its instructions take, now or when it runs again."""
        if thread.state is ThreadState.RUNNING:
            thread.clock += ticks
        else:
            thread.debt += ticks

    def choose(self, threads: list[int]) -> int:
        """Return the first of the threads, or one that the seed draws (SplitMix64, Steele, Lea and Flood 2014)."""
        if self.draws is None or len(threads) == 1:
            return threads[0]
        self.draws = (self.draws + 0x9E3779B97F4A7C15) % 2**64
        word = self.draws
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB % 2**64
        return threads[(word ^ (word >> 31)) % len(threads)]

    def tell(self, kind: type[events.Event], thread: Thread, tick: int, **details: Any) -> None:
        """Make an event, if anyone listens."""
        if self.watched:
            event = kind(tick, thread.number, **details)
            for observer in self.observers:
                observer.event(event)
