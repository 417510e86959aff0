"""The public interface of interp: compile, run, record, compare, show, in one call each.

`interp/__init__.py` offers all of it, and its docstring shows how to use it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interp.bundled import find_bundled
from interp.bytecode.code import Code
from interp.bytecode.compiler import compile_program
from interp.language.errors import InterpError, InterpFault, ProgramError, SourceError, UsageError
from interp.language.parser import parse
from interp.language.source import decode
from interp.scheduling.ledger import Observer
from interp.scheduling.locks import LOCKS
from interp.scheduling.result import ErrorReport, Result, Stuck, ThreadTimes
from interp.scheduling.settings import MODES, Settings
from interp.scheduling.simulate import simulate
from interp.traces.comparison import Comparison, compare_traces
from interp.traces.files import load_trace, save_trace
from interp.traces.trace import Trace, TraceCollector

if TYPE_CHECKING:
    from interp.explore.bare import explore_threads
    from interp.explore.exploring import explore
    from interp.explore.result import Exploration, Outcome
    from interp.traces.landmarks import Landmark
    from interp.traces.moments import Moment
    from interp.traces.recording import Recording

__all__ = [
    "LOCKS",
    "MODES",
    "Comparison",
    "ErrorReport",
    "Exploration",
    "InterpError",
    "InterpFault",
    "Landmark",
    "Moment",
    "Outcome",
    "Program",
    "ProgramError",
    "Recording",
    "Result",
    "Settings",
    "SourceError",
    "Stuck",
    "ThreadTimes",
    "Trace",
    "UsageError",
    "compare",
    "compile_source",
    "execute",
    "explore",
    "explore_threads",
    "load_trace",
    "read_program",
    "record",
    "recording",
    "run",
    "save_trace",
    "show",
]

LATE = {
    "Exploration": "interp.explore.result",
    "Landmark": "interp.traces.landmarks",
    "Moment": "interp.traces.moments",
    "Outcome": "interp.explore.result",
    "Recording": "interp.traces.recording",
    "explore": "interp.explore.exploring",
    "explore_threads": "interp.explore.bare",
}
"""Where names are that take a while to import, so that only those wait for them who use them."""


def __getattr__(name: str) -> Any:
    """Import what such a name stands for when it is first asked for."""
    if name not in LATE:
        raise AttributeError(f"module 'interp.api' has no attribute {name!r}")
    return getattr(import_module(LATE[name]), name)


@dataclass(frozen=True)
class Program:
    """A compiled program, its source and the name of its file."""

    source: str
    filename: str
    code: Code


def compile_source(source: str, filename: str = "<toy>") -> Program:
    """Compile the text of a program; raises `SourceError` if it is no Toy program."""
    return Program(source, filename, compile_program(parse(source, filename), source, filename))


def read_program(path: str | Path) -> Program:
    """Read and compile a file, or the bundled program of that name where there is no such file.

    Raises `UsageError` if it cannot be read, `SourceError` if it is no Toy program.
    """
    path = Path(path)
    found = None if path.exists() else find_bundled(str(path))
    try:
        data = (found or path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    filename = found.name if found else str(path)
    return compile_source(decode(data, filename), filename)


def execute(
    program: Program,
    settings: Settings,
    observers: Sequence[Observer] = (),
    *,
    write: Callable[[str], object] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Run a program where its settings say: in the simulation, or on processes of the operating system.

    `observers` are told every event, `write` every piece of output as it is printed, `progress` the tick and the
    number of steps now and then. Raises `UsageError` for settings that cannot be followed.
    """
    if settings.on == "os":
        from interp.real.processes import run_on_os  # a run in the simulation need not wait for what this imports

        return run_on_os(program.code, settings, observers, write=write, progress=progress)
    return simulate(program.code, settings, observers, write=write, progress=progress)


def run(
    program: Program,
    settings: Settings | None = None,
    *,
    write: Callable[[str], object] | None = None,
    check: bool = False,
) -> Result:
    """Run a program and return what it came to.

    `write` is given each piece of output as it is printed. With `check`, a run that does not end well raises
    `ProgramError`. Raises `UsageError` for settings that cannot be followed."""
    result = execute(program, settings or Settings(), write=write)
    if check and result.outcome != "ok":
        raise ProgramError(result.report or f"the run ended with the outcome {result.outcome}")
    return result


def record(program: Program, settings: Settings | None = None) -> Trace:
    """Run a program and return the trace of the run, its result included."""
    collector = TraceCollector()
    result = execute(program, settings or Settings(), [collector])
    return collector.trace(program.source, program.filename, result)


def recording(program: Program, settings: Settings | None = None) -> Recording:
    """Run a program, simulated, and return the recording of the run, which can be taken to any of its moments.

    `recording.moment(n)` is what everything is like after `n` steps; `next(Landmark("switch"), n)` and `previous` find
    moments. Raises `UsageError` for settings that cannot be followed.
    """
    from interp.traces.recording import Recording  # a run need not wait for what this imports

    return Recording(program.source, program.filename, program.code, settings or Settings())


def compare(traces: Sequence[Trace]) -> Comparison:
    """Compare two or more runs; speed-ups are against the first. Raises `UsageError` for none."""
    return compare_traces(traces)


def show(shown: Comparison | Trace) -> None:
    """Draw a comparison with its timelines, or a trace as a table, on the terminal."""
    from interp.terminal.console import make_console
    from interp.terminal.tables import show_comparison
    from interp.terminal.trace_table import show_trace

    console = make_console()
    if isinstance(shown, Comparison):
        show_comparison(shown, console)
    else:
        show_trace(shown, console)
