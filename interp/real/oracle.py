"""Ask a real Python what a toy program does.

`run_file` and `run_source` start a Python, give it the program and `prelude.py`, and return what it
printed and how it ended. Each run is a process of its own, so that a program can neither disturb the
caller nor leave threads behind, and it has a time limit, because a deadlock on the real thing shows in
no other way.

How a run ended is not read from its stderr, which is text for people: the prelude writes it to a file
(`--report`).

Read next: `prelude.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PRELUDE = Path(__file__).with_name("prelude.py")


@dataclass(frozen=True, slots=True)
class RealError:
    """An exception that left a thread. `line` is the last line of its traceback, if that shows any."""

    thread: str
    type: str
    message: str
    line: int | None

    def __str__(self) -> str:
        """Show it as CPython does: the message after a colon, if there is one."""
        return f"{self.type}: {self.message}" if self.message else self.type


@dataclass(frozen=True, slots=True)
class RealResult:
    """How a program ran on a real Python.

    `outcome` is `"ok"`, `"error"`, `"deadlock"` (noticed in mode `sequential` only) or `"timeout"`.
    `errors` are those of the threads whose failure nobody saw, main first. `seconds` is the time of the
    program itself, without the start of Python; None if it did not end. `status` is the exit status,
    negative for a signal.
    """

    outcome: str
    output: str
    stderr: str
    status: int
    errors: tuple[RealError, ...]
    seconds: float | None


def run_file(
    path: str | Path, *, python: str | Path = sys.executable, mode: str = "threads", timeout: float = 10.0
) -> RealResult:
    """Run the program in `path` on `python`; after `timeout` seconds it is stopped."""
    return run_source(Path(path).read_bytes(), str(path), python=python, mode=mode, timeout=timeout)


def run_source(
    source: str | bytes,
    filename: str = "program.toy",
    *,
    python: str | Path = sys.executable,
    mode: str = "threads",
    timeout: float = 10.0,
) -> RealResult:
    """Run the text of a program on `python`; its tracebacks call it `filename`."""
    text = source.encode() if isinstance(source, str) else source
    with tempfile.TemporaryDirectory(prefix="interp-") as folder:
        report = Path(folder, "report")
        command = [str(python), "-s", "-S", str(PRELUDE), "--mode", mode, "--name", filename]
        process = subprocess.Popen(
            [*command, "--report", str(report), "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=plain_environment(),
            start_new_session=True,
        )
        try:
            output, stderr = process.communicate(text, timeout)
            stopped = False
        except subprocess.TimeoutExpired:
            stop_with_its_children(process)
            output, stderr = process.communicate()
            stopped = True
        told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
    if told is None:
        told = {"outcome": "timeout" if stopped else "error", "errors": [], "seconds": None}
    return RealResult(
        outcome=told["outcome"],
        output=output.decode("utf-8", "replace"),
        stderr=stderr.decode("utf-8", "replace"),
        status=process.returncode,
        errors=tuple(RealError(**error) for error in told["errors"]),
        seconds=told["seconds"],
    )


def plain_environment() -> dict[str, str]:
    """Return our environment without what would change Python's behaviour, and with UTF-8 output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}


def stop_with_its_children(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole group: in mode `processes` the children would otherwise wait for ever, unseen."""
    if hasattr(os, "killpg"):
        import signal

        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
