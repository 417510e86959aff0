"""A walk through a recording: where a person stands, what they follow, where they want to stop, how they got here.

The stepper in the terminal and its line mode are two faces of this: every key and every command is a method here, so
that they cannot differ. Each method goes somewhere, or stays and returns a sentence that says why it cannot be done.

Over all threads, or along one that is *followed*: then steps, lines, calls, breakpoints are those of that thread, and
what the others do goes by. Choosing who runs next leads into another recording, a *branch*; the walk remembers the way
back. A *goal* is something to bring about by choosing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from interp.bytecode.code import Code
from interp.language.errors import UsageError
from interp.language.source import Source
from interp.traces.goals import Goal
from interp.traces.landmarks import KINDS, Landmark, lines_with_code
from interp.traces.moments import Moment, ShownThread, ShownValue, find_value
from interp.traces.playback import Progress
from interp.traces.recording import Recording
from interp.traces.words import counted

ALONG_A_THREAD = frozenset({"step", "line", "call", "return", "break", "error", "output"})
"""The landmarks that are the followed thread's, where one is followed; the others are everybody's."""

NEED_MORE = frozenset({"write", "break"})
"""The landmarks that need a name or lines."""

Refusal = str | None
"""Why something cannot be done, a sentence; None where it was done."""


@dataclass
class Walk:
    """Where somebody is in a recording: at `step`, with breakpoints on `lines` and `watches` on variables' names.

    `followed` is the number of the thread that is followed, None for all. `before` holds the recording and the step at
    each choice that was made, the latest last.
    """

    recording: Recording
    step: int = 0
    lines: set[int] = field(default_factory=set)
    watches: list[str] = field(default_factory=list)
    followed: int | None = None
    goal: Goal | None = None
    before: list[tuple[Recording, int]] = field(default_factory=list)
    progress: Progress | None = None
    _shown: tuple[Recording, Moment] | None = None

    @property
    def moment(self) -> Moment:
        """The moment that the walk stands at."""
        if self._shown is None or self._shown[0] is not self.recording or self._shown[1].step != self.step:
            self._shown = (self.recording, self.recording.moment(self.step))
        return self._shown[1]

    @property
    def thread(self) -> ShownThread:
        """The thread to look at: the followed one, else the one that comes next, at the end the main thread."""
        moment = self.moment
        if self.followed is not None and not self.is_too_early:
            return moment.thread(self.followed)
        return moment.next_thread or moment.thread(1)

    @property
    def is_too_early(self) -> bool:
        """Whether the followed thread does not exist yet, so that another is looked at."""
        return self.followed is not None and self.followed > len(self.moment.threads)

    # --- going

    def goto(self, step: int) -> Refusal:
        """Go to a step."""
        if not 0 <= step <= self.recording.steps:
            return f"there is no step {step:,}: the run has {self.recording.steps:,} (0 is the beginning)"
        self.step = step
        return None

    def goto_tick(self, tick: int) -> Refusal:
        """Go to the first moment at or after a tick."""
        if not 0 <= tick <= self.recording.result.ticks:
            return f"there is no tick {tick:,}: the run ends at tick {self.recording.result.ticks:,}"
        self.step = self.recording.at_tick(tick)
        return None

    def forward(self, kind: str = "step", count: int = 1, name: str = "") -> Refusal:
        """Go on to the next landmark of a kind (`landmarks.KINDS`), so many times."""
        return self._go(kind, count, name, forwards=True)

    def back(self, kind: str = "step", count: int = 1, name: str = "") -> Refusal:
        """Go back to the last landmark of a kind, so many times."""
        return self._go(kind, count, name, forwards=False)

    def over(self, count: int = 1, kind: str = "line") -> Refusal:
        """Go on to the next line, or return, of the function that the thread is in, or of what called it.

        The functions that are called on the way are passed over.
        """
        return self._go_over(kind, count, forwards=True)

    def over_back(self, count: int = 1, kind: str = "line") -> Refusal:
        """Go back to the last such line, or return."""
        return self._go_over(kind, count, forwards=False)

    def _go_over(self, kind: str, count: int, *, forwards: bool) -> Refusal:
        for _ in range(count):
            thread = self.thread
            calls = tuple(frame.code for frame in thread.frames)
            if thread.number == 1:
                calls = calls or (self.recording.code,)  # behind its last line the main thread is in no call any more
            if not calls:
                return f"thread {thread.number} is in no function here"
            refusal = self._go_to(Landmark(kind, thread=thread.number, calls=calls), 1, forwards=forwards)
            if refusal is not None:
                return self._end_instead(refusal) if forwards and kind == "line" and thread.number == 1 else refusal
        return None

    def _end_instead(self, refusal: str) -> Refusal:
        """Behind the last line is the end; go there if that is still to come."""
        if self.step == self.recording.steps:
            return refusal
        self.step = self.recording.steps
        return None

    def search(self, what: str, *, forwards: bool = True) -> Refusal:
        """Go to the next moment, or the last one, that is what somebody typed.

        A write of a variable by its name, a landmark by its kind (`switch`, `output`), a line by its number, and the
        lines that contain it for any other text.
        """
        found = self._sought(what.strip())
        if isinstance(found, str):
            return found
        refusal = self._go_to(found, 1, forwards=forwards)
        if refusal is not None and found.kind == "break":
            lines = " or ".join(map(str, sorted(found.lines)))
            return f"line {lines} does not come {'after' if forwards else 'before'} step {self.step:,}"
        return refusal

    def _sought(self, what: str) -> Landmark | str:
        code = self.recording.code
        name = what.removeprefix("write ").strip()
        if self.recording.has_variable(name):
            return self._landmark("write", name)
        if what in KINDS and what not in NEED_MORE:
            return self._landmark(what)
        lines = find_lines(self.recording.source, code, what)
        if lines:
            return self._landmark("break", lines=lines)
        kinds = ", ".join(kind for kind in KINDS if kind not in NEED_MORE)
        return (
            f"nothing to go to is called {what!r}: it is no kind of landmark ({kinds}), no variable, and in no line "
            "that is executed"
        )

    def _go(self, kind: str, count: int, name: str, *, forwards: bool) -> Refusal:
        if kind == "step" and self.followed is None:
            return self._go_steps(count if forwards else -count)
        refusal = self._go_to(self._landmark(kind, name), count, forwards=forwards)
        if refusal is not None and kind == "line" and forwards and self.followed is None:
            return self._end_instead(refusal)
        return refusal

    def _go_to(self, landmark: Landmark, count: int, *, forwards: bool) -> Refusal:
        for done in range(count):
            find = self.recording.next if forwards else self.recording.previous
            found = find(landmark, self.step)
            if found is None:
                way = "after" if forwards else "before"
                came = f"; went {counted(done, 'time')}" if done else ""
                return f"no {without_article(str(landmark))} {way} step {self.step:,}{came}"
            self.step = found
        return None

    def _go_steps(self, count: int) -> Refusal:
        wanted = self.step + count
        self.step = max(0, min(self.recording.steps, wanted))
        if wanted > self.recording.steps:
            return f"the run ends at step {self.recording.steps:,}: {self.recording.result.outcome}"
        return "this is the beginning" if wanted < 0 else None

    def _landmark(self, kind: str, name: str = "", lines: Iterable[int] | None = None) -> Landmark:
        thread = self.followed if kind in ALONG_A_THREAD or kind == "switch" else None
        return Landmark(kind, name=name, lines=frozenset(self.lines if lines is None else lines), thread=thread)

    def run_on(self) -> str:
        """Go on to the next breakpoint or write of a watched variable, else to the end; says what was found."""
        return self._run(forwards=True)

    def run_back(self) -> str:
        """Go back to the last breakpoint or write of a watched variable, else to the beginning."""
        return self._run(forwards=False)

    def _run(self, *, forwards: bool) -> str:
        wanted = [self._landmark("write", name) for name in self.watches]
        if self.lines:
            wanted.append(self._landmark("break"))
        find = self.recording.next if forwards else self.recording.previous
        found = [(step, mark) for mark in wanted if (step := find(mark, self.step)) is not None]
        if not found:
            self.step = self.recording.steps if forwards else 0
            return f"the end: {self.recording.result.outcome}" if forwards else "the beginning"
        steps = [step for step, _ in found]
        self.step = min(steps) if forwards else max(steps)
        return "; ".join(self._words_here(mark) for step, mark in found if step == self.step)

    def _words_here(self, mark: Landmark) -> str:
        """Return a landmark in words where the walk stands at one; of several breakpoints the one that is here."""
        thread = self.moment.next_thread
        if mark.kind == "break" and thread is not None and thread.frame is not None:
            mark = replace(mark, lines=frozenset({thread.frame.line}))
        return str(mark)

    # --- what to stop at and whom to follow

    def toggle_breakpoint(self, line: int) -> Refusal:
        """Set or take away a breakpoint on a line."""
        if line in self.lines:
            self.lines.remove(line)
            return None
        possible = lines_with_code(self.recording.code)
        if line not in possible:
            following = next((other for other in possible if other > line), possible[-1])
            return f"nothing is executed on line {line}; the nearest line with code is {following}"
        self.lines.add(line)
        return None

    def toggle_watch(self, name: str) -> Refusal:
        """Watch a variable, or no longer."""
        if name in self.watches:
            self.watches.remove(name)
            return None
        if not self.recording.has_variable(name):
            return f"the program has no variable {name!r}"
        self.watches.append(name)
        return None

    def watched(self) -> list[tuple[str, ShownValue | None]]:
        """Return the watched variables as the thread sees them, local ones first; None where it sees none."""
        thread = self.thread
        memory = self.moment.processes[thread.process - 1].variables
        local = thread.frame.variables if thread.frame else ()
        return [(name, find_value(local, name) or find_value(memory, name)) for name in self.watches]

    def follow(self, thread: int | None) -> Refusal:
        """Follow a thread, or all."""
        count = len(self.recording.result.threads)
        if thread is not None and not 1 <= thread <= count:
            return f"there is no thread {thread}; the run has {count}"
        self.followed = thread
        return None

    # --- looking

    def evaluate(self, text: str) -> str:
        """Return what an expression comes to for the thread that is looked at, or why it cannot be evaluated."""
        try:
            return self.recording.evaluate(self.step, self.thread.number, text)
        except UsageError as error:
            return str(error)

    # --- choosing

    def choices(self) -> dict[int, str | None]:
        """Return for each thread that is not over why it cannot run next, None where it can."""
        return self.recording.choices(self.step)

    def choose(self, thread: int) -> str:
        """Let a thread run next, whatever would have come; says what that led to. Stays where that cannot be."""
        try:
            branch, start = self.recording.choose(self.step, thread, self.progress)
        except UsageError as error:
            return str(error)
        self.before.append((self.recording, self.step))
        old, self.recording, self.step = self.recording, branch, start
        if self.goal is not None:
            self.goal.tries += 1
        return difference(old, branch, self.goal)

    def unchoose(self) -> Refusal:
        """Take the last choice back."""
        if not self.before:
            return "nothing was chosen yet"
        self.recording, self.step = self.before.pop()
        return None

    def schedule(self) -> str:
        """Return the line for `--schedule` that comes to this moment."""
        return self.recording.schedule_to(self.step)


ARTICLES = {"another ": "other ", "some ": "", "the ": "", "an ": "", "a ": ""}
"""What stands at the beginning of a landmark's words, and what `no` leaves of it."""


def without_article(words: str) -> str:
    """Return words as they are said after `no`."""
    for article, left in ARTICLES.items():
        if words.startswith(article):
            return left + words.removeprefix(article)
    return words


def find_lines(source: str, code: Code, what: str) -> list[int]:
    """Return the lines with code that a text means: the one of that number, else those that contain it."""
    possible = lines_with_code(code)
    if what.isdecimal():
        return [line for line in possible if line == int(what)]
    text = Source(source, "")
    return [line for line in possible if what and what.casefold() in text.line(line).casefold()]


def difference(old: Recording, new: Recording, goal: Goal | None) -> str:
    """Say what a choice led to."""
    one, other = old.result, new.result
    if one.outcome != other.outcome:
        said = f"now the run ends with {other.outcome}, {one.outcome} before"
    elif one.output != other.output:
        said = f"now it prints {shorten(other.output)}, {shorten(one.output)} before"
    else:
        said = f"it ends as before: {other.outcome}, {shorten(other.output)}"
    return said if goal is None else f"{said}. {goal.judge(other)}"


def shorten(output: str) -> str:
    """Return an output as one short piece of text."""
    text = " | ".join(output.splitlines()) or "nothing"
    return text if len(text) <= 60 else f"{text[:57]}..."
