"""How a command may end, and the exit status of each end.

Nobody who types a command ever sees a traceback of the host: whatever is raised ends here. That is not to go
on after a fault of ours, but to say that it is one.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from interp import SourceError, UsageError
from interp.commands.outputs import OutputClosed, prepare_streams, reason_of, say, say_safely
from interp.commands.status import Status
from interp.language.errors import InterpFault
from interp.scheduling.locks import raised_in_own_lock


def status_of(command: Callable[[], int]) -> int:
    """Call a command and return the exit status, however it ends."""
    try:
        prepare_streams()
        return flush(command())
    except UsageError as error:
        say_safely(f"interp: {error}")
        return flush(Status.USAGE)
    except SourceError as error:
        say(str(error))
        return flush(Status.REFUSED)
    except KeyboardInterrupt:
        return flush(Status.INTERRUPTED)
    except SystemExit as stop:
        # argparse ends so after --help; Rich, with 1, where the reader of its output went away.
        return end_without_output() if stop.code == 1 else flush(Status.FINE)
    except OutputClosed as closed:
        return end_without_output(closed.reason)
    except OSError as error:
        # Whoever reads a file says so in a `UsageError`, so it was standard output, written by Rich.
        return end_without_output(reason_of(error))
    except Exception as fault:
        place = raised_in_own_lock(fault)
        if place is not None:
            say_safely(f"interp: {place}: {type(fault).__name__}: {fault}\n  So the lock policy cannot be followed.")
            return flush(Status.USAGE)
        explain_fault(fault)
        return flush(Status.FAULT)


def flush(status: int) -> int:
    """Write what is left, so that nothing can go wrong while the host shuts down; returns the exit status."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return end_without_output(reason_of(error))
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    return status


def end_without_output(reason: str = "") -> int:
    """See to it that nothing is written to standard output any more; returns the exit status."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    if not reason:
        return Status.CLOSED_PIPE
    say_safely(f"interp: the output cannot be written: {reason}.")
    return Status.USAGE


def explain_fault(fault: Exception) -> None:
    """Say that interp itself is wrong; show where only to those who ask for it."""
    debugging = bool(os.environ.get("INTERP_DEBUG"))
    if debugging:
        traceback.print_exception(fault)
    if not isinstance(fault, InterpFault):
        fault = InterpFault(f"{type(fault).__name__}: {fault}")
    say_safely(f"interp: {fault}")
    if not debugging:
        say("With INTERP_DEBUG=1 set in the environment, the same command shows where it happened.")
