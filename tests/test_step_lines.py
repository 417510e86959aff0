"""`interp step` by commands: what they say, in what order, with which exit status; and the quiz, `--predict`.

Whole transcripts stand in docs/stepping.md, where `test_lessons.py` runs them. Here are the rules that they follow.
"""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import interp
from interp.cli import main
from interp.scheduling.events import Printed
from interp.terminal.line_commands import COMMANDS, HINTS, MOVING, SHORT_FORMS
from tests.real_processes import PATIENCE, start_at_terminal
from tests.transcripts import environment

Captured = pytest.CaptureFixture[str]

LOST = ("counter_lost_update", "--interval", "5")
STATUS = re.compile(r"step \d+ · tick \d+ · (thread \d+ \(\S+\) · \S+:\d+ · [A-Z_]+.*|the end: .+)")

FAILING = "x = 3\nfor i in range(3):\n    x += i\nprint(x)\nx[0]\n"


ALL_LANDMARKS = """\
def f(n):
    print(n)
    return [n][0]


def work():
    for i in range(9):
        f(i)


task = spawn(work)
try:
    f([][0])
except IndexError:
    print("no")
task.join()
"""


class Steps:
    """Runs `interp step` on a program with some commands, in an empty folder."""

    def __init__(self, folder: Path, capsys: Captured) -> None:
        self.folder = folder
        self.capsys = capsys
        self.error = ""

    def write(self, source: str, name: str = "program.toy") -> str:
        """Write a file, and return its name."""
        (self.folder / name).write_text(source, encoding="utf-8")
        return name

    def __call__(self, program: tuple[str, ...] | str, *commands: str, status: int = 0) -> list[str]:
        """Perform commands by a script, and return what is printed behind the first two lines."""
        words = (program,) if isinstance(program, str) else program
        script = self.write("\n".join(commands), "script.txt")
        assert main(["step", *words, "--commands", script]) == status
        captured = self.capsys.readouterr()
        self.error = captured.err
        return captured.out.splitlines()[2:]

    def json(self, program: tuple[str, ...] | str, *commands: str, status: int = 0) -> Any:
        """Do the same with `--json`."""
        words = (program,) if isinstance(program, str) else program
        script = self.write("\n".join(commands), "script.txt")
        assert main(["step", *words, "--commands", script, "--json"]) == status
        return json.loads(self.capsys.readouterr().out)


@pytest.fixture
def steps(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Return what runs `interp step`."""
    monkeypatch.chdir(tmp_path)
    return Steps(tmp_path, capsys)


# --- commands


def test_a_command_is_shown_then_the_status_then_what_a_single_step_did(steps: Steps) -> None:
    name = steps.write("x = 3\nprint(x + 4)\n")
    assert steps(name, "step 5", "step", "back", "goto end") == [
        "> step 5",
        "step 5 · tick 5 · thread 1 (main) · program.toy:2 · LOAD_CONST 4",
        "> step",
        "step 6 · tick 6 · thread 1 (main) · program.toy:2 · BINARY_OP +",
        "  LOAD_CONST 4   → 4",
        "> back",
        "step 5 · tick 5 · thread 1 (main) · program.toy:2 · LOAD_CONST 4",
        "  taken back: LOAD_CONST 4   → 4",
        "> goto end",
        "step 11 · tick 11 · the end: ok",
    ]
    assert "  BINARY_OP +   3, 4 → 7" in steps(name, "goto 6", "step")


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "quit"])
def test_every_command_ends_with_one_status_line(steps: Steps, command: str) -> None:
    needed = {"goto": "3", "tick": "3", "print": "counter", "choose": "2"}.get(command, "")
    lines = steps(LOST, "goto 50", f"{command} {needed}")
    after = lines[lines.index(f"> {command} {needed}".rstrip()) + 1 :]
    assert len([line for line in after if STATUS.fullmatch(line)]) == 1


WITH_WAY_BACK = [command for command in MOVING if f"{command}-back" in MOVING and command != "over"]
"""Which line comes when calls are passed over depends on the call that one is in, so that is another matter."""


@pytest.mark.parametrize("command", WITH_WAY_BACK)
def test_going_on_and_back_again_comes_to_the_same_place(steps: Steps, command: str) -> None:
    program = steps.write(ALL_LANDMARKS)
    there = [*steps.json(program, f"{command} 1", "goto end", f"{command}-back")["commands"]]
    assert there[0]["step"] <= there[2]["step"] < there[1]["step"]
    again = steps.json(program, f"goto {there[2]['step'] - 1}", command)["commands"]
    assert again[1]["step"] == there[2]["step"]


def test_landmarks_say_what_was_found_at_them(steps: Steps) -> None:
    name = steps.write(FAILING)
    lines = steps(name, "output", "error", "error")
    assert lines[:4] == [
        "> output",
        "output:",
        "  6",
        "step 33 · tick 33 · thread 1 (main) · program.toy:4 · POP_TOP",
    ]
    assert "  BINARY_SUBSCR   6, 0 → TypeError: 'int' object is not subscriptable" in lines
    assert lines[-2] == "No exception after step 37."


def test_breakpoints_and_watches_stop_in_both_directions(steps: Steps) -> None:
    name = steps.write(FAILING)
    found = steps.json(
        name, "break 3", "watch x", "c", "c", "c", "rc", "break 3", "watch x", "c", "rc", "break", "watch"
    )
    said = [entry["said"] for entry in found["commands"]]
    assert said[:2] == ["Breakpoints: line 3.", "watched: x has no value"]
    assert [text.partition("\n")[0] for text in said[2:6]] == [
        "A write of x.", "A breakpoint (line 3).", "A write of x.", "A breakpoint (line 3)."
    ]  # fmt: skip
    assert found["commands"][5]["step"] == found["commands"][3]["step"]
    assert said[6:] == [
        "No breakpoint on line 3 any more.",
        "x is not watched any more.",
        "The end: error.",
        "The beginning.",
        "No breakpoints.",
        "No watches.",
    ]


def test_what_cannot_be_done_is_said_and_nothing_moves(steps: Steps) -> None:
    for command, why_not in {
        "back": "This is the beginning.",
        "goto 999": "There is no step 999: the run has 107 (0 is the beginning).",
        "tick 999": "There is no tick 999: the run ends at tick 139.",
        "line-back": "No beginning of a line before step 0.",
        "break 3": "Nothing is executed on line 3; the nearest line with code is 4.",
        "watch cuonter": "The program has no variable 'cuonter'.",
        "thread 9": "There is no thread 9; the run has 3.",
        "choose 2": "There is no thread 2 here that could run; there are: 1.",
        "unchoose": "Nothing was chosen yet.",
        "list 99": "There is no line 99; the program has",
    }.items():
        lines = steps(LOST, command)
        assert lines[1].startswith(why_not)
        assert lines[2].startswith("step 0 · tick 0 · ")


def test_a_followed_thread_is_the_one_that_steps_and_is_looked_at(steps: Steps) -> None:
    found = steps.json(LOST, "thread 3", "step", "step", "where", "thread all", "step 1")["commands"]
    assert [entry["thread"] for entry in found[1:3]] == [3, 3]
    assert found[3]["said"].startswith("thread 3 (add-3): ")
    assert found[4]["said"] == "Following all threads."
    assert found[5]["step"] == found[4]["step"] + 1


def test_where_list_and_dis_show_the_place_exactly(steps: Steps) -> None:
    lines = steps(LOST, "goto 56", "where", "list", "dis")
    shown = "\n".join(lines)
    assert "  add, line 16: 9 CALL 0\n    times = 2\n    _ = 0\n    stack, the top last: <range_iterator>, 0\n" in shown
    assert "  one, line 8: 2 RETURN_VALUE\n    stack, the top last: 1 *\n" in shown
    assert ">  8      return 1\n   9\n" in shown
    assert ">    2  line 8    RETURN_VALUE\n" in shown
    lines = steps(LOST, "goto 57", "list")
    assert lines[lines.index("> 16          counter = counter + one()") + 1] == " " * 24 + "^" * 15


def test_the_state_shows_all_there_is(steps: Steps) -> None:
    lines = steps("bank_deadlock", "goto end", "state")
    for line in (
        "  thread 2 (transfer-2): waits for locks[1], line 10",
        "  balances = [100, 100]",
        "  balances: list [100, 100]; seen by threads 1, 2, 3 (shared)",
        "  locks[0]: lock held by thread 2; waiting: 3 *; seen by threads 1, 2, 3 (shared)",
        "global lock: free, nobody waits for it",
        "output: nothing",
    ):
        assert line in lines
    lines = steps(("shared_or_isolated", "--mode", "processes"), "goto 30", "state")
    assert "global variables of process 2:" in lines
    assert any(line.startswith("  thread 2 (visit-2): ") and "in process 2" in line for line in lines)


def test_very_deep_frames_are_left_out_in_the_middle(steps: Steps) -> None:
    name = steps.write("def down(n):\n    if n:\n        down(n - 1)\n    print('here')\n\n\ndown(200)\n")
    lines = steps(name, "output", "where")
    assert "  (182 frames left out)" in lines
    assert len(lines) < 70


def test_explain_follows_the_loop(steps: Steps) -> None:
    name = steps.write("x = 3\nprint(x + 4)\n")
    lines = steps(name, "goto 6", "explain", "goto end", "explain")
    assert [line for line in lines if line.endswith(":")] == ["fetch:", "decode:", "perform:", "charge:"]
    assert "  It takes from the stack: left = 3, right = 4." in lines
    assert "  It puts on the stack: result = 7." in lines
    assert "No instruction follows: this is the end." in lines


# --- choosing


def test_choosing_leads_into_another_run_and_back(steps: Steps) -> None:
    found = steps.json(
        (*LOST, "--goal", "output 4"), "goto 30", "choose 2", "goto 41", "choose 2", "unchoose", status=1
    )
    said = [entry["said"] for entry in found["commands"]]
    assert said[1] == "Now it prints 3, 2 before. The goal, output 4, is not reached yet (1 choice)."
    assert said[3] == "Now it prints 4, 3 before. The goal is reached: output 4 (2 choices)."
    assert found["goal"] == {"text": "output 4", "reached": False, "tries": 2}
    assert found["run"]["output"] == "3\n"


def test_the_line_behind_a_choice_shows_the_run_again(steps: Steps, capsys: Captured) -> None:
    steps((*LOST, "--goal", "output 4"), "goto 30", "choose 2", "goto 41", "choose 2")
    match = re.fullmatch(r"See it again: interp step (.+) --schedule '(.+)'\n", steps.error)
    assert match is not None
    assert main(["run", *match[1].split(), "--schedule", match[2]]) == 0
    assert capsys.readouterr().out == "4\n"


def test_the_schedule_comes_to_the_moment(steps: Steps) -> None:
    found = steps.json(LOST, "goto 56", "schedule", "state")["commands"]
    schedule = found[1]["said"].removeprefix('--schedule "').removesuffix('"')
    again = steps.json((*LOST, "--schedule", schedule), "goto 56", "state")["commands"]
    assert (again[0]["thread"], again[0]["instruction"]) == (2, "RETURN_VALUE")
    variables = [line for line in found[2]["said"].splitlines() if " = " in line]
    assert variables == [line for line in again[1]["said"].splitlines() if " = " in line]


def test_why_a_thread_cannot_be_chosen_is_said(steps: Steps) -> None:
    lines = steps(LOST, "goto 40", "choices")
    assert "thread 3 (add-3) can run, comes next as it is" in lines
    assert any(line.startswith("thread 2 (add-2) cannot: ") and "not at a switch point" in line for line in lines)
    lines = steps(LOST, "goto 55", "choices")
    assert "thread 1 (main) cannot: it waits for join of add-2" in lines
    assert "thread 3 (add-3) can run" in lines


@pytest.mark.parametrize(("goal", "status"), [("deadlock", 0), ("ok", 1), ("error ValueError", 1)])
def test_a_goal_decides_the_exit_status(steps: Steps, goal: str, status: int) -> None:
    assert steps(("bank_deadlock", "--goal", goal), "step", status=status)


# --- scripts, pipes, terminals


def test_an_error_in_a_script_names_its_line_and_goes_on(steps: Steps) -> None:
    script = ["# a comment", "", "stp", "step 0", "goto", "where now", "xyz", "goal win", "quit it", "step"]
    lines = steps(LOST, *script, status=2)
    assert [line for line in lines if line.startswith("script.txt:")] == [
        "script.txt:3: 'stp' is no command. Did you mean step?",
        "script.txt:4: step takes a number from 1, not '0'.",
        "script.txt:5: goto takes a step, such as goto 12.",
        "script.txt:6: where takes nothing behind it, and not 'now'.",
        f"script.txt:7: 'xyz' is no command; there are: {', '.join(COMMANDS)}.",
        "script.txt:8: 'win' is no goal; there are: deadlock, ok, error, limit, error TYPE, output TEXT.",
        "script.txt:9: quit takes nothing behind it, and not 'it'.",
    ]
    assert lines[-2].startswith("step 1 · ")


def test_quit_ends_a_script(steps: Steps) -> None:
    assert steps(LOST, "quit", "step") == ["> quit"]


def test_short_forms_are_those_of_the_debuggers(steps: Steps) -> None:
    assert set(SHORT_FORMS.values()) <= set(COMMANDS)
    found = steps.json(LOST, "s", "n", "b 16", "c", "p counter", "rc", "rs", "q")["commands"]
    assert [entry["step"] for entry in found[:2]] == [1, 3]
    assert found[4]["said"] == "0"
    assert found[6]["said"] == "This is the beginning."


def test_commands_of_other_debuggers_are_answered_with_ours(steps: Steps) -> None:
    lines = steps(LOST, *HINTS, status=2)
    for number, (name, hint) in enumerate(HINTS.items(), 1):
        assert f"script.txt:{number}: {name!r} is no command here: {hint}." in lines


def test_a_comment_may_stand_behind_a_command(steps: Steps) -> None:
    found = steps.json(LOST, "step 3 # three", "# nothing", "print '#'  # the sign", "goto end#")["commands"]
    assert [(entry["step"], entry["said"]) for entry in found] == [(3, ""), (3, "'#'"), (107, "")]


def test_a_number_may_have_commas_where_thousands_have_them(steps: Steps) -> None:
    lines = steps(LOST, "goto 1,00", "break 8,10", status=2)
    assert "script.txt:1: goto takes a step, such as goto 12, not '1,00'." in lines
    assert "script.txt:2: break takes a line, such as break 8, not '8,10'." in lines
    name = steps.write("for i in range(300):\n    x = i\n")
    assert steps(name, "goto 1,010")[1].startswith("step 1010 · ")


def test_a_thread_that_does_not_exist_yet_is_said_to(steps: Steps) -> None:
    said = steps(LOST, "thread 3", "where", "print 1", "goto end", "where")
    assert said.count("Thread 3 does not exist yet; this is thread 1.") == 2
    assert "thread 3 (add-3): finished" in said


def test_calls_are_passed_over(steps: Steps) -> None:
    name = steps.write("def f(n):\n    return n + 1\n\nx = f(1)\nprint(x)\n")
    lines = steps(name, "over", "over", "over-back", "line", "finish", "over")
    where = [match[1] for line in lines if (match := re.match(r"step .+ · program.toy:(\d)", line))]
    assert where == ["4", "5", "4", "1", "4", "5"]
    assert "  RETURN_VALUE   2" in lines


def test_json_has_where_one_is_after_each_command(steps: Steps) -> None:
    found = steps.json(LOST, "goto 56", "s", "nonsense", "goto end", status=2)
    assert found["file"] == "counter_lost_update.toy"
    assert found["run"]["outcome"] == "ok"
    first, step, nonsense, end = found["commands"]
    assert first == {
        "command": "goto 56", "said": "", "understood": True, "step": 56, "tick": 81, "thread": 2, "line": 8,
        "instruction": "RETURN_VALUE", "outcome": None,
    }  # fmt: skip
    assert step["said"] == "  RETURN_VALUE   1"
    assert not nonsense["understood"]
    assert (end["thread"], end["line"], end["instruction"], end["outcome"]) == (None, None, None, "ok")


def run(*arguments: str, data: bytes = b"", env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a real process on some input."""
    return subprocess.run(
        [sys.executable, "-m", "interp", "step", *arguments],
        input=data,
        capture_output=True,
        env=environment() | (env or {}),
        timeout=PATIENCE,
        check=False,
    )


def test_commands_come_from_a_pipe_and_an_empty_line_repeats() -> None:
    done = run(*LOST, data=b"step 3\n\nwhere\n\n\xff\n")
    lines = done.stdout.decode().splitlines()
    assert [line.partition(" · ")[0] for line in lines if STATUS.fullmatch(line)] == [
        "step 0", "step 3", "step 6", "step 6", "step 9", "step 9"
    ]  # fmt: skip
    assert not any(line.startswith(("> ", "(step)")) for line in lines)
    assert (done.returncode, done.stderr) == (2, b"")


def test_an_output_that_is_not_unicode_gets_ascii() -> None:
    done = run(*LOST, data=b'step\nprint "\\u00e9"\n', env={"PYTHONIOENCODING": "ascii"})
    assert done.stdout.isascii()
    assert b"step 1 - tick 1 - thread 1 (main) - counter_lost_update.toy:4 - LOAD_CONST 0\n" in done.stdout
    assert b"'\\xe9'\n" in done.stdout


def test_a_closed_output_ends_it_quietly() -> None:
    command = f"yes step | {sys.executable} -m interp step {LOST[0]} | head -n 1; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, env=environment(), timeout=PATIENCE, check=False
    )
    assert re.fullmatch(rb"counter_lost_update.toy: .+; outcome: ok\n141\n", done.stdout)
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
@pytest.mark.parametrize(("terminal", "options"), [("xterm", ["--plain"]), ("dumb", [])])
def test_a_person_at_a_terminal_is_asked_and_ctrl_c_ends_only_the_line(terminal: str, options: list[str]) -> None:
    with start_at_terminal("step", *LOST, *options, env={"TERM": terminal}) as (process, screen):
        screen.wait_for("(step) ")
        screen.type("step 3\n")
        screen.wait_for("step 3 · tick 3")
        screen.wait_for("(step) ")
        screen.type("nonsen")
        screen.wait_for("nonsen")
        # A signal that comes the moment before the line editor begins to wait is seen at the next key.
        screen.type("\x03")
        screen.wait_for("(step) ", nudge="\x03")
        screen.type("\n")
        screen.wait_for("step 6 · tick 6")
        screen.wait_for("(step) ")
        screen.type("\x04")
        assert process.wait(PATIENCE) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_ctrl_c_while_recording_keeps_what_there_is(tmp_path: Path) -> None:
    endless = tmp_path / "endless.toy"
    endless.write_text("n = 0\nwhile True:\n    n += 1\n")
    script = tmp_path / "script.txt"
    script.write_text("step 5\ngoto end\nprint n > 0\n")
    with start_at_terminal("step", str(endless), "--commands", str(script), only_errors=True) as (process, screen):
        screen.wait_for("recording")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
        err = screen.rest()
    assert process.returncode == 0, err
    assert "interrupted: recorded up to step " in err
    assert "Traceback" not in err
    assert b"the end: interrupted\n" in out
    assert b"\nTrue\n" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-"], "the commands have to come from a file: --commands SCRIPT"),
        (["program.toy", "--commands", "nowhere.txt"], "nowhere.txt cannot be read: No such file or directory."),
        (["program.toy", "--commands", "."], ". is a folder, not a script."),
        (["program.toy", "--at", "999"], "--at 999: there is no step 999: the run has 37 (0 is the beginning)."),
        (["program.toy", "--goal", "win"], "'win' is no goal; there are: deadlock, ok, error, limit"),
        (["program.toy", "--goal", "error ValueEror"], "there is none of that name. Did you mean ValueError?"),
        (["program.toy", "--goal", "output"], "'output' is no goal"),
        (["program.toy", "--questions", "3"], "--questions says how many --predict asks: give both."),
        (["program.toy", "--predict", "--at", "3"], "--predict asks at moments of its own choice"),
        (["program.toy", "--on", "os"], "a run on the operating system cannot be recorded"),
        (["program.toy", "--schedule", "7"], "thread 7"),
    ],
)
def test_wrong_use_is_status_2_and_says_what_to_do(
    steps: Steps, capsys: Captured, arguments: list[str], message: str
) -> None:
    steps.write(FAILING)
    assert main(["step", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


def test_it_begins_where_at_says(steps: Steps, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    assert main(["step", steps.write(FAILING), "--at", "36"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "program.toy: 37 steps, 37 ticks, 1 thread; outcome: error TypeError: 'int' object is not subscriptable",
        "step 36 · tick 36 · thread 1 (main) · program.toy:5 · BINARY_SUBSCR",
    ]


# --- saved traces


def test_a_saved_trace_is_stepped_through_with_its_own_settings(steps: Steps, capsys: Captured) -> None:
    assert main(["trace", *LOST, "-o", "lost.trace"]) == 0
    capsys.readouterr()
    assert steps("lost.trace", "goto 55", "choose 3") == steps(LOST, "goto 55", "choose 3")
    steps("lost.trace", "goto 55", "choose 3")
    assert steps.error.startswith("See it again: interp step counter_lost_update.toy --interval 5 --schedule ")
    assert main(["step", "lost.trace", "--interval", "5"]) == 2
    assert "lost.trace is a saved trace and has settings of its own; leave out --interval" in capsys.readouterr().err


def test_a_trace_whose_program_has_changed_is_refused(steps: Steps, capsys: Captured) -> None:
    name = steps.write(FAILING)
    main(["trace", name, "-o", "failing.trace"])
    steps.write(FAILING.replace("3", "4"))
    capsys.readouterr()
    assert main(["step", "failing.trace"]) == 2
    err = capsys.readouterr().err
    assert "program.toy:1: the program has changed since this trace was recorded." in err
    assert "Record it again: interp trace program.toy" in err


def test_a_trace_of_a_run_that_is_not_made_any_more_is_refused(steps: Steps, capsys: Captured) -> None:
    main(["trace", *LOST, "-o", "lost.trace"])
    trace = interp.load_trace("lost.trace")
    place, printed = next((place, one) for place, one in enumerate(trace.events) if isinstance(one, Printed))
    events = (*trace.events[:place], replace(printed, text="4\n"), *trace.events[place + 1 :])
    interp.save_trace(replace(trace, events=events), "lost.trace")
    capsys.readouterr()
    assert main(["step", "lost.trace"]) == 2
    err = capsys.readouterr().err
    assert f"lost.trace does not show what counter_lost_update.toy does now: event {place + 1} is Printed of thr" in err
    assert "text '2\\n' instead of '4\\n' now." in err
    assert "Record it again: interp trace counter_lost_update.toy -o lost.trace" in err


def test_a_trace_that_was_cut_short_is_stepped_through(steps: Steps, capsys: Captured) -> None:
    main(["trace", "parallel_sum", "--mode", "processes", "--max-steps", "3000", "-o", "part.trace"])
    capsys.readouterr()
    assert re.fullmatch(r"step 3000 · tick \d+ · the end: stopped by --max-steps", steps("part.trace", "goto end")[-1])


def test_a_trace_of_real_processes_cannot_be_stepped_through(steps: Steps, capsys: Captured) -> None:
    source = "print(1)\n"
    main(["trace", steps.write(source), "--on", "os", "--mode", "sequential", "-o", "real.trace"])
    capsys.readouterr()
    assert main(["step", "real.trace"]) == 2
    err = capsys.readouterr().err
    assert "real.trace is the trace of a run on the operating system, which happened once" in err
    assert "Look at it: interp trace real.trace" in err


# --- predict


def test_a_quiz_asks_judges_and_keeps_score(steps: Steps, capsys: Captured) -> None:
    script = steps.write("# answers\n\n1\nthread 2\npass\n")
    assert main(["step", *LOST, "--predict", "--questions", "4", "--commands", script]) == 0
    out = capsys.readouterr().out
    assert out.startswith("4 questions about a run of counter_lost_update.toy\n\nQuestion 1 of 4\nstep ")
    assert out.count("Right: ") + out.count("No, it is ") == 3
    assert "> thread 2\n" in out
    assert re.search(r"^\d of 3 right: ", out, re.MULTILINE)
    assert out.endswith("1 question not answered\n")


def test_a_quiz_does_not_tell_what_it_asks(steps: Steps, capsys: Captured) -> None:
    program = steps.write("a = 30\nb = a + 12  # expect: forty-two\nprint('sum', b)  # prints sum 42\n")
    assert main(["step", program, "--predict", "--commands", steps.write("pass", "answers.txt")]) == 0
    out = capsys.readouterr().out
    before = out.partition("No, it is")[0]
    assert "a = 30" in before
    assert "42" not in before
    assert "forty-two" not in before


def test_the_questions_are_printed_for_a_grader_and_answers_graded(steps: Steps, capsys: Captured) -> None:
    assert main(["step", *LOST, "--predict", "--questions", "5", "--json"]) == 0
    asked = json.loads(capsys.readouterr().out)
    assert len(asked["questions"]) == 5
    assert not any("answer" in question for question in asked["questions"])
    main(["step", *LOST, "--predict", "--questions", "5", "--json", "--commands", steps.write("pass\n" * 5)])
    answers = [question["answer"] for question in json.loads(capsys.readouterr().out)["questions"]]
    main(["step", *LOST, "--predict", "--questions", "5", "--json", "--commands", steps.write("\n".join(answers))])
    graded = json.loads(capsys.readouterr().out)
    assert all(question["right"] for question in graded["questions"])
    assert sum(kind["right"] for kind in graded["score"].values()) == 5


def test_a_quiz_with_nothing_to_ask_says_so(steps: Steps, capsys: Captured) -> None:
    assert main(["step", steps.write("pass\n"), "--predict", "--commands", steps.write("", "answers.txt")]) == 0
    assert capsys.readouterr().out == "There is nothing to predict in this run.\n"


# --- help


def test_help_has_every_command_and_its_short_forms(steps: Steps) -> None:
    lines = steps(LOST, "help")
    for name in COMMANDS:
        (line,) = [line for line in lines[1:-3] if re.match(rf"{name} ", line)]
        for short, long in SHORT_FORMS.items():
            assert (long != name) or re.search(rf"\(also .*(?<= ){re.escape(short)}[,)]", line)
    assert steps(LOST, "help rc")[1].startswith("reverse-continue ")
    assert steps(LOST, "?", "?step")[-2].startswith("step [N]")


def test_behind_the_last_line_is_the_end(toy: Any, capsys: Captured) -> None:
    path = toy("x = 1\nprint(x)\n")
    Path("script.txt").write_text("line\nline\nline\n", encoding="utf-8")
    assert main(["step", path, "--commands", "script.txt"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("the end: ok" in line for line in lines) == 2
    assert any(line.startswith("No beginning of a line") for line in lines)
