"""Taking a picture of a run: from the state of a simulation to a `Moment` in texts.

A picture is small whatever the state is: long values are cut short, and of very many objects the first are shown, in
the order in which a walk finds them that begins at the global variables and goes on with the threads' frames. Nothing
of the host gets into it, no address and no hash order, so the same moment gives the same picture on every machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from interp.bytecode.instructions import UNBOUND
from interp.bytecode.visible import visible_slots
from interp.machine.state import Frame, ThreadState
from interp.machine.sync import Barrier, Condition, Event, Lock, Queue, RLock, Semaphore, SyncObject, Task
from interp.machine.thread import Thread
from interp.machine.tracebacks import describe_error
from interp.scheduling.ledger import TimerKind
from interp.scheduling.naming import describe_wait
from interp.scheduling.scheduler import Simulation
from interp.traces.moments import (
    Moment,
    ShownFrame,
    ShownLock,
    ShownObject,
    ShownProcess,
    ShownThread,
    ShownValue,
)
from interp.traces.step_rows import show_value

MOST_OBJECTS = 200
"""So many objects are shown at most."""

MOST_PARTS = 100
"""So many items of a container are looked into for further objects."""

MOST_NAMES = 3
"""So many names of one object are shown."""

MOST_VALUES = 500
"""So many variables of one memory or frame, and so many values of a stack, are shown."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A moment, and the objects of the run that it shows: those of `moment.objects`, in the same order.

    As long as somebody has them, none of them can go and leave its identity to another.
    """

    moment: Moment
    objects: tuple[Any, ...]


def take_picture(simulation: Simulation) -> Picture:
    """Return what a simulation that has stopped looks like, without what led there."""
    found = list(find_objects(simulation).values())
    moment = look_at(simulation, found)
    return Picture(moment, tuple(one.value for one in found))


def look_at(simulation: Simulation, found: Iterable[Found]) -> Moment:
    """Return the moment at which a simulation stands; the objects in it were found before."""
    following = simulation.following
    threads: list[Thread] = simulation.ledger.machine.threads
    wakes = waking_times(simulation)
    return Moment(
        step=simulation.steps,
        tick=simulation.tick,
        following=None if following is None else following.number,
        threads=tuple(show_thread(thread, wakes.get(thread.number)) for thread in threads),
        processes=tuple(
            ShownProcess(process.number, show_values(process.globals.items()))
            for process in simulation.ledger.machine.processes
        ),
        locks=tuple(show_locks(simulation)),
        objects=tuple(map(show_found, found)),
        output="".join(simulation.world.output),
        system_switches=simulation.cores.shared,
    )


def show_values(values: Iterable[tuple[str, Any]]) -> tuple[ShownValue, ...]:
    """Return variables and their texts."""
    shown: list[ShownValue] = []
    for name, value in values:
        if value is not UNBOUND and name != "__name__":
            shown.append(ShownValue(name, show_value(value)))
        if len(shown) == MOST_VALUES:
            break
    return tuple(shown)


def show_thread(thread: Thread, wakes_at: int | None) -> ShownThread:
    """Return what a thread looks like."""
    error = thread.task.error
    return ShownThread(
        number=thread.number,
        name=thread.name,
        process=thread.process.number,
        state=thread.state.value,
        core=thread.core if thread.state is ThreadState.RUNNING else None,
        clock=thread.clock,
        steps=thread.steps,
        waits_for=describe_wait(thread) if thread.state is ThreadState.BLOCKED else None,
        wakes_at=wakes_at,
        error=None if error is None else describe_error(error),
        frames=tuple(show_frame(frame, in_call=stands_in_call(thread, frame)) for frame in thread.frames),
        times=tuple((state.value, ticks) for state, ticks in thread.spent.items() if not state.is_over),
    )


def stands_in_call(thread: Thread, frame: Frame) -> bool:
    """Whether the instruction before the next one of a frame is a call that is not over yet."""
    waits = thread.request is not None or thread.state in (ThreadState.BLOCKED, ThreadState.SLEEPING)
    return frame is not thread.frames[-1] or waits


def show_frame(frame: Frame, *, in_call: bool) -> ShownFrame:
    """Return what a frame looks like."""
    bottom = max(0, len(frame.stack) - MOST_VALUES)
    stack = ((str(place), value) for place, value in enumerate(frame.stack[bottom:], bottom))
    return ShownFrame(
        code=frame.code,
        offset=frame.pc - in_call,
        variables=show_values((name, frame.locals[slot]) for name, slot in visible_slots(frame.code, frame.pc)),
        stack=show_values(stack),
    )


def waking_times(simulation: Simulation) -> dict[int, int]:
    """Return for each sleeping thread the tick at which it wakes up."""
    found: dict[int, int] = {}
    for timer in simulation.ledger.timers:
        thread = simulation.ledger.thread(timer.thread)
        if timer.kind is TimerKind.SLEEP_OVER and timer.token == thread.alarm and thread.state is ThreadState.SLEEPING:
            found[timer.thread] = timer.time
    return found


def show_locks(simulation: Simulation) -> Iterator[ShownLock]:
    """Yield the global locks, by process."""
    if not simulation.has_lock:
        return
    ledger = simulation.ledger
    for number in sorted(simulation.locks):
        lock = simulation.locks[number]
        due = [
            timer.time - simulation.tick
            for timer in ledger.timers
            if timer.kind is TimerKind.LOCK_ALARM
            and timer.thread in lock.waiting
            and timer.token == ledger.thread(timer.thread).alarm
        ]
        waiting = [*lock.waiting]
        if lock.forced is not None and lock.forced not in waiting:
            waiting.append(lock.forced)
        yield ShownLock(number, lock.holder, tuple(waiting), lock.requested, max(0, min(due)) if due else None)


# --- objects ------------------------------------------------------------------------------------------------


@dataclass
class Found:
    """An object that the walk has come to."""

    value: Any
    process: int | None
    names: list[str] = field(default_factory=list)
    viewers: set[int] = field(default_factory=set)


def show_found(found: Found) -> ShownObject:
    """Return what an object looks like."""
    return ShownObject(
        names=tuple(found.names),
        kind=found.value.kind if isinstance(found.value, SyncObject) else type(found.value).__name__,
        text=show_object(found.value),
        process=found.process,
        seen_by=tuple(sorted(found.viewers)),
    )


def find_objects(simulation: Simulation) -> dict[int, Found]:
    """Walk through all memories and frames; returns what was found by its identity, in the order of the walk."""
    machine = simulation.ledger.machine
    living = [thread for thread in machine.threads if not thread.state.is_over]
    found: dict[int, Found] = {}
    for process in machine.processes:
        viewers = {thread.number for thread in living if thread.process is process}
        walk(process.globals.items(), viewers, process.number, found)
    for thread in living:
        for frame in reversed(thread.frames):
            named = zip(frame.code.local_names, frame.locals, strict=True)
            prefix = f"{thread.name}: "
            walk(((prefix + name, value) for name, value in named), {thread.number}, thread.process.number, found)
            walk(((f"{prefix}stack", value) for value in frame.stack), {thread.number}, thread.process.number, found)
    return found


def walk(values: Iterable[tuple[str, Any]], viewers: set[int], process: int, found: dict[int, Found]) -> None:
    """Note the objects that can be reached from some named values, and who can reach them."""
    waiting = deque(values)
    seen: set[int] = set()
    while waiting:
        name, value = waiting.popleft()
        if not isinstance(value, (list, dict, tuple, SyncObject)):
            continue
        if not isinstance(value, tuple):
            known = found.get(id(value))
            if known is None:
                if len(found) == MOST_OBJECTS:
                    continue
                known = found[id(value)] = Found(value, None if isinstance(value, SyncObject) else process)
            known.viewers |= viewers
            if len(known.names) < MOST_NAMES and name not in known.names:
                known.names.append(name)
        if id(value) not in seen:
            seen.add(id(value))
            waiting.extend(parts_with_names(name, value))


def parts_with_names(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what stands in a container, each with the way to it."""
    if isinstance(value, dict):
        for key, item in list(value.items())[:MOST_PARTS]:
            yield f"{name}[{show_value(key)}]", item
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value[:MOST_PARTS]):
            yield f"{name}[{place}]", item
    elif isinstance(value, Queue):
        for place, item in zip(range(MOST_PARTS), value.items, strict=False):
            yield f"item {place} of {name}", item
    elif isinstance(value, Condition):
        yield f"the lock of {name}", value.lock


def show_object(value: Any) -> str:
    """Return an object as text; of a synchronisation object, what it is like now and who waits."""
    if not isinstance(value, SyncObject):
        return show_value(value)
    text = show_sync(value)
    waiting: list[int] = (
        [*value.getting, *value.putting] if isinstance(value, Queue) else value.waiting  # type: ignore[attr-defined]
    )
    return f"{text}; waiting: {', '.join(map(str, waiting))}" if waiting else text


def show_sync(value: SyncObject) -> str:
    """Return what a synchronisation object is like."""
    if isinstance(value, Lock):
        times = f", {value.count} times" if isinstance(value, RLock) and value.count > 1 else ""
        return "free" if value.holder is None else f"held by thread {value.holder}{times}"
    if isinstance(value, Semaphore):
        return f"{value.count} left"
    if isinstance(value, Event):
        return "set" if value.flag else "not set"
    if isinstance(value, Barrier):
        return f"for {value.parties} threads"
    if isinstance(value, Queue):
        room = f" of {value.maxsize}" if value.maxsize > 0 else ""
        return f"{show_value(list(value.items))} ({len(value.items)}{room})"
    if isinstance(value, Task):
        if not value.is_over:
            return "not over"
        return f"failed: {describe_error(value.error)}" if value.error else f"over: {show_value(value.value)}"
    return "no notification yet" if isinstance(value, Condition) else value.kind


# --- what changed -------------------------------------------------------------------------------------------


def mark_changes(before: Picture, after: Picture, simulation: Simulation, written: list[Any]) -> Moment:
    """Return the later of two moments, at which the simulation stands, with what has changed since the other marked.

    That is what has another text than then, objects by their identities, and whatever is a `written` list or dict, of
    which the text may not show it. In between, the simulation went on and was not restored.
    """
    old_threads = {thread.number: thread for thread in before.moment.threads}
    old_memories = {process.number: process.variables for process in before.moment.processes}
    old_objects = {
        id(value): shown.text for value, shown in zip(before.objects, before.moment.objects, strict=True)
    }
    touched = {id(container) for container in written}
    machine = simulation.ledger.machine
    return replace(
        after.moment,
        threads=tuple(
            mark_thread(old_threads.get(shown.number), shown, thread, touched)
            for shown, thread in zip(after.moment.threads, machine.threads, strict=True)
        ),
        processes=tuple(
            replace(
                shown,
                variables=mark_values(
                    old_memories.get(shown.number, ()), shown.variables, names_of(touched, process.globals.items())
                ),
            )
            for shown, process in zip(after.moment.processes, machine.processes, strict=True)
        ),
        objects=tuple(
            replace(shown, changed=id(value) in touched or old_objects.get(id(value)) != shown.text)
            for value, shown in zip(after.objects, after.moment.objects, strict=True)
        ),
    )


def mark_thread(before: ShownThread | None, after: ShownThread, thread: Thread, touched: set[int]) -> ShownThread:
    """Return a thread with what changed in its frames marked."""
    if before is None or (before.frames == after.frames and not touched):
        return after
    frames = []
    for depth, (shown, frame) in enumerate(zip(after.frames, thread.frames, strict=True)):
        same = depth < len(before.frames) and before.frames[depth].code is shown.code
        old = before.frames[depth] if same else None
        names = names_of(touched, zip(frame.code.local_names, frame.locals, strict=True))
        frames.append(
            replace(
                shown,
                variables=mark_values(old.variables if old else (), shown.variables, names),
                stack=mark_values(old.stack if old else (), shown.stack),
            )
        )
    return replace(after, frames=tuple(frames))


def mark_values(
    before: Iterable[ShownValue], after: tuple[ShownValue, ...], names: frozenset[str] = frozenset()
) -> tuple[ShownValue, ...]:
    """Return variables with those marked that are new, have another text, or have one of these names."""
    old = {value.name: value.text for value in before}
    return tuple(
        replace(value, changed=True) if old.get(value.name) != value.text or value.name in names else value
        for value in after
    )


def names_of(touched: set[int], variables: Iterable[tuple[str, Any]]) -> frozenset[str]:
    """Return the names of those variables whose value is one of these objects, given by identity."""
    return frozenset(name for name, value in variables if id(value) in touched) if touched else frozenset()
