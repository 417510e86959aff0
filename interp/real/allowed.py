"""Is this ending possible? What the simulation allows under one lock, in one mode.

The answer has three words:

- **yes**, and here are the settings that show it;
- **no**: every schedule was looked at, or there is only one;
- **open**: it did not come up, and not everything was looked at.

Running cannot prove an absence, so the two halves are kept apart:

1. *Examples.* The program is run under a row of intervals, seeds and numbers of cores. Each run is one schedule that
   the lock's protocol makes possible; its ending is allowed, and its settings are the proof. The row is cut off after
   a number of steps, never after a time, so that the same program has the same examples everywhere.
2. *Exclusion.* A program that starts no task has one schedule, and so has mode `sequential`: one run is all. For
   everything else there is a search over all schedules, handed in as `search`; if it is complete, what it did not
   find is excluded.

A refutation is a claim about CPython, so the simulation must not exclude what it does not model
(docs/not_modelled.md). Then the answer stays open, with the reason:

- a program that asks for the time (`clock`) may print anything;
- a queue between processes delivers later on the real thing, and in another order across processes;
- CPython's synchronisation objects are Python code, with places inside where a thread may be switched out, where ours
  are one instruction. So a program that uses them is searched once more, with a switch point everywhere: only what
  that excludes, too, is excluded.

Read next: `confirm.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

from interp.bytecode.code import Code
from interp.real.endings import WORDS_OF, Ending, ending_of_simulated
from interp.scheduling.locks import named_lock
from interp.scheduling.result import Result
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import simulate

INTERVALS = (None, 1, 2, 3, 5, 8, 13, 30)
SEEDS = (None, 1, 2, 3)
CORES = (4, 2, 1)
STEPS_OF_EXAMPLES = 400_000
"""Steps after which no further example is run."""

SYNCHRONISATION = {"Lock", "RLock", "Semaphore", "Condition", "Event", "Barrier", "Queue"}

CLOCK = "it asks for the time, and what it prints may depend on that"
QUEUE = "a queue between processes delivers later on CPython than here (docs/not_modelled.md)"
INSIDE = (
    "a thread may be switched out inside CPython's synchronisation objects, which are one instruction here "
    "(docs/not_modelled.md)"
)
NOT_ALL = "the simulation did not show it, and not every schedule was looked at"


class FoundOutcome(Protocol):
    """An outcome that a search has found: `error` is a text or None, `witness` a line for `--schedule`."""

    @property
    def kind(self) -> str:
        """`ok`, `error`, `deadlock` or `endless`."""

    @property
    def output(self) -> str:
        """All that was printed."""

    @property
    def error(self) -> object:
        """The first uncaught exception."""

    @property
    def witness(self) -> str:
        """A schedule that ends so."""


class Exploration(Protocol):
    """What a search over all schedules has found; `complete` if that is all there is."""

    @property
    def complete(self) -> bool:
        """Whether every schedule was looked at."""

    @property
    def outcomes(self) -> Sequence[FoundOutcome]:
        """The outcomes."""


Search = Callable[[Settings], Exploration]
"""Looks at every schedule of the program under these settings, as far as a bound allows."""

Simulate = Callable[[Settings], Result]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether an ending is possible: True with the settings that show it, False, or None with the reason."""

    possible: bool | None
    settings: Settings | None = None
    reason: str = ""


class Allowed:
    """What the simulation allows a program to do under the lock and in the mode of `settings`."""

    def __init__(self, code: Code, settings: Settings, run: Simulate | None = None, search: Search | None = None):
        self.code = code
        self.settings = settings
        self.run = run or (lambda settings: simulate(code, settings))
        self.search = search
        self.examples: dict[Ending, Settings] = {}
        self.complete = False
        self.searched: dict[str | None, Exploration] = {}
        self.names = names_of(code)

    @property
    def has_one_schedule(self) -> bool:
        """Whether the mode leaves nothing to choose, whatever the program does."""
        return self.settings.mode == "sequential"

    def note(self, result: Result, settings: Settings) -> None:
        """Take a run under these settings as an example."""
        ending = ending_of_simulated(result)
        if ending.kind == "interrupted":
            raise KeyboardInterrupt
        if ending.kind != "limit":  # not an ending: it would have gone on
            self.examples.setdefault(ending, settings)
        if (self.has_one_schedule or len(result.threads) == 1) and ending.kind != "limit":
            self.complete = True

    def collect(self) -> None:
        """Run the row of examples, and look at every schedule if somebody can; does so once."""
        steps = 0
        for settings in row_of_settings(self.settings):
            if self.complete or steps >= STEPS_OF_EXAMPLES or (steps and self.has_one_schedule):
                break
            # The first one may take as long as it takes: there should be one example at least.
            most = STEPS_OF_EXAMPLES if steps else settings.max_steps
            result = self.run(settings.but(max_steps=min(settings.max_steps, most)))
            steps += result.steps
            self.note(result, settings)
        if not self.complete and not self.has_one_schedule and self.search is not None:
            exploration = self._explore(None)
            self.complete = exploration.complete
            for ending, settings in self._found(exploration, None):
                self.examples.setdefault(ending, settings)

    def answer(self, real: Ending, version: tuple[int, ...] = WORDS_OF) -> Answer:
        """Say whether an ending that was seen on CPython of a version is possible."""
        for ending, settings in self.examples.items():
            if ending.explains(real, version):
                return Answer(True, settings)
        if not self.complete:
            return Answer(None, reason=NOT_ALL)
        if "clock" in self.names:
            return Answer(None, reason=CLOCK)
        if self.settings.mode == "processes" and "Queue" in self.names:
            return Answer(None, reason=QUEUE)
        if self.settings.mode == "threads" and self.search and self.names & SYNCHRONISATION:
            exploration = self._explore("every")
            if any(ending.explains(real, version) for ending, _ in self._found(exploration, "every")):
                return Answer(None, reason=INSIDE)
            if not exploration.complete:
                return Answer(None, reason=NOT_ALL)
        return Answer(False)

    def _explore(self, rule: str | None) -> Exploration:
        assert self.search is not None
        if rule not in self.searched:
            own_rule = named_lock(self.settings.lock).switch_points
            self.searched[rule] = self.search(self.settings.but(switch_points=rule or own_rule))
        return self.searched[rule]

    def _found(self, exploration: Exploration, rule: str | None) -> Iterator[tuple[Ending, Settings]]:
        """Yield the endings that a search has found, with the settings that show each."""
        for outcome in exploration.outcomes:
            errors = (text_of(outcome.error),) if outcome.error else ()
            ending = Ending(outcome.kind, outcome.output, errors if outcome.kind == "error" else ())
            yield ending, self.settings.but(schedule=outcome.witness or None, switch_points=rule)


def text_of(error: object) -> str:
    """Return an error of a search as `Type: message`."""
    if isinstance(error, str):
        return error
    kind, message = str(getattr(error, "type", "")), str(getattr(error, "message", ""))
    return f"{kind}: {message}" if message else kind


def row_of_settings(settings: Settings) -> Iterator[Settings]:
    """Yield the settings under which examples are looked for, the plainest first."""
    has_lock = settings.lock != "free-threaded"
    several_cores = settings.mode == "processes" or not has_lock
    intervals = INTERVALS if has_lock and settings.mode == "threads" else (None,)
    seeds = SEEDS if intervals != (None,) else range(8)
    for seed, interval, cores in product((None, *seeds[1:]), intervals, CORES if several_cores else CORES[:1]):
        yield settings.but(interval=interval, seed=seed, cores=cores)


def names_of(code: Code) -> set[str]:
    """Return the global and method names that a program uses, its functions included."""
    found, todo = set(code.names), [code]
    while todo:
        one = todo.pop()
        found.update(one.names)
        todo += [constant for constant in one.constants if isinstance(constant, Code)]
    return found
