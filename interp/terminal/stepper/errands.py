"""What takes time is done in the background, one thing after another, so that the screen stays alive.

1. An *errand* is a piece of work on the walk: a move, a search, a choice. They are done in order by one thread of the
   host, because a recording is one simulation; the screen draws what comes out.
2. Keys do not queue up. Moves that come while another is still going on become one move of as many steps. While the
   spinner turns, that is, once an errand has taken longer than a moment, new ones are refused.
3. Esc stops an errand: at the next word of progress, the recording raises what the stepper has put there
   (`Playback.progress`), and the walk is put back to where it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SPINNER_AFTER = 0.25
"""Seconds after which an errand is said to take long."""


class Stopped(BaseException):
    """Raised within an errand that somebody has stopped; no `Exception`, so that no program catches it."""


@dataclass
class Errand:
    """A piece of work: `perform` is given the count and returns what `then` is told, on the side of the screen.

    Errands with the same `merges` become one: their counts are added up, or, where `latest` is set, the newer one
    replaces the older.
    """

    words: str
    perform: Callable[[int], Any]
    then: Callable[[Any], None]
    count: int = 1
    merges: str = ""
    latest: bool = False


class Errands:
    """The errands that wait, and the one that is being done."""

    def __init__(self) -> None:
        self.waiting: deque[Errand] = deque()
        self.current: Errand | None = None
        self.since = 0.0
        self.steps = 0
        self.stop_asked = False

    @property
    def busy(self) -> bool:
        """Whether there is anything to do."""
        return self.current is not None or bool(self.waiting)

    def add(self, errand: Errand) -> None:
        """Have an errand done after the others."""
        last = self.waiting[-1] if self.waiting else None
        if last is not None and errand.merges and last.merges == errand.merges:
            if errand.latest:
                self.waiting[-1] = errand
            else:
                last.count += errand.count
            return
        self.waiting.append(errand)

    def begin(self, now: float) -> Errand:
        """Begin with the next errand."""
        self.current = self.waiting.popleft()
        self.since, self.steps, self.stop_asked = now, 0, False
        return self.current

    def end(self) -> None:
        """The errand is done."""
        self.current = None

    def stop(self) -> bool:
        """Stop the errand that is being done, and forget the others; returns whether there was one."""
        self.waiting.clear()
        self.stop_asked = self.current is not None
        return self.stop_asked

    def progress(self, tick: int, steps: int) -> None:
        """Hear how far the run has come; raises `Stopped` if somebody does not want to wait any longer."""
        self.steps = steps
        if self.stop_asked:
            raise Stopped
