"""`interp explore`: every outcome of a program over all schedules, each with a schedule that shows it."""

from __future__ import annotations

import shlex
import textwrap
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from interp import Exploration, Outcome, Program, Settings, explore
from interp.commands.inputs import open_program
from interp.commands.interrupts import worker_processes
from interp.commands.outputs import say, write, write_json
from interp.commands.progress import Progress
from interp.commands.status import Status
from interp.expectations import UnknownExpectationError, as_outcome, read_expectations
from interp.explore.result import Race
from interp.explore.story import tell_story
from interp.language.errors import UsageError
from interp.scheduling.result import ErrorReport
from interp.traces.words import counted, lines_listed, listed

LONGEST_OUTPUT = 60

LONGEST_COUNT = 12
"""A number of schedules with more digits is rounded; `--json` has all of them."""

MOST_EVENTS = 8
MOST_LINES = 20
"""A story is cut in its middle where a turn has more events, or all of it more lines."""

STOPPED = {
    "states": "stopped after {states}: {found}, there may be more (--max-states raises the bound)",
    "preemptions": "only schedules with few preemptions were looked at: {found}, there may be more "
    "(--max-preemptions raises the bound)",
    "steps": "stopped after {steps}: {found}, there may be more (--max-steps raises the bound)",
    "memory": "stopped after {states}, which together need more than 512 MiB: {found}, there may be more; "
    "does the program print or collect without an end?",
    "interrupted": "interrupted after {states}: {found}, there may be more",
    "executor": "the search has lost a worker after {states} ({error}): {found}, there may be more",
    "races": "all outcomes were found, but there may be more data races: following them has reached its bound",
    "dict": "keys of a dict are exchanged while a loop over it is under way; Python leaves open what such a loop "
    "yields next, so it was not followed: {found}, there may be more",
    "clock": "the program asks for the time, and explore has none: clock() returned 0, and what depends on it was "
    "not looked at",
}


class ExploreProgress(Progress):
    """Shows how many states were found, how fast, and how many are still to be looked at."""

    def __call__(self, states: int, frontier: int | None) -> None:
        """Take note of how far the search is."""
        if frontier is None:
            self.note_at_once(f"{self.what}{states:,} states; looking through them for loops and races")
        elif self.is_due():
            rate = states / (time.monotonic() - self.started)
            self.show(f"{self.what}{states:,} states, {rate:,.0f} a second, {frontier:,} to be looked at")


@dataclass(frozen=True)
class Search:
    """What is to be explored, within which bounds, by how many processes."""

    program: Program
    max_states: int
    max_preemptions: int | None
    max_steps: int | None
    workers: int

    def explore(self, settings: Settings | None, *, several: bool = False) -> Exploration:
        """Explore the program under some settings and tell a person who waits how far it is."""
        progress = ExploreProgress(settings.lock if several and settings is not None else "")
        try:
            with worker_processes(self.workers) as executor:
                return explore(
                    self.program,
                    settings,
                    max_states=self.max_states,
                    max_preemptions=self.max_preemptions,
                    max_steps=self.max_steps,
                    progress=progress,
                    executor=executor,
                )
        finally:
            progress.erase()


def explore_command(
    argument: str,
    settings: Sequence[Settings | None],
    *,
    lock_given: bool,
    max_states: int,
    max_preemptions: int | None,
    max_steps: int | None,
    workers: int,
    check: bool,
    as_json: bool,
) -> int:
    """Explore a program under each of the settings; returns the exit status.

    Their locks are told only where a `lock_given` asked for them: else it is the rule of switch points that counts.
    """
    program = open_program(argument)
    search = Search(program, max_states, max_preemptions, max_steps, workers)
    if check:
        return check_command(search, settings[0], as_json=as_json)
    found: list[Exploration] = []
    for one in settings:
        found.append(search.explore(one, several=len(settings) > 1))
        if found[-1].stopped == "interrupted":
            break
    if as_json:
        objects = [
            {"lock": None if one is None else one.lock, **exploration.to_json()}
            for one, exploration in zip(settings, found, strict=False)
        ]
        write_json(objects[0] if len(settings) == 1 else {"explorations": objects})
    else:
        parts = []
        for one, exploration in zip(settings, found, strict=False):
            lock = one.lock if one is not None and lock_given else None
            parts.append("\n".join(describe(exploration, argument, lock, program)))
        write("\n\n".join(parts) + "\n")
    for one, exploration in zip(settings, found, strict=False):
        if exploration.stopped is not None:
            lock = f"lock {one.lock}: " if one is not None and len(found) > 1 else ""
            say(lock + why_incomplete(exploration))
    return max(map(status_of, found))


def status_of(exploration: Exploration) -> int:
    """Return the exit status: 0 where all schedules end alike and well, 1 where not, 4 where that is not known."""
    if not exploration.complete:
        return Status.BOUND
    ends_well = len(exploration.outcomes) == 1 and exploration.outcomes[0].kind == "ok"
    return Status.FINE if ends_well else Status.FAILED


def why_incomplete(exploration: Exploration) -> str:
    """Say what ended the search."""
    found = f"{counted(len(exploration.outcomes), 'outcome')} found"
    text = STOPPED[exploration.stopped or ""]
    if exploration.clock_lines:
        text += f" ({lines_listed(exploration.clock_lines)})"
    return text.format(
        states=counted(exploration.states, "state"),
        steps=counted(exploration.steps, "step"),
        found=found,
        error=exploration.executor_error,
    )


def describe(exploration: Exploration, argument: str, lock: str | None, program: Program) -> list[str]:
    """Return the lines that tell a person what was found."""
    under = f"lock {lock}, " if lock is not None and exploration.mode == "threads" else ""
    if exploration.mode != "threads":
        under = f"mode {exploration.mode}, "
    all_or_not = "of all schedules" if exploration.complete else "so far"
    outcomes, states = counted(len(exploration.outcomes), "outcome"), counted(exploration.states, "state")
    lines = [
        f"{outcomes} {all_or_not} ({under}switch points {exploration.switch_points}: {states}, {how_many(exploration)})"
    ]
    shares = percents([outcome.schedules for outcome in exploration.outcomes], exploration.schedules)
    for number, (outcome, share) in enumerate(zip(exploration.outcomes, shares, strict=True), 1):
        lines += ["", *describe_outcome(number, outcome, share, exploration, argument, lock, program)]
    for variable, races in groupby(exploration.races, key=lambda race: race.variable):
        lines += ["", f"data race on {variable}"]
        for race in races:
            lines += describe_race(race)
    for order in exploration.lock_orders:
        lines += ["", f"locks taken in a circle: {listed(order.locks)}"]
        lines += [
            f"   {take.thread}, line {take.line}: holds {listed(take.locks)}, {take.kind}" for take in order.takes
        ]
    if exploration.busy_waits:
        lines.append("")
    for wait in exploration.busy_waits:
        lines.append(
            f"{wait.thread} waits busily in {lines_listed(wait.lines)}: it may run for ever, if the others never get "
            "their turn"
        )
    if exploration.unreached_lines:
        lines += ["", f"never reached: {lines_listed(exploration.unreached_lines)}"]
    return lines


def how_many(exploration: Exploration) -> str:
    """Say how many schedules there are, or why that is not said."""
    count = exploration.schedules
    if count is None:
        if not exploration.complete:
            return "schedules not counted"
        without_end = exploration.busy_waits or any(outcome.kind == "endless" for outcome in exploration.outcomes)
        if without_end:
            return "schedules without an end"
        return "too many ways to mix what threads do alone to count schedules; --max-states raises this bound"
    digits = len(str(count))
    if digits <= LONGEST_COUNT:
        return counted(count, "schedule")
    leading = count // 10 ** (digits - 2)
    return f"about {leading // 10}.{leading % 10} · 10^{digits - 1} schedules"


def describe_race(race: Race) -> list[str]:
    """Return who does what in a race, and which lock would put it in order."""
    sides = [
        f"{side.thread} {side.kind}s in line {side.line}" + (f" holding {listed(side.locks)}" if side.locks else "")
        for side in race.accesses
    ]
    locks = sorted({lock for side in race.accesses for lock in side.locks})
    return ["   " + ", ".join(sides), *([f"   in order if both held {' or '.join(locks)}"] if locks else [])]


def describe_outcome(
    number: int,
    outcome: Outcome,
    share: str,
    exploration: Exploration,
    argument: str,
    lock: str | None,
    program: Program,
) -> list[str]:
    """Return the lines about one outcome."""
    how = counted(outcome.preemptions, "preemption")
    lines = [f"{number}  {what_of(outcome)}{f'  {share} of the schedules' if share else ''}, {how}"]
    for stuck in outcome.stuck:
        holds = f"holds {listed(stuck.holds)}, " if stuck.holds else ""
        where = f"  {program.filename}:{stuck.line}" if stuck.line else ""
        lines.append(f"     thread {stuck.number} ({stuck.thread})  {holds}waits for {stuck.waits_for}{where}")
    if number > 1 or outcome.kind != "ok":
        lines += ["     " + line for line in story_lines(outcome, exploration, program)]
    if argument != "-":
        mode = "" if exploration.mode == "threads" else f" --mode {exploration.mode}"
        under = "" if lock is None else f" --lock {shlex.quote(lock)}"
        command = f"interp step {shlex.quote(argument)}{mode}{under} --schedule {shlex.quote(outcome.witness)}"
        lines.append(f"   {command}")
    return lines


def story_lines(outcome: Outcome, exploration: Exploration, program: Program) -> list[str]:
    """Return the story of a witness, a line for each turn of a thread in which others can notice anything."""
    stretches = [
        stretch for stretch in tell_story(program.code, exploration.mode, outcome, exploration.shared) if stretch.events
    ]
    width = max((len(f"{stretch.thread} {stretch.name}") for stretch in stretches), default=0)
    lines = []
    for stretch in stretches:
        events = stretch.events
        if len(events) > MOST_EVENTS:
            events = [*events[: MOST_EVENTS // 2], f"({len(events) - MOST_EVENTS} more)", *events[-MOST_EVENTS // 2 :]]
        head = f"{stretch.thread} {stretch.name}".ljust(width)
        lines += textwrap.wrap(
            f"{head}  {' · '.join(events)}", 74, subsequent_indent=" " * (width + 4), break_on_hyphens=False
        )
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines = [*lines[:half], f"… {len(lines) - 2 * half} lines are left out", *lines[-half:]]
    return lines


def what_of(outcome: Outcome) -> str:
    """Return an outcome in a few words."""
    printed = shortened(as_outcome(outcome.output)) if outcome.output else ""
    if outcome.kind == "ok":
        return f"prints {printed}" if printed else "prints nothing"
    after = f" after printing {printed}" if printed else ""
    if outcome.kind == "deadlock":
        return " and ".join([f"deadlock{after}", *map(error_in_words, outcome.errors)])
    if outcome.kind == "endless":
        return f"may run for ever in {lines_listed(outcome.lines)}{after}"
    return " and ".join(map(error_in_words, outcome.errors)) + after


def error_in_words(error: ErrorReport) -> str:
    """Return which thread has failed, where, and with what."""
    message = f"{error.type}: {error.message}" if error.message else error.type
    return f"error in {error.thread}, line {error.line}: {shortened(message)}"


def shortened(text: str) -> str:
    """Return a text of bounded length that is safe to print."""
    text = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
    return text if len(text) <= LONGEST_OUTPUT else text[: LONGEST_OUTPUT - 3] + "..."


def percents(parts: Sequence[int | None], whole: int | None) -> list[str]:
    """Return the shares of a whole, empty where a part is not known, rounded so that together they make 100.

    One that is not nothing is never shown as nothing, nor one that is not all as all.
    """
    known = [part for part in parts if part is not None]
    if not whole or sum(known) != whole:
        return [""] * len(parts)
    tenths = [part * 1000 // whole for part in known]
    missing = 1000 - sum(tenths)
    for index in sorted(range(len(known)), key=lambda index: -(known[index] * 1000 % whole))[:missing]:
        tenths[index] += 1  # those that lose most by being cut
    shown = (share(part, whole, rounded) for part, rounded in zip(known, tenths, strict=True))
    return ["" if part is None else next(shown) for part in parts]


def share(part: int, whole: int, tenths: int) -> str:
    """Return one share, of so many tenths of a percent."""
    if part == whole:
        return "100 %"
    if part * 1000 < whole:
        return "under 0.1 %"
    if (whole - part) * 1000 < whole:
        return "over 99.9 %"
    return f"{tenths / 10:.1f} %"


# --- grading


def check_command(search: Search, settings: Settings | None, *, as_json: bool) -> int:
    """Hold a program to its `# expect outcomes:` and `# expect deadlock` comments; returns the exit status."""
    program = search.program
    try:
        expected = read_expectations(program.source)
    except UnknownExpectationError as error:
        raise UsageError(f"{program.filename}: a comment begins with expect and is not understood: {error}") from None
    if not expected.depends_on_schedule:
        if not expected.lines:
            raise UsageError(
                f"{program.filename} says nothing of what it expects; write, for example: # expect outcomes: 1 / 2"
            )
        outcomes = {as_outcome("\n".join(expected.lines))}
    else:
        outcomes = set(expected.outcomes)
    exploration = search.explore(settings)
    found = {as_outcome(outcome.output) for outcome in exploration.outcomes if outcome.kind == "ok"}
    deadlocks = any(outcome.kind == "deadlock" for outcome in exploration.outcomes)
    problems = [f"unexpected: {text}" for text in sorted(found - outcomes)]
    problems += [f"unexpected: {what_of(o)}" for o in exploration.outcomes if o.kind in ("error", "endless")]
    if deadlocks and not expected.may_deadlock:
        problems.append("unexpected: a deadlock")
    if exploration.complete:
        problems += [f"never happens: {text}" for text in sorted(outcomes - found)]
        if expected.may_deadlock and not deadlocks:
            problems.append("never happens: a deadlock")
    if as_json:
        write_json({"passed": not problems and exploration.complete, "problems": problems, **exploration.to_json()})
    elif problems:
        write(f"{program.filename}: does not do what its comments say\n" + "".join(f"  {p}\n" for p in problems))
    elif exploration.complete:
        count = counted(len(exploration.outcomes), "outcome")
        write(f"{program.filename}: as expected, {count} of all schedules\n")
    if exploration.stopped is not None:
        say(why_incomplete(exploration))
    if problems:
        return Status.FAILED
    return Status.FINE if exploration.complete else Status.BOUND
