"""Values as data: copying them to another memory, finding what can be reached, and counting what it needs.

Copying is what `fork` and `pickle` do for processes in CPython: `spawn` in mode `processes` copies everything
that the new process can reach, and what goes through a queue is copied too. Synchronisation objects, tasks
and code are shared, whatever is copied. All of it walks without recursion, so a list nested a million deep is
copied like any other.

Sizes are counted by a rule of ours, `size_of`, and not asked of the host, whose `sys.getsizeof` differs by version.
"""

from __future__ import annotations

import gc
import operator
import types
from collections.abc import Iterable
from typing import Any

from interp.bytecode.code import Code
from interp.bytecode.instructions import Absent, Unbound
from interp.language.errors import InterpFault
from interp.machine.tracebacks import copy_traceback
from interp.machine.values import Builtin, Function, Method, NamedIterator


class SharedObject:
    """A value that is the same in every process: a synchronisation object, a task."""

    __slots__ = ()

    def values(self) -> list[Any]:
        """The program's values inside this object."""
        return []


SHARED = (
    int, float, str, type(None), type, types.UnionType, range, Builtin, Code, Absent, Unbound, SharedObject,
)  # fmt: skip
"""Types whose values need no copy: they never change, or every process is meant to see the same one."""

ATOMS = frozenset({int, str, float, bool, type(None)})
"""The types whose values are most often met; they are passed on without being looked at."""

DICT_VIEWS: dict[type, str] = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}

DICT_ITERATORS: dict[type, str] = {type(iter(getattr({}, name)())): name for name in DICT_VIEWS.values()}

_ITERATORS: tuple[Any, ...] = (
    iter([]), iter(()), iter(""), iter("é"), iter(range(1)), iter(range(2**70)), zip(), enumerate(()),
    reversed([]), reversed(()), reversed(""), reversed({}),
    reversed({}.keys()), reversed({}.values()), reversed({}.items()),
)  # fmt: skip

REDUCIBLE_ITERATORS = frozenset(map(type, _ITERATORS))
"""Host iterators that their `__reduce__` describes exactly: a function, its arguments, and perhaps a
position."""


class Copier:
    """Copies values; what is one value stays one value: two names for a list become two names for its copy.

    Values of the types in `shared` are not copied."""

    shared: tuple[Any, ...] = SHARED

    def __init__(self) -> None:
        self.copies: dict[int, Any] = {}
        self.originals: list[Any] = []
        self.unfilled: list[tuple[Any, Any]] = []
        self.parts: dict[int, tuple[Any, ...]] = {}
        self.size = 0

    def copy(self, value: Any) -> Any:
        """Return the copy of `value`: the same one whenever this copier is asked for it."""
        copied = self._copy_outside(value)
        self._fill_all()
        return copied

    def _copy_outside(self, value: Any) -> Any:
        """Copy a value; the lists, dicts and exceptions in it stay empty until `copy` fills them.

        What cannot be changed later (a tuple, an iterator) needs the copies of its parts first: `waiting` is
        the path down to a part that needs nothing more. Such values hold no cycle but through a list or dict,
        where the path ends.
        """
        waiting = [value]
        while waiting:
            top = waiting[-1]
            missing = () if self._has(top) else [part for part in self._parts(top) if not self._has(part)]
            if missing:
                waiting.extend(missing)
                continue
            waiting.pop()
            if not self._has(top):
                self.originals.append(top)  # so that its id is not given to another value
                self.copies[id(top)] = self._make(top)
                self.size += 1
        return self.copies.get(id(value), value)

    def _has(self, value: Any) -> bool:
        return isinstance(value, self.shared) or id(value) in self.copies

    def _parts(self, value: Any) -> tuple[Any, ...]:
        """What an unchangeable value is made of; nothing for a value that is filled later."""
        if id(value) not in self.parts:
            self.parts[id(value)] = parts_of(value)
        return self.parts[id(value)]

    def _make(self, value: Any) -> Any:
        kind: Any = type(value)
        if kind in (list, dict) or isinstance(value, BaseException):
            shell = kind(*value.args) if isinstance(value, OSError) else kind.__new__(kind)
            self.unfilled.append((value, shell))
            return shell
        parts = [self.copies.get(id(part), part) for part in self._parts(value)]
        self.size += len(parts)
        if kind is tuple:
            return tuple(parts)
        if kind is Method:
            return Method(parts[0], value.builtin)
        if kind is Function:
            return Function(value.code, parts[0])
        if isinstance(value, NamedIterator):
            return kind(parts[0])
        if kind is slice:
            return slice(*parts)
        if kind in DICT_VIEWS:
            return getattr(parts[0], DICT_VIEWS[kind])()
        self._fill_all()  # an iterator is as far as it can be only over what is complete
        if kind in DICT_ITERATORS:
            return dict_iterator(parts[0], DICT_ITERATORS[kind], iterated_items(value))
        make, _, *position = value.__reduce__()
        copied = make(*parts)
        if position and position[0] is not None:  # from 3.12 on, what is left of a range says where it stands
            copied.__setstate__(position[0])
        return copied

    def _fill_all(self) -> None:
        while self.unfilled:
            original, shell = self.unfilled.pop()
            self._fill(original, shell)

    def _fill(self, original: Any, shell: Any) -> None:
        copy = self._copy_outside
        if type(original) is list:
            shell.extend([item if type(item) in ATOMS else copy(item) for item in original])
            self.size += len(shell)
        elif type(original) is dict:
            for key, item in original.items():
                shell[key if type(key) in ATOMS else copy(key)] = item if type(item) in ATOMS else copy(item)
            self.size += 2 * len(shell)
        else:
            shell.__init__(*[copy(argument) for argument in original.args])
            copy_traceback(original, shell)


def parts_of(value: Any) -> tuple[Any, ...]:
    """Return what a value refers to and must have before it can be made; raises `InterpFault` for an unknown type."""
    kind = type(value)
    if kind in (list, dict) or isinstance(value, BaseException):
        return ()
    if kind is tuple:
        return value  # type: ignore[no-any-return]
    if kind is Function:
        return (value.defaults,)
    if kind is Method:
        return (value.owner,)
    if isinstance(value, NamedIterator):
        return (value.inner,)
    if kind is slice:
        return (value.start, value.stop, value.step)
    if kind in DICT_VIEWS or kind in DICT_ITERATORS:
        return tuple(part for part in gc.get_referents(value) if type(part) is dict)[:1] or ({},)
    if kind in REDUCIBLE_ITERATORS:
        return value.__reduce__()[1]  # type: ignore[no-any-return]
    raise InterpFault(f"A value of the type {kind.__name__} cannot be copied.")


LOST = -1
"""Stands for how far an iterator has gone over a dict that has grown or shrunk since: it fails when it is asked."""


def iterated_items(iterator: Any) -> int:
    """Return how many items an iterator over a dict has yielded, or `LOST`."""
    try:
        iterator.__reduce__()
    except RuntimeError:
        return LOST
    return len(parts_of(iterator)[0]) - operator.length_hint(iterator)


def dict_iterator(iterated: dict[Any, Any], method: str, items: int) -> Any:
    """Return an iterator over a view of a dict (`keys`, …) that has yielded so many items, or lost its dict."""
    if items == LOST:
        mark = object()
        iterated[mark] = None
        iterator = iter(getattr(iterated, method)())
        del iterated[mark]
        return iterator
    iterator = iter(getattr(iterated, method)())
    for _ in range(items):
        next(iterator, None)
    return iterator


def copy_value(value: Any) -> tuple[Any, int]:
    """Return a copy that shares nothing changeable with `value`, and its size: how many values were copied."""
    copier = Copier()
    copied = copier.copy(value)
    return copied, copier.size


def references(value: Any) -> Iterable[Any]:
    """Yield every value that `value` refers to directly."""
    kind = type(value)
    if kind is list:
        return value  # type: ignore[no-any-return]
    if kind is dict:
        return [*value.keys(), *value.values()]
    if isinstance(value, BaseException):
        return value.args
    if isinstance(value, SHARED):
        return ()
    return parts_of(value)


def reachable(roots: Iterable[Any]) -> dict[int, Any]:
    """Return every value that can be reached from `roots`, by its identity; shared objects are not entered."""
    found: dict[int, Any] = {}
    waiting = list(roots)
    while waiting:
        value = waiting.pop()
        if id(value) not in found:
            found[id(value)] = value
            waiting.extend(references(value))
    return found


def measure(roots: Iterable[Any], limit: int) -> tuple[int, int]:
    """Return how many bytes the values reachable from `roots` count for, and how many containers and texts there are.

    It stops counting once `limit` is passed. Small numbers are not told apart by identity: there may be very many.
    """
    used = 0
    seen: set[int] = set()
    waiting = list(roots)
    while waiting and used <= limit:
        value = waiting.pop()
        if isinstance(value, (int, float)):
            used += size_of(value)
        elif value is not None and id(value) not in seen:
            seen.add(id(value))
            used += size_of(value)
            waiting.extend(value.values() if isinstance(value, SharedObject) else references(value))
    return used, len(seen)


def size_of(value: Any) -> int:
    """Return how many bytes a value counts for by itself, about what CPython 3.11 needs on 64 bits."""
    if isinstance(value, str):
        return 49 + len(value) * (1 if value.isascii() else 4)
    if isinstance(value, int):
        return 0 if -6 < value < 257 else 28 + value.bit_length() // 30 * 4
    if isinstance(value, (list, tuple)):
        return 56 + 8 * len(value)
    if isinstance(value, dict):
        return 64 + 168 * bool(value) + 40 * len(value)
    return 24 if isinstance(value, float) else 56
