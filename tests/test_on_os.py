"""Runs on the operating system: what they print, how they fail, and that nothing is left of them.

Real processes run at their own speed, so nothing here depends on how fast anything is (`real_processes.py` says how).
Where a process is to be killed, it is one that waits for ever, and it is killed when the program has said that it is
there.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

import interp
from interp.cli import main
from interp.expectations import read_expectations, toy_files
from interp.machine.state import MEMORY_LIMIT
from interp.real.parcels import NAMED_BUILTINS, Directory, Packer, unpack
from interp.real.processes import run_on_os
from interp.scheduling.events import Failed, Received, RunSlice, Sent, Spawned
from tests.real_processes import PATIENCE, descendants, under_longer_and_longer_limits, wait_for, wait_until_gone
from tests.transcripts import ROOT, environment
from tests.watching import compiled

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked only where there is fork")

CONCURRENT = [
    path
    for path in toy_files(ROOT / "programs") + toy_files(ROOT / "tests" / "programs")
    if "spawn(" in path.read_text(encoding="utf-8")
]
"""The programs that start tasks; what the others do is the loop's business, which is the simulation's."""


def on_os(source: str, *, forks: bool = True, mode: str = "processes", **settings: int) -> interp.Result:
    """Run a text on real processes."""
    chosen = interp.Settings(mode=mode, on="os", **settings)  # type: ignore[arg-type]
    return run_on_os(compiled(source).code, chosen, forks=forks)


def record(source: str, mode: str = "processes") -> interp.Trace:
    """Record a text on real processes."""
    return interp.record(compiled(source), interp.Settings(mode=mode, on="os"))


# --- the same as in the simulation


@pytest.mark.parametrize("path", CONCURRENT, ids=lambda path: path.stem)
def test_a_program_does_what_it_does_in_the_simulation(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    program = interp.compile_source(source, path.name)
    if read_expectations(source).depends_on_schedule:
        # The comments speak of threads; with memories of their own, tasks may do more and other things.
        found = interp.explore(program, interp.Settings(mode="processes"))
        assert found.complete
        possible = {(outcome.kind, outcome.output) for outcome in found.outcomes}
        endless = any(kind == "endless" for kind, _ in possible)

        def end_of(seconds: int | None) -> tuple[str, str]:
            real = interp.run(program, interp.Settings(mode="processes", on="os", time_limit=seconds))
            return ("endless" if endless and real.outcome == "limit" else real.outcome), real.output

        if endless:
            assert under_longer_and_longer_limits(end_of, lambda end: end in possible) in possible
        else:
            assert end_of(None) in possible
        return
    real = interp.run(program, interp.Settings(mode="processes", on="os"))
    simulated = interp.run(program, interp.Settings(mode="processes"))
    assert (real.outcome, real.output, real.error) == (simulated.outcome, simulated.output, simulated.error)
    assert real.stuck == simulated.stuck
    if real.outcome == "error":
        assert real.report == simulated.report


SHARED = ["processes_do_not_share_globals", "error_is_raised_again_at_join", "worker_pool", "two_names_one_list"]


@pytest.mark.parametrize("path", [path for path in CONCURRENT if path.stem in SHARED], ids=lambda path: path.stem)
def test_mode_sequential_shares_one_memory(path: Path) -> None:
    program = interp.compile_source(path.read_text(encoding="utf-8"), path.name)
    simulated = interp.run(program, interp.Settings(mode="sequential"))
    real = interp.run(program, interp.Settings(mode="sequential", on="os"))
    assert (real.outcome, real.output, real.error) == (simulated.outcome, simulated.output, simulated.error)
    assert {thread.process for thread in real.threads} == {1}


EVERYTHING_TRAVELS = """
def make(q, n):
    late = Lock()
    box = Queue(1)
    q.put((late, box))
    with late:
        box.put(n)
        return {"n": [n, (n, None)], "f": make, "m": [1].append, "d": {1: 2}.items(), "e": ValueError(n, "x")}

counter = [0]

def tree(depth):
    counter[0] = counter[0] + 1
    if depth == 0:
        return counter[0]
    left = spawn(tree, depth - 1)
    return left.join() + spawn(tree, depth - 1).join()

q = Queue()
task = spawn(make, q, 7)
late, box = q.get()
got = task.join()
with late:
    print(box.get(), got["n"], got["f"], got["m"], got["d"], repr(got["e"]), late.locked(), late is late)
q.put([late, late, box])
again = q.get()
print(again[0] is late, again[1] is late, again[2] is box)
print(tree(2), counter)
left = enumerate([5, 6, 7])
for pair in left:
    break
q.put(left)
print(list(q.get()), list(left))
print(spawn(len, [1, 2]).join(), current(), task)
try:
    spawn(int, "x").join()
except ValueError as e:
    print(e)
"""


@pytest.mark.parametrize("forks", [True, False], ids=["forked", "state sent"])
def test_values_objects_and_grandchildren(forks: bool) -> None:
    simulated = interp.run(compiled(EVERYTHING_TRAVELS), interp.Settings(mode="processes"))
    real = on_os(EVERYTHING_TRAVELS, forks=forks)
    assert (real.outcome, real.output) == ("ok", simulated.output)


def test_every_builtin_and_every_code_object_can_be_sent() -> None:
    program = compiled("def f(x, y=[1]):\n    return [i for i in x]\nprint(len, f)\n").code
    directory = Directory(program)
    for builtin in NAMED_BUILTINS.values():
        assert unpack(Packer(directory).pack(builtin), directory) is builtin
    for code in directory.codes:
        assert unpack(Packer(directory).pack(code), directory) is code
    sent = unpack(Packer(None).pack(program), None)
    assert [i.opcode for i in sent.instructions] == [i.opcode for i in program.instructions]


# --- large and impossible values

LARGE = """
def fill(q, n):
    for i in range(4):
        q.put([i] * n)
    return "x" * n

q = Queue()
tasks = [spawn(fill, q, 300000) for i in range(3)]
print([len(task.join()) for task in tasks], q.qsize())
print(sorted([q.get()[0] for i in range(12)]))
"""


def test_a_queue_takes_what_nobody_reads() -> None:
    assert on_os(LARGE).output == "[300000, 300000, 300000] 12\n[0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]\n"


DEEP = """
def deep():
    x = []
    for i in range(100000):
        x = [x]
    return x

try:
    Queue().put(deep())
except RecursionError as error:
    print("put:", error)
task = spawn(deep)
try:
    task.join()
except RecursionError as error:
    print("join:", error)
"""


def test_a_value_nested_too_deep_is_an_error_of_the_program() -> None:
    words = "the value is nested too deep to be sent to another process"
    assert on_os(DEEP).output == f"put: {words}\njoin: {words}\n"


TOO_MUCH = """
q = Queue()
text = "x" * 6000000
try:
    for i in range(20):
        q.put(text)
except MemoryError as error:
    print(q.qsize(), error)
"""


def test_what_lies_in_queues_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interp.real.broker.MEMORY_LIMIT", MEMORY_LIMIT // 10)
    words = "what lies in queues needs more than 512 MiB (a bound of interp, not of Python)"
    assert on_os(TOO_MUCH).output == f"8 {words}\n"


MANY = """
def hold(q):
    q.get()

q = Queue()
tasks = []
try:
    while True:
        tasks.append(spawn(hold, q))
except RuntimeError as error:
    print(len(tasks), error)
for task in tasks:
    q.put(None)
for task in tasks:
    task.join()
print(spawn(len, "abc").join())
"""


@needs_fork
def test_processes_are_bounded_and_the_program_can_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interp.real.processes.MOST_PROCESSES", 6)
    assert on_os(MANY).output == "5 can't start new process: 6 are running (a bound of interp, not of Python)\n3\n"


@needs_fork
def test_a_process_that_the_operating_system_refuses_is_an_error_of_the_program() -> None:
    # A worker is told to have no room for a further file, which its end of a new channel would be.
    script = (
        "import resource, sys, interp\n"
        "from interp.real import worker\n"
        "program = interp.compile_source('try:\\n    spawn(len, [])\\nexcept RuntimeError as e:\\n    print(e)\\n')\n"
        "resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))\n"
        "print(interp.run(program, interp.Settings(mode='processes', on='os')).output)\n"
    )
    finished = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, timeout=PATIENCE)
    if os.geteuid() == 0:
        assert b"can't" not in finished.stderr  # nothing is refused to root; the program simply works
    else:
        assert b"can't start new process" in finished.stdout or b"no process can be started here" in finished.stderr


# --- ends that are no good ones

FOREVER = """
def spin(n):
    while True:
        n = n + 1

print("there")
task = spawn(spin, 0)
spin(1)
"""


def test_max_steps_stops_a_run() -> None:
    result = on_os(FOREVER, max_steps=200_000)
    assert (result.outcome, result.output, result.ran_out_of_time) == ("limit", "there\n", False)
    assert result.steps >= 200_000


def test_one_process_stops_exactly_at_max_steps() -> None:
    assert on_os("while True:\n    pass\n", max_steps=5_000).steps == 5_000


def test_the_time_limit_stops_a_run_that_only_sleeps() -> None:
    source = "print('there')\nwhile True:\n    sleep(100)\n"
    result = under_longer_and_longer_limits(
        lambda seconds: on_os(source, time_limit=seconds), lambda result: result.output
    )
    assert (result.outcome, result.output, result.ran_out_of_time) == ("limit", "there\n", True)


def test_a_sleeping_process_is_no_deadlock() -> None:
    source = "def late(q):\n    sleep(30000)\n    q.put(1)\nq = Queue()\nspawn(late, q)\nprint(q.get())\n"
    assert (on_os(source).outcome, on_os(source).output) == ("ok", "1\n")


TWO_PROCESSES_WAIT = """
def wait(mine, other, q):
    with mine:
        q.put(1)
        barrier.wait()
        with other:
            pass

q = Queue()
barrier = Barrier(2)
a = Lock()
b = Lock()
spawn(wait, a, b, q)
spawn(wait, b, a, q)
q.get()
"""


def test_a_deadlock_between_processes_is_seen_and_told() -> None:
    result = on_os(TWO_PROCESSES_WAIT)
    assert result.outcome == "deadlock"
    assert [(stuck.thread, stuck.waits_for, stuck.holders, stuck.holds) for stuck in result.stuck] == [
        ("wait-2", "lock b", ("wait-3",), ("a",)),
        ("wait-3", "lock a", ("wait-2",), ("b",)),
    ]
    assert result.report.startswith("deadlock after ")


def test_memory_is_bounded_in_every_process() -> None:
    source = """
def grow():
    kept = []
    while True:
        kept.append("x" * (60000000 + len(kept)))
try:
    spawn(grow).join()
except MemoryError as error:
    print("too much")
"""
    assert on_os(source).output == "too much\n"


def test_failures_that_nobody_joined_are_reported() -> None:
    result = on_os("def bad():\n    return 1 // 0\nspawn(bad)\nprint('main')\n")
    assert result.outcome == "error"
    assert result.error == interp.ErrorReport(
        "ZeroDivisionError", "integer division or modulo by zero", 2, "bad-2"
    )
    assert result.report.startswith("Exception in thread bad-2:\nTraceback (most recent call last):\n")


# --- nothing is left

WAITING = """
def wait(q):
    print("waiting")
    q.get()

def wait_with_child(q):
    task = spawn(wait, q)
    wait(q)

q = Queue()
event = Event()
spawn(wait_with_child, q)
sleep(1000000000)
"""


@contextmanager
def running(source: str, tmp_path: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Start `interp` on a text, and see to it that it is gone afterwards."""
    path = tmp_path / "program.toy"
    path.write_text(source, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "interp", *(options or ("run",)), str(path), "--on", "os"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_lines(process: subprocess.Popen[str], count: int) -> list[str]:
    """Read what a run has printed so far."""
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


@needs_fork
def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    with running(WAITING, tmp_path) as process:
        assert read_lines(process, 2) == ["waiting\n", "waiting\n"]
        workers = descendants(process.pid)
        assert len(workers) == 3
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
        assert stderr.startswith("interrupted after ")
        assert "Traceback" not in stderr
        wait_until_gone(workers)


@needs_fork
def test_processes_end_when_the_coordinator_is_killed(tmp_path: Path) -> None:
    with running(WAITING.replace("q.get()", "while True: n = 1"), tmp_path) as process:
        assert read_lines(process, 2) == ["waiting\n", "waiting\n"]
        workers = descendants(process.pid)
        assert len(workers) == 3
        process.kill()
        process.wait(timeout=PATIENCE)
        wait_until_gone(workers)


@needs_fork
@pytest.mark.parametrize("victim", [0, 1, 2], ids=["main", "its child", "its grandchild"])
def test_a_killed_process_ends_the_run_with_its_name(tmp_path: Path, victim: int) -> None:
    with running(WAITING, tmp_path) as process:
        read_lines(process, 2)
        workers = descendants(process.pid)
        os.kill(workers[victim], signal.SIGKILL)
        _, stderr = process.communicate(timeout=PATIENCE)
        assert process.returncode == 1
        name = ["main", "wait_with_child-2", "wait-3"][victim]
        assert f"the process of {name} (number {workers[victim]} on this machine) was killed by the signal SIGKILL" in (
            stderr
        )
        wait_until_gone(workers)


@needs_fork
def test_the_trace_up_to_a_kill_is_kept(tmp_path: Path) -> None:
    with running(WAITING, tmp_path, "trace", "-o", str(tmp_path / "kept.trace")) as process:
        wait_for(lambda: len(descendants(process.pid)) == 3)
        os.kill(descendants(process.pid)[2], signal.SIGTERM)
        _, stderr = process.communicate(timeout=PATIENCE)
    assert "SIGTERM" in stderr
    trace = interp.load_trace(tmp_path / "kept.trace")
    assert [event.name for event in trace.events if isinstance(event, Spawned)] == [
        "main", "wait_with_child-2", "wait-3",
    ]  # fmt: skip
    (failed,) = (event for event in trace.events if isinstance(event, Failed))
    assert (failed.thread, failed.type) == (3, "ProcessLost")
    assert [lane.ending for lane in trace.lanes] == [None, None, "failed"]


@needs_fork
def test_a_reader_that_goes_away_ends_every_process(tmp_path: Path) -> None:
    with running("def talk():\n    while True:\n        print('x' * 100)\nspawn(talk)\ntalk()\n", tmp_path) as process:
        read_lines(process, 1)
        workers = descendants(process.pid)
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=PATIENCE)
        assert process.returncode == 141
        wait_until_gone(workers)
        process.stdout = subprocess.DEVNULL  # type: ignore[assignment]
        process.stdout = None


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_no_file_and_no_child_is_left() -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    for source in (TWO_PROCESSES_WAIT, "print(spawn(len, [1]).join())\n", "spawn(int, 'x')\n"):
        on_os(source)
        with pytest.raises(ZeroDivisionError):
            run_on_os(
                compiled("print(1)\n").code, interp.Settings(mode="processes", on="os"), write=lambda text: 1 // 0
            )
    assert sorted(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_fault_of_ours_in_a_worker_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interp.real.crew.START", "raise SystemExit(3)  # {path} {arguments}")
    with pytest.raises(interp.InterpFault, match=r"exit status 3.*, before the program could begin"):
        on_os("print(1)\n")


@needs_fork
@pytest.mark.parametrize("source", ["print(1)\n", "spawn(len, []).join()\n"])
def test_a_first_process_that_is_killed_while_it_starts_is_no_fault_of_ours(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)  # {path} {arguments}"
    monkeypatch.setattr("interp.real.crew.START", killed)
    trace = interp.record(compiled(source), interp.Settings(mode="processes", on="os"))
    assert trace.result.outcome == "error"
    assert "the process of main" in trace.result.report
    assert "was killed by the signal SIGKILL" in trace.result.report
    (failed,) = (event for event in trace.events if isinstance(event, Failed))
    assert (failed.tick, failed.type) == (0, "ProcessLost")
    assert [lane.ending for lane in trace.lanes] == ["failed"]


# --- the trace

EXCHANGE = """
def answer(q, r):
    r.put(q.get() + 1)

q = Queue()
r = Queue()
task = spawn(answer, q, r)
sleep(2000)
q.put(41)
print(r.get())
task.join()
"""


@pytest.mark.parametrize("mode", ["processes", "sequential"])
def test_times_add_up_and_the_trace_is_one_that_can_be_loaded(tmp_path: Path, mode: str) -> None:
    source = EXCHANGE if mode == "processes" else "def f():\n    sleep(100)\n    return 1\nprint(spawn(f).join())\n"
    trace = record(source, mode)
    for thread, lane in zip(trace.result.threads, trace.lanes, strict=True):
        spent = thread.running + thread.ready + thread.lock_wait + thread.blocked + thread.sleeping
        assert spent == thread.end - thread.start
        for state, ticks in (("running", thread.running), ("blocked", thread.blocked), ("sleeping", thread.sleeping)):
            assert lane.time_in(state) == ticks
    slices = [event for event in trace.events if isinstance(event, RunSlice)]
    assert sum(event.count for event in slices) == trace.result.steps
    assert trace.settings.on == "os"
    interp.save_trace(trace, tmp_path / "real.trace")
    assert interp.load_trace(tmp_path / "real.trace") == trace


def test_what_goes_through_queues_is_in_the_trace() -> None:
    events = record(EXCHANGE).events
    assert {(event.thread, event.queue) for event in events if isinstance(event, Sent)} == {(1, "q"), (2, "r")}
    assert {(event.thread, event.queue) for event in events if isinstance(event, Received)} == {(1, "r"), (2, "q")}


def test_real_and_simulated_runs_are_compared_each_in_its_unit() -> None:
    program = compiled("def f(n):\n    return sum(range(n))\nprint(spawn(f, 9).join())\n")
    modes = ("sequential", "processes")
    runs = [interp.Settings(mode=mode, on=on) for on in ("simulated", "os") for mode in modes]
    comparison = interp.compare([interp.record(program, settings) for settings in runs])
    assert [run.name.partition(", ")[0] for run in comparison.runs] == [
        "sequential", "processes", "sequential on os", "processes on os",
    ]  # fmt: skip
    first, second, third, fourth = comparison.runs
    assert (first.speedup, third.speedup) == (1, 1)
    assert second.speedup == first.ticks / second.ticks
    assert fourth.speedup == third.ticks / fourth.ticks
    assert comparison.output_difference is None
    assert comparison.first_difference is not None
    assert "on os" not in comparison.first_difference


# --- the command line


class Finished(NamedTuple):
    """What a command came to."""

    status: int
    stdout: str
    stderr: str


def run_command(*arguments: str) -> Finished:
    """Run a command in this process."""
    with redirect_stdout(io.StringIO()) as stdout, redirect_stderr(io.StringIO()) as stderr:
        status = main(arguments)
    return Finished(status, stdout.getvalue(), stderr.getvalue())


def test_run_prints_the_output_and_nothing_else() -> None:
    finished = run_command("run", "send_it_back", "--on", "os")
    simulated = run_command("run", "send_it_back", "--mode", "processes")
    assert (finished.status, finished.stdout, finished.stderr) == (0, simulated.stdout, "")


def test_json_says_where_it_ran_and_in_which_unit() -> None:
    told = json.loads(run_command("run", "send_it_back", "--on", "os", "--json").stdout)
    assert (told["on"], told["unit"], told["mode"], told["lock"]) == ("os", "microsecond", "processes", None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--mode", "threads"], "mode threads does not exist"),
        (["--lock", "python3.13"], "--lock has no meaning on the operating system"),
        (["--seed", "1"], "--seed has no meaning"),
        (["--schedule", "1*3"], "--schedule has no meaning"),
        (["--interval", "5"], "--interval has no meaning"),
        (["--cores", "2"], "--cores has no meaning"),
        (["--costs", "realistic"], "--costs has no meaning"),
        (["--time-limit", "0"], "time-limit must be a whole number from 1"),
    ],
)
def test_what_makes_no_sense_is_refused(options: list[str], words: str) -> None:
    finished = run_command("run", "fibonacci", "--on", "os", *options)
    assert finished.status == 2
    assert words in finished.stderr


def test_a_time_limit_of_a_simulated_run_is_refused() -> None:
    finished = run_command("run", "fibonacci", "--time-limit", "5")
    assert (finished.status, "--on os" in finished.stderr) == (2, True)


def test_compare_runs_each_place_in_the_modes_it_has() -> None:
    finished = run_command("compare", "send_it_back", "--on", "simulated,os", "--json")
    runs = json.loads(finished.stdout)["runs"]
    assert [(run["on"], run["mode"]) for run in runs] == [
        ("simulated", "sequential"), ("simulated", "processes"), ("os", "sequential"), ("os", "processes"),
    ]  # fmt: skip
    listed = run_command("compare", "send_it_back", "--on", "simulated,os", "--mode", "threads,processes", "--json")
    assert [(run["on"], run["mode"]) for run in json.loads(listed.stdout)["runs"]] == [
        ("simulated", "threads"), ("simulated", "processes"), ("os", "processes"),
    ]  # fmt: skip
    assert "mode threads is run in the simulation only" in listed.stderr


def test_steps_of_a_real_run_are_refused() -> None:
    finished = run_command("trace", "send_it_back", "--on", "os", "--steps")
    assert finished.status == 2
    assert "happened once" in finished.stderr
