"""Real processes that tests start, and how to wait for them: the verdict of no test depends on how busy a machine is.

Three rules, for a test that passes alone and fails beside another teaches nobody anything:

1. *Wait for a state, not for a time.* `wait_for` looks again and again until something is the case.
2. *A limit that must not strike is long.* `PATIENCE` only keeps a test that fails from hanging.
3. *A limit that must strike is tried with more and more time.* How far a program gets within a second is open, so it is
   run `under_longer_and_longer_limits` until it has got to where the limit is to meet it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
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
    return subprocess.Popen(
        [sys.executable, "-m", "interp", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment() | (env or {}),
        **more,
    )


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
