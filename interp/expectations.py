"""What a toy program says about itself in comments: its idea, its settings, and what must come out.

    # teaches: …                        the one idea it shows (first line of each bundled program)
    # run: --interval 3                 settings for this file, as on the command line
    print(total)  # expect: 6           this line prints this; all such lines in order make up the output
    counter()     # expect error: NameError: name 'counter' is not defined
    # expect outcomes: 1 / 2            the output is one of these, depending on the schedule
    # expect deadlock                   some schedule ends in one

Where a line prints several times, more `# expect:` comments follow on lines of their own. `# expect:`
alone is an empty line; one space after the colon is not part of the text. An outcome is the whole
output, its lines joined by ` | `; where ` / ` or ` | ` stand in the output itself, they are written
` \\/ ` and ` \\| `, which is also how `interp explore` shows them. An error is
written as CPython prints it, on the last line that its traceback shows.
"""

from __future__ import annotations

import io
import re
import shlex
import tokenize
from dataclasses import dataclass, field
from pathlib import Path


class UnknownExpectationError(ValueError):
    """A comment begins with `expect` and means nothing: a check its author counts on would not happen."""


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """The error that ends a thread, and the line it comes from."""

    line: int
    text: str


@dataclass(slots=True)
class Expectations:
    """Everything the comments of one program say."""

    teaches: str | None = None
    settings: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    errors: list[ExpectedError] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    may_deadlock: bool = False

    @property
    def depends_on_schedule(self) -> bool:
        """Whether different schedules may end differently."""
        return bool(self.outcomes) or self.may_deadlock


COMMENT = re.compile(r"#\s*(?P<kind>teaches|run|expect(?: error| outcomes)?):(?: (?P<text>.*))?$")


def read_expectations(source: str) -> Expectations:
    """Collect the comments of a program; refuse one that begins with `expect` and is not understood."""
    found = Expectations()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            note(found, token.string, token.start[0])
    return found


def note(found: Expectations, comment: str, line: int) -> None:
    """Add what one comment says."""
    match = COMMENT.match(comment)
    text = (match["text"] or "") if match else ""
    match match["kind"] if match else comment.lstrip("# ").rstrip():
        case "teaches":
            found.teaches = text
        case "run":
            found.settings += shlex.split(text)
        case "expect":
            found.lines.append(text)
        case "expect error":
            found.errors.append(ExpectedError(line, text))
        case "expect outcomes":
            found.outcomes += text.split(" / ")
        case "expect deadlock":
            found.may_deadlock = True
        case other if other.startswith("expect"):
            raise UnknownExpectationError(f"line {line}: {comment}")


def lines_of(output: str) -> list[str]:
    """Split an output as the comments do; a missing newline at its end does not show in them."""
    return output.removesuffix("\n").split("\n") if output else []


def as_outcome(output: str) -> str:
    """Write a whole output as the comments write an outcome."""
    return " | ".join(line.replace(" / ", " \\/ ").replace(" | ", " \\| ") for line in lines_of(output))


def toy_files(folder: Path) -> list[Path]:
    """Return the programs in a folder and below it, in a fixed order."""
    return sorted(folder.rglob("*.toy"))
