"""Where did the time of each thread go? A run's trace, saved, loaded and asked.

    python examples/who_waited.py [PROGRAM]

Without an argument, a program that comes with interp is taken: threads that share downloads and work.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import interp
from interp.bundled import find_bundled


def main(arguments: list[str]) -> None:
    """Print a bar for each thread of a run."""
    path = Path(arguments[0]) if arguments else find_bundled("mixed_work")
    if path is None:
        sys.exit("The program mixed_work, which comes with interp, was not found.")
    try:
        trace = interp.record(interp.read_program(path))
    except interp.InterpError as error:
        sys.exit(str(error))
    with tempfile.TemporaryDirectory() as folder:
        interp.save_trace(trace, Path(folder) / "run.trace")
        trace = interp.load_trace(Path(folder) / "run.trace")
    print(f"{path.name}: {trace.ticks:,} ticks, {len(trace.events):,} events")
    for thread in trace.result.threads:
        print(f"{thread.name:<18} {bar(thread)}")
    print("r running   w waits for the lock   b blocked   s sleeps   . ready for a core")


def bar(thread: interp.ThreadTimes, width: int = 50) -> str:
    """Return a thread's life as a bar in which each letter stands for an equal share of it."""
    parts = {
        "r": thread.running,
        "w": thread.lock_wait,
        "b": thread.blocked,
        "s": thread.sleeping,
        ".": thread.ready,
    }
    life = max(1, thread.end - thread.start)
    return "".join(letter * round(width * ticks / life) for letter, ticks in parts.items())


if __name__ == "__main__":
    main(sys.argv[1:])
