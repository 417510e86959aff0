"""The bytecode of the function that runs, the instruction that comes next, and what it does, in one sentence.

In the grain of phases, the lines of the interpretive loop that are being executed stand below the instructions, with
what they do to this one: which values are taken, what is put, what the clock is charged, who is told.
"""

from __future__ import annotations

from functools import cache

from interp.bytecode.code import Code
from interp.bytecode.disassembler import ListingLine, rows_of
from interp.terminal.console import pad
from interp.terminal.glyphs import thread_style
from interp.terminal.stepper.marks import CURRENT, HEADING, QUIET
from interp.terminal.stepper.pane import Content, Line, Pane
from interp.terminal.stepper.view import View
from interp.terminal.trace_table import words_for
from interp.traces.phases import PHASES, loop_body

ROOM_FOR_THE_LOOP = 16
"""In panes of this height, the whole of the loop's body is shown; in lower ones, the lines of one phase."""


@cache
def listing_of(code: Code) -> list[ListingLine]:
    """Return the rows of a code object."""
    return rows_of(code)


class InstructionsPane(Pane):
    """Shows the innermost function of the thread that is looked at."""

    def heading(self, view: View) -> str:
        """Say which function it is."""
        frame = view.thread.frame
        if frame is None:
            return "bytecode"
        return f"bytecode of {frame.function}"

    def content(self, view: View, width: int, height: int) -> Content:
        """Return the rows of the listing, and below them what the next instruction does."""
        frame = view.thread.frame
        if frame is None:
            return Content.of([[(self._nothing(view), QUIET)]])
        rows = listing_of(frame.code)
        digits, lines = len(str(len(rows))), len(str(max(row.place.line for row in rows)))
        color = thread_style(view.thread.number)

        def line(number: int) -> Line:
            row = rows[number]
            is_here = number == frame.offset
            text = CURRENT if is_here else ""
            mark = (self.marks.here, color) if is_here else (" ", "")
            source = "" if row.line is None or not row.line else str(row.line)
            start: Line = [mark, (f"{source:>{lines}} ", QUIET), (">> " if row.is_jump_target else "   ", QUIET)]
            operand = row.meaning or ("" if row.operand is None else str(row.operand))
            name = pad(row.opcode, 20 if width >= 44 else 0)
            return [*start, (f"{row.offset:>{digits}} ", QUIET), (self.safe(f"{name} {operand}".rstrip()), text)]

        if view.phases:
            below = self._phase(view, width, height)
        else:
            sentence = frame.instruction.opcode.summary
            below = self.wrapped(sentence, width - 2, 3 if height > 6 else 2, "italic")
            below = [[("  ", ""), *parts] for parts in below]
        return Content(len(rows), line, frame.offset, tuple(below))

    def _nothing(self, view: View) -> str:
        return f"thread {view.thread.number} is over" if view.thread.is_over else "nothing to execute"

    def _phase(self, view: View, width: int, height: int) -> list[Line]:
        """Return the loop's own lines, and what they do to this instruction."""
        shown = view.shown_phase
        if shown is None:
            return []
        names: Line = [("loop: ", QUIET)]
        for name in PHASES:
            names.append((f"[{name}]" if name == shown.name else f" {name} ", HEADING if name == shown.name else QUIET))
        whole = height >= ROOM_FOR_THE_LOOP
        lines = [names]
        for text, phase in loop_body():
            is_here = phase == shown.name
            if whole or is_here:
                mark = self.marks.here if is_here else " "
                lines.append([(f"{mark} ", ""), (self.cut(text, width - 2), CURRENT if is_here else QUIET)])
        sentences = list(shown.sentences)
        if shown.name == PHASES[-1]:
            told = [f"{event.thread} {words_for(event)}" for event in view.told]
            sentences.append("Told: the observers" + (f"; then: {'; '.join(told)}." if told else "."))
        room = max(2, height - 3 - len(lines))
        for sentence in sentences:
            wrapped = self.wrapped(sentence, width - 2, max(1, room), "")
            room -= len(wrapped)
            lines += [[("  ", ""), *parts] for parts in wrapped]
            if room <= 0:
                break
        return lines
