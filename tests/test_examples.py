"""The scripts in `examples/` run, and their figures tell the story that their first lines promise."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.transcripts import ROOT, environment

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def output_of(name: str, *arguments: str) -> str:
    """Run an example as a person would and return what it prints; it has nothing to say on standard error."""
    finished = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *arguments],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES} == {
        "compare_locks.py", "lost_updates.py", "same_value_read.py", "who_waited.py"
    }  # fmt: skip


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_uses_the_public_interface(path) -> None:  # type: ignore[no-untyped-def]
    imported = re.findall(r"^(?:from|import) (interp[.\w]*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(imported) <= {"interp", "interp.bundled"}


def test_only_without_the_global_lock_do_threads_get_faster() -> None:
    found = dict(re.findall(r"^(\S+) .* ([\d.]+) times as fast$", output_of("compare_locks.py"), re.MULTILINE))
    assert 0.9 <= float(found["python3.13"]) <= 1.05
    assert float(found["free-threaded"]) >= 3.5


def test_updates_are_lost_at_short_intervals_and_none_at_long_ones() -> None:
    lost = [int(count) for count in re.findall(r"(\d+) updates lost", output_of("lost_updates.py"))]
    assert lost[0] > 50
    assert lost[-1] == 0


def test_the_bars_show_threads_that_wait_for_the_lock_and_sleep() -> None:
    bars = re.findall(r"^fetch_and_count-\d +(\S+)$", output_of("who_waited.py"), re.MULTILINE)
    assert len(bars) == 4
    assert all({"r", "w", "s"} <= set(bar) for bar in bars)


def test_an_example_takes_another_program() -> None:
    path = ROOT / "programs" / "classics" / "fibonacci.toy"
    assert "main               rrrrrrrr" in output_of("who_waited.py", str(path))


def test_two_threads_have_read_the_same_value_before_an_update_is_lost() -> None:
    output = output_of("same_value_read.py")
    assert re.match(r"step \d+ of \d+, tick \d+: thread [23] has read what thread [23] had read\n", output)
    stacks = re.findall(r"^  add-[23]: line 9, [\w-]+, stack: <range_iterator> (\d+)", output, re.MULTILINE)
    assert len(stacks) == 2
    assert stacks[0] == stacks[1]
    assert int(output.split()[-1]) < 40


def test_where_a_lock_is_held_nobody_reads_the_same_value() -> None:
    output = output_of("same_value_read.py", str(ROOT / "programs" / "races" / "counter_locked.toy"))
    assert output == "no two threads have ever read the same value of counter\n"
