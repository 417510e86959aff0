"""A program on real processes: each process of the program is one of the operating system's, and runs our loop.

The *coordinator* is the process that calls `run_on_os`. It runs no instruction of the program. It starts the first
*worker* (`crew.py`, `worker.py`), has a channel to each (`channel.py`), and does for all of them what no process can do
alone: it numbers threads, performs operations on synchronisation objects (`broker.py`), writes output, notices a
deadlock, and makes one trace of what each worker recorded.

Who knows what:

1. A worker knows its memory and its thread's frames. Nobody else ever sees them.
2. The coordinator knows which threads there are, which of them wait for what, and what lies in queues and tasks.
3. A thread *waits* from the moment its request cannot be granted until the answer is sent. A thread that does not wait
   computes, sleeps or is about to ask for something. So if all threads that are not over wait, nobody can ever let
   any of them go on: that is a deadlock, seen at once and with certainty, and no time limit is needed for it.
4. Messages of one worker arrive in the order in which it sent them, and whoever was woken by somebody is woken after
   what that one had sent before. So output comes in an order in which it can have happened.

Time is the host's, in microseconds from the moment the program begins; every process reads the same clock
(`time.perf_counter_ns`, one clock for all processes on Linux, macOS and Windows), so the events of all of them are put
in one order by their ticks.

However a run ends (well, by an error of ours, Ctrl-C, a killed worker, a bound), the way out is one: ask every worker
to stop, give them a moment to tell how far they came, kill the whole group, wait for it. Read next: `worker.py`.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from interp.bytecode.bounds import OUR_BOUND
from interp.bytecode.code import Code
from interp.language.errors import InterpFault
from interp.machine.interpreter import is_of_the_program
from interp.machine.state import Process, ThreadState, Wait
from interp.machine.sync import WAITING, Lock, SyncObject
from interp.machine.thread import Thread
from interp.real.broker import Broker
from interp.real.channel import CoordinatorEnd
from interp.real.crew import PATIENCE, Crew
from interp.real.messages import Answer, Birth, Message, Says, Setup, SpawnRequest
from interp.real.parcels import CarriedError, Directory, Packer, unpack
from interp.real.worker import usable_cores
from interp.scheduling import events
from interp.scheduling.deadlock import awaited, describe_deadlock
from interp.scheduling.failures import Failure
from interp.scheduling.ledger import Ledger, Observer
from interp.scheduling.requests import MOST_THREADS
from interp.scheduling.result import ErrorReport, Result, Stuck
from interp.scheduling.settings import TIME_LIMIT, Settings
from interp.scheduling.simulate import times_of

MOST_PROCESSES = 200
"""So many processes may live at once; each is a whole Python and needs some megabytes."""

BLINK = 0.2
"""Seconds after which the coordinator looks at its time limit and tells how far it is."""

STATES = {state.value: state for state in ThreadState}


@dataclass
class Member:
    """A worker as the coordinator knows it: its channel, its process, and those of its threads that are not over."""

    channel: CoordinatorEnd
    pid: int | None
    threads: list[int] = field(default_factory=list)
    switches: int = 0
    silent: bool = False


class Limit(Exception):  # noqa: N818 - not an error: the run stops
    """The run has reached its time limit, or `max_steps`."""


def run_on_os(
    program: Code,
    settings: Settings,
    observers: Sequence[Observer] = (),
    *,
    write: Callable[[str], object] | None = None,
    progress: Callable[[int, int], None] | None = None,
    forks: bool = True,
) -> Result:
    """Run a program on processes of the operating system and return what it came to.

    `settings.mode` is `processes`, or `sequential` for the same loop in one process. `observers` are told every event,
    each worker's in time order; `forks=False` sends a new process its memory, as where there is no fork. Ctrl-C ends
    the run with the outcome `interrupted` and what is known until then. Raises `UsageError` where no process can be
    started.
    """
    return Coordinator(program, settings, observers, write, progress, forks).run()


class Coordinator:
    """One run."""

    def __init__(
        self,
        program: Code,
        settings: Settings,
        observers: Sequence[Observer],
        write: Callable[[str], object] | None,
        progress: Callable[[int, int], None] | None,
        forks: bool,
    ) -> None:
        self.program = program
        self.settings = settings.but(cores=len(usable_cores()))
        self.progress = progress
        self.crew = Crew()
        self.sequential = settings.mode == "sequential"
        self.forks = forks and self.crew.notes is not None
        self.directory = Directory(program)
        self.packer = Packer(self.directory)
        self.ledger = Ledger(observers, None)
        self.broker = Broker(self.ledger, settings.mode, write)
        self.selector = selectors.DefaultSelector()
        self.members: list[Member] = []
        self.home: dict[int, Member] = {}
        self.memories: dict[int, Any] = {}  # for processes that are no forks, until they have started
        self.lines: dict[int, tuple[str, int | None, tuple[str, ...]]] = {}
        self.failed: list[Failure] = []
        self.stuck: tuple[Stuck, ...] = ()
        self.zero: int | None = None
        self.stopping = False
        self.stopped: set[int] = set()
        self.switches = 0

    # --- the run

    def run(self) -> Result:
        """Run the program to its end, whichever that is."""
        outcome = None
        try:
            try:
                outcome = self.go_on_to_the_end()
            finally:
                self.stop()
        except KeyboardInterrupt:
            outcome = "interrupted"
        finally:
            self.crew.disband()
            self.selector.close()
            for member in self.members:
                member.channel.close()
        return self.result(outcome or "interrupted")

    def go_on_to_the_end(self) -> str:
        """Start the program and serve its processes until none is left; returns the outcome."""
        try:
            self.start_first()
            while self.home:
                self.turn(BLINK)
                if self.is_deadlocked():
                    self.describe_stuck()
                    return "deadlock"
            self.crew.wait(PATIENCE)
        except Limit:
            return "limit"
        except KeyboardInterrupt:
            return "interrupted"
        except WorkerLost:
            return "error"
        return "error" if self.unseen_failures() else "ok"

    def start_first(self) -> None:
        """Make the main thread, and the process that it is in."""
        main = self.make_thread("main", None, None)
        self.home[main.number] = self.start_fresh(main.number)

    def start_fresh(self, thread: int) -> Member:
        """Start a process that is no fork, for a thread, and tell it the program."""
        pid, end = self.crew.start()
        member = self.add_member(CoordinatorEnd(end), pid, thread)
        watched = self.ledger.watched
        setup = Setup(self.program, self.sequential, self.forks, watched, self.settings.max_steps)
        self.send(member, Packer(None).pack(setup))
        return member

    def add_member(self, channel: CoordinatorEnd, pid: int | None, thread: int) -> Member:
        """Listen to a worker."""
        member = Member(channel, pid, [thread])
        self.members.append(member)
        self.selector.register(channel.end, selectors.EVENT_READ, member)
        return member

    def now(self) -> int:
        """Return the microseconds since the program began, 0 before."""
        return 0 if self.zero is None else (time.perf_counter_ns() - self.zero) // 1000

    def turn(self, seconds: float) -> None:
        """Do what the workers want that have something to say; wait for one at most so long."""
        for key, ready in self.selector.select(seconds):
            member: Member = key.data
            if ready & selectors.EVENT_WRITE:
                member.channel.send_more()
                self.watch_writing(member)
            if ready & selectors.EVENT_READ:
                self.hear(member)
        self.crew.read_notes()
        if not self.stopping:
            self.check_bounds()

    def check_bounds(self) -> None:
        """Raise `Limit` where the run takes too long or has done too much."""
        now = self.now()
        steps = sum(thread.steps for thread in self.threads)
        if self.progress is not None:
            self.progress(now, steps)
        limit = TIME_LIMIT if self.settings.time_limit is None else self.settings.time_limit
        if now >= limit * 1_000_000 or steps >= self.settings.max_steps:
            raise Limit

    @property
    def threads(self) -> list[Thread]:
        """All threads there ever were."""
        return self.ledger.machine.threads

    # --- listening and answering

    def hear(self, member: Member) -> None:
        """Take in what a worker says."""
        more = True
        while more:
            more = member.channel.take()
            while (data := member.channel.frames.next()) is not None:
                self.take_note(member, unpack(data, self.directory))
        if member.channel.closed:
            self.forget(member)

    def take_note(self, member: Member, message: Message) -> None:
        """Take note of a message and do what it asks for."""
        member.switches = message.switches
        for event in message.events:
            for observer in self.ledger.observers:
                observer.event(event)
        if message.account is not None:
            thread = self.ledger.thread(message.thread)
            thread.state = STATES[message.account.state]
            thread.since = message.account.since
            thread.spent = dict(zip(ThreadState, message.account.spent, strict=True))
            thread.steps = message.account.steps
        match message.says:
            case Says.PRINT:
                self.broker.keep_output(message.body)
            case Says.ENDED:
                self.note_end(member, message)
            case Says.STOPPED:
                self.stopped.add(message.thread)
            case Says.ANSWER:
                self.lines[message.thread] = message.body
            case Says.FAULT:
                raise self.fault("A process of the run has failed.", message.body)
        if self.stopping:
            return
        match message.says:
            case Says.READY:
                self.tell_who(member)
            case Says.ASK:
                self.perform(self.ledger.thread(message.thread), *message.body)
            case Says.SPAWN:
                self.spawn(member, self.ledger.thread(message.thread), message.body)
            case Says.FULL:
                raise Limit
        self.try_again()

    def fault(self, words: str, details: str) -> InterpFault:
        """Make the error for a fault of ours in another process; with INTERP_DEBUG its traceback is shown."""
        fault = InterpFault(f"{words} {details.strip().splitlines()[-1]}")
        fault.add_note(details)
        return fault

    def send(self, member: Member, data: bytes) -> None:
        """Send a worker a message, as far as there is room now."""
        member.channel.send(data)
        self.watch_writing(member)

    def watch_writing(self, member: Member) -> None:
        """Be told when there is room for what could not be sent, as long as there is any."""
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if member.channel.unsent else 0)
        if member.channel.end in self.selector.get_map() and self.selector.get_key(member.channel.end).events != wanted:
            self.selector.modify(member.channel.end, wanted, member)

    def answer(self, thread: int, says: Says, body: Any = None) -> None:
        """Answer a thread."""
        if isinstance(body, CarriedError):
            body = body.parcel
        self.send(self.home[thread], self.packer.pack(Answer(says, thread, body)))

    def tell_who(self, member: Member) -> None:
        """A fresh process is ready: tell it which thread it is. The first one begins the program, at tick 0."""
        (number,) = member.threads
        if self.zero is None:
            self.zero = time.perf_counter_ns()
        self.answer(number, Says.START, self.birth(self.ledger.thread(number)))

    def birth(self, thread: Thread) -> Birth:
        """Return what a worker must know of its new thread."""
        if self.zero is None:
            raise InterpFault("A thread was born before the program began.")
        memory = self.memories.pop(thread.number, None)
        return Birth(thread.name, thread.process.number, thread.spawned_at, self.zero, memory)

    # --- requests

    def perform(self, thread: Thread, builtin: Any, arguments: tuple[Any, ...], keywords: tuple[str, ...]) -> None:
        """Perform an operation for a thread, and answer: with its value or error, or that the thread is blocked."""
        split = len(arguments) - len(keywords)
        named = dict(zip(keywords, arguments[split:], strict=True))
        try:
            result = builtin.perform(self.broker, thread, *arguments[:split], **named)
        except Exception as error:
            if not is_of_the_program(error):
                raise
            self.answer(thread.number, Says.RAISE, without_traceback(error))
            return
        if isinstance(result, Wait):
            thread.wait = result
            self.answer(thread.number, Says.BLOCKED, (result.on, result.operation))
            return
        if isinstance(result, SyncObject):
            self.directory.add(result)
        self.answer(thread.number, Says.DONE, result)

    def try_again(self) -> None:
        """Let everyone who was signalled try again what they wait for."""
        while self.broker.signalled:
            thread = self.ledger.thread(self.broker.signalled.popleft())
            wait = thread.wait
            if wait is None or not isinstance(wait.on, SyncObject):
                continue
            wait.signalled = False
            says = Says.DONE
            try:
                result = wait.on.attempt(self.broker, thread.number, wait)
                if result is WAITING:
                    continue
            except Exception as error:
                if not is_of_the_program(error):
                    raise
                says, result = Says.RAISE, without_traceback(error)
            wait.on.withdraw(thread.number)
            thread.wait = None
            self.answer(thread.number, says, result)

    # --- threads

    def make_thread(self, name: str, parent: Thread | None, line: int | None) -> Thread:
        """Make a thread, in a process of its own unless everything runs in one."""
        self.ledger.now = self.now()
        machine = self.ledger.machine
        if parent is not None and self.sequential:
            process = parent.process
        else:
            process = Process(len(machine.processes) + 1, {}, {})
            machine.processes.append(process)
        number = len(machine.threads) + 1
        thread = Thread(machine, process, number, f"{name}-{number}" if parent else name, self.ledger.now)
        machine.threads.append(thread)
        self.directory.add(thread.task)
        self.ledger.tell(
            events.Spawned,
            thread,
            self.ledger.now,
            name=thread.name,
            process=process.number,
            parent=0 if parent is None else parent.number,
            line=line,
        )
        return thread

    def spawn(self, member: Member, parent: Thread, request: SpawnRequest) -> None:
        """Number a new thread, tell its process who it is, and give its parent the task."""
        socket = member.channel.sockets.popleft() if request.pid is not None and member.channel.sockets else None
        refusal = self.refusal(request, has_socket=socket is not None)
        if refusal:
            if socket is not None:
                socket.close()  # the child, which knows nobody yet, sees that and ends
            self.answer(parent.number, Says.RAISE, RuntimeError(refusal))
            return
        thread = self.make_thread(request.name, parent, request.line)
        if self.sequential:
            member.threads.append(thread.number)
            self.home[thread.number] = member
            thread.task.waiting.append(parent.number)
            parent.wait = Wait(thread.task, "call")
            self.answer(thread.number, Says.START, self.birth(thread))
            return
        if socket is not None:
            self.home[thread.number] = self.add_member(CoordinatorEnd(socket), request.pid, thread.number)
            self.answer(thread.number, Says.START, self.birth(thread))
        else:
            self.memories[thread.number] = request.state
            self.home[thread.number] = self.start_fresh(thread.number)
        self.answer(parent.number, Says.DONE, thread.task)

    def refusal(self, request: SpawnRequest, *, has_socket: bool) -> str:
        """Say why there can be no further thread, nothing if there can."""
        if len(self.threads) >= MOST_THREADS:
            return "can't start new thread"
        if not self.sequential and len(self.home) >= MOST_PROCESSES:
            return f"can't start new process: {MOST_PROCESSES} are running {OUR_BOUND}"
        if request.pid is not None and not has_socket:
            return "can't start new process: too many open files"
        return ""

    def note_end(self, member: Member, message: Message) -> None:
        """A thread is over: keep its result for whoever joins it."""
        thread, ending = self.ledger.thread(message.thread), message.body
        thread.ended = thread.since
        member.threads.remove(thread.number)
        del self.home[thread.number]
        if ending.failure is not None:
            self.failed.append(ending.failure)
        error = None if ending.error is None else CarriedError(ending.error)
        thread.task.finish(self.broker, ending.value, error)

    def unseen_failures(self) -> list[Failure]:
        """Return the failures that nobody joined, in the order in which they happened."""
        return [one for one in self.failed if one.thread == 1 or not self.ledger.thread(one.thread).task.joined]

    def forget(self, member: Member) -> None:
        """A worker's channel is closed: its process has ended, which it should only if its threads are over."""
        if member.channel.end in self.selector.get_map():
            self.selector.unregister(member.channel.end)
        member.channel.close()
        if self.stopping or not member.threads:
            return
        number = member.threads[-1]
        thread = self.ledger.thread(number)
        del self.home[number]
        how = self.crew.how_ended(member.pid) if member.pid is not None else "ended without a word"
        if self.zero is None and not (member.pid is not None and self.crew.was_killed(member.pid)):
            raise InterpFault(f"The first process of the run {how}, before the program could begin.")
        message = f"the process of {thread.name} (number {member.pid} on this machine) {how}"
        now = self.now()
        report = ErrorReport("ProcessLost", message, None, thread.name)
        text = f"process {thread.process.number} is lost: {message}.\n  All others were stopped.\n"
        self.failed.append(Failure(number, report, text))
        self.ledger.tell(events.Failed, thread, now, type=report.type, message=message, line=None)
        self.ledger.set_state(thread, ThreadState.FAILED, now)
        self.ledger.tell(events.Ended, thread, now)
        thread.ended = now
        thread.task.joined = False
        raise WorkerLost

    # --- deadlocks

    def is_deadlocked(self) -> bool:
        """Whether every thread that is not over waits."""
        return bool(self.home) and all(self.ledger.thread(number).wait is not None for number in self.home)

    def describe_stuck(self) -> None:
        """Ask each waiting thread what it calls the things that it waits for and holds."""
        locks = sorted(
            (known for known in self.directory.objects.values() if isinstance(known, Lock)),
            key=lambda lock: (lock.kind, lock.number),
        )
        for number in self.home:
            self.answer(number, Says.DESCRIBE, [lock for lock in locks if lock.holder == number])
        until = time.monotonic() + PATIENCE
        while self.lines.keys() < self.home.keys() and time.monotonic() < until:
            self.turn(BLINK)
        stuck = []
        for thread in self.threads:
            if thread.wait is None:
                continue
            on = repr(thread.wait.on)
            waits_for, line, holds = self.lines.get(thread.number, (on, None, ()))
            holders = tuple(self.ledger.thread(number).name for number in awaited(thread.wait))
            stuck.append(Stuck(thread.number, thread.name, waits_for, line, holders, tuple(holds)))
        self.stuck = tuple(stuck)

    # --- the end

    def stop(self) -> None:
        """Ask every worker that still has something to do to stop, and wait a moment for how far it came."""
        self.stopping = True
        try:
            for member in self.members:
                if member.threads and not member.channel.closed:
                    self.send(member, self.packer.pack(Answer(Says.STOP, 0, None)))
            until = time.monotonic() + PATIENCE
            while self.unaccounted() and time.monotonic() < until:
                self.turn(max(0.0, until - time.monotonic()))
            self.crew.wait(max(0.0, until - time.monotonic()))
        finally:
            self.switches = sum(member.switches for member in self.members)

    def unaccounted(self) -> bool:
        """Whether some worker that is there has not told yet how far its threads came."""
        return any(not member.channel.closed and not self.stopped.issuperset(member.threads) for member in self.members)

    def result(self, outcome: str) -> Result:
        """Sum up the run."""
        times = chain.from_iterable((thread.since, thread.ended or 0) for thread in self.threads)
        end = max(0, *times)
        for thread in self.threads:
            if thread.ended is None:
                self.ledger.account(thread, end)
        failures = self.unseen_failures()
        reports = [failure.text for failure in failures]
        if outcome == "deadlock":
            moment = f"after {end / 1_000_000:.3f} s"
            reports.append(describe_deadlock(self.stuck, end, self.program.filename, moment) + "\n")
        return Result(
            settings=self.settings,
            interval=0,
            outcome=outcome,
            output="".join(self.broker.output),
            error=failures[0].report if failures else None,
            report="".join(reports),
            stuck=self.stuck,
            ticks=end,
            steps=sum(thread.steps for thread in self.threads),
            switches=self.switches,
            lock_held=0,
            busy=sum(thread.spent[ThreadState.RUNNING] for thread in self.threads),
            threads=tuple(times_of(thread, end) for thread in self.threads),
        )


class WorkerLost(Exception):  # noqa: N818 - it ends the run, as an outcome
    """A process of the run has ended in the middle of its work."""


def without_traceback(error: Exception) -> Exception:
    """Return an exception of the program without the host's frames."""
    error.__traceback__ = error.__context__ = None
    return error
