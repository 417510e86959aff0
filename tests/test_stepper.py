"""The stepper on the screen: keys in, what a person sees and can rely on out.

Textual's pilot presses the keys and clicks; a pane is read as the text that it draws. Nothing here compares pictures,
and nothing is timed.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from interp import Settings, compile_source
from interp.terminal.stepper.app import StepperApp
from interp.terminal.stepper.keys import KEYS
from interp.terminal.stepper.pane import Painted
from interp.terminal.stepper.view import View
from interp.traces.goals import parse_goal
from interp.traces.phases import PHASES, phases_of
from interp.traces.recording import Recording
from interp.traces.walk import Walk
from tests.stepper_driver import Driver, drive, record

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
        assert "2 memories, isolated" in lines[0]
        assert lines[2].split() == ["process", "1", "process", "2<"]
        row = next(line.split() for line in lines if line.startswith("counter"))
        assert row == ["counter", "0", "1", "*"]

    drive(test, Walk(record(mode="processes")), size=(150, 40))


FIVE_PROCESSES = """\
total = 0
def work(number):
    global total
    total = number
    sleep(2000)
tasks = [spawn(work, 10 * number) for number in (2, 3, 4, 5)]
for task in tasks:
    task.join()
"""


@pytest.mark.parametrize("workers", [3, 4])
def test_every_process_can_be_seen(workers: int) -> None:
    source = FIVE_PROCESSES if workers == 4 else FIVE_PROCESSES.replace(", 5)", ")")

    async def test(screen: Driver) -> None:
        await screen.press("end")
        while len([thread for thread in view(screen).moment.living if thread.frames]) <= workers:
            await screen.press("left")
        assert f"{workers + 1} memories, isolated" in screen.lines("memory")[0]
        numbers = " ".join(" ".join(screen.lines("memory")).replace("process ", "p").replace("<", "").split())
        for number in range(1, workers + 2):
            assert f"p{number}" in numbers
        totals = [word for line in screen.lines("memory") if line.startswith("total") for word in line.split()[1:]]
        assert totals == ["0", "20", "30", "40", "50"][: workers + 1]

    drive(test, Walk(record(source, mode="processes")), size=(120, 40))


def test_the_process_of_the_thread_that_is_looked_at_is_seen_first_and_a_key_turns_to_the_others() -> None:
    async def test(screen: Driver) -> None:
        await screen.press("tab", "end")
        await screen.answer("t", "5")
        while "p5<" not in screen.text("memory"):
            await screen.press("left")
        assert "M more" in screen.lines("memory")[0]
        while not (await screen.press("M")).startswith("There is nothing more above"):
            pass
        assert "p1" in screen.text("memory")
        assert "m more" in screen.lines("memory")[0]
        while not (await screen.press("m")).startswith("There is nothing more below"):
            pass
        assert "p1" not in screen.text("memory")

    drive(test, Walk(record(FIVE_PROCESSES, mode="processes")))


def view(screen: Driver) -> View:
    """What the screen shows."""
    assert screen.app.view is not None
    return screen.app.view


def test_names_and_values_of_objects_can_be_read() -> None:
    source = "def wait():\n    sleep(1)\ntasks = [spawn(wait) for _ in range(3)]\n"

    async def test(screen: Driver) -> None:
        while "stack[0]" not in screen.text("memory"):
            await screen.press("n")
        lines = screen.lines("memory")
        row = lines.index("list main: stack:  only 1")
        assert lines[row + 1] == "    [<task wait-2>] *"
        assert lines[row + 2].replace(" *", "") == "task main: stack[0]: not over  only 1"

    drive(test, Walk(record(source)), size=(120, 40))


def test_who_can_reach_an_object_is_said() -> None:
    source = "shared = []\ndef work():\n    own = [1]\n    shared.append(2)\ntask = spawn(work)\ntask.join()\n"

    async def test(screen: Driver) -> None:
        await screen.answer("slash", "shared.append")
        assert "list shared: []  shared by 1 2" in screen.text("memory")
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
    source = "n = 1\nother = '" + 80 * "-" + "'\nvalue = " + " + ".join(["n"] * 40 + ["len('x')"]) + "\n"

    async def test(screen: Driver) -> None:
        await screen.press("end")
        while not screen.text("instructions").count("►") or "CALL" not in screen.marked("instructions"):
            await screen.press("left")
        assert "len('x')" in screen.marked("source")
        assert screen.marked("source").startswith("► 3 ‹")
        assert screen.lines("source")[1].split() == ["1", "n", "=", "1"]  # a short line stays where it is
        assert screen.lines("source")[2].endswith("--›")

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


def test_a_recording_that_was_interrupted_says_how_far_it_reaches() -> None:
    def interrupt(tick: int, steps: int) -> None:
        if steps > 5_000:
            raise KeyboardInterrupt

    program = compile_source("n = 0\nwhile True:\n    n = n + 1\n", "loop.toy")
    recording = Recording(program.source, program.filename, program.code, Settings(), interrupt)

    async def test(screen: Driver) -> None:
        assert f"interrupted: recorded up to step {recording.steps:,}" in screen.lines("position")[1]

    drive(test, Walk(recording))


def test_a_goal_is_never_cut_beyond_recognition() -> None:
    walk = Walk(record(), lines={5, 8, 10, 11, 14, 15}, goal=parse_goal("error ZeroDivisionError"))

    async def test(screen: Driver) -> None:
        assert screen.lines("position")[1].startswith("goal: error ZeroDivisionEr…, not reached · by instruction")
        assert screen.lines("position")[1].endswith("…")

    drive(test, walk)


def test_numbers_and_words_agree() -> None:
    walk = Walk(record("def f():\n    sleep(9)\ntask = spawn(f)\nfor i in range(90):\n    i\ntask.join()\n"))
    moments = [walk.recording.moment(step) for step in range(walk.recording.steps)]
    requested = next(moment.step for moment in moments if moment.locks[0].request_in == 1)

    async def test(screen: Driver) -> None:
        assert "1 of 1 thread, next" in screen.lines("threads")[0]
        await screen.answer("g", str(requested))
        assert "drop request in 1 tick" in screen.text("threads").split("\n")[-1].split("  ")

    drive(test, walk)


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
        assert (await screen.press("x")).startswith("No other thread's turn after step")
        assert (await screen.press("o")).startswith("No output after step")
        assert (await screen.press("home", "L")) == "No beginning of a line before step 0."

    drive(test)


def test_a_key_goes_to_the_next_line_over_the_calls_in_between() -> None:
    source = "def one():\n    return 1\n\n\na = one()\nb = a + one()\nprint(b)\n"

    async def test(screen: Driver) -> None:
        came = []
        for key in ("v", "v", "v", "V", "V"):
            await screen.press(key)
            came.append(int(screen.marked("source").split()[1]))
        assert came == [5, 6, 7, 6, 5]
        await screen.press("f", "v", "v")  # from within the call it leads back to what called it
        assert screen.marked("source").split()[1] == "6"

    drive(test, Walk(record(source)))


def test_search_finds_landmarks_variables_and_lines() -> None:
    async def test(screen: Driver) -> None:
        await screen.answer("slash", "switch")
        assert "thread 2" in screen.text("position")
        await screen.answer("slash", "17")
        assert "print" in screen.marked("source")
        first = screen.step
        assert (await screen.press("full_stop")) == f"Line 17 does not come after step {first}."
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
        assert [option[0] for option in options] == ["x", "►", " "]
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


def test_a_key_that_does_nothing_says_so() -> None:
    async def test(screen: Driver) -> None:
        assert await screen.press("z") == "The key z does nothing; ? shows all keys."
        assert await screen.press("d") == ""
        assert await screen.press("f5") == "The key F5 does nothing; ? shows all keys."
        assert await screen.press("ctrl+left") == "The key Ctrl-← does nothing; ? shows all keys."
        assert "does nothing" not in await screen.press("n")
        assert await screen.press("left") == ""
        for prompt in ("g", "t", "w", "slash", "B"):  # also after something was asked for
            await screen.press(prompt)
            assert await screen.press("escape") == ""
            assert await screen.press("7") == "The key 7 does nothing; ? shows all keys."
        await screen.answer("g", "3")
        assert await screen.press("z") == "The key z does nothing; ? shows all keys."

    drive(test)


def test_no_key_is_said_to_do_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[str] = []
    for action in ("leave", "interrupt", "pause"):  # that would be the end of the test
        monkeypatch.setattr(StepperApp, f"action_{action}", lambda _, action=action: left.append(action))

    async def test(screen: Driver) -> None:
        for name in (name for key in KEYS for name in key.keys):
            assert "does nothing" not in await screen.press(name), name
            if screen.app.is_asking or len(screen.app.screen_stack) > 1:
                await screen.press("escape")
                assert "does nothing" not in screen.said, name

    drive(test)
    assert left == ["pause", "interrupt", "leave"]


def test_while_something_is_asked_for_keys_do_not_move() -> None:
    async def test(screen: Driver) -> None:
        await screen.press("n", "g", "up", "down", "down", "pagedown")
        assert screen.step == 1
        await screen.press("2", "0", "enter")
        assert screen.step == 20

    drive(test)
