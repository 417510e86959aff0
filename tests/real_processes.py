"""Real processes that tests start, and how to wait for them: the verdict of no test depends on how busy a machine is.

Three rules, for a test that passes alone and fails beside another teaches nobody anything:

1. *Wait for a state, not for a time.* `wait_for` looks again and again until something is the case; `Screen`
   has what `interp` itself says of how far it is. Time that was used says nothing: Ctrl-C that comes while modules are
   still imported ends any program.
2. *A limit that must not strike is long.* `PATIENCE` only keeps a test that fails from hanging.
3. *A limit that must strike is tried with more and more time.* How far a program gets within a second is open, so it is
   run `under_longer_and_longer_limits` until it has got to where the limit is to meet it.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.transcripts import environment

PATIENCE = 120.0
"""Seconds after which something that should have happened long ago is taken to never happen."""

LIMITS = (1, 4, 16, 64)
"""Seconds after which a run is stopped that has no end of its own; the later ones are for a busy machine."""


Result = TypeVar("Result")


def under_longer_and_longer_limits(run: Callable[[int], Result], far_enough: Callable[[Result], object]) -> Result:
    """Call `run` with one limit after the other, in seconds, until what it returns got far enough; returns the last."""
    for seconds in LIMITS:
        result = run(seconds)
        if far_enough(result):
            break
    return result


def start(*arguments: str, env: dict[str, str] | None = None, **more: Any) -> subprocess.Popen[bytes]:
    """Start `interp` in a process of its own, with pipes for what it prints."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-m", "interp", *arguments], env=environment() | (env or {}), **(pipes | more)
    )


class Screen:
    """What a process writes to a terminal, of which ours is the other end."""

    def __init__(self, terminal: int) -> None:
        self.terminal = terminal
        self.text = ""
        self.looked_at = 0
        self.is_open = True

    def read(self, seconds: float) -> bool:
        """Take in what comes within some seconds; returns whether anything did."""
        if not self.is_open or not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            more = os.read(self.terminal, 65_536)
        except OSError:  # Linux says so of a terminal that nobody has open any more
            more = b""
        self.text += more.decode(errors="replace")
        self.is_open = more != b""
        return self.is_open

    def wait_for(self, text: str, nudge: str = "") -> None:
        """Wait until a text comes after the last one that was waited for; raises `AssertionError` if it never does.

        Where nothing comes for seconds, a `nudge` is typed.
        """
        deadline = time.monotonic() + PATIENCE
        while text not in self.text[self.looked_at :]:
            came = self.read(2)
            assert came or (self.is_open and time.monotonic() < deadline), f"{text!r} is not in {self.text!r}"
            if nudge and not came:
                self.type(nudge)
        self.looked_at = self.text.index(text, self.looked_at) + len(text)

    def type(self, keys: str) -> None:
        """Press some keys."""
        os.write(self.terminal, keys.encode())

    def rest(self) -> str:
        """Return all that was written, once the process is over."""
        while self.read(0):
            pass
        return self.text


@contextmanager
def start_at_terminal(
    *arguments: str, only_errors: bool = False, **more: Any
) -> Iterator[tuple[subprocess.Popen[bytes], Screen]]:
    """Start `interp` at a terminal, as a person does, or with pipes and `only_errors` on it; not on Windows."""
    import pty

    ours, theirs = pty.openpty()
    terminal = {"stderr": theirs} if only_errors else {"preexec_fn": lambda: os.login_tty(theirs)}
    try:
        with start(*arguments, **(terminal | more)) as process:
            os.close(theirs)
            try:
                yield process, Screen(ours)
            finally:
                process.kill()
    finally:
        os.close(ours)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is the case; raises `AssertionError` if it never is."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def running_processes() -> dict[int, int]:
    """Return every process that is not over, with the one that started it."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started and those that they have, parents before their children."""
    parents = running_processes()
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def wait_until_gone(pids: Sequence[int]) -> None:
    """Wait until none of some processes exists any more."""
    wait_for(lambda: running_processes().keys().isdisjoint(pids))
