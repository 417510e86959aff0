"""`interp trace`: what happened, every step, and traces that are saved and shown again."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from interp.cli import main
from tests.command_line import COUNTER, RUN_KEYS, Captured, json_of
from tests.real_processes import start


def test_trace_shows_a_column_a_thread(toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy(COUNTER), "--interval", "5"]) == 0
    out = capsys.readouterr().out
    assert "work-2" in out
    assert "takes the lock" in out


def test_a_long_trace_is_shown_in_parts(toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy(COUNTER.replace("range(10)", "range(400)")), "--interval", "5"]) == 0
    captured = capsys.readouterr()
    line = captured.err.splitlines()[-1].removeprefix("Go on: ")
    tick = int(shlex.split(line)[-1])
    assert main(shlex.split(line)[1:]) == 0
    assert re.search(rf"^ +{tick:,} ", capsys.readouterr().out, re.MULTILINE)
    assert not re.search(rf"^ +{tick:,} ", captured.out, re.MULTILINE)


def test_a_trace_goes_to_standard_output() -> None:
    process = start("trace", "fibonacci", "-o", "-")
    out, _ = process.communicate()
    assert process.returncode == 0
    assert json.loads(out.splitlines()[0])["program"] == "fibonacci.toy"


# --- steps ----------------------------------------------------------------------------------------------------


def test_trace_shows_every_step_with_its_values(toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy("x = 3 + len('ab')\nprint(x)\n"), "--steps"]) == 0
    captured = capsys.readouterr()
    assert re.search(r"BINARY_OP \+ +3, 2 (→|->) 5$", captured.out, re.MULTILINE)
    assert captured.err == ""


def test_steps_are_limited_and_it_is_said(toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy("while True: pass\n"), "--steps"]) == 0
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1001
    assert "1,000 steps are shown, there are more" in captured.err
    line = captured.err.splitlines()[-1].removeprefix("Go on: ")
    assert main([*shlex.split(line)[1:], "--limit", "2"]) == 0
    assert re.search(r"^ +1,000 ", capsys.readouterr().out, re.MULTILINE)


def test_steps_of_a_part(toy: Any, capsys: Captured) -> None:
    steps = json_of(capsys, "trace", toy(COUNTER), "--steps", "--from", "30", "--to", "40")["steps"]
    assert steps
    assert all(30 <= step["tick"] <= 40 for step in steps)
    events = json_of(capsys, "trace", "program.toy", "--from", "30", "--to", "40")
    assert all(30 <= event["tick"] <= 40 for event in events["events"])
    assert events["run"].keys() >= RUN_KEYS


def test_values_of_steps_are_the_same_everywhere_and_short(toy: Any, capsys: Captured) -> None:
    source = (
        "x = list(range(100000))\nd = {'k': x}\nfor i in d.items():\n    pass\ny = [x, (x,), 'z' * 1000, 2 ** 999]\n"
    )
    for step in json_of(capsys, "trace", toy(source), "--steps")["steps"]:
        for value in step["taken"] + step["left"]:
            assert len(value) <= 200
            assert " at 0x" not in value


def test_steps_behind_the_end_are_said(toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy("x = 1\n"), "--steps", "--from", "99999"]) == 0
    assert re.search(r"the run ended at tick \d+\n", capsys.readouterr().err)


# --- saved traces ---------------------------------------------------------------------------------------------


def test_a_saved_trace_is_loaded_and_not_run(toy: Any, tmp_path: Path, capsys: Captured) -> None:
    assert main(["trace", toy(COUNTER), "--interval", "5"]) == 0
    shown = capsys.readouterr().out
    assert main(["trace", "program.toy", "--interval", "5", "-o", "saved.trace"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "saved saved.trace" in captured.err
    assert main(["trace", "saved.trace"]) == 0
    assert capsys.readouterr().out == shown
    assert main(["trace", "saved.trace", "--steps", "--limit", "5"]) == 0
    assert "RESUME" in capsys.readouterr().out
    found = json_of(capsys, "compare", "saved.trace", "program.toy")
    assert [run["interval"] for run in found["runs"]] == [5, 100]


def test_settings_cannot_be_given_for_a_saved_trace(toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy("print(1)\n"), "-o", "saved.trace"]) == 0
    assert main(["trace", "saved.trace", "--interval", "3"]) == 2
    assert "leave out --interval" in capsys.readouterr().err
    assert main(["compare", "saved.trace", "--mode", "threads"]) == 2
    assert "leave out --mode" in capsys.readouterr().err


def test_a_trace_of_a_program_that_has_changed_is_refused(toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy("print(1)\n"), "-o", "saved.trace"]) == 0
    toy("print(2)\n")
    assert main(["trace", "saved.trace"]) == 2
    assert "has changed since this trace was recorded" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "dis"])
def test_a_saved_trace_is_no_program(command: str, toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy("x = 1\n"), "-o", "s.trace"]) == 0
    capsys.readouterr()
    assert main([command, "s.trace"]) == 2
    assert "s.trace is a saved trace, not a program; see: interp trace s.trace" in capsys.readouterr().err
