"""The broker: where the synchronisation objects, queues and tasks of a run on the operating system live.

They are those of the simulation (`machine/sync.py`), all in one process, the coordinator's, and every operation on one
of them is performed there, one after another. So they mean what they mean in the simulation; they may be made at any
time and sent anywhere; and a deadlock is *seen*, because the one place that lets threads wait knows that all of them
do. Semaphores and pipes shared by the processes would save a message for each operation, but who waits for what would
then be known to nobody, and a lock made after a `spawn` could not be sent to the other processes:
`multiprocessing.Lock` can be inherited only (3.13, `Lib/multiprocessing/synchronize.py`, `assert_spawning`).

A signalled thread tries again as soon as the operation that woke it is done. A value on its way is a parcel that
nobody opens here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from interp.bytecode.bounds import OUR_BOUND
from interp.machine.state import MEMORY_LIMIT
from interp.machine.sync import SyncObject
from interp.real.parcels import Parcel
from interp.scheduling.costs import named_costs
from interp.scheduling.ledger import Ledger
from interp.scheduling.requests import World


class Broker(World):
    """The world of the simulation, without its time: what is signalled is tried at once, what is sent is a parcel."""

    def __init__(self, ledger: Ledger, mode: str, write: Callable[[str], object] | None) -> None:
        super().__init__(ledger, mode, named_costs("classroom"), write)
        self.signalled: deque[int] = deque()
        self.carried = 0

    def signal(self, waiting: list[int], count: int) -> None:
        """Note up to `count` of the waiting threads, the first in line, that they are to try again."""
        candidates = [number for number in waiting if not self.thread_wait(number).signalled]
        for number in candidates[:count]:
            self.thread_wait(number).signalled = True
            self.signalled.append(number)

    def send(self, thread: int, value: Any, into: SyncObject) -> Any:
        """Account for what lies in queues; raises `MemoryError` where that is too much."""
        if isinstance(value, Parcel):
            if self.carried + len(value.data) > MEMORY_LIMIT:
                raise MemoryError(f"what lies in queues needs more than 512 MiB {OUR_BOUND}")
            self.carried += len(value.data)
        return value

    def receive(self, thread: int, value: Any, out_of: SyncObject) -> Any:
        """Account for what leaves a queue."""
        if out_of.kind == "queue" and isinstance(value, Parcel):
            self.carried -= len(value.data)
        return value
