"""A witness as a story: what each thread does in its turn that others can notice.

    thread 2 (add-2)  reads counter = 0
    thread 3 (add-3)  reads counter = 0 · writes counter = 1
    thread 2 (add-2)  writes counter = 1

The schedule is executed by the machine once more, and whoever tells the story listens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from interp.bytecode.code import Code, Touch
from interp.explore.result import Outcome
from interp.machine.interpreter import Step
from interp.machine.sync import SyncObject, Task
from interp.machine.values import Builtin, Method
from interp.scheduling.schedule import parse_schedule
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import simulate
from interp.traces.step_rows import show_value

PLAIN = (int, float, str, type(None))
"""Values that are never asked for by name."""


@dataclass(slots=True)
class Stretch:
    """What one thread does until another one runs."""

    thread: int
    name: str
    events: list[str] = field(default_factory=list)


def tell_story(code: Code, mode: str, outcome: Outcome, shared: Collection[str]) -> list[Stretch]:
    """Return what happens in the witness of an outcome, as far as it touches what is shared."""
    stretches: list[Stretch] = []
    steps = sum(choice.steps for choice in parse_schedule(outcome.witness))
    left = [steps]

    def listen(step: Step) -> None:
        if left[0] <= 0:
            return
        left[0] -= 1
        if not stretches or stretches[-1].thread != step.thread:
            stretches.append(Stretch(step.thread, ""))
        event = describe_step(step, shared)
        if event:
            stretches[-1].events.append(event)

    settings = Settings(mode=mode, schedule=outcome.witness)
    if outcome.kind == "endless":
        settings = settings.but(max_steps=max(1, steps))
    result = simulate(code, settings, on_step=listen)
    names = {thread.number: thread.name for thread in result.threads}
    for stretch in stretches:
        stretch.name = names[stretch.thread]
    return stretches


def describe_step(step: Step, shared: Collection[str]) -> str:
    """Say what a step does to what is shared, nothing where it does not concern others."""
    touches = step.instruction.opcode.touches
    frame = step.frame
    if touches in (Touch.READ_VARIABLE, Touch.WRITE_VARIABLE):
        name = frame.code.arguments[step.offset]
        if name not in shared:
            return ""
        values = step.outputs if touches is Touch.READ_VARIABLE else step.inputs
        verb = "reads" if touches is Touch.READ_VARIABLE else "writes"
        return f"{verb} {name} = {show_value(values[0])}" if values else f"{verb} {name}"
    if touches in (Touch.READ_ITEM, Touch.WRITE_ITEM):
        container, index = step.inputs[-2:]
        if isinstance(container, list) and isinstance(index, int) and index < 0:
            index += len(container)
        name = f"{name_of(frame.globals, container)}[{show_value(index)}]"
        if name not in shared and name.partition("[")[0] not in shared:
            return ""
        if touches is Touch.READ_ITEM:
            return f"reads {name} = {show_value(step.outputs[0])}" if step.outputs else f"reads {name}"
        return f"writes {name} = {show_value(step.inputs[0])}"
    if touches is Touch.CALL:
        return describe_call(step, shared)
    return ""


def describe_call(step: Step, shared: Collection[str]) -> str:
    """Say which operation a step calls, if others can notice it."""
    callee, *values = step.inputs
    names = values.pop() if step.instruction.opcode.name == "CALL_KW" else ()
    split = len(values) - len(names)
    arguments = [show_value(value) for value in values[:split]]
    arguments += [f"{name}={show_value(value)}" for name, value in zip(names, values[split:], strict=True)]
    if isinstance(callee, SyncObject):
        return f"{name_of(step.frame.globals, callee)}.acquire()"
    if isinstance(callee, Method) and isinstance(callee.owner, SyncObject) and not isinstance(callee.owner, Task):
        operation = "release" if callee.builtin.name == "__exit__" else callee.builtin.name
        shown = "" if callee.builtin.name == "__exit__" else ", ".join(arguments)
        return f"{name_of(step.frame.globals, callee.owner)}.{operation}({shown})"
    if isinstance(callee, Method) and name_of(step.frame.globals, callee.owner) in shared:
        return f"{name_of(step.frame.globals, callee.owner)}.{callee.builtin.name}({', '.join(arguments)})"
    if isinstance(callee, Builtin) and callee.name == "print":
        return f"prints {' '.join(arguments[:split])}"
    return ""


def name_of(variables: dict[str, Any], value: Any) -> str:
    """Return the name of the global variable, or of an item of it or of an item's item, that holds a value."""
    waiting = deque(variables.items())
    seen = set()
    while waiting:
        name, held = waiting.popleft()
        if held is value:
            return name
        if isinstance(held, (list, tuple, dict)) and id(held) not in seen:
            seen.add(id(held))
            items = held.items() if isinstance(held, dict) else enumerate(held)
            waiting.extend((f"{name}[{key!r}]", item) for key, item in items if not isinstance(item, PLAIN))
    return f"{value.kind} {value.number}" if isinstance(value, SyncObject) else "?"
