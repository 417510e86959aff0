"""Parcels: values on their way from one operating-system process to another.

What a process of the program sends (an argument, a result, an exception, an item of a queue) becomes bytes here and
values again there. `pickle` does it, as it does for `multiprocessing`; this room says what `pickle` cannot know:

1. **A synchronisation object is one object, wherever it is known.** It lives with the coordinator. A worker has a
   *stand-in*: an object of the same class and number, whose other fields mean nothing. Its kind and number are all
   that travels, and `Directory` sees to it that one number is one object in each process, so that `a is b` holds
   where it should.
2. **Code never travels.** All processes run one program, so a function travels as the number of its code object.
3. **A builtin travels by its name**, and an iterator or view of a dict as what it is made of (the simulation's
   `machine/memory.py` copies them in the same way).

The coordinator never opens a parcel: it carries bytes from one worker to another, as a pipe does.

`pickle` walks into values by recursion. What is nested too deep for it is an error of the program, with words of
ours. The simulation has no such limit, because it copies without recursion (`machine/memory.py`).
"""

from __future__ import annotations

import copyreg
import io
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from interp.bytecode.code import Code, Opcode
from interp.bytecode.instructions import OPCODES
from interp.language.errors import InterpFault
from interp.machine.builtins import EXIT, METHOD_TABLES
from interp.machine.memory import REDUCIBLE_ITERATORS, put_together, take_apart
from interp.machine.sync import KINDS, OPERATIONS, Barrier, Condition, SyncObject, Task
from interp.machine.values import (
    DICT_ITERATORS,
    DICT_VIEWS,
    ITERATOR_TYPES,
    Builtin,
    Function,
    Method,
    NamedIterator,
    dict_of,
)
from interp.scheduling.world import BUILTINS


@dataclass(frozen=True, slots=True)
class Parcel:
    """A value as bytes."""

    data: bytes

    @property
    def is_here(self) -> bool:
        """Whether this stands for a value that never leaves its process (`STAYS_HERE`)."""
        return not self.data


class CarriedError(Exception):
    """An exception of the program that lies with the coordinator, which does not open it."""

    def __init__(self, parcel: Parcel) -> None:
        super().__init__("an exception of the program")
        self.parcel = parcel


STAYS_HERE = Parcel(b"")
"""In mode `sequential` everything is in one process, and values are shared there: this is sent in their place."""

TOO_DEEP = "the value is nested too deep to be sent to another process"

# --- what is known by a name or number --------------------------------------------------------------------------


class Directory:
    """What the processes of a run know by a name or number: the code of the program, and synchronisation objects."""

    def __init__(self, program: Code) -> None:
        self.codes = list(all_codes(program))
        self.numbers = {code: number for number, code in enumerate(self.codes)}
        self.objects: dict[tuple[str, int], SyncObject] = {}

    def add(self, known: SyncObject) -> SyncObject:
        """Make an object known, and the lock that a condition has."""
        if isinstance(known, Condition):
            self.add(known.lock)
        self.objects[type(known).__name__, known.number] = known
        return known

    def find(self, kind: str, number: int, detail: Any) -> SyncObject:
        """Return the object of a kind and number; one that is not known here gets a stand-in."""
        return self.objects.get((kind, number)) or self.add(make_stand_in(kind, number, detail))


def make_stand_in(kind: str, number: int, detail: Any) -> SyncObject:
    """Make what stands for a synchronisation object in a process where that does not live."""
    if kind == "Task":
        return Task(number, detail)
    if kind == "Condition":
        return Condition(number, detail)
    if kind == "Barrier":
        return Barrier(number, 1)
    return KINDS[kind](number)


def all_codes(code: Code) -> Iterator[Code]:
    """Yield a code object and those in it, in a fixed order."""
    yield code
    for constant in code.constants:
        if isinstance(constant, Code):
            yield from all_codes(constant)


BUILTIN_NAMES: dict[Builtin, tuple[str, str]] = {
    EXIT: ("", EXIT.name),
    **{value: ("", name) for name, value in BUILTINS.items() if isinstance(value, Builtin)},
    **{builtin: (kind.__name__, name) for kind, table in METHOD_TABLES.items() for name, builtin in table.items()},
}
"""How each builtin is called: the name of its type, empty for a function, and its own."""

NAMED_BUILTINS = {names: builtin for builtin, names in BUILTIN_NAMES.items()}

# --- values to bytes --------------------------------------------------------------------------------------------


class Packer:
    """Makes bytes of values; `directory` is None where the program itself is sent."""

    def __init__(self, directory: Directory | None) -> None:
        self.directory = directory
        self.table: dict[type, Callable[[Any], Any]] = {
            **copyreg.dispatch_table,
            Code: self._code,
            Opcode: lambda opcode: (named_opcode, (opcode.name,)),
            Builtin: lambda builtin: (named_builtin, BUILTIN_NAMES[builtin]),
            Function: lambda function: (make_function, (function.code, function.defaults)),
            Method: lambda method: (Method, (method.owner, method.builtin)),
            **dict.fromkeys(OPERATIONS, self._sync_object),
            **dict.fromkeys(ITERATOR_TYPES.values(), _named_iterator),
            **dict.fromkeys(DICT_VIEWS, _dict_view),
            **dict.fromkeys(DICT_ITERATORS.values(), _dict_iterator),
            **dict.fromkeys(REDUCIBLE_ITERATORS, _host_iterator),
        }

    def pack(self, value: Any) -> bytes:
        """Return a value as bytes.

        Raises `RecursionError` in our words for one that is nested too deep, `TypeError` for one that is of no
        type known here.
        """
        buffer = io.BytesIO()
        pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = self.table
        try:
            pickler.dump(value)
        except RecursionError:
            problem: Exception = RecursionError(TOO_DEEP)
        except (pickle.PicklingError, TypeError, AttributeError, KeyError) as error:
            problem = TypeError(f"the value cannot be sent to another process: {error}")
        else:
            return buffer.getvalue()
        raise problem

    def _code(self, code: Code) -> Any:
        if self.directory is not None and code in self.directory.numbers:
            return known_code, (self.directory.numbers[code],)
        # The program itself, or the few instructions that call a builtin for `spawn(print, 1)`.
        kept = {field.name: getattr(code, field.name) for field in fields(code) if field.name != "quick_forms"}
        return make_code, (kept,)

    def _sync_object(self, known: SyncObject) -> Any:
        detail = known.lock if isinstance(known, Condition) else known.name if isinstance(known, Task) else None
        return sync_object, (type(known).__name__, known.number, detail)


def _named_iterator(iterator: NamedIterator) -> Any:
    return make_named_iterator, (type(iterator).__name__, iterator.inner)


def _dict_view(view: Any) -> Any:
    return make_dict_view, (dict_of(view), DICT_VIEWS[type(view)])


def _host_iterator(iterator: Any) -> Any:
    return put_together, take_apart(iterator)


def _dict_iterator(iterator: Any) -> Any:
    kind, parts, position = take_apart(iterator)
    return make_dict_iterator, (kind.__name__, parts, position)


# --- bytes to values --------------------------------------------------------------------------------------------


def named_opcode(name: str) -> Opcode:
    """Return an opcode by its name."""
    return OPCODES[name]


def named_builtin(kind: str, name: str) -> Builtin:
    """Return a builtin by its name and that of its type."""
    return NAMED_BUILTINS[kind, name]


def make_function(code: Code, defaults: tuple[Any, ...]) -> Function:
    """Make a function value again."""
    return Function(code, defaults)


def make_code(kept: dict[str, Any]) -> Code:
    """Make a code object again, without what was made of it where it comes from."""
    return Code(**kept)


def make_named_iterator(kind: str, inner: Any) -> NamedIterator:
    """Make an iterator again that shows itself by a name."""
    return ITERATOR_TYPES[kind](inner)


def make_dict_view(viewed: dict[Any, Any], method: str) -> Any:
    """Make a view of a dict again."""
    return getattr(viewed, method)()


def make_dict_iterator(kind: str, parts: tuple[Any, ...], items: int) -> Any:
    """Make an iterator over a dict again, as far as it had gone."""
    return put_together(ITERATOR_TYPES[kind], parts, items)


def known_code(number: int) -> Code:
    """Stand for what only a directory knows; see `Unpacker.find_class`."""
    raise InterpFault(f"Code object {number} was unpacked without a directory.")


def sync_object(kind: str, number: int, detail: Any) -> SyncObject:
    """Stand for what only a directory knows; see `Unpacker.find_class`."""
    raise InterpFault(f"{kind} {number} was unpacked without a directory.")


class Unpacker(pickle.Unpickler):
    """Makes values of bytes; what is known by a number is looked up in the directory."""

    def __init__(self, data: bytes, directory: Directory | None) -> None:
        super().__init__(io.BytesIO(data))
        self.directory = directory

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name in a pickle means."""
        if module == __name__ and self.directory is not None:
            if name == sync_object.__name__:
                return self.directory.find
            if name == known_code.__name__:
                return self.directory.codes.__getitem__
        return super().find_class(module, name)


def unpack(data: bytes, directory: Directory | None) -> Any:
    """Return the value that was packed."""
    return Unpacker(data, directory).load()
