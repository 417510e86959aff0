"""The global lock of a process, and what a policy of it decides.

The lock lets one thread of a process run Toy code at a time. Its *state* is a `GlobalLock`. Who changes it is a
*policy*, a small class with these decisions:

    arrive     a thread wants the lock: it takes it, or begins to wait
    alarm      a waiter's timer has run out: does it ask the holder to let go?
    check      the holder stands at a switch point: does it let go?
    release    the holder lets go, there or because it blocks: who is told, and may it come straight back?
    woken      a signalled waiter is awake: does it get the lock?

The policy asks the scheduler for timers and signals (`Hands`); the scheduler knows nothing of protocols. *Where* the
holder may let go is none of the policy's business but a rule of its own (`machine/switch_points.py`), which it names.

Nothing that lessons are about is written here: slices, the convoy effect, starvation, the slow threads of Python 2
all come out of these decisions.

Read next: `interval.py`, the lock of CPython since 3.2; then the other files of this folder, one a policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from interp.scheduling.costs import Costs


@dataclass
class GlobalLock:
    """The state of one process's global lock; threads are named by their numbers, times are ticks.

    `waiting` are those who want it, in the order in which they came. `requested` says that the holder is asked to let
    go, `forced` who has to wait until somebody else has taken the lock. `switches` counts how often the holder
    changed, `held` the ticks that the lock was held, without those since it was `taken_at`. Two policies remember
    something of their own: `seen_switches` is what each waiter of an interval lock has seen of `switches`; the tick
    lock has the waiters that a signal is on its way to, `signalled`, and the `races` that they have run.
    """

    process: int
    holder: int | None = None
    last_holder: int | None = None
    waiting: list[int] = field(default_factory=list)
    requested: bool = False
    forced: int | None = None
    switches: int = 0
    taken_at: int = 0
    held: int = 0
    seen_switches: dict[int, int] = field(default_factory=dict)
    signalled: list[int] = field(default_factory=list)
    races: int = 0


class Hands(Protocol):
    """What a policy asks the scheduler to do."""

    def set_alarm(self, thread: int) -> None:
        """Call the policy's `alarm` for the thread in an interval from now, unless it takes the lock before."""

    def signal_waiter(self, thread: int) -> None:
        """Call the policy's `woken` for the thread after the wake-up latency."""

    def signal_soon(self, thread: int) -> None:
        """Do the same after the short latency of a thread that fell asleep a moment ago."""

    def choose(self, threads: list[int]) -> int:
        """Return the one that comes next: the first, unless a seed draws."""

    def lock_requested(self, lock: GlobalLock, thread: int) -> None:
        """Take note that `thread` set the drop request."""

    def lock_taken(self, lock: GlobalLock, thread: int) -> None:
        """Let `thread` run: it holds the lock now."""

    def switch_seen(self, lock: GlobalLock, thread: int) -> None:
        """Let a thread that was forced to wait for the switch go on."""

    def taken_back(self, lock: GlobalLock, thread: int) -> None:
        """Take note that the holder let go and had the lock again in the same moment, and paid for the contention."""

    def has_free_core(self) -> bool:
        """Whether a woken thread finds a core to run on."""

    def goes_first(self, thread: int, runner: int) -> bool:
        """Whether the operating system gives a woken `thread` the core of the `runner`."""


class LockPolicy:
    """The base of all policies: a lock that is given up only by blocking and goes to the one that has waited longest.

    `name` is what `--lock` calls it, `also` are other words for the same; `models` says what it stands for in half a
    line. `switch_points` names the rule for where the holder looks whether it has to let go. `interval_in` is the
    unit of the interval, empty where there is none. With `counts`, the holder looks only after every so many of these
    places, and the interval is their number. Where no thread `excludes` the others, there is no lock at all.
    """

    name = ""
    also: tuple[str, ...] = ()
    models = ""
    switch_points = "calls-and-loops"
    interval_in = ""
    counts = False
    excludes = True

    def default_interval(self, costs: Costs) -> int:
        """Return the switch interval of a run that sets none."""
        return costs.interval

    def arrive(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """`thread` wants the lock: it takes it or begins to wait."""
        if lock.holder is None:
            self.take(lock, thread, hands)
        else:
            lock.waiting.append(thread)

    def alarm(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """An interval has passed for a waiting `thread`."""

    def check(self, lock: GlobalLock, thread: int, hands: Hands) -> bool:
        """The holder stands at a switch point: return whether it lets go."""
        return lock.requested

    def woken(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """A signalled `thread` is awake: it takes the lock if that is still free."""
        if lock.holder is None:
            self.take(lock, thread, hands)

    def hand_on(self, lock: GlobalLock, hands: Hands) -> None:
        """Begin anew with a free lock that threads wait for: signal one of them."""
        hands.signal_waiter(hands.choose(lock.waiting))

    def release(self, lock: GlobalLock, thread: int, hands: Hands, *, forcing: bool) -> bool:
        """The holder lets go and signals one waiter; returns whether it has to wait for the switch.

        `forcing` is False for a thread that ends.
        """
        lock.holder = None
        if lock.waiting:
            hands.signal_waiter(hands.choose(lock.waiting))
        if lock.requested and forcing:
            lock.forced = thread
            return True
        return False

    def take(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """`thread` becomes the holder."""
        if thread in lock.waiting:
            lock.waiting.remove(thread)
        lock.holder = thread
        lock.requested = False
        if lock.last_holder != thread:
            lock.switches += lock.last_holder is not None
            lock.last_holder = thread
        hands.lock_taken(lock, thread)
        if lock.forced is not None and lock.forced != thread:
            forced, lock.forced = lock.forced, None
            hands.switch_seen(lock, forced)
