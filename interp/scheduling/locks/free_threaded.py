"""No lock: CPython built with `--disable-gil`, since 3.13.

1. Threads of one process run on all cores at the same time.
2. Between any two instructions of one thread, anything may happen in another.
3. One instruction is atomic, an operation on a list or a dict too: in CPython each of them has a lock of its own.

Source: PEP 703; 3.13, `Include/internal/pycore_critical_section.h`.
"""

from __future__ import annotations

from interp.scheduling.locks.policy import LockPolicy


class FreeThreaded(LockPolicy):
    """No lock that would exclude anybody; the operating system shares out the cores."""

    name = "free-threaded"
    also = ("python3.13t",)
    models = "CPython 3.13t, built without the lock: threads run on all cores"
    switch_points = "every"
    excludes = False
