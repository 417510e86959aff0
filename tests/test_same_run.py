"""The same program, settings and choices give the same run: in one process, in another, on another Python.

What a run was like is boiled down to a digest of everything that was observed. `digests.json` holds the digests of
the bundled programs' runs; every Python that runs these tests is compared with it, so that a difference between
versions shows even where only one is installed. Where runs are *meant* to change, or a program was edited, write the
file anew and say why in the change:

    python -m tests.test_same_run
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note, settings

import interp
from interp.cli import settings_from_arguments
from interp.expectations import read_expectations, toy_files
from interp.machine.interpreter import Step
from interp.real.interpreters import all_interpreters
from interp.scheduling.locks import LOCKS
from tests.concurrent_generator import LOCKS as RANDOM_LOCKS
from tests.concurrent_generator import concurrent_program_from_seed, concurrent_programs
from tests.concurrent_generator import settings as random_settings
from tests.generator import program_from_seed
from tests.suites import is_first
from tests.watching import MOST_STEPS, Run, all_digests, digest, run, watch

ROOT = Path(__file__).parent.parent
STORED = Path(__file__).with_name("digests.json")
RANDOM_PROGRAMS = 24


def chosen_runs() -> dict[str, Run]:
    """Return a row of programs, each with settings, by a name."""
    runs: dict[str, Run] = {}
    locks = list(LOCKS)
    bundled = toy_files(ROOT / "programs")
    for number, path in enumerate(bundled):
        source = path.read_text(encoding="utf-8")
        own = settings_from_arguments(read_expectations(source).settings)
        runs[f"{path.stem} as it says"] = source, {"mode": own.mode, "lock": own.lock, "interval": own.interval}
        runs[f"{path.stem} otherwise"] = source, {
            "mode": ("threads", "processes")[number % 2],
            "lock": locks[number % len(locks)],
            "cores": 1 + number % 3,
            "seed": number,
            "costs": ("classroom", "realistic")[number // 2 % 2],
        }
    return runs


def random_runs() -> dict[str, Run]:
    """Return a row of random programs, each with settings, by a name."""
    runs: dict[str, Run] = {}
    for number in range(RANDOM_PROGRAMS):
        drawn = random.Random(number)
        runs[f"random program {number}"] = program_from_seed(number), {}
        runs[f"random concurrent program {number}"] = concurrent_program_from_seed(number), {
            "mode": drawn.choice(["threads", "threads", "processes"]),
            "lock": drawn.choice(RANDOM_LOCKS),
            "interval": drawn.randint(1, 40),
            "cores": drawn.randint(1, 4),
            "seed": drawn.choice([None, number]),
        }
    return runs


ELSEWHERE = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from tests.watching import all_digests
print(json.dumps(all_digests(json.load(sys.stdin))))
"""


def digests_of(python: str, runs: dict[str, Run], **environment: str) -> dict[str, str]:
    """Have another Python do the runs, with the pure Python packages that this one has."""
    places = [str(ROOT), *(place for place in sys.path if place.endswith("-packages"))]
    process = subprocess.run(
        [python, "-c", ELSEWHERE, json.dumps(places)],
        input=json.dumps(runs),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(process.stdout)
    return found


@cache
def digests_here() -> dict[str, str]:
    """Return the digests of the random runs in this process."""
    return all_digests(random_runs())


def other_pythons() -> list[str]:
    """Return the Pythons of other versions, from 3.11 on, that are installed here and work."""
    return [one.path for one in all_interpreters() if (3, 11) <= one.version[:2] != sys.version_info[:2]]


# --- in one process -----------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(concurrent_programs(), random_settings())
def test_the_same_run_twice_gives_the_same_trace(text: str, chosen: dict[str, Any]) -> None:
    note(text)
    first = watch(text, max_steps=MOST_STEPS, **chosen)
    assert watch(text, max_steps=MOST_STEPS, **chosen) == first
    # Compiled anew, it is the same too: nothing sticks to a code object.
    program = interp.compile_source(text, "test.toy")
    trace = interp.record(program, interp.Settings(max_steps=MOST_STEPS, **chosen))
    assert sorted(map(repr, trace.events)) == sorted(map(repr, first[1]))
    assert trace.result == first[0]


@settings(max_examples=60)
@given(concurrent_programs(), random_settings())
def test_who_listens_changes_nothing(text: str, chosen: dict[str, Any]) -> None:
    note(text)
    executed: list[Step] = []
    alone = run(text, max_steps=MOST_STEPS, **chosen)
    watched, events = watch(text, max_steps=MOST_STEPS, **chosen)
    both, events_of_both = watch(text, max_steps=MOST_STEPS, on_step=executed.append, **chosen)
    assert alone == watched == both
    assert events == events_of_both
    assert len(executed) == alone.steps
    by_thread = {thread.number: [step for step in executed if step.thread == thread.number] for thread in alone.threads}
    for thread in alone.threads:
        assert len(by_thread[thread.number]) == thread.steps
        ticks = [step.tick for step in by_thread[thread.number]]
        assert ticks == sorted(ticks)


def test_a_seed_that_has_nothing_to_draw_changes_nothing() -> None:
    source = "print(sum(range(10)))\nsleep(5)\nprint(clock())\n"
    runs = [watch(source, seed=seed) for seed in (None, 0, 1, 2**63 - 1)]
    assert all(events == runs[0][1] for _, events in runs)
    assert all(replace(result, settings=runs[0][0].settings) == runs[0][0] for result, _ in runs)


def test_another_seed_gives_another_run_where_there_is_something_to_draw() -> None:
    source = "def work(n):\n    for k in range(60):\n        n += k\nfor n in range(4):\n    spawn(work, n)\n"
    assert len({digest(*watch(source, interval=10, seed=seed)) for seed in range(5)}) > 2


@pytest.mark.parametrize("name", ["bank_deadlock as it says", "worker_pool otherwise", "random concurrent program 3"])
def test_a_trace_that_is_saved_and_loaded_is_the_same(name: str, tmp_path: Path) -> None:
    source, chosen = (chosen_runs() | random_runs())[name]
    trace = interp.record(interp.compile_source(source, "test.toy"), interp.Settings(**chosen))
    interp.save_trace(trace, tmp_path / "a.trace")
    assert interp.load_trace(tmp_path / "a.trace") == trace


# --- elsewhere ----------------------------------------------------------------------------------------------


def test_runs_are_those_whose_digests_are_stored() -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert len(stored) > 90
    assert all_digests(chosen_runs()) == stored, "see the top of this file"


@pytest.mark.parametrize("hash_seed", ["271828"])
def test_runs_do_not_depend_on_the_order_of_hashes(hash_seed: str) -> None:
    runs = random_runs()
    assert digests_of(sys.executable, runs, PYTHONHASHSEED=hash_seed) == digests_here()


@pytest.mark.skipif(not is_first(), reason="the first suite compares all Pythons")
def test_runs_are_the_same_on_the_other_pythons_here() -> None:
    # The chosen runs are not among these: each Python that runs this file compares them with what is stored.
    for python in other_pythons():
        assert digests_of(python, random_runs()) == digests_here(), python


def main() -> None:
    """Write the digests anew."""
    STORED.write_text(json.dumps(all_digests(chosen_runs()), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
