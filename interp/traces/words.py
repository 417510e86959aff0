"""Numbers and lists as a sentence has them."""

from __future__ import annotations

from collections.abc import Iterable


def counted(number: int, word: str) -> str:
    """Return a number of things: `1 tick`, `1,000 ticks`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def listed(words: Iterable[object]) -> str:
    """Return words or numbers with commas between them."""
    return ", ".join(map(str, words))
