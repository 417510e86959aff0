"""The timeline: a ruler of the whole run with the position on it, and below it a lane for each thread and lock.

It can be clicked and dragged. Magnified, it shows a part of the run around the position; the ruler then says which.
What a column shows is decided in `terminal/cells.py`, the characters are those of all timelines.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import ClassVar

from rich.cells import cell_len
from rich.console import Console
from textual import events
from textual.message import Message

from interp.terminal.cells import Scale, running_at_once, thread_cells, turn_cells
from interp.terminal.glyphs import HEADING as BOLD
from interp.terminal.glyphs import thread_style
from interp.terminal.stepper.marks import ALARM, HEADING, QUIET
from interp.terminal.stepper.pane import Content, Line, Pane
from interp.terminal.stepper.view import View
from interp.terminal.timeline import Picture, TimelinePainter, contended_locks
from interp.traces.stretch import Stretch

FEWEST_TICKS = 20
"""The timeline is magnified until it shows so many ticks."""


class TimelinePane(Pane):
    """Shows who ran when, and the position; a click goes there."""

    DEFAULT_CSS: ClassVar[str] = "TimelinePane { height: auto; width: 1fr; }"

    class Scrubbed(Message):
        """Somebody pointed at a tick."""

        def __init__(self, tick: int) -> None:
            super().__init__()
            self.tick = tick

    magnified = 0
    start = 0
    _lane_of: Callable[[int], Line] | None = None
    _lanes_for: tuple[Stretch | None, Scale | None, int] = (None, None, 0)

    # --- drawing

    def rows_wanted(self, view: View) -> int:
        """Return how many rows show all of it."""
        trace = view.stretch.trace
        return 1 + len(trace.lanes) + len(contended_locks(trace)) + 1

    def zoom(self, change: int) -> bool:
        """Show less of the run, or more; 0 shows all that there is. Returns whether that could be done."""
        view = self.view
        wanted = self.magnified + change if change else 0
        if view is None or wanted < 0 or (change > 0 and self._length(view) <= FEWEST_TICKS):
            return False
        self.magnified = wanted
        self.show(view)
        return True

    def tick_beside(self, columns: int) -> int | None:
        """Return the tick that lies so many columns from the position."""
        if self.view is None:
            return None
        scale = self.scales(self.view)[1]
        distance = -(-scale.ticks // scale.spread)
        return max(0, min(self.view.moment.tick + columns * distance, self.view.ticks))

    def _length(self, view: View) -> int:
        return max(1, (view.stretch.stop - view.stretch.start) >> self.magnified)

    def scales(self, view: View) -> tuple[Scale, Scale]:
        """Return the scale of the ruler, which shows the whole run, and that of the lanes."""
        room = max(10, self.size.width - self._label_width(view) - 1)
        stretch, tick = view.stretch, view.moment.tick
        length = self._length(view)
        if not self.start + length // 8 <= tick <= self.start + length - length // 8:
            self.start = tick - length // 2
        self.start = max(stretch.start, min(self.start, stretch.stop - length))
        return Scale.fit(0, view.ticks, room), Scale.fit(self.start, self.start + length, room)

    def _label_width(self, view: View) -> int:
        names = [cell_len(self.safe(lane.name)) for lane in view.stretch.trace.lanes]
        return min(max([*names, len("lock held")]), max(9, self.size.width // 6)) + 4

    def heading(self, view: View) -> str:
        """Return nothing: the ruler stands in place of a heading."""
        return ""

    def _heading_line(self, view: View, width: int) -> Line:
        whole, shown = self.scales(view)
        label = self._label_width(view)
        glyphs = self.marks.glyphs
        cells = [(glyphs.axis, QUIET)] * (whole.columns + 1)
        if (shown.start, shown.ticks * shown.columns) != (whole.start, whole.ticks * whole.columns):
            stop = shown.start + shown.ticks * shown.columns // shown.spread
            for column in range(whole.column(shown.start), min(whole.column(stop), whole.columns) + 1):
                cells[column] = (glyphs.held, HEADING)
        cells[min(whole.column(view.moment.tick), whole.columns)] = (self.marks.position, ALARM)
        tick = self.cut(f"tick {view.moment.tick:,}", label - 1)
        return [(tick.ljust(label), HEADING), *cells]

    def content(self, view: View, width: int, height: int) -> Content:
        """Return a lane for each thread, one for each lock that several held, and one for the cores."""
        scale = self.scales(view)[1]
        label = self._label_width(view)
        painter = self._painter_for(view)
        trace = view.stretch.trace
        column = min(scale.column(view.moment.tick), scale.columns)
        lanes, locks = trace.lanes, contended_locks(trace)

        @cache
        def lane(row: int) -> Line:
            if row < len(lanes):
                lane = lanes[row]
                head = (f"{lane.number:>2} {self.cut(lane.name, label - 4)}", thread_style(lane.number))
                cells = painter.thread_line(trace, lane, thread_cells(lane.intervals, scale), closer=False)
            elif row < len(lanes) + len(locks):
                process = locks[row - len(lanes)]
                head = (f"   lock {process if len(trace.lock_lanes) > 1 else 'held'}", "")
                cells = painter.turn_line(turn_cells(trace.lock_lanes[process], scale))
            else:
                head = ("   cores", "")
                cells = self._busy(view, scale)
            return [head, (" " * max(0, label - cell_len(head[0])), ""), *cells]

        if self._lane_of is None or self._lanes_for[0] is not view.stretch or self._lanes_for[1:] != (scale, label):
            self._lane_of, self._lanes_for = lane, (view.stretch, scale, label)
        made = self._lane_of

        def line(row: int) -> Line:
            head, padding, *cells = made(row)
            return [head, padding, *with_position(cells, column)]

        return Content(len(lanes) + len(locks) + 1, line, view.thread.number - 1)

    def _busy(self, view: View, scale: Scale) -> Line:
        trace = view.stretch.trace
        shares = running_at_once((lane.intervals for lane in trace.lanes), scale, view.stretch.stop)
        counts = [min(round(share), trace.settings.cores) for share in shares]
        return [(str(count) if count < 10 else "+", BOLD if count > 1 else QUIET) for count in counts]

    def _painter_for(self, view: View) -> TimelinePainter:
        """Return what knows the characters of lanes."""
        console = Console(file=io.StringIO(), width=max(40, self.size.width), color_system=None)
        painter = TimelinePainter([Picture(view.stretch.trace, "")], console)
        painter.glyphs, painter.encoding = self.marks.glyphs, self.encoding
        return painter

    # --- the mouse

    def tick_at(self, view: View, column: int, row: int) -> int | None:
        """Return the tick that is drawn at a place of the pane, None where there is none."""
        scale = self.scales(view)[row > 0]
        column -= self._label_width(view)
        if not 0 <= column <= scale.columns:
            return None
        return min(scale.start + column * scale.ticks // scale.spread, view.ticks)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag."""
        if self.view is not None and self.tick_at(self.view, event.x, event.y) is not None:
            self.capture_mouse()
            self._point(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while its button is held."""
        if self.app.mouse_captured is self:
            self._point(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Stop dragging."""
        self.release_mouse()

    def _point(self, event: events.MouseEvent) -> None:
        if self.view is not None:
            tick = self.tick_at(self.view, event.x, event.y)
            if tick is not None:
                self.post_message(self.Scrubbed(tick))

    def thread_at(self, row: int, column: int) -> int | None:
        """Return the thread whose name stands at a place, None where none does."""
        if self.view is None or column >= self._label_width(self.view):
            return None
        lanes = self.view.stretch.trace.lanes
        return lanes[row].number if 0 <= row < len(lanes) else None


def with_position(cells: Line, column: int) -> Line:
    """Return the cells of a lane with one column in reverse."""
    singles = [(char, style) for text, style in cells for char in text]
    singles += [(" ", "")] * (column + 1 - len(singles))
    char, style = singles[column]
    singles[column] = (char, f"{style} reverse".strip())
    return singles
