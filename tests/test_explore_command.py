"""`interp explore`: its statuses, its object, and programs that are graded by their comments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interp.cli import main
from interp.commands.explore import percents


def test_explore_says_whether_there_is_one_outcome_several_or_a_bound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "counter_returned"]) == 0
    assert main(["explore", "counter_lost_update"]) == 1
    assert main(["explore", "bank_deadlock"]) == 1
    assert main(["explore", "counter_lost_update", "--max-states", "5"]) == 4
    told = capsys.readouterr().err
    assert told.startswith("stopped after 5 states: ")
    assert told.endswith("there may be more (--max-states raises the bound)\n")
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
    assert main(["explore", "counter_plus_equals_old", "--lock", "python3.13,python3.9", "--max-states", "20"]) == 4
    assert capsys.readouterr().err.startswith("lock python3.9: stopped after")


def test_explore_names_a_lock_only_where_one_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    for options, heading in (
        (["--max-steps", "500000"], "(switch points every: "),
        (["--switch-points", "calls-and-loops"], "(switch points calls-and-loops: "),
        (["--lock", "python3.13"], "(lock python3.13, switch points calls-and-loops: "),
    ):
        main(["explore", "counter_plus_equals_old", *options])
        assert heading in capsys.readouterr().out


def test_explore_grades_under_one_lock_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "counter_returned", "--check", "--lock", "python3.13,free-threaded"]) == 2
    assert "under one lock" in capsys.readouterr().err
    assert main(["explore", "counter_returned", "--check", "--lock", "free-threaded"]) == 0


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


def test_an_output_with_the_marks_of_a_comment_can_be_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "marks.toy"
    path.write_text("# expect outcomes: a \\/ b \\| c\nprint('a / b | c')\n", encoding="utf-8")
    assert main(["explore", str(path), "--check"]) == 0
    path.write_text("# expect outcomes: a / b | c\nprint('a / b | c')\n", encoding="utf-8")
    assert main(["explore", str(path), "--check"]) == 1
    assert "unexpected: a \\/ b \\| c" in capsys.readouterr().out


def test_headings_differ_where_outcomes_differ_and_shares_make_up_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fails.toy"
    path.write_text(
        "xs = []\ndef f(k):\n    xs.append(k)\n    if len(xs) == 2:\n        raise ValueError(xs[1])\n"
        "spawn(f, 1)\nspawn(f, 2)\n",
        encoding="utf-8",
    )
    assert main(["explore", str(path)]) == 1
    shown = [line for line in capsys.readouterr().out.splitlines() if line[:1].isdigit()][1:]
    assert len({line.partition("  ")[2].partition(" %")[0] for line in shown}) == len(shown) == 4
    assert "error in f-2, line 5: ValueError: 2 and error in f-3, line 5: ValueError: 2" in "\n".join(shown)


def test_shares_are_rounded_so_that_they_make_up_a_whole() -> None:
    assert percents([1, 1, 1], 3) == ["33.4 %", "33.3 %", "33.3 %"]
    assert percents([40456, 59544], 100_000) == ["40.5 %", "59.5 %"]
    assert percents([1, 99_999], 100_000) == ["under 0.1 %", "over 99.9 %"]
    assert percents([5], 5) == ["100 %"]
    assert percents([None], None) == [""]


def test_a_bound_that_makes_no_sense_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "counter_returned", "--max-preemptions", "-1"]) == 2
    assert "--max-preemptions: -1 is less than 0" in capsys.readouterr().err
    assert main(["explore", "counter_returned", "--workers", "5000"]) == 2
    assert "--workers: 5,000 processes are too many: at most 256" in capsys.readouterr().err


def test_a_witness_under_a_lock_names_the_lock(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "counter_plus_equals_old", "--lock", "python3.9"]) == 1
    shown = capsys.readouterr().out
    commands = [line.strip() for line in shown.splitlines() if line.startswith("   interp step")]
    assert len(commands) == 3
    assert all(line.startswith("interp step counter_plus_equals_old --lock python3.9 --schedule ") for line in commands)
