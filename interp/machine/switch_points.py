"""The rules that say after which instructions a thread may lose the global lock.

Every opcode declares what sort of place follows it (`SwitchPoint`). A rule is a set of such sorts. What the
versions of CPython do (sources in `docs/cpython.md`):

    every                   any instruction: what the language allows, and what free-threaded CPython does
    counted                 CPython 3.2–3.9: at function entry and after every instruction but a few cheap ones; never
                            right before a `try` or `with`, so that `lock.acquire()` before `try:` is safe
    calls-and-taken-jumps   CPython 3.10: function entry, after every call, backward jumps, taken conditional jumps
    calls-and-loops         CPython 3.11–3.13: function entry, backward jumps, after a call of a builtin (except a
                            few specialised ones), not on return
    all-calls-and-loops     the same before any call has been specialised, which takes CPython a few rounds
    loops-and-returns       Ruby: backward branches and the ends of methods
    waits-only              asyncio, green threads: nowhere but where a thread waits
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from interp.bytecode.code import SwitchPoint
from interp.language.errors import UsageError


@dataclass(frozen=True)
class SwitchRule:
    """After which sorts of instruction a switch may come.

    With `specialised_calls` not behind calls that CPython specialises; with `spares_blocks` never right before a
    `try` or `with`. `counting`: the ticker of the process goes down at each of these places, and a thread may have to
    stop only where it has fallen below zero.
    """

    name: str
    after: frozenset[SwitchPoint]
    specialised_calls: bool
    spares_blocks: bool = False
    counting: bool = False

    @cached_property
    def everywhere(self) -> bool:
        """Whether a switch may follow any instruction whatever."""
        return self.after == frozenset(SwitchPoint)


SWITCH_RULES: dict[str, SwitchRule] = {
    rule.name: rule
    for rule in (
        SwitchRule("every", frozenset(SwitchPoint), specialised_calls=False),
        SwitchRule(
            "counted",
            frozenset(SwitchPoint) - {SwitchPoint.UNCOUNTED, SwitchPoint.TAKEN_JUMP},
            specialised_calls=False,
            spares_blocks=True,
        ),
        SwitchRule(
            "calls-and-taken-jumps",
            frozenset(
                {
                    SwitchPoint.FUNCTION_ENTRY,
                    SwitchPoint.CALL,
                    SwitchPoint.RETURN,
                    SwitchPoint.BACKWARD_JUMP,
                    SwitchPoint.TAKEN_JUMP,
                }
            ),
            specialised_calls=False,
        ),
        SwitchRule(
            "calls-and-loops",
            frozenset({SwitchPoint.FUNCTION_ENTRY, SwitchPoint.CALL, SwitchPoint.BACKWARD_JUMP}),
            specialised_calls=True,
        ),
        SwitchRule(
            "all-calls-and-loops",
            frozenset({SwitchPoint.FUNCTION_ENTRY, SwitchPoint.CALL, SwitchPoint.BACKWARD_JUMP}),
            specialised_calls=False,
        ),
        SwitchRule(
            "loops-and-returns",
            frozenset({SwitchPoint.BACKWARD_JUMP, SwitchPoint.RETURN}),
            specialised_calls=False,
        ),
        SwitchRule("waits-only", frozenset(), specialised_calls=False),
    )
}


def switch_rule(name: str) -> SwitchRule:
    """Return a rule by its name; raises `UsageError` for an unknown one."""
    if name not in SWITCH_RULES:
        raise UsageError(f"{name!r} is not a rule of switch points; there are: {', '.join(SWITCH_RULES)}.")
    return SWITCH_RULES[name]
