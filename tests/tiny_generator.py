"""Random programs of two or three threads with a few statements each: small enough to try every schedule.

All that threads can do to one another is in them: shared variables, a list and a dict that are changed and gone through
at once, keys that are equal but of other types, each kind of synchronisation, output, errors, sleep, waiting busily.
Deadlocks, errors and loops without an end are as welcome as anything else.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.generator import numbers_below
from tests.generator_parts.choices import Chooser

SHARED = {
    "xs": ["[]", "[0, 2]"],
    "d": ["{}", "{1: 0}"],
    "a": ["Lock()"],
    "r": ["RLock()"],
    "s": ["Semaphore(1)"],
    "c": ["Condition()"],
    "e": ["Event()"],
    "b": ["Barrier(2)"],
    "q": ["Queue(1)"],
}

PLAIN = [
    "x = 1",
    "x = 2",
    "x += 1",
    "x = x + 1",
    "print(x)",
    "x += 1",
    "print(x)",
    "y = x",
    "x = 1 // x",
    "sleep(1)",
    "assert x",
    "raise ValueError(x)",
]

ON = {
    "xs": [
        "xs.append(x)",
        "xs.append(1)",
        "print(len(xs))",
        "xs.pop()",
        "print(xs)",
        "xs[0] = x",
        "for y in xs: x = y",
        "for y in reversed(xs): print(y)",
        "for y in enumerate(xs): print(y)",
        "xs.clear()",
        "xs.extend([1, 2])",
    ],
    "d": [
        "d[0] = x",
        "d[x] = 0",
        "del d[0]",
        "print(d)",
        "print(0 in d)",
        "d[True] = x",
        "d[1.0] = d[1]",
        "d.pop(1)",
        "for y in d: print(y)",
        "for y in d.items(): print(y)",
        "for y in reversed(d): x = y",
        "for y in zip(d.values(), d): print(y)",
    ],
    "a": ["a.acquire()", "a.release()", "print(a.acquire(False))", "print(a.locked())"],
    "r": ["r.acquire()", "r.release()"],
    "s": ["s.acquire()", "s.release()"],
    "c": ["c.acquire()", "c.wait()", "c.notify()", "c.notify_all()"],
    "e": ["e.set()", "e.wait()", "e.clear()", "print(e.is_set())"],
    "b": ["b.wait()", "print(b.wait())"],
    "q": ["q.put(x)", "q.put(1)", "q.get()", "x = q.get()", "print(q.empty())", "print(q.qsize())"],
}

BLOCKS = ["if x:", "if x == 0:", "while x == 0:", "while x < 2:", "try:", "for _ in range(2):"]


class TinyProgram:
    """Writes one program."""

    def __init__(self, choose: Chooser) -> None:
        self.choose = choose
        self.shared: list[str] = []

    def program(self) -> str:
        """Return the text of a program."""
        choose = self.choose
        names = list(SHARED)
        for _ in range(choose.between(0, 2)):
            name = choose.pick(names)
            names.remove(name)
            self.shared.append(name)
        lines = ["x = 0", *(f"{name} = {choose.pick(SHARED[name])}" for name in self.shared)]
        two = choose.chance(25)
        lines += ["def f():", *self.body(2 if two else 3, " ")]
        if two and choose.chance(50):
            lines += ["def g():", *self.body(2, " "), "t = spawn(f)", "spawn(g)"]
        else:
            lines += ["t = spawn(f)"] + ["spawn(f)"] * two
        for _ in range(choose.between(0, 1 if two else 3)):
            lines += self.statement("")
        if choose.chance(30):
            lines += [choose.pick(["t.join()", "print(t.join())", "try:\n t.join()\nexcept ValueError as y:\n x = 5"])]
        if choose.chance(50):
            lines.append("print(x)")
        return "\n".join(lines) + "\n"

    def body(self, most: int, indent: str) -> list[str]:
        """Return the lines of a function."""
        choose = self.choose
        lines = [f"{indent}global x"]
        for _ in range(choose.between(1, most)):
            lines += self.statement(indent)
        if choose.chance(10):
            lines.append(f"{indent}return x")
        return lines

    def statement(self, indent: str, depth: int = 0) -> list[str]:
        """Return the lines of a statement."""
        choose = self.choose
        if depth < 2 and choose.chance(25):
            locks = [name for name in self.shared if name in "arsc"]
            head = f"with {choose.pick(locks)}:" if locks and choose.chance(60) else choose.pick(BLOCKS)
            lines = [indent + head, *self.statement(indent + " ", depth + 1)]
            if head == "try:":
                lines += [f"{indent}except {choose.pick(['Exception', 'RuntimeError', 'IndexError'])}:"]
                lines += self.statement(indent + " ", 2)
            return lines
        if self.shared and choose.chance(60):
            return [indent + choose.pick(ON[choose.pick(self.shared)])]
        return [indent + choose.pick(PLAIN)]


def tiny_program_from_seed(seed: int) -> str:
    """Return the tiny program that belongs to `seed`."""
    return TinyProgram(Chooser.seeded(seed)).program()


@st.composite
def tiny_programs(draw: st.DrawFn) -> str:
    """Make random tiny programs of two or three threads."""
    return TinyProgram(Chooser(lambda bound: draw(numbers_below(bound)) if bound > 1 else 0)).program()
