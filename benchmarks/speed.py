"""How much slower a program runs here than on CPython itself: `python -m benchmarks.speed`.

The same source is executed by CPython (`exec`) and by an unobserved run of interp, alternately, and the ratio
of the best times is printed. Absolute times on shared machines prove nothing; the ratio of two times taken
side by side says something. Peers, from the literature and own measurements (ratios to native on the same
three): byterun 785 / 664 / 854, x-python 609 / 1798 / 973, PyX 548 / 648 / 828, a hand-written loop in pure
Python with a clock 26–37 / 43–56 / 41–54.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time

import interp

WHILE_LOOP = """
def work(n):
    i = 0
    total = 0
    while i < n:
        total = total + i * 3 % 7
        i = i + 1
    return total

print(work({size}))
"""

FIBONACCI = """
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)

print(fib({size}))
"""

SIEVE = """
def sieve(n):
    prime = [True] * (n + 1)
    i = 2
    while i * i <= n:
        if prime[i]:
            j = i * i
            while j <= n:
                prime[j] = False
                j = j + i
        i = i + 1
    count = 0
    for p in range(2, n + 1):
        if prime[p]:
            count = count + 1
    return count

print(sieve({size}))
"""

PROGRAMS = {"while loop": (WHILE_LOOP, 150_000), "fib": (FIBONACCI, 20), "sieve": (SIEVE, 60_000)}

GOAL = 60
"""An unobserved run is to take at most so many times as long as CPython."""


def native_seconds(source: str) -> float:
    """Execute a program on the host and return the seconds it took, compiling left out."""
    code = compile(source, "<native>", "exec")
    scope = {"print": lambda *values: None}
    start = time.process_time()
    exec(code, scope)
    return time.process_time() - start


def interp_seconds(program: interp.Program) -> tuple[float, int]:
    """Run a program here and return the seconds it took and its instructions."""
    start = time.process_time()
    result = interp.run(program)
    return time.process_time() - start, result.steps


def measure(name: str, rounds: int) -> dict[str, float | str]:
    """Run one program both ways, alternately, and return the figures of the best rounds."""
    template, size = PROGRAMS[name]
    source = template.format(size=size)
    program = interp.compile_source(source, f"<{name}>")
    native, ours, steps = [], [], 0
    for _ in range(rounds):
        native.append(min(native_seconds(source) for _ in range(5)))
        seconds, steps = interp_seconds(program)
        ours.append(seconds)
    return {
        "program": name,
        "ratio": round(min(ours) / min(native), 1),
        "native_seconds": round(min(native), 5),
        "interp_seconds": round(min(ours), 4),
        "million_instructions_per_second": round(steps / min(ours) / 1e6, 2),
    }


def main() -> int:
    """Measure all programs; the exit status is 1 if one misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each program runs (default 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    rows = [measure(name, options.rounds) for name in PROGRAMS]
    if options.json:
        print(json.dumps({"python": platform.python_version(), "goal": GOAL, "programs": rows}))
    else:
        print(f"CPython {platform.python_version()}; the goal is a ratio of at most {GOAL}")
        for row in rows:
            print(
                f"  {row['program']:12} {row['ratio']:>6} × native "
                f"({row['million_instructions_per_second']} million instructions a second)"
            )
    return 0 if all(float(row["ratio"]) <= GOAL for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
