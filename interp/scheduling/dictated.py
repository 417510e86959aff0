"""Runs that begin by a schedule: the person, not the lock, says who executes how many steps.

While a schedule is followed, one thread runs at a time, whatever the mode and the number of cores, and it
runs exactly the steps that the schedule gives it: a switch may come after any step. A thread that sleeps is
waited for; one that is blocked cannot be chosen until it could go on. When the schedule is used up, the
threads stand as they would after an ordinary hand-over, and the lock's policy takes over. """

from __future__ import annotations

import heapq

from interp.language.errors import UsageError
from interp.machine.interpreter import unwind
from interp.machine.state import ThreadState
from interp.machine.sync import WAITING
from interp.machine.thread import Thread
from interp.scheduling.naming import describe_wait
from interp.scheduling.schedule import Choice, parse_schedule
from interp.scheduling.scheduler import Bound, Simulation, TimerKind


def follow(simulation: Simulation, schedule: str) -> None:
    """Execute the steps of a schedule; raises `UsageError` where it cannot be followed."""
    for position, choice in enumerate(parse_schedule(schedule), 1):
        for done in range(choice.steps):
            thread = chosen_thread(simulation, position, choice, done)
            run_one_step(simulation, thread)
            admit_new_threads(simulation)
    settle(simulation)


def chosen_thread(simulation: Simulation, position: int, choice: Choice, done: int) -> Thread:
    """Return the chosen thread, running; raises `UsageError` if it cannot run."""
    refusal = f"the schedule cannot be followed at its part {position}, {choice}"
    if done:
        refusal += f", after {done} of its steps"
    if choice.thread > len(simulation.machine.threads):
        raise UsageError(f"{refusal}: there is no thread {choice.thread} (yet).")
    thread = simulation.thread(choice.thread)
    if thread.state.is_over:
        raise UsageError(f"{refusal}: thread {thread.number} ({thread.name}) has ended.")
    if thread.state is not ThreadState.RUNNING:
        bring_on(simulation, thread, refusal)
    return thread


def bring_on(simulation: Simulation, thread: Thread, refusal: str) -> None:
    """Let `thread` run in place of whoever runs now."""
    now = max([simulation.now, *(runner.clock for runner in simulation.running)])
    if thread.state is ThreadState.SLEEPING:
        alarms = [
            timer.time
            for timer in simulation.timers
            if timer.thread == thread.number and timer.kind is TimerKind.SLEEP_OVER and timer.token == thread.alarm
        ]
        now = max([now, *alarms])
        thread.frames[-1].stack.append(None)
        thread.alarm += 1
    elif thread.state is ThreadState.BLOCKED and not finish_wait(simulation, thread):
        raise UsageError(f"{refusal}: thread {thread.number} ({thread.name}) waits for {describe_wait(thread)}.")
    for runner in list(simulation.running):
        put_aside(simulation, runner)
    simulation.now = now
    if simulation.has_lock:
        lock = simulation.lock_of(thread)
        simulation.policy.take(lock, thread.number, simulation)
    else:
        if thread.number in simulation.ready:
            simulation.ready.remove(thread.number)
        simulation.want_core(thread, now)


def finish_wait(simulation: Simulation, thread: Thread) -> bool:
    """Try what a blocked thread waits for; returns whether its wait is over."""
    wait = thread.wait
    if wait is None:
        return True
    try:
        result = wait.on.attempt(simulation, thread.number, wait)  # type: ignore[attr-defined]
    except Exception as error:
        unwind(thread, error)
    else:
        if result is WAITING:
            return False
        thread.frames[-1].stack.append(result)
    wait.on.withdraw(thread.number)  # type: ignore[attr-defined]
    thread.wait = None
    return True


def put_aside(simulation: Simulation, runner: Thread) -> None:
    """Take the running thread off its core because the schedule says so."""
    waiting, simulation.ready = simulation.ready, []
    simulation.stop_running(runner)
    simulation.ready = waiting
    if simulation.has_lock:
        lock = simulation.lock_of(runner)
        simulation.release(runner, "schedule", forcing=False)
        simulation.set_state(runner, ThreadState.LOCK_WAIT, runner.clock)
        lock.waiting.append(runner.number)
    else:
        simulation.set_state(runner, ThreadState.READY, runner.clock)
        simulation.ready.append(runner.number)


def run_one_step(simulation: Simulation, thread: Thread) -> None:
    """Execute one instruction, and what it asks of the world."""
    if simulation.steps >= simulation.settings.max_steps:
        raise Bound
    if thread.frames:
        simulation.engine.crawl(thread, 0, 1)
        simulation.steps += 1
    if thread.request is not None:
        simulation.now = thread.clock
        simulation.perform(thread)
    if not thread.frames and thread.state is ThreadState.RUNNING:
        simulation.finish(thread)


def admit_new_threads(simulation: Simulation) -> None:
    """Let threads that were spawned stand where they can be chosen."""
    for timer in [timer for timer in simulation.timers if timer.kind is TimerKind.ARRIVE]:
        simulation.timers.remove(timer)
        heapq.heapify(simulation.timers)
        simulation.fire(timer)


def settle(simulation: Simulation) -> None:
    """Let the lock's policy take over: timers that would have fired by now fire now, waiters begin a fresh
    interval."""
    now = max([simulation.now, *(runner.clock for runner in simulation.running)])
    simulation.now = now
    lasting = (TimerKind.SLEEP_OVER, TimerKind.SIGNAL)
    simulation.timers = [
        timer._replace(time=max(now, timer.time)) for timer in simulation.timers if timer.kind in lasting
    ]
    heapq.heapify(simulation.timers)
    for runner in simulation.running:
        simulation.renew_time_slice(runner)
    for lock in simulation.locks if simulation.has_lock else ():
        waiting, lock.waiting = lock.waiting, []
        if lock.holder is not None:
            for number in waiting:
                simulation.policy.arrive(lock, number, simulation.interval, simulation)
        elif waiting:
            lock.waiting = waiting
            simulation.policy.hand_on(lock, simulation.interval, simulation)
