"""Timelines drawn for the eye: a lane a thread, a lane for the lock's holder, a lane for the cores.

Several runs stand above one another on one time axis, so that a faster run *is* shorter. In each lane, the
height of the bar is the share of the column in which the thread ran: threads that take turns are low bars
side by side, threads that run at once are full ones. Where the turns are too short to be seen on the common
axis, a magnified piece of the run follows.

Trace viewers (Chrome's `about:tracing`, Perfetto, `perf timechart`) draw the same lanes; with a mouse they
can zoom, where a line of text must choose. What a column shows is decided in `cells.py`, the characters are
in `glyphs.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console

from interp.terminal.cells import (
    FULL,
    Cell,
    Scale,
    TurnCell,
    running_at_once,
    thread_cells,
    turn_cells,
)
from interp.terminal.console import Part, cut, pad, readable, show_lines
from interp.terminal.glyphs import ALARM, HEADING, QUIET, STATE_STYLES, glyphs_for, thread_style
from interp.traces.lanes import BLOCKED, FAILED, LASTING_STATES, LOCK_WAIT, READY, RUNNING, SLEEPING, Lane
from interp.traces.trace import Trace
from interp.traces.words import counted

MOST_THREADS = 12
MOST_CORES = 16
WIDEST = 200
LONGEST_NAME = 16

Line = list[Part]

BACKGROUNDS = {LOCK_WAIT: "#3a1c1c", READY: "#38301a"}
"""Behind a low bar: what the thread did in the rest of the column, if it wanted to run."""

STATE_WORDS = {
    RUNNING: "running",
    LOCK_WAIT: "waits for the lock",
    BLOCKED: "blocked",
    SLEEPING: "sleeps",
    READY: "wants a core",
}


@dataclass(frozen=True)
class Picture:
    """One run in a set of timelines: its trace, the words of its heading, and the sentence below."""

    trace: Trace
    title: str
    figures: str = ""
    remark: str = ""


class TimelinePainter:
    """Draws runs above one another, all in one unit of time.

    `each_core` adds a lane for every core; without it, one lane tells how many cores were busy.
    """

    def __init__(self, pictures: Sequence[Picture], console: Console, each_core: bool = False) -> None:
        self.pictures = pictures
        self.glyphs = glyphs_for(console)
        self.encoding = console.encoding
        self.unit = pictures[0].trace.settings.unit if pictures else "tick"
        self.each_core = each_core
        self.width = min(console.width, WIDEST)
        self.name_width = self.widest_name()
        self.label_width = self.name_width + 6
        end = max((picture.trace.ticks for picture in pictures), default=0)
        # One column is kept free for the mark at the end of a lane.
        self.scale = Scale.fit(0, end, self.width - self.label_width - 1)
        self.rich_color = console.color_system in ("256", "truecolor")
        self.states: set[str] = set()
        self.holders: list[int] = []
        self.partial = self.changing = self.stopped = False

    def widest_name(self) -> int:
        """Return the width of the names on the left: as wide as the longest, within reason."""
        names = ["cores busy", "lock held"]
        for picture in self.pictures:
            names += [self.safe(lane.name) for lane in shown_lanes(picture.trace)]
        return min(LONGEST_NAME, self.width // 5, max(cell_len(name) for name in names))

    def safe(self, text: str) -> str:
        """Return text of the program as this output can show it."""
        return readable(text, self.encoding)

    def lines(self) -> Iterator[Line]:
        """Yield the lines of the whole picture."""
        for number, picture in enumerate(self.pictures):
            if number:
                yield []
            yield self.heading(picture)
            yield from self.lanes_of(picture.trace, self.scale)
            if self.needs_closer_look(picture.trace):
                yield []
                yield from self.closer_look(picture.trace)
            if picture.remark:
                yield from self.remark(picture.remark)
        yield []
        yield from self.axis(self.scale)
        yield from self.legend()

    # --- around the lanes -----------------------------------------------------------------------------------

    def heading(self, picture: Picture) -> Line:
        """Return the line above a run: which it is, a rule, and its figures."""
        figures = picture.figures
        title = cut(self.safe(picture.title), self.width - len(figures) - 4, self.glyphs.ellipsis)
        rule = self.glyphs.rule * (self.width - cell_len(title) - len(figures) - 2)
        return [(title + " ", HEADING), (rule, QUIET), (" " + figures, HEADING)]

    def remark(self, sentence: str) -> Iterator[Line]:
        """Yield a sentence below a run, in as many lines as it needs."""
        sign = f"   {self.glyphs.arrow} "
        for number, line in enumerate(wrap(self.safe(sentence), self.width - len(sign))):
            yield [(sign if number == 0 else " " * len(sign), QUIET), (line, "italic")]

    def axis(self, scale: Scale) -> Iterator[Line]:
        """Yield the time axis and its labels."""
        step = nice_step(scale)
        line = [self.glyphs.axis] * (scale.columns + 1)
        labels = [" "] * (self.label_width + scale.columns + 1)
        tick = -(-scale.start // step) * step
        free = 0
        while (column := scale.column(tick)) <= scale.columns:
            text = f"{tick:,}"
            place = min(self.label_width + column, self.width - len(text))
            if place >= free:
                line[column] = self.glyphs.axis_mark
                labels[place : place + len(text)] = text
                free = place + len(text) + 2
            tick += step
        yield [(pad(f"{self.unit}s", self.label_width), QUIET), ("".join(line), QUIET)]
        yield [("".join(labels), QUIET)]

    def legend(self) -> Iterator[Line]:
        """Yield what the characters mean, as far as they occur."""
        glyphs = self.glyphs
        entries: list[tuple[str, str, str]] = []
        for state in LASTING_STATES:
            if state in self.states:
                entries.append((glyphs.states[state], STATE_STYLES[state], STATE_WORDS[state]))
        if self.partial:
            entry = (glyphs.levels_shown, "bold", glyphs.levels_words)
            entries.insert(1 if RUNNING in self.states else 0, entry)
        if self.holders:
            holder = self.holders[0]
            entries.append((f"{holder}{glyphs.held}", thread_style(holder), f"thread {holder} has it"))
        if self.changing:
            entries.append((glyphs.changing, "", "in turns"))
        if self.stopped:
            entries.append((glyphs.stopped, ALARM, "failed or stuck"))
        entries.append(("", QUIET, column_words(self.scale, self.unit)))
        line: Line = []
        room = self.width
        for glyph, style, words in entries:
            entry_width = len(glyph) + len(words) + 4
            if line and room < entry_width - 3:
                yield line
                line, room = [], self.width
            line += [(glyph, style), (f" {words}   " if glyph else words, QUIET)]
            room -= entry_width
        yield line

    # --- the lanes of a run ---------------------------------------------------------------------------------

    def lanes_of(self, trace: Trace, scale: Scale, *, closer: bool = False) -> Iterator[Line]:
        """Yield the lanes of one run."""
        lanes = shown_lanes(trace) if not closer else lanes_running_in(trace, scale)
        for lane in lanes:
            cells = thread_cells(lane.intervals, scale)
            if closer and {cell.state for cell in cells if cell} <= {BLOCKED, SLEEPING}:
                continue
            label = self.label(str(lane.number), lane.name)
            yield [(label, thread_style(lane.number)), *self.thread_line(trace, lane, cells, closer)]
        hidden = len(trace.lanes) - len(lanes)
        if hidden and not closer:
            yield [(f"   {self.glyphs.ellipsis} and {hidden:,} more", QUIET)]
        for process in contended_locks(trace):
            name = "lock held" if len(trace.lock_lanes) == 1 else f"lock {process} held"
            yield [(self.label("", name), ""), *self.turn_line(turn_cells(trace.lock_lanes[process], scale))]
        if closer:
            return
        if self.each_core:
            for core in list(trace.core_lanes)[:MOST_CORES]:
                cells_of_core = turn_cells(trace.core_lanes[core], scale)
                yield [(self.label("", f"core {core}"), ""), *self.turn_line(cells_of_core)]
        else:
            yield [(self.label("", "cores busy"), ""), *self.busy_line(trace, scale)]

    def label(self, number: str, name: str) -> str:
        """Return what stands to the left of a lane."""
        name = cut(self.safe(name), self.name_width, self.glyphs.ellipsis)
        return f"{number:>4} " + pad(name, self.name_width) + " "

    def thread_line(self, trace: Trace, lane: Lane, cells: list[Cell | None], closer: bool) -> Line:
        """Return the columns of a thread's lane."""
        parts: Line = []
        last = -1
        for column, cell in enumerate(cells):
            if cell is None:
                add(parts, " ", "")
            else:
                last = column
                add(parts, *self.thread_glyph(cell, lane.number))
        if lane.ending == FAILED or (lane.ending is None and trace.result.outcome == "deadlock" and not closer):
            parts = put_mark(parts, last + 1, self.glyphs.stopped)
            self.stopped = True
        return parts

    def thread_glyph(self, cell: Cell, number: int) -> Part:
        """Return the character for a column of a thread's lane, and its style."""
        if cell.level == FULL:
            self.states.add(RUNNING)
            return self.glyphs.states[RUNNING], thread_style(number)
        if cell.level:
            self.partial = True
            levels = self.glyphs.levels
            style = thread_style(number)
            if self.rich_color and cell.state in BACKGROUNDS:
                style += f" on {BACKGROUNDS[cell.state]}"
            return levels[cell.level * len(levels) // FULL], style
        self.states.add(cell.state)
        return self.glyphs.states[cell.state], STATE_STYLES[cell.state]

    def turn_line(self, cells: list[TurnCell | None]) -> Line:
        """Return the columns of a lock's or a core's lane: the number of whose turn it is, then a line."""
        parts: Line = []
        digits = ""
        for column, cell in enumerate(cells):
            if cell is None:
                add(parts, " ", "")
            elif cell.thread == 0:
                self.changing = True
                add(parts, self.glyphs.changing, QUIET)
            else:
                if cell.first:
                    room = length_of_turn(cells, column)
                    digits = str(cell.thread)
                    # Two numbers side by side would be read as one.
                    gap = 1 if len(digits) > 1 and column + room < len(cells) else 0
                    if len(digits) + gap > room:
                        digits = self.glyphs.held * room
                    self.holders.append(cell.thread)
                add(parts, digits[:1] or self.glyphs.held, thread_style(cell.thread))
                digits = digits[1:]
        return parts

    def busy_line(self, trace: Trace, scale: Scale) -> Line:
        """Return the columns that tell how many cores were busy, rounded; `+` stands for ten and more."""
        parts: Line = []
        for share in running_at_once((lane.intervals for lane in trace.lanes), scale, trace.ticks):
            cores = min(round(share), trace.settings.cores)
            add(parts, str(cores) if cores < 10 else "+", HEADING if cores > 1 else QUIET)
        return parts

    # --- magnified ------------------------------------------------------------------------------------------

    def needs_closer_look(self, trace: Trace) -> bool:
        """Whether threads take turns that the common axis is too coarse to show."""
        return len(turn_starts(trace)) > 8 and 2 * typical_turn(trace) < 3 * self.scale.ticks

    def closer_look(self, trace: Trace) -> Iterator[Line]:
        """Yield the lanes of a piece of the run, with columns so short that each turn can be seen.

        It begins with the turn in the middle of all turns, where beginning and end are far.
        """
        width = self.scale.columns
        ticks = max(1, -(-typical_turn(trace) * 9 // width))
        length = ticks * width
        starts = turn_starts(trace)
        start = max(0, min(starts[len(starts) // 2], trace.ticks - length))
        scale = Scale(start, ticks, 1, width)
        words = f"closer: {self.unit}s {start:,} to {start + length:,}, {column_words(scale, self.unit)}"
        for line in wrap(words, self.width - 5):
            yield [(" " * 5 + line, QUIET)]
        yield from self.lanes_of(trace, scale, closer=True)


def shown_lanes(trace: Trace) -> Sequence[Lane]:
    """Return the lanes that are drawn: all, or the first ones if there are too many."""
    return trace.lanes if len(trace.lanes) <= MOST_THREADS + 1 else trace.lanes[:MOST_THREADS]


def lanes_running_in(trace: Trace, scale: Scale) -> Sequence[Lane]:
    """Return the lanes that are drawn of a piece of a run: of too many, those which run in it."""
    if len(trace.lanes) <= MOST_THREADS + 1:
        return trace.lanes
    stop = scale.start + scale.ticks * scale.columns
    running = [
        lane
        for lane in trace.lanes
        if any(
            interval.state == RUNNING and interval.start < stop and interval.stop > scale.start
            for interval in lane.intervals
        )
    ]
    return running[:MOST_THREADS]


def contended_locks(trace: Trace) -> list[int]:
    """Return the processes whose global lock more than one thread held."""
    return [process for process, turns in trace.lock_lanes.items() if len({turn.thread for turn in turns}) > 1][
        :MOST_THREADS
    ]


def turn_starts(trace: Trace) -> list[int]:
    """Return when threads began to run after waiting for the lock or for a core."""
    return sorted(
        after.start
        for lane in trace.lanes
        for before, after in zip(lane.intervals, lane.intervals[1:], strict=False)
        if after.state == RUNNING and before.state in (LOCK_WAIT, READY)
    )


def typical_turn(trace: Trace) -> int:
    """Return how long a thread runs before it waits, in the middle of all such times; 0 if none does."""
    lengths = sorted(interval.ticks for lane in trace.lanes for interval in lane.intervals if interval.state == RUNNING)
    return lengths[len(lengths) // 2] if lengths else 0


def length_of_turn(cells: Sequence[TurnCell | None], column: int) -> int:
    """Return how many columns the turn lasts that begins at one."""
    stop = column + 1
    while stop < len(cells) and (cell := cells[stop]) is not None and cell.thread and not cell.first:
        stop += 1
    return stop - column


def column_words(scale: Scale, unit: str = "tick") -> str:
    """Return what one column stands for."""
    if scale.spread > 1:
        return f"one {unit} is {scale.spread} columns"
    return f"one column is {counted(scale.ticks, unit)}"


def nice_step(scale: Scale) -> int:
    """Return the distance of two labels on the axis: 1, 2 or 5 times a power of ten, not too close."""
    closest = 12 * scale.ticks // scale.spread
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= closest:
                return factor * power
        power *= 10


def add(parts: Line, text: str, style: str) -> None:
    """Add text to a line, to the part before if the style is the same."""
    if parts and parts[-1][1] == style:
        parts[-1] = (parts[-1][0] + text, style)
    else:
        parts.append((text, style))


def put_mark(parts: Line, column: int, mark: str) -> Line:
    """Return a line with a mark in one of its columns."""
    cells = [(char, style) for text, style in parts for char in text]
    cells += [(" ", "")] * (column + 1 - len(cells))
    cells[column] = (mark, ALARM)
    marked: Line = []
    for char, style in cells:
        add(marked, char, style)
    return marked


def wrap(text: str, width: int) -> list[str]:
    """Return text in lines no wider than `width` columns, broken at spaces where there are any."""
    lines: list[str] = []
    line = ""
    # A number keeps its percent sign.
    for word in text.replace(" %", "\0%").split(" "):
        word = word.replace("\0", " ")
        while cell_len(word) > width:
            head = cut(word, width, "")
            lines += [line, head] if line else [head]
            line, word = "", word[len(head) :]
        if line and cell_len(line) + 1 + cell_len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def show_timelines(pictures: Sequence[Picture], console: Console, *, each_core: bool = False) -> None:
    """Print the timelines of runs above one another, on one axis."""
    show_lines(console, TimelinePainter(pictures, console, each_core).lines())
