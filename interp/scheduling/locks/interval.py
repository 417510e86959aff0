"""CPython's lock since 3.2, as `Python/ceval_gil.c` has it (`ceval_gil.h` until 3.11; the same logic in 3.2 to 3.13).

The state: *holder*, the threads *waiting*, the drop *request*, the number of *switches*.

1. **Take.** If the lock is free, a thread takes it at once, past anyone who waits (barging). Otherwise it waits, for
   one switch interval at a time.
2. **Request.** When such a wait times out, the lock is still held, and no switch happened meanwhile, the waiter sets
   the drop request. Whatever woke it up, it then waits for a *fresh, full* interval.
3. **Drop.** The holder looks at the request only at its switch points. It marks the lock free and signals one waiter,
   which wakes up some ticks later. Which waiter is not defined; here it is the first in line, unless a seed draws it.
4. **Forced switch.** If the request was set, the old holder may not come back before somebody else has taken the
   lock. A release to block or to sleep follows the same rule; the end of a thread does not.
5. **Taken.** If the holder changed, that is a switch. The request is cleared.

What is promised: two threads that only compute alternate, each for an interval and the little that its holder needs
to reach a switch point. What is not: any order among three or more; that a thread which releases for a moment loses
the lock. From these rules follow the convoy effect (who sleeps a little waits for a whole interval afterwards) and
the starvation of a waiter whose timer is re-armed again and again; nothing here mentions them.

The versions differ in nothing but their switch points: `python313.py`, `python310.py` and `python39.py` name those.
"""

from __future__ import annotations

from interp.scheduling.locks.policy import GlobalLock, Hands, LockPolicy


class IntervalLock(LockPolicy):
    """The protocol above; the default interval is 5 ms in CPython (`sys.getswitchinterval`), 100 ticks in the
    classroom."""

    interval_in = "ticks"

    def arrive(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """Take a free lock at once; else wait for an interval."""
        super().arrive(lock, thread, hands)
        if lock.holder != thread:
            self._wait_an_interval(lock, thread, hands)

    def alarm(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """Request the lock if nothing has happened in the interval, and wait for another."""
        if lock.holder is None:
            self.take(lock, thread, hands)
            return
        if lock.seen_switches[thread] == lock.switches and not lock.requested:
            lock.requested = True
            hands.lock_requested(lock, thread)
        self._wait_an_interval(lock, thread, hands)

    def woken(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """Take the lock if nobody was quicker; else wait for a fresh interval."""
        if lock.holder is None:
            self.take(lock, thread, hands)
        else:
            self._wait_an_interval(lock, thread, hands)

    def hand_on(self, lock: GlobalLock, hands: Hands) -> None:
        """Signal one waiter; every other waits for a fresh interval."""
        for thread in lock.waiting:
            self._wait_an_interval(lock, thread, hands)
        super().hand_on(lock, hands)

    def _wait_an_interval(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        lock.seen_switches[thread] = lock.switches
        hands.set_alarm(thread)
