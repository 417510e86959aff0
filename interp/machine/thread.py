"""A thread of the program: its frames, what it is doing, and what its instructions may ask of it.

The instructions (`bytecode/instructions.py`) see a thread through `ThreadView`; this class is what they see.
A call pushes a frame and goes on; the machine never calls itself for a call in the program. So recursion in
the program is bounded by a limit of the program's own (1,000 frames, CPython's default), never by the host's
stack.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interp.bytecode.bounds import LARGEST_COLLECTION, LARGEST_TEXT, bounded, check_text_of, out_of_memory
from interp.bytecode.code import Code
from interp.bytecode.instructions import ABSENT
from interp.language.errors import InterpFault
from interp.machine.builtins import CONSTRUCTORS, METHOD_TABLES, attribute, exit_of
from interp.machine.memory import SharedObject, size_of
from interp.machine.state import Frame, Machine, Process, Request, ThreadState, Wait
from interp.machine.sync import Task
from interp.machine.values import Builtin, Function, Method, NamedIterator, dict_iterator

RECURSION_LIMIT = 1000
"""`sys.getrecursionlimit()` of CPython: the frames that a thread may have."""


class Thread:
    """One thread, numbered from 1 (main) in the order of `spawn`.

    `clock` is the tick up to which it has run; `steps` the instructions it has executed; `since` the tick at
    which it came into its present state, and `spent` the ticks it was in each of the others. `request` is
    what it asks of the world, `wait` what it is blocked on. `handled` is the exception it is handling
    (CPython's `exc_info`).
    """

    __slots__ = (
        "alarm",
        "at_switch_point",
        "clock",
        "core",
        "debt",
        "ended",
        "frames",
        "handled",
        "machine",
        "name",
        "number",
        "process",
        "raising",
        "request",
        "reraising",
        "since",
        "spawned_at",
        "spent",
        "state",
        "steps",
        "task",
        "wait",
    )  # fmt: skip

    def __init__(self, machine: Machine, process: Process, number: int, name: str, now: int) -> None:
        self.machine = machine
        self.process = process
        self.number = number
        self.name = name
        self.task = Task(number, name)
        self.frames: list[Frame] = []
        self.handled: BaseException | None = None
        self.raising = False
        self.reraising = False
        self.request: Request | None = None
        self.wait: Wait | None = None
        self.state = ThreadState.READY
        self.core: int | None = None
        self.clock = now
        self.steps = 0
        self.spawned_at = now
        self.since = now
        self.ended: int | None = None
        self.spent = dict.fromkeys(ThreadState, 0)
        self.alarm = 0
        self.debt = 0
        self.at_switch_point = False

    def __repr__(self) -> str:
        return f"<thread {self.number} {self.name}>"

    def roots(self) -> list[Any]:
        """The values that this thread holds: its frames', its result, what it asks or waits for."""
        found: list[Any] = [self.handled, *self.task.values()]
        for frame in self.frames:
            found.extend(frame.locals)
            found.extend(frame.stack)
        if self.request is not None:
            found.extend(self.request.arguments)
        if self.wait is not None:
            found.append(self.wait.detail)
        return found

    @property
    def line(self) -> int | None:
        """The line of the program that the thread is at: that of the instruction it executed last."""
        if not self.frames:
            return None
        frame = self.frames[-1]
        return frame.code.instructions[max(0, frame.pc - 1)].place.line

    # --- calls

    def call(self, callee: Any, arguments: tuple[Any, ...], keywords: tuple[str, ...]) -> Any:
        """Call a value; the last `len(keywords)` arguments are named by `keywords`.

        Returns the result, or `ABSENT` where it comes later: from a new frame or from the world.
        """
        kind = callee.__class__
        if kind is Function:
            code = callee.code
            if len(arguments) != code.parameter_count or keywords:
                arguments = bind(callee, arguments, keywords)
            frames = self.frames
            if len(frames) >= RECURSION_LIMIT:
                raise RecursionError("maximum recursion depth exceeded")
            frames.append(Frame(code, [*arguments, *code.unbound], self.process))
            return ABSENT
        if kind is Method:
            arguments = (callee.owner, *arguments)
            callee = callee.builtin
        elif kind is not Builtin:
            return self.keep(self._construct(callee, arguments, keywords))
        if callee.world:
            self.request = Request(callee, arguments, keywords)
            return ABSENT
        if keywords:
            named = dict(zip(keywords, arguments[-len(keywords) :], strict=True))
            return self.keep(callee.perform(*arguments[: -len(keywords)], **named))
        result = callee.perform(*arguments)
        if callee.grows:
            self.keep(arguments[0])
        return result if result is None else self.keep(result)

    def _construct(self, callee: Any, arguments: tuple[Any, ...], keywords: tuple[str, ...]) -> Any:
        if isinstance(callee, type):
            make = CONSTRUCTORS.get(callee)
            if make is None and issubclass(callee, BaseException):
                make = callee
            if make is not None:
                split = len(arguments) - len(keywords)
                return make(*arguments[:split], **dict(zip(keywords, arguments[split:], strict=True)))
        raise TypeError(f"'{type(callee).__name__}' object is not callable")

    def leave(self, value: Any) -> None:
        """End the running frame; its value goes to the caller, or becomes the task's result."""
        frames = self.frames
        frames.pop()
        if frames:
            frames[-1].stack.append(value)
        else:
            self.task.value = value

    def make_function(self, code: Code, defaults: tuple[Any, ...]) -> Function:
        """Make a function value."""
        return Function(code, defaults)

    def enter_manager(self, manager: Any) -> Any:
        """Ask the world to acquire the manager of a `with`."""
        self.request = Request(METHOD_TABLES[type(manager)]["acquire"], (manager,), ())
        return ABSENT

    def exit_of(self, manager: Any) -> Method:
        """Return the method that ends a `with` over `manager`; raises `TypeError` for what is no lock."""
        return exit_of(manager)

    def attribute(self, value: Any, name: str) -> Any:
        """Return an attribute of a value."""
        return attribute(value, name)

    def bounded(self, value: Any) -> Any:
        """Return what an iterable yields, up to a bound, and account for it."""
        return self.keep(bounded(value)) if isinstance(value, Iterable) else value

    def iterate(self, iterable: Any) -> Any:
        """Return an iterator over a value; one over a dict is of ours, which knows where it stands."""
        iterator = dict_iterator(iterable)
        return iter(iterable) if iterator is None else iterator

    def check_text(self, value: Any) -> None:
        """Refuse to make an absurdly long text of a value; raises `MemoryError`."""
        check_text_of(value)

    def check_part(self, container: Any, index: slice, value: Any = ()) -> None:
        """Refuse what Python 3.11 refuses of a slice: to be a dict's key, or to be replaced by what is no iterable."""
        if isinstance(container, dict):
            raise TypeError("unhashable type: 'slice'")
        if isinstance(container, list) and not isinstance(value, Iterable) and index.step is None:
            raise TypeError("can only assign an iterable")

    def check_deletion(self, container: Any, index: Any) -> None:
        """Refuse to delete a part of a dict, or an item of what has none (the host words that otherwise)."""
        if index.__class__ is slice:
            self.check_part(container, index)
        if isinstance(container, (Function, Builtin, Method, NamedIterator, SharedObject)):
            raise TypeError(f"'{type(container).__name__}' object does not support item deletion")

    # --- memory

    def keep(self, value: Any) -> Any:
        """Account for a value that may be large, and return it; raises `MemoryError` or, for a type Toy
        lacks, `TypeError`."""
        kind = value.__class__
        if kind is str or kind is list or kind is tuple or kind is dict:
            if len(value) > (LARGEST_TEXT if kind is str else LARGEST_COLLECTION):
                raise out_of_memory()
            self.machine.grow(size_of(value))
        elif kind is set or kind is complex:
            raise TypeError(f"the result is a {kind.__name__}, which Toy does not have")
        return value

    # --- errors

    def missing_name(self, frame: Frame, name: str) -> NameError:
        """Make the error for a name without a value."""
        return NameError(f"name '{name}' is not defined")

    def missing_local(self, frame: Frame, index: int) -> UnboundLocalError:
        """Make the error for a local variable without a value."""
        name = frame.code.local_names[index]
        return UnboundLocalError(f"cannot access local variable '{name}' where it is not associated with a value")

    def raised(self, value: Any) -> BaseException:
        """Return the exception that a `raise` raises; `ABSENT` means the one being handled."""
        self.raising = True
        if value is ABSENT:
            if self.handled is None:
                return RuntimeError("No active exception to reraise")
            return self.again(self.handled)
        if isinstance(value, type) and issubclass(value, BaseException):
            return value()
        if isinstance(value, BaseException):
            return value
        return TypeError("exceptions must derive from BaseException")

    def again(self, exception: BaseException) -> BaseException:
        """Return the exception, so marked that this raise adds no line to its traceback."""
        self.reraising = True
        return exception

    def matches(self, exception: BaseException, types: Any) -> bool:
        """Whether an `except types:` takes the exception; raises `TypeError` for what is no exception type."""
        for kind in types if isinstance(types, tuple) else (types,):
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                raise TypeError("catching classes that do not inherit from BaseException is not allowed")
        return isinstance(exception, types)

    def unpack(self, sequence: Any, count: int) -> tuple[Any, ...]:
        """Return the `count` items of a sequence; raises `ValueError` for another number of them."""
        if isinstance(sequence, (tuple, list)) and len(sequence) == count:
            return tuple(sequence)
        try:
            iterator = iter(sequence)
        except TypeError:
            iterator = None
        if iterator is None:
            raise TypeError(f"cannot unpack non-iterable {type(sequence).__name__} object")
        items: list[Any] = []
        for item in iterator:
            if len(items) == count:
                raise ValueError(f"too many values to unpack (expected {count})")
            items.append(item)
        if len(items) < count:
            raise ValueError(f"not enough values to unpack (expected {count}, got {len(items)})")
        return tuple(items)


def bind(function: Function, arguments: tuple[Any, ...], keywords: tuple[str, ...]) -> tuple[Any, ...]:
    """Return a value for each parameter; raises `TypeError` in CPython's words where the arguments do not fit."""
    if keywords:
        raise InterpFault(f"{function.code.name}() was called with keywords, which the compiler refuses.")
    code = function.code
    required = code.parameter_count - len(function.defaults)
    if required <= len(arguments) <= code.parameter_count:
        return arguments + function.defaults[len(arguments) - required :]
    if len(arguments) > code.parameter_count:
        raise TypeError(_too_many(function, required, len(arguments)))
    missing = [repr(name) for name in code.local_names[len(arguments) : required]]
    listed = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
    if len(missing) > 2:
        listed = f"{', '.join(missing[:-1])}, and {missing[-1]}"
    plural = "" if len(missing) == 1 else "s"
    raise TypeError(f"{code.qualname}() missing {len(missing)} required positional argument{plural}: {listed}")


def _too_many(function: Function, required: int, given: int) -> str:
    count = function.code.parameter_count
    takes = f"from {required} to {count}" if required < count else str(count)
    plural = "" if count == 1 and required == count else "s"
    verb = "was" if given == 1 else "were"
    return f"{function.code.qualname}() takes {takes} positional argument{plural} but {given} {verb} given"
