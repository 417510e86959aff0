"""A search that is spread over workers finds the same as one that is not, says so when a worker dies, and leaves none.

The executors are those of `concurrent.futures`, and Dask's where Dask is installed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest

import interp
from interp.cli import main
from interp.commands.interrupts import worker_processes
from interp.explore import spread
from interp.explore.exploring import explore
from tests.concurrent_generator import concurrent_program_from_seed
from tests.real_processes import PATIENCE, start_at_terminal

PROGRAMS = [
    "counter_lost_update",
    "errors_travel",
    "wake_up_missed",
    "full_queue",
]


def programs() -> Iterator[tuple[interp.Program, interp.Settings | None]]:
    """Yield programs to explore, with their settings."""
    for name in PROGRAMS:
        yield interp.read_program(name), None
    for seed in range(2):
        yield interp.compile_source(concurrent_program_from_seed(seed), "test.toy"), None
    yield interp.read_program("counter_plus_equals_old"), interp.Settings(lock="python3.13")
    yield interp.read_program("send_it_back"), interp.Settings(mode="processes")


WORKERS: dict[str, Callable[[], AbstractContextManager[Executor | None]]] = {
    "a process": partial(ProcessPoolExecutor, 1),
    "two processes": partial(worker_processes, 2),
    "three processes": partial(worker_processes, 3),
    "threads": partial(ThreadPoolExecutor, 2),
}


def test_the_result_is_the_same_whatever_the_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "LONG_ENOUGH", 0)  # have every turn executed elsewhere, as short as it is
    cases = list(programs())
    alone = [explore(program, settings, max_states=150) for program, settings in cases]
    for name, workers in WORKERS.items():
        with workers() as executor:
            for (program, settings), expected in zip(cases, alone, strict=True):
                found = explore(program, settings, max_states=150, executor=executor)
                assert found == expected, (program.filename, name)
                assert (found.steps, json.dumps(found.to_json())) == (expected.steps, json.dumps(expected.to_json()))


class Counting(Executor):
    """An executor that does everything itself, and counts what it was given."""

    def __init__(self) -> None:
        self.given = 0

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Do it at once."""
        self.given += 1
        future: Future[Any] = Future()
        future.set_result(call(*arguments, **keywords))
        return future


LONG = """
def work(n):
    total = 0
    for k in range(n):
        total = total + k
    print(total)
tasks = [spawn(work, n) for n in range(99, 101)]
"""


def test_long_turns_are_executed_by_the_executor_and_short_ones_soon_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    long, short = Counting(), Counting()
    program = interp.compile_source(LONG, "test.toy")
    assert explore(program, executor=long, max_preemptions=0) == explore(program, max_preemptions=0)
    assert long.given >= 2
    program = interp.read_program("worker_pool")
    assert explore(program, executor=short, max_states=200) == explore(program, max_states=200)
    monkeypatch.setattr(spread, "LONG_ENOUGH", 0)
    everything = Counting()
    explore(program, executor=everything, max_states=200)
    assert 0 < short.given < everything.given


def die(*arguments: Any) -> None:
    """End this process as the operating system does when memory is short."""
    os._exit(1)


class Dying(ProcessPoolExecutor):
    """An executor whose workers die of whatever they are given."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Have a worker die."""
        return super().submit(die)


def test_a_worker_that_dies_is_told_with_what_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Dying(1) as executor:
        found = explore(interp.compile_source(LONG, "test.toy"), executor=executor)
    assert (found.complete, found.stopped, found.schedules) == (False, "executor", None)
    assert "BrokenProcessPool" in found.executor_error
    monkeypatch.setattr("interp.commands.interrupts.ProcessPoolExecutor", Dying)
    assert main(["explore", "philosophers_deadlock", "--workers", "2"]) == 4
    told = capsys.readouterr()
    assert "so far" in told.out
    assert "the search has lost a worker" in told.err
    assert "Traceback" not in told.err


def test_an_executor_that_is_shut_down_is_told() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    found = explore(interp.compile_source(LONG, "test.toy"), executor=executor)
    assert found.stopped == "executor"
    assert "shutdown" in found.executor_error


def test_the_command_finds_the_same_with_workers(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["counter_lost_update"], ["wake_up_missed", "--json"], ["checked_once", "--check"]):
        answers = []
        for workers in ("1", "2"):
            status = main(["explore", *arguments, "--workers", workers])
            answers.append((status, capsys.readouterr().out))
        assert answers[0] == answers[1]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_gives_what_is_known_and_leaves_no_process(workers: str) -> None:
    endless = ["explore", "worker_pool", "--max-states", "100000000", "--workers", workers]
    with start_at_terminal(*endless, start_new_session=True, only_errors=True) as (process, screen):
        screen.wait_for(" states, ")
        os.killpg(process.pid, signal.SIGINT)
        screen.wait_for(" states; looking through them for loops and races")
        out, _ = process.communicate(timeout=PATIENCE)
        err = screen.rest()
    assert process.returncode == 4, err
    assert b"so far" in out
    assert "interrupted after" in err
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_dask_finds_the_same() -> None:
    distributed = pytest.importorskip("dask.distributed")
    program = interp.read_program("counter_lost_update")
    with distributed.Client(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as client:
        assert explore(program, executor=client.get_executor()) == explore(program)
