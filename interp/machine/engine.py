"""The engine: runs one thread up to a bound, by steps, or quickly where the code is warm and nobody watches.

`interpreter.step` is the meaning; `quick.py` makes the same of code that runs often. The engine begins by
steps, makes the quick form of a code object after it has executed some instructions of it, and uses that form
wherever the thread stands at the beginning of a block. Which of the two ran can be told by nothing but a
stopwatch.
"""

from __future__ import annotations

from interp.bytecode.code import Code
from interp.machine.interpreter import StepListener, may_switch, step
from interp.machine.quick import QuickCode, make_quick
from interp.machine.switch_points import SwitchRule
from interp.machine.thread import Thread

WARM = 300
"""After so many steps in a code object, its quick form is made; in a long one after more (`LONG`)."""

LONG = 10
"""Making a quick form takes as long as some hundred steps for each instruction, so code must have run for a while to be
worth it: `WARM` steps for every `LONG` instructions that it has."""


class Engine:
    """Executes threads under one rule of switch points and one table of costs (by opcode number).

    `on_step` is told of every step of the code in `watched`, of every step at all where that is None.
    """

    def __init__(
        self, rule: SwitchRule, cost_of: tuple[int, ...], on_step: StepListener | None = None, warm: int | None = None
    ) -> None:
        self.rule = rule
        self.cost_of = cost_of
        self.on_step = on_step
        self.watched: frozenset[Code] | None = None
        self.warm = WARM if warm is None else warm
        self.warmth: dict[Code, int] = {}
        self.quick: dict[Code, QuickCode] = {}

    @property
    def only_steps(self) -> bool:
        """Whether somebody watches every step, so that no code may run in its quick form."""
        return self.on_step is not None and self.watched is None

    def run(self, thread: Thread, bound: int) -> bool:
        """Execute instructions until the thread's clock has reached `bound` at a switch point, or it has to stop.

        Returns whether it stands at a switch point; it does not where it asks the world for something or is
        over. The clock must be below the bound if the rule allows a switch anywhere.
        """
        frames = thread.frames
        at_leader = False  # where a quick form has stopped, a block begins
        while True:
            frame = frames[-1]
            quick = self.quick.get(frame.code)
            if self.watched and frame.code in self.watched:
                quick = None
            if quick is not None and (at_leader or frame.pc in quick.leaders):
                stopped = quick.run(thread, frame, bound)
                at_leader = True
            else:
                stopped = self.step(thread) and self.has_to_stop(thread, bound)
                at_leader = False
                if quick is None and frame.code not in self.quick:
                    self.warm_up(frame.code)
            if thread.request is not None or not frames:
                return False
            if stopped:
                return True

    def crawl(self, thread: Thread, bound: int, count: int) -> bool:
        """Do the same by steps, at most `count` of them."""
        for _ in range(count):
            may_stop = self.step(thread)
            if thread.request is not None or not thread.frames:
                return False
            if may_stop and self.has_to_stop(thread, bound):
                return True
        return False

    def has_to_stop(self, thread: Thread, bound: int) -> bool:
        """Whether a thread at a switch point has come to the bound, or to the end of what the ticker counts."""
        return thread.clock >= bound or (self.rule.counting and thread.process.ticker < 0)

    def step(self, thread: Thread) -> bool:
        """Execute one instruction and tell who listens; returns whether it is followed by a switch point."""
        executed = step(thread, self.cost_of)
        if self.on_step is not None:
            self.on_step(executed)
        may_stop = executed.error is None and may_switch(self.rule, executed, thread)
        if may_stop and self.rule.counting and thread.request is None:
            thread.process.ticker -= 1
        return may_stop

    def warm_up(self, code: Code) -> None:
        """Count a step, and make the quick form of code that is warm now.

        The two instructions that call what is spawned, where that is no function of the program, stay as they are: no
        line is theirs, and they begin with values on the stack.
        """
        if not code.first_line:
            return
        warmth = self.warmth[code] = self.warmth.get(code, 0) + 1
        if warmth >= self.warm * max(1, len(code.instructions) // LONG) and not self.only_steps:
            key = (self.rule, self.cost_of)
            if key not in code.quick_forms:
                code.quick_forms[key] = make_quick(code, self.rule, self.cost_of)
            self.quick[code] = code.quick_forms[key]
