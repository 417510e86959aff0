"""The stepper by commands, one a line: for scripts, for tests, for a screen reader, for a terminal that cannot draw.

1. A command goes somewhere or tells something. What it says comes first, then one *status line* that says where one
   is: `step N · tick T · thread K (name) · FILE:LINE · INSTRUCTION`, the instruction being the next one. After a single
   step a line follows with what it did.
2. All that is known of moving is in `traces/walk.py`, and all that is shown in `moment_lines.py`; the commands are in
   `line_commands.py`. Here they are taken and answered.
3. Commands come from a person, from a pipe, or from a script, whose lines are shown again, `> step 3`, so that what
   comes out is a transcript.

It is built on the standard library's `cmd`, as `pdb` is.
"""

from __future__ import annotations

import cmd
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console

from interp.terminal.console import readable
from interp.terminal.glyphs import glyphs_for
from interp.terminal.line_commands import COMMANDS, MOVING, SHORT_FORMS, TAKE_TEXT, LineCommands, MisusedError
from interp.terminal.moment_lines import beginning, executed_lines, instruction_of, row_text, status_line
from interp.traces.moments import Moment
from interp.traces.walk import Walk

PROMPT = "(step) "

END_OF_INPUT = "EOF"
"""What `cmd` takes the end of standard input for."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one command came to: its words, the status line, what a step did, and the moment that one is at then."""

    command: str
    words: tuple[str, ...]
    status: str
    did: tuple[str, ...]
    moment: Moment
    misused: bool

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it; nothing is said of where one is when one leaves."""
        return (*self.words, self.status, *self.did) if self.status else self.words

    def to_json(self) -> dict[str, Any]:
        """Return an entry of `--json`; thread, line and instruction are those of the next step, null at the end."""
        thread = self.moment.next_thread
        frame = None if thread is None else thread.frame
        return {
            "command": self.command,
            "said": "\n".join((*self.words, *self.did)),
            "understood": not self.misused,
            "step": self.moment.step,
            "tick": self.moment.tick,
            "thread": self.moment.following,
            "line": None if frame is None else frame.line,
            "instruction": None if frame is None else instruction_of(frame),
            "outcome": self.moment.outcome,
        }


class LineMode(LineCommands, cmd.Cmd):
    """Takes commands from `stdin` and says what they come to, by `write`, in characters that the console can show."""

    identchars = cmd.Cmd.identchars + "-"
    prompt = ""

    def __init__(
        self, walk: Walk, write: Callable[[str], object], console: Console, stdin: TextIO | None = None
    ) -> None:
        LineCommands.__init__(self, walk)
        cmd.Cmd.__init__(self, stdin=stdin)
        self.use_rawinput = False
        self.write = write
        self.glyphs = glyphs_for(console)
        self.encoding = console.encoding
        self.last_move = ""
        self.over = False
        self.misused = 0

    # --- taking commands

    def perform(self, line: str) -> Said:
        """Perform one command and return what it says, the status line included."""
        self.said, self.reporting = [], False
        recording, before = self.walk.recording, self.walk.step
        misused = False
        try:
            self.over = self.dispatch(line)
        except MisusedError as error:
            self.said = [str(error)]
            misused = True
            self.misused += 1
        status = "" if self.over else self.safe(status_line(self.walk, self.glyphs))
        did = self.what_was_done(before) if self.walk.recording is recording and not self.over else ()
        words = tuple(self.safe(part) for text in self.said for part in text.split("\n"))
        return Said(line, words, status, tuple(map(self.safe, did)), self.walk.moment, misused)

    def what_was_done(self, before: int) -> Iterable[str]:
        """Yield what the step did that led here, where it was a single one or the one that was looked for."""
        walk = self.walk
        if walk.step == before + 1 or (self.reporting and walk.step != before):
            yield from executed_lines(walk.moment, self.glyphs)
        elif walk.step == before - 1:
            row = walk.recording.moment(before).executed
            if row is not None:
                yield f"  taken back: {row_text(row, self.glyphs)}"

    def safe(self, line: str) -> str:
        """Return a line as the output can show it."""
        return readable(line, self.encoding)

    def begin(self) -> None:
        """Say what there is to walk through, and where one is."""
        self.show([beginning(self.walk.recording)])
        if self.walk.goal is not None:
            self.show([f"The goal: {self.walk.goal}."])
        self.show([status_line(self.walk, self.glyphs)])

    def show(self, lines: Iterable[str]) -> None:
        """Write some lines."""
        self.write("".join(f"{self.safe(line)}\n" for line in lines))

    def run_script(self, lines: Iterable[str], name: str) -> list[Said]:
        """Perform the commands of a script, one after another, until it quits, and return what each came to.

        Blank lines and comments (`# …`) are passed over. A line that is not understood is said with its number.
        """
        done: list[Said] = []
        for number, line in enumerate(lines, 1):
            command = line.strip()
            if command and not command.startswith("#"):
                self.show([f"> {command}"])
                said = self.perform(command)
                where = f"{name}:{number}: " if said.misused else ""
                self.show([where + said.lines[0], *said.lines[1:]] if said.lines else [])
                done.append(said)
                if self.over:
                    break
        return done

    def run(self, *, at_terminal: bool) -> None:
        """Take commands from standard input until there are no more; a person at a terminal is asked for them."""
        if at_terminal:
            self.prompt, self.use_rawinput = PROMPT, True
            complete_whole_words()
            self.show(["help tells the commands, quit leaves."])
        while not self.over:
            try:
                self.cmdloop()
            except KeyboardInterrupt:  # at a terminal it ends a long search, or the line that is being typed
                if not at_terminal:
                    raise
                self.write("\n")

    # --- finding the method of a command

    def dispatch(self, line: str) -> bool:
        """Call the method of a command; returns whether that was the last. Raises `MisusedError` if there is none."""
        command = line.strip()
        if not command:
            command = self.last_move
        if not command:
            return False
        if command == END_OF_INPUT:
            return True
        name, argument, _ = self.parseline(command)
        if name not in TAKE_TEXT:
            argument = (argument or "").partition("#")[0].rstrip()
        if name not in COMMANDS:
            raise MisusedError(self.explain_unknown(command.split()[0]))
        if name in MOVING:
            self.last_move = f"{name} {argument}"
        return bool(self.method_of(name)(argument or ""))

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """Take a line apart into a command's whole name and the rest; `print(x)` is a command, too."""
        if line.startswith("?"):
            line = f"help {line[1:]}"
        end = 0
        while end < len(line) and line[end] in self.identchars:
            end += 1
        return SHORT_FORMS.get(line[:end], line[:end]), line[end:].strip(), line

    # --- what `cmd` asks while it takes commands

    def onecmd(self, line: str) -> bool:
        """Perform a command and show what it comes to; returns whether that was the last."""
        if not line.strip().startswith("#"):
            self.show(self.perform(line).lines)
        return self.over

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        """Return the commands that begin so."""
        return [f"{name} " for name in COMMANDS if name.startswith(text)]


def complete_whole_words() -> None:
    """Let the host's line editor, where there is one, complete `reverse-continue` as one word."""
    with suppress(ImportError):
        import readline

        readline.set_completer_delims(" ")
