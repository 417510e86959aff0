"""Ending a command that has processes of its own: nothing may be left behind, however it ends."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def hang_up_as_interrupt() -> Iterator[None]:
    """Treat a request to end, or a terminal that is closed, as Ctrl-C: real runs must not be left behind."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before: dict[int, Any] = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def worker_processes(count: int) -> Iterator[Executor | None]:
    """Have this many processes to spread work over, None for one; at the end they are gone, whatever they were at."""
    if count == 1:
        yield None
        return
    before = multiprocessing.active_children()
    # A fork is ready at once, and sound on Linux as long as there is one thread.
    forks = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if forks else "spawn")
    with hang_up_as_interrupt():
        executor = ProcessPoolExecutor(count, context, initializer=ignore_interrupts)
        try:
            yield executor
        finally:
            for process in multiprocessing.active_children():
                if process not in before:
                    process.terminate()
            executor.shutdown(cancel_futures=True)


def ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that has the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
