'''The instruction set: every opcode, declared once.

An entry says what the instruction takes from the operand stack and leaves there, what its operand is, what it
costs, what sort of switch point follows it, what it does in one sentence, and does it. Dispatch, the listing,
the reference page, the clock and the trace line all derive from the entry; nothing else in the project lists
opcodes.

How to read an entry:

    @opcode("left right -- result", operand="operator")
    def BINARY_OP(operator, left, right):
        """Replace the two top values by `left operator right`."""
        return operator(left, right)

The parameters *are* the popped values, in the declared order, and the returned value *is* the pushed one. A
body may ask for the `thread` or the `frame` first, and for its operand by the name of the operand's kind
(`operands.py` says what it receives). `*` marks as many values as the operand says; they come as a tuple. An
output that ends in `?` may be missing: the body returns `ABSENT`, because the call went into a function of
the program, the thread has to ask the world for something (a lock, a pause, a line of output), or an iterator
is exhausted. A declaration that does not fit its body is refused at import.

Bodies are kept so plain (no loops, no inner functions) because they are used twice: called one by one where
somebody watches, and pasted together where nobody does, the way CPython generates
`Python/generated_cases.c.h` from `Python/bytecodes.c` (3.12 and newer). `machine/quick.py` does the pasting.

Names and meanings follow CPython 3.11–3.13. What is simplified there is said in the entry, after its first
sentence.

Read next: `compiler.py`, which chooses instructions, and `machine/interpreter.py`, which performs them.
'''

# ruff: noqa: N802 - opcodes are the one place where capitals shout

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

from interp.bytecode.bounds import check_format
from interp.bytecode.code import Code, Opcode, SwitchPoint, Touch
from interp.bytecode.operands import CONVERSIONS, KINDS
from interp.language.errors import InterpFault


class Absent:
    """The type of `ABSENT`, the mark for an output that is not there (yet)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


class Unbound:
    """The type of `UNBOUND`, which fills the place of a local variable without a value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNBOUND"


UNBOUND = Unbound()

EXHAUSTED = object()

BULKY = frozenset({str, list, tuple, dict, set, complex})


class FrameView(Protocol):
    """What an instruction may touch of the frame it runs in."""

    pc: int
    code: Code
    locals: list[Any]
    stack: list[Any]
    globals: dict[str, Any]
    builtins: dict[str, Any]


class ThreadView(Protocol):
    """What an instruction may ask of the thread that executes it."""

    handled: BaseException | None

    def keep(self, value: Any) -> Any:
        """Account for a large value and return it; raises `MemoryError`, or `TypeError` for a type Toy lacks."""

    def call(self, callee: Any, arguments: tuple[Any, ...], keywords: tuple[str, ...]) -> Any:
        """Call a value: push a frame, ask the world, or return the result of a builtin."""

    def iterate(self, iterable: Any) -> Any:
        """Return an iterator over a value; raises `TypeError` where there is none."""

    def check_text(self, value: Any) -> None:
        """Refuse to make an absurdly long text; raises `MemoryError`."""

    def bounded(self, value: Any) -> Any:
        """Return what an iterable yields, up to a bound; raises `MemoryError` for more."""

    def check_part(self, container: Any, index: slice, value: Any = ()) -> None:
        """Refuse what cannot be done to a part of the container; raises `TypeError`."""

    def check_deletion(self, container: Any, index: Any) -> None:
        """Refuse to delete from what is no container; raises `TypeError`."""

    def leave(self, value: Any) -> None:
        """End the running frame and hand its value to the caller."""

    def enter_manager(self, manager: Any) -> Any:
        """Begin a `with`: ask the world to acquire `manager`."""

    def exit_of(self, manager: Any) -> Any:
        """The method that ends a `with` over `manager`; raises `TypeError` where there is none."""

    def attribute(self, value: Any, name: str) -> Any:
        """Look up an attribute."""

    def raised(self, value: Any) -> BaseException:
        """Make an exception of what stands after `raise`."""

    def again(self, exception: BaseException) -> BaseException:
        """Return the exception, marked as raised before."""

    def make_function(self, code: Code, defaults: tuple[Any, ...]) -> Any:
        """Make a function value."""

    def missing_name(self, frame: Any, name: str) -> NameError:
        """Make the error for a name that has no value."""

    def missing_local(self, frame: Any, index: int) -> NameError:
        """Make the error for a local variable that has no value."""

    def matches(self, exception: BaseException, types: Any) -> bool:
        """Whether an `except types:` takes the exception."""

    def unpack(self, sequence: Any, count: int) -> tuple[Any, ...]:
        """The `count` items of a sequence, or the error that there are too few or too many."""


OPCODES: dict[str, Opcode] = {}
"""Every opcode by its name, in the order of the declarations below."""


FIRST_RARE = 32
"""Opcodes that are not frequent have numbers from here, so that one comparison tells the two sorts apart."""


def opcode(
    effect: str,
    *,
    operand: str | None = None,
    cost: int = 1,
    switch: SwitchPoint = SwitchPoint.COUNTED,
    frames: bool = False,
    frequent: bool = False,
    opens_block: bool = False,
    touches: Touch = Touch.NOTHING,
) -> Callable[[Callable[..., Any]], Opcode]:
    """Declare an opcode.

    `cost` is in ticks; `switch` is the sort of place that follows; `frames` says that another frame or thread
    may run after it; `opens_block` that it begins a `try` or `with`, before which some versions never switch;
    `touches` is what it can touch beside its frame; `frequent` puts it where the loop finds it with fewer
    comparisons, and changes nothing else. Raises `InterpFault` where the declaration and the body do not fit.
    """
    before, _, after = effect.partition("--")
    inputs, outputs = tuple(before.split()), tuple(after.split())

    def declare(body: Callable[..., Any]) -> Opcode:
        name = body.__name__
        parameters = tuple(inspect.signature(body).parameters)
        helpers = [word for word in parameters if word in ("thread", "frame")]
        values = tuple(word.rstrip("*") for word in inputs)
        expected = (*helpers, *([operand] if operand in parameters and operand not in values else []), *values)
        if parameters != expected:
            raise InterpFault(
                f"{name} is declared with ({', '.join(expected)}), its body takes ({', '.join(parameters)})."
            )
        if operand is not None and operand not in KINDS:
            raise InterpFault(f"{name} has an operand of an unknown kind, {operand}.")
        summary, _, description = inspect.cleandoc(body.__doc__ or "").partition("\n\n")
        if not summary.endswith("."):
            raise InterpFault(f"{name} has no sentence that says what it does.")
        same_sort = sum(entry.frequent is frequent for entry in OPCODES.values())
        entry = Opcode(
            number=same_sort if frequent else FIRST_RARE + same_sort,
            name=name,
            inputs=inputs,
            outputs=outputs,
            operand=operand,
            cost=cost,
            switch=switch,
            frames=frames,
            frequent=frequent,
            opens_block=opens_block,
            touches=touches,
            summary=" ".join(summary.split()),
            description=description,
            perform=body,
            parameters=parameters,
        )
        OPCODES[name] = entry
        return entry

    return declare


# --- entering, and doing nothing


@opcode("--", switch=SwitchPoint.FUNCTION_ENTRY)
def RESUME() -> None:
    """Begin a function or the program; the first instruction of every code object.

    CPython also uses it after `yield` and `await`, which the language does not have.
    """


@opcode("--", switch=SwitchPoint.UNCOUNTED, opens_block=True)
def NOP() -> None:
    """Do nothing; it stands where a `try` or `pass` has no instruction of its own."""


# --- the operand stack


@opcode("value --", switch=SwitchPoint.UNCOUNTED, frequent=True)
def POP_TOP(value: Any) -> None:
    """Throw the top value away."""


@opcode("-- value", operand="position", switch=SwitchPoint.UNCOUNTED)
def COPY(frame: FrameView, position: int) -> Any:
    """Push the value at a position of the stack once more."""
    return frame.stack[-position]


@opcode("value -- value", operand="position", switch=SwitchPoint.UNCOUNTED)
def SWAP(frame: FrameView, position: int, value: Any) -> Any:
    """Exchange the top value with the one at a position of the stack."""
    other = frame.stack[1 - position]
    frame.stack[1 - position] = value
    return other


# --- constants and variables


@opcode("-- constant", operand="constant", switch=SwitchPoint.UNCOUNTED, frequent=True)
def LOAD_CONST(constant: Any) -> Any:
    """Push a constant."""
    return constant


@opcode("-- value", operand="local", switch=SwitchPoint.UNCOUNTED, frequent=True)
def LOAD_FAST(thread: ThreadView, frame: FrameView, local: int) -> Any:
    """Push the value of a local variable.

    CPython 3.12 and newer check only in `LOAD_FAST_CHECK` that there is a value; here `LOAD_FAST` always
    does, as in 3.11.
    """
    value = frame.locals[local]
    if value is UNBOUND:
        raise thread.missing_local(frame, local)
    return value


@opcode("value --", operand="local", switch=SwitchPoint.UNCOUNTED, frequent=True)
def STORE_FAST(frame: FrameView, local: int, value: Any) -> None:
    """Bind a local variable to the top value."""
    frame.locals[local] = value


@opcode("--", operand="local")
def DELETE_FAST(thread: ThreadView, frame: FrameView, local: int) -> None:
    """Take the value of a local variable away."""
    if frame.locals[local] is UNBOUND:
        raise thread.missing_local(frame, local)
    frame.locals[local] = UNBOUND


@opcode("-- value", operand="local")
def LOAD_FAST_AND_CLEAR(frame: FrameView, local: int) -> Any:
    """Push the value of a local variable, or a mark that it has none, and take it away.

    It keeps a comprehension's variables apart from those around it, as in CPython 3.12 and newer (PEP 709).
    """
    value = frame.locals[local]
    frame.locals[local] = UNBOUND
    return value


@opcode("-- value", operand="name", frequent=True, touches=Touch.READ_VARIABLE)
def LOAD_GLOBAL(thread: ThreadView, frame: FrameView, name: str) -> Any:
    """Push the value of a global variable, or of a builtin where there is no such variable."""
    value = frame.globals.get(name, UNBOUND)
    if value is UNBOUND:
        value = frame.builtins.get(name, UNBOUND)
        if value is UNBOUND:
            raise thread.missing_name(frame, name)
    return value


@opcode("value --", operand="name", frequent=True, touches=Touch.WRITE_VARIABLE)
def STORE_GLOBAL(frame: FrameView, name: str, value: Any) -> None:
    """Bind a global variable to the top value."""
    frame.globals[name] = value


@opcode("--", operand="name", touches=Touch.WRITE_VARIABLE)
def DELETE_GLOBAL(thread: ThreadView, frame: FrameView, name: str) -> None:
    """Take the value of a global variable away."""
    if frame.globals.pop(name, UNBOUND) is UNBOUND:
        raise thread.missing_name(frame, name)


@opcode("-- value", operand="name", frequent=True, touches=Touch.READ_VARIABLE)
def LOAD_NAME(thread: ThreadView, frame: FrameView, name: str) -> Any:
    """Push the value of a variable of the program's outermost level, or of a builtin.

    In CPython it looks in the local names first; at the outermost level, the only place where the language
    uses it, those are the globals.
    """
    value = frame.globals.get(name, UNBOUND)
    if value is UNBOUND:
        value = frame.builtins.get(name, UNBOUND)
        if value is UNBOUND:
            raise thread.missing_name(frame, name)
    return value


@opcode("value --", operand="name", frequent=True, touches=Touch.WRITE_VARIABLE)
def STORE_NAME(frame: FrameView, name: str, value: Any) -> None:
    """Bind a variable of the program's outermost level to the top value."""
    frame.globals[name] = value


@opcode("--", operand="name", touches=Touch.WRITE_VARIABLE)
def DELETE_NAME(thread: ThreadView, frame: FrameView, name: str) -> None:
    """Take the value of a variable of the outermost level away."""
    if frame.globals.pop(name, UNBOUND) is UNBOUND:
        raise thread.missing_name(frame, name)


# --- operators


@opcode("left right -- result", operand="operator", frequent=True, touches=Touch.OPERATOR)
def BINARY_OP(thread: ThreadView, operator: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Replace the two top values by `left operator right`."""
    result = operator(left, right)
    if result.__class__ is not int and result.__class__ in BULKY:
        result = thread.keep(result)
    return result


@opcode("left right -- result", operand="comparison", frequent=True, touches=Touch.CONTENTS)
def COMPARE_OP(comparison: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Replace the two top values by whether they compare so."""
    return comparison(left, right)


@opcode("left right -- result", operand="invert", switch=SwitchPoint.UNCOUNTED)
def IS_OP(invert: bool, left: Any, right: Any) -> bool:
    """Replace the two top values by whether they are the same value."""
    return (left is right) is not invert


@opcode("item container -- result", operand="invert", switch=SwitchPoint.UNCOUNTED, touches=Touch.CONTENTS)
def CONTAINS_OP(invert: bool, item: Any, container: Any) -> bool:
    """Replace the two top values by whether the second contains the first."""
    return (item in container) is not invert


@opcode("value -- result", touches=Touch.CONTENTS)
def UNARY_NEGATIVE(value: Any) -> Any:
    """Replace the top value by its negative."""
    return -value


@opcode("value -- result", touches=Touch.CONTENTS)
def UNARY_POSITIVE(value: Any) -> Any:
    """Replace the top value by `+value`.

    CPython 3.12 and newer have an intrinsic function for it instead of an opcode.
    """
    return +value


@opcode("value -- result", touches=Touch.CONTENTS)
def UNARY_INVERT(value: Any) -> Any:
    """Replace the top value by its bitwise complement."""
    return ~value


@opcode("value -- result", touches=Touch.CONTENTS)
def UNARY_NOT(value: Any) -> bool:
    """Replace the top value by `True` if it counts as false, else by `False`."""
    return not value


# --- items and attributes


@opcode("container index -- item", frequent=True, touches=Touch.READ_ITEM)
def BINARY_SUBSCR(thread: ThreadView, container: Any, index: Any) -> Any:
    """Replace a container and an index by the item there, or by the part that a slice names."""
    if index.__class__ is slice:
        thread.check_part(container, index)
    item = container[index]
    if index.__class__ is slice:
        item = thread.keep(item)
    return item


@opcode("value container index --", frequent=True, touches=Touch.WRITE_ITEM)
def STORE_SUBSCR(thread: ThreadView, value: Any, container: Any, index: Any) -> None:
    """Store a value in a container at an index, or in place of the part that a slice names."""
    if index.__class__ is slice:
        thread.check_part(container, index, value)
        value = thread.bounded(value)
    container[index] = value


@opcode("container index --", touches=Touch.DELETE_ITEM)
def DELETE_SUBSCR(thread: ThreadView, container: Any, index: Any) -> None:
    """Remove the item at an index of a container."""
    thread.check_deletion(container, index)
    del container[index]


@opcode("start stop step -- slice")
def BUILD_SLICE(start: Any, stop: Any, step: Any) -> Any:
    """Make the slice `start:stop:step` of the three top values; `None` where a part is missing.

    CPython leaves the step out by an operand, and 3.12 and newer have `BINARY_SLICE` for the common case.
    """
    return slice(start, stop, step)


@opcode("value -- attribute", operand="name")
def LOAD_ATTR(thread: ThreadView, name: str, value: Any) -> Any:
    """Replace the top value by one of its attributes, most often a method bound to it.

    CPython avoids making the bound method where a call follows (`LOAD_METHOD` in 3.11, a bit of the operand
    since 3.12).
    """
    return thread.attribute(value, name)


# --- building values


@opcode("items* -- list", operand="count")
def BUILD_LIST(items: tuple[Any, ...]) -> list[Any]:
    """Make a list of the top values."""
    return list(items)


@opcode("items* -- tuple", operand="count")
def BUILD_TUPLE(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """Make a tuple of the top values."""
    return items


@opcode("items* -- dict", operand="count")
def BUILD_MAP(items: tuple[Any, ...]) -> dict[Any, Any]:
    """Make a dict of the top values: a key, its value, the next key, its value, and so on.

    CPython's operand counts the pairs, and it has `BUILD_CONST_KEY_MAP` for keys that are all constants (until 3.13).
    """
    return dict(zip(items[::2], items[1::2], strict=True))


@opcode("parts* -- text", operand="count")
def BUILD_STRING(thread: ThreadView, parts: tuple[Any, ...]) -> Any:
    """Join the top values, all strings, into one: the parts of an f-string."""
    return thread.keep("".join(parts))


@opcode("item --", operand="position")
def LIST_APPEND(frame: FrameView, position: int, item: Any) -> None:
    """Append the top value to the list at a position of the stack, counted without the item itself."""
    frame.stack[-position].append(item)


@opcode("key value --", operand="position")
def MAP_ADD(frame: FrameView, position: int, key: Any, value: Any) -> None:
    """Put a key and its value into the dict at a position of the stack, counted without the two."""
    frame.stack[-position][key] = value


@opcode("value -- text", operand="conversion", touches=Touch.CONTENTS)
def CONVERT_VALUE(thread: ThreadView, conversion: int, value: Any) -> Any:
    """Replace the top value by its `str`, `repr` or `ascii`, for the `!r` of an f-string.

    As in CPython 3.13; older versions have one `FORMAT_VALUE` for this and the next two.
    """
    thread.check_text(value)
    return thread.keep(CONVERSIONS[conversion - 1](value))


@opcode("value -- text", touches=Touch.CONTENTS)
def FORMAT_SIMPLE(thread: ThreadView, value: Any) -> Any:
    """Replace the top value by its text, as an f-string shows it."""
    thread.check_text(value)
    return thread.keep(format(value))


@opcode("value specification -- text", touches=Touch.CONTENTS)
def FORMAT_WITH_SPEC(thread: ThreadView, value: Any, specification: str) -> Any:
    """Replace a value and a format specification by the value's text in that format."""
    check_format(specification)
    return thread.keep(format(value, specification))


@opcode("sequence -- items*", operand="count", touches=Touch.CONTENTS)
def UNPACK_SEQUENCE(thread: ThreadView, count: int, sequence: Any) -> tuple[Any, ...]:
    """Replace the top value by its items, the first one on top."""
    return thread.unpack(sequence, count)[::-1]


# --- jumps and loops


@opcode("--", operand="target", switch=SwitchPoint.UNCOUNTED)
def JUMP_FORWARD(frame: FrameView, target: int) -> None:
    """Go on at a later instruction."""
    frame.pc = target


@opcode("--", operand="target", switch=SwitchPoint.BACKWARD_JUMP, frequent=True)
def JUMP_BACKWARD(frame: FrameView, target: int) -> None:
    """Go back to an earlier instruction, the head of a loop."""
    frame.pc = target


@opcode("condition --", operand="target", switch=SwitchPoint.TAKEN_JUMP, frequent=True, touches=Touch.CONTENTS)
def POP_JUMP_IF_FALSE(frame: FrameView, target: int, condition: Any) -> None:
    """Take the top value away, and jump if it counts as false."""
    if not condition:
        frame.pc = target


@opcode("condition --", operand="target", switch=SwitchPoint.TAKEN_JUMP, touches=Touch.CONTENTS)
def POP_JUMP_IF_TRUE(frame: FrameView, target: int, condition: Any) -> None:
    """Take the top value away, and jump if it counts as true."""
    if condition:
        frame.pc = target


@opcode("iterable -- iterator", touches=Touch.CONTENTS)
def GET_ITER(thread: ThreadView, iterable: Any) -> Any:
    """Replace the top value by an iterator over it."""
    return thread.iterate(iterable)


@opcode("iterator -- iterator item?", operand="target", frequent=True, touches=Touch.CONTENTS)
def FOR_ITER(frame: FrameView, target: int, iterator: Any) -> Any:
    """Push the iterator's next item, or jump if there is none; the iterator stays below."""
    item = next(iterator, EXHAUSTED)
    if item is EXHAUSTED:
        frame.pc = target
        return iterator, ABSENT
    return iterator, item


@opcode("iterator --", switch=SwitchPoint.UNCOUNTED)
def END_FOR(iterator: Any) -> None:
    """Take the exhausted iterator away, after the end of a `for` loop."""


# --- functions


@opcode("defaults code -- function")
def MAKE_FUNCTION(thread: ThreadView, defaults: tuple[Any, ...], code: Code) -> Any:
    """Make a function of its parameters' defaults, a tuple, and its code.

    CPython says by an operand (until 3.12) or by `SET_FUNCTION_ATTRIBUTE` (3.13) that there are defaults.
    """
    return thread.make_function(code, defaults)


@opcode(
    "callee arguments* -- result?",
    operand="count",
    switch=SwitchPoint.CALL,
    frames=True,
    frequent=True,
    touches=Touch.CALL,
)
def CALL(thread: ThreadView, callee: Any, arguments: tuple[Any, ...]) -> Any:
    """Call a value with as many arguments as the operand says.

    A function of the program gets a frame of its own and its result arrives with `RETURN_VALUE`; a builtin is
    done at once.
    """
    return thread.call(callee, arguments, ())


@opcode("callee arguments* names -- result?", operand="count", switch=SwitchPoint.CALL, frames=True, touches=Touch.CALL)
def CALL_KW(thread: ThreadView, callee: Any, arguments: tuple[Any, ...], names: tuple[str, ...]) -> Any:
    """Call a value; the last arguments are keyword arguments, and a tuple on top has their names.

    As in CPython 3.13; 3.11 and 3.12 have `KW_NAMES` before `CALL`.
    """
    return thread.call(callee, arguments, names)


@opcode("value --", switch=SwitchPoint.RETURN, frames=True, frequent=True)
def RETURN_VALUE(thread: ThreadView, value: Any) -> None:
    """End the running function and push the top value for its caller."""
    thread.leave(value)


# --- exceptions


@opcode("-- type")
def LOAD_ASSERTION_ERROR() -> type[AssertionError]:
    """Push `AssertionError`, whatever that name is bound to."""
    return AssertionError


@opcode("exceptions* --", operand="count", touches=Touch.ERROR)
def RAISE_VARARGS(thread: ThreadView, exceptions: tuple[Any, ...]) -> None:
    """Raise the top value, or (with operand 0) raise the exception being handled again."""
    raise thread.raised(exceptions[0] if exceptions else ABSENT)


@opcode("exception -- previous exception")
def PUSH_EXC_INFO(thread: ThreadView, exception: BaseException) -> Any:
    """Begin handling an exception; the one handled until now goes below it."""
    previous = thread.handled
    thread.handled = exception
    return previous, exception


@opcode("exception types -- exception matches")
def CHECK_EXC_MATCH(thread: ThreadView, exception: BaseException, types: Any) -> Any:
    """Replace the types of an `except` by whether the exception below is one of them."""
    return exception, thread.matches(exception, types)


@opcode("previous --")
def POP_EXCEPT(thread: ThreadView, previous: Any) -> None:
    """End handling an exception; the top value is the one handled before."""
    thread.handled = previous


@opcode("exception --", touches=Touch.ERROR)
def RERAISE(thread: ThreadView, exception: BaseException) -> None:
    """Raise the top value again, without a new line in its traceback.

    CPython's operand restores the position of the first raise; here the traceback has kept it.
    """
    raise thread.again(exception)


# --- with


@opcode("manager -- exit value?", switch=SwitchPoint.COUNTED, frames=True, opens_block=True, touches=Touch.CALL)
def BEFORE_WITH(thread: ThreadView, manager: Any) -> Any:
    """Begin a `with`: push the method that will end it, and acquire the manager."""
    return thread.exit_of(manager), thread.enter_manager(manager)


@opcode("exit previous exception -- exit previous exception result?", frames=True, touches=Touch.CALL)
def WITH_EXCEPT_START(thread: ThreadView, exit: Any, previous: Any, exception: Any) -> Any:
    """Call the method that ends a `with` because of an exception, and push what it returns."""
    return exit, previous, exception, thread.call(exit, (type(exception), exception, None), ())


@cache
def declared_costs() -> tuple[int, ...]:
    """Return the cost in ticks that each opcode is declared with, by its number (1 where no opcode has the number)."""
    by_number = {entry.number: entry.cost for entry in OPCODES.values()}
    return tuple(by_number.get(number, 1) for number in range(max(by_number) + 1))
