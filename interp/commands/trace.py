"""`interp trace`: the scheduling trace of a run as a table; with `--steps`, every instruction.

A saved trace is loaded instead of run. Its instructions are not in it, and need not be: a run is a program,
its settings and its choices, all of which are in the file, so `--steps` executes it once more.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from interp import Program, Result, Settings, Trace, UsageError, compile_source, execute, save_trace
from interp.commands.inputs import STDIN, open_program_or_trace, refuse_settings_for_trace
from interp.commands.outputs import STATUS_OF_OUTCOME, command_line, say, say_how_it_ended, write_json
from interp.commands.progress import Progress
from interp.commands.status import Status
from interp.scheduling.simulate import simulate
from interp.traces.files import KINDS_OF_EVENT, write_lines
from interp.traces.plain import to_plain
from interp.traces.step_rows import StepRows
from interp.traces.steps import StepRow
from interp.traces.trace import TraceCollector

MOST_ROWS = 1_000
"""So many rows are shown where no limit is given."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a run to show: from and to a tick, both included, and at most so many rows."""

    start: int | None
    stop: int | None
    limit: int | None

    def __post_init__(self) -> None:
        if self.start is not None and self.stop is not None and self.start > self.stop:
            raise UsageError(f"--from {self.start} comes after --to {self.stop}: nothing lies between.")

    def has(self, tick: int) -> bool:
        """Whether a tick is in it, as far as `start` and `stop` say."""
        return (self.start is None or tick >= self.start) and (self.stop is None or tick <= self.stop)


def trace(
    argument: str,
    settings: Settings,
    part: Part,
    *,
    own_settings: tuple[str, ...],
    output: str | None,
    steps: bool,
    as_json: bool,
) -> int:
    """Show or save the trace of a program; returns the exit status.

    `own_settings` names the options for settings that were given: a saved trace has its own.
    """
    if output is not None and output.endswith(".toy"):
        raise UsageError(f"{output} is the name of a program; a trace file ends in .trace.")
    found = open_program_or_trace(argument)
    if isinstance(found, Trace):
        refuse_settings_for_trace(argument, own_settings)
    if steps and (found.settings if isinstance(found, Trace) else settings).on == "os":
        raise UsageError(
            "--steps executes a run once more, instruction by instruction; one on the operating system happened "
            "once. Leave out --steps to see who ran when, or --on os to see every step of the simulation."
        )
    if steps and output is None:
        return show_all_steps(argument, found, settings, part, as_json=as_json)
    recorded = found if isinstance(found, Trace) else record(found, settings)
    if output is not None:
        save(recorded, output)
    if steps:
        return show_all_steps(argument, found, settings, part, as_json=as_json)
    if as_json:
        show_as_json(recorded, part)
    elif output is None:
        show_as_table(argument, recorded, part, Settings() if isinstance(found, Trace) else settings)
    say_how_it_ended(recorded.result)
    return STATUS_OF_OUTCOME[recorded.result.outcome]


def record(program: Program, settings: Settings) -> Trace:
    """Run a program and return its trace, telling a person who waits how far it is."""
    collector = TraceCollector()
    progress = Progress()
    try:
        result = execute(program, settings, [collector], progress=progress)
    finally:
        progress.erase()
    return collector.trace(program.source, program.filename, result)


def save(recorded: Trace, output: str) -> None:
    """Save a trace to a file, or write it to standard output for `-`."""
    if output == STDIN:
        write_lines(recorded, sys.stdout.buffer)
        return
    save_trace(recorded, output)
    say(f"saved {output}: {len(recorded.events):,} events, {recorded.ticks:,} {recorded.settings.unit}s")


def show_as_table(argument: str, recorded: Trace, part: Part, settings: Settings) -> None:
    """Print the table, and with which command it goes on if there is more of it."""
    from interp.terminal.console import make_console
    from interp.terminal.trace_table import show_trace

    limit = MOST_ROWS if part.limit is None else part.limit
    following = show_trace(recorded, make_console(), part.start, part.stop, limit)
    if following is not None and argument != STDIN:  # what stood on standard input is gone
        options = ["--from", str(following)]
        if part.stop is not None:
            options += ["--to", str(part.stop)]
        say("Go on: " + command_line("trace", argument, settings, *options))


def show_as_json(recorded: Trace, part: Part) -> None:
    """Print the run object and the events."""
    events = [
        {"event": KINDS_OF_EVENT[type(event)]} | to_plain(event) for event in recorded.events if part.has(event.tick)
    ]
    shown = events if part.limit is None else events[: part.limit]
    write_json(
        {
            "file": recorded.filename,
            "run": recorded.result.to_json(),
            "events": shown,
            "complete": len(shown) == len(recorded.events),
        }
    )


# --- every instruction --------------------------------------------------------------------------------------


class EnoughStepsError(BaseException):
    """All rows that were asked for are shown; nothing that happens later matters."""


class StepsShown:
    """Takes the rows of a part of a run, as they are made, and hands them on until there are enough."""

    def __init__(self, part: Part, show: Any) -> None:
        self.part = part
        self.limit = part.limit if part.limit is not None else MOST_ROWS
        self.show = show
        self.count = 0
        self.last_tick = 0

    def take(self, row: StepRow) -> None:
        """Show a row if it is in the part; raises `EnoughStepsError` at the first one beyond the limit."""
        if not self.part.has(row.tick):
            return
        if self.count == self.limit:
            raise EnoughStepsError
        self.count += 1
        self.last_tick = row.tick
        self.show(row)


def show_all_steps(argument: str, found: Program | Trace, settings: Settings, part: Part, *, as_json: bool) -> int:
    """Execute a program and show each instruction; returns the exit status."""
    argument_is_saved = isinstance(found, Trace)
    if isinstance(found, Trace):
        settings = found.settings
        found = compile_source(found.source, found.filename)
    if as_json:
        return list_steps_as_json(found, settings, part)
    printer = StepPrinter()
    shown = StepsShown(part, printer.add)
    result = execute_by_steps(found, settings, shown)
    printer.print_rows()
    if result is None:
        own = Settings() if argument_is_saved else settings
        following = command_line("trace", argument, own, "--steps", "--from", str(shown.last_tick))
        say(f"{shown.count:,} steps are shown, there are more (--limit N shows N).\nGo on: {following}")
        return Status.FINE
    if not shown.count:
        say(f"no step lies in this part: the run ended at tick {result.ticks:,}")
    say_how_it_ended(result)
    return STATUS_OF_OUTCOME[result.outcome]


class StepPrinter:
    """Prints rows as they come, many at once, because Rich takes less time for them so."""

    def __init__(self) -> None:
        from interp.terminal.console import make_console, show_lines
        from interp.terminal.step_list import AT_ONCE, StepPainter

        self.console = make_console()
        self.painter = StepPainter(self.console)
        self.show_lines = show_lines
        self.at_once = AT_ONCE
        self.lines = [self.painter.heading()]

    def add(self, row: StepRow) -> None:
        """Take a row, and print if there are many."""
        self.lines += self.painter.lines(row)
        if len(self.lines) >= self.at_once:
            self.print_rows()

    def print_rows(self) -> None:
        """Print what is left."""
        self.show_lines(self.console, self.lines)
        self.lines = []


def list_steps_as_json(program: Program, settings: Settings, part: Part) -> int:
    """Print the steps as one JSON object."""
    rows: list[dict[str, Any]] = []
    shown = StepsShown(part, lambda row: rows.append(to_plain(row)))
    result = execute_by_steps(program, settings, shown)
    write_json(
        {
            "file": program.filename,
            "run": None if result is None else result.to_json(),
            "steps": rows,
            "complete": result is not None and result.steps == len(rows),
        }
    )
    if result is None:
        return Status.FINE
    say_how_it_ended(result)
    return STATUS_OF_OUTCOME[result.outcome]


def execute_by_steps(program: Program, settings: Settings, shown: StepsShown) -> Result | None:
    """Run a program and show its steps; None if there were more of them than wanted."""
    rows = StepRows(shown.take)
    try:
        return simulate(program.code, settings, [rows], on_step=rows.step)
    except EnoughStepsError:
        return None
