"""Synchronisation objects: locks, semaphores, conditions, events, barriers, queues, and the tasks that
`spawn` returns.

Each behaves as its namesake in CPython's `threading` and `queue`, but is one object of the simulated world:
an operation on it is performed whole, at one moment of virtual time. (CPython builds a `Condition` or a
`Queue` from locks, in Python.)

How blocking works:

1. An operation that can be done at once returns its value. One that cannot puts the thread into the object's
   list of waiting threads and returns a `Wait`, which stays with the thread until the wait is over.
2. An operation that could let others go on (a release, a put) *signals* them through the world: so many of
   the first in line, unless a seed draws them. A signal is not a hand-over: the signalled thread wakes up
   some ticks later and *attempts* its operation again. If somebody was quicker it goes on waiting. So it is
   with a POSIX semaphore, on which CPython's locks rest (3.13, `Python/thread_pthread.h`): whoever comes
   first takes it, waiting or not.
3. An attempt that succeeds gives the value that the operation returns.

Objects are shared by all processes and name threads by their numbers, so that they stay plain data.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from interp.machine.memory import SharedObject
from interp.machine.state import Wait

WAITING = object()
"""What an attempt returns that has failed: the thread waits on."""


class World(Protocol):
    """What an operation may ask of the world it happens in."""

    def signal(self, waiting: list[int], count: int) -> None:
        """Wake up to `count` of the threads in `waiting` that have not been signalled yet."""

    def thread_wait(self, number: int) -> Wait:
        """The wait of a blocked thread."""

    def send(self, thread: int, value: Any, into: Any) -> Any:
        """Account for a value that leaves a thread for others; returns what arrives, a copy between processes."""

    def receive(self, thread: int, value: Any, out_of: Any) -> Any:
        """Account for a value that reaches a thread; returns it, copied where processes are apart."""


class SyncObject(SharedObject):
    """Anything with operations that may block; `number` counts the objects of its kind from 1."""

    __slots__ = ("number",)

    kind = "object"

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"<{self.kind} {self.number}>"

    def attempt(self, world: World, thread: int, wait: Wait) -> Any:
        """Try again what `thread` waits for: the operation's value, or `WAITING`."""
        raise NotImplementedError

    def withdraw(self, thread: int) -> None:
        """Take `thread` out of the lists of waiting threads."""
        raise NotImplementedError

    def holders(self) -> list[int]:
        """The threads that hold this object."""
        return []


class Lockable(SyncObject):
    """What can be acquired and released; the common part of the locks and the semaphore."""

    __slots__ = ("waiting",)

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.waiting: list[int] = []

    def take(self, thread: int) -> bool:
        """Acquire it for `thread` if that is possible now."""
        raise NotImplementedError

    def acquire(self, world: World, thread: int, blocking: Any = True) -> Any:
        """Acquire it; without `blocking`, return whether that was possible."""
        if self.take(thread):
            return True
        if not blocking:
            return False
        self.waiting.append(thread)
        return Wait(self, "acquire")

    def attempt(self, world: World, thread: int, wait: Wait) -> Any:
        """Acquire it now, or go on waiting."""
        return True if self.take(thread) else WAITING

    def withdraw(self, thread: int) -> None:
        """Take `thread` out of the line."""
        self.waiting.remove(thread)


class Lock(Lockable):
    """A lock: free, or held by one thread; any thread may release it."""

    __slots__ = ("holder",)

    kind = "lock"

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.holder: int | None = None

    def take(self, thread: int) -> bool:
        """Take the lock if it is free."""
        if self.holder is not None:
            return False
        self.holder = thread
        return True

    def release(self, world: World, thread: int) -> None:
        """Free the lock; raises `RuntimeError` if it is free already."""
        if self.holder is None:
            raise RuntimeError("release unlocked lock")
        self.let_go(world, thread)

    def let_go(self, world: World, thread: int) -> None:
        """Free the lock and signal one thread that waits for it."""
        self.holder = None
        world.signal(self.waiting, 1)

    def locked(self, world: World, thread: int) -> bool:
        """Whether a thread holds the lock."""
        return self.holder is not None

    def is_owned(self, thread: int) -> bool:
        """Whether a condition on this lock may be used now: a plain lock only knows that it is held."""
        return self.holder is not None

    def give_up(self, world: World, thread: int) -> int:
        """Free the lock for a wait on a condition; returns what `restore` needs."""
        self.let_go(world, thread)
        return 1

    def restore(self, thread: int, count: int) -> bool:
        """Take the lock again after such a wait, if it is free."""
        return self.take(thread)

    def holders(self) -> list[int]:
        """The thread that holds the lock."""
        return [] if self.holder is None else [self.holder]


class RLock(Lock):
    """A lock that its holder may take again; it is free after as many releases."""

    __slots__ = ("count",)

    kind = "reentrant lock"

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.count = 0

    def take(self, thread: int) -> bool:
        """Take the lock if it is free or the thread's own."""
        if self.holder not in (None, thread):
            return False
        self.holder = thread
        self.count += 1
        return True

    def release(self, world: World, thread: int) -> None:
        """Undo one acquisition; raises `RuntimeError` if the lock is not the thread's own."""
        if self.holder != thread:
            raise RuntimeError("cannot release un-acquired lock")
        self.count -= 1
        if self.count == 0:
            self.let_go(world, thread)

    def is_owned(self, thread: int) -> bool:
        """Whether `thread` holds the lock."""
        return self.holder == thread

    def give_up(self, world: World, thread: int) -> int:
        """Free the lock however often it was taken."""
        count, self.count = self.count, 0
        self.let_go(world, thread)
        return count

    def restore(self, thread: int, count: int) -> bool:
        """Take the lock again as often as before."""
        if self.holder is not None:
            return False
        self.holder, self.count = thread, count
        return True


class Semaphore(Lockable):
    """A counter that cannot go below zero: `acquire` takes one away, `release` adds some."""

    __slots__ = ("count",)

    kind = "semaphore"

    def __init__(self, number: int, value: Any = 1) -> None:
        super().__init__(number)
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self.count = value

    def take(self, thread: int) -> bool:
        """Take one away if there is one."""
        if self.count <= 0:
            return False
        self.count -= 1
        return True

    def release(self, world: World, thread: int, n: Any = 1) -> None:
        """Add `n` and signal as many."""
        if n < 1:
            raise ValueError("n must be one or more")
        self.count += n
        world.signal(self.waiting, n)


class Condition(SyncObject):
    """A condition on a lock: `wait` frees the lock until another thread notifies, then takes the lock again."""

    __slots__ = ("lock", "waiting")

    kind = "condition"

    def __init__(self, number: int, lock: Lock) -> None:
        super().__init__(number)
        self.lock = lock
        self.waiting: list[int] = []

    def acquire(self, world: World, thread: int, blocking: Any = True) -> Any:
        """Acquire the condition's lock."""
        return self.lock.acquire(world, thread, blocking)

    def release(self, world: World, thread: int) -> None:
        """Release the condition's lock."""
        self.lock.release(world, thread)

    def wait(self, world: World, thread: int) -> Any:
        """Free the lock and wait to be notified; raises `RuntimeError` without the lock."""
        if not self.lock.is_owned(thread):
            raise RuntimeError("cannot wait on un-acquired lock")
        self.waiting.append(thread)
        return Wait(self, "wait", self.lock.give_up(world, thread))

    def notify(self, world: World, thread: int, n: Any = 1) -> None:
        """Let the `n` that have waited longest try to take the lock; raises `RuntimeError` without the lock."""
        if not self.lock.is_owned(thread):
            raise RuntimeError("cannot notify on un-acquired lock")
        for number in self.waiting[: max(0, n)]:
            self.waiting.remove(number)
            self.lock.waiting.append(number)
            world.thread_wait(number).granted = True
            world.signal([number], 1)

    def notify_all(self, world: World, thread: int) -> None:
        """Let all that wait try to take the lock."""
        self.notify(world, thread, len(self.waiting))

    def attempt(self, world: World, thread: int, wait: Wait) -> Any:
        """Once notified, take the lock again."""
        return True if wait.granted and self.lock.restore(thread, wait.detail) else WAITING

    def withdraw(self, thread: int) -> None:
        """Take `thread` out of the line, here or at the lock."""
        (self.waiting if thread in self.waiting else self.lock.waiting).remove(thread)


class Event(SyncObject):
    """A flag that threads can wait for."""

    __slots__ = ("flag", "waiting")

    kind = "event"

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.flag = False
        self.waiting: list[int] = []

    def set(self, world: World, thread: int) -> None:
        """Raise the flag and let all that wait for it go on, even if it is cleared before they wake up."""
        self.flag = True
        for number in self.waiting:
            world.thread_wait(number).granted = True
        world.signal(self.waiting, len(self.waiting))

    def clear(self, world: World, thread: int) -> None:
        """Lower the flag."""
        self.flag = False

    def is_set(self, world: World, thread: int) -> bool:
        """Whether the flag is up."""
        return self.flag

    def wait(self, world: World, thread: int) -> Any:
        """Wait until the flag is up."""
        if self.flag:
            return True
        self.waiting.append(thread)
        return Wait(self, "wait")

    def attempt(self, world: World, thread: int, wait: Wait) -> Any:
        """Go on once the flag has been up."""
        return True if wait.granted else WAITING

    def withdraw(self, thread: int) -> None:
        """Take `thread` out of the line."""
        self.waiting.remove(thread)


class Barrier(SyncObject):
    """A place where threads wait until a fixed number of them is there."""

    __slots__ = ("parties", "waiting")

    kind = "barrier"

    def __init__(self, number: int, parties: Any) -> None:
        super().__init__(number)
        if parties < 1:
            raise ValueError("parties must be > 0")
        self.parties = parties
        self.waiting: list[int] = []

    def wait(self, world: World, thread: int) -> Any:
        """Wait for the others; the index of arrival is returned, and the last to arrive opens the barrier."""
        arrived = [number for number in self.waiting if not world.thread_wait(number).granted]
        index = len(arrived)
        if index + 1 < self.parties:
            self.waiting.append(thread)
            return Wait(self, "wait", index)
        for number in arrived:
            world.thread_wait(number).granted = True
        world.signal(arrived, len(arrived))
        return index

    def attempt(self, world: World, thread: int, wait: Wait) -> Any:
        """Go on once the barrier has opened."""
        return wait.detail if wait.granted else WAITING

    def withdraw(self, thread: int) -> None:
        """Take `thread` out of those who are waiting."""
        self.waiting.remove(thread)


class Queue(SyncObject):
    """A line of values, first in, first out; with a `maxsize` above 0, `put` waits while it is full."""

    __slots__ = ("getting", "items", "maxsize", "putting")

    kind = "queue"

    def __init__(self, number: int, maxsize: Any = 0) -> None:
        super().__init__(number)
        self.maxsize = maxsize + 0
        self.items: deque[Any] = deque()
        self.getting: list[int] = []
        self.putting: list[int] = []

    def put(self, world: World, thread: int, item: Any) -> Any:
        """Put an item in; it leaves the thread here, so between processes it is copied here."""
        item = world.send(thread, item, self)
        if self.full(world, thread):
            self.putting.append(thread)
            return Wait(self, "put", item)
        self._add(world, item)
        return None

    def get(self, world: World, thread: int) -> Any:
        """Take the oldest item out."""
        if not self.items:
            self.getting.append(thread)
            return Wait(self, "get")
        return self._remove(world, thread)

    def _add(self, world: World, item: Any) -> None:
        self.items.append(item)
        world.signal(self.getting, 1)

    def _remove(self, world: World, thread: int) -> Any:
        item = world.receive(thread, self.items.popleft(), self)
        world.signal(self.putting, 1)
        return item

    def qsize(self, world: World, thread: int) -> int:
        """How many items are in it."""
        return len(self.items)

    def empty(self, world: World, thread: int) -> bool:
        """Whether no item is in it."""
        return not self.items

    def full(self, world: World, thread: int) -> bool:
        """Whether a `put` would have to wait."""
        return bool(0 < self.maxsize <= len(self.items))

    def attempt(self, world: World, thread: int, wait: Wait) -> Any:
        """Put or get now, or go on waiting."""
        if wait.operation == "get":
            return self._remove(world, thread) if self.items else WAITING
        if self.full(world, thread):
            return WAITING
        self._add(world, wait.detail)
        return None

    def withdraw(self, thread: int) -> None:
        """Take `thread` out of its line."""
        (self.getting if thread in self.getting else self.putting).remove(thread)

    def values(self) -> list[Any]:
        """The items in the queue."""
        return list(self.items)


class Task(SyncObject):
    """What `spawn` returns: the thread or process it started, and what became of it.

    `number` is the thread's. `joined` says that somebody took note of the end. In mode `sequential` the
    thread that spawned waits with the operation `call`, for the task itself.
    """

    __slots__ = ("error", "is_over", "joined", "name", "value", "waiting")

    kind = "task"

    def __init__(self, number: int, name: str) -> None:
        super().__init__(number)
        self.name = name
        self.is_over = False
        self.joined = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.waiting: list[int] = []

    def __repr__(self) -> str:
        return f"<task {self.name}>"

    def join(self, world: World, thread: int) -> Any:
        """Wait for the end and return what the function returned, or raise what it did not catch."""
        if thread == self.number:
            raise RuntimeError("cannot join current thread")
        if not self.is_over:
            self.waiting.append(thread)
            return Wait(self, "join")
        return self._collect(world, thread)

    def finish(self, world: World, value: Any, error: BaseException | None) -> None:
        """Note the end and signal everyone who waits for it."""
        self.is_over, self.value, self.error = True, value, error
        world.signal(self.waiting, len(self.waiting))

    def attempt(self, world: World, thread: int, wait: Wait) -> Any:
        """Collect the result once there is one."""
        if not self.is_over:
            return WAITING
        return self if wait.operation == "call" else self._collect(world, thread)

    def _collect(self, world: World, thread: int) -> Any:
        self.joined = True
        if self.error is not None:
            raise world.receive(thread, self.error, self)
        return world.receive(thread, self.value, self)

    def withdraw(self, thread: int) -> None:
        """Take `thread` out of those who wait for the end."""
        self.waiting.remove(thread)

    def holders(self) -> list[int]:
        """The thread whose end everyone waits for."""
        return [] if self.is_over else [self.number]

    def values(self) -> list[Any]:
        """The result."""
        return [self.value, self.error]


Operation = Callable[..., Any]

KINDS: dict[str, type[SyncObject]] = {
    kind.__name__: kind for kind in (Lock, RLock, Semaphore, Condition, Event, Barrier, Queue)
}
"""The synchronisation objects that a program can make, by the name it calls them."""

OPERATIONS: dict[type[SyncObject], tuple[str, ...]] = {
    Lock: ("acquire", "release", "locked"),
    RLock: ("acquire", "release"),
    Semaphore: ("acquire", "release"),
    Condition: ("acquire", "release", "wait", "notify", "notify_all"),
    Event: ("set", "clear", "is_set", "wait"),
    Barrier: ("wait",),
    Queue: ("put", "get", "qsize", "empty", "full"),
    Task: ("join",),
}
"""What a program can do with each kind; every operation takes the world and the thread's number before its
arguments."""
