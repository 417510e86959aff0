"""Measure anew what the `realistic` costs say, and hold what they predict against the real thing.

    python -m benchmarks.calibrate                       with this Python
    python -m benchmarks.calibrate --python python2.7    and what others do, each beside the lock that models it

The first table measures the costs one by one, on the Python that runs this file: each in microseconds, beside the one
of the table that is shipped (`interp/scheduling/costs.py`), where a tick is 5 ns. The second runs a few programs on
real Pythons and in the simulation, and shows both. Nothing here passes or fails: machines differ, and these figures
move with whatever else a machine is doing. Every measurement is the best of several.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

import interp
from benchmarks.timed_programs import EIGHT_SLEEPS, naps_beside_a_loop, two_that_compute
from interp.real.interpreters import find_interpreters, this_interpreter
from interp.real.oracle import run_source, usable_cores
from interp.scheduling.costs import COSTS

REALISTIC = COSTS["realistic"]
TICKS_A_MICROSECOND = REALISTIC.microsecond
TRIES = 5

LOOPS = {
    "a loop that adds": "k = 0\ntotal = 0\nwhile k < {n}:\n    k += 1\n    total += k * k % 7\n",
    "a function that loops": "def f(n):\n    k = 0\n    while k < n:\n        k += 1\nf({n})\n",
    "calls": "def one(x):\n    return x + 1\ndef f(n):\n    k = 0\n    while k < n:\n        k = one(k)\nf({n})\n",
    "recursion": "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib({n} // 10000)\n",
    "a list": "xs = []\nfor n in range({n}):\n    xs.append(n % 7)\n    xs[n] = xs[n] + 1\n",
}


# --- the costs, one by one, in microseconds ----------------------------------------------------------------------


def best(measure: Callable[[], float]) -> float:
    """Return the smallest of several measurements."""
    return min(measure() for _ in range(TRIES))


def seconds_of(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def instruction(source: str, rounds: int) -> float:
    """Return what an instruction of a program costs on this Python: what more rounds take longer, by the steps."""

    def cost(n: int) -> tuple[float, int]:
        text = source.format(n=n)
        steps = interp.run(interp.compile_source(text), interp.Settings(mode="sequential")).steps
        code = compile(text, "<loop>", "exec")
        return best(lambda: seconds_of(lambda: exec(code, {}))), steps

    (short, few), (long, many) = cost(rounds // 4), cost(rounds)
    return (long - short) / (many - few) * 1e6


def start_and_join(make: Callable[[], Any], count: int) -> float:
    """Return what it takes to start something and wait for its end."""

    def run_all() -> None:
        for _ in range(count):
            task = make()
            task.start()
            task.join()

    return best(lambda: seconds_of(run_all)) / count * 1e6


def through_queue(items: Any, item: object, count: int) -> float:
    """Return what it takes to put an item in and get it out again, by one thread."""

    def move_all() -> None:
        for _ in range(count):
            items.put(item)
            items.get()

    return best(lambda: seconds_of(move_all)) / count * 1e6


def through_process_queue(item: object, count: int) -> float:
    """Return what an item costs that another process puts into a queue, once things are running."""
    forking = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")

    def receive() -> float:
        items = forking.Queue()
        sender = forking.Process(target=put_all, args=(items, item, count))
        sender.start()
        items.get()
        passed = seconds_of(lambda: [items.get() for _ in range(count - 1)])
        sender.join()
        return passed

    return best(receive) / (count - 1) * 1e6


def put_all(items: Any, item: object, count: int) -> None:
    """Put an item into a queue again and again."""
    for _ in range(count):
        items.put(item)


def hop(count: int) -> float:
    """Return the latency from a signal until the signalled thread goes on: half a round trip between two."""
    there, back = threading.Semaphore(0), threading.Semaphore(0)

    def answer() -> None:
        for _ in range(count):
            there.acquire()
            back.release()

    def ask() -> None:
        thread = threading.Thread(target=answer)
        thread.start()
        for _ in range(count):
            there.release()
            back.acquire()
        thread.join()

    return best(lambda: seconds_of(ask)) / count / 2 * 1e6


def measured_costs() -> Iterator[tuple[str, float, float]]:
    """Yield what costs what: a name, the microseconds measured here, those of the shipped table."""

    def shipped(ticks: float) -> float:
        return ticks / TICKS_A_MICROSECOND

    for name, source in LOOPS.items():
        yield f"an instruction of {name}", instruction(source, 200_000), shipped(1)
    yield "wake-up latency", hop(2_000), shipped(REALISTIC.wake_up)
    overslept = best(lambda: seconds_of(lambda: [time.sleep(0.001) for _ in range(50)])) / 50 * 1e6 - 1_000
    yield "a sleep lasts longer by", overslept, shipped(REALISTIC.oversleep)
    yield "thread start and join", start_and_join(lambda: threading.Thread(target=int), 200), shipped(
        REALISTIC.thread_start
    )
    yield "process start and join", start_and_join(lambda: multiprocessing.Process(target=int), 20), shipped(
        REALISTIC.process_start
    )
    yield "through a thread queue", through_queue(queue.Queue(), 7, 5_000), shipped(2 * REALISTIC.queue)
    for words, item, size, count in (
        ("an int", 7, 1, 500),
        ("1,000 ints", list(range(1_000)), 1_001, 300),
        ("100,000 ints", list(range(100_000)), 100_001, 10),
    ):
        name = f"through a process queue, {words}"
        yield name, through_process_queue(item, count), shipped(2 * REALISTIC.copying(size))


# --- what the costs predict --------------------------------------------------------------------------------------


def simulated(source: str, **settings: Any) -> interp.Result:
    """Run a program in the simulation, with realistic costs."""
    chosen = interp.Settings(costs="realistic", max_steps=10**9, **settings)
    return interp.run(interp.compile_source(source), chosen, check=True)


def predictions(python: str, lock: str, cores: int) -> Iterator[tuple[str, float, float]]:
    """Yield what can be predicted of a Python: a name, what it does here, and what the simulation says."""

    def real_seconds(source: str, **chosen: Any) -> float:
        runs = [run_source(source, python=python, timeout=60, **chosen) for _ in range(TRIES)]
        return min(run.seconds for run in runs if run.seconds is not None)

    rounds = 3_000_000
    source = two_that_compute(rounds)
    # A lock that counts is slow to simulate, and threads without a lock are more so.
    few = two_that_compute(rounds // 10)
    ways = [("threads", cores), ("threads", 1), ("processes", cores)] if cores > 1 else [("threads", 1)]
    for mode, count in ways:
        real = real_seconds(source, mode="sequential", cores=count) / real_seconds(source, mode=mode, cores=count)
        ours_runs = source if mode == "processes" or lock.startswith("python3") else few
        if lock == "free-threaded" and mode == "threads":
            ours_runs = two_that_compute(50_000)
        alone = simulated(ours_runs, mode="sequential").ticks
        ours = alone / simulated(ours_runs, mode=mode, lock=lock, cores=count).ticks
        yield f"speed-up of two {mode}, {count} core{'s' * (count > 1)}", real, ours
    for milliseconds in (1, 5, 50) if lock.startswith("python3") else (None,):
        interval = None if milliseconds is None else milliseconds / 1_000
        naps = naps_beside_a_loop(1_000, 5 if interval == 0.05 else 20)
        chosen: dict[str, Any] = {"switch_interval": interval, "cores": cores, "timeout": 60}
        outputs = [run_source(naps, python=python, **chosen).output for _ in range(TRIES)]
        real = sorted(map(int, outputs))[TRIES // 2] / 1_000
        ticks = None if milliseconds is None else milliseconds * 1_000 * TICKS_A_MICROSECOND
        ours = int(simulated(naps, lock=lock, interval=ticks, cores=cores).output) / 1_000
        beside = "" if milliseconds is None else f", interval {milliseconds} ms"
        yield f"ms for sleep(1 ms) beside a loop{beside}", real, ours
    for mode in ("sequential", "threads"):
        real = min(int(run_source(EIGHT_SLEEPS, python=python, mode=mode, timeout=60).output) for _ in range(2)) / 1e6
        yield f"s for eight sleep(0.1 s), {mode}", real, int(simulated(EIGHT_SLEEPS, lock=lock, mode=mode).output) / 1e6


def show(title: str, columns: tuple[str, str], rows: Iterator[tuple[str, float, float]]) -> None:
    """Print a table of figures and their ratios."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in (*columns, "ratio"):
        table.add_column(name, justify="right")
    for name, first, second in rows:
        table.add_row(name, f"{first:,.3g}", f"{second:,.3g}", f"{first / second:.2f}")
    Console().print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the realistic costs anew.")
    parser.add_argument("--python", action="append", default=[], help="another Python to predict (repeatable)")
    interpreters = [this_interpreter(), *find_interpreters(parser.parse_args().python)]
    cores = min(2, usable_cores())
    version = ".".join(map(str, sys.version_info[:3]))
    show(f"Costs in µs, CPython {version}", ("measured here", "shipped"), measured_costs())
    for one in interpreters:
        show(f"{one.name} and --lock {one.lock}", ("real", "simulated"), predictions(one.path, one.lock, cores))


if __name__ == "__main__":
    main()
