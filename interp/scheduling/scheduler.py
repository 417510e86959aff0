"""The scheduler: virtual time, cores, the global lock, and who runs next and for how long.

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

A thread is always in exactly one state (`ThreadState`), and the ticks it spends in each are counted when it
leaves it. Observers are told events (`events.py`); they change nothing, and where there are none no event is
made.

Read next: `locks.py`, the policies of the global lock; `world.py`, what a thread can ask for; `dictated.py`,
runs by a schedule. """

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple, Protocol

from interp.bytecode.code import Code, ExceptionEntry, Instruction
from interp.bytecode.instructions import OPCODES
from interp.language.errors import InterpFault
from interp.language.syntax import Place
from interp.machine.engine import Engine
from interp.machine.interpreter import StepListener, opens_block, unwind
from interp.machine.memory import Copier, copy_value
from interp.machine.state import Frame, Machine, Process, ThreadState, Wait
from interp.machine.switch_points import switch_rule
from interp.machine.sync import WAITING, SyncObject, Task
from interp.machine.thread import Thread
from interp.machine.tracebacks import error_message, raised_line
from interp.machine.values import Builtin, Function, Method
from interp.scheduling import events
from interp.scheduling.costs import named_costs
from interp.scheduling.locks import FreeThreaded, GlobalLock, LockPolicy, named_lock
from interp.scheduling.naming import describe_wait
from interp.scheduling.settings import Settings
from interp.scheduling.world import BUILTINS, Pause

MEMORY_CHECK_STEPS = 100_000
MEMORY_CHECK_MOST = 5_000_000
"""Memory is measured after so many steps, less often the more values there are: it takes time to count
them."""

LAST_STEPS = 1_000
"""So close before `max_steps`, instructions are executed one by one, to stop exactly there."""


class Observer(Protocol):
    """Anyone who listens to a run."""

    def event(self, event: events.Event) -> None:
        """Take note of an event."""


class TimerKind(Enum):
    """What happens when a timer fires."""

    ARRIVE = "a thread begins"
    SLEEP_OVER = "a sleep is over"
    SIGNAL = "a blocked thread wakes up"
    LOCK_ALARM = "a waiter's interval is over"
    LOCK_SIGNAL = "a waiter for the lock wakes up"
    SLICE = "a time slice is over"


class Timer(NamedTuple):
    """When (in ticks), in which order, what, for which thread; a timer with an old `token` has no effect any
    more."""

    time: int
    order: int
    kind: TimerKind
    thread: int
    token: int


class Bound(Exception):  # noqa: N818 - not an error: the run stops
    """The run has reached `max_steps`."""


class Simulation:
    """One run, from its first instruction to its end."""

    def __init__(
        self,
        code: Code,
        settings: Settings,
        observers: Sequence[Observer] = (),
        write: Callable[[str], object] | None = None,
        on_step: StepListener | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.code = code
        self.settings = settings
        self.observers = tuple(observers)
        self.write_output = write
        self.progress = progress
        self.costs = named_costs(settings.costs)
        policy = named_lock(settings.lock)
        self.rule = switch_rule(settings.switch_points or policy.switch_points)
        self.has_lock = not isinstance(policy, FreeThreaded) and settings.mode != "sequential"
        self.policy: LockPolicy = policy
        self.interval = settings.interval or policy.default_interval(self.costs)
        self.cores: list[int | None] = [None] * settings.cores
        self.core_last: list[int | None] = [None] * settings.cores
        self.core_switches = 0
        # Where the operating system shares out the cores, it may take one away anywhere, whatever the lock's rule.
        self.sharing_cores = settings.mode == "processes" or (settings.mode == "threads" and not self.has_lock)
        rule = switch_rule("every") if self.sharing_cores else self.rule
        self.engine = Engine(rule, self.costs.of_opcode, on_step)
        self.machine = Machine()
        self.locks: list[GlobalLock] = []
        self.timers: list[Timer] = []
        self.timer_count = 0
        self.ready: list[int] = []
        self.running: list[Thread] = []
        self.afterwards: dict[int, Pause | Wait | None] = {}
        self.debts: dict[int, int] = {}
        self.signals: dict[int, bool] = {}
        self.draws = settings.seed
        self.output: list[str] = []
        self.failed: list[Thread] = []
        self.now = 0
        self.steps = 0
        self.next_memory_check = MEMORY_CHECK_STEPS
        self.at_switch_point = False
        self.slice_starts: dict[int, tuple[int, int, str]] = {}

    # --- the run

    def start(self) -> None:
        """Make the main process and its thread."""
        process = self.new_process({"__name__": "__main__"})
        main = self.new_thread(process, "main", parent=None)
        main.frames.append(Frame(self.code, list(self.code.unbound), process))
        self.arrive(main, 0)

    def run(self) -> None:
        """Go on until nothing can happen any more; raises `Bound` at `max_steps`."""
        running, timers = self.running, self.timers
        while True:
            if len(running) == 1:
                thread = running[0]
            elif running:
                thread = min(running, key=_clock_and_core)
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
        thread = self.thread(timer.thread)
        self.now = timer.time
        if timer.kind is TimerKind.ARRIVE:
            self.arrive(thread, timer.time)
        elif timer.kind is TimerKind.SLEEP_OVER:
            if timer.token == thread.alarm and thread.state is ThreadState.SLEEPING:
                thread.frames[-1].stack.append(None)
                self.arrive(thread, timer.time)
        elif timer.kind is TimerKind.SIGNAL:
            self.attempt(thread, timer.time)
        elif timer.kind is TimerKind.LOCK_ALARM:
            if timer.token == thread.alarm:
                self.policy.alarm(self.lock_of(thread), thread.number, self.interval, self)
        elif timer.kind is TimerKind.LOCK_SIGNAL:
            lock = self.lock_of(thread)
            if thread.number in lock.waiting:
                self.policy.woken(lock, thread.number, self.interval, self)
        elif timer.token == thread.alarm and thread.state is ThreadState.RUNNING:
            self.end_time_slice(thread)

    def take_turn(self, thread: Thread) -> None:
        """Let the running thread that is first in time do its next thing."""
        self.now = thread.clock
        if thread.request is not None:
            self.perform(thread)
        elif not thread.frames:
            self.finish(thread)
        elif self.at_switch_point and self.has_lock and self.lock_of(thread).requested:
            self.drop(thread)
        else:
            self.execute(thread, self.bound_for(thread))

    # --- executing

    def bound_for(self, thread: Thread) -> int:
        """Return the tick up to which `thread` may run before something else has to be looked at."""
        bound = thread.clock + self.next_memory_check - self.steps
        if self.settings.mode == "processes":
            bound = min(bound, thread.clock + self.costs.time_slice)
        elif self.timers:
            bound = min(bound, self.timers[0].time)
        if len(self.running) > 1 and self.settings.mode == "threads":
            for other in self.running:
                if other is not thread:
                    first = (thread.core or 0) < (other.core or 0)
                    bound = min(bound, other.clock + first)
        return max(bound, thread.clock + 1)

    def execute(self, thread: Thread, bound: int) -> None:
        """Execute instructions up to the bound, or until the thread asks for something, ends or fails."""
        remaining = self.settings.max_steps - self.steps
        if remaining <= 0:
            raise Bound
        before = thread.steps
        if self.engine.on_step is not None or remaining <= LAST_STEPS:
            self.at_switch_point = self.engine.crawl(thread, bound, remaining)
        else:
            self.at_switch_point = self.engine.run(thread, min(bound, thread.clock + remaining - LAST_STEPS))
        self.steps += thread.steps - before
        if self.steps >= self.next_memory_check:
            self.check_memory(thread)

    def check_memory(self, thread: Thread) -> None:
        """Measure memory; too much of it is an error of the thread that runs."""
        try:
            values = self.machine.check_memory()
        except MemoryError as error:
            values = 0
            if thread.frames:
                unwind(thread, error)
        self.next_memory_check = self.steps + max(MEMORY_CHECK_STEPS, min(5 * values, MEMORY_CHECK_MOST))
        if self.progress is not None:
            self.progress(thread.clock, self.steps)

    # --- what a thread asks for

    def perform(self, thread: Thread) -> None:
        """Do what the thread asked of the world, and let it go on or wait."""
        request = thread.request
        if request is None:
            raise InterpFault("A thread without a request was to be served.")
        thread.request = None
        split = len(request.arguments) - len(request.keywords)
        named = dict(zip(request.keywords, request.arguments[split:], strict=True))
        try:
            result = request.builtin.perform(self, thread, *request.arguments[:split], **named)
        except Exception as error:
            unwind(thread, error)
            self.at_switch_point = False
            return
        if isinstance(result, (Wait, Pause)):
            self.suspend(thread, result)
            return
        thread.frames[-1].stack.append(result)
        frame = thread.frames[-1]
        kind = frame.code.instructions[frame.pc - 1].opcode.switch
        spared = self.rule.spares_blocks and opens_block(thread)
        self.at_switch_point = kind in self.rule.after and not spared

    def suspend(self, thread: Thread, reason: Wait | Pause) -> None:
        """Take the thread off its core: it blocks or sleeps, after the switch if the lock was requested."""
        self.stop_running(thread)
        if isinstance(reason, Wait):
            thread.wait = reason
        released = "block" if isinstance(reason, Wait) else "sleep"
        if self.has_lock and self.release(thread, released, forcing=True):
            self.afterwards[thread.number] = reason
            self.set_state(thread, ThreadState.LOCK_WAIT, thread.clock)
        else:
            self.begin_waiting(thread, reason, thread.clock)

    def begin_waiting(self, thread: Thread, reason: Wait | Pause, now: int) -> None:
        """Block or sleep from now on."""
        if isinstance(reason, Pause):
            self.set_state(thread, ThreadState.SLEEPING, now)
            thread.alarm += 1
            self.set_timer(now + reason.ticks, TimerKind.SLEEP_OVER, thread)
        elif thread.wait is None:
            self.arrive(thread, now)  # let go on while it still waited for the switch
        else:
            self.set_state(thread, ThreadState.BLOCKED, now)

    def attempt(self, thread: Thread, now: int) -> None:
        """A signalled thread is awake: it tries again what it waits for."""
        wait = thread.wait
        if wait is None or not wait.signalled:
            return
        wait.signalled = False
        try:
            result = wait.on.attempt(self, thread.number, wait)  # type: ignore[attr-defined]
            if result is WAITING:
                return
            thread.frames[-1].stack.append(result)
        except Exception as error:
            unwind(thread, error)
        wait.on.withdraw(thread.number)  # type: ignore[attr-defined]
        thread.wait = None
        if thread.number not in self.afterwards:
            self.arrive(thread, now)

    def finish(self, thread: Thread) -> None:
        """A thread is over: its task has a result or an error."""
        self.stop_running(thread)
        task, error = thread.task, thread.task.error
        if error is not None:
            self.failed.append(thread)
            self.tell(
                events.Failed, thread, thread.clock,
                type=type(error).__name__, message=error_message(error), line=raised_line(error),
            )  # fmt: skip
        if self.has_lock:
            self.release(thread, "end", forcing=False)
        self.set_state(thread, ThreadState.FAILED if error else ThreadState.FINISHED, thread.clock)
        thread.ended = thread.clock
        self.tell(events.Ended, thread, thread.clock)
        task.finish(self, task.value, error)

    # --- the world that requests are performed in (`world.py`, `machine/sync.py`)

    def spawn(self, parent: Thread, callee: Any, arguments: tuple[Any, ...]) -> Any:
        """Start `callee(*arguments)` as the mode has it; returns its task, or a `Wait` for it in mode
        `sequential`."""
        if not isinstance(callee, (Function, Builtin, Method, type)):
            raise TypeError(f"'{type(callee).__name__}' object is not callable")
        mode = self.settings.mode
        name = callee.code.name if isinstance(callee, Function) else getattr(callee, "name", type(callee).__name__)
        process = parent.process
        if mode == "processes":
            copier = Copier()
            memory = copier.copy(process.globals)
            copied = copier.size
            callee, arguments = copier.copy(callee), tuple(copier.copy(argument) for argument in arguments)
            process = self.new_process(memory)
            parent.clock += self.costs.process_start + self.costs.copying(copier.size - copied)
        elif mode == "threads":
            parent.clock += self.costs.thread_start
        number = len(self.machine.threads) + 1
        thread = self.new_thread(process, f"{name}-{number}", parent)
        self.prepare_call(thread, callee, arguments)
        if mode == "sequential":
            thread.task.waiting.append(parent.number)
            wait = Wait(thread.task, "call")
            self.set_timer(parent.clock, TimerKind.ARRIVE, thread)
            return wait
        self.set_timer(parent.clock, TimerKind.ARRIVE, thread)
        return thread.task

    def prepare_call(self, thread: Thread, callee: Any, arguments: tuple[Any, ...]) -> None:
        """Give a new thread its first frame; where the arguments do not fit, its task fails when it runs."""
        if isinstance(callee, Function):
            try:
                thread.call(callee, arguments, ())
            except Exception as error:
                unwind(thread, error)
        else:
            code = bootstrap(len(arguments))
            frame = Frame(code, [], thread.process)
            frame.stack.extend((callee, *arguments))
            thread.frames.append(frame)

    def write(self, thread: Thread, text: str) -> None:
        """Print a text."""
        self.output.append(text)
        if self.write_output is not None:
            self.write_output(text)
        self.tell(events.Printed, thread, thread.clock, text=text, line=thread.line)

    def new_number(self, kind: str) -> int:
        """Count the objects of a kind from 1."""
        count = self.machine.sync_count.get(kind, 0) + 1
        self.machine.sync_count[kind] = count
        return count

    def signal(self, waiting: list[int], count: int) -> None:
        """Wake up to `count` of the waiting threads that no signal is on its way to."""
        candidates = [number for number in waiting if not self.thread_wait(number).signalled]
        for _ in range(min(count, len(candidates))):
            number = self.choose(candidates)
            candidates.remove(number)
            wait = self.thread_wait(number)
            wait.signalled = True
            latency = 0 if wait.operation == "call" else self.costs.wake_up
            self.set_timer(self.now + latency, TimerKind.SIGNAL, self.thread(number))

    def thread_wait(self, number: int) -> Wait:
        """Return the wait of a blocked thread."""
        wait = self.thread(number).wait
        if wait is None:
            raise InterpFault(f"Thread {number} stands in a line, but does not wait.")
        return wait

    def send(self, thread: int, value: Any, into: SyncObject) -> Any:
        """Account for a value put into a queue; between processes a copy goes in."""
        sender = self.thread(thread)
        value, size = self.carry(sender, value)
        self.tell(events.Sent, sender, self.now, queue=describe_object(into, sender), size=size)
        return value

    def receive(self, thread: int, value: Any, out_of: SyncObject) -> Any:
        """Account for a value that reaches a thread; between processes it is copied into its memory."""
        receiver = self.thread(thread)
        value, size = self.carry(receiver, value)
        if not isinstance(out_of, Task):
            self.tell(events.Received, receiver, self.now, queue=describe_object(out_of, receiver), size=size)
        return value

    def carry(self, thread: Thread, value: Any) -> tuple[Any, int]:
        """Charge a thread for moving a value; returns what arrives and how many values it consists of."""
        if self.settings.mode != "processes":
            self.charge(thread, self.costs.queue)
            return value, 1
        copied, size = copy_value(value)
        self.charge(thread, self.costs.copying(size))
        return copied, size

    def charge(self, thread: Thread, ticks: int) -> None:
        """Let a thread run for some ticks more than its instructions take, now or when it runs again."""
        if thread.state is ThreadState.RUNNING:
            thread.clock += ticks
        else:
            self.debts[thread.number] = self.debts.get(thread.number, 0) + ticks

    # --- the hands of the lock's policy (`locks.py`)

    def set_alarm(self, thread: int, delay: int) -> None:
        """Set the timer for a waiter's interval, in place of any before."""
        waiter = self.thread(thread)
        waiter.alarm += 1
        self.set_timer(self.now + delay, TimerKind.LOCK_ALARM, waiter)

    def signal_waiter(self, thread: int) -> None:
        """Wake a waiter for the lock after the latency."""
        self.set_timer(self.now + self.costs.wake_up, TimerKind.LOCK_SIGNAL, self.thread(thread))

    def choose(self, threads: list[int]) -> int:
        """Return the first of the threads, or one that the seed draws (SplitMix64)."""
        if self.draws is None or len(threads) == 1:
            return threads[0]
        self.draws = (self.draws + 0x9E3779B97F4A7C15) % 2**64
        word = self.draws
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB % 2**64
        return threads[(word ^ (word >> 31)) % len(threads)]

    def lock_requested(self, lock: GlobalLock, thread: int) -> None:
        """Tell that a waiter asks the holder to drop the lock."""
        self.tell(
            events.LockRequested, self.thread(thread), self.now, process=lock.process, holder=lock.holder or 0
        )

    def lock_taken(self, lock: GlobalLock, thread: int) -> None:
        """Let the new holder run."""
        holder = self.thread(thread)
        holder.alarm += 1
        lock.taken_at = self.now
        waited = self.now - holder.since if holder.state is ThreadState.LOCK_WAIT else 0
        self.tell(events.LockTaken, holder, self.now, process=lock.process, waited=waited)
        self.want_core(holder, self.now)

    def switch_seen(self, lock: GlobalLock, thread: int) -> None:
        """Let a thread go on that had to wait until somebody else took the lock."""
        waiter = self.thread(thread)
        reason = self.afterwards.pop(thread)
        if reason is None:
            self.policy.arrive(lock, thread, self.interval, self)
        else:
            self.begin_waiting(waiter, reason, self.now)

    # --- lock and cores

    def arrive(self, thread: Thread, now: int) -> None:
        """A thread can go on: it wants the lock of its process, then a core."""
        self.now = now
        if not self.has_lock:
            self.want_core(thread, now)
            return
        lock = self.lock_of(thread)
        if lock.holder is not None or lock.waiting:
            self.set_state(thread, ThreadState.LOCK_WAIT, now)
            self.tell(events.LockWaited, thread, now, process=lock.process)
        self.policy.arrive(lock, thread.number, self.interval, self)

    def drop(self, thread: Thread) -> None:
        """The holder heeds a drop request: it lets go, and waits for the switch if it is forced to."""
        self.stop_running(thread)
        forced = self.release(thread, "request", forcing=True)
        self.set_state(thread, ThreadState.LOCK_WAIT, thread.clock)
        self.tell(events.LockWaited, thread, thread.clock, process=thread.process.number)
        if forced:
            self.afterwards[thread.number] = None
        else:
            self.policy.arrive(self.lock_of(thread), thread.number, self.interval, self)

    def release(self, thread: Thread, reason: str, *, forcing: bool) -> bool:
        """Let the global lock go; returns whether the thread has to wait for the switch."""
        lock = self.lock_of(thread)
        lock.held += thread.clock - lock.taken_at
        self.now = thread.clock
        self.tell(events.LockReleased, thread, thread.clock, process=lock.process, reason=reason, line=thread.line)
        return self.policy.release(lock, thread.number, self, forcing=forcing)

    def want_core(self, thread: Thread, now: int) -> None:
        """Run on a free core, or be ready until there is one."""
        free = [core for core, user in enumerate(self.cores) if user is None]
        if not free:
            self.set_state(thread, ThreadState.READY, now)
            self.ready.append(thread.number)
            return
        self.run_on(thread, thread.core if thread.core in free else free[0], now)

    def run_on(self, thread: Thread, core: int, now: int) -> None:
        """Put a thread on a core."""
        self.cores[core] = thread.number
        if self.core_last[core] != thread.number:
            self.core_switches += self.core_last[core] is not None
            self.core_last[core] = thread.number
        thread.core = core
        self.set_state(thread, ThreadState.RUNNING, now)
        thread.clock = now + self.debts.pop(thread.number, 0)
        self.running.append(thread)
        self.at_switch_point = False
        self.renew_time_slice(thread)
        if self.observers:
            self.slice_starts[thread.number] = (now, thread.steps, self.whereabouts(thread, next_one=True))

    def stop_running(self, thread: Thread) -> None:
        """Take a thread off its core, which goes to the next one that is ready."""
        core = thread.core
        if core is None:
            raise InterpFault(f"Thread {thread.number} runs on no core.")
        self.running.remove(thread)
        self.cores[core] = None
        self.now = thread.clock
        if self.observers:
            start, steps, first = self.slice_starts.pop(thread.number)
            self.tell(
                events.RunSlice, thread, start,
                core=core, stop=thread.clock, first=first, last=self.whereabouts(thread), count=thread.steps - steps,
            )  # fmt: skip
        if self.ready:
            number = self.choose(self.ready)
            self.ready.remove(number)
            self.run_on(self.thread(number), core, thread.clock)

    def renew_time_slice(self, thread: Thread) -> None:
        """Where the operating system shares out the cores, leave this one to the thread for a time slice."""
        if self.sharing_cores:
            thread.alarm += 1
            self.set_timer(thread.clock + self.costs.time_slice, TimerKind.SLICE, thread)

    def end_time_slice(self, thread: Thread) -> None:
        """Give the core to another thread that is ready; without one, the slice is renewed."""
        if not self.ready:
            self.renew_time_slice(thread)
            return
        following = self.choose(self.ready)
        self.debts[following] = self.debts.get(following, 0) + self.costs.context_switch
        self.ready.remove(following)
        self.ready.insert(0, following)
        self.stop_running_for(thread, following)

    def stop_running_for(self, thread: Thread, following: int) -> None:
        """Take a thread off its core in favour of `following`, and let it be ready."""
        waiting, self.ready = [number for number in self.ready if number != following], [following]
        self.stop_running(thread)
        self.set_state(thread, ThreadState.READY, thread.clock)
        self.ready = [*waiting, thread.number]

    # --- bookkeeping

    def new_process(self, memory: dict[str, Any]) -> Process:
        """Make a process with this memory and a lock of its own."""
        process = Process(len(self.machine.processes) + 1, memory, BUILTINS)
        self.machine.processes.append(process)
        self.locks.append(GlobalLock(process.number))
        return process

    def new_thread(self, process: Process, name: str, parent: Thread | None) -> Thread:
        """Make a thread; it begins to exist now."""
        now = parent.clock if parent else 0
        thread = Thread(self.machine, process, len(self.machine.threads) + 1, name, now)
        self.machine.threads.append(thread)
        self.tell(
            events.Spawned, thread, now,
            name=name, process=process.number, parent=parent.number if parent else 0, line=parent.line if parent else None,
        )  # fmt: skip
        return thread

    def thread(self, number: int) -> Thread:
        """Return a thread by its number."""
        thread: Thread = self.machine.threads[number - 1]
        return thread

    def lock_of(self, thread: Thread) -> GlobalLock:
        """Return the global lock of the thread's process."""
        return self.locks[thread.process.number - 1]

    def set_timer(self, time: int, kind: TimerKind, thread: Thread) -> None:
        """Set a timer; its token is the thread's at this moment."""
        self.timer_count += 1
        heapq.heappush(self.timers, Timer(time, self.timer_count, kind, thread.number, thread.alarm))

    def set_state(self, thread: Thread, state: ThreadState, now: int) -> None:
        """Bring a thread into a state, and count the ticks it spent in the one before."""
        thread.spent[thread.state] += now - thread.since
        thread.since = now
        thread.state = state
        if self.observers:
            core = thread.core if state is ThreadState.RUNNING else None
            on = describe_wait(thread) if state is ThreadState.BLOCKED else None
            self.tell(events.StateChanged, thread, now, state=state.value, core=core, on=on, line=thread.line)

    def whereabouts(self, thread: Thread, *, next_one: bool = False) -> str:
        """Name the instruction a thread stands at, with its line."""
        if not thread.frames:
            return "RETURN_VALUE"
        frame = thread.frames[-1]
        instruction = frame.code.instructions[frame.pc if next_one else max(0, frame.pc - 1)]
        return f"{instruction.opcode.name}:{instruction.place.line}"

    def tell(self, kind: type[events.Event], thread: Thread, tick: int, **details: Any) -> None:
        """Make an event, if anyone listens."""
        if self.observers:
            event = kind(tick, thread.number, **details)
            for observer in self.observers:
                observer.event(event)


def _clock_and_core(thread: Thread) -> tuple[int, int]:
    return thread.clock, thread.core or 0


def describe_object(on: SyncObject, thread: Thread) -> str:
    """Name a synchronisation object as a reader of the program would."""
    from interp.scheduling.naming import name_of

    return name_of(on, thread)


def bootstrap(argument_count: int) -> Code:
    """Return the code that calls a value which is no function of the program, for `spawn(print, "hi")`."""
    place = Place(0, 1, 0, 1)
    instructions = (
        Instruction(OPCODES["CALL"], argument_count, place),
        Instruction(OPCODES["RETURN_VALUE"], 0, place),
    )
    table: tuple[ExceptionEntry, ...] = ()
    return Code("<spawn>", "<spawn>", 0, instructions, (), (), (), table, argument_count + 1, 0, ())
