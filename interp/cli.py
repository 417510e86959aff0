"""The command line: parses arguments, calls one function of `commands/`, turns every end into an exit status.

    0    fine
    1    the program failed (an exception nobody caught, a deadlock), runs differ under `compare --strict`, `confirm`
         refuted something, `explore` found several outcomes, or the goal of `step` was not reached
    2    wrong usage, or a file that cannot be read
    3    the source was refused
    4    stopped at a bound (`--max-steps`, `--max-states`), or `confirm` left something open: the answer is not known
    70   a fault of interp itself; it asks for a report, and `INTERP_DEBUG=1` shows where it happened
    130  interrupted by Ctrl-C; `explore` ends with 4 then, and `step` goes on with what was recorded
    141  the reader of the output went away (`| head`)

Everything else is imported within `main`, so that Ctrl-C is quiet from the first moment on. Read next:
`commands/parser.py`, the command line itself.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from interp.commands.status import Status

if TYPE_CHECKING:
    from interp.scheduling.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; without arguments, take those of the process."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        from interp.commands.endings import status_of
        from interp.commands.parser import perform

        return status_of(lambda: perform(words))
    except KeyboardInterrupt:
        return Status.INTERRUPTED


def settings_from_arguments(arguments: Sequence[str]) -> Settings:
    """Return the settings that options such as `--interval 3 --lock python3.9` stand for.

    Raises `UsageError` for anything else.
    """
    from interp.commands.options import read_settings

    return read_settings(arguments)
