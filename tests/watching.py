"""Running a text and looking at everything that happened: what the tests of the machine and the scheduler share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import interp
from interp.cli import settings_from_arguments
from interp.expectations import read_expectations
from interp.machine import engine
from interp.machine.interpreter import StepListener
from interp.scheduling.events import Event
from interp.scheduling.result import Result
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import simulate

NEVER = 10**9
"""So many steps are in no program here: with it no code ever becomes warm."""

MOST_STEPS = 20_000

Run = tuple[str, dict[str, Any]]
"""A text and the settings to run it with."""

Kind = TypeVar("Kind", bound=Event)


class Watcher:
    """An observer that keeps every event as it is reported."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def event(self, event: Event) -> None:
        """Keep an event."""
        self.events.append(event)


@cache
def compiled(source: str) -> interp.Program:
    """Compile a text, once."""
    return interp.compile_source(source, "test.toy")


def run(source: str, *, on_step: StepListener | None = None, **settings: Any) -> Result:
    """Run a text that nobody watches."""
    return simulate(compiled(source).code, Settings(**settings), on_step=on_step)


def run_as_it_says(path: Path) -> Result:
    """Run a program of the repository under the settings it asks for in its comments."""
    source = path.read_text(encoding="utf-8")
    program = interp.compile_source(source, str(path))
    return interp.run(program, settings_from_arguments(read_expectations(source).settings))


def watch(source: str, *, on_step: StepListener | None = None, **settings: Any) -> tuple[Result, list[Event]]:
    """Run a text; returns what it came to and every event in the order in which it was reported."""
    watcher = Watcher()
    result = simulate(compiled(source).code, Settings(**settings), observers=[watcher], on_step=on_step)
    return result, watcher.events


def only(kind: type[Kind], events: list[Event], thread: int | None = None) -> list[Kind]:
    """Return the events of one kind, all or those of one thread."""
    return [event for event in events if isinstance(event, kind) and thread in (None, event.thread)]


@contextmanager
def warm_after(steps: int) -> Iterator[None]:
    """Have code made quick after so many steps in it."""
    before = engine.WARM
    engine.WARM = steps  # type: ignore[misc]
    try:
        yield
    finally:
        engine.WARM = before  # type: ignore[misc]


def digest(result: Result, events: list[Event]) -> str:
    """Boil a run down: any difference in any event or figure gives another digest."""
    whole = "\n".join([repr(result), *map(repr, events)])
    return sha256(whole.encode("utf-8", "backslashreplace")).hexdigest()[:20]


def all_digests(runs: dict[str, Run]) -> dict[str, str]:
    """Do the runs and return the digest of each."""
    return {name: digest(*watch(source, max_steps=MOST_STEPS, **chosen)) for name, (source, chosen) in runs.items()}
