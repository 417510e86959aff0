"""What is to be said of an ending that was seen on CPython: confirmed, refuted, or open and why.

A refutation is a claim about schedules, and about CPython. So it takes the most:

1. Some runs say nothing about schedules: they were cut short, or never began. They are *open*.
2. An ending that the simulation shows is *confirmed*; so is one that it shows as soon as it does what it does not do
   by itself (`allowed.py`, 3 and 4), and that is said.
3. Of all others the simulation may not be able to say that they are impossible: it has not looked at everything, or it
   does not model what they may come from. Then they are *open*.
4. What is left is *refuted*.

`OPEN_CASES` has everything that is open, 1 and 3, in the order in which it is asked for; docs/not_modelled.md has the
same table.

Read next: `confirm.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from interp.real.allowed import Allowed
from interp.real.endings import Ending, type_of
from interp.real.interpreters import Interpreter
from interp.real.oracle import LARGEST_OUTPUT
from interp.scheduling.settings import Settings

CONFIRMED, NOT_SEEN, REFUTED, OPEN = "confirmed", "not seen", "refuted", "open"

SAME_LANGUAGE = ((3, 11), (3, 13))
"""The versions, from and to, whose meaning and words Toy has."""

WITHOUT_TEXT = re.compile(
    r"<(?:Lock|RLock|Semaphore|Condition|Event|Barrier|Queue)>|<bound method |<class 'prelude\.|functools\.partial"
    r"|<function (?:spawn|sleep|clock|current|print_in_one_piece)>"
)
"""What CPython, or `prelude.py`, shows of a value for which Toy has words of its own."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An ending that was seen on a Python, and what is known besides.

    `beside` is how the simulated run beside it ended. `differs_sequentially` says whether the same Python ends the
    program in a way that is not allowed even in mode `sequential`.
    """

    ending: Ending
    interpreter: Interpreter
    allowed: Allowed
    beside: str = "ok"
    differs_sequentially: Callable[[], bool] = lambda: False

    @property
    def version(self) -> tuple[int, ...]:
        """The version of the Python."""
        return self.interpreter.version


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case in which nothing is claimed: its name, when that is so, and what says whether; that returns the reason."""

    name: str
    when: str
    reason: Callable[[Seen], str | None]


# --- a run that says nothing about schedules ----------------------------------------------------------------


def impossible(seen: Seen) -> str | None:
    """Say what this Python cannot do."""
    if seen.ending.kind != "impossible":
        return None
    return f"{seen.interpreter.name} cannot run it so: {seen.ending.errors[0]}"


def died(seen: Seen) -> str | None:
    """Say which process ended without a word."""
    if seen.ending.kind != "died":
        return None
    how = ", ".join(seen.ending.errors)
    by_signal = any(" was ended by " in one for one in seen.ending.errors)
    return f"{how}: {'something outside the program did that, no schedule' if by_signal else 'no schedule does that'}"


def flooded(seen: Seen) -> str | None:
    """Say after how much output a run was stopped."""
    return f"stopped after {LARGEST_OUTPUT:,} bytes of output" if seen.ending.kind == "flood" else None


# --- an ending that the simulation does not show ------------------------------------------------------------


def stopped(seen: Seen) -> str | None:
    """Say what is known of a run that was stopped and that no simulated deadlock explains."""
    if seen.ending.kind != "hang":
        return None
    unfinished = seen.beside == "limit"
    known = "no end of it is known in the simulation either" if unfinished else "the simulation showed no deadlock"
    if seen.allowed.complete and not unfinished:
        known = "the simulation excludes a deadlock, so it may need more time"
    return f"stopped by the time limit; {known} (--time-limit SECONDS raises it)"


def out_of_memory(seen: Seen) -> str | None:
    """Say that a value was too large for one of the two."""
    errors = {type_of(error) for ending in (seen.ending, *seen.allowed.examples) for error in ending.errors}
    if "MemoryError" not in errors | seen.allowed.names:
        return None
    return "how large a value may be is a bound of interp here, and of the system there"


def without_text(seen: Seen) -> str | None:
    """Say that the program prints what looks different here."""
    texts = (seen.ending.output, *seen.ending.errors)
    if not any(WITHOUT_TEXT.search(text) for text in texts):
        return None
    return "it prints a value without a text of its own, such as a lock, which looks different here"


def other_language(seen: Seen) -> str | None:
    """Say that a version which Toy does not follow ends the program otherwise even where nothing is concurrent."""
    first, last = SAME_LANGUAGE
    if first <= seen.version[:2] <= last or not seen.differs_sequentially():
        return None
    words = " to ".join(f"{major}.{minor}" for major, minor in SAME_LANGUAGE)
    return f"it ends differently even in mode sequential: Toy means what Python {words} mean"


def not_all(seen: Seen) -> str | None:
    """Say that there is more to be looked at."""
    return None if seen.allowed.complete else "the simulation did not show it, and not every schedule was looked at"


def time_asked_for(seen: Seen) -> str | None:
    """Say that the program looks at a clock."""
    return "it asks for the time, and what it prints may depend on that" if "clock" in seen.allowed.names else None


def queue_between_processes(seen: Seen) -> str | None:
    """Say that items travel."""
    if seen.allowed.settings.mode != "processes" or "Queue" not in seen.allowed.names:
        return None
    return "a queue between processes delivers later on CPython than here (docs/not_modelled.md)"


def not_all_else(seen: Seen) -> str | None:
    """Say that not everything was looked at of what the machine does not do by itself."""
    note = seen.allowed.what_else_is_open()
    return None if note is None else f"not every schedule was looked at in which {note}"


def inside_synchronisation(seen: Seen) -> str | None:
    """Say that it may come from inside a synchronisation object."""
    if seen.allowed.is_explained_inside(seen.ending, seen.version) is False:
        return None
    return (
        "a thread may be switched out inside CPython's synchronisation objects, which are one instruction here "
        "(docs/not_modelled.md)"
    )


OPEN_BEFORE = (
    OpenCase("impossible", "this Python cannot do what is asked for", impossible),
    OpenCase("died", "a process ended without a word, of a signal for one", died),
    OpenCase("flood", "the run was stopped because it printed too much", flooded),
)

OPEN_AFTER = (
    OpenCase("stopped", "the run was stopped by the time limit, and no deadlock or endless loop is known", stopped),
    OpenCase("memory", "a value was too large, here or there, or the program catches `MemoryError`", out_of_memory),
    OpenCase("no text", "it prints a lock, another synchronisation object or a builtin function", without_text),
    OpenCase("language", "another version than 3.11 to 3.13 differs even in mode `sequential`", other_language),
    OpenCase("not all", "not every schedule was looked at", not_all),
    OpenCase("clock", "the program asks for the time", time_asked_for),
    OpenCase("queue", "processes share a `Queue`, which delivers later on the real thing", queue_between_processes),
    OpenCase(
        "print, calls",
        "not every schedule was looked at in which `print` lets go of the lock, or calls are not specialised yet",
        not_all_else,
    ),
    OpenCase("inside", "switches inside synchronisation objects could explain it", inside_synchronisation),
)

OPEN_CASES = OPEN_BEFORE + OPEN_AFTER
"""All that is open."""


def judge_ending(seen: Seen) -> tuple[str, Settings | None, str]:
    """Return the verdict on an ending, the settings that show it, and a reason where one is needed."""
    for reason in reasons(OPEN_BEFORE, seen):
        return OPEN, None, reason
    settings = seen.allowed.example_of(seen.ending, seen.version)
    if settings is not None:
        return CONFIRMED, settings, ""
    further = seen.allowed.what_else_explains(seen.ending, seen.version)
    if further is not None:
        return CONFIRMED, further.settings, f"it comes about where {further.note}"
    for reason in reasons(OPEN_AFTER, seen):
        return OPEN, None, reason
    return REFUTED, None, ""


def reasons(cases: tuple[OpenCase, ...], seen: Seen) -> Iterator[str]:
    """Yield why something is open."""
    for case in cases:
        reason = case.reason(seen)
        if reason is not None:
            yield reason
