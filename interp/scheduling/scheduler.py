"""The scheduler: virtual time, the global lock, and who runs next and for how long.

It is a discrete-event simulation. Two sorts of thing happen: a *timer* fires (a sleeper wakes, a waiter's
interval is over, a signal arrives), or a running thread *executes* until something stops it. Whatever comes
first in virtual time is done first; timers before threads, threads by their core's number, timers of one tick
in the order in which they were set. So there is one total order, and a run depends on nothing but the
program, the settings and the choices.

A running thread is executed up to a *bound*: the next timer, or the clock of another core where memory is
shared without a lock. It may overrun the bound until its next switch point, as an instruction that takes long
does in CPython; what happened meanwhile is then done first. Between processes nothing is shared, so one may
run ahead of another until it asks the world for something; the request waits until all others have come as
far.

A thread is always in exactly one state (`ThreadState`), and the ticks that it spends in each are counted when
it leaves it. Observers are told events (`events.py`); they change nothing, and where there are none no event
is made.

Read next: `locks/`, the policies of the global lock, and `hands.py`, what they may ask for; `cores.py`;
`requests.py`, the world; `dictated.py`, runs by a schedule.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from interp.bytecode.code import Code
from interp.language.errors import InterpFault
from interp.machine.engine import Engine
from interp.machine.interpreter import StepListener, is_of_the_program, opens_block, unwind
from interp.machine.state import Frame, ThreadState, Wait
from interp.machine.switch_points import switch_rule
from interp.machine.sync import WAITING, SyncObject
from interp.machine.thread import Thread
from interp.scheduling import events
from interp.scheduling.cores import Cores
from interp.scheduling.costs import named_costs
from interp.scheduling.failures import Failure, failure_of
from interp.scheduling.hands import SchedulerHands
from interp.scheduling.ledger import Ledger, Observer, Timer, TimerKind
from interp.scheduling.locks import named_lock
from interp.scheduling.locks.policy import GlobalLock
from interp.scheduling.requests import World
from interp.scheduling.settings import Settings
from interp.scheduling.world import Pause

MEMORY_CHECK_STEPS = 100_000
MEMORY_CHECK_MOST = 5_000_000
"""Memory is measured after so many steps, less often the more values there are: it takes time to count
them."""

LAST_STEPS = 1_000
"""So close before `max_steps`, instructions are executed one by one, to stop exactly there."""


class Bound(Exception):  # noqa: N818 - not an error: the run stops
    """The run has reached the step that it was to stop at."""


class Watcher(Protocol):
    """Is told what is no event, for those who go back and forth in a run (`traces/recording.py`)."""

    def turn(self, thread: Thread, /) -> None:
        """`thread` is about to execute a step; the last one was another's."""

    def performed(self, thread: Thread, /) -> None:
        """What `thread` asked of the world by its last step is done now; others may have gone on since."""

    def wait_over(self, thread: Thread, /) -> None:
        """What `thread` was blocked on has come about."""

    def granted(self, thread: Thread, operation: str, on: SyncObject, /) -> None:
        """An operation on a synchronisation object has succeeded, at once or at the end of a wait."""

    def raised(self, thread: Thread, error: BaseException, /) -> None:
        """What `thread` asked of the world has failed, or there is too little memory for it to go on."""


class Simulation:
    """One run, from its first instruction to its end.

    It stops with `Bound` when it has executed `stop_at` steps (at first `max_steps`) and another one is about to
    follow, by the thread `following`; with a larger `stop_at` it goes on. With `stops_softly` it may stop a little
    later, where the quick form of the code has come to a switch point; that takes less time. `in_order` says that steps
    of several processes come in the order of their ticks, which takes longer. Where they do not, the run can be stopped
    when all have come to the tick `meet_at`: what has been executed then is the same in either order. `last_to_run` is
    the number of the thread that executes steps, or executed the last one; `unfinished` is what it was in the middle of
    when the run stopped: its number, and the bound it may run to before anything else happens.
    """

    STATE = (
        "afterwards", "done", "failed", "last_to_run", "locks", "next_memory_check", "part", "steps", "unfinished",
    )  # fmt: skip
    """The attributes that change as the run goes on, beside those of the ledger, the cores and the world."""

    def __init__(
        self,
        code: Code,
        settings: Settings,
        observers: Sequence[Observer] = (),
        write: Callable[[str], object] | None = None,
        on_step: StepListener | None = None,
        progress: Callable[[int, int], None] | None = None,
        *,
        in_order: bool = False,
    ) -> None:
        self.code = code
        self.settings = settings
        self.in_order = in_order
        self.progress = progress
        self.costs = named_costs(settings.costs)
        self.policy = named_lock(settings.lock)
        self.rule = switch_rule(settings.switch_points or self.policy.switch_points)
        self.interval = settings.interval or self.policy.default_interval(self.costs)
        self.isolated = settings.mode == "processes"
        self.has_lock = self.policy.excludes and settings.mode != "sequential"
        # Where the operating system shares out the cores, it may take one away anywhere, whatever the lock's rule.
        sharing = self.isolated or (settings.mode == "threads" and not self.has_lock)
        self.counting = self.policy.counts and self.has_lock and not sharing
        # The loop has to stop now and then in any case; under a rule without places nobody may switch there.
        stops = switch_rule("every") if sharing else self.rule if self.rule.after else switch_rule("calls-and-loops")
        self.engine = Engine(replace(stops, counting=self.counting), self.costs.of_opcode, on_step)
        self.ledger = Ledger(observers, settings.seed)
        self.cores = Cores(self.ledger, settings.cores, self.costs, shared=sharing)
        self.world = World(self.ledger, settings.mode, self.costs, write)
        self.locks: dict[int, GlobalLock] = {}
        self.hands = SchedulerHands(self)
        self.afterwards: dict[int, Pause | Wait | None] = {}
        self.failed: list[Failure] = []
        self.part = 0
        self.done = 0
        self.steps = 0
        self.stop_at = settings.max_steps
        self.stops_softly = False
        self.meet_at: int | None = None
        self.following: Thread | None = None
        self.unfinished: tuple[int, int] | None = None
        self.last_to_run = 0
        self.steps_of_others = 0
        self.watcher: Watcher | None = None
        self.cheapest = max(1, min(self.costs.of_opcode))
        self.next_memory_check = MEMORY_CHECK_STEPS * (self.cheapest if self.isolated else 1)

    @property
    def tick(self) -> int:
        """The tick at which a run stands that has stopped."""
        if self.following is not None:
            return self.following.clock
        threads: list[Thread] = self.ledger.machine.threads
        return max(thread.clock for thread in threads)

    # --- the run

    def start(self) -> None:
        """Make the main process and its thread."""
        process = self.ledger.new_process({"__name__": "__main__"})
        main = self.ledger.new_thread(process, "main", parent=None)
        main.frames.append(Frame(self.code, list(self.code.unbound), process))
        self.arrive(main, 0)

    def run(self) -> None:
        """Go on until nothing can happen any more; raises `Bound` at `stop_at`."""
        if self.unfinished is not None:
            number, bound = self.unfinished
            self.execute(self.ledger.thread(number), bound)
        running = self.cores.running
        while True:
            timers = self.ledger.timers
            if len(running) == 1:
                thread = running[0]
            elif running:
                thread = min(running, key=clock_and_core)
            elif timers:
                self.fire(heapq.heappop(timers))
                continue
            else:
                return
            if timers and timers[0].time <= thread.clock:
                self.fire(heapq.heappop(timers))
            else:
                self.take_turn(thread)

    def fire(self, timer: Timer) -> None:
        """Do what a timer is for."""
        thread = self.ledger.thread(timer.thread)
        current = timer.token == thread.alarm
        self.ledger.now = timer.time
        if timer.kind is TimerKind.ARRIVE:
            self.arrive(thread, timer.time)
        elif timer.kind is TimerKind.SIGNAL:
            self.attempt(thread, timer.time)
        elif timer.kind is TimerKind.SLEEP_OVER and current and thread.state is ThreadState.SLEEPING:
            thread.frames[-1].stack.append(None)
            self.arrive(thread, timer.time)
        elif timer.kind is TimerKind.LOCK_ALARM and current:
            self.policy.alarm(self.lock_of(thread), thread.number, self.hands)
        elif timer.kind is TimerKind.LOCK_SIGNAL and thread.number in self.lock_of(thread).waiting:
            self.policy.woken(self.lock_of(thread), thread.number, self.hands)
        elif timer.kind is TimerKind.SLICE and current and thread.state is ThreadState.RUNNING:
            self.cores.end_time_slice(thread)

    def take_turn(self, thread: Thread) -> None:
        """Let the running thread that is first in time do its next thing."""
        self.ledger.now = thread.clock
        if thread.request is not None:
            self.perform(thread)
        elif not thread.frames:
            self.finish(thread)
        elif thread.at_switch_point and self.has_lock and self.lets_go(thread):
            self.drop(thread)
        elif self.isolated and thread.clock >= self.next_memory_check:
            self.check_memory(thread)
        else:
            self.execute(thread, self.bound_for(thread))

    # --- executing

    def bound_for(self, thread: Thread) -> int:
        """Return the tick up to which `thread` may run before something else has to be looked at."""
        bound = self.next_memory_check if self.isolated else thread.clock + self.next_memory_check - self.steps
        if self.isolated and not self.in_order:
            bound = min(bound, self.cores.slice_end(thread))
            return bound if self.meet_at is None else min(bound, self.meet_at)
        if self.ledger.timers:
            bound = min(bound, self.ledger.timers[0].time)
        if self.has_lock and self.rule.after and not self.counting and self.lock_of(thread).requested:
            # Asked to let go where there was no switch point, the holder looks at the next one.
            bound = min(bound, thread.clock + 1)
        for other in self.cores.running:
            if other is not thread:
                bound = min(bound, other.clock + (clock_and_core(thread)[1] < clock_and_core(other)[1]))
        return bound

    def execute(self, thread: Thread, bound: int) -> None:
        """Execute instructions up to the bound, or until the thread asks for something, ends or fails."""
        remaining = self.stop_at - self.steps
        if remaining <= 0 or (self.meet_at is not None and thread.clock >= self.meet_at):
            self.following = thread
            raise Bound
        self.unfinished = None
        self.begin_turn(thread)
        before = thread.steps
        quickly = remaining if self.stops_softly else remaining - LAST_STEPS
        if self.engine.only_steps or quickly <= 0:
            thread.at_switch_point = self.engine.crawl(thread, bound, remaining)
        else:
            thread.at_switch_point = self.engine.run(thread, min(bound, thread.clock + quickly))
        self.steps += thread.steps - before
        if self.steps >= self.stop_at and not thread.at_switch_point and thread.request is None and thread.frames:
            # Between two switch points nothing else may happen, even if its time has come: the thread has to get to
            # the next one first, when the run goes on.
            self.following, self.unfinished = thread, (thread.number, bound)
            raise Bound
        if self.steps >= self.next_memory_check and not self.isolated:
            self.check_memory(thread)

    def begin_turn(self, thread: Thread) -> None:
        """Note who executes the next steps."""
        self.steps_of_others = self.steps - thread.steps
        if self.last_to_run != thread.number:
            if self.watcher is not None:
                self.watcher.turn(thread)
            self.last_to_run = thread.number

    def step_number(self, thread: Thread) -> int:
        """Return how many steps the run has executed, while `thread` is executing some."""
        return self.steps_of_others + thread.steps

    def check_memory(self, thread: Thread) -> None:
        """Measure memory, and say when it is to be measured again: by the step, or by the tick between processes.

        The steps of those come in no certain order.
        """
        after = measure_memory(thread, self.fail)
        self.next_memory_check = thread.clock + after * self.cheapest if self.isolated else self.steps + after
        if self.progress is not None:
            self.progress(thread.clock, self.steps)

    # --- requests, waiting, ending

    def perform(self, thread: Thread) -> None:
        """Do what the thread asked of the world, once it is paid for, and let it go on or wait."""
        request = thread.request
        if request is None:
            raise InterpFault("A thread that asks for nothing was to be served.")
        if not request.paid:
            request.paid = True
            price = self.world.price(request)
            if price:
                thread.clock += price
                return
        thread.request = None
        if self.watcher is not None:
            self.watcher.performed(thread)
        split = len(request.arguments) - len(request.keywords)
        named = dict(zip(request.keywords, request.arguments[split:], strict=True))
        try:
            result = request.builtin.perform(self.world, thread, *request.arguments[:split], **named)
        except BaseException as error:
            if not is_of_the_program(error):
                raise
            self.fail(thread, error)
            thread.at_switch_point = False
            return
        if isinstance(result, (Wait, Pause)):
            self.suspend(thread, result)
            return
        if self.watcher is not None and request.arguments and isinstance(request.arguments[0], SyncObject):
            self.watcher.granted(thread, request.builtin.name, request.arguments[0])
        frame = thread.frames[-1]
        frame.stack.append(result)
        kind = frame.code.instructions[frame.pc - 1].opcode.switch
        thread.at_switch_point = kind in self.rule.after and not (self.rule.spares_blocks and opens_block(thread))
        thread.process.ticker -= self.counting and thread.at_switch_point

    def suspend(self, thread: Thread, reason: Wait | Pause) -> None:
        """Take the thread off its core: it blocks or sleeps, after the switch if the lock was requested."""
        self.cores.take_off(thread)
        if isinstance(reason, Wait):
            thread.wait = reason
        if self.has_lock and self.release(thread, "block" if isinstance(reason, Wait) else "sleep", forcing=True):
            self.afterwards[thread.number] = reason
            self.ledger.set_state(thread, ThreadState.LOCK_WAIT, thread.clock)
        else:
            self.begin_waiting(thread, reason, thread.clock)
        self.cores.fill(thread.clock)

    def begin_waiting(self, thread: Thread, reason: Wait | Pause, now: int) -> None:
        """Block or sleep from now on."""
        if isinstance(reason, Pause):
            self.ledger.set_state(thread, ThreadState.SLEEPING, now)
            thread.alarm += 1
            self.ledger.set_timer(now + self.costs.sleeping(reason.ticks), TimerKind.SLEEP_OVER, thread)
        elif thread.wait is None:
            self.arrive(thread, now)  # it was let go on while it still waited for the switch
        else:
            self.ledger.set_state(thread, ThreadState.BLOCKED, now)

    def attempt(self, thread: Thread, now: int) -> None:
        """A signalled thread is awake: it tries again what it waits for, and goes on if that succeeds."""
        wait = thread.wait
        if wait is None or not wait.signalled:
            return
        wait.signalled = False
        if self.end_wait(thread, wait) and thread.number not in self.afterwards:
            self.arrive(thread, now)

    def end_wait(self, thread: Thread, wait: Wait) -> bool:
        """Try what a thread waits for; returns whether its wait is over, with a value or an error."""
        on = wait.on
        if not isinstance(on, SyncObject):
            raise InterpFault(f"Thread {thread.number} waits for what is no synchronisation object.")
        try:
            result = on.attempt(self.world, thread.number, wait)
            if result is WAITING:
                return False
            thread.frames[-1].stack.append(result)
            if self.watcher is not None:
                self.watcher.granted(thread, wait.operation, on)
        except BaseException as error:
            if not is_of_the_program(error):
                raise
            self.fail(thread, error)
        on.withdraw(thread.number)
        thread.wait = None
        if self.watcher is not None:
            self.watcher.wait_over(thread)
        return True

    def fail(self, thread: Thread, error: BaseException) -> None:
        """What the thread asked of the world or waited for has failed, or memory is full: it goes on with the error."""
        if self.watcher is not None:
            self.watcher.raised(thread, error)
        unwind(thread, error)

    def finish(self, thread: Thread) -> None:
        """A thread is over: its task has a result or an error."""
        self.cores.take_off(thread)
        error = thread.task.error
        if error is not None:
            failure = failure_of(thread)
            self.failed.append(failure)
            report = failure.report
            self.ledger.tell(
                events.Failed, thread, thread.clock, type=report.type, message=report.message, line=report.line
            )
        if self.has_lock:
            self.release(thread, "end", forcing=False)
        self.ledger.set_state(thread, ThreadState.FAILED if error else ThreadState.FINISHED, thread.clock)
        thread.ended = thread.clock
        self.ledger.tell(events.Ended, thread, thread.clock)
        if self.isolated and thread.number != 1:
            thread.process.globals = {}  # its memory ends with it; what it returned is in its task
        thread.task.finish(self.world, thread.task.value, error)
        self.cores.fill(thread.clock)

    # --- the global lock

    def lock_of(self, thread: Thread) -> GlobalLock:
        """Return the global lock of the thread's process."""
        number = thread.process.number
        if number not in self.locks:
            self.locks[number] = GlobalLock(number)
        return self.locks[number]

    def arrive(self, thread: Thread, now: int) -> None:
        """A thread can go on: it wants the lock of its process, then a core."""
        self.ledger.now = now
        if not self.has_lock:
            self.cores.want(thread, now)
            return
        lock = self.lock_of(thread)
        self.policy.arrive(lock, thread.number, self.hands)
        if lock.holder != thread.number:
            self.ledger.set_state(thread, ThreadState.LOCK_WAIT, now)
            self.ledger.tell(events.LockWaited, thread, now, process=lock.process)

    def lets_go(self, thread: Thread) -> bool:
        """Whether the holder, at a switch point, gives the lock up: the policy says, if it is to look here at all."""
        if not self.rule.after:
            return False
        if self.counting:
            if thread.process.ticker >= 0:
                return False
            thread.process.ticker = self.interval
        return self.policy.check(self.lock_of(thread), thread.number, self.hands)

    def drop(self, thread: Thread) -> None:
        """The holder lets go at a switch point, and waits for the switch if it is forced to."""
        self.cores.take_off(thread)
        forced = self.release(thread, "check" if self.counting else "request", forcing=True)
        self.ledger.set_state(thread, ThreadState.LOCK_WAIT, thread.clock)
        self.ledger.tell(events.LockWaited, thread, thread.clock, process=thread.process.number)
        if forced:
            self.afterwards[thread.number] = None
        else:
            self.policy.arrive(self.lock_of(thread), thread.number, self.hands)
        self.cores.fill(thread.clock)

    def release(self, thread: Thread, reason: str, *, forcing: bool) -> bool:
        """Let the global lock go; returns whether the thread has to wait for the switch."""
        lock = self.lock_of(thread)
        lock.held += thread.clock - lock.taken_at
        self.ledger.now = thread.clock
        self.ledger.tell(
            events.LockReleased, thread, thread.clock, process=lock.process, reason=reason, line=thread.line
        )
        return self.policy.release(lock, thread.number, self.hands, forcing=forcing)


def clock_and_core(thread: Thread) -> tuple[int, int]:
    """The order among running threads: who is behind in time comes first, then who has the lower core."""
    return thread.clock, thread.core or 0


def measure_memory(thread: Thread, fail: Callable[[Thread, BaseException], object] = unwind) -> int:
    """Measure memory and return after how many steps to do so again; too much of it makes the thread `fail`."""
    values = 0
    try:
        values = thread.machine.check_memory()
    except MemoryError as error:
        if thread.frames:
            thread.request = None
            fail(thread, error)
    return max(MEMORY_CHECK_STEPS, min(5 * values, MEMORY_CHECK_MOST))
