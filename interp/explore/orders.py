"""What puts threads in an order: the operations of synchronisation objects, `spawn`, and the ends of threads.

A turn notes each as a `Sign`, and what follows from the signs of a whole run is worked out in `races.py`. A *release*
hands on what the thread and those before it have done; an *acquire* of the same object learns of it:

| what happens | sign |
| --- | --- |
| a lock, a semaphore, the lock of a condition is acquired, or released | acquire, or release |
| a thread begins to wait at a condition | its lock is released; when the wait is over, acquired |
| a flag is raised | release |
| a raised flag is found, or a wait for it is over | acquire |
| a thread arrives at a barrier and waits there | release; when the wait is over, acquire |
| the last one arrives at a barrier | release and acquire |
| an item is put into a queue or taken out | acquire and release |
| a thread ends, or is spawned | release, or spawn |
| a thread is joined | acquire |

Read next: `races.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from interp.machine.state import Wait
from interp.machine.sync import Barrier, Condition, Queue, SyncObject, Task

Order = tuple[str, SyncObject]
"""The kind of a sign, and the object by which the order is made."""


class Sign(NamedTuple):
    """An order between threads that a turn makes: it acquires, releases or spawns something.

    `position` says how many of the turn's accesses came before it.
    """

    kind: str
    key: Any
    position: int
    line: int | None


def key_of(value: SyncObject) -> Any:
    """Return how a sign names a synchronisation object: a task by the number of its thread."""
    return value.number if isinstance(value, Task) else (type(value).__name__, int(value.number))


def orders_of(owner: SyncObject, name: str, result: Any) -> list[Order]:
    """Return which orders an operation has made that did not have to wait."""
    if isinstance(owner, Condition):
        if name not in ("acquire", "release", "__exit__"):
            return []
        owner = owner.lock
    if isinstance(owner, Task):
        return [("acquire", owner)]
    if isinstance(owner, Queue):
        return [("acquire", owner), ("release", owner)]
    if name in ("release", "set", "__exit__"):
        return [("release", owner)]
    if name == "wait" and isinstance(owner, Barrier):
        return [("release", owner), ("acquire", owner)]
    if result is True and name in ("acquire", "wait", "is_set"):
        return [("acquire", owner)]
    return []


def orders_of_waiting(wait: Wait) -> list[Order]:
    """Return which orders are made where a thread begins to wait, and others can notice that it does."""
    on = wait.on
    if isinstance(on, Condition) and wait.operation == "wait":
        return [("release", on.lock)]
    return [("release", on)] if isinstance(on, Barrier) else []


def orders_after(wait: Wait) -> list[Order]:
    """Return which orders are made where a wait is over."""
    on = wait.on
    if not isinstance(on, SyncObject):
        return []
    return [("acquire", on.lock if isinstance(on, Condition) else on)]
