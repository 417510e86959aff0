"""The lock of Python 2 and of 3.0 and 3.1: it counts instructions and hands over to nobody.

The state: *holder*, the threads *waiting*; and in each process a *ticker* that goes down with every counted
instruction, whichever thread executes it.

1. **Take.** If the lock is free, a thread takes it at once. Otherwise it sleeps until it is signalled.
2. **Check.** When the ticker falls below zero, it is set to the interval (100 *instructions*, not ticks:
   `sys.setcheckinterval`) and the holder lets go and takes the lock back, in two calls, one right behind the other.
   There is no request, and nobody is obliged to switch.
3. **Signal.** Letting go signals one waiter that sleeps. Where a core is free, that one wakes up there, after
   `short_wake_up`, finds the lock taken again and goes back to sleep, until the next check. Each such round costs the
   holder `contention`: the call to the operating system, and a lock that two cores pull at.
4. **Race.** Now and then the waiter is there first, since latencies vary. Time is too coarse here for that, so one
   race of so many is lost by the holder (`RACES`), or drawn with that chance where there is a seed.
5. **One core.** Where no core is free, the operating system decides who of the two goes on, and it is fair: the woken
   waiter goes first, and finds the lock free, if it has had less of the cores than the holder, by half a time slice.
   Otherwise it stands in line for a core, in vain and without a cost.
6. **Block.** A thread that blocks or sleeps lets go and signals one waiter, which gets the lock.

So threads that compute are *slower* than one after the other if there is a second core, and about as fast if there is
none. David Beazley found that in 2009 ("Inside the Python GIL"); it was the reason for the new lock of 3.2.

Source: 2.7, `Python/ceval.c` (`_Py_Ticker`) and `Python/thread_pthread.h` (the lock is a semaphore).
"""

from __future__ import annotations

from interp.scheduling.costs import Costs
from interp.scheduling.locks.policy import GlobalLock, Hands, LockPolicy

RACES = 20
"""One race in so many is won by the waiter. Measured on CPython 2.7.18, two threads that count on two cores (Linux
6.18): 1 in 10 with a check interval of 1, in 25 with 10, in 32 with 100, in 45 with 1,000. With 20, a `sleep(0.001)`
beside a thread that computes takes 1.15 ms, and 1.11 to 1.16 ms was measured."""


class Python27(LockPolicy):
    """A lock that is let go and taken straight back after every so many counted instructions."""

    name = "python2.7"
    models = "Python up to 3.1: let go after so many instructions and taken straight back"
    switch_points = "counted"
    interval_in = "counted instructions"
    counts = True

    def default_interval(self, costs: Costs) -> int:
        """Return the default of `sys.setcheckinterval`, in counted instructions."""
        return 100

    def check(self, lock: GlobalLock, thread: int, hands: Hands) -> bool:
        """Let go and take it back; returns whether somebody else was quicker."""
        asleep = [waiter for waiter in lock.waiting if waiter not in lock.signalled]
        if not asleep:
            return False
        waiter = hands.choose(asleep)
        if not hands.has_free_core():
            lock.requested = hands.goes_first(waiter, thread)
            return lock.requested
        lock.races += 1
        lock.requested = hands.choose([(lock.races + place) % RACES for place in range(RACES)]) == 0
        lock.signalled.append(waiter)
        hands.signal_soon(waiter)
        if not lock.requested:
            hands.taken_back(lock, thread)
        return lock.requested

    def release(self, lock: GlobalLock, thread: int, hands: Hands, *, forcing: bool) -> bool:
        """Let go: to a waiter that is quicker, and has been signalled already, or as any policy does."""
        if not (lock.requested and lock.signalled and forcing):
            return super().release(lock, thread, hands, forcing=forcing)
        lock.holder, lock.forced = None, thread
        return True

    def woken(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """Take the lock if it is free; else sleep on."""
        if thread in lock.signalled:
            lock.signalled.remove(thread)
        super().woken(lock, thread, hands)
