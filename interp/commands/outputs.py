"""What the commands print with, and the status they exit with.

Data goes to standard output, talk to standard error. An output may be closed before we are done (`| head`), a
disk may be full: a command cannot go on then, whatever it does, and the toy program must not take it for an
exception of its own. So writing raises `OutputClosed`, which is no `Exception`.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
import textwrap
from shutil import get_terminal_size
from typing import Any, TextIO

from interp import Result, Settings
from interp.commands.status import Status
from interp.language.errors import printable

STATUS_OF_OUTCOME = {
    "ok": Status.FINE,
    "error": Status.FAILED,
    "deadlock": Status.FAILED,
    "limit": Status.BOUND,
    "interrupted": Status.INTERRUPTED,
}


class OutputClosed(BaseException):
    """Nothing more can be written to standard output; `reason` is empty where its reader has seen enough."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


def prepare_streams() -> None:
    """Make standard output and error take any text: what they cannot encode is written as an escape."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stdout = with_buffer(sys.stdout)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def with_buffer(stream: TextIO) -> TextIO:
    """Return a stream that writes all it is given, or raises.

    Under PYTHONUNBUFFERED the host's stream lies directly on a file, which may take a part only; the rest would
    be lost without a word. A buffer goes on until everything is written.
    """
    if not isinstance(stream, io.TextIOWrapper) or not isinstance(stream.buffer, io.RawIOBase):
        return stream
    return io.TextIOWrapper(io.BufferedWriter(stream.buffer), encoding=stream.encoding)


def write(text: str) -> None:
    """Write to standard output at once."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        raise OutputClosed(reason_of(error)) from None


def reason_of(error: OSError) -> str:
    """Return why an output takes no more, nothing where its reader went away."""
    return "" if isinstance(error, BrokenPipeError) else error.strerror or str(error)


def write_json(data: Any) -> None:
    """Write one JSON object, in ASCII, so that it is the same under every encoding."""
    write(json.dumps(data, indent=2, allow_nan=False) + "\n")


def say(text: str) -> None:
    """Tell the person something, on standard error."""
    try:
        sys.stderr.write(text.rstrip("\n") + "\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody is left to be told


def say_safely(text: str) -> None:
    """Tell something that quotes what was given to us: nothing in it may command the terminal."""
    lines = [printable(line) for line in text.split("\n")]
    if is_terminal(sys.stderr):
        lines = [part for line in lines for part in folded(line)]
    say("\n".join(lines))


def folded(line: str) -> list[str]:
    """Return a line in parts as wide as the terminal; hints, which are indented, may be commands to paste."""
    if line.startswith(" "):
        return [line]
    width = max(40, get_terminal_size().columns)
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [line]


def say_how_it_ended(result: Result) -> None:
    """Tell what a person must know of a run beside its output: errors, a deadlock, a bound."""
    if result.report:
        say(result.report)
    if result.outcome == "limit":
        reached = f"{result.ticks / 1_000_000:.1f} s" if result.ran_out_of_time else f"{result.steps:,} steps"
        option = "--time-limit" if result.ran_out_of_time else "--max-steps"
        say(f"stopped after {reached}: how the program would go on is not known ({option} raises the bound)")
    elif result.outcome == "interrupted":
        moment = f"at tick {result.ticks:,}"
        if result.settings.on == "os":
            moment = f"after {result.ticks / 1_000_000:.1f} s"
        say(f"interrupted {moment}, after {result.steps:,} steps")


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person reads a stream as it is written."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def command_line(command: str, argument: str, settings: Settings, *options: str) -> str:
    """Return the line that a person can paste to have the same run again, without what is the default."""
    return shlex.join(["interp", command, argument, *settings.options(), *options])
