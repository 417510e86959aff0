"""A test is a program: interp runs every toy program of the repository and is held to the comments in it.

`expectations.py` says how the comments are written. `test_python_agrees.py` holds real CPython to the
same comments; here the outputs are also compared directly, so that even a missing final newline would
show.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import interp
from interp.bundled import bundled_programs, find_bundled, suggest
from interp.cli import settings_from_arguments
from interp.expectations import (
    Expectations,
    UnknownExpectationError,
    as_outcome,
    lines_of,
    read_expectations,
    toy_files,
)
from interp.real.oracle import run_file

ROOT = Path(__file__).parent.parent
BUNDLED = toy_files(ROOT / "programs")
PROGRAMS = BUNDLED + toy_files(ROOT / "tests" / "programs")

every_program = pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)


def run(path: Path, expected: Expectations) -> interp.Result:
    """Run a program under the settings it asks for."""
    program = interp.compile_source(path.read_text(encoding="utf-8"), str(path))
    return interp.run(program, settings_from_arguments(expected.settings))


@every_program
def test_interp_does_what_the_comments_say(path: Path) -> None:
    expected = read_expectations(path.read_text(encoding="utf-8"))
    result = run(path, expected)
    if expected.outcomes:
        deadlocked = expected.may_deadlock and result.outcome == "deadlock"
        assert deadlocked or (result.outcome == "ok" and as_outcome(result.output) in expected.outcomes)
        return
    assert lines_of(result.output) == expected.lines
    if expected.may_deadlock:
        assert result.outcome == "deadlock"
    elif expected.errors:
        assert result.outcome == "error"
        assert result.error is not None
        text = f"{result.error.type}: {result.error.message}" if result.error.message else result.error.type
        assert (result.error.line, text) == (expected.errors[0].line, expected.errors[0].text)
    else:
        assert (result.outcome, result.error) == ("ok", None)


def has_one_thread(path: Path) -> bool:
    """Whether a program neither spawns nor waits for ever."""
    source = path.read_text(encoding="utf-8")
    return "spawn(" not in source and not read_expectations(source).depends_on_schedule


@pytest.mark.parametrize(
    "path", [path for path in PROGRAMS if has_one_thread(path)], ids=lambda path: path.stem
)
def test_interp_and_python_print_the_same(path: Path) -> None:
    ours, real = run(path, read_expectations(path.read_text(encoding="utf-8"))), run_file(path)
    assert ours.output == real.output
    if real.errors:
        assert ours.error is not None
        found = (ours.error.type, ours.error.message, ours.error.line)
        assert found == (real.errors[0].type, real.errors[0].message, real.errors[0].line)
    else:
        assert ours.error is None


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_a_bundled_program_says_what_it_teaches(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# teaches: ")


@every_program
def test_a_program_expects_something(path: Path) -> None:
    expected = read_expectations(path.read_text(encoding="utf-8"))
    assert expected.lines or expected.errors or expected.depends_on_schedule


def test_bundled_programs_are_found_by_name() -> None:
    names = [program.name for program in bundled_programs()]
    assert len(set(names)) == len(names) == len(BUNDLED)
    for path in BUNDLED:
        for name in (path.stem, path.name):
            found = find_bundled(name)
            assert found is not None
            assert found.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    assert find_bundled("no_such_program") is None
    assert suggest("paralel_sum")[0] == "parallel_sum"


@pytest.mark.parametrize("comment", ["# expected 3", "# expect 3", "# expect output: 3", "#expect eror: 3"])
def test_an_expectation_that_is_not_understood_is_refused(comment: str) -> None:
    with pytest.raises(UnknownExpectationError, match="line 2"):
        read_expectations(f"x = 1\nprint(x)  {comment}\n")


def test_expectations_are_read_from_comments_only() -> None:
    expected = read_expectations("print('# expect: no')  # expect: # expect: no\n# expect:\n")
    assert expected.lines == ["# expect: no", ""]
