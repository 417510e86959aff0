"""Values as content: what a value *is*, apart from where the host keeps it, in tuples that can be compared and hashed.

Two states are the same state when a program could never tell them apart. So nothing of the host's may be left in
them: no address, no order of allocation, no garbage. Here a value is turned into its *content* and back:

1. A value that cannot change (an int, a text, a tuple, a function) is its content. Two equal ones are one; Python
   leaves open whether they are the same object.
2. A value that can change (a list, a dict, an exception, an iterator) and everything that synchronises has an
   identity, so it is replaced by a *reference*, and the caller says which (`refer`). `states.py` numbers them.
3. A dict's content is its items in their order. CPython's dict has more to it: the places of deleted keys, which an
   iterator passes over. So if keys were exchanged while a loop over the dict is under way, and their number is what it
   was, the state does not say what the loop yields next, which the language leaves open as well. Such a loop is not
   followed, and the search says so. (One case goes unseen: the last key is deleted and put in again after it was
   yielded. CPython raises an error then, where the loop ends here.)
4. Content tells types apart, although the host says `True == 1 == 1.0`: everything but ints and texts is a tuple that
   begins with its type. References are tuples that begin with a text, and nothing else within a content begins with one
   of their letters; so they can be found there (`states.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from interp.language.errors import InterpFault
from interp.machine.memory import REDUCIBLE_ITERATORS, SharedObject, parts_of, put_together, take_apart
from interp.machine.sync import Barrier, Condition, Event, Lock, Queue, RLock, Semaphore, SyncObject, Task
from interp.machine.tracebacks import ATTRIBUTE
from interp.machine.values import DICT_VIEWS, DictIterator, Function, Method, NamedIterator

Content = Any
Refer = Callable[[Any], Content]
"""Gives the reference that stands for a value with an identity."""

FIELDS: dict[type[SyncObject], tuple[str, ...]] = {
    Lock: ("holder",),
    RLock: ("holder", "count"),
    Semaphore: ("count",),
    Condition: ("lock",),
    Event: ("flag",),
    Barrier: ("parties",),
    Queue: ("maxsize",),
    Task: ("is_over", "value", "error"),
}
"""What a synchronisation object consists of beside those who wait for it."""


def has_identity(value: Any) -> bool:
    """Whether a value can change, so that it matters which one it is."""
    kind = type(value)
    return (
        kind is list
        or kind is dict
        or isinstance(value, (BaseException, SharedObject, NamedIterator))
        or kind in REDUCIBLE_ITERATORS
    )


def encode(value: Any, refer: Refer) -> Content:
    """Return the content of a value; what has an identity becomes a reference."""
    kind = type(value)
    if kind is int or kind is str:
        return value
    if kind is bool or value is None:
        return (kind, value)
    if has_identity(value):
        return refer(value)
    if kind is tuple:
        return (tuple, *[encode(item, refer) for item in value])
    if kind is float:
        return (float, value.hex())
    if kind is Function:
        return (Function, value.code, encode(value.defaults, refer))
    if kind is Method:
        return (Method, encode(value.owner, refer), value.builtin)
    if kind is slice or kind in DICT_VIEWS:
        return (kind, *[encode(part, refer) for part in parts_of(value)])
    return (object, value)


def decode(content: Content, resolve: Callable[[Content], Any], known: dict[Content, Any]) -> Any:
    """Return the value with this content; `resolve` gives what a reference stands for, `known` what is made already."""
    if content.__class__ is not tuple:
        return content
    kind = content[0]
    if kind.__class__ is str:
        return resolve(content)
    if kind is object or kind is bool or kind is type(None):
        return content[1]
    if content in known:
        return known[content]
    if kind is float:
        value: Any = float.fromhex(content[1])
    elif kind is Function:
        value = Function(content[1], decode(content[2], resolve, known))
    elif kind is Method:
        value = Method(decode(content[1], resolve, known), content[2])
    else:
        parts = [decode(part, resolve, known) for part in content[1:]]
        if kind in DICT_VIEWS:
            value = getattr(parts[0], DICT_VIEWS[kind])()
        else:
            value = tuple(parts) if kind is tuple else kind(*parts)
    known[content] = value
    return value


def sort_of(value: Any) -> str:
    """Return the sort of a value with an identity: it says what there has to be before its content is filled in."""
    kind = type(value)
    if kind is list or kind is dict:
        return kind.__name__
    if isinstance(value, BaseException):
        return "error"
    if kind in REDUCIBLE_ITERATORS or isinstance(value, DictIterator):
        return "iterator"
    if isinstance(value, NamedIterator):
        return "named"
    raise InterpFault(f"A value of the type {kind.__name__} cannot be part of a state.")


def content_of(value: Any, refer: Refer) -> tuple[Content, ...]:
    """Return the content of a value with an identity (`fill` and `make` are the way back)."""
    kind = type(value)
    if kind is list:
        return (list, *[encode(item, refer) for item in value])
    if kind is dict:
        return (dict, *[encode(part, refer) for pair in value.items() for part in pair])
    if isinstance(value, BaseException):
        entries = tuple(value.__dict__.get(ATTRIBUTE, ()))
        return (kind, encode(value.args, refer), encode(value.__context__, refer), entries)
    if isinstance(value, SyncObject):
        return sync_content(value, refer)
    if isinstance(value, NamedIterator) and not isinstance(value, DictIterator):
        return (kind, encode(value.inner, refer))
    make, parts, position = take_apart(value)
    return (make, encode(parts, refer), encode(position, refer))


class LeftOpenError(BaseException):
    """What comes next is left open by the language, and a state does not say what CPython does."""


class CautiousIterator:
    """The host's iterator over a dict, but it refuses to say what it yields once keys were exchanged."""

    def __init__(self, iterator: DictIterator) -> None:
        self.iterator = iterator
        self.inner = iterator.inner

    def __iter__(self) -> CautiousIterator:
        return self

    def __next__(self) -> Any:
        if self.iterator.has_other_keys:
            raise LeftOpenError
        return next(self.inner)


def sync_content(value: SyncObject, refer: Refer) -> tuple[Content, ...]:
    """Return the content of a synchronisation object; the order of those who wait counts at conditions only."""
    fields = [encode(getattr(value, name), refer) for name in FIELDS[type(value)]]
    if isinstance(value, Queue):
        return (*fields, (deque, *[encode(item, refer) for item in value.items]))
    if isinstance(value, Task):
        fields.append((bool, value.joined and value.error is not None))
    waiting = value.waiting  # type: ignore[attr-defined]
    return (*fields, tuple(waiting if isinstance(value, Condition) else sorted(waiting)))


def children(value: Any) -> list[Any]:
    """Return what a value refers to directly, in a fixed order."""
    kind = type(value)
    if kind is int or kind is str:
        return []
    if kind is list:
        return value  # type: ignore[no-any-return]
    if kind is dict:
        return [part for pair in value.items() for part in pair]
    if isinstance(value, BaseException):
        return [*value.args, value.__context__]
    if isinstance(value, SyncObject):
        fields = [getattr(value, name) for name in FIELDS[type(value)]]
        return fields + list(value.items) if isinstance(value, Queue) else fields
    if kind is tuple or kind is Function or kind is Method or kind is slice or kind in DICT_VIEWS:
        return list(parts_of(value))
    if isinstance(value, NamedIterator) or kind in REDUCIBLE_ITERATORS:
        return list(parts_of(value))
    return []


def walk(roots: Iterable[Any], known: dict[int, Any] | None = None) -> dict[int, Any]:
    """Return the values with an identity that can be reached, but for known ones, in the order of a walk."""
    found: dict[int, Any] = {}
    passed: dict[int, Any] = {}  # holds them, so that no address is used twice
    waiting = list(roots)[::-1]
    while waiting:
        value = waiting.pop()
        key = id(value)
        if key in passed or (known is not None and key in known):
            continue
        passed[key] = value
        if has_identity(value):
            found[key] = value
        waiting.extend(children(value)[::-1])
    return found


def fill(value: Any, content: tuple[Content, ...], read: Callable[[Content], Any]) -> None:
    """Give a value that was made without its content what belongs into it; `read` decodes."""
    kind = type(value)
    if kind is list:
        value[:] = [read(item) for item in content[1:]]
    elif kind is dict:
        value.clear()
        for key, item in zip(content[1::2], content[2::2], strict=True):
            value[read(key)] = read(item)
    elif isinstance(value, BaseException):
        if not isinstance(value, OSError):
            value.__init__(*read(content[1]))  # type: ignore[misc]
        value.__context__ = read(content[2])
        if content[3]:
            value.__dict__[ATTRIBUTE] = list(content[3])
    elif isinstance(value, SyncObject):
        fill_sync(value, content, read)


def fill_sync(value: SyncObject, content: tuple[Content, ...], read: Callable[[Content], Any]) -> None:
    """Give a synchronisation object its content."""
    names = FIELDS[type(value)]
    for name, field in zip(names, content, strict=False):
        setattr(value, name, read(field))
    if isinstance(value, Queue):
        value.items = deque([read(item) for item in content[-1][1:]])
        value.getting, value.putting = [], []
        return
    if isinstance(value, Task):
        value.joined = read(content[len(names)])
    value.waiting = list(content[-1])  # type: ignore[attr-defined]


def make(sort: str, content: tuple[Content, ...], read: Callable[[Content], Any]) -> Any:
    """Make a value of a sort: lists, dicts and errors without their content, iterators complete."""
    if sort == "list":
        return []
    if sort == "dict":
        return {}
    kind = content[0]
    if sort == "error":
        return kind(*read(content[1])) if issubclass(kind, OSError) else kind.__new__(kind)
    if sort == "named":
        return kind(read(content[1]))
    iterator = put_together(kind, read(content[1]), read(content[2]))
    if isinstance(iterator, DictIterator):
        iterator.inner = CautiousIterator(iterator)
    return iterator
