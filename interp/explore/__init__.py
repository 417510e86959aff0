"""Every schedule of a program: what it can come to, and for each outcome a schedule that shows it.

Read `search.py` first; it says in prose how all of it works together. Then, by what is decided where:

    what a state is       values.py, threads.py (each as content, and back), states.py, canonical.py (when two are one)
    what a turn is        turn.py, visible.py (where turns end), transitions.py (where they lead, and remembering them)
    executing a turn      scene.py (a state brought to life), executing.py, worlds.py (what requests do),
                          accesses.py (what is touched), orders.py (what comes before what), changes.py (written back)
    all states            search.py, graph.py (ways and loops), spread.py and wire.py (turns that others execute)
    what was found        findings.py, counting.py (how many schedules), races.py, witness.py (schedules to type),
                          story.py (a schedule in words), names.py (what things are called), result.py
    from outside          exploring.py (a program), bare.py (texts without a program)

The package can be called, because the public function has the same name: `interp.explore(program)`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class CallablePackage(ModuleType):
    """A package that is also its main function."""

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Explore every schedule of a program; see `exploring.explore`."""
        from interp.explore.exploring import explore

        return explore(*arguments, **keywords)


sys.modules[__name__].__class__ = CallablePackage
