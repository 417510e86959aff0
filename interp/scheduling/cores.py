"""The simulated cores, and the operating system's part: which thread runs on which core.

A thread that can go on takes a free core, the one it had before if that is free. Without a free core it is
*ready* and stands in line. Where more threads want cores than there are (processes, or threads without a
global lock), each keeps its core for a time slice and then gives it to the next in line. Under a global lock
the line is empty: one thread of the process runs at a time.
"""

from __future__ import annotations

from interp.language.errors import InterpFault
from interp.machine.state import ThreadState
from interp.machine.thread import Thread
from interp.scheduling import events
from interp.scheduling.costs import Costs
from interp.scheduling.ledger import Ledger, TimerKind


class Cores:
    """Who runs where.

    `shared` says that the cores are shared out in time slices; `by_hand`, that somebody else says who runs: a free
    core is then given to nobody in line.
    """

    STATE = ("by_hand", "last_users", "ready", "running", "slices", "switches", "users")

    def __init__(self, ledger: Ledger, count: int, costs: Costs, *, shared: bool) -> None:
        self.ledger = ledger
        self.costs = costs
        self.shared = shared
        self.by_hand = False
        self.users: list[int | None] = [None] * count
        self.last_users: list[int | None] = [None] * count
        self.running: list[Thread] = []
        self.ready: list[int] = []
        self.switches = 0
        self.slices: dict[int, tuple[int, int, str]] = {}

    def want(self, thread: Thread, now: int) -> None:
        """Run on a free core, or be ready until there is one."""
        free = [core for core, user in enumerate(self.users) if user is None]
        if not free:
            self.ledger.set_state(thread, ThreadState.READY, now)
            self.ready.append(thread.number)
        else:
            self.run_on(thread, thread.core if thread.core in free else free[0], now)

    def run_on(self, thread: Thread, core: int, now: int) -> None:
        """Put a thread on a core."""
        self.users[core] = thread.number
        if self.last_users[core] != thread.number:
            self.switches += self.last_users[core] is not None
            self.last_users[core] = thread.number
        thread.core = core
        self.ledger.set_state(thread, ThreadState.RUNNING, now)
        thread.clock = now + thread.debt
        thread.debt = 0
        thread.at_switch_point = False
        self.running.append(thread)
        self.renew_time_slice(thread)
        if self.ledger.watched:
            self.slices[thread.number] = (now, thread.steps, whereabouts(thread, after=False))

    def fill(self, now: int) -> None:
        """Give the free cores to those in line."""
        while self.ready and None in self.users and not self.by_hand:
            number = self.ledger.choose(self.ready)
            self.ready.remove(number)
            self.want(self.ledger.thread(number), now)

    def take_off(self, thread: Thread) -> int:
        """Take a thread off its core and return the core, which is free until it is filled."""
        core = thread.core
        if core is None or self.users[core] != thread.number:
            raise InterpFault(f"Thread {thread.number} was to leave a core that it does not run on.")
        self.running.remove(thread)
        self.users[core] = None
        self.ledger.now = thread.clock
        if self.ledger.watched:
            start, steps, first = self.slices.pop(thread.number)
            self.ledger.tell(
                events.RunSlice,
                thread,
                start,
                core=core,
                stop=thread.clock,
                first=first,
                last=whereabouts(thread, after=True),
                count=thread.steps - steps,
            )
        return core

    def renew_time_slice(self, thread: Thread) -> None:
        """Leave the core to the thread for a time slice, if cores are shared out."""
        if self.shared:
            thread.alarm += 1
            self.ledger.set_timer(thread.clock + self.costs.time_slice, TimerKind.SLICE, thread)

    def slice_end(self, thread: Thread) -> int:
        """Return the tick at which the thread's time slice ends, or may at the latest."""
        ends = [
            timer.time
            for timer in self.ledger.timers
            if timer.kind is TimerKind.SLICE and timer.thread == thread.number and timer.token == thread.alarm
        ]
        return min([thread.clock + self.costs.time_slice, *ends])

    def end_time_slice(self, thread: Thread) -> None:
        """Give the core to the next in line; if there is none, the slice is renewed."""
        if not self.ready:
            self.renew_time_slice(thread)
        elif thread.clock > self.ledger.now:  # in the middle of something that takes long: when that is over
            self.ledger.set_timer(thread.clock, TimerKind.SLICE, thread)
        else:
            core = self.take_off(thread)
            self.ledger.set_state(thread, ThreadState.READY, thread.clock)
            following = self.ledger.thread(self.ledger.choose(self.ready))
            self.ready.remove(following.number)
            self.ledger.charge(following, self.costs.context_switch)
            self.run_on(following, core, thread.clock)
            self.ready.append(thread.number)


def whereabouts(thread: Thread, *, after: bool) -> str:
    """Name the instruction that a thread executed last (`after`) or executes next, with its line."""
    if not thread.frames:
        return "RETURN_VALUE"
    frame = thread.frames[-1]
    instruction = frame.code.instructions[max(0, frame.pc - 1) if after else frame.pc]
    return f"{instruction.opcode.name}:{instruction.place.line}"
