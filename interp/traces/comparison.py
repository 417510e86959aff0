"""Several runs side by side: their figures, where their schedules part, and why their outputs differ.

The same program in other modes, under other locks, with other intervals: what changed? The figures say how
much, the first difference says where it began, and one sentence a run says what limited it.

Two schedules are compared by the only thing they have in common, the virtual clock: at each tick, which
threads run? The first tick at which the answers differ is the first scheduling difference. Read next:
`limits.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from interp.language.errors import UsageError
from interp.scheduling.settings import NO_BOUND, ONLY_SIMULATED, Settings
from interp.traces.lanes import RUNNING
from interp.traces.limits import held_share, limiting_factor, most_held_lock
from interp.traces.trace import Trace


@dataclass(frozen=True)
class ComparedRun:
    """One of several runs: its figures, in ticks and shares from 0 to 1.

    `reference` is the number of the run whose output it is compared with: the first one of the same program. `speedup`
    is the ticks of the first one of the same program *in the same unit of time* by this one's, None unless both ended
    well; ticks of the simulation and microseconds have no ratio. `lock_wait`, `blocked` and
    `sleeping` are sums over all threads; `lock_held` is the share of the run in which the most wanted global
    lock was held.
    """

    number: int
    name: str
    trace: Trace
    reference: int
    speedup: float | None
    lock_wait: int
    blocked: int
    sleeping: int
    ready: int
    lock_held: float
    limited_by: str

    @property
    def ticks(self) -> int:
        """The time of the whole run: virtual, or in microseconds (`unit`)."""
        return self.trace.ticks

    @property
    def unit(self) -> str:
        """What its ticks are."""
        return self.trace.settings.unit

    def to_json(self) -> dict[str, Any]:
        """Return the run object of `--json`, with what the comparison adds."""
        return self.trace.result.to_json() | {
            "file": self.trace.filename,
            "name": self.name,
            "speedup": None if self.speedup is None else round(self.speedup, 4),
            "lock_wait": self.lock_wait,
            "blocked": self.blocked,
            "sleeping": self.sleeping,
            "ready": self.ready,
            "lock_held": round(self.lock_held, 4),
            "limited_by": self.limited_by,
        }


@dataclass(frozen=True)
class Comparison:
    """What comparing came to; a difference is None where there is none."""

    runs: tuple[ComparedRun, ...]
    first_difference: str | None
    output_difference: str | None

    @property
    def differs(self) -> bool:
        """Whether any run differs from the first in its schedule, its output or how it ended."""
        first = self.runs[0].trace.result
        return bool(self.first_difference or self.output_difference) or any(
            (run.trace.result.outcome, run.trace.result.error, run.trace.result.output)
            != (first.outcome, first.error, first.output)
            for run in self.runs
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object that `compare --json` prints."""
        return {
            "runs": [run.to_json() for run in self.runs],
            "first_difference": self.first_difference,
            "output_difference": self.output_difference,
        }


def compare_traces(traces: Sequence[Trace]) -> Comparison:
    """Compare runs with the first of them; raises `UsageError` if there is none."""
    if not traces:
        raise UsageError("there is no run to compare.")
    names = name_runs(traces)
    runs = tuple(
        describe(number, name, traces, reference)
        for number, (name, reference) in enumerate(zip(names, references(traces), strict=True), 1)
    )
    return Comparison(runs, first_difference(runs), output_difference(runs))


def references(traces: Sequence[Trace]) -> list[int]:
    """Return for each run the number of the first run of the same program."""
    first: dict[str, int] = {}
    return [first.setdefault(trace.source, number) for number, trace in enumerate(traces, 1)]


def baselines(traces: Sequence[Trace]) -> list[Trace]:
    """Return for each run the first run of the same program in the same unit of time."""
    first: dict[tuple[str, str], Trace] = {}
    return [first.setdefault((trace.source, trace.settings.unit), trace) for trace in traces]


def describe(number: int, name: str, traces: Sequence[Trace], reference: int) -> ComparedRun:
    """Return the figures of one run."""
    trace = traces[number - 1]
    threads = trace.result.threads
    return ComparedRun(
        number=number,
        name=name,
        trace=trace,
        reference=reference,
        speedup=speedup(baselines(traces)[number - 1], trace),
        lock_wait=sum(thread.lock_wait for thread in threads),
        blocked=sum(thread.blocked for thread in threads),
        sleeping=sum(thread.sleeping for thread in threads),
        ready=sum(thread.ready for thread in threads),
        lock_held=held_share(trace, most_held_lock(trace)[0]) if trace.lanes else 0.0,
        limited_by=limiting_factor(trace),
    )


def speedup(first: Trace, other: Trace) -> float | None:
    """Return how many times faster the other run was, None if either did not end well."""
    if first.result.outcome != "ok" or other.result.outcome != "ok" or not other.ticks:
        return None
    return first.ticks / other.ticks


# --- names --------------------------------------------------------------------------------------------------

SETTING_WORDS = {
    "lock": "{}",
    "interval": "interval {}",
    "cores": "{} cores",
    "seed": "seed {}",
    "schedule": "schedule {}",
    "costs": "{} costs",
    "max_steps": "max-steps {}",
    "switch_points": "switch points {}",
    "time_limit": "time limit {} s",
}

OF_THE_LOCK = ("lock", "interval", "switch_points")
"""What a sequential run has no use for."""


def name_runs(traces: Sequence[Trace]) -> list[str]:
    """Return a name for each run: its mode, and of the other settings those in which the runs differ."""
    every = [trace.settings for trace in traces]
    varying = [field.name for field in fields(Settings) if field.name in SETTING_WORDS and varies(field.name, every)]
    several_files = len({trace.filename for trace in traces}) > 1
    return [name_run(trace, varying, several_files) for trace in traces]


def name_run(trace: Trace, varying: Sequence[str], with_file: bool) -> str:
    """Return the name of one run."""
    settings = trace.settings
    words = [trace.filename] if with_file else []
    words.append(f"{settings.mode} on os" if settings.on == "os" else settings.mode)
    for setting, template in SETTING_WORDS.items():
        value = getattr(settings, setting)
        shown = setting in varying or (setting == "lock" and settings.mode == "threads")
        if shown and value is not None and has_use_for(settings, setting):
            words.append("1 core" if (setting, value) == ("cores", 1) else template.format(value))
    return ", ".join(words)


def varies(setting: str, every: Sequence[Settings]) -> bool:
    """Whether a setting differs between those runs for which it means anything."""
    return len({getattr(settings, setting) for settings in every if has_use_for(settings, setting)}) > 1


def has_use_for(settings: Settings, setting: str) -> bool:
    """Whether a setting means anything for a run."""
    if settings.on == "os" and (
        setting in ONLY_SIMULATED or (setting, getattr(settings, setting)) == ("max_steps", NO_BOUND)
    ):
        return False
    return not (setting in OF_THE_LOCK and settings.mode == "sequential")


def varying_settings(runs: Sequence[ComparedRun]) -> list[tuple[str, list[str]]]:
    """Return in what the runs differ: the name of a setting, and its value in each run."""
    files = [run.trace.filename for run in runs]
    rows = [("file", files)] if len(set(files)) > 1 else []
    every = [run.trace.settings for run in runs]
    for setting in ("mode", "on", *SETTING_WORDS):
        if not varies(setting, every):
            continue
        values = []
        for run in runs:
            value = getattr(run.trace.settings, setting)
            meant = value is not None and has_use_for(run.trace.settings, setting)
            values.append(f"{value:,}" if meant and isinstance(value, int) else str(value) if meant else "-")
        rows.append((setting.replace("_", "-"), values))
    return rows


# --- the first scheduling difference ------------------------------------------------------------------------


def first_difference(runs: Sequence[ComparedRun]) -> str | None:
    """Return, in words, where the schedule of another run parts from the first run's; None if none does.

    A run of the first one's mode is preferred: its threads are the same threads. Only simulated runs are looked at: two
    real ones differ at once, and a tick is no microsecond.
    """
    simulated = [run for run in runs if run.trace.settings.on == "simulated"]
    if not simulated:
        return None
    first, *others = simulated
    others.sort(key=lambda run: run.trace.settings.mode != first.trace.settings.mode)
    for other in others:
        found = where_schedules_part(first.trace, other.trace)
        if found:
            tick, here, there = found
            mine, theirs = running_words(first.trace, here, tick), running_words(other.trace, there, tick)
            return (
                f"at tick {tick:,} run {first.number} ({first.name}) {mine}; run {other.number} ({other.name}) {theirs}"
            )
    return None


Running = frozenset[int]


def where_schedules_part(first: Trace, other: Trace) -> tuple[int, Running, Running] | None:
    """Return the first tick at which not the same threads run, and who runs in each; None if none."""
    left, right = running_threads(first), running_threads(other)
    here, there = next(left), next(right)
    while here[1] == there[1]:
        if here[0] == there[0] is None:
            return None
        # Each tells who runs until when; go on from the earlier end.
        ends = [end for end in (here[0], there[0]) if end is not None]
        earliest = min(ends)
        if here[0] == earliest:
            here = next(left)
        if there[0] == earliest:
            there = next(right)
        if here[1] != there[1]:
            return earliest, here[1], there[1]
    return 0, here[1], there[1]


def running_threads(trace: Trace) -> Iterator[tuple[int | None, Running]]:
    """Yield who runs, up to which tick; the last is nobody, for ever (None)."""
    changes: dict[int, list[tuple[int, bool]]] = {}
    for lane in trace.lanes:
        for interval in lane.intervals:
            if interval.state == RUNNING:
                changes.setdefault(interval.start, []).append((lane.number, True))
                changes.setdefault(interval.stop, []).append((lane.number, False))
    running: set[int] = set()
    for tick in sorted(changes):
        if tick > 0:
            yield tick, frozenset(running)
        for thread, starts in sorted(changes[tick], key=lambda change: change[1]):
            if starts:
                running.add(thread)
            else:
                running.discard(thread)
    yield None, frozenset()


def running_words(trace: Trace, threads: Running, tick: int) -> str:
    """Return who runs, in words."""
    names = {lane.number: lane.name for lane in trace.lanes}
    if not threads:
        starts = [
            (interval.start, lane.number)
            for lane in trace.lanes
            for interval in lane.intervals
            if interval.state == RUNNING and interval.start > tick
        ]
        if not starts:
            return "is over" if tick >= trace.ticks else "runs no thread any more"
        start, thread = min(starts)
        return f"runs no thread until tick {start:,}, then {thread} ({names[thread]})"
    shown = [f"{number} ({names[number]})" for number in sorted(threads)]
    if len(shown) == 1:
        return f"runs thread {shown[0]}"
    if len(shown) > 6:
        return f"runs {len(shown)} threads"
    return f"runs threads {', '.join(shown[:-1])} and {shown[-1]}"


# --- outputs that differ ------------------------------------------------------------------------------------

ISOLATION = (
    "In mode processes each spawn works on a copy of the memory: what it changes there, nobody else sees. "
    "Only what join returns, or a queue carries, comes back."
)
ORDER = "The lines are the same in another order: who prints first is decided by the schedule."
SCHEDULE = (
    "A program whose output depends on the schedule, on the clock or on the names of its threads "
    "prints different things in different runs."
)
RACE = "Where its threads write the same variable and no lock of its own guards that, this is a data race."


def output_difference(runs: Sequence[ComparedRun]) -> str | None:
    """Return, in words, how and why the output of another run differs from its reference; None if none does."""
    pair = isolated_pair(runs)
    if pair:
        return f"{differing_line(*pair)} {ISOLATION}"
    pairs = ((runs[run.reference - 1], run) for run in runs)
    differing = next(((first, other) for first, other in pairs if output_of(first) != output_of(other)), None)
    if differing is None:
        return None
    first, other = differing
    if sorted_lines(first) == sorted_lines(other):
        reason = ORDER
    else:
        ends = [f"Run {run.number} ended with {outcome_of(run)}." for run in (first, other) if outcome_of(run) != "ok"]
        in_threads = any(run.trace.settings.mode == "threads" for run in (first, other))
        reason = " ".join(ends) or (f"{SCHEDULE} {RACE}" if in_threads else SCHEDULE)
    return f"{differing_line(first, other)} {reason}"


def isolated_pair(runs: Sequence[ComparedRun]) -> tuple[ComparedRun, ComparedRun] | None:
    """Return a run with one memory and a run in mode processes whose outputs differ because of that.

    So it is where every run with one memory that ended well, the sequential one included, printed other lines
    than the run in mode processes: if one of them printed the same, the others differ from it for another
    reason.
    """
    shared = [run for run in runs if run.trace.settings.mode != "processes" and outcome_of(run) == "ok"]
    shared.sort(key=lambda run: run.trace.settings.mode != "threads")
    for other in runs:
        if other.trace.settings.mode == "processes":
            same_program = [run for run in shared if run.trace.source == other.trace.source]
            lines = sorted_lines(other)
            if same_program and all(sorted_lines(run) != lines for run in same_program):
                return same_program[0], other
    return None


def output_of(run: ComparedRun) -> str:
    """Return what a run printed."""
    return run.trace.result.output


def outcome_of(run: ComparedRun) -> str:
    """Return how a run ended."""
    return run.trace.result.outcome


def sorted_lines(run: ComparedRun) -> list[str]:
    """Return the lines of a run's output in the order of the alphabet."""
    return sorted(run.trace.result.output.splitlines())


def differing_line(first: ComparedRun, other: ComparedRun) -> str:
    """Return the first line in which two outputs differ, as a sentence."""
    left = first.trace.result.output.splitlines()
    right = other.trace.result.output.splitlines()
    number = 0
    while number < min(len(left), len(right)) and left[number] == right[number]:
        number += 1
    return (
        f"Output line {number + 1} is {shown_line(left, number)} in run {first.number} ({first.name}) "
        f"and {shown_line(right, number)} in run {other.number} ({other.name})."
    )


def shown_line(lines: Sequence[str], number: int) -> str:
    """Return a line in backquotes, cut if it is long; or that there is none."""
    if number >= len(lines):
        return "missing"
    line = lines[number]
    return f"`{line}`" if len(line) <= 60 else f"`{line[:57]}...`"
