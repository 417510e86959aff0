"""Values as data: copying them to another memory, finding what can be reached, and counting what it needs.

Copying is what `fork` and `pickle` do for processes in CPython: `spawn` in mode `processes` copies everything
that the new process can reach, and what goes through a queue is copied too. Synchronisation objects, tasks
and code are shared, whatever is copied. All of it walks without recursion, so a list nested a million deep is
copied like any other.

Sizes are counted by a rule of ours, `size_of`, and not asked of the host, whose `sys.getsizeof` differs by version.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from interp.bytecode.code import Code
from interp.bytecode.instructions import Absent, Unbound
from interp.language.errors import InterpFault
from interp.machine.tracebacks import copy_traceback
from interp.machine.values import DICT_VIEWS, Builtin, DictIterator, Function, Method, NamedIterator, dict_of


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

_ITERATORS: tuple[Any, ...] = (
    iter([]), iter(()), iter(""), iter("é"), iter(range(1)), iter(range(2**70)), zip(), enumerate(()),
    reversed([]), reversed(()), reversed(""),
)  # fmt: skip

REDUCIBLE_ITERATORS = frozenset(map(type, _ITERATORS))
"""The host's iterators that can be taken apart and put together again (`take_apart`)."""


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
        if isinstance(value, NamedIterator) and not isinstance(value, DictIterator):
            return kind(parts[0])
        if kind is slice:
            return slice(*parts)
        if kind in DICT_VIEWS:
            return getattr(parts[0], DICT_VIEWS[kind])()
        self._fill_all()  # an iterator is as far as it can be only over what is complete
        make, _, position = take_apart(value)
        return put_together(make, parts, position)

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
    if kind in DICT_VIEWS:
        return (dict_of(value),)
    if kind in REDUCIBLE_ITERATORS or isinstance(value, DictIterator):
        return take_apart(value)[1]
    if isinstance(value, NamedIterator):
        return (value.inner,)
    if kind is slice:
        return (value.start, value.stop, value.step)
    raise InterpFault(f"A value of the type {kind.__name__} cannot be copied.")


START: dict[Any, int] = {iter: 0, reversed: -1}
"""Where an iterator over nothing stands, by what makes it."""


def take_apart(iterator: Any) -> tuple[Any, tuple[Any, ...], Any]:
    """Return what makes an iterator, of which values, and where it stands (`put_together` is the way back).

    One that has come to its end is one over nothing, whatever it was over before.
    """
    if isinstance(iterator, DictIterator):
        return type(iterator), (iterator.owner, iterator.keys), iterator.items
    make, parts, *position = iterator.__reduce__()
    if position:  # from 3.12 on it is None for a range: what is left of the range says where it stands
        return make, parts, position[0]
    if make in START:
        return make, ((),) if type(parts[0]) is list else parts, START[make]
    return make, parts, None


def put_together(make: Any, parts: Sequence[Any], position: Any) -> Any:
    """Return an iterator that stands where `take_apart` has found one, over complete values.

    An iterator over a list stands where it stands, however short the list has become. The host's `__setstate__` would
    put it within the list (3.11–3.13, Objects/listobject.c), so the list is made long enough for that moment.
    """
    if isinstance(make, type) and issubclass(make, DictIterator):
        return put_dict_iterator_together(make, parts[0], parts[1], position)
    iterator = make(*parts)
    if position is None:
        return iterator
    if type(parts[0]) is not list or position < len(parts[0]):
        iterator.__setstate__(position)
        return iterator
    length = len(parts[0])
    parts[0].extend([None] * (position + 1 - length))
    iterator.__setstate__(position)
    del parts[0][length:]
    return iterator


def put_dict_iterator_together(
    make: type[DictIterator], owner: dict[Any, Any] | None, keys: tuple[Any, ...] | None, items: int
) -> DictIterator:
    """Return an iterator over a dict that had these keys at first, of which it has yielded some.

    A dict of another size is given that of then while the iterator is made: what the host's iterator keeps is a size
    and a place among the entries, but no key. So if the dict comes to have the size again, with other keys, it goes on
    behind as many of them as it has yielded. CPython leaves open what it does then; it depends on entries that were
    deleted, which nobody can see.
    """
    if owner is None:
        iterator = make({})
        iterator.end()
        return iterator
    kept = dict(owner)
    if keys is None or len(keys) != len(owner):
        owner.clear()
        owner.update(dict.fromkeys((0,) if keys is None else keys))
    iterator = make(owner)
    for _ in range(0 if keys is None else items):
        next(iterator)
    if len(owner) != len(kept) or keys is None:
        owner.clear()
        if keys is None:
            with suppress(RuntimeError):
                next(iterator)
        owner.update(kept)
    iterator.keys, iterator.items = keys, items
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
            if isinstance(value, (list, tuple)) and set(map(type, value)) == {int}:
                used += sum(map(size_of_int, value))  # of these there may be very many, and nothing is behind them
            else:
                waiting.extend(value.values() if isinstance(value, SharedObject) else references(value))
    return used, len(seen)


def size_of_int(value: int) -> int:
    """Return how many bytes an int counts for; CPython makes the small ones once and for all."""
    return 0 if -6 < value < 257 else 28 + value.bit_length() // 30 * 4


def size_of(value: Any) -> int:
    """Return how many bytes a value counts for by itself, about what CPython 3.11 needs on 64 bits."""
    if isinstance(value, str):
        return 49 + len(value) * (1 if value.isascii() else 4)
    if isinstance(value, int):
        return size_of_int(value)
    if isinstance(value, (list, tuple)):
        return 56 + 8 * len(value)
    if isinstance(value, dict):
        return 64 + 168 * bool(value) + 40 * len(value)
    return 24 if isinstance(value, float) else 56
