"""A worker: an operating-system process that runs our interpretive loop on its own memory.

It is the machine of the simulation, engine and quick forms included, with another world around it. Time is real: a
tick is a microsecond of the host's clock, counted from the start of the program. What the program asks for is either
done here (`clock`, `current`, `sleep`, the text of a `print`) or sent to the coordinator (`processes.py`), who has the
synchronisation objects and answers when the thread may go on.

How a process begins and ends:

1. The first worker is a fresh Python; it is told the program. A `spawn` *forks* the worker that performs it: the child
   starts with a copy of the parent's memory, which is what `spawn` means, and the operating system copies a page only
   when somebody writes to it. The child drops the parent's frames and waits to be told who it is. Where there is no
   fork, the memory is sent to a fresh Python instead.
2. A worker looks up from its loop every few milliseconds: is there a message to stop, is the coordinator still there?
   If that is gone, the channel is closed, and the worker ends without a word. So no process outlives the run, even
   where the coordinator was killed.
3. A worker whose thread is over waits for the processes that it has forked, and tells how each of them ended through a
   pipe that all workers share (`NOTE`): only a parent learns by which signal its child was killed.

Between two looks the loop compares the time that went by with the time in which the operating system gave it a core.
What is missing counts as *ready*, waiting for a core; where in that short time it was, nobody knows, so it is put at
the end. So a trace may show more threads running than there are cores, for a moment as long as that.

In mode `sequential` there is one worker with several threads, of which the last one runs: the same loop, with nothing
beside it, is what two processes are compared with.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from interp.language.errors import InterpFault
from interp.machine.builtins import EXIT
from interp.machine.engine import Engine
from interp.machine.interpreter import is_of_the_program, unwind
from interp.machine.state import Frame, Process, ThreadState, Wait
from interp.machine.switch_points import switch_rule
from interp.machine.sync import Queue
from interp.machine.thread import Thread
from interp.real.channel import ChannelClosed, WorkerEnd
from interp.real.messages import Account, Answer, Birth, Ending, Message, Says, Setup, SpawnRequest
from interp.real.parcels import NAMED_BUILTINS, STAYS_HERE, Directory, Packer, Parcel, unpack
from interp.scheduling import events
from interp.scheduling.cores import whereabouts
from interp.scheduling.costs import named_costs
from interp.scheduling.failures import failure_of
from interp.scheduling.ledger import Ledger
from interp.scheduling.naming import describe_wait, name_of
from interp.scheduling.requests import check_callee, name_of_callee, prepare_call
from interp.scheduling.scheduler import LAST_STEPS, MEMORY_CHECK_STEPS, measure_memory
from interp.scheduling.simulate import python_digits
from interp.scheduling.world import BUILTINS, Pause

SLICE, WATCHED_SLICE = 10_000, 2_000
"""Instructions between two looks at the clock, up to five milliseconds; and where a trace is made, a tenth of one to
one: so exactly is known there when a process had no core."""

LOOK_EVERY = 2_000
"""Microseconds between two looks at the channel."""

NEWS_EVERY = 50_000
"""Microseconds between two messages of a worker that computes."""

NOTICED = 500
"""Microseconds without a core that are noticed; less is the unrest of any operating system."""

LONGEST_WAIT = 3600.0
"""Seconds that are waited at a time: `select` takes no year."""

NOTE = struct.Struct("=qi")
"""What a parent writes of a child that has ended: its process id and its wait status."""

LOCAL = frozenset(BUILTINS[name] for name in ("print", "spawn", "sleep", "clock", "current"))
"""What a worker performs itself."""

PUT, GET = (NAMED_BUILTINS[Queue.__name__, name] for name in ("put", "get"))

SWITCH_RULE = "calls-and-loops"
"""Where the loop may be left to look up; the fewer places, the faster it is."""


class Stopped(BaseException):
    """The coordinator wants this process to end."""


class Forked(BaseException):
    """This is the child: nothing that the parent was about to do is to be done here."""


class Worker:
    """One process: its threads, of which the last one runs, and its end of the channel."""

    def __init__(self, channel: WorkerEnd, notes: int | None) -> None:
        self.channel = channel
        self.notes = notes
        self.setup: Setup = unpack(self.hear(), None)
        self.directory = Directory(self.setup.program)
        self.packer = Packer(self.directory)
        self.costs = named_costs("classroom")  # a tick is a microsecond here, and so is one of the program
        self.engine = Engine(switch_rule(SWITCH_RULE), self.costs.of_opcode)
        self.slice_steps = WATCHED_SLICE if self.setup.watched else SLICE
        self.core_now = core_finder()
        self.zero = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything but the program: a process begins."""
        self.events: list[events.Event] = []
        self.ledger = Ledger([self] if self.setup.watched else [], None)
        self.threads: list[Thread] = []
        self.time = self.look_at = self.news_at = 0
        self.steps = 0
        self.next_memory_check = MEMORY_CHECK_STEPS
        self.slice: tuple[int, int, str] = (0, 0, "")
        self.switches_before = switches_so_far()

    def event(self, event: events.Event) -> None:
        """Keep an event until the next message."""
        self.events.append(event)

    # --- talking

    def hear(self, seconds: float | None = None) -> bytes:
        """Return the next message as bytes, empty if none comes in time."""
        return self.channel.receive(seconds) or b""

    def listen(self, seconds: float | None = None) -> Answer | None:
        """Wait for an answer; raises `Stopped` if the coordinator wants this process to end."""
        while True:
            data = self.hear(seconds)
            if not data:
                return None
            answer: Answer = unpack(data, self.directory)
            if answer.says is Says.STOP:
                raise Stopped
            if answer.says is not Says.DESCRIBE:
                return answer
            self.describe(answer)

    def need_answer(self) -> Answer:
        """Wait for an answer as long as it takes."""
        answer = self.listen()
        if answer is None:
            raise InterpFault("A wait without an end has ended.")
        return answer

    def say(self, says: Says, thread: Thread | None, body: Any = None, along: socket.socket | None = None) -> None:
        """Send a message for a thread, with its account and the events since the last one."""
        account = None
        if thread is not None:
            spent = tuple(thread.spent[state] for state in ThreadState)
            account = Account(thread.state.value, thread.since, spent, thread.steps)
        number = 0 if thread is None else thread.number
        switches = switches_so_far() - self.switches_before
        data = self.packer.pack(Message(says, number, account, tuple(self.events), switches, body))
        self.events.clear()
        self.channel.send(data, along)

    def describe(self, question: Answer) -> None:
        """Tell by which names a blocked thread knows what it waits for and what it holds."""
        (thread,) = (thread for thread in self.threads if thread.number == question.thread)
        held = tuple(name_of(lock, thread) for lock in question.body)
        self.say(Says.ANSWER, thread, (describe_wait(thread) or "", thread.line, held))

    # --- the process

    def run(self) -> None:
        """Wait to be told who this process is, and run until all of its threads are over, or it is to stop."""
        try:
            self.say(Says.READY, None)
            answer = self.need_answer()
            birth: Birth = answer.body
            if birth.state is None:
                thread = self.begin(answer.thread, birth, {"__name__": "__main__"})
                thread.frames.append(Frame(self.setup.program, list(self.setup.program.unbound), thread.process))
            else:
                memory, callee, arguments = unpack(birth.state.data, self.directory)
                prepare_call(self.begin(answer.thread, birth, memory), callee, arguments)
            self.resume(thread if birth.state is None else self.threads[-1])
            while self.threads:
                with suppress(Forked):
                    self.take_turn(self.threads[-1])
        except Stopped:
            self.stop()

    def begin(self, number: int, birth: Birth, memory: dict[str, Any]) -> Thread:
        """Make the thread that this process is for."""
        self.zero = birth.zero
        process = Process(birth.process, memory, BUILTINS)
        self.ledger.machine.processes.append(process)
        return self.add_thread(number, birth, process)

    def add_thread(self, number: int, birth: Birth, process: Process) -> Thread:
        """Make a thread of a process; it began to exist when the coordinator was told."""
        thread = Thread(self.ledger.machine, process, number, birth.name, birth.tick)
        self.directory.add(thread.task)
        self.ledger.machine.threads.append(thread)
        self.threads.append(thread)
        self.time = max(self.time, birth.tick)
        return thread

    def stop(self) -> None:
        """End in the middle of the program, and say how far it came."""
        now = self.now()
        for thread in reversed(self.threads):
            if thread.state is ThreadState.RUNNING:
                self.suspend(thread, ThreadState.READY, now)
            self.ledger.account(thread, now)
            self.say(Says.STOPPED, thread)

    # --- time

    def now(self) -> int:
        """Return the microseconds since the program began; never less than before."""
        self.time = max(self.time, (time.perf_counter_ns() - self.zero) // 1000)
        return self.time

    def resume(self, thread: Thread) -> None:
        """The thread runs from now on."""
        now = thread.clock = self.now()
        thread.core = self.core_now()
        self.ledger.set_state(thread, ThreadState.RUNNING, now)
        if self.ledger.watched:
            self.slice = (now, thread.steps, whereabouts(thread, after=False))

    def suspend(self, thread: Thread, state: ThreadState, now: int) -> None:
        """The thread does not run from `now` on."""
        if self.ledger.watched:
            start, steps, first = self.slice
            self.ledger.tell(
                events.RunSlice,
                thread,
                start,
                core=thread.core,
                stop=now,
                first=first,
                last=whereabouts(thread, after=True),
                count=thread.steps - steps,
            )
        self.ledger.set_state(thread, state, now)

    def look_up(self, thread: Thread) -> None:
        """Look whether this process is to stop, which core it is on, and whether it is time for news."""
        self.look_at = thread.clock + LOOK_EVERY
        self.listen(0)
        if self.ledger.watched and self.core_now() != thread.core:
            self.suspend(thread, ThreadState.READY, thread.clock)
            self.resume(thread)
        if thread.clock >= self.news_at:
            self.news_at = thread.clock + NEWS_EVERY
            self.say(Says.NEWS, thread)

    # --- executing

    def take_turn(self, thread: Thread) -> None:
        """Let the running thread do its next thing."""
        if thread.request is not None:
            self.perform(thread)
        elif thread.frames:
            self.execute(thread)
        else:
            self.finish(thread)

    def execute(self, thread: Thread) -> None:
        """Execute instructions for a while, or until the thread asks for something, ends or fails."""
        remaining = self.setup.max_steps - self.steps
        if remaining <= 0:
            self.say(Says.FULL, thread)
            self.need_answer()
        before, used = thread.steps, time.process_time_ns()
        begun = thread.clock = self.now()
        # The loop charges its clock a tick for an instruction; the real time is set right afterwards.
        if remaining <= LAST_STEPS:
            self.engine.crawl(thread, begun + self.slice_steps, remaining)
        else:
            self.engine.run(thread, begun + min(self.slice_steps, remaining - LAST_STEPS))
        self.steps += thread.steps - before
        if self.steps >= self.next_memory_check:
            self.check_memory(thread)
        now = thread.clock = self.now()
        without_core = now - begun - (time.process_time_ns() - used) // 1000
        if without_core > NOTICED:
            self.suspend(thread, ThreadState.READY, max(begun, now - without_core))
            self.resume(thread)
        if now >= self.look_at:
            self.look_up(thread)

    def check_memory(self, thread: Thread) -> None:
        """Measure memory, and say when it is to be measured again."""
        self.next_memory_check = self.steps + measure_memory(thread)

    def finish(self, thread: Thread) -> None:
        """A thread is over: tell how, and go on with the one that called it, if there is one."""
        value, error = self.pack_ending(thread)
        failure = None if thread.task.error is None else failure_of(thread)
        now = thread.clock = self.now()
        if failure is not None:
            report = failure.report
            self.ledger.tell(events.Failed, thread, now, type=report.type, message=report.message, line=report.line)
        self.suspend(thread, ThreadState.FINISHED if failure is None else ThreadState.FAILED, now)
        self.ledger.tell(events.Ended, thread, now)
        self.threads.pop()
        self.say(Says.ENDED, thread, Ending(value, error, failure))
        if self.threads:
            caller = self.threads[-1]
            task = self.need_answer().body
            caller.wait = None
            caller.frames[-1].stack.append(task)
            self.resume(caller)

    def pack_ending(self, thread: Thread) -> tuple[Parcel | None, Parcel | None]:
        """Return a thread's result and error as parcels; what cannot be sent is an error itself."""
        task = thread.task
        if self.setup.sequential:
            return (STAYS_HERE, None) if task.error is None else (None, STAYS_HERE)
        try:
            if task.error is None:
                return Parcel(self.packer.pack(task.value)), None
            return None, Parcel(self.packer.pack(task.error))
        except (RecursionError, TypeError) as refusal:
            task.error = task.error or refusal.with_traceback(None)
            return None, Parcel(self.packer.pack(type(refusal)(*refusal.args)))

    # --- requests

    def perform(self, thread: Thread) -> None:
        """Do what the thread asked for, or have it done, and let the thread go on."""
        request = thread.request
        if request is None:
            raise InterpFault("A thread that asks for nothing was to be served.")
        thread.request = None
        thread.clock = self.now()
        split = len(request.arguments) - len(request.keywords)
        named = dict(zip(request.keywords, request.arguments[split:], strict=True))
        try:
            if request.builtin in LOCAL:
                result = request.builtin.perform(self, thread, *request.arguments[:split], **named)
            else:
                result = self.ask(thread, request.builtin, request.arguments, request.keywords)
        except BaseException as error:
            if not is_of_the_program(error):
                raise
            unwind(thread, error)
            return
        if isinstance(result, Wait):  # a call in mode `sequential`: the new thread runs first
            self.resume(self.threads[-1])
            return
        if isinstance(result, Pause):
            self.sleep(thread, result.ticks)
            result = None
        thread.frames[-1].stack.append(result)

    def write(self, thread: Thread, text: str) -> None:
        """Print a text: the coordinator writes it, in one piece, in the order in which texts reach it."""
        self.ledger.tell(events.Printed, thread, thread.clock, text=text, line=thread.line)
        self.say(Says.PRINT, thread, text)

    def sleep(self, thread: Thread, ticks: int) -> None:
        """Wait so many microseconds."""
        until = thread.clock + ticks
        self.suspend(thread, ThreadState.SLEEPING, thread.clock)
        self.say(Says.NEWS, thread)
        while (left := until - self.now()) > 0:
            self.listen(min(left / 1_000_000, LONGEST_WAIT))
        self.resume(thread)

    def ask(self, thread: Thread, builtin: Any, arguments: tuple[Any, ...], keywords: tuple[str, ...]) -> Any:
        """Have the coordinator perform an operation; returns its value, or raises its error."""
        owner: Any = arguments[0] if arguments else None
        given = arguments
        if builtin is PUT and len(arguments) == 2:
            parcel = STAYS_HERE if self.setup.sequential else Parcel(self.packer.pack(arguments[1]))
            self.tell_transfer(events.Sent, thread, owner, parcel)
            arguments = (owner, parcel)
        elif builtin is EXIT:
            arguments = arguments[:1]  # the exception that ends a `with` is nobody's business there
        self.say(Says.ASK, thread, (builtin, arguments, keywords))
        value = self.result_for(thread, owner)
        if builtin is PUT and isinstance(owner, Queue) and self.setup.sequential:
            owner.items.append(given[1])
        if not isinstance(value, Parcel):
            return value
        if builtin is GET:
            self.tell_transfer(events.Received, thread, owner, value)
        if value.is_here:
            return owner.items.popleft() if isinstance(owner, Queue) else owner.value
        self.ledger.machine.grow(len(value.data))
        return unpack(value.data, self.directory)

    def tell_transfer(self, kind: Callable[..., events.Event], thread: Thread, queue: Any, parcel: Parcel) -> None:
        """Tell that something went through a queue; its size is in bytes."""
        if self.ledger.watched and isinstance(queue, Queue):
            self.events.append(kind(thread.clock, thread.number, queue=name_of(queue, thread), size=len(parcel.data)))

    def result_for(self, thread: Thread, owner: Any = None) -> Any:
        """Wait for the answer to a request to `owner`, blocked if it does not come at once."""
        asked = thread.clock
        answer = self.need_answer()
        if answer.says is Says.BLOCKED:
            thread.wait = Wait(*answer.body)
            self.suspend(thread, ThreadState.BLOCKED, asked)
            self.say(Says.NEWS, thread)
            answer = self.need_answer()
            thread.wait = None
            self.resume(thread)
        if answer.says is Says.RAISE:
            error = answer.body
            if isinstance(error, Parcel):
                error = owner.error if error.is_here else unpack(error.data, self.directory)
            raise error
        return answer.body

    # --- new threads and processes

    def spawn(self, parent: Thread, callee: Any, arguments: tuple[Any, ...]) -> Any:
        """Start a process that calls `callee`, or run it first in mode `sequential`; returns its task or a `Wait`."""
        check_callee(callee)
        name = name_of_callee(callee)
        if self.setup.sequential:
            return self.call(parent, name, callee, arguments)
        if self.setup.forks:
            return self.fork(parent, name, callee, arguments)
        state = Parcel(self.packer.pack((parent.process.globals, callee, arguments)))
        self.say(Says.SPAWN, parent, SpawnRequest(name, parent.line, None, state))
        return self.result_for(parent)

    def call(self, parent: Thread, name: str, callee: Any, arguments: tuple[Any, ...]) -> Wait:
        """Make a thread of this process that runs before its parent goes on."""
        self.say(Says.SPAWN, parent, SpawnRequest(name, parent.line, None, None))
        answer = self.need_answer()
        if answer.says is Says.RAISE:
            raise answer.body
        thread = self.add_thread(answer.thread, answer.body, parent.process)
        prepare_call(thread, callee, arguments)
        parent.wait = Wait(thread.task, "call")
        self.suspend(parent, ThreadState.BLOCKED, self.now())
        return parent.wait

    def fork(self, parent: Thread, name: str, callee: Any, arguments: tuple[Any, ...]) -> Any:
        """Fork this process. The parent gets the task; in the child, `Forked` is raised once it knows who it is."""
        try:
            theirs, ours = socket.socketpair()
        except OSError as error:
            raise refused(error) from None
        try:
            pid = os.fork()
        except OSError as error:
            theirs.close()
            ours.close()
            raise refused(error) from None
        if pid == 0:
            # While another process had this end of the parent's channel, nobody would notice the parent's death.
            self.channel.close()
            theirs.close()
            self.channel = WorkerEnd(ours)
            self.reset()
            answer = self.need_answer()
            prepare_call(self.begin(answer.thread, answer.body, parent.process.globals), callee, arguments)
            self.resume(self.threads[-1])
            raise Forked
        ours.close()
        self.say(Says.SPAWN, parent, SpawnRequest(name, parent.line, pid, None), along=theirs)
        theirs.close()
        return self.result_for(parent)

    def new_number(self, kind: str) -> int:
        """Count nothing: synchronisation objects are made by the coordinator."""
        raise InterpFault(f"A worker was to make a {kind}.")


def refused(error: OSError) -> RuntimeError:
    """Make the error of a program that wants a process which the operating system does not give."""
    return RuntimeError(f"can't start new process: {error.strerror or error}")


def switches_so_far() -> int:
    """Return how often the operating system has given this process's core to another one, 0 where it does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_nvcsw + usage.ru_nivcsw


def usable_cores() -> list[int]:
    """Return the numbers of the cores that this process may run on, as the operating system counts them."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def core_finder() -> Callable[[], int | None]:
    """Return a function that tells on which of the usable cores this process runs, None where nobody knows."""
    from ctypes import CDLL

    try:
        ask = CDLL(None).sched_getcpu
    except (OSError, TypeError, AttributeError):
        return lambda: None
    places = {core: place for place, core in enumerate(usable_cores())}
    return lambda: places.get(ask())


# --- the end of processes ---------------------------------------------------------------------------------------

ADOPT_ORPHANS = 36
"""`PR_SET_CHILD_SUBREAPER` of Linux (`linux/prctl.h`): what a killed worker leaves behind is the first one's child."""


def note_ended_children(notes: int) -> None:
    """Have each child that ends noted at once, so that no zombie is left."""

    def note_all(*_: object) -> None:
        while note_one(notes, os.WNOHANG):
            pass

    signal.signal(signal.SIGCHLD, note_all)


def note_one(notes: int, options: int) -> bool:
    """Note a child that has ended; returns whether there was one."""
    try:
        pid, status = os.waitpid(-1, options)
    except ChildProcessError:
        return False
    if pid:
        with suppress(OSError):  # nobody is left to read it
            os.write(notes, NOTE.pack(pid, status))
    return bool(pid)


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent is killed, where the operating system can do that."""
    if sys.platform == "linux":
        from ctypes import CDLL

        with suppress(OSError, AttributeError):
            CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)


def main(end: socket.socket, notes: int | None) -> NoReturn:
    """Be a worker, from here to the end of the process and of those that are forked off it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if notes is not None:
        adopt_orphans()
        note_ended_children(notes)
    worker: Worker | None = None
    try:
        with python_digits():
            worker = Worker(WorkerEnd(end), notes)
            worker.run()
    except ChannelClosed:
        pass  # the coordinator is gone, and with it everyone who could be told
    except BaseException:
        with suppress(BaseException):
            if worker is not None:
                worker.events.clear()
                worker.say(Says.FAULT, None, traceback.format_exc())
    if worker is not None:
        worker.channel.close()
    if notes is not None:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        while note_one(notes, 0):
            pass
    # Forks of one process: what Python does at its end (flushing, exit handlers) is not for each of them to do.
    os._exit(0)


def start(arguments: list[str]) -> NoReturn:
    """Be the worker that a command line describes: the number of its socket, and of the pipe for notes."""
    if sys.platform == "win32":
        main(socket.fromshare(sys.stdin.buffer.read()), None)
    number, notes = map(int, arguments)
    main(socket.socket(fileno=number), notes if notes >= 0 else None)
