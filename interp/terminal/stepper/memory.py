"""The global variables and the objects, and who can see them: one memory for all, or a column for each process."""

from __future__ import annotations

from rich.cells import cell_len

from interp.terminal.console import pad
from interp.terminal.stepper.marks import CHANGED, HEADING, QUIET
from interp.terminal.stepper.pane import Content, Line, Pane
from interp.terminal.stepper.view import View
from interp.traces.moments import Moment, ShownObject, ShownProcess, ShownValue

NARROWEST = 9
"""A column of a process has at least this width; where there are too many for that, the last ones are left out."""


class MemoryPane(Pane):
    """Shows what is watched, the global variables, and the values with an identity."""

    def heading(self, view: View) -> str:
        """Say how many memories there are."""
        count = len(view.moment.processes)
        return "memory, shared by all threads" if count == 1 else f"memories of {count} processes, isolated"

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
            lines += self._columns(moment, view.thread.process, width)
        lines += self._objects(moment, width)
        return Content.of(lines)

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

    def _columns(self, moment: Moment, current: int, width: int) -> list[Line]:
        """Return a table with a row for each variable and a column for each process."""
        names = {value.name: None for process in moment.processes for value in process.variables}
        functions = {v.name for process in moment.processes for v in process.variables if is_function(v)}
        shown = [name for name in names if name not in functions]
        label = min(max([cell_len(name) for name in shown], default=4) + 1, width // 3)
        count = max(1, min(len(moment.processes), (width - label) // NARROWEST))
        processes = list(moment.processes)
        if current > count:  # the process that is looked at is always shown
            processes = [*processes[: count - 1], processes[current - 1]]
        processes = processes[:count]
        column = (width - label) // count
        hidden = len(moment.processes) - len(processes)
        heads: Line = [(pad("", label), "")]
        for process in processes:
            name = f"process {process.number}" if column > 10 else f"p{process.number}"
            heads.append((pad(name + ("<" if process.number == current else ""), column), HEADING))
        lines = [heads]
        values = {process.number: {value.name: value for value in process.variables} for process in processes}
        for name in shown:
            line: Line = [(pad(self.cut(name, label - 1), label), "")]
            for process in processes:
                value = values[process.number].get(name)
                text, style = ("-", QUIET) if value is None else self._value(value, column - 1)[0]
                line.append((pad(text, column), style))
            lines.append(line)
        if hidden:
            lines.append([(f"{self.marks.glyphs.ellipsis} and {hidden} processes more", QUIET)])
        return lines + self._functions(list(moment.processes), width)

    def _objects(self, moment: Moment, width: int) -> list[Line]:
        lines: list[Line] = []
        for shown in moment.objects:
            if not lines:
                lines.append([("objects, and who can reach them", HEADING)])
            mark = f" {self.marks.changed}" if shown.changed else ""
            start = self.cut(f"{shown.kind} {shown.names[0]}: ", max(12, width // 2))
            end = f"  {seen_by(shown)}"
            text = self.cut(shown.text, max(4, width - cell_len(start) - len(end) - len(mark))) + mark
            lines.append([(start, ""), (text, CHANGED if shown.changed else ""), (end, QUIET)])
        return lines


def is_function(value: ShownValue) -> bool:
    """Whether a variable holds a function of the program."""
    return value.text.startswith("<function ")


def seen_by(shown: ShownObject) -> str:
    """Say who can reach an object."""
    if not shown.seen_by:
        return "nobody"
    return ("shared by " if shown.shared else "only ") + " ".join(map(str, shown.seen_by))
