"""`interp run`: the program's output on standard output, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from interp import Result, Settings, execute
from interp.commands.inputs import open_program
from interp.commands.outputs import STATUS_OF_OUTCOME, command_line, say, say_how_it_ended, write, write_json
from interp.commands.progress import Progress


def run(argument: str, settings: Settings, *, stats: bool, as_json: bool) -> int:
    """Run a program; returns the exit status."""
    program = open_program(argument)
    progress = Progress()

    def print_output(text: str) -> None:
        progress.make_room(text)
        write(text)

    try:
        result = execute(program, settings, write=None if as_json else print_output, progress=progress)
    finally:
        progress.erase()
    if as_json:
        write_json(result.to_json())
    say_how_it_ended(result)
    if result.outcome in ("error", "deadlock") and argument != "-":  # what stood on standard input is gone
        say("See it happen: " + line_that_shows(argument, result))
    if stats or result.outcome == "interrupted":
        say("\n".join(figures(result)))
    return STATUS_OF_OUTCOME[result.outcome]


def line_that_shows(argument: str, result: Result) -> str:
    """Return the command that shows how a run failed: from its end, of one thread from where the error comes next.

    A run on the operating system happened once; of another one, its turns are shown.
    """
    if result.settings.on == "os":
        return command_line("trace", argument, result.settings)
    if result.outcome == "deadlock":
        return command_line("step", argument, result.settings, "--at", str(result.steps))
    if len(result.threads) == 1:
        return command_line("step", argument, result.settings, "--at", str(result.steps - 1))
    return command_line("step", argument, result.settings)


def figures(result: Result) -> Iterator[str]:
    """Yield the lines of `--stats`: the figures of the run, then a row for each thread."""
    settings = result.settings
    if settings.on == "os":
        yield f"on the operating system, mode {settings.mode}, cores {settings.cores}"
    else:
        lock = "" if settings.mode == "sequential" else f", lock {settings.lock}, interval {result.interval:,}"
        yield f"mode {settings.mode}{lock}, cores {settings.cores}, costs {settings.costs}"
    yield f"outcome     {result.outcome}"
    unit = "" if settings.on == "simulated" else f" {settings.unit}s"
    yield f"ticks       {result.ticks:,}{unit}"
    yield f"steps       {result.steps:,}"
    yield f"switches    {result.switches:,}"
    yield f"cores busy  {result.utilisation:.0%}"
    rows = [["thread", "process", "running", "ready", "lock wait", "blocked", "sleeping", "steps"]]
    for thread in result.threads:
        spent = [thread.running, thread.ready, thread.lock_wait, thread.blocked, thread.sleeping]
        counts = [f"{count:,}" for count in (*spent, thread.steps)]
        rows.append([f"{thread.number} {thread.name}", str(thread.process), *counts])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells])
