"""How much faster do four threads get under each policy of the global lock?

    python examples/compare_locks.py

The program of the question is below; change it, and see what happens to the figures.
"""

from __future__ import annotations

import interp

SOURCE = """\
def work(steps):
    i = 0
    while i < steps:
        i = i + 1

tasks = [spawn(work, 2000) for _ in range(4)]
for task in tasks:
    task.join()
"""


def main() -> None:
    """Print a line for each policy."""
    program = interp.compile_source(SOURCE, "four_workers.toy")
    alone = interp.run(program, interp.Settings(mode="sequential"))
    print(f"{'sequential':<14} {alone.ticks:>7,} ticks")
    for lock in interp.LOCKS:
        result = interp.run(program, interp.Settings(lock=lock), check=True)
        print(f"{lock:<14} {result.ticks:>7,} ticks  {alone.ticks / result.ticks:.2f} times as fast")


if __name__ == "__main__":
    main()
