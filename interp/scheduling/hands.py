"""What a lock's policy may ask of the scheduler: timers, wake-ups, and to let a thread run.

A policy (`locks/`) decides who gets the lock and knows nothing of cores, costs or events; here is what its decisions
come to. `locks/policy.py` says what each of these means to a policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interp.machine.state import ThreadState
from interp.scheduling import events
from interp.scheduling.ledger import TimerKind
from interp.scheduling.locks.policy import GlobalLock

if TYPE_CHECKING:
    from interp.scheduling.scheduler import Simulation


class SchedulerHands:
    """The hands of one run (`locks.policy.Hands`)."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.ledger, self.cores, self.costs = simulation.ledger, simulation.cores, simulation.costs

    def set_alarm(self, thread: int) -> None:
        """Set the timer for a waiter's interval, in place of any before."""
        waiter = self.ledger.thread(thread)
        waiter.alarm += 1
        self.ledger.set_timer(self.ledger.now + self.simulation.interval, TimerKind.LOCK_ALARM, waiter)

    def signal_waiter(self, thread: int) -> None:
        """Wake a waiter for the lock after the latency."""
        self.ledger.set_timer(self.ledger.now + self.costs.wake_up, TimerKind.LOCK_SIGNAL, self.ledger.thread(thread))

    def choose(self, threads: list[int]) -> int:
        """Return the one that comes next."""
        return self.ledger.choose(threads)

    def lock_requested(self, lock: GlobalLock, thread: int) -> None:
        """Tell that a waiter asks the holder to drop the lock."""
        self.ledger.tell(
            events.LockRequested,
            self.ledger.thread(thread),
            self.ledger.now,
            process=lock.process,
            holder=lock.holder or 0,
        )

    def lock_taken(self, lock: GlobalLock, thread: int) -> None:
        """Let the new holder run."""
        holder, now = self.ledger.thread(thread), self.ledger.now
        holder.alarm += 1
        lock.taken_at = now
        waited = now - holder.since if holder.state is ThreadState.LOCK_WAIT else 0
        self.ledger.tell(events.LockTaken, holder, now, process=lock.process, waited=waited)
        self.cores.want(holder, now)

    def switch_seen(self, lock: GlobalLock, thread: int) -> None:
        """Let a thread go on that had to wait until somebody else took the lock."""
        waiter = self.ledger.thread(thread)
        reason = self.simulation.afterwards.pop(thread)
        if reason is None:
            self.simulation.policy.arrive(lock, thread, self)
        else:
            self.simulation.begin_waiting(waiter, reason, self.ledger.now)

    def taken_back(self, lock: GlobalLock, thread: int) -> None:
        """Tell that the holder let go and took the lock back in the same moment, and let it pay for that."""
        holder, now = self.ledger.thread(thread), self.ledger.now
        self.ledger.tell(events.LockReleased, holder, now, process=lock.process, reason="check", line=holder.line)
        self.ledger.tell(events.LockTaken, holder, now, process=lock.process, waited=0)
        self.ledger.charge(holder, self.costs.contention)

    def signal_soon(self, thread: int) -> None:
        """Wake a waiter that fell asleep a moment ago."""
        waiter = self.ledger.thread(thread)
        self.ledger.set_timer(self.ledger.now + self.costs.short_wake_up, TimerKind.LOCK_SIGNAL, waiter)

    def has_free_core(self) -> bool:
        """Whether a core stands idle."""
        return None in self.cores.users

    def goes_first(self, thread: int, runner: int) -> bool:
        """Whether a woken thread has had less of the cores than a running one, by half a time slice."""
        running = self.ledger.thread(runner)
        lead = running.spent[ThreadState.RUNNING] + running.clock - running.since
        return 2 * (lead - self.ledger.thread(thread).spent[ThreadState.RUNNING]) >= self.costs.time_slice
