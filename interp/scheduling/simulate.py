"""A run as one function: a program and its settings in, a result out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from interp.bytecode.code import Code
from interp.machine.interpreter import StepListener
from interp.machine.state import ThreadState
from interp.machine.thread import Thread
from interp.scheduling.deadlock import describe_deadlock, stuck_threads
from interp.scheduling.dictated import follow
from interp.scheduling.ledger import Observer
from interp.scheduling.result import Result, ThreadTimes
from interp.scheduling.scheduler import Bound, Simulation, clock_and_core
from interp.scheduling.settings import Settings

DIGITS = 4300
"""Python's default limit on the digits of an int that becomes a text
(`sys.int_info.default_max_str_digits`)."""


def simulate(
    code: Code,
    settings: Settings,
    observers: Sequence[Observer] = (),
    *,
    write: Callable[[str], object] | None = None,
    on_step: StepListener | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Run a program to its end and return what it came to.

    `observers` are told every event, `on_step` every instruction (which is slow), `write` every piece of
    output as it is printed, `progress` the tick and the number of steps now and then; none of them changes
    the run. Raises `UsageError` for settings that name something unknown, or a schedule that cannot be
    followed. Ctrl-C ends the run with the outcome `interrupted` and what is known until then.
    """
    simulation = Simulation(code, settings, observers, write, on_step, progress)
    outcome = None
    with python_digits():
        try:
            simulation.start()
            go_on(simulation)
        except Bound:
            outcome = "limit"
        except KeyboardInterrupt:
            outcome = "interrupted"
        return make_result(simulation, outcome)


def go_on(simulation: Simulation) -> None:
    """Let a run that was started go on to its end, by its schedule first; raises `Bound` at its `stop_at`."""
    if simulation.settings.schedule:
        follow(simulation, simulation.settings.schedule)
    simulation.run()


@contextmanager
def python_digits() -> Iterator[None]:
    """Have Python's default limit on the digits of ints, whatever the host was started with."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(DIGITS)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(before)


def make_result(simulation: Simulation, outcome: str | None) -> Result:
    """Sum up a run that is over; without an outcome, say which it is."""
    threads: list[Thread] = simulation.ledger.machine.threads
    for runner in sorted(simulation.cores.running, key=clock_and_core):  # a run that was cut short
        simulation.cores.take_off(runner)
        simulation.ledger.set_state(runner, ThreadState.READY, runner.clock)
    end = max(max(thread.clock, thread.since) for thread in threads)
    blocked = [thread for thread in threads if not thread.state.is_over]
    failed = [one for one in simulation.failed if one.thread == 1 or not threads[one.thread - 1].task.joined]
    stuck = stuck_threads(threads) if outcome is None and blocked else ()
    if outcome is None:
        outcome = "deadlock" if stuck else "error" if failed else "ok"
    reports = [failure.text for failure in failed]
    if outcome == "deadlock":
        reports.append(describe_deadlock(stuck, end, simulation.code.filename) + "\n")
    for thread in blocked:
        simulation.ledger.account(thread, end)
    for lock in simulation.locks.values():
        if lock.holder is not None:
            lock.held += end - lock.taken_at
    sharing = simulation.cores.shared or not simulation.has_lock
    return Result(
        settings=simulation.settings,
        interval=simulation.interval,
        outcome=outcome,
        output="".join(simulation.world.output),
        error=failed[0].report if failed else None,
        report="".join(reports),
        stuck=stuck,
        ticks=end,
        steps=sum(thread.steps for thread in threads),
        switches=simulation.cores.switches if sharing else sum(lock.switches for lock in simulation.locks.values()),
        lock_held=sum(lock.held for lock in simulation.locks.values()),
        busy=sum(thread.spent[ThreadState.RUNNING] for thread in threads),
        threads=tuple(times_of(thread, end) for thread in threads),
    )


def times_of(thread: Thread, end: int) -> ThreadTimes:
    """Return the ticks that a thread spent in each state."""
    spent = thread.spent
    return ThreadTimes(
        number=thread.number,
        name=thread.name,
        process=thread.process.number,
        start=thread.spawned_at,
        end=end if thread.ended is None else thread.ended,
        running=spent[ThreadState.RUNNING],
        ready=spent[ThreadState.READY],
        lock_wait=spent[ThreadState.LOCK_WAIT],
        blocked=spent[ThreadState.BLOCKED],
        sleeping=spent[ThreadState.SLEEPING],
        steps=thread.steps,
    )
