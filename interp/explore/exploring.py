"""Exploring a program from beginning to end: the settings, the search, and what it has found."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Protocol

from interp.bytecode.code import Code
from interp.explore.findings import Findings
from interp.explore.result import Exploration
from interp.explore.search import Bounds, Progress, Search
from interp.explore.turn import TurnSetting
from interp.language.errors import UsageError
from interp.machine.switch_points import SwitchRule, switch_rule
from interp.scheduling.costs import named_costs
from interp.scheduling.locks import named_lock
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import python_digits

MAX_STATES = 100_000

MAX_STEPS = 1_000_000
"""A search stops after so many executed steps, a quarter of a minute about, unless it is told another number."""


class HasCode(Protocol):
    """A compiled program."""

    @property
    def code(self) -> Code:
        """Its code object."""


def explore(
    program: HasCode,
    settings: Settings | None = None,
    *,
    max_states: int = MAX_STATES,
    max_preemptions: int | None = None,
    max_steps: int | None = None,
    reduction: bool = True,
    only_outcomes: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Exploration:
    """Explore every schedule of a program.

    Without settings a switch may come after any instruction, which is what the language allows; with settings, where
    their lock has its switch points. With `reduction` off a switch is tried after each instruction there is.
    Without `max_steps` the bound is that of the settings, and `MAX_STEPS` at most.
    With `only_outcomes`, nobody counts schedules or looks for races.
    An `executor` executes turns ahead (`spread.py`); the result is the same without.
    """
    rule, preemptive = rule_of(settings)
    chosen = settings or Settings()
    if max_states < 1 or (max_preemptions or 0) < 0 or (max_steps is not None and max_steps < 1):
        raise UsageError("the bounds must be whole numbers, of states and steps at least 1, of preemptions at least 0.")
    setting = TurnSetting(
        code=program.code,
        mode=chosen.mode,
        rule=rule,
        costs=named_costs(chosen.costs),
        preemptive=preemptive,
        visible=frozenset(),
    )
    bounds = Bounds(states=max_states, preemptions=max_preemptions, steps=max_steps or min(chosen.max_steps, MAX_STEPS))
    search = Search(setting, bounds, reduction=reduction, progress=progress, executor=executor)
    with python_digits(), few_collections():
        search.run()
        return Findings(search, only_outcomes=only_outcomes).exploration()


@contextmanager
def few_collections() -> Iterator[None]:
    """Have the host look for unused values seldom.

    A search makes hundreds of thousands of tuples that all stay in use, and looking through them again and again took
    a fifth of its time (100,000 states of two counters: 5.0 s, and 4.1 s so). Young values are still looked through:
    a turn's scene refers to itself and would never go by itself.
    """
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def rule_of(settings: Settings | None) -> tuple[SwitchRule, bool]:
    """Return where a switch may come under some settings, and whether it may come anywhere but where a thread waits."""
    if settings is None:
        return switch_rule("every"), True
    policy = named_lock(settings.lock)
    if settings.mode == "processes" or not policy.excludes:
        return switch_rule("every"), True
    rule = switch_rule(settings.switch_points or policy.switch_points)
    # Under a rule without places a turn must come to an end, too, wherever a loop goes round.
    return (rule, True) if rule.after else (switch_rule("calls-and-loops"), False)
