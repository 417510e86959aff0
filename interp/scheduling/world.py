"""The functions of the language that reach outside a thread: `spawn`, `print`, `sleep`, `clock`, `current`,
and the makers of synchronisation objects.

A thread cannot do these by itself, as a user program cannot do what a system call does. The loop stops at
such a call and the scheduler performs it here, at the thread's moment of virtual time. Each function takes
the world and the thread first; a `Wait` or a `Pause` as its result means that the thread cannot go on at
once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from interp.bytecode.bounds import check_text_of
from interp.machine.builtins import make_builtins
from interp.machine.memory import SharedObject
from interp.machine.sync import KINDS, Condition, Lock, RLock
from interp.machine.thread import Thread
from interp.scheduling.costs import Costs

LONGEST_SLEEP = 10**15


@dataclass(frozen=True, slots=True)
class Pause:
    """The thread sleeps for so many ticks."""

    ticks: int


class WorldView(Protocol):
    """What these functions ask of the scheduler."""

    costs: Costs

    def spawn(self, parent: Thread, callee: Any, arguments: tuple[Any, ...]) -> Any:
        """Start a thread or process; returns its task, or a `Wait` for it."""

    def write(self, thread: Thread, text: str) -> None:
        """Print a text."""

    def new_number(self, kind: str) -> int:
        """Count the objects of a kind."""


def spawn(world: WorldView, thread: Thread, *arguments: Any) -> Any:
    """Start `f(*args)` as a task."""
    if not arguments:
        raise TypeError("spawn() missing 1 required positional argument: 'f'")
    return world.spawn(thread, arguments[0], arguments[1:])


def text_of_print(*values: Any, sep: Any = None, end: Any = None, flush: Any = False) -> str:
    """Return what `print` of these values writes."""
    for name, given in (("sep", sep), ("end", end)):
        if not isinstance(given, (str, type(None))):
            raise TypeError(f"{name} must be None or a string, not {type(given).__name__}")
    check_text_of(values)
    text = (" " if sep is None else sep).join(map(str, values)) + ("\n" if end is None else end)
    text.encode("utf-8")  # a lone surrogate cannot be printed: the same UnicodeEncodeError as in Python
    return text


def print_values(world: WorldView, thread: Thread, *values: Any, **options: Any) -> None:
    """Print the values' texts as one piece; no other thread's output comes between."""
    world.write(thread, text_of_print(*values, **options))


def sleep(world: WorldView, thread: Thread, *arguments: Any) -> Pause:
    """Give the lock up and wait for some ticks, a whole number of them."""
    if len(arguments) != 1:
        raise TypeError(f"sleep() takes exactly one argument ({len(arguments)} given)")
    ticks = operator.index(arguments[0])
    if ticks < 0:
        raise ValueError("sleep length must be non-negative")
    if ticks > LONGEST_SLEEP:
        raise OverflowError("timestamp out of range for platform time_t")
    return Pause(ticks)


def clock(world: WorldView, thread: Thread) -> int:
    """Return the virtual time, in ticks of the program (`scheduling/costs.py`)."""
    return thread.clock // world.costs.microsecond


def current(world: WorldView, thread: Thread) -> str:
    """Return the running task's name."""
    return thread.name


def maker(kind: Callable[..., SharedObject], name: str) -> Callable[..., Any]:
    """Return the function that makes a synchronisation object of this kind."""

    def make(world: WorldView, thread: Thread, *arguments: Any, **keywords: Any) -> Any:
        number = world.new_number(name)
        try:
            return kind(number, *arguments, **keywords)
        except TypeError as error:
            message = str(error).partition("__init__() ")[2] or str(error)
        raise TypeError(f"{name}() {message}")

    return make


def make_condition(world: WorldView, thread: Thread, lock: Any = None) -> Condition:
    """Make a condition on a lock; without one, on a reentrant lock of its own."""
    if lock is None:
        lock = RLock(world.new_number("RLock"))
    if not isinstance(lock, Lock):
        raise AttributeError(f"'{type(lock).__name__}' object has no attribute 'acquire'")
    return Condition(world.new_number("Condition"), lock)


BUILTINS: dict[str, Any] = make_builtins(
    {
        "print": print_values,
        "spawn": spawn,
        "sleep": sleep,
        "clock": clock,
        "current": current,
        **{name: maker(kind, name) for name, kind in KINDS.items()},
        "Condition": make_condition,
    }
)
"""What every name of the language means, the same for all programs."""
