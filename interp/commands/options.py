"""The options that make up the settings of a run, and the settings that they stand for.

Most commands take one value for each; `compare` takes lists. What may be given is known to the settings, the
locks, the costs and the rules themselves: here they are only asked, before anything runs.
"""

from __future__ import annotations

import argparse
import difflib
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, NoReturn

from interp import LOCKS, MODES, Settings, UsageError
from interp.machine.switch_points import SWITCH_RULES, switch_rule
from interp.scheduling.costs import COSTS, named_costs
from interp.scheduling.locks import named_lock
from interp.scheduling.schedule import parse_schedule
from interp.scheduling.settings import NO_MEANING_ON_OS, ONLY_SIMULATED, PLACES, TIME_LIMIT, check_choice

DEFAULTS = Settings()

MOST_WORKERS = 256
"""So many processes may share the work of a search."""

Reader = Callable[[str], Any]
"""Makes a value of what was typed."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are like all others of ours; that of `interp` knows those of its commands."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.of_commands: dict[str, Parser] = {}

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`, with the place where to read more."""
        raise UsageError(f"{message}\n  See: {self.prog} --help")


def check_options(parser: Parser, words: Sequence[str]) -> None:
    """Raise `UsageError` for an option that a command does not have.

    argparse would tell of it too late: it takes the value of `--intervl 5` for a file.
    """
    known = [option for option in parser._option_string_actions if option.startswith("--")]
    for word in words:
        option = word.partition("=")[0]
        if word == "--":
            return
        if option.startswith("--") and option not in known:
            near = difflib.get_close_matches(option, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UsageError(
                f"{parser.prog.removeprefix('interp ')} has no option {option}.{hint}\n  See: {parser.prog} --help"
            )


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Folds what stands around the options to the terminal's width, and keeps lists and examples as lines."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs: list[str] = []
        open_prose = False
        for line in text.splitlines():
            is_prose = bool(line) and not line.startswith(" ") and not line.endswith(":")
            if is_prose and open_prose:
                paragraphs[-1] += " " + line
            else:
                paragraphs.append(line)
            open_prose = is_prose
        return "\n".join(fold_for_help(indent + paragraph, width) for paragraph in paragraphs)


def fold_for_help(line: str, width: int) -> str:
    """Return a line of a help in several that are not too wide; a command stays one for the shell."""
    if len(line) <= width:
        return line
    is_command = line.startswith("  interp ")
    hanging = " " * (len(line) - len(line.lstrip()) + 2) if line.startswith(" ") else ""
    parts = textwrap.wrap(
        line,
        width - 2 if is_command else width,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return (" \\\n" if is_command else "\n").join(parts)


def whole_number(text: str) -> int:
    """Read a number."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number") from None


def positive_number(text: str) -> int:
    """Read a number from 1."""
    number = whole_number(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def worker_count(text: str) -> int:
    """Read how many processes are to work."""
    number = positive_number(text)
    if number > MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{number:,} processes are too many: at most {MOST_WORKERS}")
    return number


def number_from_0(text: str) -> int:
    """Read a number that is not negative."""
    number = whole_number(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is less than 0")
    return number


def seconds(text: str) -> float:
    """Read a time that is more than nothing."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number of seconds above 0")
    return number


def modes(text: str) -> tuple[str, ...]:
    """Read some of the modes; they are taken in their usual order."""
    given = list_of(word)(text)
    for mode in given:
        check_choice("mode", mode, MODES)
    return tuple(mode for mode in MODES if mode in given)


def word(text: str) -> str:
    """Read a name."""
    return text


def list_of(read: Reader) -> Reader:
    """Return what reads several values with commas between them."""

    def read_list(text: str) -> tuple[Any, ...]:
        values = tuple(read(part.strip()) for part in text.split(","))
        if "" in values or len(set(values)) < len(values):
            raise argparse.ArgumentTypeError(f"{text!r} has an empty or a repeated part")
        return values

    return read_list


def add_settings(parser: argparse.ArgumentParser, *, lists: bool = False) -> None:
    """Add the options that make up the settings; with `lists`, most of them take several values."""
    title = "settings (of lists, every combination is run)" if lists else "settings"
    group = parser.add_argument_group(title)

    def add(option: str, read: Reader, metavar: str, words: str) -> None:
        if lists:
            read, metavar = list_of(read), f"{metavar},..."
        group.add_argument(option, type=read, metavar=metavar, help=words)

    add("--mode", word, "MODE", f"{', '.join(MODES)} (default {DEFAULTS.mode})")
    add("--lock", word, "LOCK", f"{', '.join(LOCKS)} (default {DEFAULTS.lock}), or a file of your own, my_lock.py")
    add("--interval", whole_number, "TICKS", "the lock's switch interval (default that of the costs)")
    add("--cores", whole_number, "N", f"how many cores are simulated (default {DEFAULTS.cores})")
    add("--seed", whole_number, "N", "draw who is next (default first in, first out)")
    group.add_argument("--schedule", metavar="LINE", help='who runs for how many steps: "1*26 2*11 3*17 2*6"')
    group.add_argument("--costs", metavar="SET", help=f"{', '.join(COSTS)} (default {DEFAULTS.costs})")
    group.add_argument(
        "--max-steps",
        type=whole_number,
        metavar="N",
        help=f"stop after so many steps (default {DEFAULTS.max_steps:,}; with --on os none)",
    )
    group.add_argument("--switch-points", metavar="RULE", help=f"{', '.join(SWITCH_RULES)} (default the lock's own)")
    places = f"{', '.join(PLACES)} (default {DEFAULTS.on}); os is real processes of the operating system"
    add("--on", word, "PLACE", places)
    group.add_argument(
        "--time-limit",
        type=whole_number,
        metavar="SECONDS",
        help=f"with --on os: stop after so many seconds (default {TIME_LIMIT})",
    )


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given on the command line, by their names."""
    given = {field.name: getattr(options, field.name, None) for field in fields(Settings)}
    return {name: value for name, value in given.items() if value is not None}


def option_name(setting: str) -> str:
    """Return a setting's name as it is typed."""
    return "--" + setting.replace("_", "-")


def make_settings(given: dict[str, Any]) -> Settings:
    """Make settings and check all that can be checked before a run; raises `UsageError`."""
    if given.get("on") == "os":
        given = {"mode": "processes"} | given
        for name in (*ONLY_SIMULATED, "cores"):
            if name in given:
                raise UsageError(f"{option_name(name)} {NO_MEANING_ON_OS}\n  It is for runs --on simulated.")
    settings = Settings(**given)
    lock = named_lock(settings.lock)
    if settings.lock in lock.also:
        settings = settings.but(lock=lock.name)
    named_costs(settings.costs)
    if settings.switch_points is not None:
        switch_rule(settings.switch_points)
    if settings.schedule is not None:
        parse_schedule(settings.schedule)
    return settings


def read_settings(arguments: Sequence[str]) -> Settings:
    """Return the settings that options such as `--interval 3 --lock python3.9` stand for.

    Raises `UsageError` for anything else.
    """
    parser = Parser(prog="interp run", add_help=False, allow_abbrev=False)
    add_settings(parser)
    check_options(parser, arguments)
    return make_settings(given_settings(parser.parse_args(arguments)))
