"""When had two threads read the same value of a counter for the first time?

    python examples/same_value_read.py [FILE.toy] [VARIABLE]

That is the moment from which an update is bound to be lost: both are going to write the same number. A recording of
the run is searched for it, and the moment shows what each of the two has on its stack. Without a file, an example.
"""

from __future__ import annotations

import sys

import interp

SOURCE = """\
counter = 0

def one():
    return 1

def add(times):
    global counter
    for _ in range(times):
        counter = counter + one()

tasks = [spawn(add, 20), spawn(add, 20)]
for task in tasks:
    task.join()
print(counter)
"""


def same_value_read(recording: interp.Recording, name: str) -> tuple[int, int, int] | None:
    """Return the first moment at which two threads had read the same value of a variable, and the two threads.

    A value that somebody has written since does not count any more: whoever reads now, reads another one.
    """
    readers: list[int] = []
    for number in range(1, recording.steps + 1):
        step = recording.moment(number).executed
        if step is None:
            continue
        if step.instruction in (f"LOAD_GLOBAL {name}", f"LOAD_NAME {name}"):
            others = [reader for reader in readers if reader != step.thread]
            if others:
                return number, others[0], step.thread
            readers.append(step.thread)
        elif step.instruction in (f"STORE_GLOBAL {name}", f"STORE_NAME {name}"):
            readers.clear()
    return None


def main() -> None:
    """Find the moment, and show it."""
    if len(sys.argv) > 1:
        program = interp.read_program(sys.argv[1])
    else:
        program = interp.compile_source(SOURCE, "counter.toy")
    name = sys.argv[2] if len(sys.argv) > 2 else "counter"
    recording = interp.recording(program, interp.Settings(interval=10))
    found = same_value_read(recording, name)
    if found is None:
        print(f"no two threads have ever read the same value of {name}")
        return
    number, first, second = found
    moment = recording.moment(number)
    when = f"step {number} of {recording.steps}, tick {moment.tick}"
    print(f"{when}: thread {second} has read what thread {first} had read")
    for thread in (moment.thread(first), moment.thread(second)):
        frame = thread.frames[0]
        stack = " ".join(value.text for value in frame.stack)
        print(f"  {thread.name}: line {frame.line}, {thread.state}, stack: {stack}")
    end = recording.moment(recording.steps).output.strip()
    print(f"schedule: {recording.schedule_to(number)}")
    print(f"the program printed {end}")


if __name__ == "__main__":
    main()
