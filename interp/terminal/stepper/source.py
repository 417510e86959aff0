"""The program's source: the line that comes next, and on it the exact expression."""

from __future__ import annotations

from rich.cells import cell_len

from interp.language.syntax import Place
from interp.terminal.glyphs import thread_style
from interp.terminal.stepper.marks import CURRENT, EXPRESSION, QUIET, STOP
from interp.terminal.stepper.pane import Content, Line, Pane, cropped, shifted
from interp.terminal.stepper.view import View

TAB = "    "


class SourcePane(Pane):
    """Shows the source around the line of the thread that is looked at; where the others are, their numbers stand."""

    def heading(self, view: View) -> str:
        """Say which file it is, and which expression comes next."""
        frame = view.thread.frame
        if frame is None:
            return view.filename
        expression = expression_at(view.source.lines, frame.place)
        return f"{expression}  {self.marks.dash} {view.filename}:{frame.line}"

    def content(self, view: View, width: int, height: int) -> Content:
        """Return the lines of the source."""
        lines = view.source.lines
        frame = view.thread.frame
        place = frame.place if frame is not None and frame.line else None
        digits = len(str(len(lines)))
        elsewhere: dict[int, list[int]] = {}
        for thread in view.moment.living:
            if thread.frame is not None and thread.number != view.thread.number:
                elsewhere.setdefault(thread.frame.line, []).append(thread.number)
        shift = self._shift(lines, place, width - digits - 4)

        def line(row: int) -> Line:
            number = row + 1
            is_here = place is not None and number == place.line
            others = elsewhere.get(number, ())
            mark = ("+" if len(others) > 1 else str(others[0])[-1], thread_style(others[0])) if others else (" ", "")
            here = (self.marks.here, thread_style(view.thread.number)) if is_here else mark
            stop = (self.marks.stop, STOP) if number in view.breakpoints else (" ", "")
            text = self._text(lines[row], number, place, CURRENT if is_here else "")
            if is_here and shift:
                text = [(self.marks.more_left, QUIET), *shifted(text, shift + 1)]
            head: Line = [here, stop, (f"{number:>{digits}} ", CURRENT if is_here else QUIET)]
            return [*head, *cropped(text, width - digits - 3, self.marks.more_right)]

        return Content(len(lines), line, None if place is None else place.line - 1)

    def _text(self, text: str, number: int, place: Place | None, style: str) -> Line:
        """Return a line of the source with the part of it marked that belongs to the expression."""
        if place is None or not place.line <= number <= place.end_line:
            return [(self._shown(text), style)]
        start = place.column - 1 if number == place.line else len(text) - len(text.lstrip())
        stop = place.end_column - 1 if number == place.end_line else len(text)
        return [
            (self._shown(text[:start]), style),
            (self._shown(text[start:stop]), EXPRESSION),
            (self._shown(text[stop:]), style),
        ]

    def _shown(self, text: str) -> str:
        return self.safe(text.replace("\t", TAB))

    def _shift(self, lines: list[str], place: Place | None, room: int) -> int:
        """Return how many columns of its line are left out at the left, so that the expression can be seen."""
        if place is None:
            return 0
        text = lines[place.line - 1]
        stop = place.end_column - 1 if place.end_line == place.line else len(text)
        end = cell_len(self._shown(text[:stop]))
        start = cell_len(self._shown(text[: place.column - 1]))
        return 0 if end <= room or 3 * start < 2 * room else start - room // 3


def expression_at(lines: list[str], place: Place) -> str:
    """Return the text of an expression, its first line if it has several."""
    if not 1 <= place.line <= len(lines):
        return ""
    text = lines[place.line - 1]
    if place.end_line == place.line:
        return text[place.column - 1 : place.end_column - 1]
    return text[place.column - 1 :].rstrip() + " ..."
