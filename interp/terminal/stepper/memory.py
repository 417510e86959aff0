"""The global variables and the objects, and who can see them: one memory for all, or a column for each process."""

from __future__ import annotations

from math import ceil

from rich.cells import cell_len

from interp.terminal.console import Part, pad
from interp.terminal.stepper.marks import CHANGED, CURRENT, HEADING, QUIET
from interp.terminal.stepper.pane import Content, Line, ListPane
from interp.terminal.stepper.view import View
from interp.traces.moments import Moment, ShownObject, ShownProcess, ShownValue

NARROWEST, WIDEST = 8, 16
"""The column of a process is as wide as its values, within these bounds."""


class MemoryPane(ListPane):
    """Shows what is watched, the global variables, and the values with an identity."""

    def heading(self, view: View) -> str:
        """Say how many memories there are."""
        count = len(view.moment.processes)
        return "memory, shared by all" if count == 1 else f"{count} memories, isolated"

    def content(self, view: View, width: int, height: int) -> Content:
        """Return the watched variables, then the others, then the objects."""
        lines: list[Line] = []
        for name, value in view.watched:
            shown: Line = [("no value here", QUIET)] if value is None else self._value(value, width - len(name) - 9)
            lines.append([("watch ", HEADING), (f"{self.safe(name)} = ", ""), *shown])
        moment = view.moment
        if len(moment.processes) == 1:
            lines += self._one_memory(moment.processes[0], width)
        else:
            lines += self._columns(moment, view.thread.process, width, height - len(lines))
        lines += self._objects(moment, width)
        # What belongs to the thread's own process is seen first, whatever is above it.
        heads = (row for row, line in enumerate(lines) if any(style == CURRENT for _, style in line))
        return Content.of(lines, next(heads, None))

    def _value(self, value: ShownValue, width: int) -> Line:
        mark = f" {self.marks.changed}" if value.changed else ""
        return [(self.cut(value.text, width - len(mark)) + mark, CHANGED if value.changed else "")]

    def _one_memory(self, process: ShownProcess, width: int) -> list[Line]:
        lines: list[Line] = []
        for value in process.variables:
            if not is_function(value):
                name = f"{self.safe(value.name)} = "
                lines.append([(name, ""), *self._value(value, width - cell_len(name))])
        return lines + self._functions([process], width)

    def _functions(self, processes: list[ShownProcess], width: int) -> list[Line]:
        """Return the functions in a line: they seldom change."""
        names = {value.name: None for process in processes for value in process.variables if is_function(value)}
        return [[(self.cut(f"functions: {', '.join(names)}", width), QUIET)]] if names else []

    def _columns(self, moment: Moment, current: int, width: int, height: int) -> list[Line]:
        """Return a table with a row for each variable and a column for each process.

        Where there is no room for so many columns side by side, the table is continued below itself. Where that takes
        up too many lines, the columns become narrower instead, as far as they can.
        """
        names = {value.name: None for process in moment.processes for value in process.variables}
        functions = {v.name for process in moment.processes for v in process.variables if is_function(v)}
        shown = [name for name in names if name not in functions]
        label = min(max([cell_len(name) for name in shown], default=4) + 1, width // 3)
        widths = [
            cell_len(self.safe(value.text)) + 3
            for process in moment.processes
            for value in process.variables
            if value.name not in functions
        ]
        wanted = max(NARROWEST, min(max(widths, default=0), WIDEST))
        room, count = width - label, len(moment.processes)
        functions_line = self._functions(list(moment.processes), width)
        lines: list[Line] = []
        for side_by_side in range(max(1, room // wanted), max(1, room // NARROWEST) + 1):
            bands = ceil(count / side_by_side)
            in_a_band = ceil(count / bands)  # the same number in each, so that they are as wide as they can be
            lines = self._bands(moment, current, shown, label, room // in_a_band, in_a_band) + functions_line
            if bands == 1 or len(lines) <= height:
                break
        return lines

    def _bands(
        self, moment: Moment, current: int, names: list[str], label: int, column: int, side_by_side: int
    ) -> list[Line]:
        """Return the parts of the table, one below the other, each without the variables that have no value there."""
        lines: list[Line] = []
        for first in range(0, len(moment.processes), side_by_side):
            processes = moment.processes[first : first + side_by_side]
            lines.append([(pad("", label), ""), *(self._head(process, current, column) for process in processes)])
            values = [{value.name: value for value in process.variables} for process in processes]
            lines += [
                [(pad(self.cut(name, label - 1), label), ""), *(self._cell(of.get(name), column) for of in values)]
                for name in names
                if any(name in of for of in values)
            ]
        return lines

    def _head(self, process: ShownProcess, current: int, column: int) -> Part:
        name = f"process {process.number}" if column > len("process 10<") else f"p{process.number}"
        is_current = process.number == current
        return pad(name + ("<" if is_current else ""), column), CURRENT if is_current else HEADING

    def _cell(self, value: ShownValue | None, column: int) -> Part:
        text, style = ("-", QUIET) if value is None else self._value(value, column - 1)[0]
        return pad(text, column), style

    def _objects(self, moment: Moment, width: int) -> list[Line]:
        lines: list[Line] = []
        for shown in moment.objects:
            if not lines:
                lines.append([("objects, and who can reach them", HEADING)])
            mark = f" {self.marks.changed}" if shown.changed else ""
            start, end = self.safe(f"{shown.kind} {shown.names[0]}:"), f"  {seen_by(shown)}"
            text, style = self.safe(shown.text), CHANGED if shown.changed else ""
            if cell_len(f"{start} {text}{mark}{end}") <= width:
                lines.append([(f"{start} ", ""), (text + mark, style), (end, QUIET)])
            else:  # a line for its name, and one for its value
                lines.append([(self.cut(start, max(12, width - len(end))), ""), (end, QUIET)])
                lines.append([("    ", ""), (self.cut(text, width - 4 - len(mark)) + mark, style)])
        return lines


def is_function(value: ShownValue) -> bool:
    """Whether a variable holds a function of the program."""
    return value.text.startswith("<function ")


def seen_by(shown: ShownObject) -> str:
    """Say who can reach an object."""
    if not shown.seen_by:
        return "nobody"
    return ("shared by " if shown.shared else "only ") + " ".join(map(str, shown.seen_by))
