"""How far a long run has come: one line on standard error, for a person at a terminal.

The line is written in place, with nothing but carriage returns and blanks, so that every terminal understands
it, and it is gone when something else is written. Into a pipe or a file nothing is ever written. The host's
clock is read here, and only to decide when to write: no run depends on it.
"""

from __future__ import annotations

import shutil
import sys
import time

from interp.commands.outputs import is_terminal

FIRST_AFTER = 1.0
EVERY = 0.2


class Progress:
    """Shows ticks, steps and their rate once a run takes longer than a second."""

    def __init__(self, what: str = "") -> None:
        self.what = f"{what}: " if what else ""
        self.wanted = is_terminal(sys.stderr)
        self.shares_screen = is_terminal(sys.stdout)
        self.within_line = False
        self.shown = 0
        self.begin()

    def begin(self) -> None:
        """Take the time from now on."""
        self.started = time.monotonic()
        self.next_at = self.started + FIRST_AFTER

    def __call__(self, ticks: int, steps: int) -> None:
        """Take note of how far the run is."""
        if self.is_due():
            rate = steps / (time.monotonic() - self.started) / 1_000_000
            self.show(f"{self.what}tick {ticks:,}, {steps:,} steps, {rate:.1f} million a second")

    def note(self, text: str) -> None:
        """Take note of what is going on."""
        if self.is_due():
            self.show(text)

    def note_at_once(self, text: str) -> None:
        """Take note of something that is said once; a person who has waited for a second sees it."""
        if self.wanted and time.monotonic() >= self.started + FIRST_AFTER:
            self.show(text)

    def is_due(self) -> bool:
        """Whether it is time to show something anew; if so, the next time is a moment later."""
        now = time.monotonic()
        if not self.wanted or self.within_line or now < self.next_at:
            return False
        self.next_at = now + EVERY
        return True

    def show(self, text: str) -> None:
        """Write a line in place of the last one."""
        text = text[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write("\r" + text.ljust(self.shown) + "\b" * max(0, self.shown - len(text)))
        sys.stderr.flush()
        self.shown = len(text)

    def make_room(self, text: str) -> None:
        """Take the line away because `text` is about to be written where it stands."""
        if self.wanted and self.shares_screen and text:
            self.erase()
            # A line that the program has begun must not be written over.
            self.within_line = not text.endswith("\n")

    def erase(self) -> None:
        """Take the line away."""
        if self.shown:
            wide = min(self.shown + len("^C"), shutil.get_terminal_size().columns - 1)  # a terminal shows Ctrl-C there
            sys.stderr.write("\r" + " " * wide + "\r")
            sys.stderr.flush()
            self.shown = 0
