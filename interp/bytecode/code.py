"""What the compiler makes: code objects, their instructions, places and exception tables.

A code object is the compiled form of one function, or of the whole file. As in CPython 3.11 and newer,
entering a `try` costs nothing: an *exception table* beside the instructions says which range is protected and
where its handler starts (CPython 3.11, `Objects/exception_handling_notes.txt`).

Where we differ from CPython: an offset counts instructions, not bytes; a jump's operand is the offset it goes
to, not a distance; the exception table is a tuple of entries instead of packed bytes; and each instruction
carries its place itself, where CPython keeps a packed table of positions.

Read next: `instructions.py`, where every opcode is declared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, cached_property
from typing import Any

from interp.language.syntax import Place


class SwitchPoint(Enum):
    """What sort of place follows an instruction, for the rules that say where a thread may lose the global lock.

    The rules (`machine/switch_points.py`) are sets of these sorts; `Uncounted` and `counted` are the words of
    CPython 2 and 3.2–3.9, whose ticker left some cheap instructions out (`Python/ceval.c`, `FAST_DISPATCH`).
    """

    UNCOUNTED = "uncounted"
    COUNTED = "counted"
    FUNCTION_ENTRY = "function entry"
    CALL = "call"
    RETURN = "return"
    BACKWARD_JUMP = "backward jump"
    TAKEN_JUMP = "taken jump"


class Touch(Enum):
    """What an instruction can touch beside its own frame: values that another thread may see as well.

    The explorer (`explore/accesses.py`) asks for it: between instructions that touch nothing no switch can matter.
    """

    NOTHING = "its frame only"
    READ_VARIABLE = "reads a global variable"
    WRITE_VARIABLE = "writes a global variable"
    READ_ITEM = "reads an item of a container"
    WRITE_ITEM = "writes an item of a container"
    DELETE_ITEM = "takes an item out of a container"
    CONTENTS = "reads what its values consist of"
    OPERATOR = "reads what its values consist of; in place, it changes the first"
    CALL = "whatever is called"
    ERROR = "raises an error; if nothing catches it, what it consists of is read to be shown"


@dataclass(frozen=True, eq=False)
class Opcode:
    """The declaration of one opcode: everything that is known of it. `instructions.py` makes them.

    `inputs` are the values it pops, in stack order (the last is the top); `outputs` those it pushes. A name
    that ends in `*` stands for as many values as the operand says; an output that ends in `?` may be missing,
    because the call went into a function, has to wait, or an iterator is exhausted.
    """

    number: int
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    operand: str | None
    cost: int
    switch: SwitchPoint
    frames: bool
    frequent: bool
    opens_block: bool
    touches: Touch
    summary: str
    description: str
    perform: Callable[..., Any] = field(repr=False)
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    @property
    def effect(self) -> str:
        """The stack effect as it was declared, `left right -- result`."""
        return f"{' '.join(self.inputs)} -- {' '.join(self.outputs)}".strip()

    def takes(self, operand: int) -> int:
        """How many values an instruction with this operand pops."""
        return _count(self.inputs, operand)

    def leaves(self, operand: int) -> int:
        """How many values it pushes, if all are there."""
        return _count(self.outputs, operand)


@cache
def _count(names: tuple[str, ...], operand: int) -> int:
    return sum(operand if name.endswith("*") else 1 for name in names)


@dataclass(frozen=True, slots=True)
class Instruction:
    """An opcode, its operand (0 where the opcode has none) and its place in the source."""

    opcode: Opcode
    operand: int
    place: Place


@dataclass(frozen=True, slots=True)
class ExceptionEntry:
    """An exception raised in `start <= offset < end` goes to `target`, with the stack cut back to `depth` values.

    The exception itself is then pushed. Where ranges overlap, the first entry that fits wins, so inner ones
    come first.
    """

    start: int
    end: int
    target: int
    depth: int


@dataclass(frozen=True, eq=False)
class Code:
    """The compiled form of one function or of a whole file; it never changes.

    `qualname` is the name with the functions around it (`outer.<locals>.inner`), as messages show it.
    `local_names` starts with the parameters; names that no source line can reach (a comprehension's
    variables) stand in it too, as often as they are bound. `lines` are the source's lines, for messages.
    """

    name: str
    qualname: str
    filename: str
    parameter_count: int
    instructions: tuple[Instruction, ...]
    constants: tuple[Any, ...]
    names: tuple[str, ...]
    local_names: tuple[str, ...]
    exception_table: tuple[ExceptionEntry, ...]
    stack_size: int
    first_line: int
    lines: tuple[str, ...] = field(repr=False)
    quick_forms: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What `machine/quick.py` has made of this code, kept for the next run."""

    def __repr__(self) -> str:
        return f"<code {self.name}, {self.filename}:{self.first_line}>"

    @cached_property
    def arguments(self) -> tuple[Any, ...]:
        """What each operand stands for, as the instruction's body wants it (`operands.py`)."""
        from interp.bytecode.operands import resolve

        return tuple(resolve(self, instruction) for instruction in self.instructions)

    @cached_property
    def unbound(self) -> tuple[Any, ...]:
        """What the places of the local variables behind the parameters hold when a frame begins."""
        from interp.bytecode.instructions import UNBOUND

        return (UNBOUND,) * (len(self.local_names) - self.parameter_count)

    def handler(self, offset: int) -> ExceptionEntry | None:
        """Find where an exception raised at `offset` goes in this code, if anywhere."""
        for entry in self.exception_table:
            if entry.start <= offset < entry.end:
                return entry
        return None
