"""`interp run`: the output and nothing else on standard output, and how a run ends that does not end well."""

from __future__ import annotations

import io
import json
import re
import shlex
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from interp.cli import main
from tests.command_line import COUNTER, DEADLOCK, RUN_KEYS, THREAD_KEYS, Captured, json_of
from tests.real_processes import PATIENCE, start


def test_run_prints_the_output_and_nothing_else(toy: Any, capsys: Captured) -> None:
    assert main(["run", toy("print('a[i]', '[red]')\nprint('x', end='')\n")]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("a[i] [red]\nx", "")


def test_line_ends_of_the_program_are_left_alone(toy: Any, capsys: Captured) -> None:
    assert main(["run", toy("print('a\\r\\nb\\rc', end='\\r\\n')\n")]) == 0
    assert capsys.readouterr().out == "a\r\nb\rc\r\n"


def test_figures_go_to_standard_error(toy: Any, capsys: Captured) -> None:
    assert main(["run", toy(COUNTER), "--stats", "--interval", "3"]) == 0
    captured = capsys.readouterr()
    assert re.fullmatch(r"\d+\n", captured.out)
    assert "mode threads, lock python3.13, interval 3, cores 4, costs classroom" in captured.err
    assert re.search(r"^2 work-2 +1 ", captured.err, re.MULTILINE)


def test_an_error_of_the_program_is_status_1_with_its_traceback(toy: Any, capsys: Captured) -> None:
    assert main(["run", toy("print('before')\nprint([1][2])\n")]) == 1
    captured = capsys.readouterr()
    assert captured.out == "before\n"
    assert "IndexError: list index out of range\n" in captured.err
    assert 'File "program.toy", line 2' in captured.err
    assert captured.err.endswith("See it happen: interp step program.toy --at 9\n")


def test_a_deadlock_is_status_1_and_says_who_waits_for_what(toy: Any, capsys: Captured) -> None:
    assert main(["run", toy(DEADLOCK, "two locks.toy"), "--interval", "7", "--lock", "cpython"]) == 1
    err = capsys.readouterr().err
    assert "deadlock" in err
    assert "waits for lock b" in err
    assert re.search(r"^See it happen: interp step 'two locks.toy' --interval 7 --at \d+$", err, re.MULTILINE)


def test_the_line_that_shows_a_failure_again_shows_it(
    toy: Any, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["run", toy(DEADLOCK), "--seed", "3"]) == 1
    line = capsys.readouterr().err.splitlines()[-1].removeprefix("See it happen: ")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"thread\n")))
    assert main(shlex.split(line)[1:]) == 0
    out = capsys.readouterr().out
    assert "the end: deadlock" in out
    assert "thread 2 (left-2): waits for lock b, line 7\n" in out


def test_a_refused_source_is_status_3_with_its_place(toy: Any, capsys: Captured) -> None:
    assert main(["run", toy("x = 1\nclass A: pass\n")]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("program.toy:2:1: a class is valid Python, but not part of this language\n")


def test_a_bound_is_status_4_and_is_said(toy: Any, capsys: Captured) -> None:
    assert main(["run", toy("while True: pass\n"), "--max-steps", "1000"]) == 4
    assert "stopped after 1,000 steps" in capsys.readouterr().err


def test_a_program_is_read_from_standard_input() -> None:
    process = start("run", "-", stdin=subprocess.PIPE)
    out, err = process.communicate(b"print(6 * 7)\nprint(nothing)\n")
    assert (process.returncode, out) == (1, b"42\n")
    assert b'File "<stdin>", line 2' in err


def test_a_bundled_program_is_found_by_its_name(toy: Any, capsys: Captured) -> None:
    assert main(["run", "fibonacci"]) == 0
    by_name = capsys.readouterr().out
    assert main(["run", "fibonacci.toy"]) == 0
    assert capsys.readouterr().out == by_name
    toy("print('mine')\n", "fibonacci")
    assert main(["run", "fibonacci"]) == 0
    assert capsys.readouterr().out == "mine\n"


# --- JSON -----------------------------------------------------------------------------------------------------


def test_run_as_json_is_the_run_object(toy: Any, capsys: Captured) -> None:
    run = json_of(capsys, "run", toy(COUNTER), "--interval", "3")
    assert run.keys() >= RUN_KEYS
    assert (run["mode"], run["lock"], run["interval"], run["cores"], run["seed"]) == (
        "threads",
        "python3.13",
        3,
        4,
        None,
    )
    assert (run["outcome"], run["error"]) == ("ok", None)
    assert run["output"].strip().isdigit()
    assert [thread["name"] for thread in run["threads"]] == ["main", "work-2", "work-3"]
    for thread in run["threads"]:
        assert thread.keys() >= THREAD_KEYS
        assert all(type(thread[state]) is int for state in THREAD_KEYS - {"name"})


def test_an_error_as_json(toy: Any, capsys: Captured) -> None:
    run = json_of(capsys, "run", toy("def f():\n    raise ValueError('é')\nf()\n"), status=1)
    assert run["outcome"] == "error"
    assert run["error"] == {"type": "ValueError", "message": "é", "line": 2, "thread": "main"}


def test_deadlock_and_limit_as_json(toy: Any, capsys: Captured) -> None:
    run = json_of(capsys, "run", toy(DEADLOCK), status=1)
    assert (run["outcome"], run["error"]) == ("deadlock", None)
    run = json_of(capsys, "run", toy("while True: pass\n"), "--max-steps", "100", status=4)
    assert (run["outcome"], run["steps"]) == ("limit", 100)


def test_json_is_ascii(toy: Any, capsys: Captured) -> None:
    assert main(["run", toy("print('é\\U0001f600')\n"), "--json"]) == 0
    text = capsys.readouterr().out
    assert text.isascii()
    assert json.loads(text)["output"] == "é\U0001f600\n"


# --- Ctrl-C ---------------------------------------------------------------------------------------------------


def test_ctrl_c_ends_a_run_with_what_is_known(toy: Any, tmp_path: Path) -> None:
    toy("for _ in range(1000):\n    pass\nprint('started')\nwhile True: pass\n")
    process = start("run", "program.toy", "--max-steps", str(10**12), cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert re.match(rb"interrupted at tick [\d,]+, after [\d,]+ steps\n", err)
    assert b"Traceback" not in err
    steps = re.search(rb"steps +([\d,]+)", err.partition(b"\n")[2])
    assert steps is not None
    assert int(steps[1].replace(b",", b"")) > 1000
