"""What comes up in front of the panes: the help, the choice of who runs next, the schedule to be saved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from interp.terminal.stepper.keys import GROUPS, KEYS, Key
from interp.terminal.stepper.marks import marks_for


def help_table(keys: Iterable[Key], *, ascii_only: bool) -> Table:
    """Return keys with what they do, which is folded beside them where it is long."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2 + max(len(" ".join(key.shown(ascii_only=ascii_only))) for key in KEYS), no_wrap=True)
    table.add_column(ratio=1)
    for key in keys:
        table.add_row(Text(f"  {' '.join(key.shown(ascii_only=ascii_only))}"), Text(key.words))
    return table


class Dialog(ModalScreen[str | None]):
    """Something that is closed by Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "close"),
        Binding("tab", "app.focus_next", show=False),
    ]

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__(classes="plain" if ascii_only else "")


class HelpDialog(Dialog):
    """All keys."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,question_mark", "dismiss(None)", "close")]

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__(ascii_only=ascii_only)
        self.ascii_only = ascii_only

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        with VerticalScroll(classes="dialog tall"):
            yield Static("Keys (Esc closes, arrows scroll)", classes="title")
            for group, keys in GROUPS.items():
                yield Static(group, classes="title")
                yield Static(help_table(keys, ascii_only=self.ascii_only), classes="keys")


class ChoiceDialog(Dialog):
    """Who runs next: those who can, and why the others cannot."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(digit), f"pick({digit})", show=False) for digit in range(1, 10)),
        Binding("q", "dismiss(None)", show=False),
    ]

    def __init__(
        self, names: dict[int, str], choices: dict[int, str | None], following: int | None, *, ascii_only: bool
    ) -> None:
        super().__init__(ascii_only=ascii_only)
        self.names = names
        self.choices = choices
        self.following = following
        self.arrow = marks_for("ascii" if ascii_only else "utf-8").here

    def compose(self) -> ComposeResult:
        """Lay out the threads."""
        with Vertical(classes="dialog"):
            yield Static("Who runs next?  (Enter or its number; Esc: leave it as it is)", classes="title")
            yield OptionList(
                *(
                    Option(self._words(number), str(number), disabled=bool(why_not))
                    for number, why_not in self.choices.items()
                )
            )

    def _words(self, number: int, *, is_here: bool = False) -> Text:
        """Return the line of a thread; the one that Enter would take has an arrow, whatever colours there are."""
        why_not = self.choices[number]
        after = why_not or ("would come next anyway" if number == self.following else "can run")
        sign = "x" if why_not else self.arrow if is_here else " "
        return Text(f"{sign} {number} {self.names[number]}: {after}")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Move the arrow."""
        for number in self.choices:
            words = self._words(number, is_here=event.option.id == str(number))
            event.option_list.replace_option_prompt(str(number), words)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the thread that was picked."""
        event.stop()
        self.dismiss(event.option.id)

    def action_pick(self, number: int) -> None:
        """Take a thread by its number."""
        if number in self.choices:
            self.dismiss(str(number))


class ScheduleDialog(Dialog):
    """The schedule that leads to this moment."""

    AUTO_FOCUS = "Input"

    def __init__(self, schedule: str, *, ascii_only: bool) -> None:
        super().__init__(ascii_only=ascii_only)
        self.schedule = schedule

    def compose(self) -> ComposeResult:
        """Lay out the schedule and the question for a file."""
        with Vertical(classes="dialog"):
            yield Static("The schedule that leads here", classes="title")
            with VerticalScroll(classes="schedule"):
                yield Static(Text(f'--schedule "{self.schedule}"'))
            yield Static("Enter: it is printed when you leave. A name of a file: it is written there. Esc: neither.")
            yield Input(placeholder="name of a file, or nothing", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Save it."""
        event.stop()
        self.dismiss(event.value.strip())
