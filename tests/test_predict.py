"""Predict: questions about a run whose answers are true, are not given away, and are judged fairly."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest

import interp
from interp.language.errors import UsageError
from interp.traces import predict
from interp.traces.predict import Question, Quiz
from tests.test_programs import BUNDLED

COUNTER = """
counter = 0

def one():
    return 1

def add(times):
    global counter
    for n in range(times):
        counter = counter + one()  # expect: a comment that says 12

tasks = [spawn(add, 6), spawn(add, 6)]
for task in tasks:
    task.join()
print("sum", counter)
"""


def record(source: str = COUNTER, **settings: Any) -> interp.Recording:
    """Record a program."""
    return interp.recording(interp.compile_source(source, "quiz.toy"), interp.Settings(**settings))


def one_question(kind: str, source: str = COUNTER, **settings: Any) -> tuple[Quiz, Question]:
    """Return a quiz, and its first question of a kind."""
    quiz = Quiz(record(source, **settings), kinds=(kind,))
    return quiz, quiz.questions[0]


# --- the questions are true


@pytest.mark.parametrize("path", BUNDLED[::7], ids=lambda path: path.stem)
@pytest.mark.parametrize("settings", [{}, {"interval": 7, "lock": "python3.9"}], ids=["plain", "3.9"])
def test_the_moments_prove_the_answers(path: Any, settings: dict[str, Any]) -> None:
    recording = interp.recording(interp.read_program(path), interp.Settings(max_steps=3_000, **settings))
    quiz = Quiz(recording, seed=1, count=15)
    assert quiz.questions
    steps = [question.step for question in quiz.questions]
    assert steps == sorted(set(steps))
    for question in quiz.questions:
        assert question.step < question.proven <= recording.steps
        proof = recording.moment(question.proven)
        if question.kind == "thread":
            assert proof.step == question.step + 1
            assert question.answer == f"thread {proof.following} ({proof.thread(proof.following or 0).name})"
            assert question.answer in question.choices
        elif question.kind == "output":
            before = recording.moment(question.proven - 1).output
            assert proof.output.removeprefix(before).strip().splitlines()[0] == question.answer
            assert recording.moment(question.step).output == before
        else:
            assert proof.executed is not None
            assert question.answer in (*proof.executed.left, *proof.executed.taken)


def test_an_answer_is_not_given_away() -> None:
    quiz = Quiz(record(interval=5), seed=2, count=40)
    for question in quiz.questions:
        assert "#" not in question.text
        if question.kind == "value":
            assert not question.text.endswith(question.answer)
            assert question.hidden == {"values", "comments"}
    assert "answer" not in json.dumps(quiz.to_json())
    assert {question.kind for question in quiz.questions} == {"value", "thread", "output"}


def test_the_same_seed_asks_the_same_and_another_asks_something_else() -> None:
    one, same, other = (Quiz(record(interval=5), seed=seed) for seed in (3, 3, 4))
    assert one.questions == same.questions
    assert one.questions != other.questions


def test_a_long_run_is_asked_about_in_all_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict, "MOST_STEPS", 300)
    recording = record(COUNTER.replace("6)", "400)"))
    quiz = Quiz(recording, count=12, kinds=("value",))
    assert quiz.questions[0].step < recording.steps // 3
    assert quiz.questions[-1].step > recording.steps // 2


def test_where_nothing_is_to_be_guessed_nothing_is_asked() -> None:
    assert not Quiz(record('x = 5\ny = x\nprint("hello")\n')).questions


def test_questions_of_a_kind_do_not_tell_each_others_answers() -> None:
    questions = Quiz(record(interval=5), count=60, kinds=("value",)).questions
    assert all(one.proven <= other.step for one, other in pairwise(questions))


# --- the reasons


def reasons(**settings: Any) -> str:
    """Return all reasons for who comes next."""
    return "\n".join(question.why for question in Quiz(record(**settings), count=200, kinds=("thread",)).questions)


def test_why_a_thread_comes_next_is_told_by_the_protocol_of_the_lock() -> None:
    told = reasons(interval=5)
    assert "was asked by thread 3 (add-3) to let the lock go, after an interval of 5 ticks, and stands at a" in told
    assert re.search(r"the interval of thread 3 \(add-3\) is over, but behind \w+ is no switch point \(rule", told)
    assert "to let the lock go yet, although thread 3 (add-3) or thread 1 (main) wants it" in told
    assert "thread 1 (main) waits for join of add-2; thread 3 (add-3) takes the lock" in told
    assert "thread 2 (add-2) is over" in told
    assert "more switch points to go" in reasons(lock="python2.7")
    assert "the time slice of thread 2 (add-2) is not over" in reasons(lock="free-threaded", cores=1)


def test_why_a_variable_gets_its_value_tells_of_a_lost_update() -> None:
    quiz = Quiz(record(interval=5), count=200, kinds=("value",))
    lost = [question for question in quiz.questions if "is lost that" in question.why]
    assert lost
    question = lost[0]
    assert "Which value will it give to counter?" in question.text
    computed = f"BINARY_OP + takes {int(question.answer) - 1}, 1 and leaves {question.answer}; counter becomes"
    assert computed in question.why


# --- the answers


def test_a_value_may_be_written_in_another_way() -> None:
    for given, right in (("[1,2]", True), (" [ 1, 2 ] ", True), ("[2, 1]", False), ("", False), ("[1, 2", False)):
        quiz, question = one_question("value", "x = [1]\nx = x + [2]\n")
        assert quiz.answer(question, given).right is right, given
    for given, right in (("ab", True), ("'ab'", True), ('"ab"', True), ("'a b'", False), ("AB", False)):
        quiz, question = one_question("value", "x = 'a'\nx = x + 'b'\n")
        assert quiz.answer(question, given).right is right, given
    for given, right in (("2", True), ("2.0", False), ("True", False), ("0x2", True)):
        quiz, question = one_question("value", "x = 1\nx = x + 1\n")
        assert quiz.answer(question, given).right is right, given


@pytest.mark.parametrize("given", ["thread 2", "2", " add-2 ", "Thread  2", "thread 2 (add-2)"])
def test_a_thread_is_known_by_its_number_or_name(given: str) -> None:
    quiz = Quiz(record(), count=100, kinds=("thread",))
    question = next(question for question in quiz.questions if question.answer == "thread 2 (add-2)")
    verdict = quiz.answer(question, given)
    assert verdict.right
    assert verdict.text == f"Right: {question.why}"


def test_output_is_known_without_quotes_and_by_its_words() -> None:
    for given, right in (("sum 12", True), ("'sum  12'", True), ("sum", False), ("", False)):
        quiz, question = one_question("output")
        assert quiz.answer(question, given).right is right, given


def test_the_score_is_kept_by_kind_and_an_answer_counts_once() -> None:
    quiz = Quiz(record(interval=5), count=9)
    assert set(quiz.score.values()) == {(0, 0)}
    values = [question for question in quiz.questions if question.kind == "value"]
    quiz.answer(values[0], values[0].answer)
    wrong = quiz.answer(values[1], "no idea")
    assert wrong.text.startswith(f"No, it is {values[1].answer}: ")
    assert quiz.score["value"] == (1, 2)
    assert quiz.score["thread"] == (0, 0)
    with pytest.raises(UsageError, match="has been answered already"):
        quiz.answer(values[0], "again")
    told = quiz.to_json()
    assert json.loads(json.dumps(told)) == told
    answered = [question for question in told["questions"] if "answer" in question]
    assert [(question["given"], question["right"]) for question in answered] == [
        (values[0].answer, True), ("no idea", False)
    ]  # fmt: skip
    assert told["score"]["value"] == {"right": 1, "asked": 2}


def test_what_cannot_be_asked_is_refused() -> None:
    recording = record()
    with pytest.raises(UsageError, match="'lock' is no kind of question; there are: value, thread, output"):
        Quiz(recording, kinds=("lock",))
    with pytest.raises(UsageError, match="at least one question"):
        Quiz(recording, count=0)
    with pytest.raises(UsageError, match="no question of this quiz"):
        Quiz(recording).answer(Question(1, "value", "?", "1", "so"), "1")
