"""A lock that nobody takes away: asyncio, green threads.

1. A thread has the lock until it blocks, sleeps or ends. There is no interval, and no request.
2. The lock goes to the one that has waited longest. Who comes while it is free for a moment waits behind those who
   wait already.

Source: documentation of `asyncio`, "Developing with asyncio": a task gives up the loop only where it awaits.
"""

from __future__ import annotations

from interp.scheduling.locks.policy import GlobalLock, Hands, LockPolicy


class CooperativeLock(LockPolicy):
    """Given up only where a thread blocks, sleeps or ends; first in, first out."""

    name = "cooperative"
    models = "asyncio, green threads: a thread has it until it waits or ends"
    switch_points = "waits-only"

    def arrive(self, lock: GlobalLock, thread: int, hands: Hands) -> None:
        """Wait behind those who wait already, even if the lock is free for a moment."""
        if lock.holder is None and not lock.waiting:
            self.take(lock, thread, hands)
        else:
            lock.waiting.append(thread)
