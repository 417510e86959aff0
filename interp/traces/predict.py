"""Predict: a quiz about one run. What will this instruction leave, who comes next, what will be printed?

1. The questions are found by looking at the run step by step (`questions.py`): all of it, or, where it is long, some
   stretches that the seed draws.
2. Of those found, some are drawn by the seed: the kinds in turn, and within a kind one of each sort before a second of
   the same. No two are at one moment, and none is asked within what another of its kind has told already.
3. An answer is judged by what it means, as far as that is clear: spaces do not count, quotes around a text may be left
   out, a thread is known by its number or its name. A question can be answered once.

The same recording and seed make the same questions on every machine.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from interp.language.errors import UsageError
from interp.traces.playback import Playback
from interp.traces.questions import KINDS, Candidate, Question, find_questions

MOST_STEPS = 4_000
"""So many steps are looked at for questions."""

STRETCHES = 10
"""In a run that is longer, they are taken from so many places."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of an answer: whether it was `right`, and a `text` that says so and why."""

    question: Question
    given: str
    right: bool
    text: str


class Quiz:
    """Up to `count` questions about a recording, drawn by `seed`, of some `kinds`, in the order of their steps.

    There are fewer where the run has no more to ask. Raises `UsageError` for unknown kinds.
    """

    def __init__(
        self, recording: Playback, seed: int = 0, count: int = 10, kinds: Sequence[str] = ("value", "thread", "output")
    ) -> None:
        for kind in kinds:
            if kind not in KINDS:
                raise UsageError(f"{kind!r} is no kind of question; there are: {', '.join(KINDS)}.")
        if count < 1:
            raise UsageError(f"a quiz has at least one question, not {count}.")
        self.seed = seed
        self.verdicts: dict[Question, Verdict] = {}
        draws = random.Random(seed)
        found = [
            candidate
            for start, stop in stretches(recording.steps, draws)
            for candidate in find_questions(recording, start, stop)
        ]
        by_kind = [in_drawn_order([one for one in found if one.question.kind == kind], draws) for kind in kinds]
        self.questions: tuple[Question, ...] = pick(by_kind, count)

    def answer(self, question: Question, given: str) -> Verdict:
        """Judge an answer; raises `UsageError` where the question is not of this quiz, or has been answered."""
        if question not in self.questions:
            raise UsageError("this is no question of this quiz.")
        if question in self.verdicts:
            raise UsageError(f"the question at step {question.step:,} has been answered already; a guess counts once.")
        right = is_right(question, given)
        text = f"Right: {question.why}" if right else f"No, it is {question.answer}: {question.why}"
        verdict = self.verdicts[question] = Verdict(question, given, right, text)
        return verdict

    @property
    def score(self) -> dict[str, tuple[int, int]]:
        """How many answers were right, and how many were given, by the kind of question."""
        found: dict[str, tuple[int, int]] = {}
        for kind in KINDS:
            verdicts = [verdict for verdict in self.verdicts.values() if verdict.question.kind == kind]
            if any(question.kind == kind for question in self.questions):
                found[kind] = (sum(verdict.right for verdict in verdicts), len(verdicts))
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the quiz as plain data; the answers of questions that are not answered yet are left out."""
        return {
            "seed": self.seed,
            "questions": [self._question_json(question) for question in self.questions],
            "score": {kind: {"right": right, "asked": asked} for kind, (right, asked) in self.score.items()},
        }

    def _question_json(self, question: Question) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "step": question.step,
            "kind": question.kind,
            "text": question.text,
            "choices": list(question.choices),
        }
        verdict = self.verdicts.get(question)
        if verdict is not None:
            shown |= {
                "given": verdict.given, "right": verdict.right, "answer": question.answer, "why": question.why
            }  # fmt: skip
        return shown


# --- drawing


def stretches(steps: int, draws: random.Random) -> list[tuple[int, int]]:
    """Return the parts of a run that are looked at, each as its first and last moment."""
    if steps <= MOST_STEPS:
        return [(0, steps)]
    length, part = MOST_STEPS // STRETCHES, steps // STRETCHES
    starts = [number * part + int(draws.random() * (part - length)) for number in range(STRETCHES)]
    return [(start, start + length) for start in starts]


def in_drawn_order(candidates: list[Candidate], draws: random.Random) -> list[Candidate]:
    """Return candidates in an order that is drawn, one of each sort before a second of the same."""
    # Of all that `random` has, only `random()` is promised to give the same numbers on every version of Python.
    drawn = sorted((draws.random(), place) for place in range(len(candidates)))
    seen: dict[tuple[object, ...], int] = {}
    ranked = []
    for position, (_, place) in enumerate(drawn):
        candidate = candidates[place]
        rank = seen[candidate.sort] = seen.get(candidate.sort, 0) + 1
        ranked.append((rank, position, candidate))
    return [candidate for _, _, candidate in sorted(ranked, key=lambda entry: entry[:2])]


def pick(by_kind: list[list[Candidate]], count: int) -> tuple[Question, ...]:
    """Return up to `count` questions, the kinds in turn."""
    chosen: list[Question] = []
    left = [iter(candidates) for candidates in by_kind]
    while left and len(chosen) < count:
        for candidates in list(left):
            question = next((one.question for one in candidates if fits(one.question, chosen)), None)
            if question is None:
                left.remove(candidates)
            elif len(chosen) < count:
                chosen.append(question)
    return tuple(sorted(chosen, key=lambda question: question.step))


def fits(question: Question, chosen: list[Question]) -> bool:
    """Whether a question can be asked beside others: at a moment of its own, and before its answer is known."""
    for other in chosen:
        if question.step == other.step:
            return False
        if question.kind == other.kind and question.step < other.proven and other.step < question.proven:
            return False
    return True


# --- judging


def is_right(question: Question, given: str) -> bool:
    """Whether an answer means what is right."""
    given = " ".join(given.split())
    if question.kind == "thread":
        return is_thread(question.answer, given)
    if question.kind == "output":
        return without_quotes(given) == without_quotes(" ".join(question.answer.split()))
    return is_value(question.answer, given)


def is_thread(answer: str, given: str) -> bool:
    """Whether a thread is meant by `2`, `thread 2`, its name or all of it; `answer` is `thread 2 (name)`."""
    number, _, name = answer.removeprefix("thread ").partition(" ")
    return given.casefold() in {word.casefold() for word in (number, f"thread {number}", name.strip("()"), answer)}


def is_value(answer: str, given: str) -> bool:
    """Whether two texts are the same value; a string may be given without its quotes."""
    right = ast.literal_eval(answer)
    if isinstance(right, str) and given == " ".join(right.split()):
        return True
    try:
        value = ast.literal_eval(given)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return False
    return repr(value) == repr(right)


def without_quotes(text: str) -> str:
    """Return a text without a pair of quotes around it."""
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
