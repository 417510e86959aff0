"""What the suites of several Pythons divide among them: tests that run other Pythons anyway, and some long simulations.

A simulated run is the same on every Python (`test_same_run.py` holds each to it), so it need be judged on one only.

`./check` says in `INTERP_SUITES` for which versions it runs the whole suite, such as `3.11 3.12 3.13`. A suite that is
run by itself does all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

THIS = "{}.{}".format(*sys.version_info)

SUITES = os.environ.get("INTERP_SUITES", THIS).split()


def share_of(items: Sequence[Item]) -> list[Item]:
    """Return those that are this suite's."""
    return list(items[SUITES.index(THIS) :: len(SUITES)]) if THIS in SUITES else list(items)


def is_first() -> bool:
    """Whether this suite does what one has to do."""
    return THIS not in SUITES or SUITES[0] == THIS
