"""The scheduling trace as a table: a column a thread, time running down, a row where something happens.

Each column has a spine, the state that its thread is in from this row on, so that an interleaving is *seen*:
the full block goes from column to column. Where the columns would be too narrow to hold words, only their
spines stay, side by side, and the words follow to their right, as in the graph of a version control system.

Rows are printed as they are made; a trace of a million events needs no more memory here than one of ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from rich.console import Console

from interp.scheduling.events import (
    Ended,
    Event,
    Failed,
    LockReleased,
    LockRequested,
    LockTaken,
    LockWaited,
    Printed,
    Received,
    RunSlice,
    Sent,
    Spawned,
    StateChanged,
)
from interp.terminal.console import Part, cut, pad, readable, show_lines
from interp.terminal.glyphs import ALARM, HEADING, QUIET, STATE_STYLES, glyphs_for, thread_style
from interp.terminal.timeline import STATE_WORDS, wrap
from interp.traces.lanes import BLOCKED, FINAL_STATES, LOCK_WAIT, READY, RUNNING, SLEEPING
from interp.traces.trace import Trace
from interp.traces.words import counted

AT_ONCE = 200
"""Rows that are printed together: Rich takes less time for them so."""

NARROWEST_COLUMN = 36
TICK_WIDTH = 9

REASONS = {
    "request": "lets the lock go, as asked",
    "check": "lets the lock go for a moment",
    "block": "lets the lock go",
    "sleep": "lets the lock go",
    "end": "lets the lock go",
    "schedule": "lets the lock go, by schedule",
}

Line = list[Part]


def show_trace(
    trace: Trace,
    console: Console,
    start: int | None = None,
    stop: int | None = None,
    limit: int | None = None,
) -> int | None:
    """Print what happened from tick `start` to tick `stop`, both included, at most `limit` rows of it.

    What is left out is said. Returns the first tick that the limit left out, None if it left out none.
    """
    table = TraceTable(trace, console, start, stop, limit)
    lines = table.lines()
    while some := list(islice(lines, AT_ONCE)):
        show_lines(console, some)
    return table.next_tick


class TraceTable:
    """Makes the lines of the table, one after another."""

    def __init__(self, trace: Trace, console: Console, start: int | None, stop: int | None, limit: int | None) -> None:
        self.trace = trace
        self.glyphs = glyphs_for(console)
        self.encoding = console.encoding
        self.width = console.width
        self.start, self.stop, self.limit = start, stop, limit
        self.next_tick: int | None = None
        self.names = {
            event.thread: readable(event.name, self.encoding) for event in trace.events if isinstance(event, Spawned)
        }
        self.states: dict[int, str] = {}
        room = self.width - TICK_WIDTH - 1
        self.column_width = room // max(1, len(self.names))
        self.wide = self.column_width >= NARROWEST_COLUMN
        self.threads = sorted(self.names)
        self.words_width = self.column_width - 3
        if not self.wide:
            self.threads = self.threads[: room // 2]
            self.words_width = room - 2 - len(self.threads)

    def lines(self) -> Iterator[Line]:
        """Yield the lines of the table, and what was left out above and below."""
        yield from self.heading()
        before = after = rows = 0
        told = False
        for tick, happening in groupby(self.trace.events, key=lambda event: event.tick):
            events = list(happening)
            if self.stop is not None and tick > self.stop:
                after += len(events)
                continue
            self.follow(events)
            if self.start is not None and tick < self.start:
                before += len(events)
                continue
            if before and not told:
                told = True
                yield self.left_out(f"{before:,} events before tick {self.start:,} are not shown")
            if self.limit is not None and rows >= self.limit:
                self.next_tick = tick if self.next_tick is None else self.next_tick
                after += len(events)
                continue
            shown_tick = f"{tick:,}"
            for event, words in self.joined(tell(events)):
                yield from self.row(shown_tick, event, words)
                shown_tick = ""
                rows += 1
            self.forget_ended()
        if before and not told:
            yield self.left_out(f"{before:,} events before tick {self.start:,} are not shown")
        if after:
            yield self.left_out(f"{after:,} later events are not shown")
        yield from self.ending()

    def left_out(self, words: str) -> Line:
        """Return the line that tells what is not shown."""
        return [(f"{self.glyphs.ellipsis} {words}", QUIET)]

    def ending(self) -> Iterator[Line]:
        """Yield the line that tells how the run ended."""
        result = self.trace.result
        words = {
            "ok": "all threads have ended",
            "error": "all threads have ended, one with an exception",
            "deadlock": "deadlock: no thread can go on",
            "limit": "stopped: the run has reached its limit",
            "interrupted": "interrupted",
        }.get(result.outcome, result.outcome)
        yield [
            (f"{self.trace.ticks:>{TICK_WIDTH},} ", QUIET),
            (words, "" if result.outcome == "ok" else ALARM),
        ]

    # --- what the threads are doing -------------------------------------------------------------------------

    def follow(self, events: Iterable[Event]) -> None:
        """Take in which states the threads are after the events of one tick."""
        for event in events:
            if isinstance(event, Spawned):
                self.states.setdefault(event.thread, READY)
            elif isinstance(event, StateChanged):
                self.states[event.thread] = event.state

    def forget_ended(self) -> None:
        """Let the spines of threads end that are over."""
        for thread in [thread for thread, state in self.states.items() if state in FINAL_STATES]:
            del self.states[thread]

    def spine(self, thread: int) -> Part:
        """Return the character of a thread's present state, and its style."""
        state = self.states.get(thread)
        if state is None:
            return " ", ""
        if state == RUNNING:
            return self.glyphs.states[RUNNING], thread_style(thread)
        if state in FINAL_STATES:
            return self.glyphs.stopped if state != "finished" else self.glyphs.bar, thread_style(thread)
        return self.glyphs.states[state], STATE_STYLES[state]

    # --- lines ----------------------------------------------------------------------------------------------

    def heading(self) -> Iterator[Line]:
        """Yield the names of the columns and what the spines mean."""
        states = [RUNNING, LOCK_WAIT, BLOCKED, SLEEPING, READY]
        legend = "   ".join(f"{self.glyphs.states[state]} {STATE_WORDS[state]}" for state in states)
        for line in wrap(legend, self.width):
            yield [(line, QUIET)]
        unit = "tick" if self.trace.settings.unit == "tick" else "microsec."
        parts: Line = [(f"{unit:>{TICK_WIDTH}} ", HEADING)]
        for thread in self.threads:
            if self.wide:
                name = cut(f"{thread} {self.names[thread]}", self.column_width - 1, self.glyphs.ellipsis)
                parts.append((pad(name, self.column_width), f"bold {thread_style(thread)}"))
            else:
                parts.append((str(thread % 10), f"bold {thread_style(thread)}"))
        if not self.wide:
            parts.append(("  what happens", HEADING))
        yield parts
        yield [(self.glyphs.rule * self.width, QUIET)]

    def joined(self, told: Iterable[tuple[Event, str]]) -> Iterator[tuple[Event, str]]:
        """Yield the same, with what a thread does next put on one row as far as it fits there."""
        before: tuple[Event, str] | None = None
        for event, words in told:
            if before and before[0].thread == event.thread and not isinstance(event, Failed):
                both = f"{before[1]}; {words}"
                if len(self.subject(event)) + len(both) <= self.words_width:
                    before = before[0], both
                    continue
            if before:
                yield before
            before = event, words
        if before:
            yield before

    def subject(self, event: Event) -> str:
        """Return whom the words are about, where no column says it."""
        return "" if self.wide else f"{event.thread} {self.names[event.thread]}: "

    def row(self, tick: str, event: Event, words: str) -> Iterator[Line]:
        """Yield the row of one event, in as many lines as its words need."""
        words = self.subject(event) + readable(words, self.encoding)
        if isinstance(event, Printed):
            words = cut(words, 2 * self.words_width, self.glyphs.ellipsis)
        style = ALARM if isinstance(event, Failed) else ""
        for number, text in enumerate(wrap(words, self.words_width)):
            parts: Line = [(f"{tick if number == 0 else '':>{TICK_WIDTH}} ", QUIET)]
            for thread in self.threads:
                parts.append(self.spine(thread))
                if self.wide:
                    here = text if thread == event.thread else ""
                    parts.append((pad(" " + here, self.column_width - 1), style))
            if not self.wide:
                parts.append(("  " + text, style or thread_style(event.thread)))
            yield parts


# --- words --------------------------------------------------------------------------------------------------


def tell(events: list[Event]) -> Iterator[tuple[Event, str]]:
    """Yield the events of one tick that say something new, each with its words.

    A slice is told where its thread is told to run, not behind the other threads' events.
    """
    runs = {event.thread: event for event in events if isinstance(event, RunSlice)}
    waits = {event.thread for event in events if isinstance(event, LockWaited)}
    ends = {event.thread for event in events if isinstance(event, Ended)}
    for event in events:
        if isinstance(event, StateChanged):
            if event.state == RUNNING and event.thread in runs:
                run = runs.pop(event.thread)
                yield run, words_for(run)
            elif (event.state == LOCK_WAIT and event.thread in waits) or (
                event.state in FINAL_STATES and event.thread in ends
            ):
                continue
            else:
                yield event, words_for(event)
        elif isinstance(event, RunSlice):
            if runs.get(event.thread) is event:
                yield event, words_for(event)
        else:
            yield event, words_for(event)


def words_for(event: Event) -> str:
    """Return what happened, in a few words."""
    match event:
        case Spawned(parent=parent, line=line):
            return "starts" if not parent else f"starts, by {parent}{at_line(line)}"
        case StateChanged(state=state, core=core, on=on, line=line):
            return words_for_state(state, core, on) + at_line(line if state == BLOCKED else None)
        case LockWaited():
            return STATE_WORDS[LOCK_WAIT]
        case LockRequested(holder=holder):
            return f"asks {holder} to let go"
        case LockTaken(waited=waited):
            return f"takes the lock after {waited:,}" if waited else "takes the lock"
        case LockReleased(reason=reason):
            return REASONS.get(reason, f"lets the lock go: {reason}")
        case Sent(queue=queue):
            return f"sends to {queue}"
        case Received(queue=queue):
            return f"gets from {queue}"
        case Printed(text=text):
            return f"prints {text!r}"
        case Failed(type=kind, message=message, line=line):
            return (f"{kind}: {message}" if message else kind) + at_line(line)
        case Ended():
            return "ends"
        case RunSlice(core=core, first=first, last=last, count=count):
            steps = counted(count, "step")
            where = "" if core is None else f" on core {core}"
            return f"runs {steps}{where}{lines_of_slice(first, last)}"
    return type(event).__name__


def words_for_state(state: str, core: int | None, on: str | None) -> str:
    """Return in which state a thread is now."""
    if state == RUNNING:
        return "runs" if core is None else f"runs on core {core}"
    if state == BLOCKED and on:
        return f"waits for {on}"
    if state in FINAL_STATES:
        return "ends"
    return STATE_WORDS.get(state, state)


def lines_of_slice(first: str, last: str) -> str:
    """Return at which lines a slice began and ended; its instructions are written `BINARY_OP:12`."""
    start, stop = first.rpartition(":")[2], last.rpartition(":")[2]
    if not start.isdecimal() or not stop.isdecimal():
        return ""
    return f", line {start}" if start == stop else f", lines {start}-{stop}"


def at_line(line: int | None) -> str:
    """Return the line of the program, if there is one."""
    return "" if line is None else f", line {line}"
