"""How a run ended, on real CPython or simulated, in a form in which the two can be compared.

    kind         on real CPython                              simulated
    ok           it ended well                                it ended well
    error        exceptions that nobody caught                the same; only the first one is kept
    deadlock     noticed by the prelude (mode sequential)     no thread can go on
    hang         stopped by the time limit                    - (an `endless` run or a deadlock explains it)
    endless      -                                            can go on for ever (found by exploring)
    died         a process ended without a word               -
    flood        it printed more than is kept                 -
    impossible   this Python cannot do what is asked for      -
    limit        -                                            stopped at a bound

Outputs are compared as they are, but for the addresses in the texts of some values: `<function f at 0x7f…>` is
`<function f>` here. Of errors, a simulated run keeps the first; which of several threads fails first
varies, so it has to be *among* the real ones. Their words are those of CPython 3.11: on another version a message
may be worded otherwise, and the type decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from interp.bytecode.bounds import OUR_BOUND
from interp.real.oracle import RealResult
from interp.scheduling.result import Result

WORDS_OF = (3, 11)
"""The version whose messages are ours."""

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: its kind, its whole output, and its errors as `Type: message`."""

    kind: str
    output: str
    errors: tuple[str, ...] = ()

    def explains(self, real: Ending, version: tuple[int, ...] = WORDS_OF) -> bool:
        """Whether this simulated ending is what was seen on a real CPython of that version."""
        if self.output != real.output:
            return False
        if real.kind == "hang":
            return self.kind in ("deadlock", "endless")
        if self.kind != real.kind:
            return False
        if self.kind != "error":
            return True
        if any(error.endswith(OUR_BOUND) for error in self.errors):
            return False
        if version[:2] == WORDS_OF:
            return set(self.errors) <= set(real.errors)
        return {type_of(error) for error in self.errors} <= {type_of(error) for error in real.errors}

    def to_json(self) -> dict[str, Any]:
        """Return the ending as `--json` prints it; `error` is the first one."""
        return {"kind": self.kind, "output": self.output, "error": self.errors[0] if self.errors else None}


def type_of(error: str) -> str:
    """Return the type of an error that is written as `Type: message`."""
    return error.partition(":")[0]


def ending_of_real(result: RealResult) -> Ending:
    """Return how a real run ended."""
    kind = "hang" if result.outcome == "timeout" else result.outcome
    output = without_addresses(result.output)
    if kind == "died":
        return Ending(kind, output, tuple(sorted(map(str, result.deaths))))
    if kind == "impossible":
        return Ending(kind, output, (result.stderr,))
    # What has failed before a run hangs is known to a simulated deadlock, too, but only one of it: not compared.
    errors = tuple(sorted({without_addresses(str(error)) for error in result.errors})) if kind == "error" else ()
    return Ending(kind, "" if kind == "flood" else output, errors)


def ending_of_simulated(result: Result) -> Ending:
    """Return how a simulated run ended."""
    if result.outcome != "error" or result.error is None:
        return simulated_ending(result.outcome, result.output)
    error = result.error
    return simulated_ending("error", result.output, f"{error.type}: {error.message}" if error.message else error.type)


def simulated_ending(kind: str, output: str, error: str | None = None) -> Ending:
    """Return how the machine here ended a program."""
    return Ending(kind, without_addresses(output), () if error is None else (without_addresses(error),))


def without_addresses(text: str) -> str:
    """Return what was printed without the addresses of values, which are others in each run."""
    return ADDRESS.sub("", text)


def counted(endings: Iterable[Ending]) -> list[tuple[Ending, int]]:
    """Return the different endings with how often each came, the most frequent first."""
    return Counter(endings).most_common()
