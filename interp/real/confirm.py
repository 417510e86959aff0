"""The same program on real CPython, beside the simulation, and a verdict for each way in which it ended.

1. *Real.* Each mode is run several times on the given Python, each run in a new process (`oracle.py`).
2. *Simulated.* Each mode is run once with the costs `realistic`, on as many cores as the real runs may use and with
   the same switch interval: that is what the speed-ups are compared with. What endings there can be is the question
   of `allowed.py`.
3. *Verdicts* (`judging.py`), one for each mode and ending:

   - `confirmed`: seen, and the simulation allows it;
   - `not seen`: the simulation allows it, and it did not come up in so many runs;
   - `refuted`: seen, and the simulation excludes it. That is a bug of ours;
   - `open`: seen, and the simulation neither showed nor excluded it, or cannot; or the real run was cut short.

Outputs that differ from mode to mode refute nothing. A program that shares a global by mistake prints something else
in processes, and the simulation does the same.

Speed-ups are ratios of medians, over the runs that came to an end by themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from interp.bytecode.code import Code
from interp.explore.exploring import explore
from interp.explore.result import Exploration
from interp.language.errors import UsageError
from interp.real.allowed import Allowed, Search
from interp.real.endings import Ending, counted, ending_of_real
from interp.real.interpreters import Interpreter
from interp.real.judging import CONFIRMED, NOT_SEEN, OPEN, REFUTED, Seen, judge_ending
from interp.real.oracle import RealResult, run_source, usable_cores
from interp.scheduling.costs import named_costs
from interp.scheduling.result import Result
from interp.scheduling.settings import MODES, Settings
from interp.scheduling.simulate import simulate

MOST_RUNS, FEWEST_RUNS = 20, 3
SECONDS_OF_A_MODE = 1.5
"""Unless a number of runs is given: so many, or as many as fit into so many seconds, but not fewer than that."""

HANGS_IN_A_ROW = 2
"""Unless a number of runs is given, a mode is not tried again after so many runs that hung."""

SECONDS_SEQUENTIAL, SECONDS_AT_LEAST, TIMES_SEQUENTIAL = 10.0, 2.0, 20
"""Unless a time limit is given: that of mode `sequential`, and of the others beside the longest sequential run."""

MOST_STATES, MOST_STEPS = {"threads": 5_000, "processes": 1_000}, 200_000
"""A search that would need more states than these, or more steps, excludes nothing: it must not take long. (A state
with several memories takes longer than one.)"""

SECONDS_A_COUNTED_INSTRUCTION = 25e-9
"""What `prelude.py` takes for the unit of `sys.setcheckinterval`."""

INTERRUPTED = "interrupted before the simulation had its say"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to confirm: None stands for what suits the program; `start` is `fork` or `spawn`."""

    runs: int | None = None
    time_limit: float | None = None
    switch_interval: float | None = None
    start: str | None = None
    cores: int | None = None
    modes: tuple[str, ...] = MODES
    max_steps: int = Settings().max_steps

    @property
    def usable_cores(self) -> int:
        """How many cores the real runs may use, and the simulated ones have."""
        return min(self.cores or usable_cores(), usable_cores())

    def settings(self, mode: str, lock: str) -> Settings:
        """Return the settings of the simulated run that stands beside the real ones."""
        interval = None
        if self.switch_interval is not None:
            costs = named_costs("realistic")
            per_second = costs.microsecond * 1e6
            if lock == "python2.7":
                per_second = 1 / SECONDS_A_COUNTED_INSTRUCTION
            interval = max(1, round(self.switch_interval * per_second))
        return Settings(
            mode, lock, interval=interval, cores=self.usable_cores, costs="realistic", max_steps=self.max_steps
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one ending in one mode.

    `count` is how often it was seen in `runs` runs; `settings` are those of a simulated run that ends so, None where no
    run does; `reason` says why a verdict is open, or what else it rests upon.
    """

    mode: str
    verdict: str
    ending: Ending
    count: int
    runs: int
    settings: Settings | None = None
    reason: str = ""


@dataclass(slots=True)
class ConfirmedMode:
    """One mode: its real runs, the simulated one beside them, and the verdicts.

    `gave_up` says why it was run less often than planned.
    """

    mode: str
    results: list[RealResult] = field(default_factory=list)
    simulated: Result | None = None
    allowed: Allowed | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    gave_up: str = ""

    @property
    def seconds(self) -> float | None:
        """The median of the times that the program took, None if it never came to an end."""
        times = [one.seconds for one in self.results if one.outcome in ("ok", "error") and one.seconds is not None]
        return median(times) if times else None

    @property
    def ticks(self) -> int | None:
        """The virtual time of the simulated run, None if it did not come to an end."""
        result = self.simulated
        return result.ticks if result is not None and result.outcome in ("ok", "error") else None


@dataclass(slots=True)
class Confirmation:
    """All that one Python and the simulation have to say about a program."""

    interpreter: Interpreter
    plan: Plan
    modes: list[ConfirmedMode] = field(default_factory=list)
    interrupted: bool = False

    @property
    def verdicts(self) -> list[Verdict]:
        """The verdicts of all modes."""
        return [verdict for mode in self.modes for verdict in mode.verdicts]

    @property
    def verdict(self) -> str:
        """The worst verdict on what was seen: refuted, else open, else confirmed."""
        said = {verdict.verdict for verdict in self.verdicts}
        return REFUTED if REFUTED in said else OPEN if OPEN in said or not said else CONFIRMED

    def real_speedup(self, mode: ConfirmedMode) -> float | None:
        """How many times as fast as sequentially the program was on CPython."""
        return ratio(self.modes[0].seconds if self._has_sequential else None, mode.seconds)

    def simulated_speedup(self, mode: ConfirmedMode) -> float | None:
        """How many times as fast as sequentially the simulated program was."""
        return ratio(self.modes[0].ticks if self._has_sequential else None, mode.ticks)

    @property
    def _has_sequential(self) -> bool:
        return bool(self.modes) and self.modes[0].mode == "sequential"

    def to_json(self, line: Callable[[Settings], str]) -> dict[str, Any]:
        """Return the object that `--json` prints; `line` makes the command that shows a simulated run again."""
        endings = {mode.mode: counted(map(ending_of_real, mode.results)) for mode in self.modes}
        return {
            "python": self.interpreter.to_json(),
            "simulated": {
                "lock": self.interpreter.lock,
                "cores": self.plan.usable_cores,
                "costs": "realistic",
                "outputs": {
                    mode.mode: [
                        ending.to_json() | {"show_again": line(settings)}
                        for ending, settings in (mode.allowed.examples.items() if mode.allowed else ())
                    ]
                    for mode in self.modes
                },
                "complete": {mode.mode: mode.allowed is not None and mode.allowed.complete for mode in self.modes},
                "ticks": {mode.mode: mode.ticks for mode in self.modes},
                "speedups": {mode.mode: rounded(self.simulated_speedup(mode)) for mode in self.modes},
            },
            "real": {
                "runs": {mode.mode: len(mode.results) for mode in self.modes},
                "outputs": {
                    mode: [ending.to_json() | {"count": count} for ending, count in found]
                    for mode, found in endings.items()
                },
                "seconds": {mode.mode: mode.seconds for mode in self.modes},
                "speedups": {mode.mode: rounded(self.real_speedup(mode)) for mode in self.modes},
            },
            "verdicts": [
                {"mode": one.mode, "verdict": one.verdict}
                | one.ending.to_json()
                | {
                    "count": one.count,
                    "runs": one.runs,
                    "show_again": line(one.settings) if one.settings else None,
                    "reason": one.reason or None,
                }
                for one in self.verdicts
            ],
            "verdict": self.verdict,
            "interrupted": self.interrupted,
        }


def ratio(first: float | None, second: float | None) -> float | None:
    """Return how many times the second goes into the first, None where one is not known."""
    return first / second if first is not None and second else None


def rounded(number: float | None) -> float | None:
    """Return a figure with as many digits as mean something."""
    return None if number is None else round(number, 4)


@dataclass(frozen=True, slots=True)
class Searched:
    """A program, or a form of it, as the explorer takes it."""

    code: Code


class Confirmer:
    """Confirms one program on several Pythons; those with the same lock share what was simulated."""

    def __init__(self, source: str, code: Code, filename: str, plan: Plan, say: Say, search: Search | None = None):
        self.source = source
        self.code = code
        self.filename = filename
        self.plan = plan
        self.say = say
        self.search = search or self._search
        self.simulated: dict[tuple[str, str], tuple[Result, Allowed]] = {}

    def confirm(self, interpreter: Interpreter) -> Confirmation:
        """Run the program on a Python and judge what is seen; Ctrl-C ends it with what is known."""
        confirmation = Confirmation(interpreter, self.plan)
        try:
            for mode in self.plan.modes:
                confirmation.modes.append(ConfirmedMode(mode))
                self._run_for_real(confirmation)
                self._simulate(interpreter, confirmation.modes[-1])
                judge(confirmation, confirmation.modes[-1])
        except KeyboardInterrupt:
            confirmation.interrupted = True
            list_what_was_seen(confirmation.modes[-1])
        return confirmation

    def _run_for_real(self, confirmation: Confirmation) -> None:
        """Run the last mode as often as planned."""
        plan, interpreter, one = self.plan, confirmation.interpreter, confirmation.modes[-1]
        limit = time_limit(confirmation)
        planned = plan.runs or MOST_RUNS
        began = time.monotonic()
        while len(one.results) < planned:
            self.say(f"{interpreter.name}, {one.mode}: run {len(one.results) + 1} of {planned}")
            result = run_source(
                self.source,
                self.filename,
                python=interpreter.path,
                mode=one.mode,
                timeout=limit,
                switch_interval=plan.switch_interval,
                start=plan.start,
                cores=plan.cores,
            )
            one.results.append(result)
            if result.outcome == "impossible":
                return
            if plan.runs is not None:
                continue
            if [last.outcome for last in one.results[-HANGS_IN_A_ROW:]] == ["timeout"] * HANGS_IN_A_ROW:
                one.gave_up = f"not run again after {HANGS_IN_A_ROW} runs without an end (--runs N insists)"
                return
            if len(one.results) >= FEWEST_RUNS and time.monotonic() - began > SECONDS_OF_A_MODE:
                return

    def _simulate(self, interpreter: Interpreter, one: ConfirmedMode) -> None:
        """Find out what the simulation says about a mode under the lock of a Python."""
        key = interpreter.lock, one.mode
        if key not in self.simulated:
            settings = self.plan.settings(*reversed(key))
            name = f"simulated, {settings.lock}, {one.mode}"
            run = self._runner(name)
            allowed = Allowed(self.source, self.code, settings.but(costs="classroom", interval=None), run, self.search)
            result = run(settings)
            allowed.collect()
            allowed.note(result, settings)
            self.simulated[key] = result, allowed
        one.simulated, one.allowed = self.simulated[key]

    def _search(self, code: Code, settings: Settings) -> Exploration:
        """Look at every schedule, as far as that does not take long."""
        how = "" if code is self.code else ", print in two steps"
        self.say(f"every schedule, {settings.mode}, switch points {settings.switch_points}{how}")
        limited = settings.but(max_steps=MOST_STEPS)
        return explore(Searched(code), limited, max_states=MOST_STATES[settings.mode], only_outcomes=True)

    def _runner(self, name: str) -> Callable[[Settings], Result]:
        def run(settings: Settings) -> Result:
            self.say(name)
            return simulate(self.code, settings, progress=lambda ticks, steps: self.say(f"{name}: {steps:,} steps"))

        return run


def time_limit(confirmation: Confirmation) -> float:
    """Return after how many seconds a run of the last mode is stopped."""
    plan, mode = confirmation.plan, confirmation.modes[-1].mode
    if plan.time_limit is not None:
        return plan.time_limit
    if mode == "sequential":
        return SECONDS_SEQUENTIAL
    sequential = [one for one in confirmation.modes if one.mode == "sequential"]
    times = [result.seconds or 0.0 for one in sequential for result in one.results if result.outcome == "ok"]
    return max(SECONDS_AT_LEAST, TIMES_SEQUENTIAL * max(times, default=0.0))


# --- verdicts -----------------------------------------------------------------------------------------------


def judge(confirmation: Confirmation, one: ConfirmedMode) -> None:
    """Give the verdicts on a mode: on what was seen first, then on what was not."""
    interpreter, allowed, runs = confirmation.interpreter, one.allowed, len(one.results)
    if allowed is None:
        return
    seen = counted(map(ending_of_real, one.results))
    for ending, count in seen:
        verdict, settings, reason = judge_ending(what_was_seen(confirmation, one, allowed, ending))
        one.verdicts.append(Verdict(one.mode, verdict, ending, count, runs, settings, reason))
    if not runs:
        return
    for ending, settings in allowed.examples.items():
        if not any(ending.explains(real, interpreter.version) for real, _ in seen):
            one.verdicts.append(Verdict(one.mode, NOT_SEEN, ending, 0, runs, settings))


def list_what_was_seen(one: ConfirmedMode) -> None:
    """Give the endings of a mode that was interrupted, without a judgement."""
    if not one.verdicts:
        for ending, count in counted(map(ending_of_real, one.results)):
            one.verdicts.append(Verdict(one.mode, OPEN, ending, count, len(one.results), None, INTERRUPTED))


def what_was_seen(confirmation: Confirmation, one: ConfirmedMode, allowed: Allowed, ending: Ending) -> Seen:
    """Return an ending with what is known besides."""
    return Seen(
        ending,
        confirmation.interpreter,
        allowed,
        beside=one.simulated.outcome if one.simulated is not None else "",
        differs_sequentially=lambda: differs_sequentially(confirmation),
    )


def differs_sequentially(confirmation: Confirmation) -> bool:
    """Whether this Python ends the program otherwise than the simulation even where nothing is concurrent."""
    sequential = next((one for one in confirmation.modes if one.mode == "sequential"), None)
    if sequential is None or sequential.allowed is None:
        return False
    endings = {ending_of_real(result) for result in sequential.results}
    seen = [Seen(ending, confirmation.interpreter, sequential.allowed) for ending in endings]
    return any(judge_ending(one)[0] == REFUTED for one in seen)


def check_plan(plan: Plan) -> None:
    """Raise `UsageError` for a plan that makes no sense here."""
    import os

    for option, value, largest in (
        ("--time-limit", plan.time_limit, 86_400.0),
        ("--switch-interval", plan.switch_interval, 3_600.0),
    ):
        if value is not None and not 1e-6 <= value <= largest:
            raise UsageError(f"{option} must be from 0.000001 to {largest:,.0f} seconds, not {value}.")
    if plan.runs is not None and not 1 <= plan.runs <= 100_000:
        raise UsageError(f"--runs must be from 1 to 100,000, not {plan.runs}.")
    if plan.start == "fork" and not hasattr(os, "fork"):
        raise UsageError("--start fork: this system cannot fork; leave it out, and processes are spawned.")
    if plan.cores is not None:
        if not hasattr(os, "sched_setaffinity"):
            raise UsageError("--cores: this system cannot limit a process to some of its cores.")
        if not 1 <= plan.cores <= usable_cores():
            raise UsageError(f"--cores must be from 1 to {usable_cores()}, the cores that are usable here.")
