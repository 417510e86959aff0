"""Predict, in lines: a moment is shown, a question asked about what comes behind it, the answer judged and explained.

What is shown is the moment itself and nothing behind it, so nothing that is asked for; the source stands there without
its comments, which may say what a line prints. `traces/predict.py` draws the questions and judges the answers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator

from rich.console import Console

from interp.terminal.console import readable
from interp.terminal.glyphs import glyphs_for
from interp.terminal.moment_lines import lock_line, numbered_source, output_lines, status_line, where_lines
from interp.traces.predict import Quiz
from interp.traces.questions import Question, without_comments
from interp.traces.recording import Recording
from interp.traces.walk import Walk
from interp.traces.words import counted

PROMPT = "? "

GIVE_UP, LEAVE = "pass", "quit"
"""What may be said instead of an answer."""

LINES_AROUND = 2
"""So many lines of the source are shown before and after the current one."""

FRAMES_SHOWN = 4

WORDS_OF_KIND = {"value": "values", "thread": "threads", "output": "output"}

Reader = Callable[[], str | None]
"""Returns the next answer, None where there are no more."""


class QuizInLines:
    """Asks the questions of a quiz about a recording, and shows what comes of the answers."""

    def __init__(self, recording: Recording, quiz: Quiz, write: Callable[[str], object], console: Console) -> None:
        self.quiz = quiz
        self.walk = Walk(recording)
        self.source = without_comments(recording.source).split("\n")
        self.write = write
        self.glyphs = glyphs_for(console)
        self.encoding = console.encoding
        self.width = console.width

    def show(self, lines: Iterable[str]) -> None:
        """Write some lines."""
        self.write("".join(f"{readable(line, self.encoding)}\n" for line in lines))

    def run(self, read: Reader) -> None:
        """Ask one question after another until there are no more, or no more answers; then tell the score."""
        count = len(self.quiz.questions)
        if not count:
            self.show(["There is nothing to predict in this run."])
            return
        self.show([f"{counted(count, 'question')} about a run of {self.walk.recording.filename}", ""])
        for number, question in enumerate(self.quiz.questions, 1):
            self.show([f"Question {number} of {count}", *self.lines_of(question)])
            given = read()
            if given is None or given == LEAVE:
                break
            verdict = self.quiz.answer(question, "" if given == GIVE_UP else given)
            self.show([*self.folded(verdict.text), ""])
        self.show(self.score_lines())

    def lines_of(self, question: Question) -> Iterator[str]:
        """Yield what is shown of a question's moment, and the question."""
        walk = self.walk
        walk.step = question.step
        yield from self.folded(status_line(walk, self.glyphs))
        # The source stays as it is: what stands below a line points into it.
        yield from numbered_source(walk, self.source, around=LINES_AROUND)
        for line in self.facts_of(question):
            yield from self.folded(line)
        yield from self.folded(question.text)
        if question.choices:
            yield from self.folded(f"  {', '.join(question.choices)}")

    def facts_of(self, question: Question) -> Iterator[str]:
        """Yield what there is to know about a question's moment, a line each."""
        walk, moment = self.walk, self.walk.moment
        yield from where_lines(walk, FRAMES_SHOWN)
        for process in moment.processes:
            if process.number == walk.thread.process and process.variables:
                shown = ", ".join(f"{value.name} = {value.text}" for value in process.variables)
                yield f"global variables: {shown}"
        for lock in moment.locks:
            yield lock_line(lock, several=len(moment.locks) > 1)
        if question.kind == "output":
            yield from output_lines(moment)

    def folded(self, text: str) -> list[str]:
        """Return a text in lines no wider than the output; of an indented text, the later ones are indented further."""
        indent = len(text) - len(text.lstrip())
        return textwrap.wrap(
            text,
            self.width,
            subsequent_indent=" " * (indent + 2 if indent else 0),
            break_long_words=False,
            break_on_hyphens=False,
        )

    def score_lines(self) -> Iterator[str]:
        """Yield how many answers were right, of all and of each kind."""
        score = self.quiz.score
        right, asked = (sum(numbers) for numbers in zip(*score.values(), strict=True))
        kinds = [f"{WORDS_OF_KIND[kind]} {one} of {of}" for kind, (one, of) in score.items() if of]
        yield f"{right} of {asked} right" + (f": {', '.join(kinds)}" if kinds else "")
        left = len(self.quiz.questions) - asked
        if left:
            yield f"{counted(left, 'question')} not answered"


def answers_of(lines: Iterable[str], show: Callable[[list[str]], None]) -> Reader:
    """Return a reader of the answers in a script, a line each, which are shown again; blank lines are passed over."""
    given = (line.strip() for line in lines)
    answers = (line for line in given if line and not line.startswith("#"))

    def read() -> str | None:
        answer = next(answers, None)
        if answer is not None:
            show([f"> {answer}"])
        return answer

    return read


def ask_person(write: Callable[[str], object]) -> str | None:
    """Ask somebody at a terminal for an answer until there is one; Ctrl-C and the end of input leave."""
    while True:
        try:
            answer = input(PROMPT).strip()
        except (EOFError, KeyboardInterrupt):
            write("\n")
            return None
        if answer:
            return answer
        write(f"({GIVE_UP} gives up, {LEAVE} leaves)\n")
