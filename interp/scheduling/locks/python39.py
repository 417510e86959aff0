"""The lock of CPython 3.2 to 3.9.

1. The protocol is the one of `interval.py`; 3.2 brought it.
2. The holder looks at the request on function entry and after nearly every instruction: all but some cheap ones,
   which went on without a look (`FAST_DISPATCH`), and never right before a `try` or `with`. So a thread can lose the
   lock within `counter += 1`, between the addition and the store.

Source: `DISPATCH` and `FAST_DISPATCH` in `Python/ceval.c`.
"""

from __future__ import annotations

from interp.scheduling.locks.interval import IntervalLock


class Python39(IntervalLock):
    """The interval lock, asked for after nearly every instruction."""

    name = "python3.9"
    models = "CPython 3.2 to 3.9: the same lock, which looks nearly everywhere"
    switch_points = "counted"
