"""Landmarks: the moments that a reader wants to go to, the next or the one before.

A landmark is found while a run is executed. Some are seen when a step is *about to be* executed (it begins a line, it
enters a function, a breakpoint is on its line), so they belong to the moment before it; others when it *has been*
executed (it returned, it wrote a variable, it raised), or when something happened after it (the lock changed hands,
something was printed), so they belong to the moment behind it. Either way a landmark is a property of the moment
alone: it does not depend on where the search for it began.

A line *begins* at an instruction that the compiler put first for it, and wherever a loop jumps back to: so a loop on
one line is passed once a round, and coming back from a call into the middle of a line begins nothing.

Read next: `recording.py`, which searches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from interp.bytecode.code import Code, SwitchPoint, Touch
from interp.language.errors import UsageError
from interp.machine.builtins import CHANGING, LOOKING
from interp.machine.interpreter import Step
from interp.machine.state import Frame
from interp.machine.sync import SyncObject
from interp.machine.thread import Thread
from interp.machine.values import Method
from interp.scheduling.events import (
    Event,
    LockReleased,
    LockRequested,
    LockTaken,
    LockWaited,
    Printed,
    StateChanged,
)

EVENTS_OF: dict[str, tuple[type[Event], ...]] = {
    "lock": (LockWaited, LockRequested, LockTaken, LockReleased),
    "output": (Printed,),
}
"""The landmarks that are events."""

KINDS: dict[str, str] = {
    "step": "a step",
    "line": "the beginning of a line",
    "call": "the beginning of a function",
    "return": "a return from a function",
    "switch": "another thread's turn",
    "lock": "an event of the global lock",
    "output": "some output",
    "error": "an exception",
    "write": "a write of a variable",
    "break": "a line with a breakpoint",
}
"""What can be gone to, by the word that a `Landmark` calls it."""

ONLY_WAITS = frozenset((("task", "join"), ("task", "call"), ("event", "wait")))
"""Operations on synchronisation objects, by kind and name, that wait for them and leave them as they are."""

STORES = frozenset({"STORE_NAME", "STORE_GLOBAL", "STORE_FAST", "DELETE_NAME", "DELETE_GLOBAL", "DELETE_FAST"})


@dataclass(frozen=True, slots=True)
class Landmark:
    """What to go to: one of `KINDS`, for `break` with the `lines`, for `write` with the variable's `name`.

    With a `thread`, only its moments count: for `step`, `line`, `call`, `break` and `switch`, those at which it comes
    next; for the others, those at which it has done something. With `calls`, the pending calls of a thread by their
    code, the innermost last, only the lines and returns of one of these count, and calls in between are passed over.
    Raises `UsageError` for an unknown kind.
    """

    kind: str
    name: str = ""
    lines: frozenset[int] = frozenset()
    thread: int | None = None
    calls: tuple[Code, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"{self.kind!r} is nothing to go to; there are: {', '.join(KINDS)}.")

    def __str__(self) -> str:
        words = KINDS[self.kind]
        if self.kind == "break":
            words = f"a breakpoint (line {', '.join(map(str, sorted(self.lines)))})"
        elif self.kind == "write":
            words = f"a write of {self.name}"
        if self.thread is not None:
            words = f"a turn of thread {self.thread}" if self.kind == "switch" else f"{words} by thread {self.thread}"
        if self.calls:
            words += f" in {self.calls[-1].name} or what called it" if len(self.calls) > 1 else " outside of functions"
        return words

    @property
    def needs_steps(self) -> bool:
        """Whether it takes a look at single steps to find it; the others are found in the quick form of the code."""
        return self.kind not in ("switch", "lock", "output")

    def watches(self, code: Code) -> bool:
        """Whether a step of this code can be such a landmark; where not, it may run in its quick form."""
        if self.kind == "break":
            return not self.lines.isdisjoint(lines_that_begin(code).values())
        if self.kind == "write":
            return self.name in code.names or self.name in code.local_names or changes_containers(code)
        return self.needs_steps and (not self.calls or code in self.calls)

    # --- what belongs to a moment

    def begins(self, code: Code, offset: int, depth: int) -> bool:
        """Whether it is such a landmark that the instruction at `offset` comes next, in the call at some depth."""
        if not self.is_in_a_call(code, depth):
            return False
        if self.kind == "step":
            return True
        if self.kind == "call":
            return offset == 0 and code.name != "<module>"
        line = lines_that_begin(code).get(offset)
        return line is not None and (self.kind == "line" or (self.kind == "break" and line in self.lines))

    def is_done_by(self, step: Step) -> bool:
        """Whether it is such a landmark that a step has been executed."""
        if self.kind == "return":
            returns = step.error is None and step.instruction.opcode.switch is SwitchPoint.RETURN
            return returns and self.is_in_a_call(step.frame.code, step.depth)
        if self.kind == "error":
            return step.error is not None and step.instruction.opcode.name != "RERAISE"  # that one is an old one
        return self.kind == "write" and writes(step, self.name)

    def is_in_a_call(self, code: Code, depth: int) -> bool:
        """Whether the call at some depth, that of `code`, is one of those that count."""
        return not self.calls or (depth <= len(self.calls) and self.calls[depth - 1] is code)

    def is_granted(self, thread: Thread, operation: str, on: SyncObject) -> bool:
        """Whether it is such a landmark that an operation of a thread on a synchronisation object has succeeded."""
        if self.kind != "write" or operation in LOOKING or (on.kind, operation) in ONLY_WAITS or not thread.frames:
            return False
        return value_of(thread.frames[-1], self.name) is on

    def is_event(self, event: Event) -> bool:
        """Whether an event is such a landmark; where cores run side by side, another thread's turn is one."""
        if self.thread not in (None, event.thread):
            return False
        if self.kind == "switch":
            return isinstance(event, StateChanged) and event.state == "running"
        return isinstance(event, EVENTS_OF.get(self.kind, ()))


@cache
def lines_that_begin(code: Code) -> dict[int, int]:
    """Return the offsets at which a line of the source begins, with the line."""
    instructions = code.instructions
    loops = {step.operand for step in instructions if step.opcode.switch is SwitchPoint.BACKWARD_JUMP}
    found: dict[int, int] = {}
    for offset, instruction in enumerate(instructions):
        line = instruction.place.line
        if line and (offset == 0 or offset in loops or line != instructions[offset - 1].place.line):
            found[offset] = line
    return found


def all_codes(code: Code) -> list[Code]:
    """Return a code object and those of all functions in it, the outermost first."""
    found = [code]
    for outer in found:
        found.extend(constant for constant in outer.constants if isinstance(constant, Code))
    return found


def lines_with_code(code: Code) -> list[int]:
    """Return the lines of a program that a breakpoint can be on, in order."""
    return sorted({line for part in all_codes(code) for line in lines_that_begin(part).values()})


def assigns(code: Code, name: str) -> bool:
    """Whether a code object binds a name: as a parameter, or by an instruction that stores."""
    if name in code.local_names:
        return True
    stored = (step for step in code.instructions if step.opcode.name in STORES and step.opcode.operand == "name")
    return any(code.names[step.operand] == name for step in stored)


@cache
def changes_containers(code: Code) -> bool:
    """Whether something in a code object may change a list or dict, by whatever name it knows it."""
    item_changes = any(step.opcode.touches in (Touch.WRITE_ITEM, Touch.DELETE_ITEM) for step in code.instructions)
    return item_changes or not CHANGING.isdisjoint(code.names)


def writes(step: Step, name: str) -> bool:
    """Whether a step gave the variable `name` a value, or changed the list or dict that is its value."""
    if step.error is not None:
        return False
    instruction, code = step.instruction, step.frame.code
    if instruction.opcode.name in STORES:
        names = code.local_names if instruction.opcode.operand == "local" else code.names
        return names[instruction.operand] == name
    if instruction.opcode.switch is SwitchPoint.FUNCTION_ENTRY:
        return name in code.local_names[: code.parameter_count]  # it has just got the argument
    return any(container is value_of(step.frame, name) for container in containers_written(step))


def containers_written(step: Step) -> list[Any]:
    """Return the lists and dicts that a step has changed."""
    if step.error is not None or not step.inputs:
        return []
    touches = step.instruction.opcode.touches
    if touches in (Touch.WRITE_ITEM, Touch.DELETE_ITEM):
        return [value for value in step.inputs if isinstance(value, (list, dict))]
    called = step.inputs[0]
    if touches is Touch.CALL and isinstance(called, Method) and called.builtin.name in CHANGING:
        return [called.owner] if isinstance(called.owner, (list, dict)) else []
    return []


def value_of(frame: Frame, name: str) -> Any:
    """Return the value of a variable as a frame sees it, None where there is none of that name."""
    if name in frame.code.local_names:
        return frame.locals[frame.code.local_names.index(name)]
    return frame.globals.get(name)
