"""`interp compare`: the same program in other modes, under other locks, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from interp import MODES, Comparison, Program, Settings, Trace, UsageError, execute
from interp.commands.inputs import STDIN, open_program_or_trace
from interp.commands.options import DEFAULTS, make_settings
from interp.commands.outputs import STATUS_OF_OUTCOME, say, write_json
from interp.commands.progress import Progress
from interp.commands.status import Status
from interp.scheduling.settings import MODES_ON_OS
from interp.traces.comparison import compare_traces
from interp.traces.trace import TraceCollector

MOST_RUNS = 1_000

WORST_LAST = ("ok", "error", "deadlock", "limit", "interrupted")
"""Of several outcomes, the last in this order decides the exit status."""


def compare(
    arguments: Sequence[str],
    lists: Mapping[str, Sequence[Any]],
    settings: Settings,
    *,
    own_settings: tuple[str, ...],
    strict: bool,
    as_json: bool,
) -> int:
    """Run programs with every combination of the listed settings, compare; returns the exit status."""
    if list(arguments).count(STDIN) > 1:
        raise UsageError("standard input can be read once only.")
    found = [open_program_or_trace(argument) for argument in arguments]
    saved = [argument for argument, one in zip(arguments, found, strict=True) if isinstance(one, Trace)]
    if own_settings and len(saved) == len(found):
        options = " ".join(own_settings)
        raise UsageError(f"{', '.join(saved)}: saved traces have settings of their own; leave out {options}.")
    settings_of_runs = combinations(lists, settings, several_files=len(found) > 1)
    traces, interrupted = make_traces(found, settings_of_runs)
    comparison = compare_traces(traces)
    show(comparison, as_json=as_json)
    if interrupted:
        say(interrupted)
    return exit_status(comparison, strict=strict)


def combinations(lists: Mapping[str, Sequence[Any]], settings: Settings, *, several_files: bool) -> list[Settings]:
    """Return the settings of the runs of one program: the product of the lists, those of one place together.

    Without a list of modes, one program with nothing else to compare is run in all modes that there are; where
    something else is compared, it is compared in mode `threads`, on the operating system in mode `processes`; so it
    is with a schedule, which other modes could not follow. What differs only in settings that a run has no use for is
    run once, and a mode that a place does not have is not run there.
    """
    chosen = {"on": (settings.on,), **lists}
    if "mode" not in chosen:
        several_values = any(len(values) > 1 for name, values in lists.items() if name != "on")
        something_else = several_files or several_values or settings.schedule is not None
        if "os" in chosen["on"]:
            chosen["mode"] = MODES_ON_OS[-1:] if something_else else MODES_ON_OS
        else:
            chosen["mode"] = (settings.mode,) if something_else else MODES
    order = ["on", "mode", *(name for name in chosen if name not in ("on", "mode"))]
    count = prod(len(values) for values in chosen.values())
    if count > MOST_RUNS:
        raise UsageError(f"{count:,} runs are too many to compare; at most {MOST_RUNS:,} are.")
    given = {name: value for name, value in settings.to_json().items() if value is not None}
    found: dict[Settings, Settings] = {}
    for values in product(*(chosen[name] for name in order)):
        combination = dict(zip(order, values, strict=True))
        if combination["on"] == "os":
            one = settings_on_os(combination, settings, with_simulated=len(chosen["on"]) > 1)
        else:
            combination.pop("time_limit", None)
            one = make_settings(given | combination)
        if one is None:
            continue
        same = one.but(lock=DEFAULTS.lock, interval=None, switch_points=None) if one.mode == "sequential" else one
        found.setdefault(same, one)
    return list(found.values())


def settings_on_os(combination: Mapping[str, Any], settings: Settings, *, with_simulated: bool) -> Settings | None:
    """Return the settings of a run on the operating system, None for a mode that exists in the simulation only.

    Beside simulated runs, what rules the simulation is for those; alone, it is refused.
    """
    if with_simulated:
        if combination["mode"] not in MODES_ON_OS:
            say(
                f"mode {combination['mode']} is run in the simulation only; "
                "on the operating system each process has one thread"
            )
            return None
        combination = {name: combination[name] for name in ("on", "mode", "time_limit") if name in combination}
        return make_settings({"max_steps": settings.max_steps} | combination)
    given = {name: value for name, value in settings.to_json().items() if value != getattr(DEFAULTS, name)}
    return make_settings(given | dict(combination))


def make_traces(found: Sequence[Program | Trace], settings_of_runs: Sequence[Settings]) -> tuple[list[Trace], str]:
    """Make the runs, but for saved ones; also returns what to say if that was interrupted."""
    runs: list[tuple[Program, Settings] | Trace] = []
    for one in found:
        runs += [one] if isinstance(one, Trace) else [(one, settings) for settings in settings_of_runs]
    traces: list[Trace] = []
    for number, run in enumerate(runs, 1):
        if isinstance(run, Trace):
            traces.append(run)
            continue
        program, settings = run
        what = f"run {number} of {len(runs)}, {settings.mode}{' on os' if settings.on == 'os' else ''}"
        try:
            traces.append(record(program, settings, what))
        except UsageError as error:
            raise UsageError(f"{what}: {error}" if len(runs) > 1 else str(error)) from None
        if traces[-1].result.outcome == "interrupted":
            return traces, f"interrupted in run {number} of {len(runs)}: those after it are missing"
    return traces, ""


def record(program: Program, settings: Settings, what: str) -> Trace:
    """Run a program and return its trace, telling a person who waits how far it is."""
    collector = TraceCollector()
    progress = Progress(what)
    try:
        result = execute(program, settings, [collector], progress=progress)
    finally:
        progress.erase()
    return collector.trace(program.source, program.filename, result)


def show(comparison: Comparison, *, as_json: bool) -> None:
    """Print a comparison."""
    if as_json:
        write_json(comparison.to_json())
        return
    from interp.terminal.console import make_console
    from interp.terminal.tables import show_comparison

    show_comparison(comparison, make_console())


def exit_status(comparison: Comparison, *, strict: bool) -> int:
    """Return the status of the worst run; else, with `strict`, whether runs differ."""
    outcomes = [run.trace.result.outcome for run in comparison.runs]
    status = STATUS_OF_OUTCOME[max(outcomes, key=WORST_LAST.index)]
    return Status.FAILED if status is Status.FINE and strict and comparison.differs else status
