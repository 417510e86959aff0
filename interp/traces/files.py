r"""Trace files: a trace saved as text that a person, a script and a later version can read.

The format is JSON Lines, one object a line, so that a trace of any length is written and read without holding
it as one text, and `head`, `grep` and `jq` work on it:

1. a header: `{"format": "interp trace", "number": 2, ...}` with the program, the hash of its text, and the
   settings;
2. the events in time order: `{"event": "LockTaken", "tick": 120, "thread": 2, ...}`; a slice in which a
   thread ran stands at the tick at which it began, after the other events of that tick;
3. the result of the run;
4. the end: how many events there are and a hash of all lines above, so that a file cut short or changed is
   noticed.

A trace is evidence; one that has been altered shows a run that never was. So loading believes nothing: each
line is compared with the annotations of its dataclass, the order in time is checked, and the hash must agree.
Whatever is wrong, the answer is a `UsageError` with the file, the line and what to do.

Change what is in a file, and change `FORMAT_NUMBER`.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from interp.language.errors import UsageError
from interp.scheduling.events import EVENT_KINDS, Event, RunSlice, Spawned, StateChanged
from interp.scheduling.result import ErrorReport, Result, Stuck, ThreadTimes
from interp.scheduling.settings import Settings
from interp.traces.lanes import FINAL_STATES, LASTING_STATES
from interp.traces.plain import NotAsDeclared, from_plain, shown, to_plain
from interp.traces.trace import Trace

FORMAT_NAME = "interp trace"
FORMAT_NUMBER = 2

LONGEST_LINE = 1 << 28
"""Bytes in the longest line that is read or written: no file makes us hold more than this at a time."""

KINDS_OF_EVENT = {kind: name for name, kind in EVENT_KINDS.items()}
STATES = frozenset(LASTING_STATES + FINAL_STATES)
OUTCOMES = ("ok", "error", "deadlock", "limit", "interrupted")

# --- the lines of a file, as dataclasses --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a trace file."""

    format: str
    number: int
    interp: str
    program: str
    source: str
    sha256: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class ResultLine:
    """The line after the events: the run's result, without the settings, which the header has."""

    interval: int
    outcome: str
    output: str
    error: ErrorReport | None
    report: str
    stuck: tuple[Stuck, ...]
    ticks: int
    steps: int
    switches: int
    lock_held: int
    busy: int
    threads: tuple[ThreadTimes, ...]

    @classmethod
    def of(cls, result: Result) -> ResultLine:
        """Return the line that a result is saved as."""
        return cls(**{name: getattr(result, name) for name in cls.__dataclass_fields__})

    def result(self, settings: Settings) -> Result:
        """Return the result that was saved."""
        return Result(settings, **{name: getattr(self, name) for name in self.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class LastLine:
    """The last line of a trace file; `sha256` is that of all bytes before it."""

    events: int
    sha256: str


# --- saving -------------------------------------------------------------------------------------------------


def save_trace(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Save a trace to a file; the file appears whole or not at all.

    Raises `UsageError` if it cannot be written.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            # A terminal, a pipe or /dev/null can be written to, but not be replaced by a file.
            with path.open("wb") as file:
                write_lines(trace, file)
            return
        target = Path(os.path.realpath(path))
        unfinished = target.with_name(f".interp-{os.getpid()}.unfinished")
        try:
            with unfinished.open("xb") as file:
                write_lines(trace, file)
            if target.exists():
                unfinished.chmod(stat.S_IMODE(target.stat().st_mode))
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write {readable(path)}: {why(error)}.") from error


def write_lines(trace: Trace, file: BinaryIO) -> None:
    """Write every line of a trace."""
    digest = sha256()
    for line in lines_of(trace):
        digest.update(line)
        file.write(line)
    file.write(encode({"end": to_plain(LastLine(len(trace.events), digest.hexdigest()))}))


def lines_of(trace: Trace) -> Iterator[bytes]:
    """Yield the lines of a trace but the last."""
    header = Header(
        FORMAT_NAME,
        FORMAT_NUMBER,
        version_of_interp(),
        trace.filename,
        trace.source,
        hash_of(trace.source),
        trace.settings,
    )
    yield encode(to_plain(header))
    for event in trace.events:
        yield encode({"event": KINDS_OF_EVENT[type(event)]} | to_plain(event))
    yield encode({"result": to_plain(ResultLine.of(trace.result))})


def encode(data: dict[str, Any]) -> bytes:
    """Return plain data as a line of ASCII."""
    line = json.dumps(data).encode("ascii") + b"\n"
    if len(line) > LONGEST_LINE:
        raise ValueError(f"a line of it would be longer than {LONGEST_LINE} bytes")
    return line


# --- loading ------------------------------------------------------------------------------------------------


def load_trace(path: str | os.PathLike[str]) -> Trace:
    """Load a trace from a file.

    Raises `UsageError` if it cannot be read, is not a trace, is of another format, or was altered.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            return TraceReader(readable(path), file).read()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {readable(path)}: {why(error)}.") from error


class TraceReader:
    """Reads one file, line by line, and refuses what no recording can have written."""

    def __init__(self, name: str, file: BufferedReader) -> None:
        self.name = name
        self.file = file
        self.number = 0
        self.digest = sha256()
        self.program: str | None = None

    def read(self) -> Trace:
        """Return the trace in the file."""
        header = self.read_header()
        events: list[Event] = []
        check = EventChecker(header.settings)
        while True:
            data = self.next_object()
            if "event" not in data:
                break
            event = self.read_event(data)
            problem = check.problem(event)
            if problem:
                self.refuse(problem)
            events.append(event)
        if data.keys() != {"result"}:
            self.refuse("this line is neither an event nor the result")
        result = self.convert(ResultLine, data["result"], "the result").result(header.settings)
        if result.outcome not in OUTCOMES:
            self.refuse(f"{shown(result.outcome)} is not an outcome")
        before = self.digest.hexdigest()
        data = self.next_object()
        if data.keys() != {"end"}:
            self.refuse("this should be the last line, which tells the number of events")
        last = self.convert(LastLine, data["end"], "the last line")
        if last.events != len(events):
            self.refuse(f"the recording has {last.events} events, this file has {len(events)}")
        if last.sha256 != before:
            self.refuse("the lines above are not those that were recorded: the file was changed")
        if self.file.read(1):
            self.refuse("something follows the last line")
        return Trace(header.source, header.program, tuple(events), result)

    def read_header(self) -> Header:
        """Return the header, after checking that the rest of the file is meant for this version."""
        if self.file.peek(1)[:1] != b"{":
            self.refuse_as_no_trace()
        data = self.next_object()
        if data.get("format") != FORMAT_NAME:
            self.refuse_as_no_trace()
        if isinstance(data.get("program"), str):
            self.program = printable(data["program"])
        number = data.get("number")
        if type(number) is int and number != FORMAT_NUMBER:
            raise UsageError(
                f"{self.name} was recorded in trace format {shown(number)}; "
                f"this version reads format {FORMAT_NUMBER}.\n{self.advice()}"
            )
        header: Header = self.convert(Header, data, "the header")
        if header.sha256 != hash_of(header.source):
            self.refuse("the program in this file is not the one that was recorded: its text was changed")
        return header

    def read_event(self, data: dict[str, Any]) -> Event:
        """Return the event that an object stands for."""
        name = data.pop("event")
        kind = EVENT_KINDS.get(name) if isinstance(name, str) else None
        if kind is None:
            self.refuse(f"{shown(name)} is not a kind of event")
        event: Event = self.convert(kind, data, f"this `{name}`")
        return event

    def next_object(self) -> dict[str, Any]:
        """Return the object in the next line."""
        line = self.file.readline(LONGEST_LINE + 1)
        self.number += 1
        if not line:
            self.refuse("the file ends here, in the middle of a recording")
        if len(line) > LONGEST_LINE:
            self.refuse(f"this line is longer than {LONGEST_LINE} bytes")
        if not line.endswith(b"\n"):
            self.refuse("the file ends in the middle of this line")
        self.digest.update(line)
        try:
            data = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            self.refuse("this line is not text in UTF-8")
        except (ValueError, RecursionError):
            self.refuse("this line is not JSON")
        if not isinstance(data, dict):
            self.refuse("this line should be a JSON object")
        return data

    def convert(self, kind: Any, data: Any, what: str) -> Any:
        """Return plain data as a dataclass, or refuse the line."""
        try:
            return from_plain(kind, data, what)
        except (NotAsDeclared, UsageError) as error:
            self.refuse(str(error).rstrip("."))

    def refuse(self, problem: str) -> NoReturn:
        """Raise the error that says what is wrong with the line that was read last."""
        raise UsageError(f"{self.name}:{self.number}: {problem}.\n{self.advice()}")

    def refuse_as_no_trace(self) -> NoReturn:
        """Raise the error for a file of another sort."""
        raise UsageError(f"{self.name} is not a trace file.\n  Make one: interp trace PROGRAM -o {self.name}")

    def advice(self) -> str:
        """Return the line that says how to get a file that can be read."""
        return f"  Record it again: interp trace {self.program or 'PROGRAM'} -o {self.name}"


class EventChecker:
    """Checks that events can follow one another so: in time order, of threads that exist, in known states."""

    def __init__(self, settings: Settings) -> None:
        self.cores = settings.cores
        self.tick = 0
        self.threads: set[int] = set()

    def problem(self, event: Event) -> str | None:
        """Return what is wrong with the next event, None if nothing is."""
        if event.tick < self.tick:
            return f"out of time order: tick {shown(event.tick)} comes after tick {shown(self.tick)}"
        self.tick = event.tick
        if isinstance(event, Spawned):
            if event.thread in self.threads:
                return f"thread {shown(event.thread)} is spawned twice"
            self.threads.add(event.thread)
        elif event.thread not in self.threads:
            return f"thread {shown(event.thread)} does something before it is spawned"
        if isinstance(event, StateChanged):
            return self.problem_of_state(event)
        if isinstance(event, RunSlice) and event.stop < event.tick:
            return "this slice stops before it starts"
        return None

    def problem_of_state(self, event: StateChanged) -> str | None:
        """Return what is wrong with a change of state."""
        if event.state not in STATES:
            return f"{shown(event.state)} is not a state of a thread"
        if event.core is not None and not 0 <= event.core < self.cores:
            return f"there is no core {shown(event.core)}: the run had {self.cores}"
        return None


# --- the program of a trace ---------------------------------------------------------------------------------


def check_program_unchanged(trace: Trace, source: str) -> None:
    """Raise `UsageError` unless `source`, the program as it is now, is the one that was recorded."""
    if source == trace.source:
        return
    now, then = source.splitlines(), trace.source.splitlines()
    same = 0
    while same < min(len(now), len(then)) and now[same] == then[same]:
        same += 1
    name = printable(trace.filename)
    raise UsageError(
        f"{name}:{same + 1}: the program has changed since this trace was recorded.\n"
        f"  Record it again: interp trace {name} -o FILE"
    )


def hash_of(source: str) -> str:
    """Return the hash of a program's text."""
    return sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def version_of_interp() -> str:
    """Return the version of interp that is installed."""
    from importlib.metadata import PackageNotFoundError, version  # slow to import, and seldom needed

    try:
        return version("interp")
    except PackageNotFoundError:
        return "unknown"


def readable(path: Path) -> str:
    """Return a path as a message shows it."""
    return printable(str(path))


def printable(text: str) -> str:
    """Return a name so that it can stand in a message on any terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def why(error: Exception) -> str:
    """Return the reason of an error of the operating system, in its own words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return str(error)
