"""What must hold of every recording, as functions: `test_recording.py` calls them for many programs and settings.

The *trail* of a recording is what it shows when one goes through it forwards, moment by moment. Everything else is
compared with that: moments reached in other ways, landmarks found by searching, ticks found by halving.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

import interp
from interp.language.errors import UsageError
from interp.scheduling.events import LockReleased, LockRequested, LockTaken, LockWaited, Printed, StateChanged
from interp.scheduling.schedule import parse_schedule
from interp.traces.landmarks import KINDS, Landmark, all_codes, lines_that_begin, lines_with_code, writes
from interp.traces.moments import Moment
from interp.traces.recording import Recording, same_program_state
from tests.generator_parts.choices import Chooser


@dataclass
class Walk:
    """A recording, its trail, and who decides where to go."""

    program: interp.Program
    recording: Recording
    trail: list[Moment]
    choose: Chooser


def record_program(program: interp.Program, settings: interp.Settings) -> Recording:
    """Record a program."""
    return Recording(program.source, program.filename, program.code, settings)


def begin_walk(program: interp.Program, settings: interp.Settings, choose: Chooser) -> Walk:
    """Record a program and go through it once, forwards."""
    recording = record_program(program, settings)
    return Walk(program, recording, [recording.moment(number) for number in range(recording.steps + 1)], choose)


# --- the recording and the run


def check_same_run(walk: Walk) -> None:
    """The recording has the result and the events of an ordinary run."""
    trace = interp.record(walk.program, walk.recording.settings)
    if trace.result.outcome == "limit" and runs_side_by_side(walk.recording.settings):
        # Which steps are the first ones differs: an ordinary run executes one of the processes ahead of the others.
        assert (walk.recording.result.outcome, walk.recording.steps) == ("limit", trace.result.steps)
        return
    assert walk.recording.result == trace.result
    assert walk.recording.trace is not None
    assert walk.recording.trace.events == trace.events
    assert walk.trail[-1].following is None or trace.result.outcome == "limit"
    assert walk.trail[-1].output == trace.result.output
    assert walk.trail[-1].outcome == trace.result.outcome
    assert [moment.step for moment in walk.trail] == list(range(walk.recording.steps + 1))


# --- moments


def check_moments(walk: Walk, count: int) -> None:
    """A moment is the same however one comes to it."""
    recording, choose = walk.recording, walk.choose
    number = 0
    for _ in range(count):
        way = choose.below(len(WAYS))
        WAYS[way](walk, number)
        number = choose.pick([number + 1, number - 1, number, choose.below(recording.steps + 1)])
        number = min(max(number, 0), recording.steps)
        assert recording.moment(number) == walk.trail[number], f"moment {number} after {WAYS[way].__name__}"


def go_nowhere(walk: Walk, number: int) -> None:
    """Do nothing in between."""


def ask_choices(walk: Walk, number: int) -> None:
    """Ask who could be next."""
    walk.recording.choices(number)


def ask_schedule(walk: Walk, number: int) -> None:
    """Ask for the schedule."""
    walk.recording.schedule_to(number)


def ask_tick(walk: Walk, number: int) -> None:
    """Ask for the moment of a tick."""
    walk.recording.at_tick(walk.choose.below(walk.recording.result.ticks + 3))


def ask_events(walk: Walk, number: int) -> None:
    """Ask for the events of a stretch."""
    stop = min(walk.recording.steps, number + walk.choose.below(20))
    expected = [(moment.step, event) for moment in walk.trail[number + 1 : stop + 1] for event in moment.events]
    assert walk.recording.happened(number, stop) == expected


def ask_steps(walk: Walk, number: int) -> None:
    """Ask for the steps of a stretch, and go away before it is over."""
    for place, step in walk.recording.executed(number, min(walk.recording.steps, number + 5)):
        executed = walk.trail[place].executed
        assert executed is not None
        assert (step.tick, step.thread) == (executed.tick, executed.thread)
        if walk.choose.chance(30):
            break


def ask_landmark(walk: Walk, number: int) -> None:
    """Search for something."""
    landmark = Landmark(walk.choose.pick(["line", "switch", "error", "output", "return"]))
    walk.recording.next(landmark, number)
    walk.recording.previous(landmark, number)


WAYS: list[Callable[[Walk, int], None]] = [
    go_nowhere, ask_choices, ask_schedule, ask_tick, ask_events, ask_steps, ask_landmark,
]  # fmt: skip


def check_ticks(walk: Walk, count: int) -> None:
    """The first moment at or after a tick is the one that a look at all moments finds."""
    ticks = [moment.tick for moment in walk.trail]
    for _ in range(count):
        tick = walk.choose.below(walk.recording.result.ticks + 3)
        expected = next((number for number, there in enumerate(ticks) if there >= tick), walk.recording.steps)
        assert walk.recording.at_tick(tick) == expected


# --- landmarks


def check_landmarks(walk: Walk, count: int) -> None:
    """Searching finds what a look at all moments finds, forwards and backwards."""
    recording, choose = walk.recording, walk.choose
    lines = lines_with_code(walk.program.code)
    names = sorted({name for code in all_codes(walk.program.code) for name in (*code.names, *code.local_names)})
    kinds = list(KINDS)
    for _ in range(count):
        thread = choose.pick([None, 1, choose.between(1, len(walk.trail[-1].threads))])
        kind = choose.pick(kinds)
        landmark = Landmark(
            kind,
            name=choose.pick(names) if kind == "write" and names else "",
            lines=frozenset({choose.pick(lines), choose.pick(lines)}) if kind == "break" else frozenset(),
            thread=thread,
        )
        expected = landmarks_of(walk, landmark)
        number = choose.below(recording.steps + 1)
        for _ in range(3):
            assert recording.next(landmark, number) == min((at for at in expected if at > number), default=None), (
                landmark, number
            )  # fmt: skip
            assert recording.previous(landmark, number) == max((at for at in expected if at < number), default=None), (
                landmark, number
            )  # fmt: skip
            number = choose.below(recording.steps + 1)


def landmarks_of(walk: Walk, landmark: Landmark) -> list[int]:
    """Return all moments that are such a landmark, by looking at each."""
    if landmark.kind == "write":
        return [
            number
            for number, step in walk.recording.executed(0, walk.recording.steps)
            if landmark.thread in (None, step.thread) and writes(step, landmark.name)
        ]
    if landmark.kind == "error":  # a wait that fails is no step of anybody, so each moment is asked for by itself
        return [number for number in range(len(walk.trail)) if walk.recording.search(landmark, number - 1, number)]
    return [moment.step for moment in walk.trail if is_landmark(walk, landmark, moment)]


def is_landmark(walk: Walk, landmark: Landmark, moment: Moment) -> bool:
    """Whether a moment is a landmark, by what it shows."""
    wanted = landmark.thread
    executed, following = moment.executed, moment.next_thread
    if landmark.kind in ("step", "line", "call", "break"):
        if following is None or following.frame is None or wanted not in (None, following.number):
            return False
        frame = following.frame
        line = lines_that_begin(frame.code).get(frame.offset)
        return {
            "step": True,
            "line": line is not None,
            "call": frame.offset == 0 and frame.function != "<module>",
            "break": line in landmark.lines,
        }[landmark.kind]
    if landmark.kind == "return":
        returned = executed is not None and executed.instruction == "RETURN_VALUE" and executed.error is None
        return returned and wanted in (None, moment.executed_by)
    if landmark.kind == "switch":
        if runs_side_by_side(walk.recording.settings):
            return any(
                isinstance(event, StateChanged) and event.state == "running" and wanted in (None, event.thread)
                for event in moment.events
            )
        is_other = executed is not None and following is not None and following.number != moment.executed_by
        return is_other and wanted in (None, moment.following)
    kinds = {"lock": (LockWaited, LockRequested, LockTaken, LockReleased), "output": (Printed,)}[landmark.kind]
    return any(isinstance(event, kinds) and wanted in (None, event.thread) for event in moment.events)


def runs_side_by_side(settings: interp.Settings) -> bool:
    """Whether several cores may be busy."""
    free = not interp.LOCKS[settings.lock].excludes
    return settings.mode == "processes" or (settings.mode == "threads" and free)


# --- schedules


def check_schedules(walk: Walk, count: int, may_differ: bool) -> None:
    """The schedule to a moment leads to the same state, and a choice is followed by the run of its schedule.

    `may_differ` says that the program looks at the clock, which runs otherwise by a schedule.
    """
    recording, choose = walk.recording, walk.choose
    for _ in range(count):
        number = choose.below(recording.steps + 1)
        schedule = recording.schedule_to(number)
        start = sum(part.steps for part in parse_schedule(schedule))
        if schedule and not may_differ:
            again = record_program(walk.program, recording.settings.but(schedule=schedule))
            assert same_program_state(walk.trail[number], again.moment(start)), (number, schedule)
        choices = recording.choices(number)
        assert set(choices) == {thread.number for thread in walk.trail[number].living}
        for thread, why_not in choices.items():
            check_choice(walk, number, thread, why_not, may_differ)


def check_choice(walk: Walk, number: int, thread: int, why_not: str | None, may_differ: bool) -> None:
    """A thread that can be chosen executes the next step; one that cannot is refused with the reason."""
    if why_not is not None:
        with pytest.raises(UsageError, match=re.escape(why_not)):
            walk.recording.choose(number, thread)
        return
    try:
        branch, start = walk.recording.choose(number, thread)
    except UsageError:
        if may_differ:
            return
        raise
    assert branch.moment(start).following == thread
    assert interp.run(walk.program, branch.settings) == branch.result
