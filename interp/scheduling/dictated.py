"""Runs that begin by a schedule: the person, not the lock, says who executes how many steps.

While a schedule is followed, one thread runs at a time, whatever the mode and the number of cores, and it
runs exactly the steps that the schedule gives it: a switch may come after any step. A thread that sleeps is
waited for; one that is blocked cannot be chosen until it could go on. When the schedule is used up, the
threads stand as they would after an ordinary hand-over, and the lock's policy takes over.
"""

from __future__ import annotations

import heapq

from interp.language.errors import UsageError
from interp.machine.state import ThreadState
from interp.machine.thread import Thread
from interp.scheduling.ledger import Timer, TimerKind
from interp.scheduling.naming import describe_wait
from interp.scheduling.schedule import Choice, parse_schedule
from interp.scheduling.scheduler import Bound, Simulation


def follow(simulation: Simulation, schedule: str) -> None:
    """Execute what is left of a schedule; raises `UsageError` where it cannot be followed, `Bound` at `stop_at`.

    `part` and `done` of the simulation say how far it has come, so that a run can stop and go on within a schedule.
    """
    choices = parse_schedule(schedule)
    if simulation.part > len(choices):
        return
    simulation.cores.by_hand = True
    while simulation.part < len(choices):
        follow_part(simulation, simulation.part + 1, choices[simulation.part])
        simulation.part, simulation.done = simulation.part + 1, 0
    settle(simulation)
    simulation.part += 1


def follow_part(simulation: Simulation, position: int, choice: Choice) -> None:
    """Execute the steps of one part of a schedule that are not done yet."""
    if choice.steps == 0:
        end_if_over(simulation, chosen_thread(simulation, position, choice, 0))
    while simulation.done < choice.steps:
        thread = chosen_thread(simulation, position, choice, simulation.done)
        run_one_step(simulation, thread)
        simulation.done += 1
        admit_new_threads(simulation)


def chosen_thread(simulation: Simulation, position: int, choice: Choice, done: int) -> Thread:
    """Return the chosen thread, running; raises `UsageError` if it cannot run."""
    refusal = f"the schedule cannot be followed at its part {position}, {choice}"
    if done:
        refusal += f", after {done} of its steps"
    if choice.thread > len(simulation.ledger.machine.threads):
        raise UsageError(f"{refusal}: there is no thread {choice.thread} (yet).")
    thread = simulation.ledger.thread(choice.thread)
    if thread.state.is_over:
        raise UsageError(f"{refusal}: thread {thread.number} ({thread.name}) has ended.")
    if thread.state is not ThreadState.RUNNING:
        bring_on(simulation, thread, refusal)
    return thread


def bring_on(simulation: Simulation, thread: Thread, refusal: str) -> None:
    """Let `thread` run in place of whoever runs now."""
    ledger = simulation.ledger
    now = present(simulation)
    if thread.state is ThreadState.SLEEPING:
        now = max([now, *(timer.time for timer in ledger.timers if is_end_of_sleep(timer, thread))])
        # A timer left behind would do nothing, but a loop that sleeps would leave thousands.
        ledger.timers = [timer for timer in ledger.timers if not is_end_of_sleep(timer, thread)]
        heapq.heapify(ledger.timers)
        thread.frames[-1].stack.append(None)
        thread.alarm += 1
    elif thread.wait is not None and not simulation.end_wait(thread, thread.wait):
        raise UsageError(f"{refusal}: thread {thread.number} ({thread.name}) waits for {describe_wait(thread)}.")
    for runner in list(simulation.cores.running):
        put_aside(simulation, runner)
    ledger.now = now
    if shares_a_lock(simulation):
        simulation.policy.take(simulation.lock_of(thread), thread.number, simulation.hands)
    else:
        if thread.number in simulation.cores.ready:
            simulation.cores.ready.remove(thread.number)
        go_on(simulation, thread, now)


def shares_a_lock(simulation: Simulation) -> bool:
    """Whether the threads of the run take turns at one lock."""
    return simulation.has_lock and simulation.settings.mode == "threads"


def present(simulation: Simulation) -> int:
    """Return the tick that the run has come to."""
    return max([simulation.ledger.now, *(runner.clock for runner in simulation.cores.running)])


def is_end_of_sleep(timer: Timer, thread: Thread) -> bool:
    """Whether a timer is the one that the thread's sleep ends by."""
    return (timer.kind, timer.thread, timer.token) == (TimerKind.SLEEP_OVER, thread.number, thread.alarm)


def go_on(simulation: Simulation, thread: Thread, now: int) -> None:
    """Let a thread that shares its lock with nobody run; it may have the lock already."""
    if simulation.has_lock and simulation.lock_of(thread).holder == thread.number:
        simulation.cores.want(thread, now)
    else:
        simulation.arrive(thread, now)


def put_aside(simulation: Simulation, runner: Thread) -> None:
    """Take the running thread off its core because the schedule says so."""
    simulation.cores.take_off(runner)
    if shares_a_lock(simulation):
        simulation.release(runner, "schedule", forcing=False)
    stand_in_line(simulation, runner, runner.clock)


def stand_in_line(simulation: Simulation, thread: Thread, now: int) -> None:
    """Let a thread that could run wait until it is chosen."""
    if shares_a_lock(simulation):
        simulation.ledger.set_state(thread, ThreadState.LOCK_WAIT, now)
        simulation.lock_of(thread).waiting.append(thread.number)
    else:
        simulation.ledger.set_state(thread, ThreadState.READY, now)
        simulation.cores.ready.append(thread.number)


def run_one_step(simulation: Simulation, thread: Thread) -> None:
    """Execute one instruction, and what it asks of the world."""
    if simulation.steps >= simulation.stop_at:
        simulation.following = thread
        raise Bound
    if thread.frames:
        simulation.begin_turn(thread)
        simulation.engine.crawl(thread, 0, 1)
        simulation.steps += 1
    while thread.request is not None:
        simulation.ledger.now = thread.clock
        simulation.perform(thread)
    end_if_over(simulation, thread)


def end_if_over(simulation: Simulation, thread: Thread) -> None:
    """Let a thread end that has nothing left to execute; a task that failed at its call never had anything."""
    if not thread.frames and thread.state is ThreadState.RUNNING:
        simulation.ledger.now = thread.clock
        simulation.finish(thread)


def admit_new_threads(simulation: Simulation) -> None:
    """Let threads that were spawned stand where they can be chosen."""
    timers = simulation.ledger.timers
    for timer in sorted(timer for timer in timers if timer.kind is TimerKind.ARRIVE):
        timers.remove(timer)
        stand_in_line(simulation, simulation.ledger.thread(timer.thread), timer.time)
    heapq.heapify(timers)


def settle(simulation: Simulation) -> None:
    """Let the lock's policy take over: what would have fired by now fires now, waiters begin a fresh interval."""
    ledger, cores = simulation.ledger, simulation.cores
    now = ledger.now = present(simulation)
    lasting = (TimerKind.SLEEP_OVER, TimerKind.SIGNAL)
    ledger.timers = [timer._replace(time=max(now, timer.time)) for timer in ledger.timers if timer.kind in lasting]
    heapq.heapify(ledger.timers)
    for runner in cores.running:
        cores.renew_time_slice(runner)
    cores.by_hand = False
    ready, cores.ready = cores.ready, []
    for number in ready:
        go_on(simulation, ledger.thread(number), now)
    for lock in simulation.locks.values() if shares_a_lock(simulation) else ():
        waiting, lock.waiting = lock.waiting, []
        if lock.holder is not None:
            for number in waiting:
                simulation.policy.arrive(lock, number, simulation.hands)
        elif waiting:
            lock.waiting = waiting
            simulation.policy.hand_on(lock, simulation.hands)
