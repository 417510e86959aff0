"""Turns on their way to another process and back: states and turns as bytes.

Numbers and places mean something within one `Store` only, so what travels are slots and contents. `pickle` makes bytes
of them; what it cannot know is which things are *the same* there and here:

1. **Code** travels once, with the setting of a search; in a content stands the number of a code object.
2. What the machine has only once (opcodes, builtins, the types of iterators, the marks of empty variables) travels by
   its name.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any, NamedTuple

from interp.bytecode.code import Code
from interp.bytecode.instructions import ABSENT, OPCODES, UNBOUND
from interp.explore.states import ABSENT_ID, State, Store
from interp.explore.transitions import Transitions
from interp.explore.turn import NOTHING, Blocked, Turn, TurnSetting
from interp.explore.values import Content
from interp.machine.builtins import EXIT, METHOD_TABLES
from interp.machine.values import DICT_VIEWS, ITERATOR_TYPES, Builtin
from interp.scheduling.requests import bootstrap
from interp.scheduling.simulate import python_digits
from interp.scheduling.world import BUILTINS

Job = tuple[int, tuple[tuple[Content, Content], ...]]
"""The thread whose turn is wanted, and the state: its slots with what they hold."""

LONGEST_CHAIN = 200_000
"""After so many instructions of one thread a job is done, though its thread may have come to no visible one."""


class MadeTurn(NamedTuple):
    """A turn of a thread as it travels; `looked_at` are the slots that it depends on, with what they held."""

    thread: int
    looked_at: tuple[tuple[Content, Content], ...]
    turn: Any
    changes: tuple[tuple[Content, Content], ...] = ()
    made: tuple[tuple[Content, Content], ...] | None = None
    blind: tuple[Content, ...] = ()


SINGLE: dict[str, Any] = {
    "ABSENT": ABSENT,
    "UNBOUND": UNBOUND,
    "NOTHING": NOTHING,
    "__exit__": EXIT,
    **{f"opcode {name}": opcode for name, opcode in OPCODES.items()},
    **{f"builtin {name}": value for name, value in BUILTINS.items() if isinstance(value, Builtin)},
    **{
        f"{kind.__name__}.{name}": builtin
        for kind, builtins in METHOD_TABLES.items()
        for name, builtin in builtins.items()
    },
    **{f"type {name}": kind for name, kind in ITERATOR_TYPES.items()},
    **{f"type {kind.__name__}": kind for kind in DICT_VIEWS},
}
"""What the machine has only once, by a name."""

NAMES = {id(value): name for name, value in SINGLE.items()}


class Packer(pickle.Pickler):
    """Makes bytes; `codes` are the code objects of a program that is known on the other side, or None."""

    def __init__(self, file: io.BytesIO, codes: Sequence[Code] | None) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.numbers = None if codes is None else {code: number for number, code in enumerate(codes)}

    def persistent_id(self, value: Any) -> Any:
        """Return the name of what is on the other side as well."""
        if value.__class__ is Code and self.numbers is not None:
            number = self.numbers.get(value)
            return ("spawn", value.instructions[0].operand) if number is None else ("code", number)
        name = NAMES.get(id(value))
        return None if name is None else ("single", name)

    def reducer_override(self, value: Any) -> Any:
        """Take a code object apart, without what was made of it here."""
        if value.__class__ is Code:
            return make_code, ({f.name: getattr(value, f.name) for f in fields(Code) if f.name != "quick_forms"},)
        return NotImplemented


class Unpacker(pickle.Unpickler):
    """Makes values of bytes again."""

    def __init__(self, data: bytes, codes: Sequence[Code] | None) -> None:
        super().__init__(io.BytesIO(data))
        self.finders: dict[str, Callable[[Any], Any]] = {"single": SINGLE.__getitem__, "spawn": bootstrap}
        if codes is not None:
            self.finders["code"] = codes.__getitem__

    def persistent_load(self, name: Any) -> Any:
        """Return what a name stands for."""
        kind, detail = name
        return self.finders[kind](detail)


def make_code(kept: dict[str, Any]) -> Code:
    """Make a code object again."""
    return Code(**kept)


def pack(value: Any, codes: Sequence[Code] | None) -> bytes:
    """Return a value as bytes."""
    buffer = io.BytesIO()
    Packer(buffer, codes).dump(value)
    return buffer.getvalue()


def unpack(data: bytes, codes: Sequence[Code] | None) -> Any:
    """Return the value that was packed."""
    return Unpacker(data, codes).load()


def all_codes(code: Code) -> Iterator[Code]:
    """Yield a code object and those in it, in a fixed order."""
    yield code
    for constant in code.constants:
        if isinstance(constant, Code):
            yield from all_codes(constant)


# --- there


@lru_cache(maxsize=4)
def unpack_setting(data: bytes) -> tuple[TurnSetting, tuple[Code, ...]]:
    """Return the setting of a search and the code objects of its program; each parcel of jobs asks for it."""
    setting: TurnSetting = unpack(data, None)
    return setting, tuple(all_codes(setting.code))


def make_turns(packed_setting: bytes, packed_jobs: bytes) -> bytes:
    """Execute the turns that are asked for. This is what an executor is given to do; both ways only bytes travel.

    An exception is part of the answer, so that whatever else comes out of an executor is the executor's own.
    """
    setting, codes = unpack_setting(packed_setting)
    try:
        jobs: list[Job] = unpack(packed_jobs, codes)
        with python_digits():
            found: Any = [made for job in jobs for made in make_chain(setting, job)]
    except Exception as error:
        found = error
    return pack(found, codes)


def make_chain(setting: TurnSetting, job: Job) -> Iterator[MadeTurn]:
    """Execute a turn; where it has ended for its length alone, the thread's next as well, and so on."""
    number, contents = job
    transitions = Transitions(setting)
    store = transitions.store
    state: State = tuple([store.number(content) for slot, content in contents if store.place(slot) >= 0])
    steps = 0
    while steps < LONGEST_CHAIN:
        turn, reads = transitions.execute(state, number)
        if reads is not None:
            yield made_of(store, number, reads, turn)
        if isinstance(turn, Blocked) or turn.steps < setting.longest:
            return
        steps += turn.steps
        state = transitions.after(state, turn)
        if all(number != living for living, _ in transitions.living(state)):
            return


def made_of(store: Store, number: int, reads: Sequence[tuple[int, int]], turn: Turn | Blocked) -> MadeTurn:
    """Return a turn as it travels."""
    slots, values = store.slots, store.contents
    looked_at = tuple((slots[place], values[content]) for place, content in reads)
    if isinstance(turn, Blocked):
        return MadeTurn(number, looked_at, turn)
    return MadeTurn(
        number,
        looked_at,
        replace(turn, changes=(), made=None, blind=()),
        tuple((slots[place], values[content]) for place, content in turn.changes),
        None if turn.made is None else tuple((reference, values[content]) for reference, content in turn.made),
        tuple(slots[place] for place in turn.blind),
    )


# --- here


def job_of(store: Store, state: State, number: int) -> Job:
    """Return what another process needs to execute a turn."""
    held = zip(store.slots, state, strict=False)
    return number, tuple((slot, store.contents[content]) for slot, content in held if content)


def take_in(transitions: Transitions, made: MadeTurn) -> int:
    """Remember a turn that was made elsewhere; returns its steps."""
    store = transitions.store
    turn: Any = made.turn
    if not isinstance(turn, Blocked):
        turn = replace(
            turn,
            changes=numbered(store, made.changes),
            made=None if made.made is None else tuple((name, store.number(content)) for name, content in made.made),
            blind=tuple(store.place(slot) for slot in made.blind),
        )
    transitions.remember(made.thread, numbered(store, made.looked_at), turn)
    return 0 if isinstance(turn, Blocked) else turn.steps


def numbered(store: Store, contents: Sequence[tuple[Content, Content]]) -> tuple[tuple[int, int], ...]:
    """Return slots and contents as places and numbers."""
    return tuple(
        (store.place(slot), ABSENT_ID if content is None else store.number(content)) for slot, content in contents
    )
