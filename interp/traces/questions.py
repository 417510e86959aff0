"""What can be asked of a run: the moments at which a reader who knows the rules can say what comes next.

Every question is asked *at* a moment, of what comes *behind* it. All that the moment shows may be looked at; what no
later one shows may be hidden from the reader (`Question.hidden`). There are three kinds:

1. `value`. The next instruction computes something: what will it leave on the stack? Or a line begins that gives a
   variable a value: which one? Only where something is computed, and the value can be written down in a few characters.
2. `thread`. The next instruction is one of thread 1: who executes the one after it? Asked where the thread lets go,
   and where it might have been expected to: it stands at a switch point and others wait, or it has been asked to let
   go and there is no switch point. Where cores run side by side there is no such question.
3. `output`. A line begins somewhere, and something will be printed soon: what?

Each question brings its reason: a sentence of what happened between the moment and the one that proves the answer.

Read next: `predict.py`, which draws questions and judges answers.
"""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from interp.bytecode.code import Code, Touch
from interp.machine.interpreter import Step
from interp.machine.state import Frame, ThreadState
from interp.machine.thread import Thread
from interp.scheduling.events import LockRequested, LockTaken, Printed
from interp.scheduling.naming import describe_wait
from interp.traces.landmarks import STORES, lines_that_begin
from interp.traces.listening import Heard
from interp.traces.picture import show_locks
from interp.traces.playback import Playback
from interp.traces.step_rows import show_instruction, show_value
from interp.traces.words import counted, listed

KINDS: dict[str, frozenset[str]] = {
    "value": frozenset({"values", "comments"}),
    "thread": frozenset({"turns"}),
    "output": frozenset({"output", "comments"}),
}
"""The kinds of questions, each with what must not be shown: of what comes behind its moment the `values` that steps
take and leave, whose `turns` they are, the `output`; and the program's `comments`, which may say what is expected."""

COMPUTING = frozenset({Touch.OPERATOR, Touch.CONTENTS, Touch.READ_ITEM, Touch.CALL})
"""What an instruction that computes something touches."""

LONGEST_ANSWER = 40
"""An answer has so many characters at most."""

LONGEST_LINE = 200
"""So many steps of the run may pass until a line has given its variable a value."""

SOON = 60
"""So many steps before something is printed it may be asked what."""

MOST_REASONS = 3
"""So many computations of a line are told in the reason."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question at the moment `step`: `text` asks, `answer` is right, and `why` says so in a sentence.

    `choices` are the answers there are, where they can be counted. `proven` is the moment that shows the answer.
    """

    step: int
    kind: str
    text: str
    answer: str
    why: str
    choices: tuple[str, ...] = ()
    proven: int = 0

    @property
    def hidden(self) -> frozenset[str]:
        """What must not be shown before it is answered: `values`, `turns`, `output` behind `step`; `comments`."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that could be asked; those of one `sort` are much alike."""

    question: Question
    sort: tuple[object, ...]


@dataclass(slots=True)
class Line:
    """A line that has begun in a frame: at which moment, and what has been computed in it since."""

    frame: Frame
    number: int
    begun: int
    computed: list[str]


@dataclass(frozen=True, slots=True)
class Written:
    """A write of a global variable, behind step `number`."""

    number: int
    thread: Thread
    name: str
    text: str


def find_questions(recording: Playback, start: int, stop: int) -> Iterator[Candidate]:
    """Yield what can be asked of the steps after moment `start` up to and with moment `stop`."""
    search = Search(recording, start)
    for number, heard in recording.passed(start, stop):
        if heard.step is not None:
            yield from search.look(number, heard, heard.step)


class Search:
    """Goes along a stretch of a run, step by step, and looks for questions."""

    def __init__(self, recording: Playback, start: int) -> None:
        self.recording = recording
        self.simulation = recording.simulation
        self.source = without_comments(recording.source).splitlines()
        self.lines: dict[int, Line] = {}
        self.written: list[Written] = []
        self.line_moments: list[int] = []
        self.ran_alone = False

    def look(self, number: int, heard: Heard, step: Step) -> Iterator[Candidate]:
        """Yield the questions that step `number` answers."""
        thread = self.simulation.ledger.thread(step.thread)
        if step.offset in lines_that_begin(step.frame.code):
            self.begin_line(number - 1, step)
        yield from self.values(number, step, thread)
        alone = len(self.simulation.cores.running) <= 1
        if alone and self.ran_alone:
            yield from self.turns(number, heard, step, thread)
        self.ran_alone = alone
        yield from self.outputs(number, heard)

    def quote(self, line: int) -> str:
        """Return a line of the program without its comment, or nothing where there is no such line."""
        return self.source[line - 1].strip() if 0 < line <= len(self.source) else ""

    # --- values

    def begin_line(self, moment: int, step: Step) -> None:
        self.lines[id(step.frame)] = Line(step.frame, step.instruction.place.line, moment, [])
        self.line_moments.append(moment)

    def values(self, number: int, step: Step, thread: Thread) -> Iterator[Candidate]:
        """Yield the questions for the value that a step has left, or that its line has given to a variable."""
        line = self.lines.get(id(step.frame))
        place = (step.frame.code, step.offset)
        if step.error is None and step.instruction.opcode.touches in COMPUTING and step.inputs:
            what = f"{show_instruction(step)} takes {listed(map(show_value, step.inputs))}"
            answer = answer_of(step.outputs[0]) if len(step.outputs) == 1 else None
            if answer is not None and answer != "None":
                what += f" and leaves {answer}"
                quoted = self.quote(step.instruction.place.line)
                text = (
                    f"{named(thread)} executes {show_instruction(step)} next, in line {step.instruction.place.line}"
                    f"{f' ({quoted})' if quoted else ''}. Which value will it leave on the stack?"
                )
                yield Candidate(Question(number - 1, "value", text, answer, f"{what}.", (), number), place)
            if line is not None:
                line.computed.append(what)
        if step.instruction.opcode.name in STORES and step.inputs:
            name = names_of(step)[step.instruction.operand]
            if line is not None and line.number == step.instruction.place.line:
                yield from self.stored(number, step, thread, name, line)
            if step.instruction.opcode.operand == "name":
                self.written = [write for write in self.written if number - write.number < LONGEST_LINE]
                self.written.append(Written(number, thread, name, show_value(step.inputs[0])))

    def stored(self, number: int, step: Step, thread: Thread, name: str, line: Line) -> Iterator[Candidate]:
        """Yield the question for the value that a line has given to its only variable."""
        answer = answer_of(step.inputs[0])
        if answer is None or name == "_" or not line.computed or number - line.begun > LONGEST_LINE:
            return
        if stores_in_line(step.frame.code, line.number) != 1:
            return
        text = (
            f"{named(thread)} begins line {line.number} ({self.quote(line.number)}). "
            f"Which value will it give to {name}?"
        )
        why = f"{'; '.join(line.computed[-MOST_REASONS:])}; {name} becomes {answer}"
        others = [
            write
            for write in self.written
            if write.number > line.begun and write.name == name and is_same_memory(write.thread, thread, step)
        ]
        if others:
            last = others[-1]
            why += f", and the {last.text} is lost that {named(last.thread)} has given it meanwhile"
        sort = (step.frame.code, step.offset, "line", bool(others))
        yield Candidate(Question(line.begun, "value", text, answer, f"{why}.", (), number), sort)

    # --- turns

    def turns(self, number: int, heard: Heard, step: Step, thread: Thread) -> Iterator[Candidate]:
        """Yield the question for who executes the step behind this one."""
        simulation = self.simulation
        following = simulation.following
        if following is None or simulation.cores.by_hand:
            return
        living = [other for other in simulation.ledger.machine.threads if not other.state.is_over]
        if thread not in living:
            living = sorted([thread, *living], key=lambda other: other.number)
        if following is thread:
            why = self.why_it_stays(heard, step, thread)
        else:
            why = self.why_it_goes(heard, thread, following)
        if why is None or len(living) < 2:
            return
        line = step.instruction.place.line
        text = (
            f"{named(thread)} executes {show_instruction(step)} next"
            f"{f', in line {line} ({self.quote(line)})' if line else ''}. "
            "Which thread will execute the instruction after that one?"
        )
        sort, reason = why
        choices = tuple(map(named, living))
        yield Candidate(
            Question(number - 1, "thread", text, named(following), f"{reason}.", choices, number), (sort,)
        )

    def why_it_stays(self, heard: Heard, step: Step, thread: Thread) -> tuple[str, str] | None:
        """Say why a thread runs on although others wait, and what sort of reason it is; None where nobody waits."""
        simulation = self.simulation
        if not simulation.has_lock:
            ready = [simulation.ledger.thread(number) for number in simulation.cores.ready]
            if not ready:
                return None
            return "stays on its core", f"the time slice of {named(thread)} is not over, so {named(ready[0])} waits on"
        lock = simulation.lock_of(thread)
        waiting = [simulation.ledger.thread(number) for number in lock.waiting]
        if not waiting:
            return None
        shown = next(shown for shown in show_locks(simulation) if shown.process == lock.process)
        waiters = " or ".join(map(named, waiting))
        if not heard.at_switch_point():
            # A request whose time has come while there is no switch point is made at the next one.
            if simulation.counting or not (lock.requested or shown.request_in == 0):
                return None
            return "no switch point", (
                f"the interval of {waiters} is over, but behind {step.instruction.opcode.name} is no switch point "
                f"(rule {simulation.rule.name}), so {named(thread)} keeps the lock"
            )
        if simulation.counting:
            left = thread.process.ticker + 1
            return "counts", f"the lock is looked at once in a while only: {counted(left, 'more switch point')} to go"
        if not lock.requested:
            due = "" if shown.request_in is None else f"; that happens in {counted(shown.request_in, 'tick')}"
            return "not asked", (
                f"nobody has asked {named(thread)} to let the lock go yet, although {waiters} wants it{due}"
            )
        return "keeps", f"the lock leaves it to {named(thread)}, although {waiters} wants it"

    def why_it_goes(self, heard: Heard, thread: Thread, following: Thread) -> tuple[str, str] | None:
        """Say why another thread comes next, and what sort of reason it is."""
        simulation = self.simulation
        if thread.state.is_over:
            sort, reason = "over", f"{named(thread)} is over"
        elif thread.state is ThreadState.BLOCKED:
            sort, reason = "blocked", f"{named(thread)} waits for {describe_wait(thread)}"
        elif thread.state is ThreadState.SLEEPING:
            sort, reason = "sleeps", f"{named(thread)} sleeps"
        elif not simulation.has_lock:
            sort, reason = "time slice", f"the time slice of {named(thread)} is over"
        elif thread.number in simulation.afterwards and simulation.afterwards[thread.number] is not None:
            sort, reason = "blocked", f"{named(thread)} has to wait"
        elif simulation.counting:
            sort, reason = "count", f"{named(thread)} has passed {counted(simulation.interval, 'switch point')}"
        else:
            requests = [event for event in heard.events if isinstance(event, LockRequested)]
            asking = f" by {named(simulation.ledger.thread(requests[-1].thread))}" if requests else ""
            sort = "request"
            reason = (
                f"{named(thread)} was asked{asking} to let the lock go, after an interval of "
                f"{counted(simulation.interval, 'tick')}, and stands at a switch point"
            )
        taken = [event for event in heard.events if isinstance(event, LockTaken) and event.thread == following.number]
        if taken and simulation.has_lock:
            waited = f", for which it has waited {counted(taken[-1].waited, 'tick')}" if taken[-1].waited else ""
            return sort, f"{reason}; {named(following)} takes the lock{waited}"
        return sort, f"{reason}; {named(following)} goes on"

    # --- output

    def outputs(self, number: int, heard: Heard) -> Iterator[Candidate]:
        """Yield the questions for what has been printed, one for each line that began not long before."""
        printed = next((event for event in heard.events if isinstance(event, Printed)), None)
        if printed is None:
            return
        asked = [moment for moment in self.line_moments if moment >= number - SOON]
        self.line_moments = []
        text = printed.text.strip()
        if not text or "\n" in text or len(text) > LONGEST_ANSWER or not text.isprintable():
            return
        quoted = self.quote(printed.line or 0)
        threads: list[Thread] = self.simulation.ledger.machine.threads
        if sum(not thread.state.is_over for thread in threads) < 2 and text in quoted:
            return  # there is nothing to guess
        printer = self.simulation.ledger.thread(printed.thread)
        where = f" in line {printed.line} ({quoted})" if quoted else ""
        for moment in asked:
            question = Question(
                moment, "output", "What will be printed next?", text, f"{named(printer)} prints it{where}.", (), number
            )
            yield Candidate(question, (printed.line,))


# --- words


def named(thread: Thread) -> str:
    """Return a thread's number and name."""
    return f"thread {thread.number} ({thread.name})"


def without_comments(source: str) -> str:
    """Return the text of a program with its comments taken away."""
    lines = source.splitlines(keepends=True)
    for token in tokenize.generate_tokens(iter([*lines, ""]).__next__):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    return "".join(lines)


def answer_of(value: Any) -> str | None:
    """Return a value as a reader would write it down, None where that is too much to ask or cannot be written."""
    text = show_value(value)
    if len(text) > LONGEST_ANSWER or "..." in text:
        return None
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return text


def names_of(step: Step) -> tuple[str, ...]:
    """Return the names that the operand of a step may mean."""
    code = step.frame.code
    return code.local_names if step.instruction.opcode.operand == "local" else code.names


def stores_in_line(code: Code, line: int) -> int:
    """Return how many instructions of a line give a variable a value."""
    return sum(step.opcode.name in STORES and step.place.line == line for step in code.instructions)


def is_same_memory(writer: Thread, thread: Thread, step: Step) -> bool:
    """Whether another thread has written the global variable that a step gives a value to."""
    return writer is not thread and writer.process is thread.process and step.instruction.opcode.operand == "name"


