"""What `interp confirm` prints: real beside simulated, then a verdict a line.

A verdict's line begins with its word, so that `grep refuted` finds what it looks for. The command that shows an
ending again stands on a line of its own, whole, to be pasted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import Console

from interp.real.confirm import Confirmation, ConfirmedMode, Verdict
from interp.real.endings import Ending
from interp.real.judging import CONFIRMED, NOT_SEEN, OPEN, REFUTED
from interp.scheduling.settings import Settings
from interp.terminal.console import cut, pad, readable, show_lines
from interp.terminal.glyphs import ALARM, HEADING, QUIET, Glyphs, glyphs_for
from interp.terminal.tables import Line, table_lines
from interp.terminal.timeline import wrap
from interp.traces.words import counted, lines_listed

MOST_OF_A_KIND = 8
"""Verdicts of one word that are shown for a mode; a counter may end in any of a thousand numbers."""

SHORT = 0.001
"""Seconds of a sequential run below which the start of its tasks is most of what is measured."""

STYLES = {CONFIRMED: "", NOT_SEEN: QUIET, OPEN: "", REFUTED: ALARM}

WORD_WIDTH = 11


def show_confirmation(
    confirmation: Confirmation, console: Console, line: Callable[[Settings], str], *, first: bool = True
) -> None:
    """Print what one Python and the simulation say; `line` makes the command that shows a simulated run."""
    lines: list[Line] = [] if first else [[]]
    lines += heading_lines(confirmation)
    lines += table_lines(figure_rows(confirmation, glyphs_for(console)), glyphs_for(console))
    lines += short_lines(confirmation, console)
    for mode in confirmation.modes:
        if mode.verdicts or mode.gave_up:
            lines += [[], [(mode.mode, HEADING)]]
            lines += mode_lines(mode, console, line)
    lines += [[], *conclusion_lines(confirmation, console)]
    show_lines(console, lines)


def heading_lines(confirmation: Confirmation) -> Iterator[Line]:
    """Yield who is compared with what."""
    interpreter, cores = confirmation.interpreter, confirmation.plan.usable_cores
    yield [(f"{interpreter.name} beside --lock {interpreter.lock}, {counted(cores, 'core')}", HEADING)]
    yield []


def figure_rows(confirmation: Confirmation, glyphs: Glyphs) -> list[list[str]]:
    """Return the headings and a row for each mode: how often, how long, how many times as fast."""
    rows = [["mode", "runs", "real time", "real speed-up", "simulated speed-up"]]
    for mode in confirmation.modes:
        speedups = confirmation.real_speedup(mode), confirmation.simulated_speedup(mode)
        words = ["-" if one is None else f"{one:.{2 if one >= 0.1 else 4}f}{glyphs.times}" for one in speedups]
        rows.append([mode.mode, str(len(mode.results)), time_words(mode.seconds), *words])
    return rows


def short_lines(confirmation: Confirmation, console: Console) -> Iterator[Line]:
    """Yield a note where a program is so short that speed-ups say nothing of it."""
    first, *others = confirmation.modes
    if not others or first.seconds is None or first.mode != "sequential" or first.seconds >= SHORT:
        return
    words = "So short a program shows how long tasks take to start, which varies: its speed-ups say little."
    for part in wrap(words, console.width):
        yield [(part, QUIET)]


def time_words(seconds: float | None) -> str:
    """Return a time as people read it."""
    if seconds is None:
        return "-"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"


def mode_lines(mode: ConfirmedMode, console: Console, line: Callable[[Settings], str]) -> Iterator[Line]:
    """Yield the verdicts on a mode."""
    shown: dict[str, int] = {}
    for verdict in mode.verdicts:
        shown[verdict.verdict] = shown.get(verdict.verdict, 0) + 1
        if shown[verdict.verdict] <= MOST_OF_A_KIND:
            yield from verdict_lines(verdict, mode, console, line)
    for word, count in shown.items():
        if count > MOST_OF_A_KIND:
            yield [(f"  {pad(word, WORD_WIDTH)}and {count - MOST_OF_A_KIND:,} more of them (--json has all)", QUIET)]
    if mode.gave_up:
        yield [("  " + mode.gave_up, QUIET)]


def verdict_lines(
    verdict: Verdict, mode: ConfirmedMode, console: Console, line: Callable[[Settings], str]
) -> Iterator[Line]:
    """Yield a verdict, and what belongs to it."""
    style = STYLES[verdict.verdict]
    often = pad(f"{verdict.count} of {verdict.runs}", len(f"{verdict.runs} of {verdict.runs}"))
    start = f"  {pad(verdict.verdict, WORD_WIDTH)}{often}  "
    words = ending_words(verdict.ending, mode, console)
    yield [(start + cut(words, console.width - len(start), glyphs_for(console).ellipsis), style)]
    indent = " " * (WORD_WIDTH + 2)
    if verdict.settings is not None:
        yield [(indent + line(verdict.settings), QUIET)]
    for part in wrap(readable(verdict.reason, console.encoding), console.width - len(indent)) if verdict.reason else ():
        yield [(indent + part, QUIET)]


def ending_words(ending: Ending, mode: ConfirmedMode, console: Console) -> str:
    """Return an ending on one line: its output, and how it ended if that was not well."""
    lines = ending.output.removesuffix("\n").split("\n") if ending.output else []
    output = readable(" | ".join(lines), console.encoding) if lines else "(no output)"
    if ending.kind == "ok":
        return output
    how = ending.kind
    if ending.kind == "hang":
        at = sorted({line for one in mode.results for line in one.waited_at})
        how = "did not end" + (f", waiting at {lines_listed(at)}" if at else "")
    elif ending.kind == "error":
        how = "; ".join(ending.errors)
    return readable(how, console.encoding) + (f", after: {output}" if lines else "")


def conclusion_lines(confirmation: Confirmation, console: Console) -> Iterator[Line]:
    """Yield the verdict on the whole, and what to do about it."""
    if confirmation.interrupted:
        return
    seen = sum(len(mode.results) for mode in confirmation.modes)
    missing = sum(verdict.verdict == NOT_SEEN for verdict in confirmation.verdicts)
    text = {
        CONFIRMED: f"confirmed: all that was seen in {seen} runs lies in what the simulation allows",
        OPEN: "open: nothing was refuted, but not everything that was seen could be confirmed",
        REFUTED: "refuted: the simulation excludes something that CPython does. That is a bug of interp; please report "
        f"the program, this output and `python -VV` of {confirmation.interpreter.path}",
    }[confirmation.verdict]
    if missing:
        text += (
            f"; {counted(missing, 'ending')} that it allows did not come up "
            "(more runs: --runs 200; more switches: --switch-interval 0.000001)"
        )
    for part in wrap(readable(text, console.encoding), console.width):
        yield [(part, ALARM if confirmation.verdict == REFUTED else HEADING)]
