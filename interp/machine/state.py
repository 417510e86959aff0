"""All the state of the simulated world, in one tree of plain data.

    Machine ── processes ── globals (the memory its threads share)
       │
       └────── threads ──── frames ── locals, operand stack, the next instruction's offset

Nothing here runs anything. A thread's frames are a list, not a chain of host calls, so a thread can be
stopped, looked at or copied between any two instructions. What one instruction may ask of its thread is in
`thread.py`.

Read next: `interpreter.py`, the loop that changes this state; `scheduling/scheduler.py`, which says whose
turn it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from interp.bytecode.bounds import OUR_BOUND
from interp.bytecode.code import Code
from interp.machine.memory import SharedObject, measure
from interp.machine.values import Builtin

MEMORY_LIMIT = 2**29
"""The bytes that all values of a program together may count for (`memory.py`), 512 MiB."""

MEASURE_AFTER = 2**25
"""After so many bytes of large new values, the memory in use is measured."""

MEASURE_AGAIN_AFTER = 2**16
"""So soon it is measured again while it is over the limit; in between, a program can still say that it is."""


class ThreadState(Enum):
    """What a thread is doing; it is always in exactly one state."""

    RUNNING = "running"
    READY = "ready"
    LOCK_WAIT = "lock-wait"
    BLOCKED = "blocked"
    SLEEPING = "sleeping"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether a thread in this state will never run again."""
        return self in (ThreadState.FINISHED, ThreadState.FAILED)


class Process:
    """A memory, and the builtins every program begins with.

    `ticker` counts the switch points down that are left until the lock is looked at, under a rule that counts them.
    """

    __slots__ = ("builtins", "globals", "number", "ticker")

    def __init__(self, number: int, globals_: dict[str, Any], builtins: dict[str, Any]) -> None:
        self.number = number
        self.globals = globals_
        self.builtins = builtins
        self.ticker = 0


class Frame:
    """One pending call: its code, the offset of its next instruction, its variables and its operand stack."""

    __slots__ = ("code", "locals", "pc", "process", "stack")

    def __init__(self, code: Code, variables: list[Any], process: Process) -> None:
        self.code = code
        self.pc = 0
        self.locals = variables
        self.stack: list[Any] = []
        self.process = process

    @property
    def globals(self) -> dict[str, Any]:
        """The memory that the frame's process has in common."""
        return self.process.globals

    @property
    def builtins(self) -> dict[str, Any]:
        """What names mean that are bound nowhere."""
        return self.process.builtins


@dataclass(slots=True)
class Request:
    """Something that a thread asked of the world: the loop stops, and the scheduler performs it."""

    builtin: Builtin
    arguments: tuple[Any, ...]
    keywords: tuple[str, ...]
    paid: bool = False


@dataclass(slots=True)
class Wait:
    """What a blocked thread waits for.

    `attempt` says whether the wait is over; it is looked up by the object's type (`sync.py`). `granted` is
    set when somebody let this very thread go on (a notified condition, a passed barrier); `signalled` while
    its wake-up is under way. `detail` holds what the attempt needs.
    """

    on: SharedObject
    operation: str
    detail: Any = None
    granted: bool = False
    signalled: bool = False


@dataclass(slots=True)
class Machine:
    """The whole of it, with an account of memory: `fresh` bytes of large values were made since it was last
    measured."""

    processes: list[Process] = field(default_factory=list)
    threads: list[Any] = field(default_factory=list)
    sync_count: dict[str, int] = field(default_factory=dict)
    fresh: int = 0
    measure_after: int = MEASURE_AFTER

    def roots(self) -> list[Any]:
        """Every value from which the values of the program can be reached."""
        found: list[Any] = [process.globals for process in self.processes]
        for thread in self.threads:
            found.extend(thread.roots())
        return found

    def grow(self, size: int) -> None:
        """Count `size` bytes of a new value; raises `MemoryError` when all values together need too much."""
        self.fresh += size
        if self.fresh > self.measure_after:
            self.check_memory(size)

    def check_memory(self, more: int = 0) -> int:
        """Measure the memory in use and return how many values there are; raises `MemoryError` over the limit.

        `more` is what a value counts for that nothing refers to yet.
        """
        used, count = measure(self.roots(), MEMORY_LIMIT)
        used += more
        self.fresh = 0
        self.measure_after = max(MEASURE_AFTER, used // 4)
        if used > MEMORY_LIMIT:
            self.measure_after = MEASURE_AGAIN_AFTER
            raise MemoryError(f"the program's values need more than 512 MiB {OUR_BOUND}")
        return count
