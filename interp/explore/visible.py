"""Which places more than one thread touches, so that it matters who comes first.

It is found out and not guessed. At first nothing is visible, and each turn notes what it touches; once two threads have
touched the same place and one of them wrote, the place is visible. While a search is under way, what *it* takes for
visible stays as it was at its beginning: so what a turn is depends on nothing that happens elsewhere in the search.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from interp.explore.accesses import Access

Place = tuple[Any, Any]
"""The base and the part of an access."""


class Touched(NamedTuple):
    """A place that was touched, in which line, and the threads that are known to have ended before, by a join."""

    access: Access
    line: int | None
    follows: frozenset[int]


@dataclass(slots=True)
class Visible:
    """The places that more than one thread touches and one changes, as far as they are known."""

    places: set[Place] = field(default_factory=set)
    touched: dict[Any, dict[Any, dict[tuple[int, frozenset[int]], bool]]] = field(default_factory=dict)

    def note(self, thread: int, touched: Touched) -> bool:
        """Note that a thread touches a place; returns whether something has become visible by that.

        Two accesses do not meet where one thread knows, by a join, that the other had ended.
        """
        access, _, follows = touched
        parts = self.touched.setdefault(access.base, {})
        mine = parts.setdefault(access.part, {})
        mine[thread, follows] = mine.get((thread, follows), False) or access.writes
        grown = False
        for part, seen in parts.items():
            if not access.meets(part) or ((access.base, part) in self.places and access.place in self.places):
                continue
            if any(
                other != thread and (writes or access.writes) and other not in follows and thread not in others_follow
                for (other, others_follow), writes in seen.items()
            ):
                self.places |= {access.place, (access.base, part)}
                grown = True
        return grown
