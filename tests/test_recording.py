"""Recordings: whatever the program, the settings and the way, a moment is what it is.

`recording_walks.py` has the promises as functions. Here they are held to random programs under random settings, and to
programs written for what is hard: iterators in the middle of their work, exceptions being handled, deep recursion, long
stretches without a switch point. Checkpoints are taken every few steps here, and code gets its quick form after a few,
so that a small program goes through what else a long one does.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import interp
from interp.language.errors import UsageError
from interp.machine import engine, state
from interp.machine.switch_points import SWITCH_RULES
from interp.scheduling import checkpoints, scheduler
from interp.scheduling.events import Printed
from interp.traces import playback
from interp.traces.landmarks import Landmark
from interp.traces.recording import Recording
from tests import recording_walks as walks
from tests.concurrent_generator import concurrent_programs
from tests.concurrent_generator import settings as random_settings
from tests.generator import program_from_seed
from tests.generator_parts.choices import Chooser

ROOT = Path(__file__).parent.parent

COUNT = int(os.environ.get("INTERP_RANDOM_PROGRAMS", "100"))

MOST_STEPS = 150
"""Random programs that execute more steps are left out: a walk looks at every moment."""

quietly = hypothesis_settings(
    max_examples=max(1, COUNT // 20),
    deadline=None,
    derandomize="INTERP_RANDOM_PROGRAMS" not in os.environ,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True, scope="module")
def small_distances() -> Any:
    """Do after a few steps what is done after many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playback, "FIRST_DISTANCE", 7)
        patch.setattr(playback, "LONGEST_STRETCH", 60)
        patch.setattr(scheduler, "LAST_STEPS", 5)
        patch.setattr(engine, "WARM", 3)
        yield


every_setting = random_settings(
    locks=tuple(interp.LOCKS), modes=("threads", "processes", "sequential"), switch_points=(None, *SWITCH_RULES)
)
a_schedule = st.sampled_from([None, None, "1*30", "1*40 2*5 1*3", "1*25 2*1", "1*50 2*4 3*2 1"])
a_limit = st.sampled_from([None, None, None, 1, 40, 110])
a_program = concurrent_programs() | st.integers(0, 10_000).map(program_from_seed)


def walk_for(text: str, given_settings: dict[str, Any], seed: int) -> walks.Walk:
    """Record a random program, and go through it."""
    note(text)
    program = interp.compile_source(text, "random.toy")
    settings = interp.Settings(**{name: value for name, value in given_settings.items() if value is not None})
    try:
        recording = walks.record_program(program, settings)
    except UsageError:  # the program cannot follow the schedule
        settings = settings.but(schedule=None)
        recording = walks.record_program(program, settings)
    note(str(settings))
    assume(recording.steps <= MOST_STEPS)
    return walks.begin_walk(program, settings, Chooser.seeded(seed))


@quietly
@given(a_program, every_setting, a_schedule, a_limit, st.integers(0, 10**6))
def test_the_state_at_a_moment_is_the_same_whichever_way_it_was_reached(
    text: str, given_settings: dict[str, Any], schedule: str | None, limit: int | None, seed: int
) -> None:
    walk = walk_for(text, {**given_settings, "schedule": schedule, "max_steps": limit}, seed)
    walks.check_same_run(walk)
    walks.check_moments(walk, 12)
    walks.check_ticks(walk, 3)
    walks.check_landmarks(walk, 5)


@quietly
@given(concurrent_programs(), every_setting, a_schedule, st.integers(0, 10**6))
def test_a_choice_leads_to_the_run_of_its_schedule(
    text: str, given_settings: dict[str, Any], schedule: str | None, seed: int
) -> None:
    walk = walk_for(text, {**given_settings, "schedule": schedule}, seed)
    walks.check_schedules(walk, 1, may_differ="clock()" in text)


# --- what is hard

HARD = {
    "iterators": """
xs = [1, 2, 3]
table = {"a": 1, "b": 2}
pairs = zip(xs, "añb")
for x in xs:
    if x == 1:
        xs.append(4)
    for key in table:
        for letter in "ñb":
            print(x, key, letter)
            break
        for name, value in table.items():
            for n in range(2):
                print(name, value, n)
                break
    for place, y in enumerate(reversed(xs)):
        print(place, y)
        break
    for pair in pairs:
        print(pair)
        break
""",
    "keys exchanged below an iterator": """
table = {n: n for n in range(6)}
found = []
for key in table:
    found.append(key)
    if len(found) < 5:
        del table[key]
        table[key + 100] = key
    else:
        break
print(found, table)
""",
    "tasks that fail at their calls": """
def work(a, b):
    return a + b

for task in [spawn(work, 1), spawn(work, 1, 2), spawn(work)]:
    try:
        print(task.join())
    except TypeError as error:
        print(error)
""",
    "a dict that grows below an iterator": """
table = {1: 1, 2: 2}
try:
    for key in table:
        print(key)
        table[key + 10] = [other for other in table.values()]
except RuntimeError as error:
    print(error)
""",
    "iterators whose list or dict has another size for a while": """
xs = [1, 2, 3, 4]
table = {"a": 1, "b": 2, "c": 3}
back = reversed(table.items())
for x in reversed(xs):
    xs.clear()
    for y in back:
        table["d"] = x
        for n in range(3):
            print(n)
        del table["d"]
        break
    xs.extend([5, 6, 7, 8])
    print(x, y)
try:
    for key in table:
        table.clear()
except RuntimeError as error:
    print(error)
""",
    "exceptions being handled": """
def inner(n):
    try:
        return [0][n]
    except IndexError as error:
        try:
            raise ValueError(n)
        finally:
            print("inner", n)

def outer(n):
    try:
        inner(n)
    except ValueError:
        try:
            table[n]
        except KeyError as missing:
            print("handling", repr(missing))
            raise

table = {}
for n in range(3):
    try:
        outer(n)
    except Exception as error:
        print(repr(error))
try:
    outer(9)
finally:
    print("the end")
""",
    "a condition": """
ready = Condition()
items = []
def take():
    with ready:
        while not items:
            ready.wait()
        return items.pop()
def give(item):
    with ready:
        items.append(item)
        ready.notify()
takers = [spawn(take), spawn(take)]
givers = [spawn(give, 1), spawn(give, 2)]
print([task.join() for task in takers])
""",
    "a barrier and an event": """
gate = Barrier(3)
go = Event()
seen = []
def work(n):
    go.wait()
    seen.append(gate.wait())
    return n
tasks = [spawn(work, n) for n in range(3)]
go.set()
print([task.join() for task in tasks], sorted(seen))
""",
    "an error in a task": """
def work(n):
    return 1 // n
tasks = [spawn(work, n) for n in range(2)]
print(tasks[1].join())
print(tasks[0].join())
""",
    "queues": """
def work(asked, answers):
    while True:
        n = asked.get()
        if n is None:
            break
        answers.put([n, n * n])
asked = Queue(2)
answers = Queue()
task = spawn(work, asked, answers)
for n in range(4):
    asked.put(n)
asked.put(None)
task.join()
while not answers.empty():
    print(answers.get())
""",
    "values with several names": """
row = [0]
grid = [row, row, [row]]
grid.append(grid)
def change(rows, d={}):
    for n in range(3):
        rows[0][0] += 1
        d[n] = rows
    return d
print(len(change(grid)), row, grid[3] is grid, grid[0] is grid[2][0])
""",
}

MODES_OF = {
    "queues": [{"mode": "processes", "interval": 7}, {"lock": "free-threaded"}],
    "a condition": [{"lock": "python3.9", "interval": 3}, {"lock": "ruby3.1", "interval": 2}],
    "a barrier and an event": [{"mode": "processes", "interval": 7}, {"interval": 3, "seed": 5}],
    "an error in a task": [{}, {"mode": "processes"}],
    "values with several names": [{}, {"costs": "realistic"}],
}

CHOICES_OF = {"tasks that fail at their calls": 10}
"""At so many moments of these somebody else is chosen."""


@pytest.mark.parametrize("name", HARD)
def test_a_hard_program_is_the_same_whichever_way(name: str) -> None:
    program = interp.compile_source(HARD[name], "hard.toy")
    for number, chosen in enumerate(MODES_OF.get(name, [{}])):
        walk = walks.begin_walk(program, interp.Settings(**chosen), Chooser.seeded(number))  # type: ignore[arg-type]
        walks.check_same_run(walk)
        walks.check_moments(walk, 12)
        walks.check_landmarks(walk, 3)
        if number == 0:
            walks.check_schedules(walk, CHOICES_OF.get(name, 1), may_differ=False)


@pytest.mark.parametrize(
    ("path", "settings", "outcome"),
    [
        ("locks/bank_deadlock", {"interval": 10}, "deadlock"),
        ("coordination/barrier_phases", {"mode": "processes", "interval": 7}, "ok"),
        ("races/counter_lost_update", {"max_steps": 57}, "limit"),
        ("coordination/errors_travel", {}, None),
    ],
)
def test_a_run_of_any_outcome_can_be_walked(path: str, settings: dict[str, Any], outcome: str | None) -> None:
    program = interp.read_program(ROOT / "programs" / f"{path}.toy")
    walk = walks.begin_walk(program, interp.Settings(**settings), Chooser.seeded(3))
    assert outcome in (None, walk.recording.result.outcome)
    walks.check_same_run(walk)
    walks.check_moments(walk, 10)
    walks.check_schedules(walk, 1, may_differ=False)


def test_every_choice_near_the_end_of_processes_can_be_made() -> None:
    """A process that has executed its last instruction, but is not over yet, was refused as if it used the clock."""
    program = interp.read_program(ROOT / "programs" / "coordination" / "barrier_phases.toy")
    recording = walks.record_program(program, interp.Settings(mode="processes", interval=7))
    for number in (127, 129, 130):
        choices = recording.choices(number)
        for thread in choices:
            walks.check_choice(
                walks.Walk(program, recording, [], Chooser.seeded(0)), number, thread, choices[thread], may_differ=False
            )
    assert recording.choices(129)[4] == "it has executed its last instruction"


# --- long runs: some of their moments, in another order, and by way of other checkpoints

RECURSION = "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\nprint(f({depth}))\n"
STRAIGHT = "def f(x):\n" + "    x = x + 1\n" * 300 + "    return x\nfor n in range(2):\n    print(f(n))\n"
LONG: dict[str, tuple[str, dict[str, Any]]] = {
    "a thousand frames": (RECURSION.format(depth=960), {}),
    "a recursion that is too deep": (RECURSION.format(depth=10_000), {"lock": "ruby3.1"}),
    "three hundred lines": (STRAIGHT, {}),
    "no switch point at all": (STRAIGHT, {"switch_points": "waits-only"}),
}


@pytest.mark.parametrize("name", LONG)
def test_a_moment_of_a_long_run_is_the_same_whichever_way(name: str) -> None:
    text, chosen = LONG[name]
    program = interp.compile_source(text, "long.toy")
    check_some_moments(program, interp.Settings(**chosen))


def check_some_moments(program: interp.Program, settings: interp.Settings) -> Recording:
    """Compare moments of two recordings of a program, one of which has a single checkpoint; returns the other."""
    one, other = (walks.record_program(program, settings) for _ in range(2))
    del other.checkpoints[1:]
    draws = Chooser.seeded(one.steps)
    numbers = sorted({draws.below(one.steps + 1) for _ in range(5)} | {0, one.steps})
    forwards = {number: other.moment(number) for number in numbers}
    for number in sorted(numbers, key=lambda number: number % 7):
        assert one.moment(number) == forwards[number]
    assert one.result == interp.run(program, settings)
    return one


def test_a_run_that_needs_too_much_memory_can_be_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MEMORY_LIMIT", 400_000)
    monkeypatch.setattr(scheduler, "MEMORY_CHECK_STEPS", 100)
    rounds = "        for n in range(3):\n            m = n + n + n + n\n        xs.append('x' * 9_000 + str(m))\n"
    source = f"xs = []\ntry:\n    while True:\n{rounds}except MemoryError:\n    print(len(xs))\n"
    program = interp.compile_source(source)
    recording = check_some_moments(program, interp.Settings(costs="realistic"))
    raised = recording.previous(Landmark("error"), recording.steps)
    assert raised is not None
    assert 40 < int(recording.result.output) < 50
    for number in range(raised - 30, raised + 8):
        recording.moment(number)
        assert recording.next(Landmark("error"), number) == (raised if number < raised else None)
        assert recording.moment(recording.steps).output == recording.result.output


@pytest.mark.parametrize("cores", [1, 2])
def test_processes_share_cores_alike_in_a_run_and_a_recording(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time slices once ended where a process that ran ahead had happened to stop, for the measuring of memory, say."""
    source = "def work(n):\n    for k in range(150):\n        n += k\n    return n\n"
    program = interp.compile_source(source + "tasks = [spawn(work, n) for n in range(3)]\n[t.join() for t in tasks]\n")
    settings = interp.Settings(mode="processes", cores=cores)
    recording = check_some_moments(program, settings)
    monkeypatch.setattr(scheduler, "MEMORY_CHECK_STEPS", 77)
    assert interp.run(program, settings) == recording.result


def test_a_limit_within_a_long_stretch_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "LAST_STEPS", 1_500)
    monkeypatch.setattr(playback, "LONGEST_STRETCH", 1_500)
    program = interp.compile_source(STRAIGHT, "long.toy")
    settings = interp.Settings(max_steps=1_777)
    recording = walks.record_program(program, settings)
    assert (recording.steps, recording.result) == (1_777, interp.run(program, settings))
    assert recording.moment(1_777).outcome == "limit"


# --- ending early, checkpoints


def record_until_interrupted(source: str, calls: int) -> Recording:
    """Record a program, and interrupt it when it has told its progress so often."""
    told: list[int] = []

    def progress(tick: int, steps: int) -> None:
        told.append(steps)
        if len(told) == calls:
            raise KeyboardInterrupt

    program = interp.compile_source(source, "endless.toy")
    return Recording(program.source, program.filename, program.code, interp.Settings(), progress)


def test_an_interrupted_recording_ends_at_a_moment_that_can_be_gone_to() -> None:
    recording = record_until_interrupted("n = 0\nwhile True:\n    n += 1\n    print(n)\n", 30)
    last = recording.moment(recording.steps)
    assert recording.result.outcome == last.outcome == "interrupted"
    assert recording.steps > 50
    assert last.output == recording.result.output
    assert recording.trace is not None
    text = "".join(event.text for event in recording.trace.events if isinstance(event, Printed))
    assert text == recording.result.output
    assert recording.next(Landmark("line"), recording.steps) is None
    assert recording.previous(Landmark("line"), recording.steps) is not None


def test_checkpoints_thin_out_as_the_run_grows() -> None:
    source = "t = 0\nfor k in range({}):\n    t += k\n"
    counts = {}
    for size in (600, 6_000, 24_000):
        program = interp.compile_source(source.format(size), "loop.toy")
        recording = walks.record_program(program, interp.Settings())
        counts[size] = len(recording.checkpoints)
        assert recording.checkpoints[0].steps == 0
        gaps = [after.steps - before.steps for before, after in pairwise(recording.checkpoints)]
        assert max(gaps) <= 4 * sorted(gaps)[len(gaps) // 2]
    assert counts[600] > 20
    assert max(counts.values()) <= playback.MOST_CHECKPOINTS


def test_checkpoints_of_a_large_state_stay_within_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "MOST_BYTES", 1_000_000)
    program = interp.compile_source("xs = []\nfor k in range(4000):\n    xs.append([k])\nprint(len(xs))\n", "grow.toy")
    recording = walks.record_program(program, interp.Settings())
    assert sum(kept.bytes for kept in recording.checkpoints) <= 1_000_000
    assert len(recording.checkpoints) >= 4
    assert recording.moment(recording.steps).output == "4000\n"


def test_a_moment_whose_iterators_cannot_be_copied_has_no_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "FIRST_DISTANCE", 1)
    text = "for n in range(60):\n    pass\n" + HARD["keys exchanged below an iterator"]
    first, last = (text.splitlines().index(line) + 1 for line in ("        del table[key]", "print(found, table)"))
    recording = walks.record_program(interp.compile_source(text, "hard.toy"), interp.Settings())
    exchanged = recording.next(Landmark("break", lines=frozenset({first})), 0)
    over = recording.next(Landmark("break", lines=frozenset({last})), 0)
    assert exchanged is not None
    assert over is not None
    kept = [checkpoint.steps for checkpoint in recording.checkpoints]
    assert len([step for step in kept if step < exchanged]) > 1
    assert not [step for step in kept if exchanged + 20 < step < over - 20]


def test_what_is_no_moment_is_refused() -> None:
    recording = walks.record_program(interp.compile_source("print(1)\n"), interp.Settings())
    with pytest.raises(UsageError, match=f"the run has {recording.steps}, so go to 0 … {recording.steps}"):
        recording.moment(recording.steps + 1)
    with pytest.raises(UsageError, match="cannot be recorded"):
        walks.record_program(interp.compile_source("print(1)\n"), interp.Settings(mode="processes", on="os"))


def test_a_checkpoint_can_be_gone_back_to_as_often_as_one_likes() -> None:
    program = interp.compile_source(HARD["iterators"], "hard.toy")
    recording = walks.record_program(program, interp.Settings())
    kept = recording.checkpoints[len(recording.checkpoints) // 2]
    states = []
    for _ in range(2):
        checkpoints.restore(recording.simulation, kept, recording.printed)
        states.append([repr(process.globals) for process in recording.simulation.ledger.machine.processes])
        recording.at = None
        recording.moment(recording.steps)
    assert states[0] == states[1]
