"""Running one program on CPython and on interp, and saying how the two endings differ.

What is compared is what a person sees: the text on stdout and, if an exception was not caught, its type,
its message and the line where it was raised (the innermost line of the program itself). Where something has
an address in its text, the address is left out.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import warnings
from dataclasses import dataclass

from interp.machine.wording import REWORDED

FILENAME = "random.toy"
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+>")

DEPTH_NOTE = re.compile(r"(maximum recursion depth exceeded) (?:while calling a Python object|in comparison)")
"""CPython says where it noticed; which of its C functions that is, is no part of the language."""


@dataclass(frozen=True)
class Ending:
    """How a program ended: what it printed and the exception that nobody caught."""

    output: str
    error: str | None = None
    message: str = ""
    line: int | None = None

    def described(self) -> str:
        """Return the ending in a few words, without the output."""
        return "ends normally" if self.error is None else f"line {self.line}: {self.error}: {self.message}"


def comparable(text: str) -> str:
    """Return a text without what need not be the same: addresses, and words that depend on the host's version."""
    text = DEPTH_NOTE.sub(r"\1", ADDRESS.sub(">", text))
    for pattern, replacement in REWORDED:
        text = pattern.sub(replacement, text)
    return text


def run_on_python(text: str) -> Ending:
    """Run `text` in this process, with globals of its own; nothing of the caller changes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(text, FILENAME, "exec", dont_inherit=True)
    output = io.StringIO()
    error: BaseException | None = None
    try:
        with contextlib.redirect_stdout(output), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, {"__name__": "__main__"})
    except BaseException as raised:
        if isinstance(raised, KeyboardInterrupt):
            raise
        error = raised
    printed = comparable(output.getvalue())
    if error is None:
        return Ending(printed)
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILENAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return Ending(printed, type(error).__name__, comparable(str(error)), line)


def run_on_interp(text: str) -> Ending:
    """Run `text` on interp with the default settings."""
    import interp

    result = interp.run(interp.compile_source(text, FILENAME), interp.Settings())
    printed = comparable(result.output)
    if result.error is None:
        assert result.outcome == "ok", result.outcome
        return Ending(printed)
    return Ending(printed, result.error.type, comparable(result.error.message), result.error.line)


def difference(expected: Ending, found: Ending) -> str | None:
    """Return the first difference in words, or None if the endings are equal."""
    if expected.output != found.output:
        ours, theirs = found.output.splitlines(), expected.output.splitlines()
        place = next(
            (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b),
            min(len(ours), len(theirs)),
        )
        shown = [lines[place] if place < len(lines) else "(no such line)" for lines in (theirs, ours)]
        return (
            f"output line {place + 1}\n  Python: {shown[0]}\n  interp: {shown[1]}\n"
            f"  ends: {expected.described()} / {found.described()}"
        )
    if (expected.error, expected.message) != (found.error, found.message):
        return f"ending\n  Python: {expected.described()}\n  interp: {found.described()}"
    if expected.line != found.line:
        return f"line of the error\n  Python: {expected.described()}\n  interp: {found.described()}"
    return None


def compare(text: str) -> str | None:
    """Run `text` on both and return how they differ, or None; a failure of interp itself is a difference."""
    expected = run_on_python(text)
    try:
        found = run_on_interp(text)
    except Exception as fault:
        return f"interp raised {type(fault).__name__}: {str(fault)[:600]}"
    return difference(expected, found)


def host() -> str:
    """Return the version of the Python that is the oracle."""
    return ".".join(map(str, sys.version_info[:3]))
