"""The exit statuses, one number for each way in which a command can end."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How a command ended."""

    FINE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    BOUND = 4
    FAULT = 70
    INTERRUPTED = 130
    CLOSED_PIPE = 141
