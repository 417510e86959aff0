"""The lock of Ruby's reference implementation up to 3.2, the GVL (global VM lock).

The state: *holder*, the threads *waiting*, in a queue.

1. **Take.** If the lock is free, a thread takes it. Otherwise it goes to the end of the queue.
2. **Timer.** The first in the queue counts the quantum, from the moment at which it became the first or the holder
   took the lock, whichever was later. When the quantum is over, it interrupts the holder, and counts on.
3. **Yield.** The holder looks for an interrupt at backward branches and at the ends of methods. It lets go, signals the
   first in the queue, and waits until the lock has been taken (the hand-over is forced).
4. **Block.** A thread that blocks or sleeps lets go and signals the first in the queue.

So threads that compute take turns in strict order, each for a quantum and a little. The quantum is long: 100 ms, twenty
switch intervals of CPython, and so is the convoy of a thread that sleeps for a moment beside one that computes.

Source: 3.1, `thread_pthread.c` (`gvl_acquire_common`, `gvl_yield`, `TIME_QUANTUM_MSEC`). Measured on 3.1.2: three
threads that compute run in the order 1 0 2 1 0 2 …; `sleep 0.001` beside one of them takes 101 ms.
"""

from __future__ import annotations

from interp.scheduling.costs import Costs
from interp.scheduling.locks.policy import GlobalLock, Hands, LockPolicy

INTERVALS_A_QUANTUM = 20
"""100 ms, where CPython's switch interval is 5 ms."""


class Ruby31(LockPolicy):
    """A queue, first in, first out; its first counts the quantum, and the holder must hand over."""

    name = "ruby3.1"
    models = "Ruby's GVL: a strict queue, a long quantum, forced hand-over"
    switch_points = "loops-and-returns"
    interval_in = "ticks"

    def default_interval(self, costs: Costs) -> int:
        """Return the quantum: 100 ms, 2,000 ticks in the classroom."""
        return INTERVALS_A_QUANTUM * costs.interval

    def arrive(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """Take a free lock; else wait at the end of the queue, and count if that is its beginning, too."""
        super().arrive(lock, thread, hands)
        if lock.waiting == [thread]:
            hands.set_alarm(thread)

    def alarm(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """The quantum is over: interrupt the holder, and count on; a lock that is free at this moment is taken."""
        if lock.holder is None:
            self.take(lock, thread, hands)
            return
        if not lock.requested:
            lock.requested = True
            hands.lock_requested(lock, thread)
        hands.set_alarm(thread)

    def release(self, lock: GlobalLock, thread: int, hands: Hands, *, forcing: bool) -> bool:
        """Let go and signal the first in the queue; only a holder that was asked to waits for the switch."""
        lock.holder = None
        self.hand_on(lock, hands)
        if lock.requested and lock.waiting and forcing:
            lock.forced = thread
            return True
        return False

    def hand_on(self, lock: GlobalLock, hands: Hands) -> None:
        """Signal the first in the queue."""
        if lock.waiting:
            hands.signal_waiter(lock.waiting[0])

    def take(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """`thread` becomes the holder, and whoever is first now begins to count."""
        super().take(lock, thread, hands)
        if lock.waiting:
            hands.set_alarm(lock.waiting[0])
