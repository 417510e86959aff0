"""What the program has printed so far."""

from __future__ import annotations

from textual.strip import Strip

from interp.scheduling.events import Printed
from interp.terminal.stepper.marks import CHANGED, HEADING, QUIET
from interp.terminal.stepper.pane import Content, Line, ListPane
from interp.terminal.stepper.view import View
from interp.traces.words import counted


class OutputPane(ListPane):
    """Shows the last lines of the output; where there is one row only, the last line alone."""

    def heading(self, view: View) -> str:
        """Say how much there is."""
        return f"output, {counted(len(lines_of(view.moment.output)), 'line')}"

    def content(self, view: View, width: int, height: int) -> Content:
        """Return the lines; those that the last step printed have the mark of what changed."""
        lines = lines_of(view.moment.output)
        fresh = fresh_lines(view)

        def line(row: int) -> Line:
            is_fresh = row >= len(lines) - fresh
            mark = f" {self.marks.changed}" if is_fresh else ""
            return [(self.cut(lines[row], width - len(mark)) + mark, CHANGED if is_fresh else "")]

        return Content(len(lines), line, len(lines) - 1 if lines else None)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        if self.view is None or self.size.height > 1:
            return super().render_line(y)
        lines = lines_of(self.view.moment.output)
        head: Line = [(f"output {self.marks.glyphs.bar} ", HEADING)]
        more = f" ({len(lines):,} lines)" if len(lines) > 1 else ""
        mark = f" {self.marks.changed}" if fresh_lines(self.view) else ""
        last = self.cut(lines[-1], self.size.width - 9 - len(more) - 2) + mark if lines else ""
        style = CHANGED if mark else ""
        return self.strip([*head, (last or "nothing yet", style if lines else QUIET), (more, QUIET)], self.size.width)


def lines_of(output: str) -> list[str]:
    """Return an output as lines."""
    return output.removesuffix("\n").split("\n") if output else []


def fresh_lines(view: View) -> int:
    """Return how many lines the step that led here has printed."""
    return sum(len(lines_of(event.text)) for event in view.moment.events if isinstance(event, Printed))
