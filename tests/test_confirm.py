"""`interp confirm`: the same program on real CPython and simulated, and what is concluded from both.

The verdicts are tested with real runs where CPython can be made to do what is needed, and with invented ones where
it would have to be wrong. `python -m tests.confirm_all` is the heavy version of the last test here.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import interp
from interp import Settings, UsageError
from interp.bytecode.code import Code
from interp.cli import main
from interp.expectations import read_expectations
from interp.explore.exploring import explore
from interp.explore.result import Exploration
from interp.real import confirm as confirming
from interp.real import interpreters, oracle
from interp.real.allowed import Allowed
from interp.real.confirm import Confirmation, Confirmer, Plan
from interp.real.endings import Ending, ending_of_real
from interp.real.interpreters import Interpreter, find_interpreter, find_interpreters, identify
from interp.real.judging import CONFIRMED, NOT_SEEN, OPEN, OPEN_CASES, REFUTED, Seen, judge_ending
from interp.real.oracle import LARGEST_OUTPUT, RealError, RealResult, run_source
from tests.confirm_all import concurrent_programs, modelled_interpreters
from tests.real_processes import (
    PATIENCE,
    descendants,
    start,
    under_longer_and_longer_limits,
    wait_for,
    wait_until_gone,
)
from tests.suites import share_of
from tests.transcripts import ROOT

HERE = Interpreter(sys.executable, sys.version_info[:3])
PLAN = Plan(runs=2, time_limit=PATIENCE)

DEADLOCK = """\
locks = [Lock(), Lock()]
each_has_one = Barrier(2)
def take(first, second):
    with locks[first]:
        each_has_one.wait()
        with locks[second]:
            print("both")
print("start")
tasks = [spawn(take, 0, 1), spawn(take, 1, 0)]
for task in tasks:
    task.join()
"""
STUCK_AT = {6, 11}
"""The lines at which that program waits for ever: two tasks for a lock, and main for the tasks."""

RACE = """\
counter = 0
def add():
    global counter
    for _ in range(3):
        counter += 1
tasks = [spawn(add), spawn(add)]
for task in tasks:
    task.join()
print(counter)
"""


def confirmation(
    source: str, plan: Plan | None = None, python: Interpreter = HERE, search: object = None
) -> Confirmation:
    """Confirm the text of a program."""
    program = interp.compile_source(source, "program.toy")
    confirmer = Confirmer(source, program.code, "program.toy", plan or PLAN, lambda text: None, search)  # type: ignore[arg-type]
    return confirmer.confirm(python)


@cache
def oldest_python() -> Interpreter:
    """Return the oldest Python that is found."""
    return find_interpreters(["all"])[0]


def said(found: Confirmation) -> set[tuple[str, str, str, str]]:
    """Return mode, verdict, kind and output of every verdict."""
    return {(one.mode, one.verdict, one.ending.kind, one.ending.output) for one in found.verdicts}


# --- which Python -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "global_lock", "lock"),
    [
        ((2, 7, 18), True, "python2.7"),
        ((3, 6, 15), True, "python3.9"),
        ((3, 9, 18), True, "python3.9"),
        ((3, 10, 13), True, "python3.10"),
        ((3, 11, 0), True, "python3.13"),
        ((3, 14, 2), True, "python3.13"),
        ((3, 13, 0), False, "free-threaded"),
    ],
)
def test_the_lock_that_models_a_python_is_picked(version: tuple[int, int, int], global_lock: bool, lock: str) -> None:
    assert Interpreter("python", version, global_lock).lock == lock
    assert lock in interp.LOCKS


def test_a_python_says_itself_what_it_is() -> None:
    one = identify(sys.executable)
    assert one.version == sys.version_info[:3]
    assert find_interpreter(f"{sys.version_info[0]}.{sys.version_info[1]}").version[:2] == sys.version_info[:2]
    assert find_interpreter(str(Path(sys.executable).parent.parent)).version == one.version
    assert one.version in [other.version for other in find_interpreters(["all"])]


def script(folder: Path, text: str, mode: int = 0o755) -> str:
    """Write something that claims to be a Python."""
    path = folder / "python"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return str(path)


def answer(implementation: str, version: str) -> str:
    """Return a script that answers as a Python of some kind would."""
    told = f'{{"interp": {{"implementation": "{implementation}", "version": {version}, "global_lock": true}}}}'
    return f"#!/bin/sh\necho '{told}'\n"


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("#!/bin/sh\necho hello\n", 0o755, "it ends with status 0; the last thing it says is 'hello'"),
        ("#!/bin/sh\nexit 3\n", 0o755, "it ends with status 3 and says nothing"),
        ("#!/bin/sh\nwhile :; do echo no; done\n", 0o755, "it talks without an end"),
        ("no program\n", 0o644, "cannot be run: Permission denied"),
        (answer("PyPy", "[3, 9, 1]"), 0o755, "is PyPy, and the locks here model CPython's"),
        (answer("CPython", "[3, 4, 0]"), 0o755, "is Python 3.4.0; what can be asked is 2.7, or 3.6 and newer"),
        (answer("CPython", '"new"'), 0o755, "is no Python"),
    ],
)
def test_what_is_no_usable_python_is_refused_with_what_it_is(tmp_path: Path, text: str, mode: int, words: str) -> None:
    with pytest.raises(UsageError, match="python") as caught:
        find_interpreter(script(tmp_path, text, mode))
    assert words in str(caught.value)


def test_what_does_not_answer_is_no_usable_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "SECONDS_TO_ANSWER", 0.1)
    with pytest.raises(UsageError, match="it did not answer within"):
        find_interpreter(script(tmp_path, "#!/bin/sh\nwhile :; do sleep 60; done\n"))


@pytest.mark.parametrize("name", ["no/such/python", "pythonic", "3.99", "python3.99", ""])
def test_a_python_that_is_not_there_is_a_usage_error(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["confirm", "tiny_tasks", "--python", name]) == 2
    told = capsys.readouterr().err
    assert told.startswith("interp: ")
    assert name in told
    assert "bin/python" not in told


# --- endings ------------------------------------------------------------------------------------------------


def test_a_simulated_ending_explains_a_real_one_of_the_same_kind_and_output() -> None:
    assert Ending("ok", "1\n").explains(Ending("ok", "1\n"))
    assert not Ending("ok", "1\n").explains(Ending("ok", "2\n"))
    assert not Ending("ok", "1\n").explains(Ending("error", "1\n", ("ValueError: no",)))
    assert Ending("deadlock", "1\n").explains(Ending("hang", "1\n"))
    assert Ending("endless", "").explains(Ending("hang", ""))
    assert not Ending("ok", "").explains(Ending("hang", ""))
    assert Ending("deadlock", "").explains(Ending("deadlock", ""))


def test_the_first_simulated_error_is_among_the_real_ones_and_other_versions_have_other_words() -> None:
    ours = Ending("error", "", ("ZeroDivisionError: integer division or modulo by zero",))
    both = Ending("error", "", ("KeyError: 1", "ZeroDivisionError: integer division or modulo by zero"))
    reworded = Ending("error", "", ("ZeroDivisionError: division by zero",))
    assert ours.explains(both)
    assert not ours.explains(reworded)
    assert ours.explains(reworded, (3, 14, 0))
    assert not Ending("error", "", ("KeyError: 1",)).explains(reworded, (3, 14, 0))


# --- what the simulation allows -----------------------------------------------------------------------------


@dataclass
class Found:
    """An outcome, as a search finds it."""

    output: str
    witness: str = "1*5 2*3"
    kind: str = "ok"
    error: object = None


@dataclass
class Explored:
    """A search that is over."""

    outcomes: list[Found]
    complete: bool = True


class Searching:
    """Stands for the explorer: an answer for each rule of switch points, the lock's own and others; notes which."""

    def __init__(self, **answers: Explored) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, code: Code, settings: Settings) -> Explored:
        rule = str(settings.switch_points)
        self.asked.append(rule)
        return self.answers["every" if rule == "every" else "own"]


def explorer(code: Code, settings: Settings) -> Exploration:
    """Search for real."""
    return explore(replace(interp.compile_source(""), code=code), settings)


def allowed(source: str, mode: str = "threads", search: Any = None) -> Allowed:
    """Return what is allowed to the text of a program."""
    one = Allowed(source, interp.compile_source(source).code, Settings(mode), search=search)
    one.collect()
    return one


def judged(found: Allowed, output: str, kind: str = "ok", *errors: str) -> tuple[str, Settings | None, str]:
    """Return what is said of an invented ending on this Python."""
    return judge_ending(Seen(ending_of_real(real(output, kind, errors_of(errors))), HERE, found))


def errors_of(texts: Sequence[str]) -> tuple[RealError, ...]:
    """Return errors of a real run that are written as `Type: message`."""
    parts = [text.partition(": ") for text in texts]
    return tuple(RealError("main", kind, message, 1) for kind, _, message in parts)


def test_examples_show_themselves_again() -> None:
    source = (ROOT / "programs/races/counter_lost_update.toy").read_text(encoding="utf-8")
    found = allowed(source)
    assert {ending.output for ending in found.examples} == {"2\n", "3\n", "4\n"}
    program = interp.compile_source(source)
    for ending, settings in found.examples.items():
        assert interp.run(program, settings).output == ending.output


def test_one_schedule_is_all_where_no_task_is_started_and_in_mode_sequential() -> None:
    assert judged(allowed("print(1)"), "2\n")[0] == REFUTED
    assert judged(allowed(RACE, "sequential"), "5\n")[0] == REFUTED
    assert judged(allowed(RACE), "5\n")[0] == OPEN


def test_a_complete_search_excludes_what_it_did_not_find_and_shows_what_it_found() -> None:
    search = Searching(own=Explored([Found("6\n"), Found("5\n")]))
    found = allowed(RACE, search=search)
    assert judged(found, "4\n") == (REFUTED, None, "")
    verdict, settings, _ = judged(found, "5\n")
    assert verdict == CONFIRMED
    assert settings is not None
    assert settings.schedule == "1*5 2*3"
    assert search.asked == ["calls-and-loops"]


def reason_of(found: Allowed, output: str, kind: str = "ok", *errors: str) -> str:
    """Return why an ending is open."""
    verdict, settings, reason = judged(found, output, kind, *errors)
    assert (verdict, settings) == (OPEN, None)
    return reason


def test_a_search_that_stopped_at_a_bound_excludes_nothing() -> None:
    found = allowed(RACE, search=Searching(own=Explored([Found("6\n")], complete=False)))
    assert "not every schedule was looked at" in reason_of(found, "4\n")


def test_what_is_not_modelled_is_not_excluded() -> None:
    search = Searching(own=Explored([]), every=Explored([Found("5\n")]))
    assert "asks for the time" in reason_of(allowed("print(clock())"), "7\n")
    queue = "q = Queue()\ndef f():\n    q.put(1)\nspawn(f).join()\nprint(q.qsize())\n"
    assert "a queue between processes" in reason_of(allowed(queue, "processes", search), "0\n")
    with_lock = allowed("guard = Lock()\n" + RACE, search=search)
    assert "inside CPython's synchronisation objects" in reason_of(with_lock, "5\n")
    assert judged(with_lock, "4\n")[0] == REFUTED


PRINTERS = """\
total = 0
def add(name, n):
    global total
    for _ in range(n):
        total += 1
        print(name, total)
a = spawn(add, "a", 2)
b = spawn(add, "b", 2)
"""


def test_a_line_may_be_written_after_one_that_was_made_later() -> None:
    found = allowed(PRINTERS, search=explorer)
    assert found.complete
    shown = judged(found, "a 1\nb 2\na 3\nb 4\n")
    assert shown[0] == CONFIRMED
    assert shown[1] is not None
    verdict, settings, reason = judged(found, "a 1\na 3\nb 2\nb 4\n")
    assert (verdict, settings) == (CONFIRMED, None)
    assert "print lets go of the lock while it writes" in reason
    assert judged(found, "a 3\na 1\nb 2\nb 4\n")[0] == REFUTED  # lines of one thread keep their order
    assert judged(found, "a 1\na 1\nb 2\nb 4\n")[0] == REFUTED


APPENDERS = """\
xs = []
def append(n):
    xs.append(n)
    print(xs)
a = spawn(append, 1)
b = spawn(append, 2)
"""


def test_what_a_line_shows_may_have_changed_before_it_is_written_and_a_call_may_not_be_specialised_yet() -> None:
    found = allowed(APPENDERS, search=explorer)
    verdict, settings, reason = judged(found, "[1, 2]\n[1]\n")
    assert (verdict, settings) == (CONFIRMED, None)
    assert reason.startswith("it comes about where print lets go of the lock")
    verdict, settings, reason = judged(found, "[1, 2]\n[1, 2]\n")
    assert (verdict, settings is not None) == (CONFIRMED, True)
    assert "not specialised yet" in reason
    assert settings is not None
    assert interp.run(interp.compile_source(APPENDERS), settings).output == "[1, 2]\n[1, 2]\n"
    assert judged(found, "[1]\n[1]\n")[0] == REFUTED


def test_where_one_thread_prints_nothing_more_is_looked_at() -> None:
    search = Searching(own=Explored([Found("6\n")]))
    found = allowed(RACE + "print('a')\n", search=search)
    assert judged(found, "6\nb\n")[0] == REFUTED
    assert search.asked == ["calls-and-loops"]


def test_who_prints_unseen_may_print_in_any_order() -> None:
    found = allowed("[spawn(print, n) for n in range(2)]\n", search=explorer)
    assert judged(found, "1\n0\n")[0] == CONFIRMED
    assert "print lets go of the lock" in reason_of(found, "0\n0\n")


def test_a_bound_on_memory_refutes_nothing() -> None:
    assert "how large a value may be" in reason_of(allowed("print(len([0] * 10 ** 8))"), "100000000\n")
    assert "how large a value may be" in reason_of(allowed("[0] * 10 ** 12"), "", "error", "MemoryError")
    caught = "try:\n    [0] * 10 ** 8\nexcept MemoryError:\n    print('no')\n"
    assert "how large a value may be" in reason_of(allowed(caught), "")


def test_addresses_are_not_compared_and_what_has_no_text_of_its_own_refutes_nothing() -> None:
    found = allowed("def f():\n    pass\nprint(f, [].append)\n")
    text = "<function f at 0x7f00> <built-in method append of list object at 0x7F0a>\n"
    assert judged(found, text)[0] == CONFIRMED
    assert judged(found, text.replace(" f ", " g "))[0] == REFUTED
    assert "without a text of its own" in reason_of(allowed("print(Lock())\n"), "<Lock>\n")


def test_everything_that_is_open_stands_in_the_docs() -> None:
    page = (ROOT / "docs/not_modelled.md").read_text(encoding="utf-8")
    rows = [f"| {case.name} | {case.when} |" for case in OPEN_CASES]
    assert [line for line in page.splitlines() if line.startswith("| ")][2:] == rows


# --- verdicts -----------------------------------------------------------------------------------------------


def real(output: str, outcome: str = "ok", errors: tuple[RealError, ...] = ()) -> RealResult:
    """Return an invented run."""
    return RealResult(outcome, output, "", 0, errors, 0.5 if outcome == "ok" else None)


def inventing(monkeypatch: pytest.MonkeyPatch, result: Callable[[str], RealResult]) -> None:
    """Have every real run be an invented one, by its mode."""
    monkeypatch.setattr(confirming, "run_source", lambda *args, mode, **options: result(mode))


def test_what_cpython_does_and_the_simulation_allows_is_confirmed() -> None:
    found = confirmation("print('hello')\n")
    assert said(found) == {(mode, CONFIRMED, "ok", "hello\n") for mode in interp.MODES}
    assert found.verdict == CONFIRMED


def test_a_shared_global_that_modes_see_differently_refutes_nothing() -> None:
    found = confirmation((ROOT / "programs/memory/shared_or_isolated.toy").read_text(encoding="utf-8"))
    assert found.verdict == CONFIRMED
    assert len({one.ending.output for one in found.verdicts if one.verdict == CONFIRMED}) == 2


def test_what_the_simulation_excludes_is_refuted_and_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    inventing(monkeypatch, lambda mode: real("wrong\n"))
    path = tmp_path / "right.toy"
    path.write_text("print('right')\n", encoding="utf-8")
    assert main(["confirm", str(path), "--runs", "3"]) == 1
    shown = capsys.readouterr().out
    assert "  refuted    3 of 3  wrong\n" in shown
    assert "  not seen   0 of 3  right\n" in shown
    assert "That is a bug of interp; please report" in shown.replace("\n", " ")


def test_an_update_that_a_real_run_loses_is_open_until_every_schedule_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inventing(monkeypatch, lambda mode: real({"threads": "5\n", "processes": "0\n"}.get(mode, "6\n")))
    cut_short = Searching(own=Explored([Found("6\n"), Found("0\n")], complete=False))
    assert confirmation(RACE, search=cut_short).verdict == OPEN
    assert ("threads", REFUTED, "ok", "5\n") in said(confirmation(RACE))


def test_another_version_of_the_language_is_not_a_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    inventing(monkeypatch, lambda mode: real("3L\n"))
    old = confirmation("print(3)\n", python=Interpreter("python2", (2, 7, 18)))
    assert old.verdict == OPEN
    assert "Toy means what Python 3.11 to 3.13 mean" in old.verdicts[0].reason
    assert confirmation("print(3)\n", python=Interpreter("python3", (3, 12, 1))).verdict == REFUTED


def test_speed_ups_are_ratios_of_medians(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"sequential": 3.0, "threads": 6.0, "processes": 1.5}
    inventing(monkeypatch, lambda mode: RealResult("ok", "1\n", "", 0, (), times[mode]))
    found = confirmation("print(1)\n")
    assert [found.real_speedup(mode) for mode in found.modes] == [1.0, 0.5, 2.0]
    assert [found.simulated_speedup(mode) for mode in found.modes] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("seconds", "is_said"), [(0.0009, True), (0.002, False)])
def test_speed_ups_of_a_short_program_are_said_to_mean_little(
    seconds: float, is_said: bool, toy: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inventing(monkeypatch, lambda mode: RealResult("ok", "1\n", "", 0, (), seconds))
    assert main(["confirm", toy("print(1)\n"), "--runs", "1"]) == 0
    assert ("its speed-ups say little" in " ".join(capsys.readouterr().out.split())) is is_said


def test_the_switch_interval_is_the_same_real_and_simulated() -> None:
    plan = Plan(switch_interval=0.001)
    assert plan.settings("threads", "python3.13").interval == 200_000
    assert plan.settings("threads", "python2.7").interval == 40_000
    source = "total = 0\nfor n in range(30):\n    total += n\nprint(total)\n"
    for python in {HERE, oldest_python()}:
        plan = Plan(runs=1, switch_interval=0.001, time_limit=PATIENCE, modes=("threads",))
        found = confirmation(source, plan, python)
        assert found.verdict == CONFIRMED


# --- runs that end badly ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["threads", "processes"])
def test_a_hang_is_confirmed_by_the_deadlock_that_the_simulation_knows(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oracle, "SECONDS_TO_TELL", 10.0)

    def stuck(found: Confirmation) -> bool:
        """Whether all were where they wait for ever; of several processes, not each may get to say where it is."""
        waited_at = found.modes[0].results[0].waited_at
        return bool(waited_at) and STUCK_AT.issuperset(waited_at)

    found = under_longer_and_longer_limits(
        lambda seconds: confirmation(DEADLOCK, Plan(runs=1, time_limit=seconds, modes=(mode,))), stuck
    )
    assert stuck(found), found.modes[0].results
    assert said(found) == {(mode, CONFIRMED, "hang", "start\n")}


def test_an_endless_program_in_mode_sequential_is_open_and_never_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    inventing(monkeypatch, lambda mode: real("", "timeout"))
    for source in ("while True:\n    pass\n", "def wait():\n    while True:\n        pass\nspawn(wait)\n"):
        found = confirmation(source, Plan(runs=1, modes=("sequential",), max_steps=2_000))
        assert said(found) == {("sequential", OPEN, "hang", "")}
        assert "no end of it is known in the simulation either" in found.verdicts[0].reason


def test_a_mode_that_hangs_again_and_again_is_given_up_unless_runs_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inventing(monkeypatch, lambda mode: real("", "timeout"))
    found = confirmation("Event().wait()\n", Plan(modes=("threads",)))
    assert len(found.modes[0].results) == confirming.HANGS_IN_A_ROW
    assert "--runs N insists" in found.modes[0].gave_up
    assert len(confirmation("Event().wait()\n", Plan(runs=5, modes=("threads",))).modes[0].results) == 5


def test_what_needs_more_time_than_it_gets_is_open_and_says_how_to_give_more(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "slow.toy"
    path.write_text("sleep(30_000_000)\n", encoding="utf-8")
    assert main(["confirm", str(path), "--runs", "1", "--time-limit", "0.3", "--mode", "threads"]) == 4
    shown = " ".join(capsys.readouterr().out.split())
    assert "open 1 of 1 did not end" in shown
    assert "--time-limit SECONDS raises it" in shown


def test_a_failing_program_is_compared_by_its_error() -> None:
    found = confirmation("print('a')\ndef f():\n    return [][1]\nspawn(f)\n")
    assert said(found) == {(mode, CONFIRMED, "error", "a\n") for mode in interp.MODES}


def test_a_process_that_dies_is_reported_with_the_signal(tmp_path: Path) -> None:
    path = tmp_path / "program.toy"
    path.write_text("def wait():\n    Event().wait()\nprint('before')\nspawn(wait).join()\n", encoding="utf-8")
    options = ["--runs", "1", "--mode", "processes", "--json", "--time-limit", str(PATIENCE)]
    with start("confirm", str(path), *options) as process:
        wait_for(lambda: len(descendants(process.pid)) == 2)  # the program, and the process that it has started
        os.kill(descendants(process.pid)[1], signal.SIGKILL)
        told = json.loads(process.communicate(timeout=2 * PATIENCE)[0])
    assert process.returncode == 4
    first = told["verdicts"][0]
    assert (first["verdict"], first["kind"], first["output"]) == (OPEN, "died", "before\n")
    assert "wait-2 was ended by SIGKILL" in first["reason"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_an_interrupt_leaves_no_process_behind(number: int, how: str, tmp_path: Path) -> None:
    path = tmp_path / "hangs.toy"
    path.write_text("def wait():\n    Event().wait()\n[spawn(wait), spawn(wait)]\nprint('x')\n", encoding="utf-8")
    options = ["--mode", "processes", "--start", how, "--time-limit", str(2 * PATIENCE)]
    with start("confirm", str(path), *options, start_new_session=True) as process:
        wait_for(lambda: len(descendants(process.pid)) >= 3)
        started = descendants(process.pid)
        process.send_signal(number)
        output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert b"interrupted: this is what is known until then" in errors
    assert b"Traceback" not in output + errors
    wait_until_gone(started)


def test_a_run_that_floods_its_output_is_stopped() -> None:
    result = run_source("while True:\n    print('x' * 5000)\n", timeout=PATIENCE)
    assert result.outcome == "flood"
    assert len(result.output) == LARGEST_OUTPUT
    assert ending_of_real(result).kind == "flood"


# --- processes that are spawned -----------------------------------------------------------------------------

SPAWNED = """\
STEP = 3
names = ["a"]
same = names
results = Queue()
guard = RLock()
def one(n=STEP * 2):
    return n
def work(given, position):
    with guard:
        given.append(position)
        results.put([position, len(names), same is names, given is names, one()])
    return one(position)
if __name__ == "__main__":
    STEP = 5
    print([task.join() for task in [spawn(work, names, n) for n in range(2)]])
    print(sorted([results.get() for _ in range(2)]), names)
    failing = spawn(one, 1, 2)
    try:
        failing.join()
    except TypeError as error:
        print(error)
"""


def test_a_spawned_process_begins_with_a_copy_of_its_parents_memory_as_a_forked_one_does() -> None:
    forked = run_source(SPAWNED, mode="processes", start="fork", timeout=PATIENCE)
    spawned = run_source(SPAWNED, mode="processes", start="spawn", timeout=PATIENCE)
    assert forked.output.startswith("[0, 1]\n[[0, 2, True, True, 6], [1, 2, True, True, 6]] ['a']\n")
    assert (spawned.outcome, spawned.output) == (forked.outcome, forked.output)


@pytest.mark.parametrize("name", ["barrier_phases", "pipeline", "send_it_back", "semaphore_pool", "errors_travel"])
def test_programs_print_the_same_whether_forked_or_spawned(name: str) -> None:
    source = interp.read_program(name).source
    results = [run_source(source, mode="processes", start=how, timeout=PATIENCE) for how in ("fork", "spawn")]
    assert results[0].output == results[1].output


def test_what_a_spawned_process_cannot_be_sent_is_said() -> None:
    source = "def outer():\n    def inner():\n        return 1\n    return inner\nspawn(outer()).join()\n"
    found = confirmation(source, Plan(runs=1, time_limit=PATIENCE, start="spawn", modes=("processes",)))
    assert found.modes[0].results[0].outcome == "impossible"
    assert (found.verdict, "cannot be sent to a spawned process" in found.verdicts[0].reason) == (OPEN, True)


def test_a_python_that_cannot_spawn_says_so() -> None:
    python = oldest_python()
    result = run_source("print(1)\n", python=python.path, mode="processes", start="spawn", timeout=PATIENCE)
    if python.version[0] == 2:
        assert (result.outcome, result.stderr) == ("impossible", "Python 2 starts processes by fork only")
    else:
        assert (result.outcome, result.output) == ("ok", "1\n")


TWO_AT_ONCE = """\
given = Semaphore(0)
taken = Semaphore(0)
def take():
    for _ in range(60):
        given.acquire()
        if not given.acquire(False):
            print("there was one only")
            given.acquire()
        taken.release()
task = spawn(take)
for _ in range(60):
    given.release(2)
    taken.acquire()
task.join()
"""


@pytest.mark.parametrize("mode", ["threads", "processes"])
def test_several_are_given_back_to_a_semaphore_at_one_moment(mode: str) -> None:
    for python in {oldest_python(), HERE}:
        result = run_source(TWO_AT_ONCE, python=python.path, mode=mode, switch_interval=1e-6, timeout=PATIENCE)
        assert (result.outcome, result.output) == ("ok", "")


# --- the command --------------------------------------------------------------------------------------------

SQUARES = """\
def square(n):
    return n * n
print([task.join() for task in [spawn(square, n) for n in range(3)]])
"""


def test_json_has_python_simulated_and_real(toy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--runs", "2", "--json", "--python", sys.executable, "--time-limit", str(PATIENCE)]
    assert main(["confirm", toy(SQUARES), *options]) == 0
    told = json.loads(capsys.readouterr().out)
    line = "[0, 1, 4]\n"
    assert told["python"]["version"] == ".".join(map(str, sys.version_info[:3]))
    for mode in interp.MODES:
        assert told["real"]["outputs"][mode] == [{"kind": "ok", "output": line, "error": None, "count": 2}]
        assert [one["output"] for one in told["simulated"]["outputs"][mode]] == [line]
    speedups, ticks = told["simulated"]["speedups"], told["simulated"]["ticks"]
    assert speedups == {mode: round(ticks["sequential"] / ticks[mode], 4) for mode in interp.MODES}
    assert 0 < speedups["processes"] < speedups["threads"] < speedups["sequential"] == 1
    seconds = told["real"]["seconds"]  # who is faster for real is this machine's business
    assert told["real"]["speedups"] == {mode: round(seconds["sequential"] / seconds[mode], 4) for mode in interp.MODES}
    assert (told["verdict"], told["further"]) == (CONFIRMED, [])


def test_several_pythons_are_confirmed_one_after_another(toy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pythons = [one.path for one in find_interpreters(["all"])][:3]
    options = [word for path in pythons for word in ("--python", path)]
    options += ["--runs", "1", "--mode", "threads", "--json", "--time-limit", str(PATIENCE)]
    assert main(["confirm", toy(SQUARES), *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["python"]["path"] for one in (told, *told["further"])] == pythons


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--runs", "0"], "0 is less than 1"),
        (["--time-limit", "-1"], "'-1' is not a number of seconds above 0"),
        (["--time-limit", "nan"], "'nan' is not a number of seconds above 0"),
        (["--switch-interval", "1e-9"], "--switch-interval must be from 0.000001"),
        (["--cores", "100000"], "--cores must be from 1 to"),
        (["--mode", "thread"], "Did you mean threads?"),
        (["--start", "fresh"], "invalid choice: 'fresh'"),
    ],
)
def test_nonsense_is_refused(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["confirm", "tiny_tasks", *options]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system cannot limit a process to some cores")
def test_cores_are_limited_on_both_sides_and_ours_are_ours_again() -> None:
    before = os.sched_getaffinity(0)
    found = confirmation("print(1)\n", Plan(runs=1, time_limit=PATIENCE, cores=1, modes=("threads",)))
    assert found.modes[0].simulated is not None
    assert found.modes[0].simulated.settings.cores == 1
    assert os.sched_getaffinity(0) == before


@cache
def pythons_of_this_run() -> list[Interpreter]:
    """Return the host and one of 3.9 and 3.10, another one where the suite is run on another Python."""
    older = (3, 9 + sys.version_info[1] % 2)
    return [one for one in modelled_interpreters() if one.version[:2] in (older, sys.version_info[:2])]


@pytest.mark.parametrize(
    ("turn", "path"),
    list(enumerate(share_of(concurrent_programs()))),
    ids=[path.stem for path in share_of(concurrent_programs())],
)
def test_no_concurrent_program_refutes_the_simulation(turn: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interp.real.allowed.STEPS_OF_EXAMPLES", 4_000)
    program = interp.read_program(path)
    may_hang = read_expectations(program.source).may_deadlock
    plan = Plan(runs=1, time_limit=1.0 if may_hang else PATIENCE, modes=("threads",))
    confirmer = Confirmer(program.source, program.code, path.name, plan, lambda text: None)
    pythons = pythons_of_this_run()
    assert HERE.version in [one.version for one in pythons]
    python = pythons[(turn + sys.version_info[1]) % len(pythons)]
    verdicts = confirmer.confirm(python).verdicts
    assert [one for one in verdicts if one.verdict == REFUTED] == [], python.name
    assert any(one.verdict != NOT_SEEN for one in verdicts), python.name
