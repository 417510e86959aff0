"""`interp compare`: which runs are made, in which order, and what their comparison comes to."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

from interp.cli import main
from tests.command_line import COUNTER, DEADLOCK, OWN_LOCK, RUN_KEYS, Captured, json_of
from tests.real_processes import PATIENCE, start


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


def test_compare_as_json_has_runs_and_the_first_difference(toy: Any, capsys: Captured) -> None:
    found = json_of(capsys, "compare", toy(COUNTER))
    assert [run["mode"] for run in found["runs"]] == ["sequential", "threads", "processes"]
    assert all(run.keys() >= RUN_KEYS | {"speedup"} for run in found["runs"])
    assert found["runs"][0]["speedup"] == 1
    assert isinstance(found["first_difference"], str)
    same = json_of(capsys, "compare", "program.toy", "--mode", "threads", "--seed", "1,2")
    assert len(same["runs"]) == 2


LOCK_THAT_TELLS = f"""import sys
{OWN_LOCK}
    def arrive(self, lock, thread, hands):
        print("a thread has come", file=sys.stderr, flush=True)
        super().arrive(lock, thread, hands)
"""


def test_ctrl_c_ends_a_comparison_with_the_runs_that_are_known(toy: Any, tmp_path: Path) -> None:
    toy("def f():\n    i = 0\n    while i < 10 ** 12: i += 1\nprint('x')\nspawn(f)\n")
    toy(LOCK_THAT_TELLS, "telling.py")
    options = ["--lock", "telling.py,python3.13", "--max-steps", str(10**12)]
    process = start("compare", "program.toy", *options, cwd=tmp_path)
    assert process.stderr is not None
    assert process.stderr.readline() == b"a thread has come\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert b"interrupted in run 1 of 2" in err
    assert b"telling.py" in out
    assert b"Traceback" not in err
