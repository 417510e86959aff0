"""What is drawn: saved screens at fixed widths without colour, and what must hold of every picture.

The saved screens are in `tests/screens/`. After a change that is meant to be seen, `python -m
tests.test_screens` writes them anew; look at each before you keep it.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from interp.scheduling.result import Stuck
from interp.scheduling.settings import Settings
from interp.terminal.cells import FULL, Scale, thread_cells, turn_cells
from interp.terminal.console import cut, make_console, pad, readable
from interp.terminal.glyphs import ASCII, UNICODE
from interp.terminal.step_list import show_steps
from interp.terminal.tables import show_comparison
from interp.terminal.timeline import Picture, show_timelines, wrap
from interp.terminal.trace_table import show_trace
from interp.traces.comparison import compare_traces
from interp.traces.lanes import LASTING_STATES, RUNNING, Interval, Turn
from interp.traces.steps import StepRow
from interp.traces.trace import Trace
from tests.synthetic_traces import Life, make_trace, process_sum, sequential_sum, threaded_sum

SCREENS = Path(__file__).parent / "screens"

QUICK = settings(max_examples=150)


class AsciiOutput(io.StringIO):
    """An output that can take nothing but ASCII, as under `PYTHONIOENCODING=ascii`."""

    encoding = "ascii"

    def write(self, text: str) -> int:
        """Take text in, or raise `UnicodeEncodeError`."""
        text.encode("ascii")
        return super().write(text)


def screen(show: Callable[[Console], None], width: int, *, ascii_only: bool = False, color: bool | None = False) -> str:
    """Return what is shown at a width."""
    output = AsciiOutput() if ascii_only else io.StringIO()
    show(make_console(output, width=width, color=color))
    return output.getvalue()


def show_three(console: Console) -> None:
    show_comparison(compare_traces([sequential_sum(), threaded_sum(), process_sum()]), console)


def show_cores(console: Console) -> None:
    show_comparison(compare_traces([threaded_sum(2, 300), process_sum(4, 300)]), console, each_core=True)


def deadlock() -> Trace:
    left = Life("left").run(20).wait(10).run(8).block(22, on="lock fork_b").never_end()
    right = Life("right", start=15).wait(5).run(10).block(30, on="lock fork_a").never_end()
    stuck = (
        Stuck(1, "left", "lock fork_b", 9, ("right",), ("fork_a",)),
        Stuck(2, "right", "lock fork_a", 15, ("left",), ("fork_b",)),
    )
    failed = Life("oops", start=18).wait(20).run(6).fail()
    return make_trace(left, right, failed, outcome="deadlock", stuck=stuck)


def show_deadlock(console: Console) -> None:
    show_comparison(compare_traces([deadlock()]), console)


def many() -> Trace:
    lives = [Life(f"work-{number}", start=number).wait(number * 10).run(10) for number in range(2, 1001)]
    return make_trace(Life("main").run(20).block(11_000), *lives)


def show_many(console: Console) -> None:
    show_timelines([Picture(many(), "1000 threads")], console)


def show_io(console: Console) -> None:
    lives = [Life(f"load-{number}", start=number, core=number % 2).run(5).sleep(400).ready(20).run(5)
             for number in range(2, 6)]  # fmt: skip
    show_comparison(compare_traces([make_trace(Life("main").run(6).block(430), *lives)]), console)


STEPS = [
    StepRow(12, 1, "main", 3, "LOAD_FAST total", (), ("4",)),
    StepRow(13, 1, "main", 3, "BINARY_OP +", ("3", "4"), ("7",)),
    StepRow(14, 2, "work-2", 7, "STORE_FAST x", ("'a\x1b[31m'",), ()),
    StepRow(1_000_000, 2, "a very long name", None, "LOAD_GLOBAL a_very_long_name_of_a_variable", (), ("x" * 99,)),
    StepRow(1_000_001, 2, "work-2", 8, "BINARY_OP /", ("1", "0"), (), "ZeroDivisionError: division by zero"),
    StepRow(1_000_002, 2, "work-2", 8, "RESUME"),
]

SAVED: dict[str, tuple[Callable[[Console], None], int, bool]] = {
    "compare_60": (show_three, 60, False),
    "compare_80": (show_three, 80, False),
    "compare_120": (show_three, 120, False),
    "compare_80_ascii": (show_three, 80, True),
    "cores_80": (show_cores, 80, False),
    "deadlock_60": (show_deadlock, 60, False),
    "deadlock_80_ascii": (show_deadlock, 80, True),
    "thousand_threads_80": (show_many, 80, False),
    "io_80": (show_io, 80, False),
    "trace_80": (lambda console: show_trace(threaded_sum(4, 300), console), 80, False),
    "trace_120": (lambda console: show_trace(threaded_sum(2, 200), console), 120, False),
    "trace_60_ascii": (lambda console: show_trace(deadlock(), console), 60, True),
    "steps_80": (lambda console: show_steps(STEPS, console), 80, False),
    "steps_60_ascii": (lambda console: show_steps(STEPS, console), 60, True),
}


@pytest.mark.parametrize("name", SAVED)
def test_a_screen_is_as_it_was_saved(name: str) -> None:
    show, width, ascii_only = SAVED[name]
    assert screen(show, width, ascii_only=ascii_only) == (SCREENS / f"{name}.txt").read_text("utf-8")


# --- what holds of every screen -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAVED)
@pytest.mark.parametrize("width", [40, 60, 80, 120, 200, 300])
def test_no_line_is_wider_than_the_output(name: str, width: int) -> None:
    for ascii_only in (False, True):
        for line in screen(SAVED[name][0], width, ascii_only=ascii_only).splitlines():
            assert cell_len(line) <= width, line
            assert line == line.rstrip()


@pytest.mark.parametrize("name", SAVED)
def test_colour_only_where_it_is_asked_for(name: str) -> None:
    show, width, _ = SAVED[name]
    colored = screen(show, width, color=True)
    assert "\x1b[" in colored
    assert "\x1b" not in screen(show, width, color=False)
    assert "\x1b" not in screen(show, width, color=None)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in plain.splitlines()] == screen(show, width).splitlines()


NASTY = [
    "[red]",
    "a[i]",
    ":smile:",
    "\x1b[2J",
    "線程" * 9,
    "x" * 50,
    "\u202egnol",
    "\ud800",
    "",
    "e\u0301",
    "\t\n",
]


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_names_and_output_of_the_program_are_shown_safely(ascii_only: bool, width: int) -> None:
    lives = [Life(name, start=number).run(40).wait(10) for number, name in enumerate(NASTY)]
    trace = make_trace(*lives, output="".join(NASTY), filename="[b]\x07.toy")
    other = make_trace(*lives, output="\x1b[31mred[/red]", filename=":smile:")

    def show(console: Console) -> None:
        show_comparison(compare_traces([trace, other]), console)
        show_trace(trace, console)

    text = screen(show, width, ascii_only=ascii_only)
    assert not [char for char in text if ord(char) < 32 and char != "\n"]
    assert "\u202e" not in text
    for expected in ("[red]", "a[i]", ":smile:", "\\x1b[2J"):
        assert expected in text.replace("\n", "")
    assert all(cell_len(line) <= width for line in text.splitlines())


def test_what_is_drawn_in_ascii_has_a_character_of_its_own_for_each_state() -> None:
    for glyphs in (UNICODE, ASCII):
        states = list(glyphs.states.values())
        assert len(set(states)) == len(LASTING_STATES)
        assert not set(glyphs.levels) & set(states)
    assert ASCII.text.isascii()


# --- consoles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "width"),
    [
        ({}, 80),
        ({"COLUMNS": "61"}, 61),
        ({"COLUMNS": "61", "TERM": "dumb"}, 61),
        ({"COLUMNS": "x"}, 80),
        ({"COLUMNS": "7"}, 40),
    ],
)
def test_the_width_without_a_terminal(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], width: int) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert make_console(io.StringIO()).width == width


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_without_colour_gets_none(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    output = Terminal()
    show_three(make_console(output))
    assert "\x1b[" in output.getvalue()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    output = Terminal()
    show_three(make_console(output))
    assert "\x1b" not in output.getvalue()


def test_an_output_in_ascii_is_drawn_in_ascii() -> None:
    program = (
        "from tests.test_screens import show_three; from interp.terminal.console import make_console; "
        "show_three(make_console())"
    )
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env=environment,
        cwd=Path(__file__).parent.parent,
    )
    assert done.stdout.decode("ascii").splitlines() == (SCREENS / "compare_80_ascii.txt").read_text().splitlines()


# --- texts --------------------------------------------------------------------------------------------------


@QUICK
@given(st.text(max_size=30), st.integers(0, 20))
def test_text_is_cut_and_padded_to_its_width(text: str, width: int) -> None:
    shown = cut(readable(text), width)
    assert cell_len(shown) <= width
    assert cell_len(pad(shown, width)) == width


@QUICK
@given(st.text(max_size=60), st.integers(2, 20))
def test_wrapped_text_loses_nothing(text: str, width: int) -> None:
    shown = readable(text)
    lines = wrap(shown, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == shown.replace(" ", "")


@QUICK
@given(st.text(max_size=30), st.sampled_from(["utf-8", "ascii", "latin-1"]))
def test_readable_text_can_be_encoded_and_controls_nothing(text: str, encoding: str) -> None:
    shown = readable(text, encoding)
    shown.encode(encoding)
    assert shown.isprintable()


# --- the columns of lanes -----------------------------------------------------------------------------------

intervals = st.lists(st.tuples(st.sampled_from(LASTING_STATES), st.integers(1, 3000)), min_size=1, max_size=40)


def chain(plan: list[tuple[str, int]], start: int = 0) -> list[Interval]:
    """Return intervals that follow one another."""
    chained = []
    for state, ticks in plan:
        chained.append(Interval(state, start, start + ticks, 0 if state == RUNNING else None))
        start += ticks
    return chained


@QUICK
@given(intervals, st.integers(0, 5000), st.integers(10, 190))
def test_the_columns_of_a_lane(plan: list[tuple[str, int]], start: int, width: int) -> None:
    lane = chain(plan, start)
    stop = lane[-1].stop
    scale = Scale.fit(0, stop, width)
    assert scale.columns <= width
    cells = thread_cells(lane, scale)
    assert len(cells) == scale.columns
    shown = [column for column, cell in enumerate(cells) if cell]
    assert shown
    assert shown == list(range(shown[0], shown[-1] + 1))
    assert abs(shown[0] - scale.column(start)) <= 1
    assert abs(shown[-1] - (scale.units(stop) - 1) // scale.ticks) <= 1
    for interval in lane:
        first, last = scale.column(interval.start) + 1, scale.column(interval.stop) - 1
        if last - first >= 4:
            middle = cells[(first + last) // 2]
            assert middle is not None
            assert middle.state == interval.state
            assert middle.level == (FULL if interval.state == RUNNING else 0)


@QUICK
@given(st.integers(2, 12), st.integers(3, 100), st.integers(2000, 6000), st.integers(30, 190))
def test_threads_that_take_turns_too_short_to_see_are_seen_to_run(
    threads: int, slice_ticks: int, ticks: int, width: int
) -> None:
    scale = Scale.fit(0, ticks, width)
    if 2 * slice_ticks * threads > scale.ticks:
        return
    for turn in range(threads):
        plan = [("lock-wait", turn * slice_ticks)] if turn else []
        while sum(length for _, length in plan) < ticks:
            plan += [(RUNNING, slice_ticks), ("lock-wait", (threads - 1) * slice_ticks)]
        cells = thread_cells(chain(plan), scale)[1:-2]
        share = FULL / threads
        assert all(cell and abs(cell.level - share) <= 0.25 * share + 1 for cell in cells)


@QUICK
@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(10, 190))
def test_where_turns_are_wide_exactly_one_thread_is_seen_to_run(lengths: list[int], width: int) -> None:
    total = sum(lengths)
    scale = Scale.fit(0, total, width)
    if 2 * min(lengths) * scale.spread < 3 * scale.ticks:
        return
    lanes: list[list[tuple[str, int]]] = [[], []]
    for number, length in enumerate(lengths):
        lanes[number % 2].append((RUNNING, length))
        lanes[1 - number % 2].append(("lock-wait", length))
    cells = [thread_cells(chain(plan), scale) for plan in lanes]
    last = (scale.units(total) - 1) // scale.ticks
    for pair in list(zip(*cells, strict=True))[:last]:
        assert sorted(cell.level for cell in pair if cell) == [0, FULL]


@QUICK
@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(10, 190))
def test_a_wide_turn_is_seen_in_the_lane_of_a_lock(lengths: list[int], width: int) -> None:
    turns, start = [], 0
    for number, length in enumerate(lengths, 1):
        turns.append(Turn(number, start, start + length))
        start += length
    scale = Scale.fit(0, start, width)
    cells = turn_cells(turns, scale)
    assert len(cells) == scale.columns
    for turn in turns:
        if 2 * turn.ticks * scale.spread >= 4 * scale.ticks:
            assert any(cell and cell.thread == turn.thread for cell in cells)


@QUICK
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 200))
def test_a_scale_fits_and_wastes_little(start: int, length: int, width: int) -> None:
    scale = Scale.fit(start, start + length, width)
    assert 1 <= scale.columns <= width
    assert scale.column(max(start, start + length - 1)) == scale.columns - 1 or scale.spread > 1 or not length
    if length > width * width:
        assert scale.columns >= width - 2


# --- what is drawn of special runs --------------------------------------------------------------------------


def test_a_faster_run_is_shorter() -> None:
    lines = screen(show_three, 100).splitlines()
    busy = [len(line) for line in lines if "cores busy" in line and "%" not in line]
    assert busy[0] == busy[1] > 2.5 * (busy[2] - 16)


def test_empty_and_tiny_runs_are_drawn() -> None:
    for trace in (
        make_trace(Life("main")),
        make_trace(Life("main").run(1)),
        make_trace(Life("main").block(3)),
    ):
        for width in (40, 80, 200):
            comparison = compare_traces([trace])
            assert "main" in screen(partial(show_comparison, comparison), width)


def test_a_window_of_a_trace_says_what_it_leaves_out() -> None:
    trace = threaded_sum(2, 300)
    text = screen(lambda console: show_trace(trace, console, start=240, stop=340), 80)
    ticks = re.findall(r"^ +(\d+) ", text, re.MULTILINE)
    assert ticks == ["240", "340", "650"]
    assert "events before tick 240 are not shown" in text
    assert "later events are not shown" in text
    total = sum(int(number) for number in re.findall(r"… (\d+) ", text))
    shown = [event for event in trace.events if 240 <= event.tick <= 340]
    assert total + len(shown) == len(trace.events)


def test_a_limit_on_the_rows_of_a_trace_is_kept_and_said() -> None:
    text = screen(lambda console: show_trace(threaded_sum(2, 3000), console, limit=20), 80)
    assert 20 <= len(text.splitlines()) <= 40
    assert "later events are not shown" in text


def test_other_settings_do_not_disturb() -> None:
    trace = make_trace(Life("a").run(5), Life("b").run(5, core=9), settings=Settings(cores=16, lock="python3.13t"))
    text = screen(lambda console: show_timelines([Picture(trace, "t")], console, each_core=True), 80)
    assert "core 9" in text
    assert "lock held" not in text


def save_screens() -> None:
    """Write all saved screens anew."""
    for name, (show, width, ascii_only) in SAVED.items():
        (SCREENS / f"{name}.txt").write_text(screen(show, width, ascii_only=ascii_only), "utf-8")


if __name__ == "__main__":
    save_screens()
