"""Evaluating an expression where a thread stands, as the `print` of a debugger does.

1. The expression is Toy: it is compiled as a program is, with the variables of the thread's innermost frame as its
   local variables, and the global variables of the thread's process as its globals.
2. A thread of its own executes it, which the scheduler does not know of, so that nobody else takes a step meanwhile.
   It may call functions of the program. What it asks of the world (`print`, `spawn`, `acquire`, …) is refused, but for
   what only looks.
3. It works on the values of the run themselves, and may change them. So whoever asks has to put the state back:
   `Recording.evaluate` has the run restored from a checkpoint before it is looked at again.

CPython's `pdb` does without the second and third: there, `p items.pop()` changes the program that is looked at.
"""

from __future__ import annotations

from typing import Any

from interp.bytecode.compiler import compile_expression
from interp.bytecode.visible import visible_slots
from interp.language.errors import SourceError, UsageError
from interp.language.parser import parse
from interp.machine.builtins import LOOKING
from interp.machine.interpreter import is_of_the_program, step, unwind
from interp.machine.state import Frame
from interp.machine.thread import Thread
from interp.scheduling.scheduler import Simulation
from interp.traces.step_rows import LONG, show_error, show_value

FILENAME = "<expression>"

MOST_STEPS = 20_000
"""So many instructions may an expression take."""

HARMLESS = LOOKING | {"clock", "current"}
"""What may be asked of the world: it changes nothing and never waits."""


def evaluate(simulation: Simulation, thread: Thread, text: str) -> str:
    """Return what an expression comes to for a thread, as text: its value, or the exception that it raises.

    Changes the state of the simulation, if the expression does. Raises `UsageError` for what is no expression of Toy,
    asks something of the world, or takes too long.
    """
    variables = variables_of(thread)
    try:
        code = compile_expression(parse(text, FILENAME), text, FILENAME, list(variables))
    except SourceError as refused:
        hint = f" {refused.hint}" if refused.hint else ""
        raise UsageError(f"{refused.message}.{hint}") from None
    evaluator = Thread(thread.machine, thread.process, thread.number, thread.name, thread.clock)
    evaluator.frames.append(Frame(code, [*variables.values(), *code.unbound], thread.process))
    execute(simulation, evaluator)
    error = evaluator.task.error
    return show_value(evaluator.task.value, limits=LONG) if error is None else show_error(error)


def variables_of(thread: Thread) -> dict[str, Any]:
    """Return the variables of a thread's innermost frame by their names, `UNBOUND` for those without a value."""
    if not thread.frames:
        return {}
    frame = thread.frames[-1]
    return {name: frame.locals[slot] for name, slot in visible_slots(frame.code, frame.pc)}


def execute(simulation: Simulation, evaluator: Thread) -> None:
    """Execute the expression to its end; raises `UsageError` where that cannot be."""
    for _ in range(MOST_STEPS):
        step(evaluator, simulation.costs.of_opcode)
        if evaluator.request is not None:
            ask_world(simulation, evaluator)
        if not evaluator.frames:
            return
    raise UsageError(f"this takes more than {MOST_STEPS:,} steps.")


def ask_world(simulation: Simulation, evaluator: Thread) -> None:
    """Do what the expression asks of the world, if it only looks."""
    request = evaluator.request
    assert request is not None
    evaluator.request = None
    name = request.builtin.name
    if name not in HARMLESS:
        raise UsageError(f"`{name}` would do something in the run (print, wait, make a lock); here one may only look.")
    split = len(request.arguments) - len(request.keywords)
    named = dict(zip(request.keywords, request.arguments[split:], strict=True))
    try:
        result = request.builtin.perform(simulation.world, evaluator, *request.arguments[:split], **named)
    except BaseException as error:
        if not is_of_the_program(error):
            raise
        unwind(evaluator, error)
        return
    evaluator.frames[-1].stack.append(result)
