"""The operand stack and the pending calls of the thread that is looked at, with what the last step changed."""

from __future__ import annotations

from interp.terminal.glyphs import thread_style
from interp.terminal.stepper.marks import ALARM, CHANGED, HEADING, QUIET
from interp.terminal.stepper.pane import Content, Line, ListPane
from interp.terminal.stepper.view import View
from interp.traces.moments import ShownFrame, ShownValue
from interp.traces.words import counted

MOST_FRAMES = 50
"""Of more pending calls, the innermost are shown."""

ROOM_FOR_A_COLUMN = 9
"""In panes of this height the stack is upright, in lower ones it lies on its side."""


class FramesPane(ListPane):
    """Shows what the last step did, the stack, and the frames, the innermost first."""

    def heading(self, view: View) -> str:
        """Say whose they are."""
        return f"stack and frames of {view.thread.number} {view.thread.name}"

    def content(self, view: View, width: int, height: int) -> Content:
        """Return the lines of the stack and the frames."""
        thread = view.thread
        lines: list[Line] = [self._last_step(view, width)]
        if thread.error is not None:
            lines += self.wrapped(thread.error, width, 3, ALARM)
        frames = thread.frames[::-1]
        if frames:
            upright = height >= ROOM_FOR_A_COLUMN
            lines += self._upright(frames[0], width) if upright else [self._on_its_side(frames[0], width)]
        for depth, frame in enumerate(frames[:MOST_FRAMES]):
            lines += self._frame(frame, depth, width)
        if len(frames) > MOST_FRAMES:
            more = counted(len(frames) - MOST_FRAMES, "call")
            lines.append([(f"{self.marks.glyphs.ellipsis} and {more} more", QUIET)])
        return Content.of(lines, 0)

    def _last_step(self, view: View, width: int) -> Line:
        row = view.moment.executed
        if row is None:
            return [("nothing executed yet", QUIET)]
        arrow = self.marks.glyphs.arrow
        came = f" {arrow} {row.error}" if row.error else f" {arrow} {', '.join(row.left)}" if row.left else ""
        taken = f"  {', '.join(row.taken)}" if row.taken else ""
        who: Line = [("done ", QUIET), (f"{row.thread} ", thread_style(row.thread))]
        return [*who, (self.cut(f"{row.instruction}{taken}{came}", width - 7), ALARM if row.error else "")]

    def _upright(self, frame: ShownFrame, width: int) -> list[Line]:
        if not frame.stack:
            return [[("stack ", HEADING), ("empty", QUIET)]]
        lines: list[Line] = []
        for value in frame.stack[::-1]:
            label = ("stack ", HEADING) if not lines else ("      ", "")
            lines.append([label, *self._value(value, width - 6)])
        return lines

    def _on_its_side(self, frame: ShownFrame, width: int) -> Line:
        """Return the stack in one line; its top is at the right, and what there is no room for is at the left."""
        if not frame.stack:
            return [("stack ", HEADING), ("empty", QUIET)]
        bar = f" {self.marks.glyphs.bar} "
        parts: Line = []
        room = width - 6 - len(" < top")
        for value in frame.stack[::-1]:
            [(text, style)] = self._value(value, max(12, room) if not parts else width)
            room -= len(text) + len(bar)
            if room < 0 and parts:
                parts.insert(0, (f"{self.marks.glyphs.ellipsis}{bar}", QUIET))
                break
            parts[:0] = [(text, style), (bar if parts else "", QUIET)]
        return [("stack ", HEADING), *parts, (" < top", QUIET)]

    def _value(self, value: ShownValue, width: int) -> Line:
        mark = f" {self.marks.changed}" if value.changed else ""
        return [(self.cut(value.text, width - len(mark)) + mark, CHANGED if value.changed else "")]

    def _frame(self, frame: ShownFrame, depth: int, width: int) -> list[Line]:
        place = f" line {frame.line}" + (", in the call" if depth else "")
        lines: list[Line] = [[(self.cut(frame.function, width - len(place)), HEADING), (place, QUIET)]]
        for value in frame.variables:
            name = f"  {self.safe(value.name)} = "
            lines.append([(name, ""), *self._value(value, width - len(name))])
        return lines
