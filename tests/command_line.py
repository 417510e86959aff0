"""What the tests of the commands share: programs to give to them, and reading back what they print as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interp.cli import main

Captured = pytest.CaptureFixture[str]

RUN_KEYS = {
    "mode", "lock", "interval", "cores", "seed", "outcome", "output", "error", "ticks", "steps", "switches", "threads",
}  # fmt: skip
THREAD_KEYS = {"name", "process", "running", "ready", "lock_wait", "blocked", "sleeping"}

COUNTER = """\
counter = 0

def one():
    return 1

def work():
    global counter
    for _ in range(10):
        counter = counter + one()

tasks = [spawn(work), spawn(work)]
for task in tasks:
    task.join()
print(counter)
"""

DEADLOCK = """\
a = Lock()
b = Lock()

def left():
    with a:
        sleep(10)
        with b:
            pass

def right():
    with b:
        sleep(10)
        with a:
            pass

tasks = [spawn(left), spawn(right)]
for task in tasks:
    task.join()
"""

OWN_LOCK = """
from interp.scheduling.locks.interval import IntervalLock

class Mine(IntervalLock):
    name = "mine"
"""


def json_of(captured: Captured, *arguments: str, status: int = 0) -> Any:
    """Run a command with `--json` and return its one object."""
    assert main([*arguments, "--json"]) == status
    return json.loads(captured.readouterr().out)
