"""Every executed instruction on a line: what `trace --steps` prints.

Rows are printed as they come, so a long run shows its beginning at once and needs no memory for the rest. The
last column shows the values that the instruction took from the stack and those it left there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from rich.cells import cell_len
from rich.console import Console

from interp.terminal.console import Part, cut, pad, readable, show_lines
from interp.terminal.glyphs import ALARM, HEADING, QUIET, glyphs_for, thread_style
from interp.terminal.timeline import wrap
from interp.traces.steps import StepRow

AT_ONCE = 200
"""Rows that are printed together: Rich takes less time for them so."""

WIDTHS = ((100, (12, 30)), (80, (10, 24)), (60, (6, 18)), (0, (1, 10)))
"""For outputs from a width on: how wide the thread's name and the instruction are."""

Line = list[Part]


def show_steps(rows: Iterable[StepRow], console: Console) -> None:
    """Print a line for each step, as the steps come."""
    painter = StepPainter(console)
    show_lines(console, [painter.heading()])
    steps = iter(rows)
    while some := list(islice(steps, AT_ONCE)):
        show_lines(console, (line for row in some for line in painter.lines(row)))


class StepPainter:
    """Makes the lines of steps, for an output of a certain width."""

    def __init__(self, console: Console) -> None:
        self.glyphs = glyphs_for(console)
        self.encoding = console.encoding
        self.width = console.width
        self.name_width, self.instruction_width = next(
            widths for narrowest, widths in WIDTHS if narrowest <= self.width
        )

    def shown(self, text: str, width: int) -> str:
        """Return text of the program as it can be shown in a column."""
        return pad(cut(readable(text, self.encoding), width, self.glyphs.ellipsis), width)

    def heading(self) -> Line:
        """Return the line above the steps."""
        thread = self.shown("thread", self.name_width + 4)
        instruction = self.shown("instruction", self.instruction_width)
        return [(cut(f"{'tick':>9}  {thread} {'line':>4}  {instruction} values", self.width, ""), HEADING)]

    def lines(self, row: StepRow) -> Iterator[Line]:
        """Yield the line of one step; an exception that is too long for it follows in lines of its own."""
        tick = f"{row.tick:>9,}  "
        thread = f"{row.thread:>3} {self.shown(row.name, self.name_width)} "
        line = "" if row.line is None else str(row.line)
        middle = f"{line:>4}  {self.shown(row.instruction, self.instruction_width)} "
        start: Line = [(tick, QUIET), (thread, thread_style(row.thread)), (middle, "")]
        room = self.width - len(tick) - cell_len(thread) - cell_len(middle)
        if row.error is None:
            yield [*start, (self.values(row.taken, row.left, room), "")]
            return
        arrow = f"{self.glyphs.arrow} "
        error = arrow + readable(row.error, self.encoding)
        taken = self.values(row.taken, (), room)
        if cell_len(taken) + 1 + cell_len(error) <= room:
            yield [*start, (taken + " " if taken else "", ""), (error, ALARM)]
            return
        yield [*start, (taken, "")]
        for text in wrap(error, self.width - len(tick)):
            yield [(" " * len(tick) + text, ALARM)]

    def values(self, taken: Iterable[str], left: Iterable[str], room: int) -> str:
        """Return the values that went in and those that came out, the longer ones cut."""
        went_in = ", ".join(readable(value, self.encoding) for value in taken)
        came_out = ", ".join(readable(value, self.encoding) for value in left)
        ellipsis, arrow = self.glyphs.ellipsis, f"{self.glyphs.arrow} "
        if not came_out:
            return cut(went_in, room, ellipsis)
        room -= len(arrow)
        went_in = cut(went_in, max(room // 2, room - 1 - cell_len(came_out)), ellipsis)
        before = f"{went_in} {arrow}" if went_in else arrow
        return before + cut(came_out, room - cell_len(before) + len(arrow), ellipsis)
