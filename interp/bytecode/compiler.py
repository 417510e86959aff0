"""Turns a syntax tree into code objects: the statements, and the way into the compiler.

The code follows CPython 3.11–3.13, so that whoever can read this listing can read that of `dis`. The largest
piece of thinking is how blocks are left.

1. *An exception* finds its way by the exception table. The stack is cut back to what it was when the `try`
   began and the exception is pushed. The handler first exchanges it with the exception handled until now
   (`PUSH_EXC_INFO`), which `POP_EXCEPT` puts back. If the handler itself fails, a small cleanup (`COPY 2`,
   `POP_EXCEPT`, `RERAISE`) does that and lets the new exception go on.
2. *A jump* (`return`, `break`, `continue`) clears up on its way; `blocks.py` tells how.
3. *The end of the body* does what the jump does, and goes on behind the statement.

So a `finally` body is written at least twice, for the way out without and with an exception.

Where we differ from CPython: a cleanup there copies from depth 3, since its stack also has the offset of the
instruction that failed. The condition of a `while` stands once, at the top, and a jump closes the loop;
CPython 3.10 and newer repeat the condition at the bottom. Only `while` with a true constant drops its
condition. Handlers stand where they are written; CPython 3.13 moves them to the end. Every instruction has a
place: a jump that no source text stands for has that of the statement before it, where CPython has none. A
failed `assert` is placed at the whole statement, as in 3.11 and 3.12; 3.13 places it at the condition.

Read next: `disassembler.py`, then `machine/interpreter.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from interp.bytecode import instructions as op
from interp.bytecode.assembler import Label, Protection
from interp.bytecode.blocks import (
    Block,
    ClauseBlock,
    FinallyBlock,
    FinallyHandlerBlock,
    ForBlock,
    WhileBlock,
    WithBlock,
)
from interp.bytecode.code import Code
from interp.bytecode.expressions import DELETE, LOAD, OPERATOR_NUMBERS, STORE, ExpressionCompiler
from interp.bytecode.folding import NOT_CONSTANT, constant_of
from interp.bytecode.scopes import Scope, scope_of
from interp.language.errors import InterpFault
from interp.language.source import Source
from interp.language.syntax import (
    AnnotatedAssignment,
    AssertStatement,
    Assignment,
    AugmentedAssignment,
    Body,
    BreakStatement,
    ContinueStatement,
    DeleteStatement,
    Expression,
    ExpressionStatement,
    ForStatement,
    FunctionDefinition,
    GlobalStatement,
    Handler,
    IfStatement,
    ListDisplay,
    Name,
    Node,
    PassStatement,
    Place,
    Program,
    RaiseStatement,
    ReturnStatement,
    Statement,
    Subscript,
    TryStatement,
    TupleDisplay,
    WhileStatement,
    WithStatement,
)

MODULE_NAME = "<module>"
"""The name of the code object of a whole file, as in CPython."""


def compile_program(program: Program, source: str, filename: str) -> Code:
    """Return the code object of a whole file; those of its functions are among its constants.

    `source` and `filename` are kept for messages. Raises `SourceError` if the code would be absurdly large.
    """
    text = Source(source, filename)
    compiler = CodeCompiler(Scope((), outermost=True), text, tuple(text.lines))
    compiler.emit(op.RESUME, Place(1, 1, 1, 1))
    compiler.body(program.body)
    compiler.implicit_return(closing_place(program.body) if program.body else Place(1, 1, 1, 1))
    return compiler.finish(MODULE_NAME, 1, parameter_count=0)


def compile_function(function: FunctionDefinition, source: Source, lines: tuple[str, ...], qualname: str) -> Code:
    """Return the code object of a function; `lines` are those of the whole file."""
    compiler = CodeCompiler(scope_of(function), source, lines, qualname)
    compiler.emit(op.RESUME, header_place(function))
    compiler.body(function.body)
    compiler.implicit_return(closing_place(function.body))
    return compiler.finish(function.name, function.place.line, parameter_count=len(function.parameters))


def compile_expression(program: Program, source: str, filename: str, local_names: Sequence[str]) -> Code:
    """Return the code object that evaluates a text of one expression where these names are local variables.

    Raises `SourceError` if the text is anything but one expression.
    """
    text = Source(source, filename)
    match program.body:
        case [ExpressionStatement(value=expression)]:
            pass
        case []:
            raise text.refusal("there is no expression here", Place(1, 1, 1, 1))
        case [*statements]:
            raise text.refusal("this is a statement, and not one expression", statements[-1].place)
    compiler = CodeCompiler(Scope(local_names, outermost=False), text, tuple(text.lines), filename)
    compiler.emit(op.RESUME, Place(1, 1, 1, 1))
    compiler.expression(expression)
    compiler.emit(op.RETURN_VALUE, expression.place)
    return compiler.finish(filename, 1, parameter_count=len(local_names))


_KEYWORDS: dict[type[Node], str] = {
    FunctionDefinition: "def",
    IfStatement: "if",
    WhileStatement: "while",
    ForStatement: "for",
    TryStatement: "try",
    WithStatement: "with",
    Handler: "except",
}


def header_place(node: Node) -> Place:
    """Return the place of the word that a compound statement begins with; of a simple one, all of it."""
    word = _KEYWORDS.get(type(node))
    if word is None:
        return node.place
    line, column = node.place.line, node.place.column
    return Place(line, column, line, column + len(word))


def closing_place(body: Body) -> Place:
    """Return the place for what is done after a body and no text stands for."""
    return header_place(body[-1])


class CodeCompiler(ExpressionCompiler):
    """Writes the statements of one code object."""

    def __init__(self, scope: Scope, source: Source, lines: tuple[str, ...], qualname: str = MODULE_NAME) -> None:
        super().__init__(scope, source)
        self.lines = lines
        self.qualname = qualname
        self.blocks: list[Block] = []

    def finish(self, name: str, first_line: int, *, parameter_count: int) -> Code:
        """Return the finished code object."""
        return self.assembler.finish(
            name=name,
            qualname=self.qualname,
            filename=self.source.filename,
            first_line=first_line,
            parameter_count=parameter_count,
            local_names=tuple(self.scope.local_names),
            lines=self.lines,
        )

    def implicit_return(self, place: Place) -> None:
        """Write the end of a body that no `return` ends."""
        self.load_constant(None, place)
        self.emit(op.RETURN_VALUE, place)

    def body(self, statements: Body) -> None:
        """Write statements one after the other, up to one that nothing reaches."""
        for statement in statements:
            if not self.assembler.reachable:
                return
            _STATEMENTS[type(statement)](self, statement)

    # --- blocks

    @contextmanager
    def inside(self, block: Block, protection: Protection | None) -> Iterator[None]:
        """Within the `with`, jumps have to leave `block`, and exceptions go where `protection` says."""
        before = self.assembler.protection
        self.blocks.append(block)
        self.assembler.protection = protection
        yield
        self.assembler.protection = before
        self.blocks.pop()

    @contextmanager
    def leaving(self, remaining: int, place: Place, *, with_value: bool = False) -> Iterator[None]:
        """Leave all blocks but the outermost `remaining`; within the `with`, they have been left."""
        blocks, protection = self.blocks, self.assembler.protection
        self.blocks = list(blocks)
        while len(self.blocks) > remaining:
            block = self.blocks.pop()
            self.assembler.protection = block.outer
            block.leave(self, place, with_value)
        yield
        self.blocks, self.assembler.protection = blocks, protection

    def innermost_loop(self) -> tuple[int, WhileBlock]:
        """Return the innermost loop and how many blocks are around it."""
        for index in range(len(self.blocks) - 1, -1, -1):
            block = self.blocks[index]
            if isinstance(block, WhileBlock):
                return index, block
        raise InterpFault("The compiler met a `break` or `continue` outside of a loop.")

    # --- simple statements

    def expression_statement(self, node: ExpressionStatement) -> None:
        """Write an expression and drop its value; a constant, such as a docstring, leaves nothing."""
        if constant_of(node.value) is NOT_CONSTANT:
            self.expression(node.value)
            self.emit(op.POP_TOP, self.assembler.last_place)

    def assignment(self, node: Assignment) -> None:
        """Write the value, then each target from left to right."""
        self.expression(node.value)
        for target in node.targets[:-1]:
            self.emit(op.COPY, node.place, 1)
            self.store(target)
        self.store(node.targets[-1])

    def augmented_assignment(self, node: AugmentedAssignment) -> None:
        """Write `target operator= value`; the parts of the target are evaluated once."""
        target = node.target
        if isinstance(target, Name):
            self.access(LOAD, target.name, target.place)
        elif isinstance(target, Subscript):
            self.expression(target.container)
            self.expression(target.index)
            self.emit(op.COPY, target.place, 2)
            self.emit(op.COPY, target.place, 2)
            self.emit(op.BINARY_SUBSCR, target.place)
        self.expression(node.value)
        self.emit(op.BINARY_OP, node.place, OPERATOR_NUMBERS[node.operator + "="])
        if isinstance(target, Name):
            self.access(STORE, target.name, target.place)
        else:
            self.emit(op.SWAP, target.place, 3)
            self.emit(op.SWAP, target.place, 2)
            self.emit(op.STORE_SUBSCR, target.place)

    def annotated_assignment(self, node: AnnotatedAssignment) -> None:
        """Write the assignment, if it is one; the annotation is not evaluated."""
        if node.value is not None:
            self.expression(node.value)
            self.store(node.target)

    def delete_statement(self, node: DeleteStatement) -> None:
        """Write `del`, for each target from left to right."""
        for target in node.targets:
            self.delete(target)

    def delete(self, target: Expression) -> None:
        """Write what deletes one target."""
        if isinstance(target, Name):
            self.access(DELETE, target.name, target.place)
        elif isinstance(target, Subscript):
            self.expression(target.container)
            self.expression(target.index)
            self.emit(op.DELETE_SUBSCR, target.place)
        elif isinstance(target, (TupleDisplay, ListDisplay)):
            for item in target.items:
                self.delete(item)
        else:
            raise InterpFault(f"The compiler cannot delete a {type(target).__name__}.")

    def assert_statement(self, node: AssertStatement) -> None:
        """Write `assert`; the message is evaluated only if the condition fails."""
        holds = Label()
        self.jump_if(node.condition, holds, when=True)
        self.emit(op.LOAD_ASSERTION_ERROR, node.place)
        if node.message is not None:
            self.expression(node.message)
            self.emit(op.CALL, node.place, 1)
        self.emit(op.RAISE_VARARGS, node.place, 1)
        self.assembler.mark(holds)

    def raise_statement(self, node: RaiseStatement) -> None:
        """Write `raise`, with or without an exception."""
        if node.exception is not None:
            self.expression(node.exception)
        self.emit(op.RAISE_VARARGS, node.place, 0 if node.exception is None else 1)

    def pass_statement(self, node: PassStatement) -> None:
        """Write an instruction that does nothing, so that the line can be seen to be reached."""
        self.emit(op.NOP, node.place)

    def global_statement(self, node: GlobalStatement) -> None:
        """Write nothing: `scopes.py` has taken note."""

    # --- functions

    def function_definition(self, node: FunctionDefinition) -> None:
        """Write what makes a function of its defaults, evaluated now, and its code."""
        place = header_place(node)
        defaults = [parameter.default for parameter in node.parameters if parameter.default is not None]
        self.expression(TupleDisplay(place, tuple(defaults)))
        is_local = not self.scope.outermost and self.scope.slot(node.name) is not None
        qualname = f"{self.qualname}.<locals>.{node.name}" if is_local else node.name
        self.load_constant(compile_function(node, self.source, self.lines, qualname), place)
        self.emit(op.MAKE_FUNCTION, place)
        self.access(STORE, node.name, place)

    def return_statement(self, node: ReturnStatement) -> None:
        """Write `return`; the value is worked out before the blocks are left, unless it is constant."""
        constant = None if node.value is None else constant_of(node.value)
        if node.value is not None and constant is NOT_CONSTANT:
            self.expression(node.value)
            with self.leaving(0, node.place, with_value=True):
                self.emit(op.RETURN_VALUE, node.place)
        else:
            with self.leaving(0, node.place):
                self.load_constant(constant, node.place if node.value is None else node.value.place)
                self.emit(op.RETURN_VALUE, node.place)

    # --- branches and loops

    def if_statement(self, node: IfStatement) -> None:
        """Write the branches one after the other; the end of each jumps past the rest."""
        end = Label()
        for number, branch in enumerate(node.branches, 1):
            otherwise = Label()
            self.jump_if(branch.condition, otherwise, when=False)
            self.body(branch.body)
            if number < len(node.branches) or node.otherwise:
                self.emit(op.JUMP_FORWARD, closing_place(branch.body), end)
            self.assembler.mark(otherwise)
        self.body(node.otherwise)
        self.assembler.mark(end)

    def while_statement(self, node: WhileStatement) -> None:
        """Write the condition, the body and the jump back to the condition."""
        head, otherwise, exit = Label(), Label(), Label()
        self.assembler.mark(head)
        constant = constant_of(node.condition)
        if constant is NOT_CONSTANT or not constant:
            self.jump_if(node.condition, otherwise, when=False)
        protection = self.assembler.protection
        with self.inside(WhileBlock(protection, head, exit), protection):
            self.body(node.body)
        self.emit(op.JUMP_BACKWARD, closing_place(node.body), head)
        self.assembler.mark(otherwise)
        self.body(node.otherwise)
        self.assembler.mark(exit)

    def for_statement(self, node: ForStatement) -> None:
        """Write the loop over an iterator, which stays on the stack until the end."""
        head, exhausted, exit = Label(), Label(), Label()
        self.iterator(node.iterable, node)
        self.assembler.mark(head)
        self.emit(op.FOR_ITER, node.iterable.place, exhausted)
        protection = self.assembler.protection
        with self.inside(ForBlock(protection, head, exit), protection):
            self.store(node.target)
            self.body(node.body)
        self.emit(op.JUMP_BACKWARD, closing_place(node.body), head)
        self.assembler.mark(exhausted)
        self.emit(op.END_FOR, node.iterable.place)
        self.body(node.otherwise)
        self.assembler.mark(exit)

    def break_statement(self, node: BreakStatement) -> None:
        """Write the way out of the innermost loop, past its `else`."""
        index, loop = self.innermost_loop()
        with self.leaving(index, node.place):
            self.emit(op.JUMP_FORWARD, node.place, loop.exit)

    def continue_statement(self, node: ContinueStatement) -> None:
        """Write the way to the head of the innermost loop, which itself is not left."""
        index, loop = self.innermost_loop()
        with self.leaving(index + 1, node.place):
            self.emit(op.JUMP_BACKWARD, node.place, loop.head)

    # --- exceptions

    def try_statement(self, node: TryStatement) -> None:
        """Write a `try`; with both `except` and `finally` it is one inside the other."""
        self.emit(op.NOP, header_place(node))
        if node.final:
            self.try_finally(node)
        else:
            self.try_except(node)

    def try_finally(self, node: TryStatement) -> None:
        """Write what `finally` watches over, and its body for the ways out that are not jumps."""
        outer = self.assembler.protection
        handler, end = Label(), Label()
        with self.inside(FinallyBlock(outer, node.final), self.assembler.protection_by(handler)):
            if node.handlers:
                self.try_except(node)
            else:
                self.body(node.body)
        self.body(node.final)
        if handler.used:
            self.emit(op.JUMP_FORWARD, closing_place(node.final), end)
            self.assembler.mark(handler)
            first, last = header_place(node.final[0]), closing_place(node.final)
            cleanup = Label()
            self.emit(op.PUSH_EXC_INFO, first)
            with self.inside(FinallyHandlerBlock(outer), self.assembler.protection_by(cleanup, without=1)):
                self.body(node.final)
                self.emit(op.RERAISE, last)
            self.cleanup(cleanup, last)
        self.assembler.mark(end)

    def try_except(self, node: TryStatement) -> None:
        """Write the body, the `else` and the `except` clauses of a `try`."""
        outer = self.assembler.protection
        handler, end = Label(), Label()
        with self.inside(Block(outer), self.assembler.protection_by(handler)):
            self.body(node.body)
        self.body(node.otherwise)
        if handler.used:
            self.emit(op.JUMP_FORWARD, closing_place(node.otherwise or node.body), end)
            self.assembler.mark(handler)
            cleanup = Label()
            self.emit(op.PUSH_EXC_INFO, header_place(node.handlers[0]))
            self.assembler.protection = self.assembler.protection_by(cleanup, without=1)
            for clause in node.handlers:
                self.clause(clause, outer, end)
            last = header_place(node.handlers[-1])
            self.emit(op.RERAISE, last)
            self.assembler.protection = outer
            self.cleanup(cleanup, last)
        self.assembler.mark(end)

    def clause(self, node: Handler, outer: Protection | None, end: Label) -> None:
        """Write one `except`; the exception is on the stack, and above the exception handled before."""
        place = header_place(node)
        following, failed = Label(), Label()
        if node.exceptions is not None:
            self.expression(node.exceptions)
            self.emit(op.CHECK_EXC_MATCH, node.exceptions.place)
            self.emit(op.POP_JUMP_IF_FALSE, node.exceptions.place, following)
        protection = self.assembler.protection
        if node.name is None:
            self.emit(op.POP_TOP, place)
        else:
            self.access(STORE, node.name, place)
            protection = self.assembler.protection_by(failed)
        remaining = len(self.blocks)
        with self.inside(ClauseBlock(outer, node.name), protection):
            self.body(node.body)
            with self.leaving(remaining, closing_place(node.body)):
                self.emit(op.JUMP_FORWARD, closing_place(node.body), end)
        if failed.used:
            assert node.name is not None
            self.assembler.mark(failed)
            self.forget(node.name, place)
            self.emit(op.RERAISE, place)
        self.assembler.mark(following)

    def forget(self, name: str, place: Place) -> None:
        """Write the end of `except … as name`: the name goes, even if the body took it away itself."""
        self.load_constant(None, place)
        self.access(STORE, name, place)
        self.access(DELETE, name, place)

    def cleanup(self, label: Label, place: Place) -> None:
        """Write where a failing handler goes: restore the previous exception, let the new one go on."""
        self.assembler.mark(label)
        self.emit(op.COPY, place, 2)
        self.emit(op.POP_EXCEPT, place)
        self.emit(op.RERAISE, place)

    # --- with

    def with_statement(self, node: WithStatement) -> None:
        """Write a `with`; several managers are several `with` statements, one inside the other."""
        self.managers(node, 0)

    def managers(self, node: WithStatement, number: int) -> None:
        """Write the `with` of one manager, and what is inside of it."""
        manager = node.managers[number]
        place = manager.place
        outer = self.assembler.protection
        handler = Label()
        self.expression(manager)
        self.emit(op.BEFORE_WITH, place)
        self.emit(op.POP_TOP, place)
        with self.inside(WithBlock(outer, place), self.assembler.protection_by(handler)):
            if number + 1 < len(node.managers):
                self.managers(node, number + 1)
            else:
                self.body(node.body)
        self.end_with(place)
        if handler.used:
            self.with_handler(handler, place)

    def end_with(self, place: Place) -> None:
        """Write the end of a `with` that no exception ends; the method to call is on top."""
        for _ in range(3):
            self.load_constant(None, place)
        self.emit(op.CALL, place, 3)
        self.emit(op.POP_TOP, place)

    def with_handler(self, handler: Label, place: Place) -> None:
        """Write the end of a `with` because of an exception, which the manager may swallow."""
        outer = self.assembler.protection
        cleanup, swallowed, end = Label(), Label(), Label()
        self.emit(op.JUMP_FORWARD, place, end)
        self.assembler.mark(handler)
        self.emit(op.PUSH_EXC_INFO, place)
        self.assembler.protection = self.assembler.protection_by(cleanup, without=1)
        self.emit(op.WITH_EXCEPT_START, place)
        self.emit(op.POP_JUMP_IF_TRUE, place, swallowed)
        self.emit(op.RERAISE, place)
        self.assembler.protection = outer
        self.cleanup(cleanup, place)
        self.assembler.mark(swallowed)
        self.emit(op.POP_TOP, place)
        self.emit(op.POP_EXCEPT, place)
        self.emit(op.POP_TOP, place)
        self.assembler.mark(end)


_STATEMENTS: dict[type[Statement], Callable[[CodeCompiler, Any], None]] = {
    ExpressionStatement: CodeCompiler.expression_statement,
    Assignment: CodeCompiler.assignment,
    AugmentedAssignment: CodeCompiler.augmented_assignment,
    AnnotatedAssignment: CodeCompiler.annotated_assignment,
    DeleteStatement: CodeCompiler.delete_statement,
    AssertStatement: CodeCompiler.assert_statement,
    RaiseStatement: CodeCompiler.raise_statement,
    PassStatement: CodeCompiler.pass_statement,
    GlobalStatement: CodeCompiler.global_statement,
    FunctionDefinition: CodeCompiler.function_definition,
    ReturnStatement: CodeCompiler.return_statement,
    IfStatement: CodeCompiler.if_statement,
    WhileStatement: CodeCompiler.while_statement,
    ForStatement: CodeCompiler.for_statement,
    BreakStatement: CodeCompiler.break_statement,
    ContinueStatement: CodeCompiler.continue_statement,
    TryStatement: CodeCompiler.try_statement,
    WithStatement: CodeCompiler.with_statement,
}
