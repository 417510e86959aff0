"""Deadlocks: no thread can go on, and some are not over. Who waits for what that who holds, and where.

Nothing is predicted here. A deadlock is what is left when no thread runs, no timer is set and no signal is on
its way.
"""

from __future__ import annotations

from collections.abc import Iterable

from interp.machine.memory import reachable
from interp.machine.state import ThreadState, Wait
from interp.machine.sync import Condition, Lock, Queue, SyncObject
from interp.machine.thread import Thread
from interp.scheduling.naming import describe_wait, name_of
from interp.scheduling.result import Stuck


def stuck_threads(threads: Iterable[Thread]) -> tuple[Stuck, ...]:
    """Describe every blocked thread of a deadlock."""
    threads = list(threads)
    names = {thread.number: thread.name for thread in threads}
    locks = all_locks(threads)
    found = []
    for thread in threads:
        wait = thread.wait
        if thread.state is not ThreadState.BLOCKED or wait is None:
            continue
        held = [name_of(lock, thread) for lock in locks if lock.holder == thread.number]
        found.append(
            Stuck(
                number=thread.number,
                thread=thread.name,
                waits_for=describe_wait(thread) or "",
                line=thread.line,
                holders=tuple(names[number] for number in awaited(wait)),
                holds=tuple(held),
            )
        )
    return tuple(found)


def awaited(wait: Wait) -> list[int]:
    """The threads that hold what is waited for."""
    on = wait.on
    if isinstance(on, Condition):
        return on.lock.holders() if wait.granted else []
    return on.holders() if isinstance(on, SyncObject) else []


def all_locks(threads: Iterable[Thread]) -> list[Lock]:
    """Every lock that the program can still reach, in the order in which they were made."""
    threads = list(threads)
    roots = [value for thread in threads for value in thread.roots()]
    roots += [thread.process.globals for thread in threads]
    roots += [thread.wait.on for thread in threads if thread.wait is not None]
    locks: dict[int, Lock] = {}
    waiting = [value for value in reachable(roots).values() if isinstance(value, SyncObject)]
    for value in waiting:
        if isinstance(value, Condition):
            value = value.lock
        if isinstance(value, Queue):
            waiting.extend(item for item in reachable(value.values()).values() if isinstance(item, SyncObject))
        if isinstance(value, Lock):
            locks[id(value)] = value
    return sorted(locks.values(), key=lambda lock: (lock.kind, lock.number))


def is_circular(stuck: tuple[Stuck, ...]) -> bool:
    """Whether every thread waits for something that another one of them holds."""
    names = {thread.thread for thread in stuck}
    return all(thread.holders and names.issuperset(thread.holders) for thread in stuck)


def describe_deadlock(stuck: tuple[Stuck, ...], tick: int, filename: str, moment: str = "") -> str:
    """Return the message for a person, a line for each thread, without a final newline.

    `moment` says when it was, in other words than the tick.
    """
    cause = "each thread waits for what another one holds" if is_circular(stuck) else "no thread can go on"
    if any(thread.thread in thread.holders for thread in stuck):
        cause = "a thread waits for what it holds itself"
    width = max(len(f"thread {thread.number} ({thread.thread})") for thread in stuck)
    lines = [f"deadlock {moment or f'at tick {tick}'}: {cause}"]
    for thread in stuck:
        who = f"thread {thread.number} ({thread.thread})"
        holds = f"holds {', '.join(thread.holds)}, " if thread.holds else ""
        held = f" (held by {', '.join(thread.holders)})" if thread.holders and " of " not in thread.waits_for else ""
        where = f"  {filename}:{thread.line}" if thread.line else ""
        lines.append(f"  {who:{width}}  {holds}waits for {thread.waits_for}{held}{where}")
    return "\n".join(lines)
