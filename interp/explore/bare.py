"""Threads without a program around them: the setting of the textbooks.

"Two threads execute `x = x + 1`; in how many ways, and what can x be?" There is no main thread that starts them and no
function that they return from: each executes one text, all share one memory, and a switch is possible after every
instruction of the text. Counted like this, `x = x + 1` has four instructions, two threads have 70 schedules and 32
states:

    >>> found = explore_threads(["x = x + 1"] * 2, {"x": 0})
    >>> found.schedules, found.states, [outcome.output for outcome in found.outcomes]
    (70, 32, ['x = 2\\n', 'x = 1\\n'])

Beginning and end of a text (`RESUME`, and returning `None`) belong to no statement, and no switch is counted there.
Nothing is left out of the search (`reduction` is off), so the figures are those that anybody can count by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from interp.bytecode.code import Code
from interp.bytecode.compiler import compile_program
from interp.explore.exploring import MAX_STATES, few_collections
from interp.explore.findings import End, Findings
from interp.explore.result import Exploration, Outcome
from interp.explore.scene import Scene
from interp.explore.search import Bounds, Search
from interp.explore.states import THREADS, State
from interp.explore.turn import TurnSetting
from interp.explore.witness import schedule_of
from interp.language.parser import parse
from interp.machine.state import Frame
from interp.machine.switch_points import switch_rule
from interp.machine.thread import Thread
from interp.scheduling.costs import named_costs
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import python_digits

FILENAME = "<thread>"

LENGTH_OF_END = 2
"""The instructions that return `None` at the end of a text."""


class BareSearch(Search):
    """A search that begins with several threads."""

    codes: Sequence[Code]
    memory: Mapping[str, Any]

    def start(self) -> State:
        """Return the state in which every thread stands before its first statement."""
        scene = Scene(self.transitions.store, ())
        scene.counts[THREADS] = len(self.codes)
        process = scene.process(1)
        for name, value in self.memory.items():
            process.globals[name] = value
        for number, code in enumerate(self.codes, 1):
            thread = Thread(scene.machine, process, number, f"thread-{number}", 0)
            frame = Frame(code, list(code.unbound), process)
            frame.pc = 1
            thread.frames.append(frame)
            scene.add_thread(thread)
        return self.transitions.state_of(scene)


class BareFindings(Findings):
    """Findings without a program: an outcome is what the memory holds in the end."""

    search: BareSearch

    def end_of(self, state: State) -> End:
        """Return what the memory holds in the end."""
        scene = Scene(self.transitions.store, state)
        end = super().end_of(state)
        values = scene.process(1).globals.all()  # type: ignore[attr-defined]
        shown = "".join(f"{name} = {value!r}\n" for name, value in values.items() if name in self.search.memory)
        return end._replace(output=end.output + shown)

    def outcome(self, end: End, node: tuple[int, int]) -> Outcome:
        """Return an outcome; its schedule counts the instructions of the texts."""
        path, _ = self.path_to(node)
        preemptions, switches = self.graph.costs[node]
        witness = schedule_of(path, lambda position, thread: False, ())
        return Outcome(end.kind, end.output, None, preemptions, switches, None, witness)

    def unreached(self) -> tuple[int, ...]:
        """Return no lines: the texts have none in common."""
        return ()


def explore_threads(texts: Sequence[str], memory: Mapping[str, Any], *, max_states: int = MAX_STATES) -> Exploration:
    """Explore threads that each execute a text, in a memory that they share."""
    codes = [compile_program(parse(text, FILENAME), text, FILENAME) for text in texts]
    settings = Settings()
    setting = TurnSetting(
        code=codes[0],
        mode="threads",
        rule=switch_rule("every"),
        costs=named_costs(settings.costs),
        preemptive=True,
        visible=None,
        skips=LENGTH_OF_END,
    )
    search = BareSearch(setting, Bounds(max_states, None, settings.max_steps), reduction=False)
    search.codes, search.memory = codes, memory
    with python_digits(), few_collections():
        search.run()
        return BareFindings(search).exploration()
