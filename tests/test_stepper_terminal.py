"""The stepper and its surroundings: the timeline and the mouse, waiting, sizes, colours, a real terminal.

Read first: `test_stepper.py`, which walks through runs.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from rich.table import Table
from textual import events
from textual.widgets import Static

from interp.terminal.stepper import reference
from interp.terminal.stepper.app import INTERRUPTED, StepperApp
from interp.terminal.stepper.keys import KEYS
from interp.terminal.stepper.stage import is_light
from interp.traces import playback
from interp.traces.stretch import stretch_around
from interp.traces.walk import Walk
from tests.stepper_driver import COUNTER, ROOT, Driver, drive, record

# --- the timeline -------------------------------------------------------------------------------------------


def test_the_timeline_is_clicked_and_scrubbed() -> None:
    async def test(screen: Driver) -> None:
        assert screen.app.view is not None
        await screen.click("timeline", 1, column=30)
        first = screen.app.view.moment.tick
        assert first > 0
        assert screen.lines("timeline")[0][30] == "▲"
        await screen.press("right_square_bracket")
        assert screen.app.view.moment.tick > first
        await screen.press("left_square_bracket")
        assert screen.app.view.moment.tick == first
        row = next(row for row, line in enumerate(screen.lines("timeline")) if "2 add-2" in line)
        assert await screen.click("timeline", row, column=3) == "Following thread 2."

    drive(test)


def test_the_timeline_can_be_dragged() -> None:
    async def test(screen: Driver) -> None:
        assert screen.app.view is not None
        await screen.pilot.mouse_down("#timeline", offset=(20, 0))
        for column in (24, 32, 40):
            await screen.pilot.hover("#timeline", offset=(column, 0))
        await screen.settle()
        assert screen.lines("timeline")[0][40] == "▲"
        await screen.pilot.mouse_up("#timeline", offset=(40, 0))
        await screen.pilot.hover("#timeline", offset=(20, 0))
        await screen.settle()
        assert screen.lines("timeline")[0][40] == "▲"

    drive(test)


def test_the_mouse_wheel_looks_elsewhere_until_the_next_step() -> None:
    async def test(screen: Driver) -> None:
        before = screen.lines("source")
        pane = screen.pane("source")
        pane.post_message(events.MouseScrollDown(pane, 5, 5, 0, 0, 0, False, False, False))
        await screen.settle()
        assert screen.lines("source")[1:-2] == before[3:]
        await screen.press("n")
        assert screen.marked("source")

    drive(test)


def test_a_click_on_the_lock_below_many_threads_follows_nobody() -> None:
    source = COUNTER.replace("spawn(add, 2), spawn(add, 2)", "spawn(add, 2) for _ in range(9)")

    async def test(screen: Driver) -> None:
        await screen.answer("slash", "counter + one")
        lines = screen.lines("threads")
        row = next(row for row, line in enumerate(lines) if line.startswith("lock:"))
        assert await screen.click("threads", row) == ""
        assert await screen.click("threads", row - 1) == f"Following thread {lines[row - 1].split()[0]}."

    drive(test, Walk(record(source, interval=5)))


def test_the_timeline_is_magnified_around_the_position() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("g", "60")
        before = screen.lines("timeline")
        await screen.press("plus")
        assert "━" in screen.lines("timeline")[0]
        assert screen.lines("timeline")[1:] != before[1:]
        while not await screen.press("plus"):
            pass
        assert screen.said == "One cannot look closer."
        assert await screen.press("equals_sign") == ""
        assert screen.lines("timeline") == before
        assert await screen.press("minus") == "The timeline shows all that it can."

    drive(test)


def test_of_a_very_long_run_the_timeline_shows_a_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "MOST_EVENTS", 10)
    walk = Walk(record(COUNTER.replace("add, 2", "add, 200"), interval=20))
    assert walk.recording.trace is None

    async def test(screen: Driver) -> None:
        await screen.answer("g", "3000")
        assert "━" in screen.lines("timeline")[0]
        assert screen.lines("timeline")[2].startswith(" 2 add-2")
        assert "▄" in screen.lines("timeline")[2]

    drive(test, walk)


def test_a_stretch_shows_what_the_whole_trace_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    source = COUNTER.replace("add, 2", "add, 300")
    whole = record(source, interval=20)
    assert whole.trace is not None
    monkeypatch.setattr(playback, "MOST_EVENTS", 10)
    part = stretch_around(record(source, interval=20), 4000)
    assert (part.first, part.last) == (2000, 6000)
    for lane, other in zip(part.trace.lanes, whole.trace.lanes, strict=True):
        inside = {
            (interval.state, interval.start, interval.stop)
            for interval in other.intervals
            if part.start < interval.start and interval.stop < part.stop
        }
        assert inside <= {(interval.state, interval.start, interval.stop) for interval in lane.intervals}
        assert lane.intervals[0].start >= part.start
        assert lane.intervals[-1].stop <= part.stop


# --- waiting ------------------------------------------------------------------------------------------------


def test_keys_that_come_too_fast_become_one_move() -> None:
    async def test(screen: Driver) -> None:
        for _ in range(60):
            screen.app.post_message(events.Key("right", None))
        await screen.settle()
        assert screen.step == 60

    drive(test)


def test_a_long_search_can_be_stopped() -> None:
    walk = Walk(record("n = 0\nwhile n < 3000:\n    n = n + 1\n"))
    waiting, go_on = threading.Event(), threading.Event()

    async def test(screen: Driver) -> None:
        await screen.press("right", "right")

        def slow(tick: int, steps: int) -> None:
            waiting.set()
            go_on.wait(10)
            screen.app.errands.progress(tick, steps)

        walk.recording.progress = slow
        screen.app.post_message(events.Key("e", "e"))
        while not waiting.is_set():
            await asyncio.sleep(0.005)
        screen.app.errands.since -= 1  # as if it had taken a second
        screen.app.post_message(events.Key("right", None))
        screen.app.post_message(events.Key("g", "g"))
        while "looking for an exception" not in screen.said:
            await asyncio.sleep(0.005)
        screen.app.post_message(events.Key("escape", None))
        while not screen.app.errands.stop_asked:
            await asyncio.sleep(0.005)
        go_on.set()
        await screen.settle()
        assert screen.said == "Stopped; nothing has changed."
        assert screen.app.focused is None
        assert screen.step == 2
        await screen.press("right")
        assert screen.step == 3

    drive(test, walk)


# --- the terminal -------------------------------------------------------------------------------------------


def test_a_larger_terminal_shows_more() -> None:
    async def test(screen: Driver) -> None:
        assert not screen.pane("memory").display
        await screen.press("tab")
        assert screen.pane("memory").display
        await screen.pilot.resize_terminal(120, 40)
        await screen.settle()
        assert screen.pane("memory").display
        assert screen.pane("frames").display
        assert screen.pane("output").size.height > 1
        assert await screen.press("tab") == "Everything is on the screen already."
        await screen.pilot.resize_terminal(40, 12)
        await screen.settle()
        await screen.press("n", "n")
        assert screen.text("position").startswith("step 2/")

    drive(test)


def test_a_pasted_text_presses_no_keys() -> None:
    async def test(screen: Driver) -> None:
        screen.app.post_message(events.Paste("qnnn\x1b"))
        await screen.settle()
        assert screen.step == 0
        assert screen.app.is_running

    assert drive(test).return_code is None


@pytest.mark.parametrize("name", ["NO_COLOR", "LIGHT", "DARK"])
def test_marks_can_be_read_without_colour(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLORFGBG", "0;15" if name == "LIGHT" else "15;0")

    async def test(screen: Driver) -> None:
        await screen.answer("slash", "one()")
        colors = {
            str(part.style.color)
            for strip in screen.app.screen._compositor.render_strips()
            for part in strip
            if part.style and part.style.color and not part.style.color.is_default
        }
        assert (colors == set()) == (name == "NO_COLOR")
        assert screen.marked("source")
        assert screen.marked("instructions")
        assert screen.marked("threads")
        if name != "NO_COLOR":
            assert ("light" in screen.app.theme) == (name == "LIGHT")
            await screen.press("d")
            assert ("light" in screen.app.theme) == (name == "DARK")

    drive(test)


def test_the_background_is_guessed() -> None:
    assert is_light("0;15")
    assert is_light("0;default;7")
    assert not is_light("15;0")
    assert not is_light("")


def test_a_terminal_without_unicode_gets_ascii() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("slash", "one()")
        await screen.press("b", "question_mark")
        text = "".join(strip.text for strip in screen.app.screen._compositor.render_strips())
        assert text.isascii()
        await screen.press("escape", "enter")
        assert "".join(strip.text for strip in screen.app.screen._compositor.render_strips()).isascii()
        await screen.press("escape")
        assert screen.marked("source").startswith(">@")
        assert "".join(strip.text for strip in screen.app.screen._compositor.render_strips()).isascii()

    drive(test, Walk(record(COUNTER + "# — ✓\n")), encoding="ascii")


def test_every_key_is_in_the_help_and_does_something() -> None:
    async def test(screen: Driver) -> None:
        await screen.press("question_mark")
        tables = [table.content for table in screen.app.screen.query(".keys").results(Static)]
        columns = [column for table in tables if isinstance(table, Table) for column in table.columns]
        text = "\n".join(str(cell) for column in columns for cell in column.cells)
        for key in KEYS:
            assert key.words in text
            assert " ".join(key.shown()) in text
            for _, action in key.bindings:
                assert hasattr(StepperApp, f"action_{action.partition('(')[0]}")
        await screen.press("escape")
        assert len(screen.app.screen_stack) == 1

    drive(test)
    bound = [name for key in KEYS for name in key.keys]
    assert len(bound) == len(set(bound))


def test_the_page_of_keys_and_its_picture_are_current() -> None:
    written = reference.PAGE.read_text(encoding="utf-8")
    assert written == reference.page(), "docs/stepper_keys.md is old: python -m interp.terminal.stepper.reference"
    walk = reference.example()
    assert [value.text for value in walk.moment.processes[0].variables if value.name == "counter"] == ["0"]
    readers = [thread for thread in walk.moment.threads if any(frame.stack for frame in thread.frames)]
    assert {2, 3} <= {thread.number for thread in readers}
    text = reference.PICTURE.read_text(encoding="utf-8").replace("&#160;", " ")
    assert f"step {walk.step}/{walk.recording.steps}" in text


def test_leaving_has_a_status() -> None:
    async def quit_it(screen: Driver) -> None:
        await screen.pilot.press("q")

    async def interrupt(screen: Driver) -> None:
        await screen.press("g", "1", "ctrl+c")
        assert screen.app.focused is None
        await screen.press("question_mark", "ctrl+c")
        assert len(screen.app.screen_stack) == 1
        await screen.pilot.press("ctrl+c")

    assert drive(quit_it).return_value == 0
    assert drive(interrupt).return_value == INTERRUPTED


def test_leaving_does_not_wait_for_a_search() -> None:
    walk = Walk(record("n = 0\nwhile n < 3000:\n    n = n + 1\n"))
    waiting = threading.Event()

    async def test(screen: Driver) -> None:
        def slow(tick: int, steps: int) -> None:
            waiting.set()
            while not screen.app.errands.stop_asked:
                time.sleep(0.001)
            screen.app.errands.progress(tick, steps)

        walk.recording.progress = slow
        screen.app.post_message(events.Key("e", "e"))
        while not waiting.is_set():
            await asyncio.sleep(0.005)
        await screen.pilot.press("q")

    app = drive(test, walk)
    assert app.return_value == 0
    assert app.fault is None


def test_textual_is_imported_only_to_draw() -> None:
    program = "import sys, interp.cli, interp.terminal.stepper, interp.traces.walk; print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# --- a real terminal ----------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")
def test_in_a_real_terminal(tmp_path: Path) -> None:
    program = tmp_path / "counter.toy"
    program.write_text(COUNTER, encoding="utf-8")
    socket = f"interp-test-{os.getpid()}"
    # Readline, which pytest imports, has set COLUMNS behind Python's back; it would keep the stepper from growing.
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}

    def tmux(*words: str) -> str:
        return subprocess.run(
            ["tmux", "-L", socket, *words], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
        ).stdout

    def wait_for(text: str) -> str:
        for _ in range(2_400):
            screen = tmux("capture-pane", "-p", "-t", "stepper")
            if text in screen:
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{text!r} never came up; the screen is:\n{screen}")

    tmux("-f", "/dev/null", "new-session", "-d", "-s", "stepper", "-x", "80", "-y", "24", "sh")
    try:
        tmux("send-keys", "-t", "stepper", f"PS1='$ '; cd '{tmp_path}'", "Enter")
        tmux("send-keys", "-t", "stepper", f"'{sys.executable}' -m interp step counter.toy --interval 5", "Enter")
        screen = wait_for("step 0/")
        assert "► 1 counter = 0" in screen.replace("►  1", "► 1")
        tmux("send-keys", "-t", "stepper", "x", "n", "n")
        wait_for("thread 2 (add-2)")
        tmux("resize-window", "-t", "stepper", "-x", "120", "-y", "40")
        wait_for("memory, shared by all")
        tmux("send-keys", "-t", "stepper", "C-z")
        wait_for("topped")
        tmux("send-keys", "-t", "stepper", "fg", "Enter")
        wait_for("memory, shared by all")
        tmux("send-keys", "-t", "stepper", "s")
        wait_for("--schedule")
        tmux("send-keys", "-t", "stepper", "Enter")
        wait_for("The schedule is printed")
        tmux("send-keys", "-t", "stepper", "q")
        wait_for("\n1*")
        tmux("send-keys", "-t", "stepper", "echo status $?", "Enter")
        wait_for("status 0")
        again = f"clear; '{sys.executable}' -m interp step bank_deadlock --goal ok; echo left with $?"
        tmux("send-keys", "-t", "stepper", again, "Enter")
        wait_for("goal: ok, not reached")
        tmux("send-keys", "-t", "stepper", "q")
        wait_for("left with 1")
    finally:
        tmux("kill-server")
