"""What holds of every command: usage, files that are none, outputs, and that nobody ever sees a traceback of ours.

Each command has a file of its own beside this one, `test_run_command.py` and so on. Most tests call `main` itself;
where the process matters (signals, pipes, encodings) a real one is started.
"""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from interp import Settings, UsageError, __version__
from interp.cli import main, settings_from_arguments
from interp.commands.parser import COMMANDS, make_parser
from interp.real import confirm, interpreters
from tests.command_line import COUNTER, Captured
from tests.real_processes import PATIENCE, start
from tests.transcripts import environment

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
    # As on a machine with one Python, each mode in as few runs as that takes, and no limit that a busy one could meet.
    monkeypatch.setattr(interpreters, "all_interpreters", lambda: [interpreters.this_interpreter()])
    monkeypatch.setattr(confirm, "SECONDS_AT_LEAST", PATIENCE)
    monkeypatch.setattr(confirm, "SECONDS_OF_A_MODE", 0.0)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))  # the stepper reads commands from it
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
