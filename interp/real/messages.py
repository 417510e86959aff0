"""What the coordinator and its workers say to each other.

A worker speaks for one of its threads, and each of its messages has an *account*: what state the thread is in, since
when, and how long it was in each, so that whatever happens to the process afterwards, its figures up to here are
known. The events since the last message come along.

    the worker says                                  the coordinator answers
    -----------------------------------------------  -----------------------------------------------------------
    READY     I have started                         START, with the first thread
    ASK       perform this operation                 DONE with its value, RAISE with its error, or first BLOCKED
    SPAWN     I have forked this process (or: start  START to the new process; DONE with the task, or RAISE, to
              one with this state)                   whoever asked
    PRINT     write this text                        nothing
    NEWS      so far I have come                     nothing
    ENDED     the thread is over, with this result   nothing
    FULL      the thread has done `max_steps`        STOP to everyone
    FAULT     interp itself is wrong                 STOP to everyone
    ANSWER    what was asked by DESCRIBE             nothing
    STOPPED   the answer to STOP                     nothing; the worker ends

BLOCKED, DESCRIBE (what does a blocked thread call the things it waits for and holds?) and STOP are the only messages
that a worker does not have to wait for with a request of its own under way.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from interp.scheduling.events import Event
from interp.scheduling.failures import Failure


class Says(Enum):
    """What a message is about."""

    READY = "ready"
    ASK = "ask"
    SPAWN = "spawn"
    PRINT = "print"
    NEWS = "news"
    ENDED = "ended"
    FULL = "full"
    FAULT = "fault"
    ANSWER = "answer"
    STOPPED = "stopped"
    START = "start"
    DONE = "done"
    RAISE = "raise"
    BLOCKED = "blocked"
    DESCRIBE = "describe"
    STOP = "stop"


class Account(NamedTuple):
    """A thread's figures: its state since which tick, the ticks in each state before that, its steps."""

    state: str
    since: int
    spent: tuple[int, ...]
    steps: int


class Message(NamedTuple):
    """What a worker says for a thread of its process."""

    says: Says
    thread: int
    account: Account | None
    events: tuple[Event, ...]
    switches: int
    body: Any


class Answer(NamedTuple):
    """What the coordinator says to a thread."""

    says: Says
    thread: int
    body: Any


class Setup(NamedTuple):
    """What a worker that is no fork must know before anything else."""

    program: Any
    sequential: bool
    forks: bool
    watched: bool
    max_steps: int


class Birth(NamedTuple):
    """A new thread, as START tells of it.

    `tick` is when it began to exist, `zero` the host's clock at tick 0; `state` has the memory and the call where
    nothing was forked.
    """

    name: str
    process: int
    tick: int
    zero: int
    state: Any


class SpawnRequest(NamedTuple):
    """What SPAWN asks for; `pid` is the process that was forked, None where none was."""

    name: str
    line: int | None
    pid: int | None
    state: Any


class Ending(NamedTuple):
    """How a thread ended: its result and error as parcels, and how it failed in words."""

    value: Any
    error: Any
    failure: Failure | None
