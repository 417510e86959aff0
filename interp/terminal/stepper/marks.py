"""The signs of the stepper, and the names of its styles: with colour or without, in Unicode or ASCII.

Nothing is said by colour alone. The line that comes next has an arrow, a value that changed a star, the exact
expression is shown in reverse, and the state of a thread is a word.
"""

from __future__ import annotations

from dataclasses import dataclass

from interp.terminal.glyphs import ASCII, UNICODE, Glyphs


@dataclass(frozen=True, slots=True)
class Marks:
    """One set of signs: `here` is the line or instruction that comes next, `spinner` turns while one waits.

    `more_left` and `more_right` stand where a line goes on beyond the edge.
    """

    glyphs: Glyphs
    here: str
    stop: str
    changed: str
    position: str
    dot: str
    spinner: str
    dash: str
    more_left: str
    more_right: str


UNICODE_MARKS = Marks(UNICODE, "►", "●", "*", "▲", "·", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "–", "‹", "›")
ASCII_MARKS = Marks(ASCII, ">", "@", "*", "^", "-", "|/-\\", "-", "<", ">")


def marks_for(encoding: str) -> Marks:
    """Return the signs that an output of this encoding can show."""
    signs = UNICODE_MARKS
    text = signs.glyphs.text + signs.here + signs.stop + signs.position + signs.spinner + signs.dash
    text += signs.more_left + signs.more_right
    try:
        text.encode(encoding)
    except (LookupError, UnicodeError):
        return ASCII_MARKS
    return UNICODE_MARKS


QUIET = "quiet"
HEADING = "heading"
CURRENT = "current"
EXPRESSION = "expression"
CHANGED = "changed"
ALARM = "alarm"
GOOD = "good"
STOP = "stop"
"""The styles that `styles.tcss` gives a look, dark and light; any other style is one of Rich's."""

ROLES = (QUIET, HEADING, CURRENT, EXPRESSION, CHANGED, ALARM, GOOD, STOP)
