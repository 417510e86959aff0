"""What limited a run, in one sentence that its figures prove.

A run takes the time it takes because something was scarce: the global lock, a lock of the program, the cores,
or work that could be done at the same time at all. The threads' times say which: a thread that ran all its
life was not held up by anybody; one that spent three quarters of it waiting for the lock was. So we add up
what the threads that did the work spent their lives on, and name the largest part. Every number in a sentence
is taken from the run; nothing is guessed.

1. A run that did not end well says so; its figures explain nothing.
2. With one thread there is nothing to share.
3. Else the workers (every thread but one that mostly waits for others to end) decide: what did they wait for?
4. If they hardly waited, they ran: how many at once?
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interp.traces.lanes import BLOCKED, LOCK_WAIT, READY, RUNNING, SLEEPING, Lane, ticks_by_running
from interp.traces.trace import Trace

MOMENTARY = 0.02
"""What happens for less than this part of the time is passed over where the most is told."""

MUCH = 0.25
"""The share of the workers' lives from which on something counts as having held them up."""


def limiting_factor(trace: Trace) -> str:
    """Return one sentence that says what limited a run, true for its figures."""
    return sentence_for_a_bad_end(trace) or sentence_for_one(trace) or sentence_for_many(trace)


def sentence_for_a_bad_end(trace: Trace) -> str:
    """Return what to say of a run that did not end well, empty for one that did."""
    result = trace.result
    if result.outcome == "deadlock":
        waits = "; ".join(f"{stuck.thread} waits for {stuck.waits_for}" for stuck in result.stuck[:4])
        more = f"; and {len(result.stuck) - 4} more" if len(result.stuck) > 4 else ""
        return f"deadlock at tick {trace.ticks:,}: {waits or 'no thread could go on'}{more}"
    if result.outcome == "error" and result.error:
        error = result.error
        message = f": {error.message}" if error.message else ""
        place = f", line {error.line}" if error.line is not None else ""
        return f"the program failed: {error.type}{message} (thread {error.thread}{place})"
    if result.ran_out_of_time:
        return f"stopped after {trace.ticks:,} microseconds, the most allowed: what would follow is not known"
    if result.outcome == "limit":
        return f"stopped after {result.steps:,} steps, the most allowed: what would follow is not known"
    if result.outcome == "interrupted":
        return f"interrupted at tick {trace.ticks:,}: what would follow is not known"
    return "" if result.outcome == "ok" else f"the run ended with {result.outcome}"


def sentence_for_one(trace: Trace) -> str:
    """Return what to say of a run in which at most one thread did anything, empty for another."""
    if trace.ticks == 0 or not trace.lanes:
        return "nothing took any time"
    active = [lane for lane in trace.lanes if lane.time_in(RUNNING)]
    sleeping = share(sum(lane.time_in(SLEEPING) for lane in trace.lanes), trace.ticks)
    if trace.settings.mode == "sequential":
        if sleeping >= MUCH:
            return f"one thing at a time: {percent(sleeping)} of the time went by in sleep, with nobody running"
        return f"one thing at a time: {cores_busy(trace.settings.cores)}"
    if len(active) > 1:
        return ""
    if sleeping >= MUCH:
        return f"the only thread slept {percent(sleeping)} of the time"
    return f"there is only one thread: {cores_busy(trace.settings.cores)}"


def sentence_for_many(trace: Trace) -> str:
    """Return what to say of a run with several threads that ended well."""
    workers = find_workers(trace.lanes)
    lived = sum(lane.ticks for lane in workers)
    spent = {state: share(total(workers, state), lived) for state in (LOCK_WAIT, READY, BLOCKED, SLEEPING)}
    held_up_by = max(spent, key=lambda state: spent[state])
    if spent[held_up_by] < MUCH:
        return sentence_for_work(trace, workers)
    if held_up_by == LOCK_WAIT:
        return sentence_for_the_lock(trace, workers)
    if held_up_by == READY:
        return sentence_for_cores(trace, workers, spent[READY])
    if held_up_by == SLEEPING:
        return sentence_for_sleep(trace, workers, spent[SLEEPING])
    return sentence_for_blocking(workers, spent[BLOCKED])


def sentence_for_the_lock(trace: Trace, workers: Sequence[Lane]) -> str:
    """Return what to say where threads waited for a global lock."""
    process, held = most_held_lock(trace)
    sharing = [lane for lane in workers if lane.process == process and lane.time_in(LOCK_WAIT)]
    if not sharing:
        waited = share(total(workers, LOCK_WAIT), sum(lane.ticks for lane in workers))
        return f"threads waited {percent(waited)} of their time for a global lock"
    waits = [share(lane.time_in(LOCK_WAIT), lane.ticks) for lane in sharing]
    several = len(trace.lock_lanes) > 1
    which = f"the lock of process {process}" if several else "the lock"
    who = f"with {len(sharing)} threads each" if len(sharing) > 1 else sharing[0].name
    return f"{which} was held {percent(held)} of the time; {who} waited {between(waits)}"


def sentence_for_cores(trace: Trace, workers: Sequence[Lane], waited: float) -> str:
    """Return what to say where threads waited for a core."""
    cores = trace.settings.cores
    full = share(ticks_with_all_busy(trace), trace.ticks)
    noun = noun_for(workers)
    which = "the only core was busy" if cores == 1 else f"all {cores} cores were busy"
    return (
        f"{which} {percent(full)} of the time: {len(workers)} {noun} wanted them, "
        f"and waited {percent(waited)} of their time for one"
    ).replace("wanted them", "wanted it" if cores == 1 else "wanted them")


def sentence_for_sleep(trace: Trace, workers: Sequence[Lane], slept: float) -> str:
    """Return what to say where threads slept, which stands for waiting for anything outside."""
    sleepers = [lane for lane in workers if lane.time_in(SLEEPING)]
    if len(sleepers) == 1:
        asleep = share(total(sleepers, SLEEPING), trace.ticks)
        return f"{sleepers[0].name} slept {percent(asleep)} of the time"
    at_once = total(sleepers, SLEEPING) / max(1, covered(sleepers, SLEEPING))
    words = f"{noun_for(sleepers)} slept {percent(slept)} of their time"
    if at_once < 1.5:
        return f"{words}, hardly ever at the same time: waiting did not overlap"
    return f"{words}, {at_once:.1f} at the same time on average: waiting overlaps"


def sentence_for_blocking(workers: Sequence[Lane], blocked: float) -> str:
    """Return what to say where threads were blocked on something of the program."""
    by_object: dict[str, int] = {}
    for lane in workers:
        for interval in lane.intervals:
            if interval.state == BLOCKED:
                name = interval.on or "something"
                by_object[name] = by_object.get(name, 0) + interval.ticks
    lived = sum(lane.ticks for lane in workers)
    worst = max(by_object, key=lambda name: by_object[name])
    part = share(by_object[worst], lived)
    noun = noun_for(workers)
    if part >= 0.6 * blocked:
        return f"{noun} waited {percent(part)} of their time for {worst}, which is not the global lock"
    return (
        f"{noun} were blocked {percent(blocked)} of their time, on {len(by_object)} things; "
        f"the most on {worst} ({percent(part)})"
    )


def sentence_for_work(trace: Trace, workers: Sequence[Lane]) -> str:
    """Return what to say where the workers mostly ran."""
    cores = trace.settings.cores
    profile: dict[int, int] = {}
    for running, ticks in ticks_by_running(trace.lanes, trace.ticks).items():
        # More than there are cores cannot run (`ticks_with_all_busy`).
        profile[min(running, cores)] = profile.get(min(running, cores), 0) + ticks
    most = max(profile)
    if most <= 1 and total(workers, LOCK_WAIT):
        _, held = most_held_lock(trace)
        victim = max(workers, key=lambda lane: share(lane.time_in(LOCK_WAIT), lane.ticks))
        waited = percent(share(victim.time_in(LOCK_WAIT), victim.ticks))
        return (
            f"the lock was held {percent(held)} of the time, so no two threads ran at once; "
            f"{victim.name} waited {waited} of its life for it"
        )
    if most <= 1:
        return f"at no time did two {noun_for(workers)} run at once: {cores_busy(cores)}"
    most = max([running for running in profile if share_of_at_least(running, profile) >= MOMENTARY], default=most)
    most = max(2, most)
    full = share_of_at_least(most, profile)
    alone = share(sum(ticks for running, ticks in profile.items() if running <= 1), trace.ticks)
    average = sum(running * ticks for running, ticks in profile.items()) / trace.ticks
    words = f"{most} {noun_for(trace.lanes)} ran at once on {cores_words(cores)} for {percent(full)} of the time"
    starting = share(max(lane.start for lane in workers), trace.ticks)
    if starting >= 0.05 and starting >= alone / 2:
        return f"{words}; the last was started after {percent(starting)}"
    if alone >= 0.1:
        return f"{words}; for {percent(alone)} no more than one did"
    if full < 0.5:
        return f"{words}, {average:.1f} on average"
    return words


def share_of_at_least(count: int, profile: dict[int, int]) -> float:
    """Return for which part of the time so many ran at once, or more; `profile` has the ticks by how many ran."""
    return share(sum(ticks for running, ticks in profile.items() if running >= count), sum(profile.values()))


# --- figures ------------------------------------------------------------------------------------------------


def find_workers(lanes: Sequence[Lane]) -> list[Lane]:
    """Return the threads that did the work: all but those which mostly waited for others to end."""
    workers = [lane for lane in lanes if not is_coordinator(lane) and lane.ticks]
    return workers or [lane for lane in lanes if lane.ticks]


def is_coordinator(lane: Lane) -> bool:
    """Whether a thread spent at least half its life in waiting for other threads to end."""
    joining = sum(
        interval.ticks
        for interval in lane.intervals
        if interval.state == BLOCKED and (interval.on or "").startswith(("join of", "the call of"))
    )
    return 2 * joining >= lane.ticks > 0


def total(lanes: Iterable[Lane], state: str) -> int:
    """Return the ticks that threads spent in a state, all together."""
    return sum(lane.time_in(state) for lane in lanes)


def ticks_with_all_busy(trace: Trace) -> int:
    """Return for how many ticks every core was busy.

    More than there are cores cannot run, and yet a real run shows that for moments: when a process had no core is known
    to a part of a millisecond.
    """
    cores = trace.settings.cores
    return sum(ticks for running, ticks in ticks_by_running(trace.lanes, trace.ticks).items() if running >= cores)


def covered(lanes: Iterable[Lane], state: str) -> int:
    """Return for how many ticks of the run at least one of the threads was in a state."""
    times = sorted(
        (interval.start, interval.stop) for lane in lanes for interval in lane.intervals if interval.state == state
    )
    ticks, reached = 0, 0
    for start, stop in times:
        ticks += max(0, stop - max(start, reached))
        reached = max(reached, stop)
    return ticks


def most_held_lock(trace: Trace) -> tuple[int, float]:
    """Return the process whose lock kept threads waiting longest, and the share of the run it was held in."""
    waited: dict[int, int] = {}
    for lane in trace.lanes:
        waited[lane.process] = waited.get(lane.process, 0) + lane.time_in(LOCK_WAIT)
    process = max(waited, key=lambda number: waited[number])
    return process, held_share(trace, process)


def held_share(trace: Trace, process: int) -> float:
    """Return the share of the run in which the global lock of a process was held."""
    return share(sum(turn.ticks for turn in trace.lock_lanes.get(process, ())), trace.ticks)


def share(part: int, whole: int) -> float:
    """Return a part of a whole, 0 of nothing."""
    return part / whole if whole else 0.0


# --- words --------------------------------------------------------------------------------------------------


def percent(part: float) -> str:
    """Return a share in percent; what is not all is never shown as 100, nor what is something as 0."""
    number = round(100 * part)
    if number >= 100 and part < 1:
        return "over 99 %" if part > 0.995 else "99 %"
    if number == 0 and part > 0:
        return "under 1 %"
    return f"{number} %"


def between(parts: Sequence[float]) -> str:
    """Return the range of several shares, as one number where they are about equal."""
    low, high = min(parts), max(parts)
    if round(100 * high) - round(100 * low) <= 1:
        return percent(sum(parts) / len(parts))
    return f"{percent(low)} to {percent(high)}"


def noun_for(lanes: Sequence[Lane]) -> str:
    """Return `processes` where each of the threads is a process of its own, else `threads`."""
    return "processes" if len({lane.process for lane in lanes}) == len(lanes) > 1 else "threads"


def cores_words(cores: int) -> str:
    """Return how many cores there are."""
    return "1 core" if cores == 1 else f"{cores} cores"


def cores_busy(cores: int) -> str:
    """Return what it means for the cores that one thread ran at a time."""
    return "there is only one core" if cores == 1 else f"only 1 of {cores} cores was ever busy"
