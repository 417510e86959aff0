"""The global lock of a process: who may run Toy code, until when, and who is next. A policy is a file of this folder.

    policy.py          the lock's state, and what a policy decides
    interval.py        CPython's protocol since 3.2
    python313.py …     the policies: what they model, the protocol in words, and a small class

To add one, write a file here (or anywhere, and name it: `--lock my_lock.py`). Nothing else needs to know of it: the
command line, `interp locks`, the checks and the tests find every class in this folder that has a `name`.
`docs/design.md` has a complete example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module, util
from pathlib import Path
from pkgutil import iter_modules
from traceback import walk_tb
from types import ModuleType

from interp.language.errors import UsageError
from interp.scheduling.locks.policy import LockPolicy
from interp.scheduling.settings import Settings, check_choice

OWN = "own_lock_"
"""What the names of modules begin with that are policies from a file of the user's."""


def policies_in(module: ModuleType) -> list[type[LockPolicy]]:
    """Return the policies with a name that a module defines."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, LockPolicy)
        and value.name
        and value.__module__ == module.__name__
    ]


def find_policies() -> Iterable[type[LockPolicy]]:
    """Yield the policies of this folder."""
    for file in iter_modules(__path__):
        yield from policies_in(import_module(f"{__name__}.{file.name}"))


def place_in_list(policy: type[LockPolicy]) -> tuple[bool, list[tuple[int, str]]]:
    """Say where a policy stands in a list: the default first, then by name, and numbers in names by their size."""
    parts = re.split(r"(\d+)", policy.name)
    return policy.name != Settings().lock, [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


LOCKS: dict[str, LockPolicy] = {policy.name: policy() for policy in sorted(find_policies(), key=place_in_list)}
"""Every policy by its name, the default first."""


def named_lock(name: str) -> LockPolicy:
    """Return a policy by its name or another word for it, or the one that a file `….py` defines.

    Raises `UsageError` where there is none.
    """
    if name.endswith(".py"):
        return load_lock(name)
    others = {other: lock for lock in LOCKS.values() for other in lock.also}
    if name in others:
        return others[name]
    if name not in LOCKS and Path(f"{name}.py").is_file():
        raise UsageError(f"{name!r} is not a lock that comes with interp; did you mean the file {name}.py?")
    check_choice("lock", name, tuple(LOCKS))
    return LOCKS[name]


@cache
def load_lock(path: str) -> LockPolicy:
    """Return the policy that a Python file defines; raises `UsageError` if it cannot be run or defines none."""
    spec = util.spec_from_file_location(OWN + Path(path).stem, path)
    if spec is None or spec.loader is None or not Path(path).is_file():
        raise UsageError(f"there is no file {path!r} to take a lock policy from.")
    module = util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageError(f"{path} cannot be run: {type(error).__name__}: {error}") from None
    found = policies_in(module)
    if len(found) != 1:
        raise UsageError(
            f"{path} defines {len(found)} lock policies; it takes one class that derives from `LockPolicy` and has a "
            "`name`, see docs/design.md."
        )
    return found[0]()


def raised_in_own_lock(error: BaseException) -> str | None:
    """Return where in a policy from a file of the user's an error was raised, `my_lock.py:7`; None if it was not."""
    found = None
    for frame, line in walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__")).startswith(OWN):
            found = f"{frame.f_code.co_filename}:{line}"
    return found
