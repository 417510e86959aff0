# mypy: ignore-errors
# ruff: noqa: B904, SIM115, UP004, UP010, UP020, UP024, UP028, UP031
#
# Python 2.7 runs this file too, and it has no annotations: there is nothing for mypy to check, and ruff's
# advice to write newer Python does not apply.
"""Run a toy program on this very Python: `python prelude.py --mode threads program.toy`.

Every Toy program is a Python program but for a few names: `spawn`, `Lock`, `Queue`, `sleep` and their
like. This file supplies them on top of what Python really has, so that the real thing can be asked what
a program prints.

    mode          spawn(f, x)                             built on
    sequential    calls f(x) at once, to its end          nothing; an operation that would wait is a deadlock
    threads       starts a thread                         threading, queue
    processes     forks a process (spawns it, where       multiprocessing
                  there is no `fork`)

The program itself runs unchanged: it is compiled under its own file name, so that a traceback shows its
own lines, and it finds the names among the builtins. Frames of this file are left out of tracebacks, and
they do not count against the recursion limit: toy code has 1,000 frames in each thread, as a plain
script has in its only one.

What Toy promises beyond Python's own classes is added here and nowhere else:

- `spawn` returns a task whose `join()` returns what the function returned, or raises what it raised.
- A task that failed and was never joined is reported on stderr at the end of the run, after the error of
  the main program if there is one, and the exit status is 1.
- `print` writes its line as one piece, so that threads cannot tear it.
- A misused lock raises the same error in every version and mode: the one of CPython 3.11's `threading`.
  (A barrier for nobody is refused, as 3.13 does; in 3.11 it is made and then hangs.)
- A tick of `sleep` and `clock` is a microsecond.

With `--report FILE` a JSON object says how the run ended: `outcome` ("ok", "error" or "deadlock"),
`errors` (a list of `thread type message line`, in the order of the threads), `died` (the processes that
ended without a word, `thread status`, a negative status being a signal) and `seconds`, the time the
program took. The line is the last one that a traceback shows. A deadlock in the modes threads and
processes hangs, as it does in real life: whoever starts this file brings a time limit (`oracle.py`
does). `--identify` says which Python this is, and runs nothing.

A process that is spawned and not forked begins with an empty memory, where Toy means a copy of its parent's.
So the parent sends what a fork would have given for nothing: (1) the program's text, from which the child
makes all functions, without running another line of it; (2) the globals, in one pickle together with the
arguments, so that two names for one list are two names for one list again; (3) the defaults of the
functions, which were made in the parent. What no pickle can hold cannot be sent, and the run says so.

One file, standard library only, and the same source for Python 2.7 and 3.6 to 3.13, with and without the
global lock: hence no annotations, no f-strings and `class X(object)`.
"""

from __future__ import division, print_function
import __future__

import argparse
import ast
import collections
import errno
import functools
import io
import itertools
import json
import linecache
import operator
import os
import pickle
import signal
import sys
import threading
import time
import traceback
import types
import warnings

try:
    import builtins
    import queue
except ImportError:  # Python 2
    import __builtin__ as builtins
    import Queue as queue  # noqa: N813

AS_SCRIPT = __name__ == "__main__"
if AS_SCRIPT:
    # `__main__` will be the toy program. Under this name a spawned process can import what its parent sends.
    sys.modules["prelude"] = sys.modules["__main__"]  # also keeps it alive: Python 2 empties a module nobody holds
    __name__ = "prelude"

PYTHON_2 = sys.version_info[0] == 2
HAS_FORK = hasattr(os, "fork")
TICKS_A_SECOND = 1000000
PYTHON_PRINT = builtins.print
read_seconds = getattr(time, "perf_counter", time.time)

# Toy code starts at this depth of Python's stack in every thread, so that it always has the same room.
DEPTH_OF_TOY_CODE = 12
FRAMES_OF_TOY_CODE = 1000

# `exec` itself counts as a level up to 3.11; `exec_in` always does.
LEVELS_OF_EXEC = 1 if sys.version_info >= (3, 12) else 2

# The unit of `sys.setcheckinterval`, roughly, and how long an abandoned run is left to those who would stop it.
SECONDS_A_COUNTED_INSTRUCTION = 25e-9
SECONDS_OF_GRACE = 5

# What releasing a lock that is not held raises in `thread` (2.7), `threading` and `multiprocessing`.
MISUSE = (RuntimeError, ValueError, AssertionError, threading.ThreadError)

if PYTHON_2:
    exec("def raise_with_traceback(error, trace): raise type(error), error, trace")
else:

    def raise_with_traceback(error, trace):
        """Raise `error` again, with the traceback it had when it left its task."""
        raise error.with_traceback(trace)


Failure = collections.namedtuple("Failure", "thread told text")  # as `describe` and `format_error` told it at once


class CannotOnRealPython(BaseException):
    """Toy means something that this Python, with this start method, has no way of doing."""


class Run(object):
    """One run of one program: its mode, its tasks, and what Python offers for that mode."""

    def __init__(self, mode, source, filename, options):
        self.mode = mode
        self.source = source
        self.filename = filename
        self.options = options
        self.report = options.report
        self.start_method = options.start or ("fork" if HAS_FORK else "spawn")
        self.module = None
        self.process = os.getpid()
        self.tasks = []
        self.can_wait = mode != "sequential"
        self.started = read_seconds()
        if mode == "processes":
            import multiprocessing

            if PYTHON_2 and self.start_method != "fork":
                raise CannotOnRealPython("Python 2 starts processes by fork only")
            # `fork`, if there is one: the child starts with a copy of its parent's memory, as Toy means it.
            self.kit = multiprocessing if PYTHON_2 else multiprocessing.get_context(self.start_method)
            self.make_queue = self.kit.Queue
            self.numbers = self.kit.Value("i", 2)
        else:
            self.kit = threading
            self.make_queue = queue.Queue
            self.numbers = itertools.count(2)
        self.output_lock = self.kit.Lock()
        self.number_lock = self.kit.Lock()

    def next_number(self):
        """Number the threads in the order of their `spawn`; main is 1."""
        with self.number_lock:
            if self.mode != "processes":
                return next(self.numbers)
            number = self.numbers.value
            self.numbers.value += 1
            return number

    def finish_tasks(self):
        """Wait until every task has ended; a task may start further ones meanwhile."""
        for task in self.tasks:
            task.wait()

    def unjoined_failures(self):
        """Return the tasks' failures that nobody has seen by joining."""
        failed = [task for task in self.tasks if task.error is not None and not task.joined]
        return [task.failure or failure_of(task.name, task.error, task.trace) for task in failed]


run = None  # the one Run of this process; set by `main` before any toy code runs


def call_toy(function, arguments, between=0):
    """Call toy code from a fixed depth of the stack; if the stack is deeper already, move the limit.

    `between` is how much of the stack `function` uses itself before the toy code begins.
    """
    frame, depth = sys._getframe(), between
    while frame:
        frame, depth = frame.f_back, depth + 1
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(depth + 1, DEPTH_OF_TOY_CODE) + FRAMES_OF_TOY_CODE)
    try:
        return descend(DEPTH_OF_TOY_CODE - depth, function, arguments)
    finally:
        sys.setrecursionlimit(limit)


def descend(levels, function, arguments):
    """Use up `levels` of the stack, at least one, and call."""
    if levels > 1:
        return descend(levels - 1, function, arguments)
    return function(*arguments)


def deadlock(what):
    """End the run: there is one thread of control, it has to wait, and nobody is left to wake it."""
    sys.stdout.flush()
    sys.stderr.write("deadlock: %s waits for %s, and nothing else can run\n" % (current(), what))
    sys.stderr.flush()
    write_report(run.report, "deadlock", [], run.tasks, read_seconds() - run.started)
    os._exit(1)


# --- tasks --------------------------------------------------------------------------------------------------


class Task(object):
    """What `spawn` returns, in every mode."""

    failure = None

    def __init__(self, function, arguments):
        self.name = "%s-%d" % (function.__name__, run.next_number())
        self.function = function
        self.arguments = arguments
        self.result = self.error = self.trace = None
        self.joined = False
        run.tasks.append(self)

    def start(self):
        """Mode `sequential`: do it now, under the task's name."""
        thread = threading.current_thread()
        name, thread.name = thread.name, self.name
        try:
            self.perform(unseen_levels=LEVELS_OF_EXEC - 1)
        finally:
            thread.name = name

    def wait(self):
        pass

    def perform(self, unseen_levels=0):
        try:
            self.result = call_toy(self.function, self.arguments, unseen_levels)
        except BaseException:
            self.error, self.trace = sys.exc_info()[1:]
            self.failure = failure_of(self.name, self.error, self.trace)

    def join(self):
        self.wait()
        self.joined = True
        if self.error is not None:
            raise_with_traceback(self.error, self.trace)
        return self.result

    def __repr__(self):
        return "<task %s>" % self.name


class ThreadTask(Task):
    def start(self):
        self.thread = threading.Thread(target=self.perform, name=self.name)
        self.thread.start()

    def wait(self):
        self.thread.join()


ThreadTask.__name__ = "Task"  # the name that Python's messages show


class ProcessTask(Task):
    """The child sends one message when it ends: its result, or its error and the toy line of that."""

    further, died = (), ()

    def start(self):
        self.parent = os.getpid()
        self.message, sender = run.kit.Pipe(False)
        if run.start_method == "fork":
            self.process = run.kit.Process(target=self.perform_in_child, args=(sender,))
        else:
            memory = globals_to_send()
            # The program comes first: what is unpickled after it finds the functions in their place.
            arguments = (SentProgram(), memory, defaults_to_send(), self, sender)
            self.process = run.kit.Process(target=perform_in_spawned_child, args=arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            self.process.start()
        except (TypeError, ValueError, AttributeError, pickle.PicklingError):
            problem = sys.exc_info()[1]
            run.tasks.remove(self)  # it never was
            raise CannotOnRealPython("a value cannot be sent to a spawned process: %s" % problem)
        sender.close()

    def __getstate__(self):
        return dict(self.__dict__, process=None)

    def perform_in_child(self, sender):
        threading.current_thread().name = self.name
        run.tasks = []
        limit_this_process(run.options)
        self.perform()
        run.finish_tasks()
        failures = run.unjoined_failures()
        report_on_stderr(failures)
        line = None if self.error is None else toy_line(self.error, self.trace)
        further = [failure.told for failure in failures] + further_errors(run.tasks)
        died = processes_that_died(run.tasks)
        try:
            sender.send((self.result, self.error, line, further, died))
        except Exception:
            problem = sys.exc_info()[1]
            error = TypeError("cannot be sent to another process: %s" % problem)
            sender.send((None, error, line, further, died))
        sender.close()

    def wait(self):
        if self.message is None:
            return
        if self.parent != os.getpid():
            raise CannotOnRealPython("only the process that started %s can join it" % self.name)
        line = None
        try:
            self.result, self.error, line, self.further, self.died = self.message.recv()
        except EOFError:
            self.error = RuntimeError("the process died")
        self.message = None
        self.process.join()
        if line is None and isinstance(self.error, RuntimeError) and self.process.exitcode != 0:
            self.died = [{"thread": self.name, "status": self.process.exitcode}]
        if self.error is not None:
            self.error.toy_line = line


ProcessTask.__name__ = "Task"


def further_errors(tasks):
    """What went wrong in processes of processes."""
    return [error for task in tasks for error in getattr(task, "further", ())]


def processes_that_died(tasks):
    return [died for task in tasks for died in getattr(task, "died", ())]


# --- processes that begin with nothing ----------------------------------------------------------------------


class SentProgram(object):
    """The program on its way to a spawned process: unpickling it makes the functions there."""

    def __reduce__(self):
        shared = run.numbers, run.number_lock, run.output_lock, run.started
        return arrive, (run.mode, run.source, run.filename, run.options, shared)


def arrive(mode, source, filename, options, shared):
    """In the spawned process: become the program, with its functions and nothing else."""
    global run
    run = Run(mode, source, filename, options)
    run.numbers, run.number_lock, run.output_lock, run.started = shared
    prepare(source, filename)
    module = ast.parse(source, filename)
    module.body = [statement for node in module.body for statement in definitions_in(node)]
    exec_in(compile(module, filename, "exec", future_flags(), True), run.module.__dict__)
    return SentProgram()


def definitions_in(node):
    """Yield the `def` statements that belong to the program itself, without their defaults, which are sent."""
    if isinstance(node, ast.FunctionDef):
        node.args.defaults = [ast.copy_location(ast.Constant(None), default) for default in node.args.defaults]
        node.decorator_list = []
        yield node
        return
    for child in ast.iter_child_nodes(node):
        for found in definitions_in(child):
            yield found


def functions_of(names):
    return {name: value for name, value in names.items() if isinstance(value, types.FunctionType)}


def globals_to_send():
    return {name: value for name, value in run.module.__dict__.items() if not name.startswith("__")}


def defaults_to_send():
    return {name: function.__defaults__ for name, function in functions_of(run.module.__dict__).items()}


def perform_in_spawned_child(program, memory, defaults, task, sender):
    run.module.__dict__.update(memory)
    for name, function in functions_of(run.module.__dict__).items():
        function.__defaults__ = defaults.get(name)
    task.perform_in_child(sender)


# --- which task ---------------------------------------------------------------------------------------------

TASKS = {"sequential": Task, "threads": ThreadTask, "processes": ProcessTask}


def spawn(function, *arguments):
    if not callable(function):
        raise TypeError("'%s' object is not callable" % type(function).__name__)
    task = TASKS[run.mode](function, arguments)
    task.start()
    return task


def current():
    return threading.current_thread().name


# --- synchronisation ----------------------------------------------------------------------------------------
#
# Each class holds Python's own object for the mode and passes on what Toy has of it. The check `run.can_wait`
# is all that mode `sequential` needs: there, what is not to be had at once will never be had.


class Acquirable(object):
    """What `Lock`, `RLock`, `Semaphore` and `Condition` share; `with` acquires and releases."""

    misuse = ""

    def acquire(self, blocking=True):
        taken = self.native.acquire(bool(blocking) and run.can_wait)
        if blocking and not taken:
            deadlock("a " + type(self).__name__)
        return taken

    def release(self):
        attempt(self.native.release, self.misuse)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *error):
        self.release()

    def __repr__(self):
        return "<%s>" % type(self).__name__


def attempt(operation, misuse, *arguments):
    """Do it, and turn every version's way of saying "you do not hold it" into one."""
    try:
        return operation(*arguments)
    except MISUSE:
        pass
    raise RuntimeError(misuse)


class Lock(Acquirable):
    misuse = "release unlocked lock"

    def __init__(self):
        self.native = run.kit.Lock()

    def locked(self):
        if not self.native.acquire(False):
            return True
        self.native.release()
        return False


class RLock(Acquirable):
    misuse = "cannot release un-acquired lock"

    def __init__(self):
        self.native = run.kit.RLock()


class Semaphore(Acquirable):
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        releases_several = run.mode != "processes" and sys.version_info >= (3, 9)
        self.native = run.kit.Semaphore(value) if releases_several else OldSemaphore(value)

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        self.native.release(n)


class OldSemaphore(object):
    """A semaphore that several can be given back to at one moment: `threading` has it since 3.9, processes never."""

    def __init__(self, value):
        self.value = shared_number(value)
        self.changed = run.kit.Condition()

    def acquire(self, blocking):
        with self.changed:
            while self.value.value == 0:
                if not blocking:
                    return False
                self.changed.wait()
            self.value.value -= 1
            return True

    def release(self, n):
        with self.changed:
            self.value.value += n
            for _ in range(n):
                self.changed.notify()


class Condition(Acquirable):
    def __init__(self, lock=None):
        if lock is None:
            lock = RLock()
        lock.acquire  # noqa: B018 - a value that is no lock fails here, with Python's own message
        self.native = run.kit.Condition(lock.native)
        self.misuse = lock.misuse

    def wait(self):
        if run.can_wait:
            attempt(self.native.wait, "cannot wait on un-acquired lock")
        else:
            attempt(self.native.wait, "cannot wait on un-acquired lock", 0)
            deadlock("a notification")
        return True

    def notify(self, n=1):
        for _ in range(n):
            attempt(self.native.notify, "cannot notify on un-acquired lock")

    def notify_all(self):
        attempt(self.native.notify_all, "cannot notify on un-acquired lock")


class Event(object):
    def __init__(self):
        self.native = run.kit.Event()

    def set(self):
        self.native.set()

    def clear(self):
        self.native.clear()

    def is_set(self):
        return self.native.is_set()

    def wait(self):
        if not run.can_wait and not self.native.is_set():
            deadlock("an Event")
        self.native.wait()
        return True

    def __repr__(self):
        return "<Event>"


class Number(object):
    """A number that threads share."""

    def __init__(self, value):
        self.value = value


def shared_number(value):
    """Return a number that the tasks of this mode share, processes included."""
    return run.kit.Value("l", value) if run.mode == "processes" else Number(value)


class OldBarrier(object):
    """`threading.Barrier` for Python 2, which has none."""

    def __init__(self, parties):
        self.parties = parties
        self.arrived, self.round = shared_number(0), shared_number(0)
        self.changed = run.kit.Condition()

    def wait(self):
        with self.changed:
            index, this_round = self.arrived.value, self.round.value
            self.arrived.value += 1
            if self.arrived.value == self.parties:
                self.arrived.value = 0
                self.round.value += 1
                self.changed.notify_all()
            while self.round.value == this_round:
                self.changed.wait()
            return index


class Barrier(object):
    def __init__(self, parties):
        if parties < 1:
            raise ValueError("parties must be > 0")
        self.parties = parties
        self.native = OldBarrier(parties) if PYTHON_2 else run.kit.Barrier(parties)

    def wait(self):
        if not run.can_wait and self.parties > 1:
            deadlock("a Barrier")
        return self.native.wait()

    def __repr__(self):
        return "<Barrier>"


class Queue(object):
    def __init__(self, maxsize=0):
        self.native = run.make_queue(maxsize)

    def put(self, item):
        try:
            self.native.put(item, run.can_wait)
        except queue.Full:
            deadlock("room in a Queue")

    def get(self):
        try:
            return self.native.get(run.can_wait)
        except queue.Empty:
            deadlock("an item of a Queue")

    def qsize(self):
        return self.native.qsize()

    def empty(self):
        return self.native.empty()

    def full(self):
        return self.native.full()

    def __repr__(self):
        return "<Queue>"


# --- time and output ----------------------------------------------------------------------------------------


def sleep(ticks):
    ticks = operator.index(ticks)
    if ticks < 0:
        raise ValueError("sleep length must be non-negative")
    time.sleep(ticks / TICKS_A_SECOND)


def clock():
    return int((read_seconds() - run.started) * TICKS_A_SECOND)


class Pieces(list):
    """A file for `print` that keeps what is written."""

    write = list.append


def print_in_one_piece(*values, **options):
    """Print as Python does, but write the line at once, so that no other thread comes between its parts."""
    if "file" in options:  # the standard library's own use of `print`
        return PYTHON_PRINT(*values, **options)
    options.pop("flush", None)
    pieces = Pieces()
    PYTHON_PRINT(*values, file=pieces, **options)
    with run.output_lock:
        try:
            sys.stdout.write("".join(pieces))
            sys.stdout.flush()
        except (IOError, OSError):
            if sys.exc_info()[1].errno == errno.EFBIG:  # `--max-output`: whoever set it sees how much there is
                os._exit(1)
            raise
    return None


print_in_one_piece.__name__ = "print"


def toy_print():
    """Return the `print` that fits: where Python's own cannot be torn, Python's own.

    It is written in C, so all texts of a line are made at one moment, as in Toy, whereas a function in Python has a
    switch point where it begins. Then it lets go of the lock while the line is written, and so does ours: lines may be
    written in another order than they were made in (`allowed.py` reckons with that). Up to 3.9 threads are switched
    nearly everywhere anyway, and without a global lock Python's own could be torn.
    """
    is_gil_enabled = getattr(sys, "_is_gil_enabled", lambda: True)
    if run.mode == "threads" and sys.version_info >= (3, 10) and is_gil_enabled():
        return functools.partial(PYTHON_PRINT, flush=True)
    return print_in_one_piece


# --- how it ended -------------------------------------------------------------------------------------------


def toy_frames(trace):
    return [frame for frame in traceback.extract_tb(trace) if frame[0] == run.filename]


def toy_line(error, trace):
    """Return the last line of the program that a traceback shows, or None if it shows none."""
    if isinstance(error, SyntaxError) and error.filename == run.filename:
        return error.lineno
    far_away = getattr(error, "toy_line", None)  # in another process, whose traceback stayed there
    frames = toy_frames(trace)
    return far_away or (frames[-1][1] if frames else None)


def failure_of(thread, error, trace):
    """Return how a thread has failed; made when it ends, as what its error shows may be changed by others later."""
    return Failure(thread, describe(thread, error, trace), format_error(error, trace))


def describe(thread, error, trace):
    return {
        "thread": thread,
        "type": type(error).__name__,
        "message": str(error),
        "line": toy_line(error, trace),
    }


def format_error(error, trace):
    """Return the traceback as Python prints it, without the frames that are not the program's."""
    if PYTHON_2:
        lines = traceback.format_list(toy_frames(trace))
        if lines:
            lines.insert(0, "Traceback (most recent call last):\n")
        return "".join(lines + traceback.format_exception_only(type(error), error))
    whole = traceback.TracebackException(type(error), error, trace)
    link = whole
    while link is not None:
        kept = [frame for frame in link.stack if frame.filename == run.filename]
        link.stack = traceback.StackSummary.from_list(kept)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "".join(whole.format())


def report_on_stderr(failures):
    for failure in failures:
        head = "" if failure.thread == "main" else "Exception in thread %s:\n" % failure.thread
        sys.stderr.write(head + failure.text)
    sys.stderr.flush()


def write_report(path, outcome, errors, tasks, seconds):
    if path:
        told = {"outcome": outcome, "errors": errors, "died": processes_that_died(tasks), "seconds": seconds}
        with io.open(path, "w", encoding="utf-8") as file:
            text = json.dumps(told)
            file.write(text if not PYTHON_2 else text.decode("ascii"))


# --- the run ------------------------------------------------------------------------------------------------


def toy_builtins():
    classes = [Lock, RLock, Semaphore, Condition, Event, Barrier, Queue]
    functions = [spawn, sleep, clock, current]
    return dict({value.__name__: value for value in classes + functions}, print=toy_print())


def future_flags():
    """The features that make an older Python read a program as 3.11 does; annotations are never evaluated."""
    wanted = ["print_function", "division", "annotations"]
    return sum(getattr(__future__, name).compiler_flag for name in wanted if hasattr(__future__, name))


def run_program(source, filename):
    """Run the program and everything it spawned; return its failures."""
    failures = []
    try:
        code = compile(source, filename, "exec", future_flags(), True)
        run.started = read_seconds()
        call_toy(exec_in, (code, run.module.__dict__), LEVELS_OF_EXEC)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        failures.append(failure_of("main", *sys.exc_info()[1:]))
    run.finish_tasks()
    return failures + run.unjoined_failures()


def exec_in(code, names):
    exec(code, names)


def prepare(source, filename):
    """Make this process ready for the program: its builtins, its module, its lines for tracebacks."""
    run.module = types.ModuleType("__main__")
    sys.modules["__main__"] = run.module  # so that a toy function can be found again by pickle
    for name, value in toy_builtins().items():
        setattr(builtins, name, value)
    text = source.decode("utf-8")
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    threading.current_thread().name = "main"
    warnings.simplefilter("ignore")  # stderr is the program's own
    # The same limit for all threads, so that none of them lowers it again under the others.
    sys.setrecursionlimit(DEPTH_OF_TOY_CODE + FRAMES_OF_TOY_CODE)
    limit_this_process(run.options)


def limit_this_process(options):
    """Set what holds for one process alone, and is to be set anew in each.

    An alarm ends the process even where it waits, and even if nobody is left who would stop it.
    """
    if options.switch_interval:
        if PYTHON_2:
            sys.setcheckinterval(max(1, int(options.switch_interval / SECONDS_A_COUNTED_INSTRUCTION)))
        else:
            sys.setswitchinterval(options.switch_interval)
    if options.time_limit and hasattr(signal, "alarm"):
        signal.alarm(int(options.time_limit) + SECONDS_OF_GRACE)
    if options.max_output:
        try:
            import resource
        except ImportError:
            return
        resource.setrlimit(resource.RLIMIT_FSIZE, (options.max_output, options.max_output))


def tell_where_it_waits(path):
    """On SIGUSR1, write the lines at which all threads are to a file; Python 2 cannot."""
    try:
        import faulthandler

        file = open(path, "a")  # open until the end
        faulthandler.register(signal.SIGUSR1, file, True)
    except (ImportError, AttributeError):
        pass


def identify():
    """Print which Python this is, as JSON."""
    import platform

    is_gil_enabled = getattr(sys, "_is_gil_enabled", lambda: True)
    told = {
        "implementation": platform.python_implementation(),
        "version": list(sys.version_info[:3]),
        "global_lock": is_gil_enabled(),
        "executable": sys.executable,
    }
    print(json.dumps({"interp": told}))


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Run a toy program on this Python.")
    parser.add_argument("file", nargs="?", default="-", help="the program; - reads it from stdin")
    parser.add_argument("--mode", choices=sorted(TASKS), default="threads")
    parser.add_argument("--name", help="the file name that tracebacks show (default: FILE)")
    parser.add_argument("--report", metavar="FILE", help="write how the run ended to FILE, as JSON")
    parser.add_argument("--stuck", metavar="FILE", help="at SIGUSR1, write to FILE where the threads are")
    parser.add_argument("--start", choices=["fork", "spawn"], help="how processes begin (default fork, if there is)")
    parser.add_argument("--switch-interval", type=float, metavar="SECONDS", help="default: this Python's own")
    parser.add_argument("--time-limit", type=float, metavar="SECONDS", help="when an abandoned run ends by itself")
    parser.add_argument("--max-output", type=int, metavar="BYTES", help="end the run when it has printed so much")
    parser.add_argument("--identify", action="store_true", help="say which Python this is, and do nothing else")
    options = parser.parse_args(arguments)
    if options.identify:
        return identify()
    if options.file == "-":
        source = getattr(sys.stdin, "buffer", sys.stdin).read()
    else:
        with open(options.file, "rb") as file:
            source = file.read()
    filename = options.name or options.file

    global run
    try:
        run = Run(options.mode, source, filename, options)
    except (CannotOnRealPython, ImportError, OSError):  # where there are no semaphores, for one
        failures = [failure_of("main", CannotOnRealPython(str(sys.exc_info()[1])), None)]
        return end(options, failures)
    prepare(source, filename)
    if options.stuck:
        tell_where_it_waits(options.stuck)
    failures = run_program(source, filename)
    return end(options, failures, run.tasks, read_seconds() - run.started)


def end(options, failures, tasks=(), seconds=None):
    """Say how the run ended, or that there was none; returns the exit status."""
    sys.stdout.flush()
    report_on_stderr(failures)
    described = [failure.told for failure in failures]
    described += further_errors(tasks)
    write_report(options.report, "error" if described else "ok", described, tasks, seconds)
    return 1 if described else 0


if AS_SCRIPT:
    sys.exit(main())
