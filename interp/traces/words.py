"""Numbers and lists as a sentence has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def counted(number: int, word: str) -> str:
    """Return a number of things: `1 tick`, `1,000 ticks`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def listed(words: Iterable[object]) -> str:
    """Return words or numbers with commas between them."""
    return ", ".join(map(str, words))


def lines_listed(numbers: Sequence[int]) -> str:
    """Return the numbers of lines, ranges drawn together: `line 3`, `lines 3, 5-7`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    ranges = listed(str(first) if first == last else f"{first}-{last}" for first, last in parts)
    return f"line{'' if len(numbers) == 1 else 's'} {ranges}"
