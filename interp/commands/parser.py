"""The whole command line as argparse knows it: each command's arguments, and the function that it calls.

A command's module is imported when it is called and not before, so that a command starts with what it needs
and no more.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from interp import MODES, Settings, UsageError, __version__
from interp.commands.options import (
    DEFAULTS,
    HelpFormatter,
    Parser,
    add_settings,
    check_options,
    given_settings,
    list_of,
    make_settings,
    modes,
    number_from_0,
    option_name,
    positive_number,
    seconds,
    whole_number,
    word,
    worker_count,
)
from interp.commands.outputs import say
from interp.commands.status import Status


def perform(arguments: Sequence[str]) -> int:
    """Parse the arguments and call the command; returns the exit status."""
    parser = make_parser()
    if arguments and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        raise UsageError(explain_unknown_command(arguments[0]))
    if arguments and arguments[0] in COMMANDS:
        check_options(parser.of_commands[arguments[0]], arguments[1:])
    options = parser.parse_args(arguments)
    if not hasattr(options, "call"):
        say(parser.format_help())
        return Status.USAGE
    call: Callable[[argparse.Namespace], int] = options.call
    return call(options)


def explain_unknown_command(given: str) -> str:
    """Say that there is no such command, and what may have been meant."""
    import difflib
    import shlex

    near = difflib.get_close_matches(given, COMMANDS, n=1)
    if near:
        hint = f"Did you mean {near[0]}?"
    elif given.endswith(".toy") or find_bundled_program(given):
        hint = f"To run a program: interp run {shlex.quote(given)}"
    else:
        hint = "See: interp --help"
    return f"{given!r} is not a command; there are: {', '.join(COMMANDS)}.\n  {hint}"


def find_bundled_program(name: str) -> bool:
    """Whether a program of that name comes with interp."""
    from interp.bundled import find_bundled

    return find_bundled(name) is not None


# --- the commands -------------------------------------------------------------------------------------------

FILE_WORDS = "a program, the name of a bundled one, or - for standard input"
FILE_OR_TRACE_WORDS = "a program, the name of a bundled one, a saved trace, or - for standard input"

STATUSES = """\
exit status:
  0    fine
  1    the program failed, runs differ (--strict), confirm refuted something, several outcomes, a goal not reached
  2    wrong usage or unreadable file
  3    the source was refused
  4    stopped at a bound (--max-steps, --max-states), or confirm left something open: the answer is not known
  70   a fault of interp itself
  130  interrupted; but explore ends with 4 and step goes on with what is known by then
  141  nobody reads the output any more
"""


def make_parser() -> Parser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="interp",
        description="See how an interpreter runs your program: bytecode, the interpretive loop, threads\n"
        "under a global lock, processes with memories of their own.",
        epilog=STATUSES
        + "\n"
        + examples("interp compare parallel_sum", "interp run counter_lost_update --interval 5 --stats"),
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"interp {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for name, (summary, add) in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=HelpFormatter,
            allow_abbrev=False,
        )
        command.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
        add(command)
        parser.of_commands[name] = command
    return parser


def examples(first: str, second: str) -> str:
    """Return the end of a command's help; the tests run both lines."""
    return f"examples:\n  {first}\n  {second}\n"


def add_run(parser: Parser) -> None:
    """Set up `interp run`."""

    def call(options: argparse.Namespace) -> int:
        from interp.commands.run import run

        settings = make_settings(given_settings(options))
        return run(options.file, settings, stats=options.stats, as_json=options.as_json)

    parser.set_defaults(call=call)
    parser.add_argument("file", metavar="FILE", help=FILE_WORDS)
    parser.add_argument("--stats", action="store_true", help="print the run's figures on standard error")
    add_settings(parser)
    parser.epilog = examples("interp run fibonacci", "interp run counter_lost_update --interval 5 --stats")


def add_dis(parser: Parser) -> None:
    """Set up `interp dis`."""

    def call(options: argparse.Namespace) -> int:
        from interp.commands.dis import dis

        return dis(options.file, as_json=options.as_json)

    parser.set_defaults(call=call)
    parser.add_argument("file", metavar="FILE", help=FILE_WORDS)
    parser.epilog = examples("interp dis counter_plus_equals", "interp dis fibonacci --json")


def add_trace(parser: Parser) -> None:
    """Set up `interp trace`."""

    def call(options: argparse.Namespace) -> int:
        from interp.commands.trace import Part, trace

        given = given_settings(options)
        return trace(
            options.file,
            make_settings(given),
            Part(options.start, options.stop, options.limit),
            own_settings=tuple(map(option_name, given)),
            output=options.output,
            steps=options.steps,
            as_json=options.as_json,
        )

    parser.set_defaults(call=call)
    parser.add_argument("file", metavar="FILE", help=FILE_OR_TRACE_WORDS)
    add = parser.add_argument
    add("-o", dest="output", metavar="OUT", help="save the trace to a file instead of printing it")
    add("--steps", action="store_true", help="every instruction, with the values that go in and come out")
    add("--from", dest="start", type=whole_number, metavar="TICK", help="begin at this tick")
    add("--to", dest="stop", type=whole_number, metavar="TICK", help="end with this tick")
    add("--limit", type=positive_number, metavar="N", help="at most so many rows (default 1,000)")
    add_settings(parser)
    parser.epilog = examples(
        "interp trace counter_lost_update --interval 5", "interp trace fibonacci --steps --limit 40"
    )


def add_step(parser: Parser) -> None:
    """Set up `interp step`."""

    def call(options: argparse.Namespace) -> int:
        from interp.commands.step import Way, step

        given = given_settings(options)
        way = Way(
            plain=options.plain,
            commands=options.commands,
            goal=options.goal,
            at=options.at,
            predict=options.predict,
            questions=options.questions,
            as_json=options.as_json,
        )
        return step(options.file, make_settings(given), way, own_settings=tuple(map(option_name, given)))

    parser.set_defaults(call=call)
    parser.add_argument("file", metavar="FILE", help=FILE_OR_TRACE_WORDS)
    add = parser.add_argument
    add("--plain", action="store_true", help="commands and lines instead of a screen; so it is without a terminal, too")
    add("--commands", metavar="SCRIPT", help="perform the commands of a file (- for standard input), a line each")
    add("--at", type=whole_number, metavar="STEP", help="begin at this step (default 0, the beginning)")
    add("--goal", metavar="GOAL", help="what to bring about by choosing: deadlock, ok, error, limit, output TEXT")
    add("--predict", action="store_true", help="be asked what comes next, and hear why; --seed draws the questions")
    add("--questions", type=positive_number, metavar="N", help="with --predict: how many (default 10)")
    add_settings(parser)
    parser.epilog = (
        "The command help tells the commands. The exit status is 2 if a script has something that is no command,\n"
        "else 1 if there is a goal and it is not reached at the end, else 0.\n\n"
    ) + examples("interp step bank_deadlock --at 64", "interp step counter_lost_update --interval 5 --predict")


def add_compare(parser: Parser) -> None:
    """Set up `interp compare`."""

    def call(options: argparse.Namespace) -> int:
        from interp.commands.compare import compare

        given = given_settings(options)
        lists = {name: values for name, values in given.items() if isinstance(values, tuple)}
        if "time_limit" in given:
            lists["time_limit"] = (given["time_limit"],)  # for those of the runs that are on the operating system
        single = {name: value for name, value in given.items() if name not in lists}
        return compare(
            options.files,
            lists,
            make_settings(single),
            own_settings=tuple(map(option_name, given)),
            strict=options.strict,
            as_json=options.as_json,
        )

    parser.set_defaults(call=call)
    parser.add_argument("files", metavar="FILE", nargs="+", help=FILE_OR_TRACE_WORDS)
    parser.add_argument("--strict", action="store_true", help="exit with status 1 if the runs differ")
    add_settings(parser, lists=True)
    parser.epilog = (
        "With only a file, it is run sequentially, in threads and in processes. Speed-ups and outputs are\n"
        "compared with the first run of the same program. The exit status is that of the worst run:\n"
        "1 where one failed, 4 where one was stopped; with --strict it is 1, too, where runs differ.\n\n"
    ) + examples("interp compare parallel_sum", "interp compare parallel_sum --lock python3.13,free-threaded")


def add_explore(parser: Parser) -> None:
    """Set up `interp explore`."""

    def call(options: argparse.Namespace) -> int:
        from interp.commands.explore import explore_command

        given = given_settings(options)
        locks: tuple[str | None, ...] = given.pop("lock", (None,))
        max_steps = given.pop("max_steps", None)
        if options.check and len(locks) > 1:
            raise UsageError("--check holds a program to its comments under one lock; give each a call of its own.")
        settings: list[Settings | None] = []
        for lock in locks:
            chosen = given | ({} if lock is None else {"lock": lock})
            if lock is None and "switch_points" not in given:
                chosen["switch_points"] = "every"
            settings.append(make_settings(chosen) if given or lock is not None else None)
        return explore_command(
            options.file,
            settings,
            lock_given=locks != (None,),
            max_states=options.max_states,
            max_preemptions=options.max_preemptions,
            max_steps=max_steps,
            workers=options.workers,
            check=options.check,
            as_json=options.as_json,
        )

    parser.set_defaults(call=call)
    parser.add_argument("file", metavar="FILE", help=FILE_WORDS)
    add = parser.add_argument
    add("--check", action="store_true", help="hold the program to its comments: # expect outcomes: 1 / 2")
    add("--max-states", type=positive_number, default=100_000, metavar="N", help="stop after so many (default 100,000)")
    add("--max-preemptions", type=number_from_0, metavar="N", help="only schedules with at most so many (default all)")
    add("--mode", metavar="MODE", help=f"{', '.join(MODES)} (default threads)")
    add("--lock", type=list_of(word), metavar="LOCK,...", help="switch only where these locks do (default: anywhere)")
    add("--switch-points", metavar="RULE", help="switch only where this rule allows it (default every)")
    add("--max-steps", type=positive_number, metavar="N", help="stop after so many executed steps (default 1 million)")
    add("--workers", type=worker_count, default=1, metavar="N", help="processes that share the work (default 1)")
    parser.epilog = (
        "The exit status is 0 if all schedules end well and alike, 1 if they do not, 4 if the search stopped\n"
        "before all was seen.\n\n"
    ) + examples("interp explore philosophers_ordered", "interp explore counter_plus_equals_old --lock python3.13")


def add_confirm(parser: Parser) -> None:
    """Set up `interp confirm`."""

    def call(options: argparse.Namespace) -> int:
        from interp.commands.confirm import confirm
        from interp.real.confirm import Plan

        plan = Plan(
            runs=options.runs,
            time_limit=options.time_limit,
            switch_interval=options.switch_interval,
            start=options.start,
            cores=options.cores,
            modes=options.mode,
            max_steps=options.max_steps,
        )
        return confirm(options.file, options.pythons, plan, as_json=options.as_json)

    parser.set_defaults(call=call)
    parser.add_argument("file", metavar="FILE", help=FILE_WORDS)
    add = parser.add_argument
    add(
        "--python",
        action="append",
        dest="pythons",
        default=[],
        metavar="PATH",
        help="a path, python3.9, 3.9, or `all` that are found; may be repeated (default: the one interp runs on)",
    )
    add("--runs", type=positive_number, metavar="N", help="how often each mode is run (default 20, fewer if slow)")
    add(
        "--time-limit",
        type=seconds,
        metavar="SECONDS",
        help="when a run is stopped (default 2, or 20 times the sequential run; 10 for that one)",
    )
    add("--switch-interval", type=seconds, metavar="SECONDS", help="real and simulated (default that Python's own)")
    add("--cores", type=positive_number, metavar="N", help="use only so many cores, real and simulated (default all)")
    add("--start", choices=("fork", "spawn"), help="how real processes begin (default fork, where there is one)")
    add("--mode", type=modes, default=MODES, metavar="MODE,...", help=f"some of {', '.join(MODES)} (default all)")
    add(
        "--max-steps",
        type=positive_number,
        default=DEFAULTS.max_steps,
        metavar="N",
        help=f"stop a simulated run after so many steps (default {DEFAULTS.max_steps:,})",
    )
    parser.epilog = (
        "The verdicts: confirmed (seen, and the simulation allows it), not seen (allowed, but it did not come up),\n"
        "refuted (seen, and the simulation excludes it: a bug of interp), open (seen, and the simulation neither\n"
        "showed nor excluded it). The exit status is 0 if all that was seen is confirmed, 1 if something is\n"
        "refuted, else 4.\n\n"
    ) + examples("interp confirm counter_lost_update", "interp confirm counter_plus_equals --python all --runs 5")


def add_programs(parser: Parser) -> None:
    """Set up `interp programs`."""

    def call(options: argparse.Namespace) -> int:
        from interp.commands.catalog import programs

        return programs(as_json=options.as_json)

    parser.set_defaults(call=call)
    parser.epilog = examples("interp programs", "interp programs --json")


def add_locks(parser: Parser) -> None:
    """Set up `interp locks`."""

    def call(options: argparse.Namespace) -> int:
        from interp.commands.catalog import locks

        return locks(as_json=options.as_json)

    parser.set_defaults(call=call)
    parser.epilog = examples("interp locks", "interp locks --json")


COMMANDS: dict[str, tuple[str, Callable[[Parser], Any]]] = {
    "run": ("run a program; standard output is what it prints and nothing else", add_run),
    "dis": ("list the instructions of a program", add_dis),
    "trace": ("show which thread did what when, a column a thread", add_trace),
    "step": ("go to any moment of a run, forwards and backwards, and choose who runs next", add_step),
    "compare": ("show runs side by side: timelines, figures, where they part", add_compare),
    "explore": ("find every outcome over all schedules, each with a schedule that shows it", add_explore),
    "confirm": ("run a program on real CPython, too, and compare it with the simulation", add_confirm),
    "programs": ("list the programs that come with interp", add_programs),
    "locks": ("list the global lock's policies and what each one models", add_locks),
}
