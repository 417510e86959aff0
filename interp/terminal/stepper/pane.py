"""What all panes have in common: a heading, lines that can be scrolled, and perhaps a few lines that stay below.

A pane is drawn line by line, only what can be seen, from plain parts (a text and the name of a style); how a style
looks is said in `styles.tcss`. A pane moves by itself so that the line that matters can be seen; the mouse wheel looks
elsewhere until the next step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from interp.terminal.console import Part, cut, readable
from interp.terminal.stepper.marks import HEADING, QUIET, ROLES, Marks
from interp.terminal.stepper.view import View
from interp.terminal.timeline import wrap

Line = list[Part]


@dataclass(frozen=True, slots=True)
class Content:
    """The lines of a pane: `count` of them, each made when it is to be drawn; `focus` is the one that must be seen."""

    count: int
    line: Callable[[int], Line]
    focus: int | None = None
    below: tuple[Line, ...] = ()

    @classmethod
    def of(cls, lines: Sequence[Line], focus: int | None = None, below: Iterable[Line] = ()) -> Content:
        """Return the content that consists of lines which are made already."""
        return cls(len(lines), lines.__getitem__, focus, tuple(below))


class Painted(Widget):
    """A part of the screen that is drawn from parts."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"painted--{role}" for role in ROLES}
    ALLOW_SELECT = False

    def __init__(self, marks: Marks, encoding: str, id: str) -> None:
        super().__init__(id=id)
        self.marks = marks
        self.encoding = encoding
        self.view: View | None = None
        self._looks: dict[str, Style] = {}
        self._base: Style | None = None

    def show(self, view: View) -> None:
        """Draw another view."""
        self.view = view
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget how styles looked: dark has become light, or the other way round."""
        super().notify_style_update()
        self._looks.clear()
        self._base = None

    def safe(self, text: str) -> str:
        """Return text of the program as this terminal can show it on one line."""
        return readable(text, self.encoding)

    def cut(self, text: str, width: int) -> str:
        """Return text of the program that fits into so many columns."""
        return cut(self.safe(text), max(0, width), self.marks.glyphs.ellipsis)

    def wrapped(self, text: str, width: int, most: int, style: str = "") -> list[Line]:
        """Return text in at most so many lines."""
        lines = wrap(self.safe(text), max(10, width))
        if len(lines) > most:
            lines = [*lines[: most - 1], self.cut(" ".join(lines[most - 1 :]), width)]
        return [[(line, style)] for line in lines[:most]]

    def look(self, style: str) -> Style:
        """Return how a style looks here: the name of a role, a style of Rich's, or one after the other."""
        found = self._looks.get(style)
        if found is None:
            role, _, rest = style.partition(" ")
            if role in ROLES:
                found = self.get_component_rich_style(f"painted--{role}", partial=True) + Style.parse(rest)
            else:
                found = Style.parse(style)
            self._looks[style] = found
        return found

    @property
    def base(self) -> Style:
        """How text looks here that has no style; kept, because finding it takes as long as drawing a line."""
        if self._base is None:
            self._base = self.rich_style
        return self._base

    def strip(self, line: Line, width: int) -> Strip:
        """Return a line as Textual draws it."""
        base = self.base
        segments = [Segment(text, base + self.look(style)) for text, style in line if text]
        return Strip(segments).adjust_cell_length(width, base)


class Pane(Painted):
    """One part of the screen; a subclass says what its heading and its content are."""

    DEFAULT_CSS = "Pane { height: 1fr; width: 1fr; }"

    class Clicked(Message):
        """A line of a pane, or a place in it, was clicked."""

        def __init__(self, pane: Pane, row: int, column: int) -> None:
            super().__init__()
            self.pane, self.row, self.column = pane, row, column

    def __init__(self, marks: Marks, encoding: str, id: str) -> None:
        super().__init__(marks, encoding, id)
        self.top = 0
        self._content: Content | None = None
        self._drawn_for: tuple[int, int] = (0, 0)

    # --- what a subclass says

    def heading(self, view: View) -> str:
        """Return the words in the heading."""
        raise NotImplementedError

    def hint(self, view: View) -> str:
        """Return what stands at the end of the heading."""
        return ""

    def content(self, view: View, width: int, height: int) -> Content:
        """Return the lines for so much room, the heading not counted."""
        raise NotImplementedError

    # --- showing

    def show(self, view: View) -> None:
        """Draw another view."""
        self._content = None
        super().show(view)

    def laid_out(self, view: View) -> Content:
        """Return the content for the size that the pane has now, scrolled to what must be seen."""
        width, height = self.size.width, self.size.height - 1
        if self._content is None or self._drawn_for != (width, height):
            self._drawn_for = (width, height)
            self._content = self.content(view, width, height)
            self.top = self._scrolled(self._content, height - len(self._content.below))
        return self._content

    def _scrolled(self, content: Content, room: int) -> int:
        top, focus = self.top, content.focus
        if focus is not None and room > 0:
            margin = min(2, (room - 1) // 2)
            if not top + margin <= focus < top + room - margin:
                top = (
                    focus - room // 3
                    if focus < top or focus >= top + 2 * room
                    else (focus - margin if focus < top + margin else focus - room + 1 + margin)
                )
        return max(0, min(top, content.count - room))

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        width = self.size.width
        if self.view is None:
            return Strip.blank(width, self.base)
        if y == 0:
            return self.strip(self._heading_line(self.view, width), width)
        content = self.laid_out(self.view)
        room = self._room(content)
        y -= 1
        if y >= room:
            return (
                self.strip(content.below[y - room], width)
                if y - room < len(content.below)
                else (Strip.blank(width, self.base))
            )
        row = self.top + y
        return self.strip(content.line(row), width) if row < content.count else Strip.blank(width, self.base)

    def _heading_line(self, view: View, width: int) -> Line:
        rule, hint = self.marks.glyphs.rule, self.hint(view)
        end = f" {hint} {rule}" if hint else ""
        words = self.cut(self.heading(view), width - 4 - len(end))
        fill = rule * (width - 4 - cell_len(words) - len(end))
        return [(rule * 2 + " ", QUIET), (words, HEADING), (f" {fill}{end}", QUIET)]

    # --- the mouse

    def on_click(self, event: events.Click) -> None:
        """Tell which line was clicked."""
        if self.view is not None:
            event.stop()
            is_line = 0 < event.y <= self._room(self.laid_out(self.view))
            self.post_message(self.Clicked(self, event.y - 1 + self.top if is_line else -1, event.x))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Look further down."""
        self._scroll_by(2, event)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Look further up."""
        self._scroll_by(-2, event)

    def _scroll_by(self, rows: int, event: events.MouseEvent) -> None:
        event.stop()
        self.look_further(rows)

    def look_further(self, rows: int) -> bool:
        """Look so many rows further down, or up; returns whether there was anything more."""
        if self.view is None:
            return False
        content, before = self.laid_out(self.view), self.top
        self.top = max(0, min(self.top + rows, content.count - self._room(content)))
        self.refresh()
        return self.top != before

    def _room(self, content: Content) -> int:
        """Return how many rows there are for the lines that can be scrolled."""
        return self.size.height - 1 - len(content.below)


class ListPane(Pane):
    """A pane that lists things: of what there is no room for, its heading says which key shows it."""

    def hint(self, view: View) -> str:
        """Say which key shows more."""
        content = self.laid_out(view)
        down, up = self.top + self._room(content) < content.count, self.top > 0
        return f"{'m ' if down else ''}{'M ' if up else ''}more" if down or up else ""


def cropped(line: Line, width: int, sign: str) -> Line:
    """Return a line that is no wider than `width`; where something is cut off at the right, the sign stands."""
    if sum(cell_len(text) for text, _ in line) <= width:
        return line
    room = max(0, width - cell_len(sign))
    kept: Line = []
    for text, style in line:
        part = cut(text, room, "")
        kept.append((part, style))
        room -= cell_len(part)
        if part != text:
            break
    return [*kept, (sign, QUIET)]


def shifted(line: Line, columns: int) -> Line:
    """Return a line without its first columns."""
    kept: Line = []
    for text, style in line:
        while text and columns > 0:
            columns -= cell_len(text[0])
            text = text[1:]
        if text:
            kept.append((text, style))
    return kept
