"""What a program handles that the host has no type for: functions, methods, builtins, iterators with a name.

All other values are the host's own: a Toy int is a Python int, a list a list, a `ValueError` a `ValueError`.
So arithmetic, comparison, formatting and their error messages are Python's without a line of ours. What the
host's types must not do is to let anything in that is not the program's business, an address or a hash order;
the types below show themselves without one. (CPython prints `<function f at 0x7f…>`; here it is `<function
f>`, the same on every machine.)

The names of the classes are set to those of CPython, because error messages show them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

from interp.bytecode.code import Code


class Function:
    """A function of the program: its code and the defaults of its last parameters."""

    __slots__ = ("code", "defaults")

    def __init__(self, code: Code, defaults: tuple[Any, ...]) -> None:
        self.code = code
        self.defaults = defaults

    def __repr__(self) -> str:
        return f"<function {self.code.qualname}>"


class Builtin:
    """A function of the language itself.

    `perform` does it. One that belongs to the world (`spawn`, `sleep`, `print`) is not performed by the loop
    but asked for: its `perform` is then called by the scheduler, with the thread that asked. `quiet` marks
    the few calls that CPython 3.11 and newer specialise so that no switch point follows (`len`, `isinstance`,
    `list.append`). `grows` marks those that put many items at once into their first argument.
    """

    __slots__ = ("grows", "name", "perform", "quiet", "world")

    def __init__(
        self,
        name: str,
        perform: Callable[..., Any],
        *,
        world: bool = False,
        quiet: bool = False,
        grows: bool = False,
    ) -> None:
        self.name = name
        self.perform = perform
        self.world = world
        self.quiet = quiet
        self.grows = grows

    def __repr__(self) -> str:
        return f"<built-in function {self.name}>"


class Method:
    """A builtin method bound to the value it belongs to."""

    __slots__ = ("builtin", "owner")

    def __init__(self, owner: Any, builtin: Builtin) -> None:
        self.owner = owner
        self.builtin = builtin

    @property
    def quiet(self) -> bool:
        """Whether no switch point follows a call."""
        return self.builtin.quiet

    def __repr__(self) -> str:
        return f"<built-in method {self.builtin.name} of {type(self.owner).__name__} object>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Method) and self.owner is other.owner and self.builtin is other.builtin

    def __hash__(self) -> int:
        return hash(self.builtin.name)


class NamedIterator:
    """An iterator that a program can hold in its hand, as `zip` and `reversed` make them, shown without an address."""

    __slots__ = ("inner",)

    def __init__(self, inner: Iterator[Any]) -> None:
        self.inner = inner

    def __iter__(self) -> NamedIterator:
        return self

    def __next__(self) -> Any:
        return next(self.inner)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object>"


class DictIterator(NamedIterator):
    """An iterator over a dict, which knows the keys that the dict had at first and how many items it has yielded.

    The host's iterator does the work and knows how many keys there are to be (3.11, Objects/dictobject.c: `di_used`),
    but does not say so. `keys` becomes None once the dict was found to have another size: CPython fails from then on,
    even if the size is right again. At the end `owner` is None: CPython's iterator forgets its dict there.
    """

    __slots__ = ("items", "keys", "owner")

    view = "keys"
    backwards = False

    def __init__(self, owner: dict[Any, Any]) -> None:
        view = getattr(owner, self.view)()
        super().__init__(reversed(view) if self.backwards else iter(view))
        self.owner: dict[Any, Any] | None = owner
        self.keys: tuple[Any, ...] | None = tuple(owner)
        self.items = 0

    def __next__(self) -> Any:
        try:
            item = next(self.inner)
        except (RuntimeError, StopIteration):
            if self.owner is not None and self.keys is not None and len(self.owner) == len(self.keys):
                self.end()  # after "keys changed during iteration", too
            elif self.owner is not None:
                self.keys = None
            raise
        self.items += 1
        return item

    def end(self) -> None:
        """Come to the end, which is the same whatever came before."""
        self.owner, self.keys, self.items, self.inner = None, None, 0, iter(())

    @property
    def has_other_keys(self) -> bool:
        """Whether its dict has as many keys as at first, but not the same in the same order."""
        owner, keys = self.owner, self.keys
        return owner is not None and keys is not None and len(owner) == len(keys) and tuple(owner) != keys


DICT_VIEWS: dict[type, str] = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}

DICT_ITERATORS: dict[tuple[str, bool], type[DictIterator]] = {
    (view, backwards): type(
        type(function(getattr({}, view)())).__name__,
        (DictIterator,),
        {"__slots__": (), "view": view, "backwards": backwards},
    )
    for view in DICT_VIEWS.values()
    for backwards, function in ((False, iter), (True, reversed))
}
"""The iterators over a dict, by what they yield and whether from the back, each with CPython's name."""

ITERATOR_TYPES: dict[str, type[NamedIterator]] = {
    **{kind.__name__: kind for kind in DICT_ITERATORS.values()},
    **{
        name: type(name, (NamedIterator,), {"__slots__": ()})
        for name in ("zip", "enumerate", "reversed", "list_reverseiterator", "range_iterator")
    },
}


def dict_of(view: Any) -> dict[Any, Any]:
    """Return the dict of a view."""
    return next(part for part in gc.get_referents(view) if type(part) is dict)


def dict_iterator(iterable: Any, *, backwards: bool = False) -> DictIterator | None:
    """Return an iterator over a dict or a view of one; None for anything else."""
    kind = type(iterable)
    if kind is dict:
        return DICT_ITERATORS["keys", backwards](iterable)
    if kind in DICT_VIEWS:
        return DICT_ITERATORS[DICT_VIEWS[kind], backwards](dict_of(iterable))
    return None

Function.__name__ = "function"
Builtin.__name__ = Method.__name__ = "builtin_function_or_method"
