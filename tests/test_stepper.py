"""The stepper on the screen: keys in, what a person sees and can rely on out.

Textual's pilot presses the keys and clicks; a pane is read as the text that it draws. Nothing here compares pictures,
and nothing is timed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import OptionList, Static

from interp import Settings, compile_source
from interp.terminal.stepper import reference
from interp.terminal.stepper.app import INTERRUPTED, StepperApp
from interp.terminal.stepper.keys import KEYS
from interp.terminal.stepper.pane import Painted
from interp.terminal.stepper.stage import is_light
from interp.traces import playback
from interp.traces.goals import parse_goal
from interp.traces.phases import PHASES, phases_of
from interp.traces.recording import Recording
from interp.traces.stretch import stretch_around
from interp.traces.walk import Walk

ROOT = Path(__file__).parent.parent

LONGEST = 60
"""Seconds after which a test is given up: it waits for something that never comes."""

COUNTER = """\
counter = 0


def one():
    return 1


def add(times):
    global counter
    for _ in range(times):
        counter = counter + one()


tasks = [spawn(add, 2), spawn(add, 2)]
for task in tasks:
    task.join()
print(counter)
"""


def record(source: str = COUNTER, filename: str = "counter.toy", **settings: Any) -> Recording:
    """Record the run of a program."""
    program = compile_source(source, filename)
    return Recording(program.source, program.filename, program.code, Settings(**settings))


class Driver:
    """Presses keys and reads the screen, for the tests below."""

    def __init__(self, app: StepperApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Wait until everything that was asked for is done and drawn.

        A key wanders from the app to the screen and to what has the focus, and back to what it does there.
        """
        await self._pass_on()
        while self.app.errands.busy and self.app.fault is None:
            await asyncio.sleep(0.001)
        await self._pass_on()
        if self.app.fault is not None:
            raise self.app.fault

    async def _pass_on(self) -> None:
        """Wait until every message that is under way has arrived, and is drawn."""
        for _ in range(3):
            for pump in (self.app, self.app.screen, self.app.focused or self.app.screen):
                await self._called(pump, pump.call_later)
        await self._called(self.app.screen, self.app.screen.call_after_refresh)

    async def _called(self, pump: App[int] | Widget, call: Callable[..., Any]) -> None:
        """Wait until a callback is called, or the widget is gone: a dialog that was closed calls nobody."""
        done = asyncio.Event()
        call(done.set)
        while not done.is_set() and pump.is_running and (pump is self.app or pump.screen in self.app.screen_stack):
            await asyncio.sleep(0.001)

    async def press(self, *keys: str) -> str:
        """Press keys, one after another; returns what is said then."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))
            await self.settle()
        return self.said

    async def answer(self, key: str, text: str) -> str:
        """Press a key that asks for something and type the answer; returns what is said then."""
        return await self.press(key, *text, "enter")

    async def click(self, pane: str, row: int, column: int = 10) -> str:
        """Click into a pane, `row` counted from its heading; returns what is said then."""
        await self.pilot.click(f"#{pane}", offset=(column, row))
        await self.settle()
        return self.said

    def pane(self, name: str) -> Painted:
        """The part of the screen of that name."""
        return self.app.screen_stack[0].query_one(f"#{name}", Painted)

    def lines(self, name: str) -> list[str]:
        """The lines that a part of the screen shows."""
        pane = self.pane(name)
        return [pane.render_line(row).text.rstrip() for row in range(pane.size.height)]

    def text(self, name: str) -> str:
        """The text that a part of the screen shows."""
        return "\n".join(self.lines(name)).strip()

    def marked(self, name: str) -> str:
        """The line with the arrow."""
        return next(line for line in self.lines(name) if line.startswith(self.app.marks.here))

    @property
    def said(self) -> str:
        """What is said below the panes, on one line."""
        return " ".join(self.text("said").split())

    @property
    def step(self) -> int:
        """The step that is shown."""
        assert self.app.view is not None
        return self.app.view.moment.step


def drive(
    test: Callable[[Driver], Awaitable[None]],
    walk: Walk | None = None,
    size: tuple[int, int] = (80, 24),
    encoding: str = "utf-8",
) -> StepperApp:
    """Open the stepper and let a test drive it."""
    app = StepperApp(walk or Walk(record(interval=5)), encoding)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            driver = Driver(app, pilot)
            await driver.settle()
            await test(driver)

    asyncio.run(asyncio.wait_for(run(), LONGEST))
    return app


# --- what is on the screen ----------------------------------------------------------------------------------


def test_what_belongs_together_is_on_one_screen_of_80_by_24() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("slash", "counter + one")
        assert screen.text("position").startswith(f"step {screen.step}/")
        assert "thread 2 (add-2)" in screen.text("position")
        assert "11         counter = counter + one()" in screen.marked("source")
        assert "LOAD_GLOBAL counter" in screen.marked("instructions")
        assert "Push the value of a global variable" in " ".join(screen.text("instructions").split())
        assert "stack <range_iterator> < top" in screen.text("frames")
        assert "2 add-2 running line 11" in screen.marked("threads")
        assert "3 add-3 waits for the lock" in screen.text("threads")
        assert "lock: held by 2, waiting: 3" in screen.text("threads")
        assert screen.lines("timeline")[0].startswith("tick ")
        assert "▲" in screen.lines("timeline")[0]
        assert screen.text("output") == "output │ nothing yet"
        await screen.press("end")
        assert screen.text("output").startswith("output │ 2")

    drive(test)


def test_the_exact_expression_is_marked() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("slash", "counter + one")
        assert expression(screen) == "counter"
        await screen.press("n")
        assert expression(screen) == "one"
        await screen.press("n")
        assert expression(screen) == "one()"
        await screen.press("r")
        assert expression(screen) == "counter + one()"

    def expression(screen: Driver) -> str:
        pane = screen.pane("source")
        row = next(row for row, line in enumerate(screen.lines("source")) if line.startswith("►"))
        return "".join(part.text for part in pane.render_line(row) if part.style and part.style.reverse)

    drive(test, Walk(record()))


def test_what_the_last_step_changed_has_a_star() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("slash", "counter")
        assert "counter = 0 *" in screen.text("memory")
        await screen.press("n")
        assert "counter = 0" in screen.text("memory")
        assert "*" not in screen.text("memory")
        await screen.answer("slash", "LOAD")  # no such text in the program
        await screen.answer("slash", "one()")
        await screen.press("n")
        assert "stack 0 *" in screen.text("frames")

    drive(test, size=(120, 40))


def test_by_line_what_the_line_changed_has_a_star() -> None:
    async def test(screen: Driver) -> None:
        await screen.press("i", "n")
        assert "counter = 0 *" in screen.text("memory")

    drive(test, Walk(record("counter = 0\nx = 5 + counter\ny = 1\n")), size=(120, 40))


def test_processes_have_a_column_each() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("w", "counter")
        await screen.press("c", "c")  # process 1 sets it to 0, process 2 adds to its own copy
        lines = screen.lines("memory")
        assert "memories of 2 processes, isolated" in lines[0]
        assert lines[2].split() == ["process", "1", "process", "2<"]
        row = next(line.split() for line in lines if line.startswith("counter"))
        assert row == ["counter", "0", "1", "*"]

    drive(test, Walk(record(mode="processes")), size=(150, 40))


def test_who_can_reach_an_object_is_said() -> None:
    source = "shared = []\ndef work():\n    own = [1]\n    shared.append(2)\ntask = spawn(work)\ntask.join()\n"

    async def test(screen: Driver) -> None:
        await screen.answer("slash", "shared.append")
        assert "list shared []  shared: 1 2" in screen.text("memory")
        assert "only 2" in next(line for line in screen.lines("memory") if "own" in line)

    drive(test, Walk(record(source)), size=(150, 40))


def test_wide_characters_tabs_and_control_characters_keep_their_places() -> None:
    source = 'def f():\n\tname = "日本語" + "\\x1b[2J" + "e\u0301"\n\treturn name\nprint(f())\n'

    async def test(screen: Driver) -> None:
        await screen.answer("slash", "return")
        assert '    name = "日本語" +' in screen.text("source")
        await screen.press("end")
        assert "\x1b" not in "".join(screen.text(pane.id or "") for pane in screen.app.query(Painted))
        for pane in screen.app.query(Painted):
            for row in range(pane.size.height):
                assert pane.render_line(row).cell_length == pane.size.width

    drive(test, Walk(record(source)))


def test_a_long_line_is_shown_where_its_expression_is() -> None:
    source = "n = 1\nvalue = " + " + ".join(["n"] * 40 + ["len('x')"]) + "\n"

    async def test(screen: Driver) -> None:
        await screen.press("end")
        while not screen.text("instructions").count("►") or "CALL" not in screen.marked("instructions"):
            await screen.press("left")
        assert "len('x')" in screen.marked("source")

    drive(test, Walk(record(source)))


# --- moving -------------------------------------------------------------------------------------------------


def test_arrows_go_on_and_back_and_say_where_they_cannot() -> None:
    async def test(screen: Driver) -> None:
        assert await screen.press("left") == "This is the beginning."
        assert await screen.press("right", "right", "right", "left") == ""
        assert screen.step == 2
        await screen.press("end")
        end = screen.step
        assert await screen.press("right") == f"The run ends at step {end}: ok."
        assert "the end: ok" in screen.text("position")
        await screen.press("home")
        assert screen.step == 0

    drive(test)


def test_a_run_that_was_stopped_at_a_bound_has_an_end() -> None:
    async def test(screen: Driver) -> None:
        await screen.press("end")
        assert "the end: limit" in screen.text("position")
        await screen.press("i", "i")
        assert await screen.press("right") == "The run ends at step 20: limit."

    drive(test, Walk(record(max_steps=20)))


def test_a_key_changes_the_grain() -> None:
    async def test(screen: Driver) -> None:
        assert await screen.press("i") == "Moving by line."
        await screen.press("right", "right")
        assert "► 8 def add" in screen.marked("source").replace("  ", " ")
        assert await screen.press("i") == "Moving by phase."
        step = screen.step
        for phase in ("fetch", "decode", "perform", "charge"):
            assert f"[{phase}]" in screen.text("instructions")
            assert screen.step == step
            await screen.press("right")
        assert "[fetch]" in screen.text("instructions")
        assert screen.step == step + 1
        await screen.press("left")
        assert "[charge]" in screen.text("instructions")
        assert screen.step == step

    drive(test, size=(120, 40))


def test_phases_show_the_loop_and_what_it_does() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("slash", "one()")
        await screen.press("r", "i", "i")
        assert "BINARY_OP" in screen.marked("instructions")
        assert "► instruction, argument = fetch(frame)" in screen.text("instructions")
        await screen.press("right")
        assert "It takes from the stack: left = 0, right = 1." in screen.text("instructions")
        await screen.press("right")
        assert "It puts on the stack: result = 1." in screen.text("instructions")
        await screen.press("right")
        assert "It costs 1 tick" in screen.text("instructions")

    drive(test, size=(140, 50))


def test_phases_of_every_step_agree_with_the_declaration() -> None:
    recording = record()
    for step in range(recording.steps):
        before, after = recording.moment(step), recording.moment(step + 1)
        phases = phases_of(before, after)
        assert tuple(phase.name for phase in phases) == PHASES
        assert before.next_thread is not None
        assert before.next_thread.frame is not None
        assert phases[2].sentences[0] == before.next_thread.frame.instruction.opcode.summary
    assert phases_of(recording.moment(recording.steps), recording.moment(recording.steps)) == ()


def test_go_to_a_step_or_a_tick() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("g", "20")
        assert screen.step == 20
        await screen.answer("g", "t30")
        assert screen.app.view is not None
        assert screen.app.view.moment.tick >= 30
        assert (await screen.answer("g", "9999")).startswith("There is no step 9,999: the run has")
        assert await screen.answer("g", "x") == "'x' is no step and no tick: 120 is a step, t120 a tick."

    drive(test)


def test_landmarks_are_gone_to_in_both_directions() -> None:
    async def test(screen: Driver) -> None:
        await screen.press("x")
        switch = screen.step
        assert "thread 2" in screen.text("position")
        await screen.press("x", "X")
        assert screen.step == switch
        await screen.press("o")
        assert screen.text("output").startswith("output │ 2 *")
        assert (await screen.press("e")).startswith("No exception after step")

    drive(test)


def test_search_finds_landmarks_variables_and_lines() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("slash", "switch")
        assert "thread 2" in screen.text("position")
        await screen.answer("slash", "17")
        assert "print" in screen.marked("source")
        first = screen.step
        assert (await screen.press("full_stop")).startswith("No breakpoint (line 17) after")
        assert screen.step == first
        await screen.press("end", "comma")
        assert screen.step == first
        assert (await screen.answer("slash", "qqq")).startswith("Nothing to go to is called 'qqq'")

    drive(test)


def test_breakpoints_stop_both_ways() -> None:
    async def test(screen: Driver) -> None:
        assert (await screen.answer("B", "3")).startswith("Nothing is executed on line 3")
        assert await screen.answer("B", "11") == "Breakpoint on line 11."
        await screen.press("c")
        assert screen.marked("source").startswith("►●")
        first = screen.step
        await screen.press("c", "C")
        assert screen.step == first
        assert await screen.press("b") == "Breakpoint on line 11 cleared."
        assert await screen.press("C") == "The beginning."

    drive(test)


def test_a_click_on_a_line_sets_a_breakpoint() -> None:
    async def test(screen: Driver) -> None:
        row = next(row for row, line in enumerate(screen.lines("source")) if line.endswith("4 def one():"))
        assert await screen.click("source", row) == "Breakpoint on line 4."
        assert "●" in screen.lines("source")[row]
        assert (await screen.click("source", row - 1)).startswith("Nothing is executed on line 3")

    drive(test)


def test_a_watched_variable_is_shown_and_stopped_at() -> None:
    async def test(screen: Driver) -> None:
        assert await screen.answer("w", "nothing") == "The program has no variable 'nothing'."
        assert (await screen.answer("w", "counter")).startswith("Watching counter")
        assert "watch counter = no value here" in screen.text("memory")
        assert await screen.press("c") == "A write of counter."
        assert "watch counter = 0 *" in screen.text("memory")
        assert await screen.answer("w", "counter") == "No longer watching counter."

    drive(test, size=(120, 40))


def test_a_followed_thread_is_the_one_that_moves() -> None:
    async def test(screen: Driver) -> None:
        assert await screen.answer("t", "9") == "There is no thread 9; the run has 3."
        assert await screen.answer("t", "3") == "Following thread 3."
        for _ in range(12):
            await screen.press("n")
            assert "thread 3 (add-3)" in screen.text("position")
        assert screen.step > 40
        row = next(row for row, line in enumerate(screen.lines("threads")) if "2 add-2" in line)
        assert await screen.click("threads", row) == "Following thread 2."
        assert await screen.click("threads", row) == "Following all threads."

    drive(test)


# --- choosing -----------------------------------------------------------------------------------------------


def test_choosing_says_who_can_run_and_what_it_led_to() -> None:
    walk = Walk(record(), goal=parse_goal("output 2"))

    async def test(screen: Driver) -> None:
        assert "goal: output 2, not reached" in screen.text("position")
        await screen.answer("slash", "+ one()")
        await screen.press("f")  # thread 2 has read the counter and enters one()
        await screen.press("n")
        await screen.press("enter")
        options = [str(option.prompt) for option in screen.app.screen.query_one(OptionList).options]
        assert any("1 main" in option and "it waits for join of add-2" in option for option in options)
        assert any("3 add-3: can run" in option for option in options)
        said = await screen.press("3")
        assert said.startswith("Now it prints 2, 4 before. The goal is reached: output 2 (1 choice)")
        assert "thread 3" in screen.text("position")
        assert "1 choice made" in screen.text("position")
        assert "goal: output 2, reached" in screen.text("position")
        assert await screen.press("u") == "The last choice is taken back."
        assert "thread 2" in screen.text("position")
        assert await screen.press("u") == "Nothing was chosen yet."

    drive(test, walk)


def test_where_nobody_may_be_chosen_the_reason_is_given() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("slash", "counter + one")
        await screen.press("n", "enter")
        options = screen.app.screen.query_one(OptionList).options
        reason = next(option for option in options if "3 add-3" in str(option.prompt))
        assert reason.disabled
        assert "thread 2 is not at a switch point here" in str(reason.prompt)
        assert (await screen.press("3")).startswith("Thread 3 cannot run next: thread 2 is not at a switch point")

    drive(test)


def test_a_saved_schedule_leads_to_the_same_place(tmp_path: Path) -> None:
    file = tmp_path / "witness.txt"

    async def test(screen: Driver) -> None:
        assert (await screen.press("s")).startswith("This is the beginning")
        await screen.press("x", "n", "n")
        await screen.press("s")
        assert "--schedule" in str(screen.app.screen.query(Static).last().content) or screen.app.screen.query(Static)
        await screen.press("enter")
        assert screen.said == "The schedule is printed when you leave."
        await screen.press("s")
        screen.app.screen.query_one("Input").value = str(file)  # type: ignore[attr-defined]
        assert (await screen.press("enter")).startswith("Saved.")
        await screen.press("s")
        screen.app.screen.query_one("Input").value = str(file)  # type: ignore[attr-defined]
        assert "exists already" in (await screen.press("enter"))
        await screen.pilot.press("q")

    app = drive(test)
    schedule = file.read_text(encoding="utf-8").strip()
    assert app.to_print == [schedule]
    assert schedule == app.walk.schedule()
    again = record(interval=5, schedule=schedule)
    assert again.moment(app.walk.step).processes == app.walk.recording.moment(app.walk.step).processes


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
        await screen.press("equals_sign")
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
        while "looking for an exception" not in screen.said:
            await asyncio.sleep(0.005)
        screen.app.post_message(events.Key("escape", None))
        while not screen.app.errands.stop_asked:
            await asyncio.sleep(0.005)
        go_on.set()
        await screen.settle()
        assert screen.said == "Stopped; nothing has changed."
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
        text = str(screen.app.screen.query(Static).last().content)
        for key in KEYS:
            assert key.words in text
            assert key.shown in text
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
    starter = tmp_path / "start.py"
    starter.write_text(
        "import sys\n"
        "from interp import read_program, Settings\n"
        "from interp.terminal.stepper import run_stepper\n"
        "from interp.traces.recording import Recording\n"
        "from interp.traces.walk import Walk\n"
        "program = read_program(sys.argv[1])\n"
        "walk = Walk(Recording(program.source, 'counter.toy', program.code, Settings(interval=5)))\n"
        "print('status', run_stepper(walk))\n",
        encoding="utf-8",
    )
    socket = f"interp-test-{os.getpid()}"
    # Readline, which pytest imports, has set COLUMNS behind Python's back; it would keep the stepper from growing.
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}

    def tmux(*words: str) -> str:
        return subprocess.run(
            ["tmux", "-L", socket, *words], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
        ).stdout

    def wait_for(text: str) -> str:
        for _ in range(600):
            screen = tmux("capture-pane", "-p", "-t", "stepper")
            if text in screen:
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{text!r} never came up; the screen is:\n{screen}")

    tmux("-f", "/dev/null", "new-session", "-d", "-s", "stepper", "-x", "80", "-y", "24", "sh")
    try:
        tmux("send-keys", "-t", "stepper", f"PS1='$ '; '{sys.executable}' '{starter}' '{program}'", "Enter")
        screen = wait_for("step 0/")
        assert "► 1 counter = 0" in screen.replace("►  1", "► 1")
        tmux("send-keys", "-t", "stepper", "x", "n", "n")
        wait_for("thread 2 (add-2)")
        tmux("resize-window", "-t", "stepper", "-x", "120", "-y", "40")
        wait_for("memory, shared by all threads")
        tmux("send-keys", "-t", "stepper", "C-z")
        wait_for("topped")
        tmux("send-keys", "-t", "stepper", "fg", "Enter")
        wait_for("memory, shared by all threads")
        tmux("send-keys", "-t", "stepper", "s")
        wait_for("--schedule")
        tmux("send-keys", "-t", "stepper", "Enter")
        wait_for("printed when you leave")
        tmux("send-keys", "-t", "stepper", "q")
        screen = wait_for("status 0")
        assert "1*" in screen
    finally:
        tmux("kill-server")
