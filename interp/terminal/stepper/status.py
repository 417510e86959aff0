"""The lines around the panes: where one is, what was said last, and the keys that one needs most."""

from __future__ import annotations

from rich.cells import cell_len
from textual.strip import Strip

from interp.terminal.console import Part
from interp.terminal.glyphs import thread_style
from interp.terminal.stepper.keys import KEYS
from interp.terminal.stepper.marks import ALARM, CHANGED, GOOD, HEADING, QUIET, UNICODE_MARKS, Marks
from interp.terminal.stepper.pane import Line, Painted, cropped
from interp.terminal.stepper.view import View
from interp.traces.words import counted

MOST_LINES = 4
"""What is said takes up so many lines at most."""


class PositionLines(Painted):
    """Two lines: step, tick, thread, place and instruction; and what there is to know for all of the walk.

    In the second, what matters most comes first: the end may be cut.
    """

    DEFAULT_CSS = "PositionLines { height: 2; }"

    def render_line(self, y: int) -> Strip:
        """Draw one of the two lines."""
        width = self.size.width
        if self.view is None:
            return Strip.blank(width, self.base)
        return self.strip(self._where(self.view, width) if y == 0 else self._how(self.view, width), width)

    def _where(self, view: View, width: int) -> Line:
        moment, thread = view.moment, view.thread
        dot = f" {self.marks.dot} "
        start = f"step {moment.step:,}/{view.steps:,}{dot}tick {moment.tick:,}{dot}"
        who = f"thread {thread.number} ({self.safe(thread.name)})"
        frame = thread.frame
        if moment.outcome is not None:
            end = f"the end: {moment.outcome}"
        elif frame is None:
            end = thread.state
        else:
            what = frame.instruction
            end = f"line {frame.line}{dot}{what.opcode}"
            if cell_len(start + who + dot + view.filename + end) <= width:
                end = f"{view.filename}:{frame.line}{dot}{what.opcode}"
        room = width - cell_len(start) - cell_len(who) - len(dot)
        return [(start, HEADING), (who, f"bold {thread_style(thread.number)}"), (dot + self.cut(end, room), HEADING)]

    def _how(self, view: View, width: int) -> Line:
        dot = f" {self.marks.dot} "
        parts: list[Part] = []
        if view.goal:
            reached = ", reached" if view.goal_reached else ", not reached"
            goal = self.cut(f"goal: {view.goal}", width // 2 - len(reached)) + reached
            parts.append((goal, GOOD if view.goal_reached else ALARM))
        if view.interrupted:
            parts.append((f"interrupted: recorded up to step {view.steps:,}", ALARM))
        if view.choices:
            parts.append((f"{counted(view.choices, 'choice')} made", CHANGED))
        parts.append((f"by {view.grain}", QUIET))
        parts.append(("all threads" if view.followed is None else f"following thread {view.followed}", QUIET))
        if view.breakpoints:
            parts.append((f"breaks: {', '.join(map(str, sorted(view.breakpoints)))}", QUIET))
        line = [part for text, style in parts for part in ((dot, QUIET), (text, style))]
        return cropped(line[1:], width, self.marks.glyphs.ellipsis)


class SaidLine(Painted):
    """What was said last: a refusal, what was found, or that one has to wait."""

    DEFAULT_CSS = "SaidLine { height: 1; }"

    def __init__(self, marks: Marks, encoding: str, id: str) -> None:
        super().__init__(marks, encoding, id)
        self.text = ""
        self.style = ""

    def say(self, text: str, style: str = "") -> None:
        """Show a sentence in as many lines as it needs, within reason."""
        self.text, self.style = text, style
        self.fit()
        self.refresh()

    def fit(self) -> None:
        """Take as many lines as the sentence needs."""
        self.styles.height = max(1, len(self._lines())) if self.size.width else 1

    def on_resize(self) -> None:
        """Fold the sentence anew."""
        self.fit()

    def _lines(self) -> list[Line]:
        return self.wrapped(self.text, self.size.width, MOST_LINES, self.style) if self.text else []

    def render_line(self, y: int) -> Strip:
        """Draw a line of it."""
        lines = self._lines()
        return self.strip(lines[y] if y < len(lines) else [], self.size.width)


class KeyLine(Painted):
    """The keys that are needed most, as many as there is room for."""

    DEFAULT_CSS = "KeyLine { height: 1; }"

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        width, used = self.size.width, 0
        parts: Line = []
        for key in sorted((key for key in KEYS if key.short), key=lambda key: key.short != "keys"):
            shown = key.shown(ascii_only=self.marks is not UNICODE_MARKS)[0]
            used += cell_len(f"{shown} {key.short}  ")
            if used > width:
                break
            parts += [(shown, HEADING), (f" {key.short}  ", QUIET)]
        return self.strip(parts, width)
