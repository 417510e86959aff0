"""In mode `processes` nothing that can change belongs to two processes.

The property walks the tree of state: whatever can be reached from the memory and the threads of one process
is compared with what can be reached from another, at every event of a run and at its end. Synchronisation
objects, tasks and code are meant to be shared; what lies in a queue belongs to nobody.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note, settings

from interp.expectations import toy_files
from interp.machine.memory import SHARED, reachable
from interp.machine.state import Machine
from interp.machine.sync import SyncObject
from interp.scheduling.events import Event
from interp.scheduling.scheduler import Bound, Simulation
from interp.scheduling.settings import Settings
from tests.concurrent_generator import concurrent_programs
from tests.concurrent_generator import settings as random_settings
from tests.watching import compiled, run

PROGRAMS = Path(__file__).parent.parent / "programs"

FIXED = (*SHARED, tuple, slice)
"""Types whose values cannot change: a tuple may be shared if nothing in it can."""


def belongings(machine: Machine) -> dict[str, dict[int, Any]]:
    """Return what can change, by identity, for each process and each queue."""
    found: dict[str, dict[int, Any]] = {}
    for process in machine.processes:
        roots: list[Any] = [process.globals]
        for thread in machine.threads:
            if thread.process is process:
                roots.extend(thread.roots())
        found[f"process {process.number}"] = reachable(roots)
    shared = {key: value for part in found.values() for key, value in part.items() if isinstance(value, SyncObject)}
    for value in shared.values():
        if value.kind == "queue":
            found[f"{value.kind} {value.number}"] = reachable(value.values())
    return {
        name: {key: value for key, value in part.items() if not isinstance(value, FIXED)}
        for name, part in found.items()
    }


def check_apart(machine: Machine) -> int:
    """Check that no two have anything changeable in common; returns how many there are."""
    found = belongings(machine)
    for (one, ours), (other, theirs) in combinations(found.items(), 2):
        common = [ours[key] for key in ours.keys() & theirs.keys()]
        assert not common, f"{one} and {other} share {common}"
    return len(found)


class Inspector:
    """An observer that checks the whole state at every event."""

    def __init__(self) -> None:
        self.simulation: Simulation | None = None
        self.most = 0

    def event(self, event: Event) -> None:
        """Check the state at an event."""
        assert self.simulation is not None
        self.most = max(self.most, check_apart(self.simulation.ledger.machine))


def inspect(source: str, **chosen: Any) -> Inspector:
    """Run a program and check at every event; returns the inspector."""
    inspector = Inspector()
    simulation = Simulation(compiled(source).code, Settings(max_steps=20_000, **chosen), [inspector])
    inspector.simulation = simulation
    try:
        simulation.start()
        simulation.run()
    except Bound:
        pass
    inspector.most = max(inspector.most, check_apart(simulation.ledger.machine))
    return inspector


EVERYTHING = """
inner = [1, [2]]
outer = {"inner": inner, "pair": (inner, {"k": inner})}
outer["self"] = outer
results = Queue()
back = Queue(1)
walking = iter_free = reversed(inner)
zipped = zip(inner, enumerate([[3]]))
views = [outer.keys(), outer.values(), outer.items()]
grow = inner.append
failure = ValueError(inner, outer)

def remember(item, memory=[inner]):
    memory.append(item)
    return memory

def work(number, given, call):
    inner.append(number)
    given.append([number])
    call(number)
    outer[number] = remember(given)
    results.put([inner, outer, given, failure])
    back.put((inner, [number]))
    if number == 2:
        raise KeyError(given, outer)
    spawned = spawn(remember, [number])
    return [inner, spawned.join(), {number: outer}, failure, views, (number, [number])]

tasks = [spawn(work, number, inner, grow) for number in range(3)]
got = []
for task in tasks:
    got.append(results.get())
    got.append(back.get())
for task in tasks:
    try:
        got.append(task.join())
        got.append(task.join())
    except KeyError as e:
        got.append(e)
        got.append(e.args)
inner.append("main")
print(inner)
"""


@pytest.mark.parametrize("cores", [1, 4])
@pytest.mark.parametrize("costs", ["classroom", "realistic"])
def test_nothing_changeable_belongs_to_two_processes(cores: int, costs: str) -> None:
    inspector = inspect(EVERYTHING, mode="processes", cores=cores, costs=costs)
    assert inspector.most >= 6
    assert inspector.simulation is not None
    assert "".join(inspector.simulation.world.output) == "[1, [2], 'main']\n"


def test_in_mode_threads_the_same_check_finds_what_is_shared() -> None:
    # The threads of one process share everything; a queue's items are its own no more.
    with pytest.raises(AssertionError, match=r"process 1 and queue \d share"):
        inspect(EVERYTHING, mode="threads")


@settings(max_examples=60)
@given(concurrent_programs(), random_settings(modes=("processes",)))
def test_processes_are_isolated_in_every_run(text: str, chosen: dict[str, Any]) -> None:
    note(text)
    inspect(text, **chosen)


@pytest.mark.parametrize("path", toy_files(PROGRAMS), ids=lambda path: path.stem)
def test_processes_are_isolated_in_the_bundled_programs(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if len(source) > 1500 or "spawn(" not in source:
        source = "xs = [1]\ndef work():\n    xs.append(2)\n    return xs\nys = spawn(work).join()\n"
    inspect(source, mode="processes")


# --- what a program sees of it ------------------------------------------------------------------------------


def outputs(source: str) -> tuple[str, str]:
    """Return what a program prints in mode threads and in mode processes."""
    results = run(source), run(source, mode="processes")
    assert [result.report for result in results] == ["", ""]
    return results[0].output, results[1].output


@pytest.mark.parametrize(
    ("source", "threads", "processes"),
    [
        ("xs = []\ndef f():\n    xs.append(1)\nspawn(f).join()\nprint(xs)\n", "[1]", "[]"),
        ("n = 0\ndef f():\n    global n\n    n = 5\nspawn(f).join()\nprint(n)\n", "5", "0"),
        ("def f(a):\n    a.append(1)\nxs = []\nspawn(f, xs).join()\nprint(xs)\n", "[1]", "[]"),
        ("xs = [1]\ndef f():\n    return xs\nprint(spawn(f).join() is xs)\n", "True", "False"),
        ("q = Queue()\nxs = []\nq.put(xs)\nxs.append(1)\nprint(q.get())\n", "[1]", "[]"),
        ("q = Queue()\nxs = []\nq.put(xs)\nprint(q.get() is xs)\n", "True", "False"),
        ("def f(k=[]):\n    k.append(1)\n    return k\nprint(spawn(f).join(), f())\n", "[1, 1] [1, 1]", "[1] [1]"),
        ("xs = [1, 2]\nspawn(xs.append, 3).join()\nprint(xs)\n", "[1, 2, 3]", "[1, 2]"),
        (
            "xs = [1]\ndef f():\n    raise ValueError(xs)\n"
            "try:\n    spawn(f).join()\nexcept ValueError as e:\n    print(e.args[0] is xs, e)\n",
            "True [1]",
            "False [1]",
        ),
    ],
)
def test_a_process_works_on_its_own_copy(source: str, threads: str, processes: str) -> None:
    assert outputs(source) == (threads + "\n", processes + "\n")


@pytest.mark.parametrize(
    "source",
    [
        # One value under two names is one value in the copy, too.
        "a = b = [1]\ndef f():\n    a.append(2)\n    return b\nprint(spawn(f).join())\n",
        "xs = [1]\ndef f(given):\n    return given is xs\nprint(spawn(f, xs).join())\n",
        "q = Queue()\nx = [1]\nq.put([x, x])\ny = q.get()\nprint(y[0] is y[1])\n",
        "def f(a, b):\n    return a is b\nx = [1]\nprint(spawn(f, x, x).join())\n",
        "xs = [1]\nxs.append(xs)\ndef f():\n    return xs[1] is xs\nprint(spawn(f).join(), xs)\n",
        # Synchronisation objects and tasks are the same everywhere.
        "q = Queue()\nguard = Lock()\ndef f(given):\n    with guard:\n        q.put(given is q)\n"
        "spawn(f, q)\nprint(q.get())\n",
        "q = Queue()\nq.put(q)\nprint(q.get() is q)\n",
        "e = Event()\ndef f():\n    e.set()\n    return 3\nt = spawn(f)\ndef g(t):\n    return t.join()\n"
        "print(spawn(g, t).join(), e.is_set())\n",
        # A process has the values of the moment at which it was spawned.
        "xs = [1]\nq = Queue()\ndef f(n):\n    return q.get()\nt = spawn(f, 1)\nq.put(xs)\nprint(t.join())\n",
        # An iterator goes on where the original stood, however short its list has become.
        "xs = [1, 2, 3, 4]\nit = reversed(xs)\nxs.pop()\nxs.pop()\ndef f():\n    return list(it)\n"
        "print(spawn(f).join())\n",
        "xs = [1, 2, 3, 4]\nit = enumerate(xs)\nfor x in it:\n    if x == (2, 3):\n        break\nxs.clear()\n"
        "def f():\n    xs.extend('abcde')\n    return list(it)\nprint(spawn(f).join())\n",
        # One over a dict knows which size the dict is to have, and fails for ever once that was found to be another.
        "d = {1: 1, 2: 2}\nit = reversed(d)\nd[3] = 3\ndef f():\n    del d[3]\n    return list(it)\n"
        "print(spawn(f).join())\n",
        "d = {1: 1, 2: 2}\nit = zip(d.values(), d)\nd[3] = 3\ndef f():\n    return list(it)\n"
        "try:\n    list(it)\nexcept RuntimeError as e:\n    print(e)\ndel d[3]\n"
        "try:\n    print(spawn(f).join())\nexcept RuntimeError as e:\n    print(e)\n",
        "it = reversed([1, 2, 3, 4])\nfor x in it:\n    break\ndef f():\n    return list(it)\nprint(spawn(f).join())\n",
    ],
)
def test_what_does_not_depend_on_sharing_is_the_same_in_both_modes(source: str) -> None:
    threads, processes = outputs(source)
    assert threads == processes


def test_a_process_does_not_see_what_its_parent_does_later() -> None:
    source = "xs = [1]\ndef f():\n    sleep(1000)\n    return xs\nt = spawn(f)\nxs.append(2)\nprint(t.join(), xs)\n"
    assert outputs(source) == ("[1, 2] [1, 2]\n", "[1] [1, 2]\n")


def test_the_bundled_programs_show_it() -> None:
    source = (PROGRAMS / "memory" / "shared_or_isolated.toy").read_text(encoding="utf-8")
    threads, processes = outputs(source)
    assert threads.splitlines()[1:] == ["main sees ['here']", "visits 1"]
    assert processes.splitlines()[1:] == ["main sees []", "visits 0"]
    source = (PROGRAMS / "memory" / "send_it_back.toy").read_text(encoding="utf-8")
    assert len(set(outputs(source))) == 1
