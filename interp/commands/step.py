"""`interp step`: go to any moment of a run, forwards and backwards, and choose who runs next.

At a terminal it is a screen (`terminal/stepper/`); elsewhere, at one that cannot do that (`TERM=dumb`), or where
`--plain` asks for it, lines (`terminal/line_mode.py`). Both walk through a recording (`traces/walk.py`), which is made
first: the program is executed once, to its end.
"""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from interp import Settings, Trace, UsageError
from interp.commands.inputs import (
    STDIN,
    is_trace,
    open_program_or_trace,
    read_file,
    read_stdin,
    refuse_settings_for_trace,
)
from interp.commands.outputs import command_line, is_terminal, say, write, write_json
from interp.commands.progress import Progress
from interp.commands.status import Status
from interp.traces.goals import parse_goal
from interp.traces.predict import Quiz
from interp.traces.recording import Recording
from interp.traces.replay import record_again
from interp.traces.walk import Walk

QUESTIONS = 10
"""So many questions does a quiz have."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to step: in lines although there is a terminal (`plain`), by the `commands` of a file, beginning `at` a step.

    With `predict`, it is a quiz of so many `questions`, `QUESTIONS` by default. Raises `UsageError` for what does not
    go together.
    """

    plain: bool
    commands: str | None
    goal: str | None
    at: int | None
    predict: bool
    questions: int | None
    as_json: bool

    def __post_init__(self) -> None:
        if self.questions is not None and not self.predict:
            raise UsageError("--questions says how many --predict asks: give both.")
        if self.predict and (self.goal is not None or self.at is not None):
            raise UsageError("--predict asks at moments of its own choice and lets nobody choose: no --goal, no --at.")


class WalkProgress(Progress):
    """Shows how far the recording is and, once it is `recorded`, where a long search is."""

    def __init__(self) -> None:
        super().__init__("recording")
        self.recorded = False

    def __call__(self, ticks: int, steps: int) -> None:
        """Take note of a step that the recording, or a search, has come to."""
        if self.recorded:
            self.note(f"at step {steps:,}")
        else:
            super().__call__(ticks, steps)

    def write(self, text: str) -> None:
        """Write to standard output in place of what was shown; what comes next takes its own time."""
        self.erase()
        write(text)
        self.begin()


def step(argument: str, settings: Settings, way: Way, *, own_settings: tuple[str, ...]) -> int:
    """Record a run and let a person, or a script, walk through it; returns the exit status.

    It is 1 if all else went well and there is a goal that is not reached at the end.

    `own_settings` names the options for settings that were given: a saved trace has its own.
    """
    asks_for_nothing = way.predict and way.as_json and way.commands is None
    if argument == STDIN and way.commands in (None, STDIN) and not asks_for_nothing:
        raise UsageError(
            "the program comes from standard input, so the commands have to come from a file: --commands SCRIPT"
        )
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="backslashreplace")  # what is no text is no command, and no fault either
    goal = None if way.goal is None else parse_goal(way.goal)
    script = None if way.commands is None else read_script(way.commands)
    progress = WalkProgress()
    recording = record(argument, settings, own_settings, progress)
    if way.predict:
        return predict(recording, way, script, progress)
    walk = Walk(recording, goal=goal, progress=progress)
    if way.at is not None:
        refusal = walk.goto(way.at)
        if refusal is not None:
            raise UsageError(f"--at {way.at}: {refusal}.")
    at_terminal = is_terminal(sys.stdin) and is_terminal(sys.stdout) and script is None and not way.as_json
    if at_terminal and not way.plain and os.environ.get("TERM") != "dumb":  # which can only print line after line
        from interp.terminal.stepper import run_stepper

        status = run_stepper(walk)
    else:
        status = step_in_lines(walk, way, script, progress, at_terminal=at_terminal)
    if walk.before and argument != STDIN:  # what stood on standard input is gone
        name = recording.filename if is_trace(argument) else argument
        say("See it again: " + command_line("step", name, walk.recording.settings))
    if status == Status.FINE and walk.goal is not None and not walk.goal.is_reached(walk.recording.result):
        return Status.FAILED
    return status


def record(argument: str, settings: Settings, own_settings: tuple[str, ...], progress: WalkProgress) -> Recording:
    """Record the run of a program, or that of a saved trace once more; what Ctrl-C leaves of it will do."""
    found = open_program_or_trace(argument)
    try:
        if isinstance(found, Trace):
            refuse_settings_for_trace(argument, own_settings)
            recording = record_again(found, argument, progress)
        else:
            recording = Recording(found.source, found.filename, found.code, settings, progress)
    finally:
        progress.erase()
    progress.recorded = True
    if recording.result.outcome == "interrupted":
        say(f"interrupted: recorded up to step {recording.steps:,}; how the run would go on is not known")
    return recording


def read_script(name: str) -> list[str]:
    """Return the lines of a script of commands."""
    data = read_stdin("script") if name == STDIN else read_file(Path(name), "script")
    return data.decode("utf-8-sig", "backslashreplace").splitlines()


def step_in_lines(walk: Walk, way: Way, script: list[str] | None, progress: WalkProgress, *, at_terminal: bool) -> int:
    """Walk by commands, of a script, a person, or whoever writes to standard input; returns the exit status.

    What is not understood makes it 2, but for a person, who has been told.
    """
    from interp.terminal.console import make_console
    from interp.terminal.line_mode import LineMode

    if way.as_json and script is None:
        script = read_script(STDIN)
    show = silent if way.as_json else progress.write
    lines = LineMode(walk, show, make_console(), sys.stdin or io.StringIO())
    lines.begin()
    if script is None:
        try:
            lines.run(at_terminal=at_terminal)
        except OSError as error:
            raise UsageError(f"standard input cannot be read: {error.strerror or error}.") from None
    else:
        said = lines.run_script(script, "<stdin>" if way.commands in (None, STDIN) else str(way.commands))
        if way.as_json:
            write_json(
                {
                    "file": walk.recording.filename,
                    "run": walk.recording.result.to_json(),
                    "commands": [one.to_json() for one in said],
                    "schedule": walk.schedule(),
                    "goal": None if walk.goal is None else walk.goal.to_json(walk.recording.result),
                }
            )
    return Status.USAGE if lines.misused and not at_terminal else Status.FINE


def predict(recording: Recording, way: Way, script: list[str] | None, progress: WalkProgress) -> int:
    """Ask what comes next, take the answers of a person, a script or standard input; returns the exit status.

    With `--json` and no script, the questions are printed for somebody who grades answers later.
    """
    from interp.terminal.console import make_console
    from interp.terminal.quiz_lines import QuizInLines, answers_of, ask_person

    quiz = Quiz(recording, seed=recording.settings.seed or 0, count=way.questions or QUESTIONS)
    write = silent if way.as_json else progress.write
    asking = QuizInLines(recording, quiz, write, make_console())
    if script is None and not way.as_json:
        if is_terminal(sys.stdin) and is_terminal(sys.stdout):
            asking.run(lambda: ask_person(write))
        else:
            script = read_script(STDIN)
    if script is not None:
        asking.run(answers_of(script, asking.show))
    if way.as_json:
        write_json({"file": recording.filename, "settings": recording.settings.to_json(), **quiz.to_json()})
    return Status.FINE


def silent(text: str) -> None:
    """Write nothing."""
