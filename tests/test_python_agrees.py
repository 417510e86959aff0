"""Toy is a strict subset of Python, and CPython is the oracle: it prints what a program's comments promise.

Every program of `programs/` and `tests/programs/` is run on this very Python through
`interp/real/prelude.py`. So no expectation in the repository is an invention of ours; `test_programs.py`
holds interp to the same comments. Where there is one thread, the outputs are also compared directly, so that even a
missing final newline would show.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from interp.expectations import Expectations, as_outcome, lines_of, read_expectations, toy_files
from interp.real.oracle import RealResult, run_file, run_source
from tests.real_processes import PATIENCE, under_longer_and_longer_limits
from tests.watching import run_as_it_says

ROOT = Path(__file__).parent.parent
PROGRAMS = toy_files(ROOT / "programs") + toy_files(ROOT / "tests" / "programs")

every_program = pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)


def mode_of(expected: Expectations) -> str:
    """Return the mode that a program asks for; its other settings have no meaning on a real Python."""
    if "--mode" in expected.settings:
        return expected.settings[expected.settings.index("--mode") + 1]
    return "threads"


def check(result: RealResult, expected: Expectations) -> None:
    """Compare a run with the comments."""
    stuck = result.outcome in ("timeout", "deadlock")
    if expected.outcomes:
        assert (stuck and expected.may_deadlock) or as_outcome(result.output) in expected.outcomes
        return
    assert lines_of(result.output) == expected.lines
    assert stuck == expected.may_deadlock
    assert [(error.line, str(error)) for error in result.errors] == [
        (error.line, error.text) for error in expected.errors
    ]


@every_program
def test_python_accepts_the_program(path: Path) -> None:
    compile(path.read_text(encoding="utf-8"), str(path), "exec")


@every_program
def test_python_does_what_the_comments_say(path: Path) -> None:
    expected = read_expectations(path.read_text(encoding="utf-8"))

    def run(seconds: float) -> RealResult:
        return run_file(path, mode=mode_of(expected), timeout=seconds)

    if expected.may_deadlock:  # which shows by nothing else than time that passes
        result = under_longer_and_longer_limits(
            run, lambda result: result.outcome != "timeout" or lines_of(result.output) == expected.lines
        )
    else:
        result = run(PATIENCE)
    check(result, expected)
    if has_one_thread(path):
        check_that_interp_prints_the_same(path, result)


def has_one_thread(path: Path) -> bool:
    """Whether a program neither spawns nor waits for ever."""
    source = path.read_text(encoding="utf-8")
    return "spawn(" not in source and not read_expectations(source).depends_on_schedule


def check_that_interp_prints_the_same(path: Path, real: RealResult) -> None:
    """Compare a run with that of interp: the output, and the first error if there is one."""
    ours = run_as_it_says(path)
    assert ours.output == real.output
    if real.errors:
        assert ours.error is not None
        found = (ours.error.type, ours.error.message, ours.error.line)
        assert found == (real.errors[0].type, real.errors[0].message, real.errors[0].line)
    else:
        assert ours.error is None


def runs_in_any_order(path: Path) -> bool:
    """Whether a program has tasks, and none that wait for one another (these say `--mode threads`)."""
    source = path.read_text(encoding="utf-8")
    return "spawn(" in source and "--mode" not in read_expectations(source).settings


@pytest.mark.parametrize(
    "path", [path for path in PROGRAMS if runs_in_any_order(path)], ids=lambda path: path.stem
)
def test_a_program_without_a_mode_of_its_own_does_the_same_sequentially(path: Path) -> None:
    check(run_file(path, mode="sequential", timeout=PATIENCE), read_expectations(path.read_text(encoding="utf-8")))


def test_a_failure_that_nobody_joined_is_reported_with_the_toy_lines_only() -> None:
    source = "def work():\n    return 1 // 0\n\nspawn(work)\nprint('main goes on')\n"
    result = run_source(source, "work.toy")
    assert result.output == "main goes on\n"
    assert result.status == 1
    header, traceback, frame = result.stderr.splitlines()[:3]
    assert header == "Exception in thread work-2:"
    assert traceback == "Traceback (most recent call last):"
    assert frame == '  File "work.toy", line 2, in work'
    assert result.stderr.endswith("\nZeroDivisionError: integer division or modulo by zero\n")
    assert result.stderr.count("File ") == 1


def test_a_program_that_hangs_is_stopped() -> None:
    source = "print('waiting')\nEvent().wait()\n"
    result = under_longer_and_longer_limits(
        lambda seconds: run_source(source, timeout=seconds), lambda result: result.output
    )
    assert (result.outcome, result.output) == ("timeout", "waiting\n")


def test_a_wait_that_cannot_end_is_a_deadlock_in_mode_sequential() -> None:
    result = run_source("Queue().get()\n", mode="sequential")
    assert (result.outcome, result.status) == ("deadlock", 1)
    assert result.stderr == "deadlock: main waits for an item of a Queue, and nothing else can run\n"


def test_processes_have_memories_of_their_own() -> None:
    source = (
        "seen = []\ndef work(n):\n    seen.append(n)\n    return n + 1\nprint(spawn(work, 1).join(), seen)\n"
    )
    assert run_source(source, mode="threads").output == "2 [1]\n"
    assert run_source(source, mode="processes").output == "2 []\n"
