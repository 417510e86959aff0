"""Checkpoints: the whole state of a run at one moment, kept so that the run can go on from there again.

1. State is plain data, so a checkpoint is a copy of it: the machine with its processes, threads and frames, the timers,
   the cores, the global locks, what is waited for. `STATE` of each part of a simulation names its attributes.
2. Everything that can change is copied, synchronisation objects and tasks too (between processes those are shared, so
   `machine/memory.py` leaves them alone). What cannot change is shared by all checkpoints: code, texts, numbers.
3. One copier makes one checkpoint, so what was one value is one value in the copy, whoever holds it.
4. Restoring copies again: the checkpoint itself is never run, and can be gone back to as often as one likes.
5. The output is not copied. It only grows, so a checkpoint keeps how many pieces of it there were.

A few iterators cannot be copied exactly: those over a dict whose keys have been exchanged since they began. A moment
with such a one has no checkpoint (`take_checkpoint` returns None); the next one will do. What is exchanged later is
another matter: CPython's dict keeps the entries of deleted keys until it runs out of room (3.11, Objects/dictobject.c),
an iterator stands at an entry, and a copy has no deleted entries. So after a restore a loop may yield other items if
keys are deleted and put in again while it goes on, as many as before. The language leaves open what it yields then.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Any

from interp.language.errors import InterpFault
from interp.machine.memory import SHARED, Copier, SharedObject, size_of
from interp.machine.state import Frame, Machine, Process, Request, Wait
from interp.machine.sync import SyncObject
from interp.machine.thread import Thread
from interp.machine.values import DictIterator
from interp.scheduling.failures import Failure
from interp.scheduling.ledger import Timer
from interp.scheduling.locks.policy import GlobalLock
from interp.scheduling.scheduler import Simulation
from interp.scheduling.world import BUILTINS, Pause

NODES = (Machine, Process, Thread, Frame, Request, Wait, GlobalLock, SyncObject)
"""The classes that the tree of state is made of, beside the program's values."""

BYTES_A_NODE = 400
"""About what a frame, a thread or a lock needs in a checkpoint."""


class InexactError(Exception):
    """The state has a value that no copy behaves exactly like."""


class StateCopier(Copier):
    """Copies the tree of state; `bytes` is about what the copies need."""

    shared = (*(kind for kind in SHARED if kind is not SharedObject), Enum, Failure, Pause, Timer)

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0
        self.copies[id(BUILTINS)] = BUILTINS

    def _parts(self, value: Any) -> tuple[Any, ...]:
        if isinstance(value, NODES) or type(value) is deque:
            return ()
        if isinstance(value, DictIterator) and is_inexact(value):
            raise InexactError
        return super()._parts(value)

    def _make(self, value: Any) -> Any:
        if isinstance(value, NODES):
            self.bytes += BYTES_A_NODE
            shell: Any = value.__class__.__new__(value.__class__)
        elif type(value) is deque:
            shell = deque()
        else:
            self.bytes += size_of(value)
            return super()._make(value)
        self.unfilled.append((value, shell))
        return shell

    def _fill(self, original: Any, shell: Any) -> None:
        if isinstance(original, NODES):
            for name in attributes_of(original):
                setattr(shell, name, self._copy_outside(getattr(original, name)))
        elif type(original) is deque:
            shell.extend([self._copy_outside(item) for item in original])
        else:
            super()._fill(original, shell)
            if isinstance(original, BaseException):
                shell.__context__ = self._copy_outside(original.__context__)


def attributes_of(node: Any) -> list[str]:
    """Return the names of all attributes of a node of the tree."""
    slots = [name for kind in type(node).__mro__ for name in getattr(kind, "__slots__", ())]
    return slots or list(node.__dict__)


def is_inexact(iterator: DictIterator) -> bool:
    """Whether the keys of the dict have been exchanged since, or another number of them is left than was at first.

    So may one whose dict has grown or shrunk: it fails at its next item, unless the dict has its old size by then.
    """
    if iterator.owner is None or iterator.keys is None:
        return False
    try:
        left = len(iterator.inner.__reduce__()[1][0])
    except RuntimeError:
        return True
    return iterator.has_other_keys or left != len(iterator.keys) - iterator.items


@dataclass(frozen=True)
class Checkpoint:
    """The state after `steps` steps, at `tick`; it needs about `bytes`, and `size` values were copied."""

    steps: int
    tick: int
    pieces: int
    bytes: int
    size: int
    state: list[Any]


def take_checkpoint(simulation: Simulation) -> Checkpoint | None:
    """Return a checkpoint of a simulation that has stopped, or None where its state cannot be copied exactly."""
    copier = StateCopier()
    try:
        state = copier.copy(state_of(simulation))
    except InexactError:
        return None
    return Checkpoint(simulation.steps, simulation.tick, len(simulation.world.output), copier.bytes, copier.size, state)


def restore(simulation: Simulation, checkpoint: Checkpoint, printed: list[str]) -> None:
    """Bring a simulation of the same program and settings to a checkpoint; `printed` has the pieces of its output."""
    state = iter(StateCopier().copy(checkpoint.state))
    for part in parts(simulation):
        for name in part.STATE:
            setattr(part, name, next(state))
    simulation.world.output = printed[: checkpoint.pieces]
    simulation.following = None


def state_of(simulation: Simulation) -> list[Any]:
    """Return the values of all attributes that the state consists of, in a fixed order."""
    return [getattr(part, name) for part in parts(simulation) for name in part.STATE]


def parts(simulation: Simulation) -> tuple[Any, ...]:
    """Return the objects that together hold the state of a run."""
    found = (simulation, simulation.ledger, simulation.cores, simulation.world)
    if not all(hasattr(part, "STATE") for part in found):
        raise InterpFault("A part of the simulation does not say what its state is.")
    return found
