"""How does the switch interval decide how many updates are lost?

    python examples/lost_updates.py

Two threads add 1 to a counter 100 times each, by way of a function call between reading and writing. Whoever
loses the global lock in between writes an old number back. The right answer is 200.
"""

from __future__ import annotations

import interp

SOURCE = """\
counter = 0

def one():
    return 1

def work():
    global counter
    for _ in range(100):
        counter = counter + one()

tasks = [spawn(work), spawn(work)]
for task in tasks:
    task.join()
print(counter)
"""


def main() -> None:
    """Print the counter's end for several intervals."""
    program = interp.compile_source(SOURCE, "counter.toy")
    for interval in (3, 5, 10, 30, 100, 300, 1_000, 10_000):
        result = interp.run(program, interp.Settings(interval=interval), check=True)
        counted = int(result.output)
        print(f"interval {interval:>6,}: {200 - counted:>3} updates lost, {result.switches:>3} switches")


if __name__ == "__main__":
    main()
