"""Small programs whose times say what a lock does to threads.

`calibrate.py` runs them on real Pythons, beside the simulation; `tests/test_lock.py` holds the simulation to what was
measured. Times are in what `sleep` and `clock` count: microseconds on a real Python, ticks of the program in the
simulation.
"""

from __future__ import annotations

SPIN = """def spin(n):
    k = 0
    while k < n:
        k += 1
"""
"""A function that only computes."""

EIGHT_SLEEPS = """tasks = [spawn(sleep, 100_000) for _ in range(8)]
for task in tasks:
    task.join()
print(clock())
"""
"""Prints how long eight tasks take of which each sleeps for a tenth of a second."""


def two_that_compute(rounds: int) -> str:
    """Return a program with two tasks that only compute, and do so for as long as each other."""
    return f"{SPIN}tasks = [spawn(spin, {rounds}), spawn(spin, {rounds})]\nfor task in tasks:\n    task.join()\n"


def naps_beside_a_loop(length: int, times: int) -> str:
    """Return a program that sleeps again and again beside a task that computes, and prints how long a sleep took."""
    return f"""
done = []

def compute():
    k = 0
    while not done:
        k += 1

def nap(times):
    begun = clock()
    for _ in range(times):
        sleep({length})
    print((clock() - begun) // times)
    done.append(True)

spawn(compute)
nap({times})
"""
