"""Writes the instructions of one code object: labels become offsets, protected stretches the exception table.

The compiler says *what* to do next; the assembler knows *where*. Three things are kept for every place that
it writes at:

- the depth of the operand stack. A jump carries it to its label, so a handler can be told how much to keep of
  the stack.
- whether the place can be reached at all. After a `return` or a jump nothing is written until a label is
  marked that something jumps to; so code that can never run is left out without a pass of its own. CPython
  finds it in its flow graph.
- the protection in force: where an exception goes that is raised here. Neighbours with the same protection
  become one entry of the exception table, as in CPython 3.11 (`Python/compile.c`,
  `assemble_exception_table`).

Read next: `expressions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interp.bytecode.code import Code, ExceptionEntry, Instruction, Opcode
from interp.bytecode.flow import NEVER_FALLS_THROUGH, check_stack, depth_after, depth_after_jump
from interp.bytecode.folding import constant_key
from interp.language.errors import InterpFault
from interp.language.syntax import Place


class Label:
    """A place to jump to. It gets its offset when it is marked, and its depth from the first that arrives."""

    __slots__ = ("depth", "offset")

    def __init__(self) -> None:
        self.offset: int | None = None
        self.depth: int | None = None

    @property
    def used(self) -> bool:
        """Whether anything arrives here."""
        return self.depth is not None


@dataclass(frozen=True, slots=True)
class Protection:
    """An exception goes to `handler`, with the stack cut back to `depth` values."""

    handler: Label
    depth: int


@dataclass(frozen=True, slots=True)
class Written:
    """An instruction whose target may still be a label."""

    opcode: Opcode
    operand: int | Label
    place: Place
    protection: Protection | None

    def resolved(self) -> Instruction:
        """Return the instruction, its label replaced by the label's offset."""
        operand = self.operand
        return Instruction(self.opcode, operand if isinstance(operand, int) else _offset(operand), self.place)


def _offset(label: Label) -> int:
    if label.offset is None:
        raise InterpFault("The compiler jumps to a label that it never marked.")
    return label.offset


class Assembler:
    """One code object in the making."""

    def __init__(self) -> None:
        self.depth: int | None = 0
        self.protection: Protection | None = None
        self._written: list[Written] = []
        self._constants: list[Any] = []
        self._constant_indexes: dict[Any, int] = {}
        self._names: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._written)

    @property
    def reachable(self) -> bool:
        """Whether what is written next can ever be performed."""
        return self.depth is not None

    @property
    def last_place(self) -> Place:
        """The place of the instruction written last."""
        return self._written[-1].place

    def emit(self, opcode: Opcode, place: Place, operand: int | Label = 0) -> None:
        """Write an instruction, if this place can be reached."""
        if self.depth is None:
            return
        if self.protection is not None:
            _arrive(self.protection.handler, self.protection.depth + 1)
        self._written.append(Written(opcode, operand, place, self.protection))
        if isinstance(operand, Label):
            _arrive(operand, depth_after_jump(opcode, self.depth))
            operand = 0
        self.depth = None if opcode in NEVER_FALLS_THROUGH else depth_after(opcode, operand, self.depth)

    def mark(self, label: Label) -> None:
        """Put a label here."""
        label.offset = len(self._written)
        if self.depth is None:
            self.depth = label.depth
        else:
            _arrive(label, self.depth)

    def protection_by(self, handler: Label, *, without: int = 0) -> Protection:
        """Return a protection that keeps the present stack but for its topmost `without` values."""
        if self.depth is None:
            raise InterpFault("The compiler protects what cannot be reached.")
        return Protection(handler, self.depth - without)

    def constant(self, value: Any) -> int:
        """Return the index of a constant, the one it has if it was asked for before."""
        # Two functions are two code objects even if they read alike.
        key = len(self._constants) if isinstance(value, Code) else constant_key(value)
        index = self._constant_indexes.setdefault(key, len(self._constants))
        if index == len(self._constants):
            self._constants.append(value)
        return index

    def name(self, name: str) -> int:
        """Return the index of a name."""
        return self._names.setdefault(name, len(self._names))

    def finish(
        self,
        name: str,
        qualname: str,
        filename: str,
        first_line: int,
        parameter_count: int,
        local_names: tuple[str, ...],
        lines: tuple[str, ...],
    ) -> Code:
        """Return the code object, its stack checked on every path."""
        instructions = tuple(written.resolved() for written in self._written)
        table = self._exception_table()
        return Code(
            name=name,
            qualname=qualname,
            filename=filename,
            parameter_count=parameter_count,
            instructions=instructions,
            constants=tuple(self._constants),
            names=tuple(self._names),
            local_names=local_names,
            exception_table=table,
            stack_size=check_stack(name, instructions, table),
            first_line=first_line,
            lines=lines,
        )

    def _exception_table(self) -> tuple[ExceptionEntry, ...]:
        entries: list[ExceptionEntry] = []
        start = 0
        for end in range(1, len(self._written) + 1):
            protection = self._written[start].protection
            if end == len(self._written) or self._written[end].protection is not protection:
                if protection is not None:
                    entries.append(ExceptionEntry(start, end, _offset(protection.handler), protection.depth))
                start = end
        return tuple(entries)


def _arrive(label: Label, depth: int) -> None:
    if label.depth is None:
        label.depth = depth
    elif label.depth != depth:
        raise InterpFault(f"The compiler arrives at a label with {depth} values on the stack, and with {label.depth}.")
