"""`interp confirm`: the same program on real CPython, beside the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interp import Settings
from interp.commands.inputs import STDIN, open_program
from interp.commands.interrupts import hang_up_as_interrupt
from interp.commands.outputs import command_line, say, write_json
from interp.commands.progress import Progress
from interp.commands.status import Status
from interp.real.confirm import Confirmation, Confirmer, Plan, check_plan
from interp.real.interpreters import find_interpreters, this_interpreter
from interp.real.judging import OPEN, REFUTED


def confirm(argument: str, pythons: Sequence[str], plan: Plan, *, as_json: bool) -> int:
    """Run a program for real and simulated, and compare; returns the exit status."""
    check_plan(plan)
    program = open_program(argument)
    interpreters = find_interpreters(list(pythons)) if pythons else [this_interpreter()]
    progress = Progress()
    confirmer = Confirmer(program.source, program.code, program.filename, plan, progress.note)

    def line(settings: Settings) -> str:
        return command_line("run", argument if argument != STDIN else "FILE", settings)

    confirmations: list[Confirmation] = []
    with hang_up_as_interrupt():
        for interpreter in interpreters:
            try:
                confirmations.append(confirmer.confirm(interpreter))
            finally:
                progress.erase()
            if not as_json:
                show(confirmations[-1], line, first=len(confirmations) == 1)
            if confirmations[-1].interrupted:
                say("interrupted: this is what is known until then")
                break
    if as_json:
        write_json(json_of([one.to_json(line) for one in confirmations]))
    return exit_status(confirmations)


def json_of(confirmations: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one object: that of the first Python, with those of the others in `further`."""
    first, *further = confirmations
    return first | {"further": further}


def show(confirmation: Confirmation, line: Any, *, first: bool) -> None:
    """Print what one Python and the simulation say."""
    from interp.terminal.console import make_console
    from interp.terminal.verdicts import show_confirmation

    show_confirmation(confirmation, make_console(), line, first=first)


def exit_status(confirmations: Sequence[Confirmation]) -> int:
    """Return the status: interrupted, else refuted, else open, else fine."""
    if any(one.interrupted for one in confirmations):
        return Status.INTERRUPTED
    verdicts = {one.verdict for one in confirmations}
    return Status.FAILED if REFUTED in verdicts else Status.BOUND if OPEN in verdicts else Status.FINE
