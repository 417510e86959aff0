"""What can be observed of a run: one small class for each kind of event.

The scheduler makes events only if somebody listens, and never looks at what becomes of them. All ticks are
those of the virtual clock; threads and processes are numbered from 1 (main) in the order of `spawn`; a `line`
is a line of the program, None where there is none. Events come in time order; where several carry one tick,
in the order in which they happened.

They stand in this package, and not in `traces/`, because the scheduler makes them and may not know who keeps
them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at `tick` to `thread`."""

    tick: int
    thread: int


@dataclass(frozen=True, slots=True)
class Spawned(Event):
    """`thread` began to exist, as a thread of `process`; `parent` is the thread that spawned it (0 for main)."""

    name: str
    process: int
    parent: int
    line: int | None


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """`thread` is in `state` from now on: `running ready lock-wait blocked sleeping finished failed`.

    `core` is the core it runs on (from 0), else None. `on` says what it waits for when it is blocked, as a
    reader would say it (`lock 1`, `join of work-2`, `queue 1`).
    """

    state: str
    core: int | None
    on: str | None
    line: int | None


@dataclass(frozen=True, slots=True)
class LockWaited(Event):
    """`thread` joined those who wait for the global lock of `process`."""

    process: int


@dataclass(frozen=True, slots=True)
class LockRequested(Event):
    """`thread` waited a whole interval and asks `holder` to drop the lock of `process` (the drop request)."""

    process: int
    holder: int


@dataclass(frozen=True, slots=True)
class LockTaken(Event):
    """`thread` took the global lock of `process`; `waited` is how many ticks it stood in line."""

    process: int
    waited: int


@dataclass(frozen=True, slots=True)
class LockReleased(Event):
    """`thread` let the global lock of `process` go; the reason is `request`, `check`, `block`, `sleep`, `end` or
    `schedule`. (`check`: a lock that counts looked whether somebody else would like to have it.)"""

    process: int
    reason: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Sent(Event):
    """`thread` put something of `size` units into `queue`."""

    queue: str
    size: int


@dataclass(frozen=True, slots=True)
class Received(Event):
    """`thread` got something of `size` units out of `queue`."""

    queue: str
    size: int


@dataclass(frozen=True, slots=True)
class Printed(Event):
    """`thread` printed `text`, its line end included."""

    text: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """An exception left the outermost function of `thread`."""

    type: str
    message: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """`thread` is over; an exception that ended it is in the `Failed` before."""


@dataclass(frozen=True, slots=True)
class RunSlice(Event):
    """`thread` ran on `core` from `tick` to `stop` and executed `count` instructions, without a pause.

    `first` and `last` name its first and last instruction, `BINARY_OP:12` with the line of the program. A
    slice is reported when it is over, so it comes after the events that happened in it; its `tick` is the
    start. `core` is None where the operating system does not tell it.
    """

    core: int | None
    stop: int
    first: str
    last: str
    count: int


EVENT_KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        Spawned, StateChanged, LockWaited, LockRequested, LockTaken, LockReleased, Sent, Received, Printed, Failed,
        Ended, RunSlice,
    )
}  # fmt: skip
