"""Turns expressions into instructions that leave their value on the stack.

The order is the order of evaluation: operands from left to right, then the instruction that combines them. A
condition (of an `if`, a `while`, an `and` inside one of them) leaves no value: it becomes jumps, see
`jump_if`.

Each instruction carries the place of the expression whose work it does. If it fails, that is what the carets
of a traceback point at: in `a[i] + b` a bad index marks `a[i]`, a bad sum all three. Places follow CPython
3.13.

`1 + 2 + 3 + …` with 10,000 terms is a tree 10,000 deep on its left side, and so is `a.b().c()…`. Such a spine
is walked down by a loop and written on the way back, so no program exhausts the stack of the host.

Where we differ from CPython: a pair of a dict display is added as soon as it is worked out, no jump is led
past another jump, and `a, b = b, a` makes its tuple.

Read next: `compiler.py`, for statements.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from interp.bytecode import instructions as op
from interp.bytecode.assembler import Assembler, Label
from interp.bytecode.code import Opcode
from interp.bytecode.folding import NOT_CONSTANT, constant_of
from interp.bytecode.operators import BINARY_OPERATORS, COMPARISON_OPERATORS
from interp.bytecode.scopes import Scope
from interp.language.errors import InterpFault
from interp.language.source import Source
from interp.language.syntax import (
    Attribute,
    BinaryOperation,
    BooleanOperation,
    Call,
    Comparison,
    ComprehensionClause,
    ConditionalExpression,
    Constant,
    DictComprehension,
    DictDisplay,
    Expression,
    FormattedString,
    FormattedValue,
    ListComprehension,
    ListDisplay,
    Name,
    Node,
    Place,
    Slice,
    Subscript,
    TupleDisplay,
    UnaryOperation,
)

LARGEST_CODE = 2**19
"""No code object has more instructions; copies of `finally` bodies inside one another could be endless."""


class Access(NamedTuple):
    """How to reach a variable: as a local, as a global from within a function, at the outermost level."""

    local: Opcode
    global_: Opcode
    outermost: Opcode


LOAD = Access(op.LOAD_FAST, op.LOAD_GLOBAL, op.LOAD_NAME)
STORE = Access(op.STORE_FAST, op.STORE_GLOBAL, op.STORE_NAME)
DELETE = Access(op.DELETE_FAST, op.DELETE_GLOBAL, op.DELETE_NAME)

OPERATOR_NUMBERS = {symbol: number for number, (symbol, _) in enumerate(BINARY_OPERATORS)}

COMPARISONS: dict[str, tuple[Opcode, int]] = {
    **{symbol: (op.COMPARE_OP, number) for number, (symbol, _) in enumerate(COMPARISON_OPERATORS)},
    "is": (op.IS_OP, 0),
    "is not": (op.IS_OP, 1),
    "in": (op.CONTAINS_OP, 0),
    "not in": (op.CONTAINS_OP, 1),
}

UNARY_OPERATORS = {
    "-": op.UNARY_NEGATIVE,
    "+": op.UNARY_POSITIVE,
    "~": op.UNARY_INVERT,
    "not": op.UNARY_NOT,
}

CONVERSION_NUMBERS = {"s": 1, "r": 2, "a": 3}


LONGEST_MAP = 15
"""A dict display of more pairs is not built on the stack (CPython 3.11, `Python/compile.c`,
`STACK_USE_GUIDELINE`)."""


class ExpressionCompiler:
    """Writes the expressions of one code object."""

    def __init__(self, scope: Scope, source: Source) -> None:
        self.scope = scope
        self.source = source
        self.assembler = Assembler()

    # --- writing

    def emit(self, opcode: Opcode, place: Place, operand: int | Label = 0) -> None:
        """Write one instruction."""
        if len(self.assembler) >= LARGEST_CODE:
            raise self.source.refusal(
                f"this function or file has more than {LARGEST_CODE} instructions",
                place,
                "A `finally` body is compiled once for each way out of its `try`; nested ones multiply.",
            )
        self.assembler.emit(opcode, place, operand)

    def load_constant(self, value: Any, place: Place) -> None:
        """Push a constant."""
        if self.assembler.reachable:
            self.emit(op.LOAD_CONST, place, self.assembler.constant(value))

    def access(self, how: Access, name: str, place: Place) -> None:
        """Load, store or delete a variable."""
        slot = self.scope.slot(name)
        if slot is not None:
            self.emit(how.local, place, slot)
        elif self.assembler.reachable:
            opcode = how.outermost if self.scope.outermost else how.global_
            self.emit(opcode, place, self.assembler.name(name))

    # --- every expression

    def expression(self, node: Expression) -> None:
        """Write what leaves the value of `node` on the stack."""
        spine: list[Expression] = []
        while (first := _FIRST.get(type(node))) is not None:
            spine.append(node)
            node = first(node)
        _START[type(node)](self, node)
        while spine:
            node = spine.pop()
            _FINISH[type(node)](self, node)

    def constant(self, node: Constant) -> None:
        """Write a literal."""
        self.load_constant(node.value, node.place)

    def name(self, node: Name) -> None:
        """Write the reading of a variable."""
        self.access(LOAD, node.name, node.place)

    def finish_binary(self, node: BinaryOperation) -> None:
        """Write an operator and its right operand; the left one is on the stack."""
        self.expression(node.right)
        self.emit(op.BINARY_OP, node.place, OPERATOR_NUMBERS[node.operator])

    def finish_subscript(self, node: Subscript) -> None:
        """Write an index and the subscript; the container is on the stack."""
        self.expression(node.index)
        self.emit(op.BINARY_SUBSCR, node.place)

    def finish_attribute(self, node: Attribute) -> None:
        """Write the reading of an attribute; the value is on the stack."""
        self.emit(op.LOAD_ATTR, _from_attribute(node.place, node), self.assembler.name(node.name))

    def finish_call(self, node: Call) -> None:
        """Write the arguments and the call; the function is on the stack."""
        function = node.function
        place = _from_attribute(node.place, function) if isinstance(function, Attribute) else node.place
        for argument in node.arguments:
            self.expression(argument)
        for keyword in node.keywords:
            self.expression(keyword.value)
        count = len(node.arguments) + len(node.keywords)
        if node.keywords:
            self.load_constant(tuple(keyword.name for keyword in node.keywords), place)
            self.emit(op.CALL_KW, place, count)
        else:
            self.emit(op.CALL, place, count)

    def unary(self, node: UnaryOperation) -> None:
        """Write a sign, `~` or `not`."""
        value = constant_of(node)
        if value is not NOT_CONSTANT:
            self.load_constant(value, node.place)
        else:
            self.expression(node.operand)
            self.emit(UNARY_OPERATORS[node.operator], node.place)

    def slice_expression(self, node: Slice) -> None:
        """Write a slice; a missing part is `None`."""
        for part in (node.start, node.stop, node.step):
            if part is None:
                self.load_constant(None, node.place)
            else:
                self.expression(part)
        self.emit(op.BUILD_SLICE, node.place)

    # --- displays and strings

    def tuple_display(self, node: TupleDisplay) -> None:
        """Write a tuple, as one constant where all of it is constant."""
        value = constant_of(node)
        if value is not NOT_CONSTANT:
            self.load_constant(value, node.place)
        else:
            for item in node.items:
                self.expression(item)
            self.emit(op.BUILD_TUPLE, node.place, len(node.items))

    def list_display(self, node: ListDisplay) -> None:
        """Write a list."""
        for item in node.items:
            self.expression(item)
        self.emit(op.BUILD_LIST, node.place, len(node.items))

    def dict_display(self, node: DictDisplay) -> None:
        """Write a dict: all pairs and then the dict, or pair by pair where there are many, as CPython does."""
        long = len(node.keys) > LONGEST_MAP
        if long:
            self.emit(op.BUILD_MAP, node.place)
        for key, value in zip(node.keys, node.values, strict=True):
            self.expression(key)
            self.expression(value)
            if long:
                self.emit(op.MAP_ADD, node.place, 1)
        if not long:
            self.emit(op.BUILD_MAP, node.place, 2 * len(node.keys))

    def formatted_string(self, node: FormattedString) -> None:
        """Write an f-string: its parts as texts, then joined unless there is only one."""
        for part in node.parts:
            self.expression(part)
        if not node.parts:
            self.load_constant("", node.place)
        elif len(node.parts) > 1:
            self.emit(op.BUILD_STRING, node.place, len(node.parts))

    def formatted_value(self, node: FormattedValue) -> None:
        """Write one `{…}` of an f-string."""
        self.expression(node.value)
        if node.conversion:
            self.emit(op.CONVERT_VALUE, node.place, CONVERSION_NUMBERS[node.conversion])
        if node.specification is None:
            self.emit(op.FORMAT_SIMPLE, node.place)
        else:
            self.expression(node.specification)
            self.emit(op.FORMAT_WITH_SPEC, node.place)

    # --- comprehensions

    def list_comprehension(self, node: ListComprehension) -> None:
        """Write a list comprehension, in place."""
        self.comprehension(node, op.BUILD_LIST, op.LIST_APPEND, (node.element,))

    def dict_comprehension(self, node: DictComprehension) -> None:
        """Write a dict comprehension, in place."""
        self.comprehension(node, op.BUILD_MAP, op.MAP_ADD, (node.key, node.value))

    def comprehension(
        self,
        node: ListComprehension | DictComprehension,
        build: Opcode,
        add: Opcode,
        elements: tuple[Expression, ...],
    ) -> None:
        """Write the nested loops of a comprehension around what adds one element.

        The first iterable is evaluated outside: in `[x for x in x]` the last `x` is the surrounding one.
        """
        self.iterator(node.clauses[0].iterable, node)
        with self.scope.comprehension(node.clauses) as variables:
            for slot in variables.values():
                # Nothing shall be left of an earlier evaluation. CPython also puts a saved value back at the
                # end, because there a variable around it may have the same slot.
                self.emit(op.LOAD_FAST_AND_CLEAR, node.place, slot)
                self.emit(op.POP_TOP, node.place)
            self.emit(build, node.place)
            self.emit(op.SWAP, node.place, 2)
            loops: list[tuple[Label, Label, Label]] = []
            for clause in node.clauses:
                if loops:
                    self.iterator(clause.iterable, node)
                loops.append(self.open_loop(clause))
            for element in elements:
                self.expression(element)
            self.emit(add, elements[0].place, len(loops) + 1)
            for clause, (head, skip, exhausted) in zip(reversed(node.clauses), reversed(loops), strict=True):
                self.assembler.mark(skip)
                self.emit(op.JUMP_BACKWARD, elements[0].place, head)
                self.assembler.mark(exhausted)
                self.emit(op.END_FOR, clause.iterable.place)

    def iterator(self, iterable: Expression, loop: Node) -> None:
        """Write what leaves an iterator on the stack.

        What cannot be iterated over is marked as 3.13 does it; but if it begins on a later line than the
        loop, the loop is marked, because 3.11 and 3.12 report its line.
        """
        self.expression(iterable)
        self.emit(op.GET_ITER, iterable.place if iterable.place.line == loop.place.line else loop.place)

    def open_loop(self, clause: ComprehensionClause) -> tuple[Label, Label, Label]:
        """Write the beginning of a loop; returns the labels of its head, its closing jump and its end."""
        head, skip, exhausted = Label(), Label(), Label()
        self.assembler.mark(head)
        self.emit(op.FOR_ITER, clause.iterable.place, exhausted)
        self.store(clause.target)
        for condition in clause.conditions:
            self.jump_if(condition, skip, when=False)
        return head, skip, exhausted

    # --- conditions

    def conditional(self, node: ConditionalExpression) -> None:
        """Write `body if condition else otherwise`."""
        otherwise, end = Label(), Label()
        self.jump_if(node.condition, otherwise, when=False)
        self.expression(node.body)
        self.emit(op.JUMP_FORWARD, node.body.place, end)
        self.assembler.mark(otherwise)
        self.expression(node.otherwise)
        self.assembler.mark(end)

    def boolean(self, node: BooleanOperation) -> None:
        """Write `and` or `or` where its value is wanted: that of the operand which decides."""
        end = Label()
        jump = op.POP_JUMP_IF_FALSE if node.operator == "and" else op.POP_JUMP_IF_TRUE
        for operand in node.operands[:-1]:
            self.expression(operand)
            self.emit(op.COPY, node.place, 1)
            self.emit(jump, node.place, end)
            self.emit(op.POP_TOP, node.place)
        self.expression(node.operands[-1])
        self.assembler.mark(end)

    def comparison(self, node: Comparison) -> None:
        """Write a comparison where its value is wanted."""
        if len(node.operators) == 1:
            self.two_sided(node)
            return
        decided, end = Label(), Label()
        self.expression(node.operands[0])
        for operator, operand in zip(node.operators[:-1], node.operands[1:-1], strict=True):
            self.link(node, operator, operand)
            self.emit(op.COPY, node.place, 1)
            self.emit(op.POP_JUMP_IF_FALSE, node.place, decided)
            self.emit(op.POP_TOP, node.place)
        self.expression(node.operands[-1])
        self.compare(node, node.operators[-1])
        self.emit(op.JUMP_FORWARD, node.place, end)
        self.assembler.mark(decided)
        self.emit(op.SWAP, node.place, 2)
        self.emit(op.POP_TOP, node.place)
        self.assembler.mark(end)

    def two_sided(self, node: Comparison) -> None:
        """Write a comparison of two operands."""
        self.expression(node.operands[0])
        self.expression(node.operands[1])
        self.compare(node, node.operators[0])

    def link(self, node: Comparison, operator: str, operand: Expression) -> None:
        """Write one link of a chain and keep its right operand below the result, for the next link."""
        self.expression(operand)
        self.emit(op.SWAP, node.place, 2)
        self.emit(op.COPY, node.place, 2)
        self.compare(node, operator)

    def compare(self, node: Comparison, operator: str) -> None:
        """Write the instruction that compares the two values on top."""
        opcode, number = COMPARISONS[operator]
        self.emit(opcode, node.place, number)

    def jump_if(self, condition: Expression, label: Label, *, when: bool) -> None:
        """Jump if the condition's truth is `when`, else go on; its value is left nowhere.

        As CPython's `compiler_jump_if`: `not` turns the question round, `and` and `or` are answered by the
        first operand that decides.
        """
        while isinstance(condition, UnaryOperation) and condition.operator == "not":
            condition, when = condition.operand, not when
        if isinstance(condition, BooleanOperation):
            self.jump_if_boolean(condition, label, when)
        elif isinstance(condition, ConditionalExpression):
            otherwise, end = Label(), Label()
            self.jump_if(condition.condition, otherwise, when=False)
            self.jump_if(condition.body, label, when=when)
            self.emit(op.JUMP_FORWARD, condition.body.place, end)
            self.assembler.mark(otherwise)
            self.jump_if(condition.otherwise, label, when=when)
            self.assembler.mark(end)
        elif isinstance(condition, Comparison) and len(condition.operators) > 1:
            self.jump_if_chain(condition, label, when)
        else:
            self.expression(condition)
            self.emit(op.POP_JUMP_IF_TRUE if when else op.POP_JUMP_IF_FALSE, condition.place, label)

    def jump_if_boolean(self, node: BooleanOperation, label: Label, when: bool) -> None:
        """Write `and` or `or` as a condition."""
        deciding = node.operator == "or"
        decided = label if deciding is when else Label()
        for operand in node.operands[:-1]:
            self.jump_if(operand, decided, when=deciding)
        self.jump_if(node.operands[-1], label, when=when)
        if decided is not label:
            self.assembler.mark(decided)

    def jump_if_chain(self, node: Comparison, label: Label, when: bool) -> None:
        """Write a chained comparison as a condition."""
        decided, end = Label(), Label()
        self.expression(node.operands[0])
        for operator, operand in zip(node.operators[:-1], node.operands[1:-1], strict=True):
            self.link(node, operator, operand)
            self.emit(op.POP_JUMP_IF_FALSE, node.place, decided)
        self.expression(node.operands[-1])
        self.compare(node, node.operators[-1])
        self.emit(op.POP_JUMP_IF_TRUE if when else op.POP_JUMP_IF_FALSE, node.place, label)
        self.emit(op.JUMP_FORWARD, node.place, end)
        self.assembler.mark(decided)
        self.emit(op.POP_TOP, node.place)
        if not when:
            self.emit(op.JUMP_FORWARD, node.place, label)
        self.assembler.mark(end)

    # --- targets

    def store(self, target: Expression) -> None:
        """Write what binds the top value to a target, taking it off the stack."""
        if isinstance(target, Name):
            self.access(STORE, target.name, target.place)
        elif isinstance(target, Subscript):
            self.expression(target.container)
            self.expression(target.index)
            self.emit(op.STORE_SUBSCR, target.place)
        elif isinstance(target, (TupleDisplay, ListDisplay)):
            self.emit(op.UNPACK_SEQUENCE, target.place, len(target.items))
            for item in target.items:
                self.store(item)
        else:
            raise InterpFault(f"The compiler cannot store to a {type(target).__name__}.")


def _from_attribute(place: Place, attribute: Attribute) -> Place:
    """Return where a call or an attribute stands for a reader of a traceback.

    In a chain of methods over several lines that is the line of the method's own name
    (3.12, `Python/compile.c`, `update_start_location_to_match_attr`).
    """
    end = attribute.place
    if place.line == end.end_line:
        return place
    start_column = end.end_column - len(attribute.name)
    end_column = place.end_column if place.end_line > end.end_line else max(place.end_column, end.end_column)
    return Place(end.end_line, start_column, max(place.end_line, end.end_line), end_column)


_FIRST: dict[type[Expression], Callable[[Any], Expression]] = {
    BinaryOperation: lambda node: node.left,
    Subscript: lambda node: node.container,
    Attribute: lambda node: node.value,
    Call: lambda node: node.function,
}
"""The operand that is written first, of those expressions that may hang on one another without end."""

_FINISH: dict[type[Expression], Callable[[ExpressionCompiler, Any], None]] = {
    BinaryOperation: ExpressionCompiler.finish_binary,
    Subscript: ExpressionCompiler.finish_subscript,
    Attribute: ExpressionCompiler.finish_attribute,
    Call: ExpressionCompiler.finish_call,
}

_START: dict[type[Expression], Callable[[ExpressionCompiler, Any], None]] = {
    Constant: ExpressionCompiler.constant,
    Name: ExpressionCompiler.name,
    UnaryOperation: ExpressionCompiler.unary,
    Comparison: ExpressionCompiler.comparison,
    BooleanOperation: ExpressionCompiler.boolean,
    ConditionalExpression: ExpressionCompiler.conditional,
    Slice: ExpressionCompiler.slice_expression,
    TupleDisplay: ExpressionCompiler.tuple_display,
    ListDisplay: ExpressionCompiler.list_display,
    DictDisplay: ExpressionCompiler.dict_display,
    ListComprehension: ExpressionCompiler.list_comprehension,
    DictComprehension: ExpressionCompiler.dict_comprehension,
    FormattedString: ExpressionCompiler.formatted_string,
    FormattedValue: ExpressionCompiler.formatted_value,
}
