"""The keys of the stepper and the mouse: what each has the walk do, and what is said then.

A key is a line in `keys.py`; its action is a method here. Most give an errand to the stage (`stage.py`); those that
need an answer first ask for it in the line below the panes, or in a dialog (`dialogs.py`).

Textual writes to standard error, so what the stepper is asked to print goes to standard output after it has ended.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input, Label

from interp.terminal.stepper.dialogs import ChoiceDialog, Dialog, HelpDialog, ScheduleDialog
from interp.terminal.stepper.keys import BOUND, KEYS, WAITING, name_of
from interp.terminal.stepper.marks import ALARM, QUIET
from interp.terminal.stepper.pane import ListPane, Pane
from interp.terminal.stepper.source import SourcePane
from interp.terminal.stepper.stage import PAGES, Said, Stage, sentence
from interp.terminal.stepper.status import SaidLine
from interp.terminal.stepper.threads import ThreadsPane
from interp.terminal.stepper.timeline import TimelinePane
from interp.traces.landmarks import KINDS
from interp.traces.walk import Walk

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

ROWS_LOOKED = 3
"""By so many rows a key looks further; the panes have at least four, so that nothing is passed over."""


class StepperApp(Stage):
    """Shows a walk through a recording."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Ctrl keys work everywhere, even where text is typed.
        Binding(",".join(keys), action, key.words, show=False, priority=keys[0].startswith("ctrl+"))
        for key in KEYS
        for keys, action in key.bindings
    ]

    def __init__(self, walk: Walk, encoding: str = "utf-8") -> None:
        super().__init__(walk, encoding)
        self.asked = ""
        self.sought = ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Whether a key does anything now: most wait for the spinner, which says how to stop it, and for the prompt."""
        return action not in WAITING or not (self.takes_long or self.is_asking)

    def on_key(self, event: events.Key) -> None:
        """Say of a key that does nothing where those are that do something; forget what was said before another.

        Textual calls this before it looks which action the key stands for.
        """
        if self.is_asking or len(self.screen_stack) > 1 or self.takes_long:
            return
        if event.key in BOUND:
            self.say("")
        else:
            name = name_of(event.key, event.character, ascii_only=self.ascii_only)
            self.say(f"The key {self.safe(name)} does nothing; ? shows all keys.")

    # --- keys: moving

    def action_move(self, count: int) -> None:
        """Move by the grain."""
        merges = f"move {self.looker.grain} {count > 0}"
        self.order("moving", self.looker.move, count=count, merges=merges)

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

    def action_over(self, way: int) -> None:
        """Go on to the next line of this function, or back to the last, over what it calls."""
        go = self.walk.over if way > 0 else self.walk.over_back
        self.order("looking for the next line", lambda count: self._at_start(go(count)), merges=f"over {way}")

    def _at_start(self, said: Said) -> Said:
        """Begin at the first phase of the step that one has come to."""
        self.looker.phase = 0
        return said

    def action_run(self, way: int) -> None:
        """Continue to a breakpoint or a write of what is watched."""
        run = self.walk.run_on if way > 0 else self.walk.run_back
        self.order("running", lambda _: self._at_start(run()), self.tell)

    # --- keys: asking for something first

    @property
    def is_asking(self) -> bool:
        """Whether the prompt waits for an answer."""
        return bool(self.screen_stack[0].query_one("#prompt").display)

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
                self.refuse(refusal)
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
                self.refuse(refusal)
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
            self.refuse(str(choices))
            return
        if not choices:
            self.say("There is nobody to choose: all threads are over.", ALARM)
            return
        names = {thread.number: self.safe(thread.name) for thread in view.moment.threads}
        reasons = {number: why and self.safe(why) for number, why in choices.items()}
        dialog = ChoiceDialog(names, reasons, view.moment.following, ascii_only=self.ascii_only)
        self.push_screen(dialog, self._choose)

    def _choose(self, picked: str | None) -> None:
        if picked is not None:
            number = int(picked)
            self.order(
                f"running on with thread {number}", lambda _: self._at_start(self.walk.choose(number)), self.tell
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
            self.say(f'Saved. Use it so: --schedule "$(cat {shlex.quote(name)})"')

    # --- keys: looking and leaving

    def action_turn(self) -> None:
        """Turn over to the next of the panes that share a place."""
        if not self.screen.has_class("cramped"):
            self.say("Everything is on the screen already.", QUIET)
            return
        self.turn_to((self.page + 1) % len(PAGES))

    def action_look(self, way: int) -> None:
        """Look further down, or up, in the panes that list things."""
        panes = [pane for pane in self.query(ListPane) if pane.display and pane.size.height > 1]
        looked = [pane.look_further(way * ROWS_LOOKED) for pane in panes]
        if not any(looked):
            self.say(f"There is nothing more {'below' if way > 0 else 'above'} in any pane.", QUIET)

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
        if self.is_asking:
            self._close_prompt()
        else:
            self.errands.stop()

    def action_interrupt(self) -> None:
        """Close what is open, or stop an errand; without either, leave at once."""
        if isinstance(self.screen, Dialog):
            self.screen.dismiss(None)
        elif self.is_asking:
            self._close_prompt()
        elif not self.errands.stop():
            self.exit(INTERRUPTED)

    def action_pause(self) -> None:
        """Hand the terminal back to the shell until somebody says `fg`."""
        if sys.platform == "win32":
            self.say("A program cannot be paused on Windows; q leaves.", ALARM)
            return
        self.action_suspend_process()

    def action_leave(self) -> None:
        """Leave."""
        self.errands.stop()
        self.exit(0)

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
