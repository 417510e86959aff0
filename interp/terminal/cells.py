"""From intervals of time to the columns of a picture.

A picture has some seventy columns, a run may have millions of ticks. What should a column show in which a
thread ran, waited and ran again? Showing the state that took most of it lies: of four threads that take turns
every 100 ticks, in columns of 2,000 ticks, none would ever be seen running. So a column has a *level*, the
share of it in which the thread ran, and a picture of four threads in turn shows four low bars, where four
threads at once are four full ones.

Where slices are wide enough to be seen, levels would only blur their ends. There a column belongs to the
interval that covers its middle; since one thread's end is the next one's start, exactly one of them gets the
column. And where turns are about as wide as a column, levels would swing with the accident of where the
columns fall (a moiré, as between two fences): there they are the mean over some columns.

All arithmetic is on whole numbers: the same run gives the same picture everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from interp.traces.lanes import LASTING_STATES, RUNNING, Interval, Turn

FULL = 16
"""A level in sixteenths: `FULL` means that the thread ran through the whole column."""


CALM = 3
"""What stays the same for more columns than these is shown as it is, column by column."""

TURNS_AVERAGED = 3
"""Over how many turns to each side levels are evened out."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Which ticks a column stands for: `ticks` of them, or, for short times, a part `1 / spread` of one."""

    start: int
    ticks: int
    spread: int
    columns: int

    @classmethod
    def fit(cls, start: int, stop: int, width: int) -> Scale:
        """Return the scale that shows a time in at most `width` columns, as large as whole numbers allow."""
        length = max(1, stop - start)
        if length <= width:
            spread = max(1, min(width // length, 8))
            return cls(start, 1, spread, length * spread)
        ticks = -(-length // width)
        return cls(start, ticks, 1, -(-length // ticks))

    def units(self, tick: int) -> int:
        """Return a tick's distance from the start in units, of which a column has `ticks`."""
        return (tick - self.start) * self.spread

    def column(self, tick: int) -> int:
        """Return the column that a tick falls into."""
        return self.units(tick) // self.ticks

    def clip(self, start: int, stop: int) -> tuple[int, int]:
        """Return the part of a time that is in the picture, in units; empty if start is not before stop."""
        return max(0, self.units(start)), min(self.columns * self.ticks, self.units(stop))

    def pieces(self, start: int, stop: int) -> Iterable[tuple[int, int]]:
        """Yield each column that a time in units touches, and how many units of it."""
        size = self.ticks
        while start < stop:
            column = start // size
            end = min(stop, (column + 1) * size)
            yield column, end - start
            start = end

    def has_middle(self, column: int, start: int, stop: int) -> bool:
        """Whether a time in units covers the middle of a column."""
        return 2 * start <= (2 * column + 1) * self.ticks < 2 * stop


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a thread's lane: the state to show, and in how many sixteenths of it the thread ran."""

    state: str
    level: int


def thread_cells(intervals: Sequence[Interval], scale: Scale) -> list[Cell | None]:
    """Return the columns of a thread's lane; None where the thread does not exist."""
    size = scale.ticks
    spent: list[dict[str, int]] = [{} for _ in range(scale.columns)]
    edges: dict[int, bool] = {}
    runs = [0] * scale.columns
    calm = [False] * scale.columns
    wide = [0] * scale.columns
    for interval in without_seams(intervals):
        start, stop = scale.clip(interval.start, interval.stop)
        if start >= stop:
            continue
        first, last = start // size, (stop - 1) // size
        for column, units in scale.pieces(start, stop):
            spent[column][interval.state] = spent[column].get(interval.state, 0) + units
        if last - first >= CALM:
            calm[first : last + 1] = [True] * (last + 1 - first)
        if interval.state == RUNNING:
            runs[first] += 1
            if is_wide(interval.ticks, scale):
                for column, units in scale.pieces(start, stop):
                    wide[column] += units
                for column in (first, last):
                    edges[column] = edges.get(column, False) or scale.has_middle(column, start, stop)
    # Where another, short run shares the column with the end of a wide one, only a level tells of both.
    for column in [column for column in edges if spent[column].get(RUNNING, 0) > wide[column]]:
        del edges[column]
    levels = [level_of(parts.get(RUNNING, 0), size) for parts in spent]
    for left, right in stretches([still or not parts for still, parts in zip(calm, spent, strict=True)]):
        if not any(left <= column < right for column in edges):
            smooth(levels, spent, size, left, right, sum(runs[left:right]))
    cells = [
        choose_cell(parts, size, level, edges.get(column))
        for column, (parts, level) in enumerate(zip(spent, levels, strict=True))
    ]
    if not any(cells):
        keep_visible(cells, spent, size)
    return cells


def without_seams(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Yield intervals with those joined that follow one another in the same state."""
    before: Interval | None = None
    for interval in intervals:
        if before and before.state == interval.state and before.stop == interval.start:
            before = Interval(before.state, before.start, interval.stop)
            continue
        if before:
            yield before
        before = interval
    if before:
        yield before


def is_wide(ticks: int, scale: Scale) -> bool:
    """Whether a time is wide enough, a column and a half, for its ends to be drawn exactly."""
    return 2 * ticks * scale.spread >= 3 * scale.ticks


def stretches(calm: Sequence[bool]) -> Iterable[tuple[int, int]]:
    """Yield where columns begin, and stop, in which nothing lasts long."""
    left = 0
    for column, is_calm in enumerate([*calm, True]):
        if is_calm:
            if left < column:
                yield left, column
            left = column + 1


def smooth(levels: list[int], spent: Sequence[dict[str, int]], size: int, left: int, right: int, runs: int) -> None:
    """Even out the levels of a stretch in which a thread runs about once or more in each column.

    Each level becomes the mean over its neighbours for some turns to both sides, a moving average.
    """
    if runs < 2 * TURNS_AVERAGED:
        return
    radius = -(-TURNS_AVERAGED * (right - left) // runs)
    ran = [0]
    for column in range(left, right):
        ran.append(ran[-1] + spent[column].get(RUNNING, 0))
    for column in range(left, right):
        first, stop = max(left, column - radius), min(right, column + radius + 1)
        levels[column] = level_of(ran[stop - left] - ran[first - left], (stop - first) * size)


def choose_cell(spent: dict[str, int], size: int, level: int, edge: bool | None) -> Cell | None:
    """Return what a column shows, given the units that the thread spent in each state.

    `edge` is not None where a long run begins or ends: whether it covers the middle.
    """
    if edge:
        return Cell(RUNNING, FULL)
    if edge is False:
        level = 0
    if 2 * sum(spent.values()) < size and not level:
        return None
    others = [state for state in LASTING_STATES if state != RUNNING and state in spent]
    if level == FULL or not others:
        return Cell(RUNNING, level) if level else None
    return Cell(max(others, key=lambda state: spent[state]), level)


def level_of(ran: int, size: int) -> int:
    """Return the share of a column in sixteenths; little is never nothing, and a gap never full."""
    if 32 * ran < size:
        return 0
    if ran == size:
        return FULL
    return min(FULL - 1, max(1, round(Fraction(FULL * ran, size))))


def keep_visible(cells: list[Cell | None], spent: Sequence[dict[str, int]], size: int) -> None:
    """Show a life too short for any column in the column where most of it was."""
    lived = [sum(parts.values()) for parts in spent]
    if any(lived):
        column = lived.index(max(lived))
        state = max(LASTING_STATES, key=lambda state: spent[column].get(state, 0))
        cells[column] = Cell(state, max(1, level_of(spent[column].get(RUNNING, 0), size)) if state == RUNNING else 0)


@dataclass(frozen=True, slots=True)
class TurnCell:
    """One column of a lock's or a core's lane: whose turn it was; `first` where a turn begins.

    `thread` is 0 where several had their turns in the column, or one had it for less than half of it.
    """

    thread: int
    first: bool


def turn_cells(turns: Iterable[Turn], scale: Scale) -> list[TurnCell | None]:
    """Return the columns of a lane of turns; None where it was nobody's turn, or hardly."""
    size = scale.ticks
    holders: list[dict[int, int]] = [{} for _ in range(scale.columns)]
    middle: list[int | None] = [None] * scale.columns
    for turn in turns:
        start, stop = scale.clip(turn.start, turn.stop)
        wide = is_wide(turn.ticks, scale)
        for column, units in scale.pieces(start, stop):
            holders[column][turn.thread] = holders[column].get(turn.thread, 0) + units
            if wide and scale.has_middle(column, start, stop):
                middle[column] = turn.thread
    cells: list[TurnCell | None] = []
    before = None
    for parts, owner in zip(holders, middle, strict=True):
        total = sum(parts.values())
        if owner is None and 8 * total >= size:
            owner = next(iter(parts)) if len(parts) == 1 and 2 * total >= size else 0
        cells.append(None if owner is None else TurnCell(owner, owner != before))
        before = owner
    return cells


def running_at_once(lanes: Iterable[Sequence[Interval]], scale: Scale, end: int) -> list[Fraction]:
    """Return for each column, up to the end of the run, how many threads ran on average."""
    units = [0] * scale.columns
    for intervals in lanes:
        for interval in intervals:
            if interval.state == RUNNING:
                for column, part in scale.pieces(*scale.clip(interval.start, interval.stop)):
                    units[column] += part
    _, stop = scale.clip(scale.start, end)
    return [Fraction(units[column], length) for column, length in scale.pieces(0, stop)]
