"""The characters and colours that pictures are drawn with.

Every picture can be read without colour: each state has a character of its own, and a thread is named by its
number. Where the output cannot encode the block characters, the whole set is replaced by ASCII; a mixture
would have gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console

from interp.traces.lanes import BLOCKED, LOCK_WAIT, READY, RUNNING, SLEEPING


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters.

    `levels` are the shares of a column that a thread ran in, from little to all but all; `held` follows the
    number of a holder as far as it holds, `changing` is a column in which the holder changed.
    """

    states: dict[str, str]
    levels: str
    levels_shown: str
    levels_words: str
    held: str
    changing: str
    stopped: str
    axis: str
    axis_mark: str
    rule: str
    bar: str
    cross: str
    arrow: str
    ellipsis: str
    times: str
    down: str
    dot: str

    @property
    def text(self) -> str:
        """All the characters of the set."""
        values = [getattr(self, name) for name in self.__slots__ if name != "states"]
        return "".join([*self.states.values(), *values])


UNICODE = Glyphs(
    states={RUNNING: "█", LOCK_WAIT: "░", BLOCKED: "─", SLEEPING: "z", READY: "·"},
    levels="▁▂▃▄▅▆▇",
    levels_shown="▂▄▆",
    levels_words="runs for a part of the column",
    held="━",
    changing="╍",
    stopped="╳",
    axis="─",
    axis_mark="┴",
    rule="─",
    bar="│",
    cross="┼",
    arrow="→",
    ellipsis="…",
    times="×",
    down="↓",
    dot="·",
)

ASCII = Glyphs(
    states={RUNNING: "#", LOCK_WAIT: ".", BLOCKED: "-", SLEEPING: "z", READY: ":"},
    levels="123456789",
    levels_shown="1-9",
    levels_words="runs for tenths of the column",
    held="=",
    changing="*",
    stopped="X",
    axis="-",
    axis_mark="+",
    rule="-",
    bar="|",
    cross="+",
    arrow="->",
    ellipsis="...",
    times="x",
    down="v",
    dot="-",
)

STATE_STYLES = {
    RUNNING: "bold",
    LOCK_WAIT: "red",
    BLOCKED: "bright_black",
    SLEEPING: "blue",
    READY: "yellow",
}
THREAD_STYLES = (
    "green",
    "cyan",
    "magenta",
    "yellow",
    "bright_blue",
    "bright_green",
    "bright_cyan",
    "bright_magenta",
)

QUIET = "bright_black"
HEADING = "bold"
ALARM = "bold red"


def glyphs_for(console: Console) -> Glyphs:
    """Return the characters that a console's output can encode."""
    try:
        UNICODE.text.encode(console.encoding)
    except (LookupError, UnicodeError):
        return ASCII
    return UNICODE


def thread_style(number: int) -> str:
    """Return the colour of a thread, the same in every picture."""
    return THREAD_STYLES[(number - 1) % len(THREAD_STYLES)]
