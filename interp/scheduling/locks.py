"""The global lock of a process and its policies: who may run Toy code, until when, and who is next.

CPython's lock since 3.2, as `Python/ceval_gil.c` has it (`ceval_gil.h` until 3.11; the same logic in 3.2 to
3.13). The state: *holder*, the threads *waiting*, the drop *request*, the number of *switches*.

1. **Take.** If the lock is free, a thread takes it at once, past anyone who waits (barging). Otherwise it
   waits, for one switch interval at a time.
2. **Request.** When such a wait times out, the lock is still held, and no switch happened meanwhile, the
   waiter sets the drop request. Whatever woke it up, it then waits for a *fresh, full* interval.
3. **Drop.** The holder looks at the request only at its switch points. It marks the lock free and signals one
   waiter, which wakes up some ticks later. Which waiter is not defined; here it is the first in line, unless
   a seed draws it.
4. **Forced switch.** If the request was set, the old holder may not come back before somebody else has taken
   the lock. A release to block or to sleep follows the same rule; the end of a thread does not.
5. **Taken.** If the holder changed, that is a switch. The request is cleared.

What is promised: two threads that only compute alternate, each for an interval and the little that its holder
needs to reach a switch point. What is not: any order among three or more; that a thread which releases for a
moment loses the lock. From these rules follow the convoy effect (who sleeps a little waits for a whole
interval afterwards) and the starvation of a waiter whose timer is re-armed again and again; nothing here
mentions them.

A policy is a class with these five decisions. It changes a `GlobalLock` and asks the scheduler (`Hands`) for
timers and signals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from interp.scheduling.costs import Costs
from interp.scheduling.settings import check_choice


@dataclass
class GlobalLock:
    """The state of one process's global lock; threads are named by their numbers, times are ticks."""

    process: int
    holder: int | None = None
    last_holder: int | None = None
    waiting: list[int] = field(default_factory=list)
    seen_switches: dict[int, int] = field(default_factory=dict)
    requested: bool = False
    forced: int | None = None
    switches: int = 0
    taken_at: int = 0
    held: int = 0


class Hands(Protocol):
    """What a policy asks the scheduler to do."""

    def set_alarm(self, thread: int, delay: int) -> None:
        """Call the policy's `alarm` for the thread in `delay` ticks, unless it takes the lock before."""

    def signal_waiter(self, thread: int) -> None:
        """Call the policy's `woken` for the thread after the wake-up latency."""

    def choose(self, threads: list[int]) -> int:
        """Return the one that comes next: the first, unless a seed draws."""

    def lock_requested(self, lock: GlobalLock, thread: int) -> None:
        """Take note that `thread` set the drop request."""

    def lock_taken(self, lock: GlobalLock, thread: int) -> None:
        """Let `thread` run: it holds the lock now."""

    def switch_seen(self, lock: GlobalLock, thread: int) -> None:
        """Let a thread that was forced to wait for the switch go on."""


class LockPolicy:
    """The base of all policies: a lock that is given up only by blocking and goes to the one that has waited
    longest."""

    name = ""
    models = ""
    switch_points = "calls-and-loops"
    preemptive = True
    """Whether a thread can lose the lock at a switch point, or only where it blocks."""

    def default_interval(self, costs: Costs) -> int:
        """The switch interval, in ticks, of a run that sets none."""
        return costs.interval

    def arrive(self, lock: GlobalLock, thread: int, interval: int, hands: Hands) -> None:
        """`thread` wants the lock: it takes it or begins to wait."""
        if lock.holder is None:
            self.take(lock, thread, hands)
        else:
            lock.waiting.append(thread)

    def alarm(self, lock: GlobalLock, thread: int, interval: int, hands: Hands) -> None:
        """An interval has passed for a waiting `thread`."""

    def woken(self, lock: GlobalLock, thread: int, interval: int, hands: Hands) -> None:
        """A signalled `thread` is awake: it takes the lock if that is still free."""
        if lock.holder is None:
            self.take(lock, thread, hands)

    def hand_on(self, lock: GlobalLock, interval: int, hands: Hands) -> None:
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


class CooperativeLock(LockPolicy):
    """Given up only where a thread blocks, sleeps or ends; first in, first out. No interval."""

    name = "cooperative"
    models = "asyncio, green threads: switches only where the program waits"
    switch_points = "calls-and-loops"
    preemptive = False

    def arrive(self, lock: GlobalLock, thread: int, interval: int, hands: Hands) -> None:
        """Wait behind those who wait already, even if the lock is free for a moment."""
        if lock.holder is None and not lock.waiting:
            self.take(lock, thread, hands)
        else:
            lock.waiting.append(thread)


class IntervalLock(LockPolicy):
    """The lock of CPython since 3.2, see above; the default interval is 5 ms there, 100 ticks in the classroom."""

    def arrive(self, lock: GlobalLock, thread: int, interval: int, hands: Hands) -> None:
        """Take a free lock at once; else wait for an interval."""
        super().arrive(lock, thread, interval, hands)
        if lock.holder != thread:
            self._wait_an_interval(lock, thread, interval, hands)

    def alarm(self, lock: GlobalLock, thread: int, interval: int, hands: Hands) -> None:
        """Request the lock if nothing has happened in the interval, and wait for another."""
        if lock.holder is None:
            self.take(lock, thread, hands)
            return
        if lock.seen_switches[thread] == lock.switches and not lock.requested:
            lock.requested = True
            hands.lock_requested(lock, thread)
        self._wait_an_interval(lock, thread, interval, hands)

    def woken(self, lock: GlobalLock, thread: int, interval: int, hands: Hands) -> None:
        """Take the lock if nobody was quicker; else wait for a fresh interval."""
        if lock.holder is None:
            self.take(lock, thread, hands)
        else:
            self._wait_an_interval(lock, thread, interval, hands)

    def hand_on(self, lock: GlobalLock, interval: int, hands: Hands) -> None:
        """Signal one waiter; every other waits for a fresh interval."""
        for thread in lock.waiting:
            self._wait_an_interval(lock, thread, interval, hands)
        super().hand_on(lock, interval, hands)

    def _wait_an_interval(self, lock: GlobalLock, thread: int, interval: int, hands: Hands) -> None:
        lock.seen_switches[thread] = lock.switches
        hands.set_alarm(thread, interval)


class Python313(IntervalLock):
    """The lock of CPython 3.11 and newer: looked at on function entry, backward jumps and calls of builtins."""

    name = "python3.13"
    models = "CPython 3.11 and newer: interval lock, asked for at loops and calls"
    switch_points = "calls-and-loops"


class Python310(IntervalLock):
    """The lock of CPython 3.10: also looked at after every call and at taken conditional jumps."""

    name = "python3.10"
    models = "CPython 3.10: the same lock, also after every call and at taken jumps"
    switch_points = "calls-and-taken-jumps"


class Python39(IntervalLock):
    """The lock of CPython 3.2 to 3.9: looked at after nearly every instruction."""

    name = "python3.9"
    models = "CPython 3.2 to 3.9: the same lock, asked for after nearly every instruction"
    switch_points = "counted"


class FreeThreaded(LockPolicy):
    """No global lock, as in CPython 3.13t: threads of one process run on all cores, one instruction is atomic."""

    name = "free-threaded"
    models = "CPython 3.13 built without the lock: threads run on all cores"
    switch_points = "every"


LOCKS: dict[str, LockPolicy] = {
    policy.name: policy
    for policy in (Python313(), Python310(), Python39(), FreeThreaded(), CooperativeLock())
}
"""Every policy by its name, the default first."""

OTHER_NAMES = {"cpython": "python3.13", "python3.13t": "free-threaded"}


def named_lock(name: str) -> LockPolicy:
    """Return a policy by its name or other name; raises `UsageError` for an unknown one."""
    name = OTHER_NAMES.get(name, name)
    check_choice("lock", name, tuple(LOCKS))
    return LOCKS[name]
