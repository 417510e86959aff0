"""The lock of CPython 3.11 and newer.

1. The protocol is the one of `interval.py`. (3.12 gave each sub-interpreter a lock of its own, PEP 684; 3.13 keeps the
   drop request in the holder's thread state. Nothing that a schedule shows has changed.)
2. The holder looks at the request on function entry (`RESUME`), at backward jumps and after the call of a function
   written in C, but not where that call is specialised (`len`, `isinstance`, `list.append`); not on return, not on
   forward jumps. So `counter += 1` is never torn, as nothing in it is a switch point: luck, not a promise.

Source: `CHECK_EVAL_BREAKER` in `Python/ceval.c` (3.11) and `Python/bytecodes.c` (3.12), `_CHECK_PERIODIC` (3.13).
"""

from __future__ import annotations

from interp.scheduling.locks.interval import IntervalLock


class Python313(IntervalLock):
    """The interval lock, asked for at loops and calls."""

    name = "python3.13"
    also = ("cpython",)
    models = "CPython 3.11 and newer: interval lock with a drop request"
    switch_points = "calls-and-loops"
