"""From what the machine did to what a reader sees: a `StepRow` for each executed instruction.

A value is turned into text at once, and never into a long one: a program that fills a list of a million items
must not cost a million characters at each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from interp.bytecode.code import Code, Instruction
from interp.bytecode.instructions import ABSENT
from interp.bytecode.operands import LONGEST_CONSTANT, describe, show_constant
from interp.machine.interpreter import Step
from interp.machine.tracebacks import error_message
from interp.scheduling.events import Event, Spawned
from interp.traces.steps import StepRow


class Limits(NamedTuple):
    """How much of a value is shown: so many items of a container, to this depth, texts and all of it to this length."""

    items: int
    depth: int
    text: int
    all: int


SHORT = Limits(items=6, depth=3, text=LONGEST_CONSTANT, all=200)
"""For a value among others."""

LONG = Limits(items=100, depth=6, text=1_000, all=4_000)
"""For a value that somebody asks for."""

BRACKETS: dict[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")"), dict: ("{", "}")}


class StepRows:
    """Listens to a run, to its events for the names of its threads and to its steps, and makes rows."""

    def __init__(self, take: Callable[[StepRow], None]) -> None:
        self.take = take
        self.names: dict[int, str] = {}

    def event(self, event: Event) -> None:
        """Learn the name of a thread."""
        if isinstance(event, Spawned):
            self.names[event.thread] = event.name

    def step(self, step: Step) -> None:
        """Make a row of an executed instruction."""
        left = [value for value in step.outputs if value is not ABSENT]
        self.take(make_row(step, self.names.get(step.thread, ""), left, step.error))


def make_row(step: Step, name: str, left: Iterable[Any], error: BaseException | None) -> StepRow:
    """Return the row of a step by the thread of this name, with the values that it left and the exception it raised."""
    return StepRow(
        tick=step.tick,
        thread=step.thread,
        name=name,
        line=step.instruction.place.line or None,
        instruction=show_instruction(step),
        taken=tuple(map(show_value, step.inputs)),
        left=tuple(map(show_value, left)),
        error=None if error is None else show_error(error),
    )


def show_instruction(step: Step) -> str:
    """Return the opcode of a step and what its operand means."""
    return instruction_text(step.frame.code, step.instruction)


def instruction_text(code: Code, instruction: Instruction) -> str:
    """Return the opcode of an instruction and what its operand means."""
    if instruction.opcode.operand is None:
        return instruction.opcode.name
    return f"{instruction.opcode.name} {describe(code, instruction) or instruction.operand}"


def show_error(error: BaseException) -> str:
    """Return the type and the message of an exception."""
    message = error_message(error)
    return shortened(f"{type(error).__name__}: {message}" if message else type(error).__name__)


def show_value(value: Any, depth: int = 0, limits: Limits = SHORT) -> str:
    """Return a value as `repr` shows it, cut short where it is long, the same on every machine."""
    kind = type(value)
    if kind in BRACKETS:
        return show_container(value, depth, limits)
    if kind is str and LONGEST_CONSTANT < len(value) <= limits.text:
        return repr(value)
    if kind is str or kind is int:
        return show_constant(value)
    if isinstance(value, BaseException):
        return shortened(f"{kind.__name__}({', '.join(show_value(part, depth + 1) for part in value.args)})")
    if kind in (float, bool, type(None), range) or kind.__module__.startswith("interp."):
        return shortened(repr(value))
    if isinstance(value, type):
        return f"<class {value.__name__!r}>"
    return f"<{kind.__name__}>"  # the host's iterators and views: their `repr` has an address or may be long


def show_container(value: Any, depth: int, limits: Limits) -> str:
    """Return a list, tuple or dict with its first items."""
    opening, closing = BRACKETS[type(value)]
    if depth >= limits.depth and value:
        return f"{opening}...{closing}"
    shown: list[str] = []
    length = 0
    for item in value:
        if len(shown) == limits.items or length > limits.all:
            shown.append(f"... {len(value):,} in all")
            break
        text = show_value(item, depth + 1, limits)
        shown.append(f"{text}: {show_value(value[item], depth + 1, limits)}" if opening == "{" else text)
        length += len(shown[-1])
    comma = "," if type(value) is tuple and len(value) == 1 else ""
    return shortened(f"{opening}{', '.join(shown)}{comma}{closing}", limits.all)


def shortened(text: str, length: int = SHORT.all) -> str:
    """Return text of bounded length."""
    return text if len(text) <= length else text[: length - 3] + "..."
