"""Random programs with threads, and random settings to run them with.

They are not compared with CPython, where each run may end otherwise. They are for what must hold in every
run: time adds up, one holder at a time, the same run twice. Every program has finitely many instructions,
whatever the schedule: loops count, nothing waits in a loop. A deadlock is allowed, and so is an error such
as releasing a lock that is not held.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.generator import numbers_below
from tests.generator_parts.choices import Chooser

LOCKS = ("python3.13", "python3.9", "free-threaded", "cooperative")
MODES = ("threads", "processes", "sequential")
SWITCH_POINTS = (None,)
COSTS = ("classroom", "realistic")
SYNCHRONISATION = ["Lock()", "RLock()", "Semaphore(1)", "Semaphore(2)", "Condition()"]


class ConcurrentProgram:
    """Writes one program: shared things, functions that use them, tasks that run those, joins."""

    def __init__(self, choose: Chooser) -> None:
        self.choose = choose
        self.lines: list[str] = []
        self.locks: list[str] = []
        self.plain_locks: list[str] = []
        self.conditions: list[str] = []
        self.semaphores: list[str] = []
        self.queues: list[str] = []
        self.events: list[str] = []
        self.barriers: list[str] = []
        self.careless = choose.chance(25)
        """Whether deadlocks and errors are likely."""

    def program(self) -> str:
        """Return the text of a program."""
        choose = self.choose
        self.lines += ["counter = 0", "numbers = []", "table = {}"]
        self.shared_things()
        functions = [self.function(f"work{number}") for number in range(1, choose.between(1, 3) + 1)]
        self.lines.append("tasks = []")
        for number in range(choose.between(1, 4)):
            if choose.chance(40):
                self.lines.append(f"tasks.append(spawn({choose.pick(functions)}, {number}))")
            else:
                self.lines += [
                    f"for number in range({choose.between(1, 3)}):",
                    f"    tasks.append(spawn({choose.pick(functions)}, number))",
                ]
            if choose.chance(30):
                self.lines += self.action("", 0)
        for event in self.events:
            if not (self.careless and choose.chance(30)):
                self.lines.append(f"{event}.set()")
        if not choose.chance(10):
            if choose.chance(30):
                self.lines += [
                    "try:",
                    "    print([task.join() for task in tasks])",
                    "except RuntimeError as e:",
                    "    print(repr(e))",
                ]
            else:
                self.lines += ["for task in tasks:", "    print(task.join())"]
        self.lines.append('print("end", counter, len(numbers), len(table))')
        return "\n".join(self.lines) + "\n"

    def shared_things(self) -> None:
        """Make locks, queues and so on, each a global variable."""
        choose = self.choose
        for number in range(1, choose.between(0, 3) + 1):
            made = choose.pick(SYNCHRONISATION)
            name = f"lock{number}"
            self.lines.append(f"{name} = {made}")
            self.locks.append(name)
            if made.startswith("Condition"):
                self.conditions.append(name)
            elif made.startswith("Semaphore"):
                self.semaphores.append(name)
            elif made == "Lock()":
                self.plain_locks.append(name)
        for number in range(1, choose.between(0, 2) + 1):
            size = choose.pick(["", "", "1", "2", "0"])
            self.lines.append(f"queue{number} = Queue({size})")
            self.queues.append(f"queue{number}")
            # Items put first, so that most gets find one.
            if size in ("", "0"):
                self.lines += [
                    f"for number in range({choose.between(4, 30)}):",
                    f"    queue{number}.put(number)",
                ]
        if choose.chance(30):
            self.lines.append("event1 = Event()")
            self.events.append("event1")
        if choose.chance(15):
            self.lines.append(f"barrier1 = Barrier({choose.between(1, 3)})")
            self.barriers.append("barrier1")

    def function(self, name: str) -> str:
        """Write a function for tasks to run, and return its name."""
        choose = self.choose
        helper = choose.chance(30)
        if helper:
            self.lines += [f"def help_{name}(x):", f"    return x + {choose.between(1, 3)}"]
        self.lines += [f"def {name}(number):", "    global counter"]
        if choose.chance(20):
            self.lines.append("    local = [number]")
        for _ in range(choose.between(1, 3)):
            if choose.chance(50):
                self.lines.append(f"    for step in range({choose.between(1, 6)}):")
                for _ in range(choose.between(1, 2)):
                    self.lines += self.action("        ", 0)
            else:
                self.lines += self.action("    ", 0)
        if helper:
            self.lines.append(f"    counter = help_{name}(counter)")
        if choose.chance(8):
            self.lines += [
                f"    if number == {choose.between(0, 3)}:",
                '        raise ValueError("number", number)',
            ]
        self.lines.append(
            "    return "
            + choose.pick(
                ["number", "number * 2", "counter", "[number, counter]", "current()", "None", "clock() >= 0"]
            )
        )
        return name

    def action(self, indent: str, depth: int) -> list[str]:
        """Return the lines of one action; inside a lock it may take another."""
        choose = self.choose
        options: list[tuple[int, str]] = [
            (6, "count"),
            (3, "append"),
            (3, "sleep"),
            (2, "print"),
            (2, "compute"),
            (2, "table"),
        ]
        if self.locks and depth < 2:
            options += [(8, "with"), (2, "acquire"), (1, "try lock")]
        if self.queues:
            options += [(4, "put"), (3, "get")]
        if self.events:
            options += [(1, "event")]
        if self.barriers and self.careless:
            options += [(1, "barrier")]
        if self.conditions and depth == 0:
            options += [(2, "condition")]
        if self.semaphores:
            options += [(1, "release semaphore")]
        if depth == 0 and not indent:
            options = [(1, "sleep"), (1, "compute"), (1, "print")]
        what = choose.weighted(options)
        return [indent + line for line in self.lines_of(what, depth, inside=bool(indent))]

    def lines_of(self, what: str, depth: int, inside: bool) -> list[str]:
        """Return the lines of the action called `what`."""
        choose = self.choose
        value = "number" if inside else "1"
        if what == "count":
            return choose.pick(
                [
                    ["counter += 1"],
                    ["counter = counter + 1"],
                    ["seen = counter", "seen = seen + 1", "counter = seen"],
                ]
            )
        if what in ("append", "sleep", "print", "table"):
            return {
                "append": [f"numbers.append({value})"],
                "sleep": [f"sleep({choose.pick([1, 0, 5, 20, 100, 300])})"],
                "print": [choose.pick([f"print({value}, current())", f'print("at", {value})'])],
                "table": [f"table[{value}] = table.get({value}, 0) + 1"],
            }[what]
        if what == "compute":
            return [f"total = sum([k * k for k in range({choose.between(1, 12)})])"]
        if what in ("with", "acquire", "try lock"):
            lock = choose.pick(self.locks)
            within = self.action("    ", depth + 1)
            if what == "with":
                both = f"{lock}, {choose.pick(self.locks)}" if self.careless and choose.chance(20) else lock
                return [f"with {both}:", *within]
            if what == "try lock":
                return [f"if {lock}.acquire(False):", *within, f"    {lock}.release()"]
            if self.careless and choose.chance(30):
                return choose.pick(
                    [
                        [f"{lock}.acquire()"],
                        ["try:", f"    {lock}.release()", "except RuntimeError as e:", "    print(e)"],
                    ]
                )
            return [f"{lock}.acquire()", "try:", *within, "finally:", f"    {lock}.release()"]
        if what in ("put", "get"):
            queue = choose.pick(self.queues)
            return (
                [f"{queue}.put({value})"]
                if what == "put"
                else choose.pick(
                    [
                        [f"print({queue}.get())"],
                        [f"if not {queue}.empty():", f"    numbers.append({queue}.get())"],
                    ]
                )
            )
        if what == "condition":
            condition = choose.pick(self.conditions)
            wake = choose.pick(["notify()", "notify(2)", "notify_all()"])
            if self.careless and choose.chance(40):
                return [f"with {condition}:", f"    {condition}.wait()"]
            return [f"with {condition}:", f"    {condition}.{wake}"]
        if what == "release semaphore":
            return [f"{choose.pick(self.semaphores)}.release()"]
        if what == "event":
            event = choose.pick(self.events)
            return choose.pick(
                [[f"{event}.set()"], [f"{event}.wait()"], [f"print({event}.is_set())"], [f"{event}.clear()"]]
            )
        assert what == "barrier", what
        return [f"print({choose.pick(self.barriers)}.wait() >= 0)"]


def concurrent_program_from_seed(seed: int) -> str:
    """Return the concurrent program that belongs to `seed`."""
    return ConcurrentProgram(Chooser.seeded(seed)).program()


@st.composite
def concurrent_programs(draw: st.DrawFn) -> str:
    """Make random small multi-threaded Toy programs; some end in a deadlock or an error, none runs on."""
    return ConcurrentProgram(Chooser(lambda bound: draw(numbers_below(bound)) if bound > 1 else 0)).program()


def settings(
    locks: Sequence[str] = LOCKS,
    modes: Sequence[str] = MODES,
    costs: Sequence[str] = COSTS,
    switch_points: Sequence[str | None] = SWITCH_POINTS,
) -> st.SearchStrategy[dict[str, Any]]:
    """Make keyword arguments of `interp.Settings`; the first value of each list is the plain one."""
    return st.fixed_dictionaries(
        {
            "mode": st.sampled_from(modes),
            "lock": st.sampled_from(locks),
            "interval": st.integers(1, 50),
            "cores": st.integers(1, 5),
            "seed": st.none() | st.integers(0, 1000),
            "costs": st.sampled_from(costs),
            "switch_points": st.sampled_from(switch_points),
        }
    )
