"""The table of figures that `compare` prints, and the whole of what it prints.

A table is laid out here, not by Rich: a figure must never be cut or folded, so where the rows are too wide
for the output the table is turned, with a column a run; and where that is too wide as well, the runs follow
one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console

from interp.terminal.console import Part, cut, pad, readable, show_lines
from interp.terminal.glyphs import ALARM, HEADING, QUIET, Glyphs, glyphs_for
from interp.terminal.timeline import Picture, show_timelines, wrap
from interp.traces.comparison import ComparedRun, Comparison, varying_settings
from interp.traces.limits import percent

GAP = "  "

Line = list[Part]


def show_comparison(comparison: Comparison, console: Console, *, each_core: bool = False) -> None:
    """Print runs side by side: their timelines on one axis, their figures, and how they differ."""
    glyphs = glyphs_for(console)
    pictures = [
        Picture(run.trace, f"{run.number}  {run.name}", heading_figures(run, glyphs), run.limited_by)
        for run in comparison.runs
    ]
    # Ticks of the simulation and microseconds cannot share an axis, so runs of one unit stand together.
    for number, unit in enumerate(dict.fromkeys(run.unit for run in comparison.runs)):
        if number:
            show_lines(console, [[]])
        same = [picture for picture, run in zip(pictures, comparison.runs, strict=True) if run.unit == unit]
        show_timelines(same, console, each_core=each_core)
    show_lines(console, [[], *figure_lines(comparison, console)])
    show_lines(console, difference_lines(comparison, console))


def heading_figures(run: ComparedRun, glyphs: Glyphs) -> str:
    """Return the figures that stand in the heading of a run's timeline."""
    ticks = ticks_words(run)
    if run.speedup is None:
        return ticks if run.trace.result.outcome == "ok" else f"{run.trace.result.outcome}, {ticks}"
    return f"{ticks}  {run.speedup:.2f}{glyphs.times}"


def ticks_words(run: ComparedRun) -> str:
    """Return how long a run took, with the unit."""
    return f"{run.ticks:,} {run.unit}s"


def difference_lines(comparison: Comparison, console: Console) -> Iterator[Line]:
    """Yield the first scheduling difference and the difference of the outputs, as far as there are any."""
    paragraphs = [
        ("first difference", comparison.first_difference),
        ("different output", comparison.output_difference),
    ]
    simulated = [run for run in comparison.runs if run.unit == "tick"]
    if len(simulated) > 1 and not comparison.first_difference:
        paragraphs[0] = ("first difference", "none: the same threads run at the same ticks")
    for title, text in paragraphs:
        if text is None or len(comparison.runs) < 2:
            continue
        yield []
        yield [(title, HEADING)]
        for line in wrap(readable(text, console.encoding), console.width - 3):
            yield [("   " + line, "")]


# --- the figures --------------------------------------------------------------------------------------------


def figure_rows(comparison: Comparison, glyphs: Glyphs, encoding: str) -> tuple[list[str], list[list[str]]]:
    """Return the headings of the figures and a row of them for each run; a column of zeros is left out."""
    runs = comparison.runs
    several_of_one = any(run.reference != run.number for run in runs)
    columns: list[tuple[str, list[str], bool]] = [
        ("run", [f"{run.number} {readable(run.name, encoding)}" for run in runs], True),
        *time_columns(runs),
        ("speed-up", [speedup_words(run, glyphs) for run in runs], several_of_one),
        ("cores busy", [percent(run.trace.result.utilisation) for run in runs], True),
        (
            "lock held",
            [percent(run.lock_held) if run.lock_wait else "-" for run in runs],
            any(run.lock_wait for run in runs),
        ),
        ("switches", [f"{run.trace.result.switches:,}" for run in runs], True),
        ("lock wait", [f"{run.lock_wait:,}" for run in runs], any(run.lock_wait for run in runs)),
        ("wants core", [f"{run.ready:,}" for run in runs], any(run.ready for run in runs)),
        ("blocked", [f"{run.blocked:,}" for run in runs], any(run.blocked for run in runs)),
        ("sleeping", [f"{run.sleeping:,}" for run in runs], any(run.sleeping for run in runs)),
        (
            "outcome",
            [run.trace.result.outcome for run in runs],
            any(run.trace.result.outcome != "ok" for run in runs),
        ),
        (
            "output",
            [output_words(run, runs) for run in runs],
            several_of_one,
        ),
    ]
    shown = [(heading, values) for heading, values, wanted in columns if wanted]
    headings = [heading for heading, _ in shown]
    return headings, [list(row) for row in zip(*(values for _, values in shown), strict=True)]


def time_columns(runs: Sequence[ComparedRun]) -> Iterator[tuple[str, list[str], bool]]:
    """Yield the column of the runs' times; for each unit one of its own."""
    for unit in dict.fromkeys(run.unit for run in runs):
        yield f"{unit}s", [f"{run.ticks:,}" if run.unit == unit else "-" for run in runs], True


def output_words(run: ComparedRun, runs: Sequence[ComparedRun]) -> str:
    """Return whether a run printed what the run printed that it is compared with."""
    if run.reference == run.number:
        return "reference"
    return "same" if run.trace.result.output == runs[run.reference - 1].trace.result.output else "differs"


def speedup_words(run: ComparedRun, glyphs: Glyphs) -> str:
    """Return a speed-up as a table shows it."""
    return "-" if run.speedup is None else f"{run.speedup:.2f}{glyphs.times}"


def figure_lines(comparison: Comparison, console: Console) -> Iterator[Line]:
    """Yield the table of figures, a row a run; or turned, where that is too wide."""
    glyphs = glyphs_for(console)
    headings, rows = figure_rows(comparison, glyphs, console.encoding)
    rows = [[cut(row[0], console.width // 2, glyphs.ellipsis), *row[1:]] for row in rows]
    if table_width([headings, *rows]) <= console.width:
        yield from table_lines([headings, *rows], glyphs)
        return
    turned = [list(column) for column in zip(headings, *rows, strict=True)]
    if table_width(turned) > console.width:
        # Names are too long here; what they are made of follows, a row for each setting.
        turned[0] = ["run", *(str(run.number) for run in comparison.runs)]
        turned[1:1] = [
            [name, *(cut(readable(value, console.encoding), console.width // 2, glyphs.ellipsis) for value in values)]
            for name, values in varying_settings(comparison.runs)
        ]
    for group in groups_that_fit(turned, console.width):
        yield from table_lines(group, glyphs)


def groups_that_fit(rows: Sequence[Sequence[str]], width: int) -> Iterator[list[list[str]]]:
    """Yield parts of a table with as many columns as fit, each with the first column."""
    start, columns = 1, len(rows[0])
    while start < columns:
        stop = start + 1
        while stop < columns and table_width([[row[0], *row[start : stop + 1]] for row in rows]) <= width:
            stop += 1
        yield [[row[0], *row[start:stop]] for row in rows]
        start = stop


def table_width(rows: Sequence[Sequence[str]]) -> int:
    """Return how many columns of the output a table takes."""
    return sum(widths_of(rows)) + len(GAP) * (len(rows[0]) - 1)


def widths_of(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the width of each column of a table."""
    return [max(cell_len(text) for text in column) for column in zip(*rows, strict=True)]


def table_lines(rows: Sequence[Sequence[str]], glyphs: Glyphs) -> Iterator[Line]:
    """Yield a table: headings, a rule, rows; the first column to the left, figures to the right."""
    widths = widths_of(rows)
    for number, row in enumerate(rows):
        cells = [
            pad(text, width, "right" if column else "left")
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        if number == 0:
            yield [(GAP.join(cells), HEADING)]
            yield [(GAP.join(glyphs.rule * width for width in widths), QUIET)]
        else:
            alarming = row[-1] == "differs" or "deadlock" in row or "error" in row
            yield [(GAP.join(cells), ALARM if alarming else "")]
