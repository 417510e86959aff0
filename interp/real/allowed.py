"""Is this ending possible? What the simulation allows under one lock, in one mode.

Running cannot prove an absence, so what is allowed is found out in two halves:

1. *Examples.* The program is run under a row of intervals, seeds and numbers of cores. Each run is one schedule that
   the lock's protocol makes possible; its ending is allowed, and its settings are the proof. The row is cut off after
   a number of steps, never after a time, so that the same program has the same examples everywhere.
2. *Exclusion.* A program that starts no task has one schedule, and so has mode `sequential`: one run is all. For
   everything else there is a search over all schedules, handed in as `search`; if it is complete, what it did not
   find is excluded.

Some things of CPython that our machine does not do can be shown to a search all the same. It is asked for them only
where an ending was seen that is not allowed without:

3. *`print` in two steps* (`print_apart.py`), where functions print in threads.
4. *A switch after each call*, where CPython has not yet specialised it; `calls-and-loops` has all as specialised.
   Whatever is found with 3 or 4 or both is allowed, with a note that says so.
5. *A switch anywhere*, for a program that uses synchronisation objects: CPython's are Python code, with places inside
   where a thread may be switched out, where ours are one instruction. This allows more than CPython does. What it
   finds is not allowed, but not excluded either.

What follows for a verdict is in `judging.py`.

Read next: `judging.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Protocol

from interp.bytecode.code import Code
from interp.machine.builtins import QUIET
from interp.machine.switch_points import switch_rule
from interp.real.endings import WORDS_OF, Ending, ending_of_simulated, simulated_ending
from interp.real.print_apart import with_print_apart
from interp.scheduling.locks import named_lock
from interp.scheduling.result import Result
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import simulate

NEVER = 10**9
INTERVALS = (None, NEVER, 1, 2, 3, 5, 8, 13, 30)
"""The lock's own, then one in which nobody asks for the lock (real threads are often over by then), then short ones."""
SEEDS = (None, 1, 2, 3)
CORES = (4, 2, 1)
STEPS_OF_EXAMPLES = 400_000
"""Steps after which no further example is run."""

SYNCHRONISATION = {"Lock", "RLock", "Semaphore", "Condition", "Event", "Barrier", "Queue"}

UNSPECIALISED, EVERYWHERE = "all-calls-and-loops", "every"
"""Rules of switch points: before anything is specialised, and the one that allows most."""

WRITES = "print lets go of the lock while it writes, as CPython's does (docs/not_modelled.md)"
COLD = "a thread is switched out after a call that CPython has not specialised yet (docs/not_modelled.md)"


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


Search = Callable[[Code, Settings], Exploration]
"""Looks at every schedule of a program under these settings, as far as a bound allows."""

Simulate = Callable[[Settings], Result]


@dataclass(frozen=True, slots=True)
class Further:
    """How an ending comes about that no run has by itself: the settings that show it, if any do, and what it takes."""

    settings: Settings | None
    note: str


class Allowed:
    """What the simulation allows a program to do under the lock and in the mode of `settings`."""

    def __init__(
        self,
        source: str,
        code: Code,
        settings: Settings,
        run: Simulate | None = None,
        search: Search | None = None,
    ) -> None:
        self.source = source
        self.code = code
        self.settings = settings
        self.run = run or (lambda settings: simulate(code, settings))
        self.search = search
        self.examples: dict[Ending, Settings] = {}
        self.complete = False
        self.searched: dict[tuple[Code, str], Exploration] = {}
        self.names = names_of(code)

    @property
    def has_one_schedule(self) -> bool:
        """Whether the mode leaves nothing to choose, whatever the program does."""
        return self.settings.mode == "sequential"

    @cached_property
    def threads_print(self) -> bool:
        """Whether threads beside the first may print: what only the outermost code prints, only thread 1 does."""
        if self.settings.mode != "threads" or not {"print", "spawn"} <= self.names:
            return False
        in_functions = any("print" in names_of(part) for part in self.code.constants if isinstance(part, Code))
        return in_functions or self._print_apart is None

    @cached_property
    def threads_call_specialised(self) -> bool:
        """Whether there are threads, and calls without a switch point under this lock because they are specialised."""
        if self.settings.mode != "threads" or "spawn" not in self.names:
            return False
        return switch_rule(self._own_rule).specialised_calls and not self.names.isdisjoint(QUIET)

    @cached_property
    def _print_apart(self) -> Code | None:
        return with_print_apart(self.source, self.code.filename)

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
            exploration = self._explored(self.code, self._own_rule)
            self.complete = exploration.complete
            for ending, witness in endings_found(exploration):
                self.examples.setdefault(ending, self.settings.but(schedule=witness or None))

    def example_of(self, real: Ending, version: tuple[int, ...] = WORDS_OF) -> Settings | None:
        """Return the settings of a simulated run that ends as was seen on CPython of a version, None if none does."""
        return next((settings for ending, settings in self.examples.items() if ending.explains(real, version)), None)

    def what_else_explains(self, real: Ending, version: tuple[int, ...] = WORDS_OF) -> Further | None:
        """Return how what was seen comes about where more can happen than in a run here, None if it does not."""
        for rule, code, note in self._further_searches():
            witness = None if code is None else self._witness(code, rule, real, version)
            if witness is not None:
                shown = self.settings.but(schedule=witness or None, switch_points=rule) if code is self.code else None
                return Further(shown, note)
        return None

    def what_else_is_open(self) -> str | None:
        """Return what such a search has not looked at in every schedule, or cannot; None if all have seen all."""
        for rule, code, note in self._further_searches():
            if code is None or not self._explored(code, rule).complete:
                return note
        return None

    def _further_searches(self) -> Iterator[tuple[str, Code | None, str]]:
        """Yield rule and program of what else can be looked at, and what that is; no program where it cannot be."""
        if self.search is None:
            return
        if self.threads_print:
            yield self._own_rule, self._print_apart, WRITES
        if self.threads_call_specialised:
            yield UNSPECIALISED, self.code, COLD
            if self.threads_print:
                yield UNSPECIALISED, self._print_apart, f"{COLD}, and {WRITES}"

    def is_explained_inside(self, real: Ending, version: tuple[int, ...] = WORDS_OF) -> bool | None:
        """Whether what was seen is possible where a switch may come anywhere; None if not all schedules were seen.

        That is asked only where it may be so on CPython: of threads that use synchronisation objects.
        """
        if self.settings.mode != "threads" or not self.names & SYNCHRONISATION or self.search is None:
            return False
        code = self._print_apart if self.threads_print else None
        if self._witness(code or self.code, EVERYWHERE, real, version) is not None:
            return True
        return False if self._explored(code or self.code, EVERYWHERE).complete else None

    def _witness(self, code: Code, rule: str, real: Ending, version: tuple[int, ...]) -> str | None:
        """Return the schedule of what a search finds that was seen, None if it finds nothing such."""
        found = endings_found(self._explored(code, rule))
        return next((witness for ending, witness in found if ending.explains(real, version)), None)

    def _explored(self, code: Code, rule: str) -> Exploration:
        """Return what a search has found; it is made once."""
        assert self.search is not None
        if (code, rule) not in self.searched:
            self.searched[code, rule] = self.search(code, self._under(rule))
        return self.searched[code, rule]

    @property
    def _own_rule(self) -> str:
        return named_lock(self.settings.lock).switch_points

    def _under(self, rule: str) -> Settings:
        return self.settings.but(switch_points=rule)


def endings_found(exploration: Exploration) -> Iterator[tuple[Ending, str]]:
    """Yield the endings that a search has found, with the schedule that shows each."""
    for outcome in exploration.outcomes:
        error = text_of(outcome.error) if outcome.error and outcome.kind == "error" else None
        yield simulated_ending(outcome.kind, outcome.output, error), outcome.witness


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
