"""What a FILE on the command line means: a path, `-`, the name of a bundled program, a saved trace.

A path wins over a name, as in a shell. Every way in which a file can be no program has a message of its own.
"""

from __future__ import annotations

import difflib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from interp import Program, Trace, compile_source, load_trace
from interp.bundled import find_bundled, suggest
from interp.language.errors import UsageError
from interp.language.source import decode
from interp.traces.files import FORMAT_NAME, check_program_unchanged

STDIN = "-"
LARGEST_PROGRAM = 16 * 1024 * 1024
"""Bytes in the largest program that is read: `/dev/zero` has no end."""

BEGINNING_OF_A_TRACE = f'{{"format": "{FORMAT_NAME}"'.encode()


def open_program(argument: str) -> Program:
    """Read and compile the program that an argument means.

    Raises `UsageError` if there is none or it cannot be read, `SourceError` if it is no Toy program.
    """
    if is_trace(argument):
        raise UsageError(f"{argument} is a saved trace, not a program; see: interp trace {shlex.quote(argument)}")
    name, data = read_argument(argument)
    return compile_source(decode(data, name), name)


def open_program_or_trace(argument: str) -> Program | Trace:
    """Read the program or load the trace that an argument means."""
    if not is_trace(argument):
        return open_program(argument)
    trace = load_trace(argument)
    if is_there(Path(trace.filename)) or find_bundled(trace.filename):
        name, data = read_argument(trace.filename)
        check_program_unchanged(trace, decode(data, name))
    return trace


def refuse_settings_for_trace(argument: str, given: Sequence[str]) -> None:
    """Raise `UsageError` if options for settings were given although the argument is a trace, which has its own."""
    if given:
        raise UsageError(
            f"{argument} is a saved trace and has settings of its own; leave out {' '.join(given)}, "
            "or give the program instead."
        )


def is_trace(argument: str) -> bool:
    """Whether an argument means a saved trace, by its name or by how the file begins."""
    path = Path(argument)
    if argument == STDIN or not is_there(path) or not path.is_file():
        return False
    if path.suffix == ".trace":
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(BEGINNING_OF_A_TRACE)) == BEGINNING_OF_A_TRACE
    except OSError:
        return False


def read_argument(argument: str) -> tuple[str, bytes]:
    """Return the name that messages show for a program, and what is in its file.

    A bundled program is called by its file's name alone, wherever it is installed, so that its traces are the
    same everywhere.
    """
    if argument == STDIN:
        return "<stdin>", read_stdin()
    path = Path(argument)
    if is_there(path):
        return argument, read_file(path)
    bundled = find_bundled(argument)
    if bundled is None:
        raise UsageError(explain_missing(argument))
    return bundled.name, read_file(bundled)


def is_there(path: Path) -> bool:
    """Whether a path leads somewhere; what cannot be a path does not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read_stdin(what: str = "program") -> bytes:
    """Return what is on standard input, which is to be a program or what the word says."""
    if sys.stdin is None:
        raise UsageError(f"standard input is closed, so no {what} can be read from it.")
    try:
        return sys.stdin.buffer.read(LARGEST_PROGRAM)
    except OSError as error:
        raise UsageError(f"standard input cannot be read: {error.strerror or error}.") from None


def read_file(path: Path, what: str = "program") -> bytes:
    """Return the bytes of a file, which is to be a program or what the word says; raises `UsageError` for none."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder, not a {what}.")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_PROGRAM + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    if len(data) > LARGEST_PROGRAM:
        raise UsageError(f"{path} is larger than {LARGEST_PROGRAM:,} bytes; no {what} is.")
    return data


def explain_missing(argument: str) -> str:
    """Say that a program was not found, and which may have been meant."""
    path = Path(argument)
    near = difflib.get_close_matches(path.name, neighbours(path), n=3)
    near = [str(path.with_name(name)) for name in near] or suggest(path.name)
    hint = f"\n  Did you mean {' or '.join(near)}?" if near else ""
    return (
        f"there is no file {argument!r}, and no program of that name comes with interp.{hint}\n"
        "  List those that do: interp programs"
    )


def neighbours(path: Path) -> list[str]:
    """Return the names of the programs and traces beside a path."""
    try:
        return [found.name for found in path.parent.iterdir() if found.suffix in (".toy", ".trace")]
    except (OSError, ValueError):
        return []
