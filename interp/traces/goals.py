"""Goals: what a person wants to bring about by choosing who runs next.

deadlock | ok | error | limit     the run ends so; `error ValueError` names the exception
output TEXT                       what it prints in all, lines joined by ` | `, as in `# expect outcomes:`
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from interp.language.errors import UsageError
from interp.scheduling.result import Result
from interp.scheduling.world import BUILTINS
from interp.traces.words import counted

OUTCOMES = ("deadlock", "ok", "error", "limit")


@dataclass
class Goal:
    """An end that a run should come to; `tries` counts the choices that were made for it."""

    kind: str
    detail: str = ""
    tries: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.detail}".strip()

    def is_reached(self, result: Result) -> bool:
        """Whether a run ended as it should."""
        if self.kind == "output":
            return " | ".join(result.output.splitlines()) == self.detail
        if self.kind != result.outcome:
            return False
        return not self.detail or (result.error is not None and result.error.type == self.detail)

    def judge(self, result: Result) -> str:
        """Say whether a run reached it."""
        choices = counted(self.tries, "choice")
        if self.is_reached(result):
            return f"The goal is reached: {self} ({choices})."
        return f"The goal, {self}, is not reached yet ({choices})."

    def to_json(self, result: Result) -> dict[str, Any]:
        """Return the goal as plain data, and whether a run reached it."""
        return {"text": str(self), "reached": self.is_reached(result), "tries": self.tries}


def parse_goal(text: str) -> Goal:
    """Read a goal; raises `UsageError` for what is none."""
    kind, _, detail = text.strip().partition(" ")
    detail = detail.strip()
    if kind == "error" and detail and not is_exception(detail):
        near = get_close_matches(detail, filter(is_exception, BUILTINS), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"no program can end with the exception {detail!r}: there is none of that name.{hint}")
    if (kind == "output" and detail) or (kind in OUTCOMES and (kind == "error" or not detail)):
        return Goal(kind, detail)
    raise UsageError(f"{text!r} is no goal; there are: {', '.join(OUTCOMES)}, error TYPE, output TEXT.")


def is_exception(name: str) -> bool:
    """Whether a name is that of an exception of the language."""
    kind = BUILTINS.get(name)
    return isinstance(kind, type) and issubclass(kind, BaseException)
