"""Ask a real Python what a toy program does: one run, one new process.

`run_file` and `run_source` start a Python, give it the program and `prelude.py`, and return what it printed and
how it ended. Each run is a process of its own, with a session of its own, so that a program can neither disturb
the caller nor leave anything behind. (Forking each run from a Python that is ready would be quicker, 3 ms instead
of 30 to 45, and every run would begin with the same memory, hash seed and addresses: less fresh than it looks.)

What is promised:

1. *A run ends.* After the time limit its whole process group is stopped, children and their children included.
   Should nobody be left to do that, an alarm within each process does (`--time-limit` of the prelude).
2. *Nothing is left.* The group is empty when a function returns or raises, Ctrl-C included: Ctrl-C is held back
   for the moment in which a process has been started and is not yet known by its number.
3. *The stop is polite first.* A Python that spawns its processes has a helper that takes its semaphores away when
   all others are gone, and that ignores SIGTERM for this purpose (3.13, `Lib/multiprocessing/resource_tracker.py`).
   So SIGTERM comes first, and SIGKILL after a moment.
4. *Output is bounded.* It goes to a file that cannot grow beyond `LARGEST_OUTPUT`.

How a run ended is not read from its stderr, which is text for people: the prelude writes it to a file
(`--report`).

Read next: `prelude.py`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRELUDE = Path(__file__).with_name("prelude.py")

LARGEST_OUTPUT = 1 << 24
"""Bytes that a program may print before it is stopped."""

SECONDS_TO_LEAVE = 0.25
"""From the polite request to end until the end. Who died and is not yet buried counts as there, so it is short."""

SECONDS_TO_TELL = 0.3
"""How long a program that hangs has to write down where."""


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
class RealDeath:
    """A process that ended without a word; a negative status is the number of a signal."""

    thread: str
    status: int

    def __str__(self) -> str:
        """Say who died of what."""
        if self.status >= 0:
            return f"{self.thread} ended with status {self.status}"
        try:
            name = signal.Signals(-self.status).name
        except ValueError:
            name = f"signal {-self.status}"
        return f"{self.thread} was ended by {name}"


@dataclass(frozen=True, slots=True)
class RealResult:
    """How a program ran on a real Python.

    `outcome` is `"ok"`, `"error"`, `"deadlock"` (noticed in mode `sequential` only), `"timeout"`, `"died"` (the
    program's process or one of its children ended without a word: `deaths`), `"flood"` (it printed more than
    `LARGEST_OUTPUT`) or `"impossible"` (this Python cannot do what the program asks for: `stderr` says what).
    `errors` are those of the threads whose failure nobody saw, main first. `seconds` is the time of the program
    itself, without the start of Python; None if it did not end. `status` is the exit status, negative for a
    signal. `waited_at` has the lines at which the threads of a program were that was stopped, as far as known.
    """

    outcome: str
    output: str
    stderr: str
    status: int
    errors: tuple[RealError, ...]
    seconds: float | None
    deaths: tuple[RealDeath, ...] = ()
    waited_at: tuple[int, ...] = ()


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
    switch_interval: float | None = None,
    start: str | None = None,
    cores: int | None = None,
) -> RealResult:
    """Run the text of a program on `python`; its tracebacks call it `filename`.

    `switch_interval` is in seconds, `start` is `"fork"` or `"spawn"`, `cores` the number of cores that it may use;
    None is what that Python does by itself.
    """
    text = source.encode() if isinstance(source, str) else source
    with tempfile.TemporaryDirectory(prefix="interp-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "program").write_bytes(text)
        command = [str(python), "-s", "-S", str(PRELUDE), "--mode", mode, "--name", filename]
        command += ["--report", str(folder / "report"), "--stuck", str(folder / "stuck")]
        command += ["--time-limit", str(timeout), "--max-output", str(LARGEST_OUTPUT)]
        if switch_interval is not None:
            command += ["--switch-interval", str(switch_interval)]
        if start is not None:
            command += ["--start", start]
        status = run_command([*command, str(folder / "program")], folder, timeout, cores, spawns=start == "spawn")
        return read_result(folder, filename, status)


def run_command(command: list[str], folder: Path, timeout: float, cores: int | None, *, spawns: bool) -> int | None:
    """Run a command with its output in a folder and leave no process behind; returns its status, None if stopped."""
    process: subprocess.Popen[bytes] | None = None
    with open(folder / "output", "wb") as output, open(folder / "errors", "wb") as errors:
        try:
            with interrupts_held_back(), cores_limited(cores):
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    env=plain_environment(),
                    start_new_session=True,
                )
            try:
                return process.wait(timeout)
            except subprocess.TimeoutExpired:
                ask_where_it_waits(process, folder / "stuck", main_only=spawns)
                return None
        finally:
            if process is not None:
                with interrupts_held_back():
                    stop_with_its_children(process)


def read_result(folder: Path, filename: str, status: int | None) -> RealResult:
    """Put together what a run has left in its folder."""
    output = (folder / "output").read_bytes()
    stderr = (folder / "errors").read_bytes().decode("utf-8", "replace")
    report = read_report(folder / "report")
    errors = tuple(RealError(**error) for error in report["errors"])
    deaths = tuple(RealDeath(**death) for death in report["died"])
    outcome = report["outcome"]
    if len(output) >= LARGEST_OUTPUT:
        outcome = "flood"
    elif status is None:
        outcome = "timeout"
    elif any(error.type == "CannotOnRealPython" for error in errors):
        outcome, stderr = "impossible", next(str(e.message) for e in errors if e.type == "CannotOnRealPython")
    elif outcome is None:
        outcome, deaths = "died", (RealDeath("main", status), *deaths)
    elif deaths:
        outcome = "died"
    return RealResult(
        outcome=outcome,
        output=output.decode("utf-8", "replace"),
        stderr=stderr,
        status=-signal.SIGTERM if status is None else status,
        errors=errors,
        seconds=report["seconds"],
        deaths=deaths,
        waited_at=lines_waited_at(folder / "stuck", filename) if outcome == "timeout" else (),
    )


def read_report(path: Path) -> dict[str, Any]:
    """Return what the prelude has reported; a run that was cut off may have left nothing, or half of it."""
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"outcome": None, "errors": [], "died": [], "seconds": None}
    return told


# --- starting and stopping ----------------------------------------------------------------------------------


def plain_environment() -> dict[str, str]:
    """Return our environment without what would change Python's behaviour, and with UTF-8 output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Have Ctrl-C wait until the end of the block."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def usable_cores() -> int:
    """The number of cores that a process started by us may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def cores_limited(count: int | None) -> Iterator[None]:
    """Let processes that are started in the block use so many cores and no more: they inherit it from us."""
    if count is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def ask_where_it_waits(process: subprocess.Popen[bytes], path: Path, *, main_only: bool) -> None:
    """Have a program that hangs write the lines at which it does to a file; what cannot, dies of the question.

    The helper of a spawning Python must not die, so there only the main process is asked.
    """
    if not hasattr(signal, "SIGUSR1"):
        return
    try:
        (os.kill if main_only else os.killpg)(process.pid, signal.SIGUSR1)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + SECONDS_TO_TELL
    size = -1
    while time.monotonic() < deadline:
        time.sleep(0.03)
        now = path.stat().st_size if path.exists() else 0
        if now == size > 0:
            return
        size = now


def lines_waited_at(path: Path, filename: str) -> tuple[int, ...]:
    """Return the innermost line of the program in each stack that `faulthandler` has written."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    place = re.compile(rf'^  File "{re.escape(filename)}", line (\d+)', re.MULTILINE)
    found = [place.search(stack) for stack in re.split(r"^(?:Current t|T)hread ", text, flags=re.MULTILINE)]
    return tuple(sorted(int(match[1]) for match in found if match))


def stop_with_its_children(process: subprocess.Popen[bytes]) -> None:
    """End a process and the whole group that it leads, as far as that has not happened by itself."""
    if not hasattr(os, "killpg"):
        stop_tree_on_windows(process)
        return
    deadline = time.monotonic() + SECONDS_TO_LEAVE
    if signal_group(process, signal.SIGTERM):
        while time.monotonic() < deadline and signal_group(process, 0):
            process.poll()
            time.sleep(0.005)
        signal_group(process, signal.SIGKILL)
    process.wait()


def signal_group(process: subprocess.Popen[bytes], number: int) -> bool:
    """Send a signal to a group; returns whether there was anybody."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        return False
    return True


def stop_tree_on_windows(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children where there are no process groups."""
    if process.poll() is None:
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
        process.kill()
    process.wait()
