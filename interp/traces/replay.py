"""Recording the run of a saved trace again, to go about in it.

A trace keeps what happened, and not what the memory was like. But it has the program and the settings, and these make
the same run again. So the program is run once more, what happens is compared with the file, and then it is recorded.
Where it differs, the file shows a run that this version of interp does not make, and nothing else may be shown for it.

A run that was interrupted ends wherever Ctrl-C met it. What happened in it must happen again, but for what only says
that it was cut off.
"""

from __future__ import annotations

import shlex
from dataclasses import fields
from itertools import zip_longest

from interp.bytecode.code import Code
from interp.bytecode.compiler import compile_program
from interp.language.errors import UsageError, printable
from interp.language.parser import parse
from interp.scheduling.events import Event, RunSlice, StateChanged
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import simulate
from interp.traces.playback import Progress
from interp.traces.recording import Recording
from interp.traces.trace import Trace, TraceCollector


def record_again(trace: Trace, name: str, progress: Progress | None = None) -> Recording:
    """Record the run of a trace, which was loaded from the file `name`.

    Raises `UsageError` where it was on the operating system, or where the run does not come out as the file says.
    """
    settings = trace.settings
    if settings.on == "os":
        raise UsageError(
            f"{printable(name)} is the trace of a run on the operating system, which happened once and cannot be gone "
            "through again.\n"
            f"  Look at it: interp trace {printable(name)}\n"
            f"  Step through a simulated run instead: interp step {printable(trace.filename)}"
        )
    if trace.result.outcome == "interrupted":
        settings = settings.but(max_steps=max(1, trace.result.steps))
    code = compile_program(parse(trace.source, trace.filename), trace.source, trace.filename)
    check_same_run(trace, code, settings, name, progress)
    return Recording(trace.source, trace.filename, code, settings, progress)


def check_same_run(trace: Trace, code: Code, settings: Settings, name: str, progress: Progress | None) -> None:
    """Run the program and raise `UsageError` if anything else happens than the trace says; Ctrl-C goes through."""
    collector = TraceCollector()
    result = simulate(code, settings, [collector], progress=progress)
    if result.outcome == "interrupted":
        raise KeyboardInterrupt
    again = collector.trace(trace.source, trace.filename, result).events
    find = missing_event if trace.result.outcome == "interrupted" else first_difference
    found = find(trace.events, again)
    if found is not None:
        program = printable(trace.filename)
        again_line = shlex.join(["interp", "trace", trace.filename, *trace.settings.options(), "-o", name])
        raise UsageError(
            f"{printable(name)} does not show what {program} does now: {found}.\n"
            "  It was made by another version of interp, or with a lock of your own that has changed since.\n"
            f"  Record it again: {printable(again_line)}"
        )


def first_difference(events: tuple[Event, ...], again: tuple[Event, ...]) -> str | None:
    """Say at which event two runs part, from 1; None where they do not."""
    for number, (one, other) in enumerate(zip_longest(events, again), 1):
        if one != other:
            return f"event {number:,} is {in_words(one)} there, and {in_words(other, one)} now"
    return None


def missing_event(events: tuple[Event, ...], again: tuple[Event, ...]) -> str | None:
    """Say which event did not happen again, but for the last ones of each thread, which tell that it was cut off."""
    happened = set(again)
    certain: set[int] = set()
    missing = None
    for number in range(len(events), 0, -1):
        event = events[number - 1]
        if not isinstance(event, (StateChanged, RunSlice)):
            certain.add(event.thread)
        if event not in happened and event.thread in certain:
            missing = f"event {number:,} is {in_words(event)} there, and does not happen now"
    return missing


def in_words(event: Event | None, beside: Event | None = None) -> str:
    """Return an event for a message, with what is different from another one of the same sort."""
    if event is None:
        return "none"
    words = f"{type(event).__name__} of thread {event.thread} at tick {event.tick:,}"
    if type(beside) is not type(event):
        return words
    names = [field.name for field in fields(event) if getattr(event, field.name) != getattr(beside, field.name)]
    return words + "".join(f", {name} {getattr(event, name)!r} instead of {getattr(beside, name)!r}" for name in names)
