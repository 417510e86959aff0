"""How a thread fails: the exception that nobody in it caught, in words that are made when the thread ends.

A message is made of the exception's arguments, and these may be lists that others change later. CPython prints the
traceback of a thread when that thread ends (3.12, `Lib/threading.py`, `_bootstrap_inner`), so that is when it is made
here; whether it is shown at all is known at the end of the run only, because a `join` hands the exception on.
"""

from __future__ import annotations

from dataclasses import dataclass

from interp.language.errors import InterpFault
from interp.machine.thread import Thread
from interp.machine.tracebacks import error_message, format_traceback, raised_line
from interp.scheduling.result import ErrorReport


@dataclass(frozen=True, slots=True)
class Failure:
    """The number of a thread that has failed, what it failed with, and what Python would print on stderr for it."""

    thread: int
    report: ErrorReport
    text: str


def failure_of(thread: Thread) -> Failure:
    """Return how a thread has failed that has ended just now."""
    error = thread.task.error
    if error is None:
        raise InterpFault(f"Thread {thread.number} has not failed.")
    head = "" if thread.number == 1 else f"Exception in thread {thread.name}:\n"
    return Failure(thread.number, report_of(error, thread.name), head + format_traceback(error))


def report_of(error: BaseException, thread: str) -> ErrorReport:
    """Return an exception as plain data: its type, message and line, and the name of the thread that it has ended."""
    return ErrorReport(type(error).__name__, error_message(error), raised_line(error), thread)
