"""The lock of CPython 3.10.

1. The protocol is the one of `interval.py`.
2. The holder looks at the request on function entry, after every call, at backward jumps and at conditional jumps
   that are taken. That already keeps `counter += 1` whole.

Source: 3.10, `Python/ceval.c`; bpo-44645.
"""

from __future__ import annotations

from interp.scheduling.locks.interval import IntervalLock


class Python310(IntervalLock):
    """The interval lock, asked for also after every call and at taken jumps."""

    name = "python3.10"
    models = "CPython 3.10: the same lock, which looks at more places"
    switch_points = "calls-and-taken-jumps"
