"""What holds for the whole suite: it comes to the same in every run and on every machine, however busy that is.

Hypothesis draws the same examples in every run (`derandomize`), sets no deadline, and keeps no database of failures:
a failing example is printed, and comes up again by itself. How quickly examples are made says how busy a machine is,
so that is no reason to fail. `INTERP_RANDOM_PROGRAMS` and `python -m tests.fuzz` ask for others and more.

A shell that starts a command in the background has it ignore Ctrl-C, and whatever it starts inherits that. Tests of
Ctrl-C would then wait for ever, so it is taken back.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a program into an empty current folder, and return its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def write(source: str, name: str = "program.toy") -> str:
        (tmp_path / name).write_text(source, encoding="utf-8", newline="")
        return name

    return write
