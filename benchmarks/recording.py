"""How long it takes to record a run and to go to any of its steps: `python -m benchmarks.recording`.

Each program executes about ten million instructions. Measured is, in one process:

- the time to record against the time of an unobserved run of the same program, side by side;
- what the recording keeps: the bytes that are allocated while it lives and freed with its checkpoints (`tracemalloc`,
  in a recording of its own, as it makes everything slower);
- the times to get the moment of a random step, of the one before it (a step back), and of the next landmark of a kind.

The larger the state, the fewer checkpoints there are: the large list has a hundred thousand items, the growing program
ends with some eleven thousand lists. With ten times as much the goals are missed.

The goals: a moment takes at most 100 ms in the median, and the recording at most 64 MiB.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import random
import sys
import time
import tracemalloc
from collections.abc import Callable

import interp
from benchmarks.speed import WHILE_LOOP
from interp.traces.recording import Recording

THREADS = """
counter = 0
lock = Lock()

def add(times):
    global counter
    for n in range(times):
        if n % 100 == 0:
            with lock:
                counter = counter + n
        else:
            counter = counter + 1

tasks = [spawn(add, {size}) for _ in range(4)]
for task in tasks:
    task.join()
print(counter)
"""

PROCESSES = """
def count(first, last, results):
    total = 0
    for n in range(first, last):
        total = total + n * n % 7
        if n % 1000 == 0:
            results.put(total)
    results.put(None)

results = Queue()
tasks = [spawn(count, k * {size}, (k + 1) * {size}, results) for k in range(4)]
ended = 0
got = 0
while ended < 4:
    item = results.get()
    if item is None:
        ended = ended + 1
    else:
        got = got + 1
print(got)
"""

LARGE_LIST = """
numbers = list(range(100_000))

def work(rounds):
    total = 0
    for n in range(rounds):
        numbers[n * 7919 % 100_000] = total
        total = total + numbers[n * 31 % 100_000] % 5
    return total

print(work({size}))
"""

GROWING = """
found = []
table = {{}}

def work(rounds):
    for n in range(rounds):
        if n % 100 == 0:
            found.append("number " + str(n))
            table[n] = [n, n + 1]
    return len(found)

print(work({size}))
"""

PROGRAMS: dict[str, tuple[str, int, str]] = {
    "while loop": (WHILE_LOOP, 620_000, "threads"),
    "threads": (THREADS, 200_000, "threads"),
    "processes": (PROCESSES, 145_000, "processes"),
    "large list": (LARGE_LIST, 440_000, "threads"),
    "growing": (GROWING, 1_090_000, "threads"),
}
"""The programs: source, size, mode."""

MOST_MILLISECONDS = 100
MOST_MEBIBYTES = 64
"""The goals: of the median of jumps, and of what a recording keeps."""


def record(program: interp.Program, settings: interp.Settings) -> Recording:
    """Record a program."""
    return Recording(program.source, program.filename, program.code, settings)


def kept_mebibytes(program: interp.Program, settings: interp.Settings) -> float:
    """Return how much memory is free again when a recording's checkpoints are gone, in MiB."""
    tracemalloc.start()
    recording = record(program, settings)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    recording.checkpoints.clear()
    recording.printed.clear()
    recording.events = None
    gc.collect()
    kept = before - tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return kept / 2**20


def milliseconds(do: Callable[[], object]) -> float:
    """Return how much time of the processor something takes: others use it, too."""
    start = time.process_time()
    do()
    return 1000 * (time.process_time() - start)


def spread(times: list[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the worst of some times."""
    ordered = sorted(times)
    return {
        "median": round(ordered[len(ordered) // 2], 1),
        "95%": round(ordered[len(ordered) * 95 // 100], 1),
        "worst": round(ordered[-1], 1),
    }


def measure(name: str, jumps: int, part: float, *, sizes: bool) -> dict[str, object]:
    """Record one program and go about in it; returns the figures."""
    template, size, mode = PROGRAMS[name]
    program = interp.compile_source(template.format(size=int(size * part)), f"<{name}>")
    settings = interp.Settings(mode=mode)
    run = milliseconds(lambda: interp.run(program, settings))
    start = time.process_time()
    recording = record(program, settings)
    recorded = 1000 * (time.process_time() - start)
    draws = random.Random(1)
    numbers = [2 + int(draws.random() * (recording.steps - 2)) for _ in range(jumps)]
    times: dict[str, list[float]] = {"jump": [], "step_back": [], "step_forward": []}
    for number in numbers:
        for what, wanted in (("jump", number), ("step_back", number - 1), ("step_forward", number)):
            times[what].append(milliseconds(lambda wanted=wanted: recording.moment(wanted)))  # type: ignore[misc]
    row: dict[str, object] = {
        "program": name,
        "steps": recording.steps,
        "run_seconds": round(run / 1000, 1),
        "record_seconds": round(recorded / 1000, 1),
        "times_as_long": round(recorded / run, 2),
        "checkpoints": len(recording.checkpoints),
        **{f"{what}_ms": spread(found) for what, found in times.items()},
    }
    recording.checkpoints.clear()
    if sizes:
        row["mebibytes"] = round(kept_mebibytes(program, settings), 1)
    return row


def main() -> int:
    """Measure the programs; the exit status is 1 if one misses a goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*", help=f"which ones (all: {', '.join(PROGRAMS)})")
    parser.add_argument("--jumps", type=int, default=200, help="to how many random steps (default 200)")
    parser.add_argument("--part", type=float, default=1, help="part of the ten million instructions (default 1)")
    parser.add_argument("--no-sizes", action="store_true", help="leave out what the recordings keep")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each program")
    options = parser.parse_args()
    missed = False
    for name in options.programs or PROGRAMS:
        row = measure(name, options.jumps, options.part, sizes=not options.no_sizes)
        jumps: dict[str, float] = row["jump_ms"]  # type: ignore[assignment]
        missed |= jumps["median"] > MOST_MILLISECONDS or float(row.get("mebibytes", 0)) > MOST_MEBIBYTES  # type: ignore[arg-type]
        if options.json:
            print(json.dumps({"python": platform.python_version(), **row}), flush=True)
        else:
            show(row)
    return int(missed)


def show(row: dict[str, object]) -> None:
    """Print the figures of one program."""
    print(
        f"{row['program']}: {row['steps']:,} steps, recorded in {row['record_seconds']} s "
        f"({row['times_as_long']} × a run), {row['checkpoints']} checkpoints, {row.get('mebibytes', '?')} MiB"
    )
    for what in ("jump", "step_back", "step_forward"):
        figures: dict[str, float] = row[f"{what}_ms"]  # type: ignore[assignment]
        print(f"  {what:13} " + ", ".join(f"{word} {value} ms" for word, value in figures.items()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
