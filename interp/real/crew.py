"""The crew: starting the operating-system processes of a run, learning how each ended, and getting rid of all of them.

1. The first process is a fresh Python, started as any command is (`subprocess`). It is not forked from this one, which
   may have threads (a notebook has), a terminal and open files; after a fork they would be in the child as well.
2. It is the leader of a *process group* of its own, to which everything that is forked off it belongs. So Ctrl-C, which
   the terminal sends to its foreground group, reaches the coordinator only, who ends the run in good order; and one
   signal to the group reaches every process there is, even one that was forked a moment ago.
3. How a process ended is known to its parent alone. The first one is our child; the others are reported through a pipe
   that they all inherit (`worker.NOTE`).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

from interp.language.errors import UsageError
from interp.real.worker import NOTE

START = "import sys; sys.path[:] = {path!r}; from interp.real.worker import start; start({arguments!r})"

PATIENCE = 1.0
"""Seconds that processes have to end by themselves before they are killed."""

NOTE_PATIENCE = 0.5
"""Seconds that the note may take which says how a process ended."""


class Crew:
    """The processes of one run."""

    def __init__(self) -> None:
        self.started: dict[int, subprocess.Popen[bytes]] = {}
        self.leader: int | None = None
        self.ended: dict[int, int] = {}
        self.notes_end: int | None = None
        self.notes: int | None = None
        if hasattr(os, "fork"):
            self.notes, self.notes_end = os.pipe()
            os.set_blocking(self.notes, False)

    def start(self) -> tuple[int, socket.socket]:
        """Start a fresh process; returns its id and our end of the channel. Raises `UsageError` where none can be."""
        ours, theirs = socket.socketpair()
        notes = -1 if self.notes_end is None else self.notes_end
        inherited = [theirs.fileno()] + ([notes] if notes >= 0 else [])
        arguments = [str(number) for number in (theirs.fileno(), notes)]
        command = [sys.executable, "-c", START.format(path=sys.path, arguments=arguments)]
        try:
            if sys.platform == "win32":
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
                assert process.stdin is not None
                process.stdin.write(theirs.share(process.pid))
                process.stdin.close()
            else:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=inherited,
                    process_group=self.leader or 0,
                )
        except OSError as error:
            ours.close()
            raise UsageError(f"no process can be started here: {error.strerror or error}.") from None
        finally:
            theirs.close()
        self.started[process.pid] = process
        self.leader = self.leader or process.pid
        return process.pid, ours

    def read_notes(self) -> None:
        """Take in which forked processes have ended, and how."""
        while self.notes is not None:
            try:
                data = os.read(self.notes, 512 * NOTE.size)
            except (BlockingIOError, InterruptedError):
                return
            for pid, status in NOTE.iter_unpack(data):
                self.ended[pid] = os.waitstatus_to_exitcode(status)
            if len(data) < 512 * NOTE.size:
                return

    def how_ended(self, pid: int) -> str:
        """Say how a process ended that is gone, in words."""
        code = self.exit_code(pid)
        if code is None:
            return "ended without a word"
        if code >= 0:
            return f"ended with the exit status {code} in the middle of its work"
        with suppress(ValueError):
            return f"was killed by the signal {signal.Signals(-code).name}"
        return f"was killed by the signal {-code}"

    def was_killed(self, pid: int) -> bool:
        """Whether a process that is gone was ended by a signal."""
        code = self.exit_code(pid)
        return code is not None and code < 0

    def exit_code(self, pid: int) -> int | None:
        """Return the exit code of a process that is gone, None if nobody knows it."""
        if pid in self.started:
            with suppress(subprocess.TimeoutExpired):
                return self.started[pid].wait(NOTE_PATIENCE)
            return None
        until = time.monotonic() + NOTE_PATIENCE
        while pid not in self.ended and time.monotonic() < until:
            self.read_notes()
            time.sleep(0.005)
        return self.ended.get(pid)

    def wait(self, seconds: float) -> bool:
        """Wait until all processes are gone, each after those that it has forked; returns whether they are in time."""
        until = time.monotonic() + seconds
        for process in self.started.values():
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                return False
        return True

    def disband(self) -> None:
        """Kill every process that is left, wait for it, and close what was opened."""
        if self.leader is not None and hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.leader, signal.SIGKILL)
        for process in self.started.values():
            process.kill()
            process.wait()
        for end in (self.notes, self.notes_end):
            if end is not None:
                os.close(end)
        self.notes = self.notes_end = None
