"""Every key of the stepper, once: what it is called, what it does, and where the help lists it.

The bindings, the help (`?`), the line at the bottom of the screen and docs/stepper_keys.md are made of this table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One thing to do: the `keys` that do it (by Textual's names), the `action` of the app, and what it is in words.

    Where there is an action `back`, the last of the keys does that: the same the other way round. `short` is what the
    line at the bottom calls it; most keys are not in it. `at_once` says that it needs nothing of the recording; the
    others have to wait while an errand takes long, and while something is being asked for.
    """

    keys: tuple[str, ...]
    action: str
    words: str
    short: str = ""
    back: str = ""
    at_once: bool = False

    @property
    def bindings(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """The keys with the actions that they stand for."""
        if self.back:
            return (self.keys[:-1], self.action), (self.keys[-1:], self.back)
        return ((self.keys, self.action),)

    def shown(self, *, ascii_only: bool = False) -> list[str]:
        """Return the keys as a person would call them."""
        return [name_of(key, ascii_only=ascii_only) for key in self.keys]


NAMES = {
    "right": "→",
    "left": "←",
    "down": "↓",
    "up": "↑",
    "question_mark": "?",
    "slash": "/",
    "full_stop": ".",
    "comma": ",",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "space": "Space",
}
"""What a key is called, where Textual's name for it is another."""

ASCII_NAMES = {"→": "Right", "←": "Left", "↓": "Down", "↑": "Up"}


def name_of(key: str, character: str | None = None, *, ascii_only: bool = False) -> str:
    """Return what a person would call a key, by Textual's name of it and the character that it types, if any."""
    parts = key.split("+")
    if key in NAMES:
        name = NAMES[key]
    elif character is not None and character.isprintable():
        name = character
    elif len(parts) > 1 or len(key) > 1:
        name = "-".join(NAMES.get(part, part.capitalize()) for part in parts)
    else:
        name = key
    if ascii_only:
        for sign, word in ASCII_NAMES.items():
            name = name.replace(sign, word)
    return name


def landmark(key: str, kind: str, words: str) -> Key:
    """Return the key for a landmark: the letter goes on to the next one, its capital back to the last one."""
    return Key((key, key.upper()), f"seek('{kind}', 1)", words, back=f"seek('{kind}', -1)")


GROUPS: dict[str, tuple[Key, ...]] = {
    "Move": (
        Key(("right", "down", "n", "space"), "move(1)", "one instruction, line or phase on", "on"),
        Key(("left", "up", "p"), "move(-1)", "one back", "back"),
        Key(("pagedown", "pageup"), "move(10)", "ten on, ten back", back="move(-10)"),
        Key(("i",), "grain", "move by instruction, by line, or by the phases of the loop", "by"),
        Key(("home", "end"), "edge(0)", "to the beginning, to the end", back="edge(1)"),
        Key(("g",), "ask('goto')", "go to a step (120) or a tick (t120)", "go to"),
    ),
    "Go to the next one, or with the capital letter back to the last one": (
        landmark("l", "line", "the beginning of a line"),
        Key(("v", "V"), "over(1)", "the next line of this function; calls in between are passed over", back="over(-1)"),
        landmark("f", "call", "the beginning of a function"),
        landmark("r", "return", "a return"),
        landmark("x", "switch", "another thread's turn"),
        landmark("k", "lock", "an event of the global lock"),
        landmark("o", "output", "some output"),
        landmark("e", "error", "an exception"),
    ),
    "Search and stop": (
        Key(("slash",), "ask('search')", "search a landmark, a variable that is written, a line or its text", "search"),
        Key(("full_stop", "comma"), "search_again(1)", "search for the same on, or back", back="search_again(-1)"),
        Key(("b",), "breakpoint", "set or clear a breakpoint on this line (or click on a line)", "break"),
        Key(("B",), "ask('break')", "set or clear a breakpoint on any line"),
        Key(("w",), "ask('watch')", "watch a variable, or no longer", "watch"),
        Key(
            ("c", "C"),
            "run(1)",
            "continue to a breakpoint or a write of what is watched, or back",
            "continue",
            "run(-1)",
        ),
    ),
    "Threads and choices": (
        Key(("t",), "ask('follow')", "follow a thread, or all again (or click on a thread)", "follow"),
        Key(("enter",), "choices", "choose who runs next", "choose"),
        Key(("u",), "undo", "take the last choice back"),
        Key(("s",), "save", "save the schedule that leads here, for --schedule", "save"),
    ),
    "Look": (
        Key(
            ("tab",),
            "turn",
            "turn over to the memory or the output, where there is room for one only",
            "turn over",
            at_once=True,
        ),
        Key(
            ("right_square_bracket", "left_square_bracket"),
            "scrub(1)",
            "one column of the timeline on, or back (or click on it, or drag)",
            back="scrub(-1)",
        ),
        Key(
            ("plus", "minus"), "zoom(1)", "magnify the timeline, or see more of the run", back="zoom(-1)", at_once=True
        ),
        Key(("equals_sign",), "zoom(0)", "see the whole run in the timeline", at_once=True),
        Key(
            ("m", "M"),
            "look(1)",
            "see more of the stack, the memory, the threads or the output: further down, or up (or turn the wheel)",
            back="look(-1)",
            at_once=True,
        ),
        Key(("d",), "shade", "dark or light", at_once=True),
    ),
    "Leave": (
        Key(("question_mark",), "help", "this list", "keys", at_once=True),
        Key(("escape",), "stop", "stop a search", at_once=True),
        Key(("ctrl+z",), "pause", "pause the stepper; fg in the shell comes back", at_once=True),
        Key(
            ("ctrl+c",),
            "interrupt",
            "close what is open, or stop a search; without either, leave at once",
            at_once=True,
        ),
        Key(("q",), "leave", "leave", "quit", at_once=True),
    ),
}
"""The keys by what they are for, in the order of the help."""

KEYS = tuple(key for group in GROUPS.values() for key in group)

BOUND = frozenset(name for key in KEYS for name in key.keys)
"""The names of all keys that do something."""

WAITING = frozenset(action.partition("(")[0] for key in KEYS if not key.at_once for _, action in key.bindings)
"""The actions that are not done at once."""
