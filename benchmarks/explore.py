"""How fast schedules are explored, and beside Harmony: `python -m benchmarks.explore`.

First, states a second: one process explores programs of growing size, and the time of the search alone is taken,
without starting Python and compiling. `texts` are threads without a program around them, every instruction a state
(`interp.explore_threads`); the others are programs, explored as `interp explore` does it.

Second, the same questions are put to Harmony (https://harmony.cs.cornell.edu), a language with a model checker written
in C, and to interp: two whole processes, from the command line to the answer, alternately. `benchmarks/questions` has
each question as `.hny` and, if no bundled program asks it, as `.toy`, alike line by line and written for this
comparison. (Harmony's own examples go round for ever; these have an end, because Toy has no `choose`.) Both look at all
schedules, but they do not do the same work, and the numbers of states cannot be compared:

- Harmony switches before each access to a shared variable and at the edges of atomic sections; interp before each
  instruction that touches what another thread changes. A `.toy` program also has a main thread, which starts the
  others and may join them.
- Harmony says whether something can go wrong and shows one way. interp shows each outcome, with the fewest preemptions,
  counts the schedules where they have an end, and looks for data races.

Seconds are those on the wall and, beside them, those of the processor, which other programs on the machine disturb
less. The best of several rounds is taken for either side, because a shared machine can only make a run slower.

Harmony is an extra: `pip install harmony==1.2.4126` (it needs a C compiler) into an environment of its own, and
`--harmony PATH` where its command is not on the PATH. Without it, only our half is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import interp
from interp.bundled import find_bundled
from interp.explore.exploring import explore

QUESTIONS = Path(__file__).with_name("questions")

LARGEST_CLASSROOM_QUESTION = 5_000
"""A question of up to so many states is to be answered sooner than Harmony answers it."""

GOAL_STATES_PER_SECOND = 20_000
"""What two threads that count are to reach."""

COUNTER = """
counter = 0

def work():
    global counter
    for _ in range({size}):
        counter = counter + 1

tasks = [spawn(work), spawn(work)]
for task in tasks:
    task.join()
print(counter)
"""

WORKER_POOL = """
jobs = Queue()
answers = Queue()
for n in range({size}):
    jobs.put(n)
for _ in range(2):
    jobs.put(None)

def work():
    job = jobs.get()
    while job is not None:
        answers.put(job * job)
        job = jobs.get()

tasks = [spawn(work), spawn(work)]
for task in tasks:
    task.join()
print(sorted([answers.get() for _ in range({size})]))
"""

PHILOSOPHERS = """
forks = [Lock() for _ in range({size})]

def dine(seat):
    with forks[seat], forks[(seat + 1) % {size}]:
        pass

for seat in range({size}):
    spawn(dine, seat)
"""

PROGRAMS = {"counter": (COUNTER, (5, 15)), "worker pool": (WORKER_POOL, (3, 6)), "philosophers": (PHILOSOPHERS, (4, 5))}

TEXTS = (5, 9)
"""How often each of two threads without a program adds one."""


@dataclass(frozen=True, slots=True)
class Speed:
    """States a second of one exploration."""

    program: str
    size: int
    states: int
    seconds: float
    states_per_second: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a whole process took: seconds on the wall, seconds of the processor, and the states it says it found."""

    wall: float
    processor: float
    states: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question, answered by both; `ratio` is how many times as long Harmony took, on the wall."""

    question: str
    interp: Cost
    harmony: Cost | None
    ratio: float | None


# --- states a second


def speeds(rounds: int) -> list[Speed]:
    """Measure our half: the search alone, in this process."""
    found = []
    for size in TEXTS:
        texts = ["x = x + 1\n" * size] * 2
        found.append(speed_of("texts", size, rounds, partial(interp.explore_threads, texts, {"x": 0})))
    for name, (template, sizes) in PROGRAMS.items():
        for size in sizes:
            program = interp.compile_source(template.format(size=size), f"<{name}>")
            found.append(speed_of(name, size, rounds, partial(explore, program)))
    return found


def speed_of(name: str, size: int, rounds: int, search: Callable[[], interp.Exploration]) -> Speed:
    """Explore several times and return the figures of the quickest."""
    least = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        states = search().states
        least = min(least, time.process_time() - start)
    return Speed(name, size, states, round(least, 4), round(states / least))


# --- whole processes


def run_process(command: list[str]) -> tuple[str, float, float]:
    """Run a command to its end and return its output, its seconds on the wall and those of the processor."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, _, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = 0  # it has been waited for
        output.seek(0)
        return output.read(), wall, used.ru_utime + used.ru_stime


def ask_interp(question: str) -> Cost:
    """Have a process of interp answer a question."""
    path = QUESTIONS / f"{question}.toy"
    source = path if path.exists() else find_bundled(question)
    output, wall, processor = run_process([sys.executable, "-m", "interp", "explore", "--json", str(source)])
    return Cost(wall, processor, json.loads(output)["states"])


def ask_harmony(command: str, question: str) -> Cost:
    """Have a process of Harmony answer a question, in a folder of its own: it leaves its results beside the program."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(QUESTIONS / f"{question}.hny", folder)
        output, wall, processor = run_process([command, "--noweb", copy])
    states = re.search(r"(\d+) states \(time", output)
    if states is None:
        raise SystemExit(f"harmony said of {question}.hny:\n{output}")
    return Cost(wall, processor, int(states[1]))


def compare(question: str, harmony: str | None, rounds: int) -> Comparison:
    """Put a question to both, alternately, and return the best of either."""
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for _ in range(rounds):
        ours.append(ask_interp(question))
        if harmony is not None:
            theirs.append(ask_harmony(harmony, question))
    mine, other = best(ours), best(theirs) if theirs else None
    return Comparison(question, mine, other, None if other is None else round(other.wall / mine.wall, 2))


def best(costs: list[Cost]) -> Cost:
    """Return the least seconds of several runs of one process."""
    wall, processor = min(cost.wall for cost in costs), min(cost.processor for cost in costs)
    return Cost(round(wall, 3), round(processor, 3), costs[0].states)


def meets_the_goal(row: Comparison) -> bool:
    """Whether a question was answered as soon as it is meant to be; a large one may take longer."""
    return row.ratio is None or row.interp.states > LARGEST_CLASSROOM_QUESTION or row.ratio >= 1


def shown(row: Comparison) -> str:
    """Return a line of the table."""
    line = f"  {row.question:15} {row.interp.states:>7,} {row.interp.wall:>7.2f} s {row.interp.processor:>6.2f} s"
    if row.harmony is not None:
        line += f" │ {row.harmony.states:>7,} {row.harmony.wall:>7.2f} s {row.harmony.processor:>6.2f} s │ {row.ratio}"
    return line


def main() -> int:
    """Measure; the exit status is 1 if a question of classroom size took longer than with Harmony."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs (default 5)")
    parser.add_argument("--harmony", metavar="PATH", help="Harmony's command (default: the one on the PATH)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    harmony = shutil.which(options.harmony or "harmony")
    if options.harmony and harmony is None:
        parser.error(f"there is no command {options.harmony}")
    rows = speeds(options.rounds)
    questions = sorted(path.stem for path in QUESTIONS.glob("*.hny"))
    compared = [compare(question, harmony, options.rounds) for question in questions]
    if options.json:
        print(
            json.dumps(
                {
                    "python": platform.python_version(),
                    "goal_states_per_second": GOAL_STATES_PER_SECOND,
                    "speeds": [asdict(row) for row in rows],
                    "questions": [asdict(row) for row in compared],
                }
            )
        )
    else:
        print(f"CPython {platform.python_version()}; the best of {options.rounds}")
        print(f"states a second, the search alone (the goal for counters is {GOAL_STATES_PER_SECOND:,})")
        for row in rows:
            print(f"  {row.program:13} {row.size:>3} {row.states:>7,} states  {row.states_per_second:>7,} a second")
        print("whole processes: states, seconds on the wall, seconds of the processor")
        if harmony is None:
            print("  (harmony is not installed: only interp is measured; --help says how to get it)")
        else:
            print(f"  {'':15} {'interp':>27} │ {'Harmony':>27} │ Harmony takes so many times as long")
        for answer in compared:
            print(shown(answer))
    return 0 if all(meets_the_goal(row) for row in compared) else 1


if __name__ == "__main__":
    sys.exit(main())
