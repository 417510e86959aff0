"""Where the generator's decisions come from.

The generator asks one question only: a number below `n`. Hypothesis answers it in the tests, where it can
then shrink the answers; a seeded generator answers it in `fuzz.py`, where ten times as many programs a
second count for more. Zero is always the plain answer, because Hypothesis shrinks towards it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chooser:
    """Decisions in the words of the generator, made from numbers below a bound."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    @classmethod
    def seeded(cls, seed: int) -> Chooser:
        """Return a chooser whose decisions follow from `seed` alone."""
        random = Random(seed)
        return cls(lambda bound: int(random.random() * bound))

    def between(self, low: int, high: int) -> int:
        """Choose a number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, options: Sequence[T]) -> T:
        """Choose one of `options`."""
        return options[self.below(len(options))] if len(options) > 1 else options[0]

    def chance(self, percent: float) -> bool:
        """Say yes in `percent` of a hundred cases; no is the plain answer."""
        return self.below(1000) >= 1000 - percent * 10

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        """Choose one of the second parts, each as often as its first part says."""
        rest = self.below(sum(weight for weight, _ in options))
        for weight, option in options:
            if rest < weight:
                return option
            rest -= weight
        raise AssertionError("the weights do not add up")
