"""The command line: statuses, what goes to which output, JSON shapes, and that nobody ever sees a traceback of ours.

Most tests call `main` itself; where the process matters (signals, pipes, encodings) a real one is started.
"""

from __future__ import annotations

import io
import json
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from interp import Settings, UsageError, __version__
from interp.cli import main, settings_from_arguments
from interp.commands.parser import COMMANDS, make_parser
from interp.scheduling.locks import LOCKS, load_lock
from tests.transcripts import environment

Captured = pytest.CaptureFixture[str]

RUN_KEYS = {
    "mode", "lock", "interval", "cores", "seed", "outcome", "output", "error", "ticks", "steps", "switches", "threads",
}  # fmt: skip
THREAD_KEYS = {"name", "process", "running", "ready", "lock_wait", "blocked", "sleeping"}

COUNTER = """\
counter = 0

def one():
    return 1

def work():
    global counter
    for _ in range(10):
        counter = counter + one()

tasks = [spawn(work), spawn(work)]
for task in tasks:
    task.join()
print(counter)
"""

DEADLOCK = """\
a = Lock()
b = Lock()

def left():
    with a:
        sleep(10)
        with b:
            pass

def right():
    with b:
        sleep(10)
        with a:
            pass

tasks = [spawn(left), spawn(right)]
for task in tasks:
    task.join()
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a program into an empty current folder, and return its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def write(source: str, name: str = "program.toy") -> str:
        (tmp_path / name).write_text(source, encoding="utf-8", newline="")
        return name

    return write


def json_of(captured: Captured, *arguments: str, status: int = 0) -> Any:
    """Run a command with `--json` and return its one object."""
    assert main([*arguments, "--json"]) == status
    return json.loads(captured.readouterr().out)


def start(*arguments: str, env: dict[str, str] | None = None, **more: Any) -> subprocess.Popen[bytes]:
    """Start a real process."""
    return subprocess.Popen(
        [sys.executable, "-m", "interp", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment() | (env or {}),
        **more,
    )


# --- run ----------------------------------------------------------------------------------------------------


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


# --- files that are none ------------------------------------------------------------------------------------


def test_an_unknown_name_suggests_others(toy: Any, capsys: Captured) -> None:
    assert main(["run", "paralel_sum"]) == 2
    err = capsys.readouterr().err
    assert "there is no file 'paralel_sum'" in err
    assert "Did you mean parallel_sum" in err
    assert "interp programs" in err


def test_a_misspelt_file_suggests_its_neighbour(toy: Any, capsys: Captured) -> None:
    toy("", "account.toy")
    assert main(["dis", "acount.toy"]) == 2
    assert "Did you mean account.toy?" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "dis", "trace", "compare"])
def test_a_folder_is_no_program(command: str, toy: Any, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "folder").mkdir()
    assert main([command, "folder"]) == 2
    assert capsys.readouterr().err == "interp: folder is a folder, not a program.\n"


def test_a_file_that_may_not_be_read_is_said(toy: Any, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    toy("")
    monkeypatch.setattr(Path, "open", refuse)  # whoever is root may read everything
    assert main(["run", "program.toy"]) == 2
    assert "cannot be read: Permission denied" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "", "no/such/folder/x.toy", "x\x1b[31m"])
def test_a_name_that_cannot_be_one_is_said(name: str, toy: Any, capsys: Captured) -> None:
    assert main(["run", name]) == 2
    err = capsys.readouterr().err
    assert "there is no file" in err or "is a folder" in err
    assert "\x1b" not in err


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"print('\xff')\n", "is not UTF-8"), (b"x = 1\0\n", "null bytes"), (b"\x7fELF\x02\x01", "1:1: ")],
)
def test_a_file_that_is_no_text_is_refused(data: bytes, words: str, toy: Any, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "binary.toy").write_bytes(data)
    assert main(["run", "binary.toy"]) == 3
    err = capsys.readouterr().err
    assert err.startswith("binary.toy:1:")
    assert words in err


# --- usage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "fibonacci", "--mode", "thread"], "Did you mean threads?"),
        (["run", "fibonacci", "--lock", "python3.12"], "there are: python3.13, cooperative"),
        (["run", "fibonacci", "--interval", "0"], "interval must be a whole number from 1"),
        (["run", "fibonacci", "--interval", "ten"], "'ten' is not a whole number"),
        (["run", "fibonacci", "--cores", "-1"], "cores must be a whole number from 1"),
        (["run", "fibonacci", "--seed", "-1"], "seed must be"),
        (["run", "fibonacci", "--costs", "cheap"], "there are: classroom, realistic"),
        (["run", "fibonacci", "--switch-points", "here"], "there are: every"),
        (["run", "fibonacci", "--schedule", "1x2"], "part 1 of the schedule, '1x2'"),
        (["run", "fibonacci", "--schedule", "2*5"], "there is no thread 2"),
        (["run", "fibonacci", "--intervall", "3"], "run has no option --intervall. Did you mean --interval?"),
        (["run"], "required: FILE"),
        (["run", "fibonacci", "fibonacci"], "unrecognized arguments"),
        (["rnu", "fibonacci"], "Did you mean run?"),
        (["fibonacci"], "To run a program: interp run fibonacci"),
        (["trace", "fibonacci", "--from", "9", "--to", "3"], "--from 9 comes after --to 3"),
        (["trace", "fibonacci", "--limit", "0"], "0 is less than 1"),
        (["trace", "fibonacci", "-o", "my.toy"], "is the name of a program"),
        (["compare", "fibonacci", "--mode", "threads,thread"], "Did you mean threads?"),
        (["compare", "fibonacci", "--interval", "1,,2"], "is not a whole number"),
        (["compare", "fibonacci", "--seed", "1,1"], "an empty or a repeated part"),
        (["compare", "-", "-"], "standard input can be read once only"),
        (["compare", "fibonacci", "--seed", ",".join(map(str, range(1001)))], "1,001 runs are too many"),
    ],
)
def test_wrong_usage_is_status_2_and_says_what_there_is(
    arguments: list[str], words: str, toy: Any, capsys: Captured
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("interp: ")
    assert words in captured.err


def test_without_a_command_the_help_is_shown_with_status_2(capsys: Captured) -> None:
    assert main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "interp compare parallel_sum" in captured.err


def test_the_version_is_shown(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"interp {__version__}\n"


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_ends_with_two_examples_that_work(
    command: str, toy: Any, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    assert main([*([command] if command else []), "--help"]) == 0
    text = capsys.readouterr().out
    assert text.isascii()
    before, _, after = text.partition("examples:\n")
    examples = after.splitlines()
    assert before
    assert len(examples) == 2
    for example in examples:
        words = shlex.split(example)
        assert words[0] == "interp"
        assert not command or words[1] == command
        assert main(words[1:]) == 0
        capsys.readouterr()


def test_the_help_names_every_command() -> None:
    text = make_parser().format_help()
    assert all(re.search(rf"^    {command} ", text, re.MULTILINE) for command in COMMANDS)


def test_settings_are_made_of_arguments() -> None:
    assert settings_from_arguments([]) == Settings()
    given = "--mode processes --lock python3.13t --interval 3 --cores 2 --seed 5 --costs realistic --max-steps 9"
    assert settings_from_arguments([*given.split(), "--switch-points", "every", "--schedule", "1*3"]) == Settings(
        mode="processes",
        lock="free-threaded",
        interval=3,
        cores=2,
        seed=5,
        schedule="1*3",
        costs="realistic",
        max_steps=9,
        switch_points="every",
    )
    for wrong in (["--stats"], ["program.toy"], ["--lock", "none"], ["--interval", "3,4"]):
        with pytest.raises(UsageError):
            settings_from_arguments(wrong)


# --- JSON ---------------------------------------------------------------------------------------------------


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


def test_compare_as_json_has_runs_and_the_first_difference(toy: Any, capsys: Captured) -> None:
    found = json_of(capsys, "compare", toy(COUNTER))
    assert [run["mode"] for run in found["runs"]] == ["sequential", "threads", "processes"]
    assert all(run.keys() >= RUN_KEYS | {"speedup"} for run in found["runs"])
    assert found["runs"][0]["speedup"] == 1
    assert isinstance(found["first_difference"], str)
    same = json_of(capsys, "compare", "program.toy", "--mode", "threads", "--seed", "1,2")
    assert len(same["runs"]) == 2


def test_listings_as_json(toy: Any, capsys: Captured) -> None:
    code = json_of(capsys, "dis", toy("x = 1\ndef f(): return x\n"))["code"]
    assert code["instructions"][0]["opcode"] == "RESUME"
    assert code["functions"][0]["name"] == "f"
    programs = json_of(capsys, "programs")["programs"]
    assert {"name", "group", "teaches"} <= programs[0].keys()
    locks = {lock["name"]: lock for lock in json_of(capsys, "locks")["locks"]}
    assert next(iter(locks)) == "python3.13"
    assert locks["free-threaded"]["other_names"] == ["python3.13t"]


# --- dis, trace, compare --------------------------------------------------------------------------------------


def test_dis_shows_lines_offsets_opcodes_and_operands(toy: Any, capsys: Captured) -> None:
    assert main(["dis", toy("x = [1]\nprint(x[0])\n")]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^ +2 +\d+ LOAD_NAME +\d+ \(print\)$", out, re.MULTILINE)


def test_trace_shows_a_column_a_thread(toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy(COUNTER), "--interval", "5"]) == 0
    out = capsys.readouterr().out
    assert "work-2" in out
    assert "takes the lock" in out


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


def test_a_trace_goes_to_standard_output() -> None:
    process = start("trace", "fibonacci", "-o", "-")
    out, _ = process.communicate()
    assert process.returncode == 0
    assert json.loads(out.splitlines()[0])["program"] == "fibonacci.toy"


def test_compare_runs_every_combination(toy: Any, capsys: Captured) -> None:
    found = json_of(
        capsys, "compare", toy(COUNTER), "--mode", "threads,processes", "--lock", "cpython,free-threaded",
        "--interval", "3,9", "--cores", "1", "--seed", "7",
    )  # fmt: skip
    runs = [(run["mode"], run["lock"], run["interval"], run["cores"], run["seed"]) for run in found["runs"]]
    assert runs == [
        (mode, lock, interval, 1, 7)
        for mode in ("threads", "processes")
        for lock in ("python3.13", "free-threaded")
        for interval in (3, 9)
    ]


def test_compare_of_something_else_than_modes_is_made_in_threads(toy: Any, capsys: Captured) -> None:
    toy(COUNTER)
    toy(COUNTER.replace("+ one()", "+ 1"), "other.toy")
    by_lock = json_of(capsys, "compare", "program.toy", "--lock", "python3.9,python3.13")
    assert [(run["mode"], run["lock"]) for run in by_lock["runs"]] == [
        ("threads", "python3.9"),
        ("threads", "python3.13"),
    ]
    by_file = json_of(capsys, "compare", "program.toy", "other.toy", "--interval", "3")
    assert [(run["file"], run["mode"]) for run in by_file["runs"]] == [
        ("program.toy", "threads"),
        ("other.toy", "threads"),
    ]
    modes = json_of(capsys, "compare", "program.toy", "--interval", "3")
    assert [run["mode"] for run in modes["runs"]] == ["sequential", "threads", "processes"]


def test_compare_strict_is_status_1_if_runs_differ(toy: Any, capsys: Captured) -> None:
    toy(COUNTER)
    assert main(["compare", "program.toy", "--interval", "3,9"]) == 0
    assert main(["compare", "program.toy", "--interval", "3,9", "--strict"]) == 1
    assert main(["compare", "program.toy", "program.toy", "--strict"]) == 0


def test_compare_takes_the_status_of_the_worst_run(toy: Any, capsys: Captured) -> None:
    toy(DEADLOCK)
    assert main(["compare", "program.toy"]) == 1
    assert main(["compare", "program.toy", "--max-steps", "40"]) == 4


def test_compare_with_a_schedule_is_made_in_threads(toy: Any, capsys: Captured) -> None:
    found = json_of(capsys, "compare", "counter_lost_update", "--schedule", "1*26 2*11 3*17 2*6")
    assert [run["mode"] for run in found["runs"]] == ["threads"]
    assert main(["compare", "counter_lost_update", "--schedule", "2*5", "--interval", "3,9"]) == 2
    assert "interp: run 1 of 2, threads: the schedule cannot" in capsys.readouterr().err


def test_compare_makes_a_sequential_run_once_whatever_the_lock(toy: Any, capsys: Captured) -> None:
    options = ["--mode", "sequential,threads", "--lock", "python3.13,python3.9"]
    found = json_of(capsys, "compare", toy(COUNTER), *options)
    assert [run["mode"] for run in found["runs"]] == ["sequential", "threads", "threads"]


def test_columns_with_numbers_are_explained_by_rows_of_settings(toy: Any, capsys: Captured) -> None:
    assert main(["compare", toy(COUNTER), "--interval", "10,100,1000,3"]) == 0
    assert re.search(r"^interval +10 +100 +1,000 +3$", capsys.readouterr().out, re.MULTILINE)


def test_a_long_trace_is_shown_in_parts(toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy(COUNTER.replace("range(10)", "range(400)")), "--interval", "5"]) == 0
    captured = capsys.readouterr()
    line = captured.err.splitlines()[-1].removeprefix("Go on: ")
    tick = int(shlex.split(line)[-1])
    assert main(shlex.split(line)[1:]) == 0
    assert re.search(rf"^ +{tick:,} ", capsys.readouterr().out, re.MULTILINE)
    assert not re.search(rf"^ +{tick:,} ", captured.out, re.MULTILINE)


def test_steps_behind_the_end_are_said(toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy("x = 1\n"), "--steps", "--from", "99999"]) == 0
    assert re.search(r"the run ended at tick \d+\n", capsys.readouterr().err)


@pytest.mark.parametrize("command", ["run", "dis"])
def test_a_saved_trace_is_no_program(command: str, toy: Any, capsys: Captured) -> None:
    assert main(["trace", toy("x = 1\n"), "-o", "s.trace"]) == 0
    capsys.readouterr()
    assert main([command, "s.trace"]) == 2
    assert "s.trace is a saved trace, not a program; see: interp trace s.trace" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("columns", [60, 80])
def test_help_is_no_wider_than_the_terminal(
    command: str, columns: int, toy: Any, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main([*([command] if command else []), "--help"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= columns


# --- outputs ------------------------------------------------------------------------------------------------


def test_an_output_that_is_not_utf8_gets_escapes(toy: Any, tmp_path: Path) -> None:
    toy("print('é →')\n")
    for encoding in (
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ):
        process = start("run", "program.toy", env=encoding, cwd=tmp_path)
        out, err = process.communicate()
        assert (process.returncode, out, err) == (0, b"\\xe9 \\u2192\n", b"")


@pytest.mark.parametrize(
    "arguments", [["compare", "program.toy"], ["trace", "program.toy"], ["trace", "program.toy", "--steps"]]
)
def test_pictures_need_neither_colour_nor_unicode_nor_width(arguments: list[str], toy: Any, tmp_path: Path) -> None:
    toy(COUNTER + "print('a[i]', '[red]', 'é')\n")
    plain = {"NO_COLOR": "1", "TERM": "dumb", "PYTHONIOENCODING": "ascii", "COLUMNS": "60"}
    process = start(*arguments, env=plain, cwd=tmp_path)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert out.isascii()
    assert b"\x1b" not in out
    assert max(map(len, out.splitlines())) <= 60
    if "compare" not in arguments:
        assert b"a[i]" in out
        assert b"[red]" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "program.toy"],
        ["trace", "program.toy", "--steps", "--limit", "1000000"],
        ["trace", "-o", "-", "program.toy"],
    ],
)
def test_a_reader_that_goes_away_ends_it_quietly(arguments: list[str], toy: Any, tmp_path: Path) -> None:
    toy("for i in range(20000):\n    print('line', i)\n")
    process = start(*arguments, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(5)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), err) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [["run", "fibonacci"], ["compare", "fibonacci"]])
def test_a_full_disk_is_said(arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        finished = subprocess.run(
            [sys.executable, "-m", "interp", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert finished.returncode == 2
    assert finished.stderr == b"interp: the output cannot be written: No space left on device.\n"


def test_an_unbuffered_output_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    process = start("trace", "parallel_sum", "--json", env={"PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(20)
    process.stdout.close()
    process.stderr.close()
    assert process.wait() == 141


def wait_for(process: subprocess.Popen[bytes], text: bytes) -> None:
    """Wait until a process has printed a text."""
    assert process.stdout is not None
    assert process.stdout.read(len(text)) == text


def test_ctrl_c_ends_a_run_with_what_is_known(toy: Any, tmp_path: Path) -> None:
    toy("print('started')\nwhile True: pass\n")
    process = start("run", "program.toy", "--max-steps", str(10**12), cwd=tmp_path)
    wait_for(process, b"started\n")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert re.match(rb"interrupted at tick [\d,]+, after [\d,]+ steps\n", err)
    assert b"Traceback" not in err
    steps = re.search(rb"steps +([\d,]+)", err.partition(b"\n")[2])
    assert steps is not None
    assert int(steps[1].replace(b",", b"")) > 1000


def test_ctrl_c_ends_a_comparison_with_the_runs_that_are_known(toy: Any, tmp_path: Path) -> None:
    toy("def f():\n    i = 0\n    while i < 10 ** 12: i += 1\nprint('x')\nspawn(f)\n")
    process = start("compare", "program.toy", "--max-steps", str(10**12), cwd=tmp_path)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted in run 1 of 3" in err
    assert b"sequential" in out
    assert b"Traceback" not in err


# --- faults of ours -----------------------------------------------------------------------------------------


def test_a_fault_of_ours_asks_for_a_report(toy: Any, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("interp.commands.run.execute", broken)
    monkeypatch.delenv("INTERP_DEBUG", raising=False)
    assert main(["run", toy("print(1)\n")]) == 70
    err = capsys.readouterr().err
    assert "ZeroDivisionError: oops" in err
    assert "Please report it" in err
    assert "Traceback" not in err
    monkeypatch.setenv("INTERP_DEBUG", "1")
    assert main(["run", "program.toy"]) == 70
    assert "Traceback" in capsys.readouterr().err


# --- a lock policy of the user's own --------------------------------------------------------------------------

OWN_LOCK = """
from interp.scheduling.locks.interval import IntervalLock

class Mine(IntervalLock):
    name = "mine"
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no file 'mine.py' to take a lock policy from"),
        ("x = (", "mine.py cannot be run: SyntaxError"),
        ("import no_such_thing", "mine.py cannot be run: ModuleNotFoundError: No module named 'no_such_thing'"),
        ("x = 1", "mine.py defines 0 lock policies"),
        (OWN_LOCK + "class Other(Mine):\n    name = 'other'\n", "mine.py defines 2 lock policies"),
        (OWN_LOCK + "    def arrive(self, lock, thread, hands):\n        lock.pop()\n", "mine.py:7: AttributeError"),
    ],
)
def test_a_lock_policy_from_a_file_that_is_none_is_wrong_usage(
    text: str | None, words: str, toy: Any, capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    load_lock.cache_clear()
    if text is not None:
        Path("mine.py").write_text(text, encoding="utf-8")
    assert main(["run", toy(COUNTER), "--lock", "mine.py"]) == 2
    assert words in capsys.readouterr().err


def test_a_lock_policy_from_a_file_is_compared_with_others(
    toy: Any, capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    load_lock.cache_clear()
    Path("mine.py").write_text(OWN_LOCK, encoding="utf-8")
    runs = json_of(capsys, "compare", toy(COUNTER), "--lock", "python3.13,mine.py")["runs"]
    assert [run["lock"] for run in runs] == ["python3.13", "mine.py"]
    assert runs[0]["ticks"] == runs[1]["ticks"]


def test_every_lock_says_in_one_line_what_it_models_where_it_switches_and_how_often(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["locks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(LOCKS)
    for line, (name, lock) in zip(lines, LOCKS.items(), strict=True):
        assert line.split()[0] == name
        assert lock.models in line
        assert f"may switch at {lock.switch_points}" in line
        assert ("interval" in line.replace("interval lock", "")) == bool(lock.interval_in)


# --- explore ------------------------------------------------------------------------------------------------


def test_explore_says_whether_there_is_one_outcome_several_or_a_bound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "counter_returned"]) == 0
    assert main(["explore", "counter_lost_update"]) == 1
    assert main(["explore", "bank_deadlock"]) == 1
    assert main(["explore", "counter_lost_update", "--max-states", "5"]) == 4
    assert "there may be more (--max-states raises the bound)" in capsys.readouterr().err
    assert main(["explore", "counter_lost_update", "--lock", "python3.31"]) == 2
    assert "Did you mean python3.13?" in capsys.readouterr().err


def test_explore_prints_one_object_with_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "counter_lost_update", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {"complete", "states", "schedules", "outcomes", "races"} <= found.keys()
    assert {"kind", "output", "error", "preemptions", "schedules", "witness"} <= found["outcomes"][0].keys()
    assert sum(outcome["schedules"] for outcome in found["outcomes"]) == found["schedules"]
    assert found["races"][0]["variable"] == "counter"
    assert {"thread", "line", "kind"} <= found["races"][0]["accesses"][0].keys()


def test_explore_shows_several_locks_beside_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "counter_plus_equals_old", "--lock", "python3.13,python3.9", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["explorations"]
    assert [(one["lock"], len(one["outcomes"])) for one in found] == [("python3.13", 1), ("python3.9", 3)]


def test_explore_grades_a_program_by_its_comments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "x = 0\ndef f():\n    global x\n    x = 1\nspawn(f)\nprint(x)\n"
    path = tmp_path / "graded.toy"
    for comment, status, words in (
        ("# expect outcomes: 0 / 1", 0, "as expected, 2 outcomes"),
        ("# expect outcomes: 0", 1, "unexpected: 1"),
        ("# expect outcomes: 0 / 1 / 2", 1, "never happens: 2"),
        ("# expect outcomes: 0 / 1\n# expect deadlock", 1, "never happens: a deadlock"),
    ):
        path.write_text(f"{text}{comment}\n", encoding="utf-8")
        assert main(["explore", str(path), "--check"]) == status
        assert words in capsys.readouterr().out
    path.write_text(text, encoding="utf-8")
    assert main(["explore", str(path), "--check"]) == 2
    path.write_text(text + "# expect outcome: 0\n", encoding="utf-8")
    assert main(["explore", str(path), "--check"]) == 2
    assert "is not understood" in capsys.readouterr().err
