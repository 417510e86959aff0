"""The stepper on the screen: the panes, the keys, and the way from a key to the walk and back to the panes.

1. A key is a line in `keys.py`; its action is a method here. What moves about in the run becomes an errand
   (`errands.py`), which calls a method of the walk in the background and makes a `View`.
2. When the errand is done, every pane is handed the view and draws it; what the walk said is shown below them.
3. The size of the terminal decides which panes stand side by side (`styles.tcss`).

Textual writes to standard error, so what the stepper is asked to print goes to standard output after it has ended.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input, Label

from interp.language.errors import UsageError
from interp.terminal.stepper.dialogs import ChoiceDialog, HelpDialog, ScheduleDialog
from interp.terminal.stepper.errands import SPINNER_AFTER, Errand, Errands, Stopped
from interp.terminal.stepper.frames import FramesPane
from interp.terminal.stepper.instructions import InstructionsPane
from interp.terminal.stepper.keys import KEYS
from interp.terminal.stepper.marks import ALARM, QUIET, UNICODE_MARKS, marks_for
from interp.terminal.stepper.memory import MemoryPane
from interp.terminal.stepper.output import OutputPane
from interp.terminal.stepper.pane import Painted, Pane
from interp.terminal.stepper.source import SourcePane
from interp.terminal.stepper.status import KeyLine, PositionLines, SaidLine
from interp.terminal.stepper.threads import ThreadsPane
from interp.terminal.stepper.timeline import TimelinePane
from interp.terminal.stepper.view import Looker, View
from interp.traces.landmarks import KINDS
from interp.traces.walk import Walk

WIDE, TALL = 110, 32
"""From so many columns on there is room for three panes side by side, from so many lines on for more output."""

INTERRUPTED = 130
"""The exit status after Ctrl-C."""

QUESTIONS = {
    "goto": "go to step (or t120 for a tick): ",
    "search": "search for: ",
    "break": "breakpoint on line: ",
    "watch": "watch variable: ",
    "follow": "follow thread (nothing: all): ",
}
"""What is asked for in the line below the panes."""

PAGES = ("frames", "memory", "output_page")

Said = str | None


class Panes(Screen[None], inherit_bindings=False):
    """The screen with the panes: Textual's own keys, which move the focus about, have no meaning there."""


class StepperApp(App[int]):
    """Shows a walk through a recording."""

    CSS_PATH = "styles.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(keys), action, key.words, show=False) for key in KEYS for keys, action in key.bindings
    ]

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
        self.asked = ""
        self.sought = ""
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
        self.app_resume_signal.subscribe(
            self, lambda _: self.refresh(layout=True)
        )  # what the shell wrote is in the way
        self.query_one(Input).disabled = True
        self.screen.can_focus = False
        self._turn_to(0)
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
        if self._takes_long() and not latest:
            return  # the spinner says that one has to wait, and how to stop it
        idle = not self.errands.busy
        self.errands.add(Errand(words, perform, then or self._refuse, count, merges, latest))
        if idle:
            self.run_worker(self._work(), exit_on_error=False)

    def _takes_long(self) -> bool:
        errands = self.errands
        return errands.current is not None and time.monotonic() - errands.since > SPINNER_AFTER

    async def _work(self) -> None:
        """Do the errands, one after another, and show what comes out."""
        errands = self.errands
        while errands.waiting:
            errand = errands.current = errands.waiting.popleft()
            errands.since, errands.steps = time.monotonic(), 0
            try:
                said, view = await asyncio.to_thread(self._perform, errand)
            except BaseException as fault:
                self.fault = fault
                self.exit(1)
                return
            finally:
                errands.current, errands.stop_asked = None, False
            if not self.is_running:
                return
            self.show(view)
            errand.then(said) if not isinstance(said, Stopped) else self.say("Stopped; nothing has changed.", QUIET)

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
        self.errands.stop_asked = False
        return said, looker.look(self.view)

    def _refuse(self, said: Said) -> None:
        self.say(sentence(said) if said else "", ALARM)

    def _tell(self, said: Said) -> None:
        self.say(sentence(said) if said else "")

    def _spin(self) -> None:
        if self._takes_long() and self.errands.current is not None:
            self.turn_of_spinner += 1
            sign = self.marks.spinner[self.turn_of_spinner % len(self.marks.spinner)]
            far = f", step {self.errands.steps:,}" if self.errands.steps else ""
            self.say(f"{sign} {self.errands.current.words}{far} (Esc stops it)", QUIET)

    # --- keys: moving

    def action_move(self, count: int) -> None:
        """Move by the grain."""
        merges = f"move {self.looker.grain} {count > 0}"
        self.order("moving", self._move, count=count, merges=merges)

    def _move(self, count: int) -> Said:
        return self.looker.move(count)

    def action_grain(self) -> None:
        """Move by another grain."""
        self.order("", lambda _: self.looker.turn_grain(), lambda said: self.say(f"Moving by {said}."))

    def action_edge(self, end: int) -> None:
        """Go to the beginning or the end."""
        self.order("going", lambda _: self._at_start(self.walk.goto(self.walk.recording.steps if end else 0)))

    def action_seek(self, kind: str, way: int) -> None:
        """Go on to the next landmark of a kind, or back to the last."""
        go = self.walk.forward if way > 0 else self.walk.back
        self.order(f"looking for {KINDS[kind]}", lambda count: self._at_start(go(kind, count)), merges=f"{kind} {way}")

    def _at_start(self, said: Said) -> Said:
        """Begin at the first phase of the step that one has come to."""
        self.looker.phase = 0
        return said

    def action_run(self, way: int) -> None:
        """Continue to a breakpoint or a write of what is watched."""
        run = self.walk.run_on if way > 0 else self.walk.run_back
        self.order("running", lambda _: self._at_start(run()), self._tell)

    # --- keys: asking for something first

    def action_ask(self, what: str) -> None:
        """Ask for a line of text below the panes."""
        self.asked = what
        prompt, answer = self.query_one("#prompt"), self.query_one(Input)
        self.query_one("#prompt Label", Label).update(QUESTIONS[what])
        answer.value = ""
        answer.disabled = False
        prompt.display = True
        self.query_one(SaidLine).display = False
        answer.focus()

    def _close_prompt(self) -> None:
        self.query_one("#prompt").display = False
        self.query_one(SaidLine).display = True
        self.query_one(Input).disabled = True
        self.set_focus(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Do what was asked for."""
        text = event.value.strip()
        self._close_prompt()
        {
            "goto": self._goto,
            "search": self._search,
            "break": self._break,
            "watch": self._watch,
            "follow": self._follow,
        }[self.asked](text)

    def _goto(self, text: str) -> None:
        tick = text.lower().startswith("t")
        digits = text.lower().removeprefix("t").strip().replace(",", "").replace("_", "")
        if not digits.isdecimal():
            self.say(f"{text!r} is no step and no tick: 120 is a step, t120 a tick.", ALARM)
            return
        go = self.walk.goto_tick if tick else self.walk.goto
        self.order("going", lambda _: self._at_start(go(int(digits))))

    def _search(self, text: str) -> None:
        if text or self.sought:
            self.sought = text or self.sought
            self.action_search_again(1)

    def action_search_again(self, way: int) -> None:
        """Search for the same again."""
        sought = self.sought
        if not sought:
            self.say("Nothing was searched for yet: / asks what.", ALARM)
            return
        self.order(f"searching for {sought}", lambda _: self._at_start(self.walk.search(sought, forwards=way > 0)))

    def _break(self, text: str) -> None:
        if not text.isdecimal():
            self.say(f"{text!r} is no line.", ALARM)
            return
        self._toggle(int(text))

    def _toggle(self, line: int) -> None:
        def said(refusal: Said) -> None:
            if refusal:
                self._refuse(refusal)
            else:
                is_set = self.view is not None and line in self.view.breakpoints
                self.say(f"Breakpoint on line {line}{'' if is_set else ' cleared'}.")

        self.order("", lambda _: self.walk.toggle_breakpoint(line), said)

    def action_breakpoint(self) -> None:
        """Set or clear a breakpoint on the line that comes next."""
        frame = self.view.thread.frame if self.view else None
        if frame is None or not frame.line:
            self.say("There is no line here: the thread is over. B asks for a line.", ALARM)
            return
        self._toggle(frame.line)

    def _watch(self, name: str) -> None:
        def said(refusal: Said) -> None:
            is_watched = self.view is not None and name in dict(self.view.watched)
            if refusal:
                self._refuse(refusal)
            elif is_watched:
                self.say(f"Watching {name}: the memory shows it first, and c stops where it is written.")
            else:
                self.say(f"No longer watching {name}.")

        self.order("", lambda _: self.walk.toggle_watch(name), said)

    def _follow(self, text: str) -> None:
        if text and not text.isdecimal():
            self.say(f"{text!r} is no number of a thread.", ALARM)
            return
        self._follow_thread(int(text) if text else None)

    def _follow_thread(self, number: int | None) -> None:
        def said(refusal: Said) -> None:
            whom = "all threads" if number is None else f"thread {number}"
            self.say(sentence(refusal) if refusal else f"Following {whom}.", ALARM if refusal else "")

        self.order("", lambda _: self.walk.follow(number), said)

    # --- keys: choosing

    def action_choices(self) -> None:
        """Ask who runs next."""
        self.order("looking who can run", lambda _: self.walk.choices(), self._ask_for_choice)

    def _ask_for_choice(self, choices: dict[int, str | None] | str) -> None:
        view = self.view
        if view is None or isinstance(choices, str):
            self._refuse(str(choices))
            return
        if not choices:
            self.say("There is nobody to choose: all threads are over.", ALARM)
            return
        names = {thread.number: self.marks_safe(thread.name) for thread in view.moment.threads}
        reasons = {number: why and self.marks_safe(why) for number, why in choices.items()}
        dialog = ChoiceDialog(names, reasons, view.moment.following, ascii_only=self.ascii_only)
        self.push_screen(dialog, self._choose)

    def marks_safe(self, text: str) -> str:
        """Return text of the program as this terminal can show it."""
        return self.screen_stack[0].query_one(SaidLine).safe(text)

    def _choose(self, picked: str | None) -> None:
        if picked is not None:
            number = int(picked)
            self.order(
                f"running on with thread {number}", lambda _: self._at_start(self.walk.choose(number)), self._tell
            )

    def action_undo(self) -> None:
        """Take the last choice back."""

        def said(refusal: Said) -> None:
            self.say(sentence(refusal) if refusal else "The last choice is taken back.", ALARM if refusal else "")

        self.order("", lambda _: self._at_start(self.walk.unchoose()), said)

    def action_save(self) -> None:
        """Show the schedule that leads here, and save it."""
        self.order("writing down the schedule", lambda _: self.walk.schedule(), self._ask_for_file)

    def _ask_for_file(self, schedule: str) -> None:
        if not schedule:
            self.say("This is the beginning: nobody has run yet, so there is no schedule.", ALARM)
            return
        dialog = ScheduleDialog(schedule, ascii_only=self.ascii_only)
        self.push_screen(dialog, lambda name: self._save(schedule, name))

    def _save(self, schedule: str, name: str | None) -> None:
        if name is None:
            return
        if not name:
            self.to_print.append(schedule)
            self.say("The schedule is printed when you leave.")
            return
        try:
            with Path(name).open("x", encoding="utf-8") as file:
                file.write(schedule + "\n")
        except FileExistsError:
            self.say(f"{name} exists already; nothing was written.", ALARM)
        except (OSError, ValueError) as error:
            self.say(f"{name} cannot be written: {getattr(error, 'strerror', None) or error}.", ALARM)
        else:
            self.say(f'Saved. Use it so: --schedule "$(cat {name})"')

    # --- keys: looking and leaving

    def action_turn(self) -> None:
        """Turn over to the next of the panes that share a place."""
        if not self.screen.has_class("cramped"):
            self.say("Everything is on the screen already.", QUIET)
            return
        self._turn_to((self.page + 1) % len(PAGES))

    def _turn_to(self, page: int) -> None:
        self.page = page
        for number, name in enumerate(PAGES):
            self.query_one(f"#{name}").set_class(number == page, "chosen")

    def action_scrub(self, columns: int) -> None:
        """Go so many columns of the timeline on or back."""

        def scrub(count: int) -> Said:
            tick, before = self.screen_stack[0].query_one(TimelinePane).tick_beside(count), self.walk.step
            said = None if tick is None else self._at_start(self.walk.goto_tick(tick))
            if self.walk.step != before:
                return said
            # The next moment lies further away than a column is wide.
            return self.walk.forward() if count > 0 else self.walk.back()

        self.order("going", scrub, count=columns, merges=f"scrub {columns > 0}")

    def action_zoom(self, change: int) -> None:
        """Magnify the timeline, or show more of the run in it."""
        if not self.query_one(TimelinePane).zoom(change):
            self.say("The timeline shows all that it can." if change < 0 else "One cannot look closer.", ALARM)

    def action_shade(self) -> None:
        """Change from dark to light, or back."""
        if self.no_color:
            self.say("NO_COLOR is set: there is neither dark nor light.", ALARM)
            return
        self.theme = "textual-light" if self.theme == "textual-dark" else "textual-dark"

    def action_help(self) -> None:
        """List all keys."""
        self.push_screen(HelpDialog(ascii_only=self.ascii_only))

    def action_stop(self) -> None:
        """Stop an errand, or close the prompt."""
        if self.query_one("#prompt").display:
            self._close_prompt()
        elif not self.errands.stop():
            self.say("")

    def action_interrupt(self) -> None:
        """Stop an errand; without one, leave at once."""
        if not self.errands.stop():
            self.exit(INTERRUPTED)

    def action_pause(self) -> None:
        """Hand the terminal back to the shell until somebody says `fg`."""
        self.action_suspend_process()

    def action_leave(self) -> None:
        """Leave."""
        self.errands.stop()
        self.exit(0)

    def _handle_exception(self, error: Exception) -> None:
        """Leave when something of ours is wrong; `run_stepper` raises it when the terminal is itself again."""
        self.fault = error
        super()._handle_exception(error)
        self._exit_renderables.clear()  # the host's traceback, which Textual would print

    # --- the mouse

    def on_pane_clicked(self, event: Pane.Clicked) -> None:
        """Do what a click on a line of a pane stands for."""
        view, row = self.view, event.row
        if view is None or row < 0:
            return
        if isinstance(event.pane, SourcePane) and row < len(view.source.lines):
            self._toggle(row + 1)
        elif isinstance(event.pane, ThreadsPane) and row < len(view.moment.threads):
            self._follow_clicked(row + 1)
        elif isinstance(event.pane, TimelinePane):
            number = event.pane.thread_at(row, event.column)
            if number is not None:
                self._follow_clicked(number)

    def _follow_clicked(self, number: int) -> None:
        """Follow a thread; one that is followed already, no longer."""
        followed = self.view.followed if self.view else None
        self._follow_thread(None if number == followed else number)

    def on_timeline_pane_scrubbed(self, event: TimelinePane.Scrubbed) -> None:
        """Go where the mouse points to on the timeline; of several places only the last counts."""
        tick = event.tick
        self.order("going", lambda _: self._at_start(self.walk.goto_tick(tick)), merges="scrubbed", latest=True)


def sentence(text: str) -> str:
    """Return words as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def is_light(colors: str) -> bool:
    """Whether `COLORFGBG`, which some terminals set, tells of a light background."""
    return colors.rpartition(";")[2] in ("7", "15")
