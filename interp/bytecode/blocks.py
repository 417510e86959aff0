"""What a `return`, `break` or `continue` has to clear up on its way out.

While the body of a loop, a `try` or a `with` is being written, the compiler keeps a *block* for it. A jump
out of it leaves the blocks one by one, from the inside out, and each writes what leaving it takes: a loop's
iterator is dropped, a `with` is ended, a `finally` body is written once more. So one `finally` may stand in
the code several times, once for each way out; that is how CPython does it since 3.8 (`Python/compile.c`,
`compiler_unwind_fblock`), and why nothing is pushed at run time for a `try`.

What a block writes on leaving is under the protection that was in force *outside* of it (`outer`): an
exception raised by a `finally` body must not run the same body again.

If a function is returning, the value it returns lies on top of the stack all the while (`with_value`).

Read next: `compiler.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interp.bytecode import instructions as op
from interp.bytecode.assembler import Label, Protection
from interp.language.syntax import Body, Place

if TYPE_CHECKING:
    from interp.bytecode.compiler import CodeCompiler


@dataclass(frozen=True)
class Block:
    """A stretch of code that takes nothing to leave; the body of a `try … except` is one."""

    outer: Protection | None

    def leave(self, compiler: CodeCompiler, place: Place, with_value: bool) -> None:
        """Write what leaving the block takes."""


@dataclass(frozen=True)
class WhileBlock(Block):
    """The body of a `while`."""

    head: Label
    exit: Label


@dataclass(frozen=True)
class ForBlock(WhileBlock):
    """The body of a `for`; the iterator is on the stack."""

    def leave(self, compiler: CodeCompiler, place: Place, with_value: bool) -> None:
        """Drop the iterator."""
        drop(compiler, place, with_value)


@dataclass(frozen=True)
class ValueBlock(Block):
    """A `finally` body that runs while a value waits below it to be returned."""

    def leave(self, compiler: CodeCompiler, place: Place, with_value: bool) -> None:
        """Drop the waiting value: this way out replaces that one."""
        drop(compiler, place, with_value)


@dataclass(frozen=True)
class FinallyBlock(Block):
    """The part of a `try` that its `finally` watches over."""

    final: Body

    def leave(self, compiler: CodeCompiler, place: Place, with_value: bool) -> None:
        """Write the `finally` body once more."""
        if not with_value:
            compiler.body(self.final)
            return
        with compiler.inside(ValueBlock(self.outer), self.outer):
            compiler.body(self.final)


@dataclass(frozen=True)
class FinallyHandlerBlock(Block):
    """A `finally` body that runs because of an exception; that and the previous one are on the stack."""

    def leave(self, compiler: CodeCompiler, place: Place, with_value: bool) -> None:
        """Drop the exception and handle the previous one again: it is swallowed."""
        drop(compiler, place, with_value)
        end_handling(compiler, place, with_value)


@dataclass(frozen=True)
class ClauseBlock(Block):
    """The body of an `except`; the previously handled exception is on the stack."""

    name: str | None

    def leave(self, compiler: CodeCompiler, place: Place, with_value: bool) -> None:
        """Handle the previous exception again, and take the name away."""
        end_handling(compiler, place, with_value)
        if self.name is not None:
            compiler.forget(self.name, place)


@dataclass(frozen=True)
class WithBlock(Block):
    """The body of a `with`; the method that ends it is on the stack."""

    place: Place

    def leave(self, compiler: CodeCompiler, place: Place, with_value: bool) -> None:
        """End the `with`."""
        if with_value:
            compiler.emit(op.SWAP, place, 2)
        compiler.end_with(self.place)


def drop(compiler: CodeCompiler, place: Place, with_value: bool) -> None:
    """Drop the top value, or the one below a value that is being returned."""
    if with_value:
        compiler.emit(op.SWAP, place, 2)
    compiler.emit(op.POP_TOP, place)


def end_handling(compiler: CodeCompiler, place: Place, with_value: bool) -> None:
    """End handling an exception; the previous one is on top, or below a value that is being returned."""
    if with_value:
        compiler.emit(op.SWAP, place, 2)
    compiler.emit(op.POP_EXCEPT, place)
