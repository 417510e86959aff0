"""The stage of the stepper: the panes, where there is room for them, and the errands whose outcome they show.

1. What moves about in the run becomes an errand (`errands.py`), which calls a method of the walk in the background and
   makes a `View`.
2. When the errand is done, every pane is handed the view and draws it; what the walk said is shown below them.
3. The size of the terminal decides which panes stand side by side (`styles.tcss`).

Read next: `app.py`, the keys.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input, Label

from interp.language.errors import UsageError
from interp.terminal.console import readable
from interp.terminal.stepper.errands import SPINNER_AFTER, Errand, Errands, Stopped
from interp.terminal.stepper.frames import FramesPane
from interp.terminal.stepper.instructions import InstructionsPane
from interp.terminal.stepper.marks import ALARM, QUIET, UNICODE_MARKS, marks_for
from interp.terminal.stepper.memory import MemoryPane
from interp.terminal.stepper.output import OutputPane
from interp.terminal.stepper.pane import Painted
from interp.terminal.stepper.source import SourcePane
from interp.terminal.stepper.status import KeyLine, PositionLines, SaidLine
from interp.terminal.stepper.threads import ThreadsPane
from interp.terminal.stepper.timeline import TimelinePane
from interp.terminal.stepper.view import Looker, View
from interp.traces.walk import Walk

WIDE, TALL = 110, 32
"""From so many columns on there is room for three panes side by side, from so many lines on for more output."""

PAGES = ("frames", "memory", "output_page")
"""The panes that share a place where there is little room."""

Said = str | None


class Panes(Screen[None], inherit_bindings=False):
    """The screen with the panes: Textual's own keys, which move the focus about, have no meaning there."""


class Stage(App[int]):
    """The screen of the stepper, and the way from an errand to it."""

    CSS_PATH = "styles.tcss"
    TITLE = "interp step"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, walk: Walk, encoding: str = "utf-8") -> None:
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self.walk = walk
        self.looker = Looker(walk)
        self.encoding = encoding
        self.marks = marks_for(encoding)
        self.ascii_only = self.marks is not UNICODE_MARKS
        self.errands = Errands()
        self.view: View | None = None
        self.page = 0
        self.turn_of_spinner = 0
        self.to_print: list[str] = []
        self.fault: BaseException | None = None
        walk.progress = walk.recording.progress = self.errands.progress

    # --- the screen

    def get_default_screen(self) -> Screen[None]:
        """Return the screen that everything is laid out on."""
        return Panes()

    def compose(self) -> ComposeResult:
        """Lay out the panes."""

        def made(kind: type[Painted], name: str) -> Any:
            return kind(self.marks, self.encoding, name)

        yield made(PositionLines, "position")
        with Horizontal(id="top"):
            yield made(SourcePane, "source")
            yield made(InstructionsPane, "instructions")
        with Horizontal(id="middle"):
            with Horizontal(id="pages"):
                yield made(FramesPane, "frames")
                yield made(MemoryPane, "memory")
                yield made(OutputPane, "output_page")
            yield made(ThreadsPane, "threads")
        yield made(TimelinePane, "timeline")
        yield made(OutputPane, "output")
        yield made(SaidLine, "said")
        with Horizontal(id="prompt"):
            yield Label("")
            yield Input(compact=True)
        yield made(KeyLine, "keys")

    def on_mount(self) -> None:
        """Begin to show."""
        if self.no_color:
            self.theme = "ansi-dark"
        elif is_light(os.environ.get("COLORFGBG", "")):
            self.theme = "textual-light"
        self.set_interval(0.1, self._spin)
        # What the shell wrote meanwhile is in the way.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.query_one(Input).disabled = True
        self.screen.can_focus = False
        self.turn_to(0)
        self.order("", lambda _: None)

    def on_resize(self, event: events.Resize) -> None:
        """Put the panes where there is room for them."""
        wide, tall = event.size.width >= WIDE, event.size.height >= TALL
        screen = self.screen_stack[0]
        screen.set_class(wide, "wide")
        screen.set_class(tall, "tall")
        screen.set_class(not wide and not tall, "cramped")
        self._fit_timeline(event.size.height)

    def _fit_timeline(self, height: int) -> None:
        timeline = self.screen_stack[0].query_one(TimelinePane)
        if self.view is not None:
            timeline.styles.height = min(timeline.rows_wanted(self.view), max(4, height // 5))

    def show(self, view: View) -> None:
        """Show a view in all panes."""
        self.view = view
        for pane in self.screen_stack[0].query(Painted):
            if not isinstance(pane, (SaidLine, KeyLine)):
                pane.show(view)
        self._fit_timeline(self.size.height)

    def say(self, text: str, style: str = "") -> None:
        """Show a sentence below the panes."""
        self.screen_stack[0].query_one(SaidLine).say(text, style)

    def safe(self, text: str) -> str:
        """Return text of the program as this terminal can show it."""
        return readable(text, self.encoding)

    def turn_to(self, page: int) -> None:
        """Show one of the panes that share a place where there is little room."""
        self.page = page
        for number, name in enumerate(PAGES):
            self.query_one(f"#{name}").set_class(number == page, "chosen")

    # --- errands

    def order(
        self,
        words: str,
        perform: Callable[[int], Any],
        then: Callable[[Any], None] | None = None,
        *,
        count: int = 1,
        merges: str = "",
        latest: bool = False,
    ) -> None:
        """Have something done in the background; what it returns is said as a refusal, unless `then` takes it."""
        if self.takes_long and not latest:
            return  # the spinner says that one has to wait, and how to stop it
        idle = not self.errands.busy
        self.errands.add(Errand(words, perform, then or self.refuse, count, merges, latest))
        if idle:
            self.run_worker(self._work())

    @property
    def takes_long(self) -> bool:
        """Whether an errand takes so long that the spinner turns."""
        errands = self.errands
        return errands.current is not None and time.monotonic() - errands.since > SPINNER_AFTER

    async def _work(self) -> None:
        """Do the errands, one after another, and show what comes out."""
        errands = self.errands
        try:
            while errands.waiting:
                errand = errands.begin(time.monotonic())
                said, view = await asyncio.to_thread(self._perform, errand)
                errands.end()
                self.show(view)
                if isinstance(said, Stopped):
                    self.say("Stopped; nothing has changed.", QUIET)
                else:
                    errand.then(said)
        except Exception as fault:
            self._handle_exception(fault)

    def _perform(self, errand: Errand) -> tuple[Any, View]:
        """Do an errand; runs in the background."""
        walk, looker = self.walk, self.looker
        before = walk.recording, walk.step, looker.phase
        try:
            said = errand.perform(errand.count)
        except Stopped as stopped:
            walk.recording, walk.step, looker.phase = before
            said = stopped
        except UsageError as error:
            walk.recording, walk.step, looker.phase = before
            said = str(error)
        return said, looker.look(self.view)

    def refuse(self, said: Said) -> None:
        """Say why something could not be done, or nothing where it was."""
        self.say(sentence(said) if said else "", ALARM)

    def tell(self, said: Said) -> None:
        """Say what has come of something."""
        self.say(sentence(said) if said else "")

    def _spin(self) -> None:
        if self.takes_long and self.errands.current is not None:
            self.turn_of_spinner += 1
            sign = self.marks.spinner[self.turn_of_spinner % len(self.marks.spinner)]
            far = f", step {self.errands.steps:,}" if self.errands.steps else ""
            self.say(f"{sign} {self.errands.current.words}{far} (Esc stops it)", QUIET)

    def _handle_exception(self, error: Exception) -> None:
        """Leave when something of ours is wrong; `run_stepper` raises it when the terminal is itself again."""
        self.fault = error
        super()._handle_exception(error)
        self._exit_renderables.clear()  # the host's traceback, which Textual would print


def sentence(text: str) -> str:
    """Return words as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def is_light(colors: str) -> bool:
    """Whether `COLORFGBG`, which some terminals set, tells of a light background."""
    return colors.rpartition(";")[2] in ("7", "15")
