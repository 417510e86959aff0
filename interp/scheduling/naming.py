"""What a reader of the program would call a synchronisation object: the name of the variable it is in.

An object has no name of its own. If a global variable of the thread's process holds it, or a local variable
of one of its frames, that is its name (`fork_a`, or `forks[0]` in a list); else its kind and number (`lock
2`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from interp.machine.sync import Condition, SyncObject, Task
from interp.machine.thread import Thread

MOST_ITEMS = 100
"""Lists and dicts longer than this are not searched for a name."""


def name_of(wanted: Any, thread: Thread) -> str:
    """Return the name under which `thread` knows an object; one that its siblings know, too, if there is one."""
    if isinstance(wanted, Task):
        return wanted.name
    for variables in (thread.process.globals.items(), local_variables(thread)):
        named = list(variables)
        for name, value in (*named, *items_in(named)):
            if value is wanted:
                return name
            if isinstance(value, Condition) and value.lock is wanted:
                return f"the lock of {name}"
    return f"{wanted.kind} {wanted.number}" if isinstance(wanted, SyncObject) else repr(wanted)


def local_variables(thread: Thread) -> Iterator[tuple[str, Any]]:
    """Yield the local variables of the thread's frames, the innermost first."""
    for frame in reversed(thread.frames):
        yield from zip(frame.code.local_names, frame.locals, strict=True)


def items_in(variables: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield what stands in the lists, tuples and dicts among some variables, as `name[key]`."""
    for name, value in variables:
        if isinstance(value, (list, tuple, dict)) and len(value) <= MOST_ITEMS:
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                yield f"{name}[{key!r}]", item


def describe_wait(thread: Thread) -> str | None:
    """Say what a blocked thread waits for, as a phrase: `lock fork_a`, `join of work-2`, `an item of queue tasks`."""
    wait = thread.wait
    if wait is None:
        return None
    name = name_of(wait.on, thread)
    kind = wait.on.kind if isinstance(wait.on, SyncObject) else ""
    if isinstance(wait.on, Task):
        return f"{'the call' if wait.operation == 'call' else 'join'} of {name}"
    if not name.startswith((kind, "the lock of")):
        name = f"{kind} {name}"
    if wait.operation == "get":
        return f"an item of {name}"
    if wait.operation == "put":
        return f"room in {name}"
    return name
