"""Every schedule of a program: what it can come to, and for each outcome a schedule that shows it.

Read `search.py` first; it says in prose how all of it works together. The package can be called, because the public
function has the same name: `interp.explore(program)`.
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
