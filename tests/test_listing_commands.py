"""`interp dis`, `interp programs` and `interp locks`, and the lock policy of one's own that may join the last."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from interp.cli import main
from interp.scheduling.locks import LOCKS, load_lock
from tests.command_line import COUNTER, OWN_LOCK, Captured, json_of


def test_dis_shows_lines_offsets_opcodes_and_operands(toy: Any, capsys: Captured) -> None:
    assert main(["dis", toy("x = [1]\nprint(x[0])\n")]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^ +2 +\d+ LOAD_NAME +\d+ \(print\)$", out, re.MULTILINE)


def test_listings_as_json(toy: Any, capsys: Captured) -> None:
    code = json_of(capsys, "dis", toy("x = 1\ndef f(): return x\n"))["code"]
    assert code["instructions"][0]["opcode"] == "RESUME"
    assert code["functions"][0]["name"] == "f"
    programs = json_of(capsys, "programs")["programs"]
    assert {"name", "group", "teaches"} <= programs[0].keys()
    locks = {lock["name"]: lock for lock in json_of(capsys, "locks")["locks"]}
    assert next(iter(locks)) == "python3.13"
    assert locks["free-threaded"]["other_names"] == ["python3.13t"]


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


# --- a lock policy of the user's own --------------------------------------------------------------------------


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


def test_a_lock_that_is_there_as_a_file_is_suggested(
    toy: Any, capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(OWN_LOCK, encoding="utf-8")
    assert main(["run", toy(COUNTER), "--lock", "mine"]) == 2
    assert "did you mean the file mine.py?" in capsys.readouterr().err


def test_a_lock_policy_from_a_file_is_compared_with_others(
    toy: Any, capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    load_lock.cache_clear()
    Path("mine.py").write_text(OWN_LOCK, encoding="utf-8")
    runs = json_of(capsys, "compare", toy(COUNTER), "--lock", "python3.13,mine.py")["runs"]
    assert [run["lock"] for run in runs] == ["python3.13", "mine.py"]
    assert runs[0]["ticks"] == runs[1]["ticks"]
