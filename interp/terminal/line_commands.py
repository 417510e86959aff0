"""The commands of the line mode, a method each: what they do is `traces/walk.py`'s, what they say is put together here.

The docstring of a method is its help: how it is used, a colon, what it does. `help` and the names of the commands are
made of the methods, so that adding one is adding a method.

Read next: `line_mode.py`, which takes the commands from somebody.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from interp.language.errors import UsageError
from interp.terminal.moment_lines import (
    instruction_lines,
    lock_line,
    marked,
    output_lines,
    source_lines,
    state_lines,
    thread_line,
    where_lines,
)
from interp.traces.goals import parse_goal
from interp.traces.phases import phases_of
from interp.traces.walk import Refusal, Walk

SHORT_FORMS = {
    "s": "step",
    "n": "over",
    "b": "break",
    "c": "continue",
    "p": "print",
    "q": "quit",
    "l": "list",
    "w": "where",
    "bt": "where",
    "t": "thread",
    "g": "goto",
    "r": "return",
    "h": "help",
    "?": "help",
    "next": "over",
    "frame": "where",
    "exit": "quit",
    "rs": "back",
    "reverse-step": "back",
    "rn": "over-back",
    "reverse-next": "over-back",
    "rc": "reverse-continue",
}
"""What else the commands are called, as in `pdb` and `gdb`."""

HINTS = {
    "up": "where shows all frames with their variables",
    "down": "where shows all frames with their variables",
    "until": "break LINE, then continue",
    "unt": "break LINE, then continue",
    "tbreak": "break LINE, and break LINE again takes it away",
    "delete": "break LINE again takes a breakpoint away",
    "clear": "break LINE again takes a breakpoint away",
    "info": "thread lists the threads, break the breakpoints, watch the watches; state tells all there is",
    "display": "watch NAME shows a value, and stops where it is written",
    "run": "goto 0 begins anew",
    "restart": "goto 0 begins anew",
    "jump": "the run cannot be sent elsewhere; goto STEP goes to any moment of it",
    "set": "values cannot be changed; choose N lets another thread run next",
}
"""What does here what other debuggers have these commands for."""

MOVING = (
    "step", "back", "line", "line-back", "call", "call-back", "return", "return-back", "switch", "switch-back", "lock",
    "lock-back", "output", "output-back", "error", "error-back", "continue", "reverse-continue", "over", "over-back",
    "finish",
)  # fmt: skip
"""The commands that an empty line repeats."""


TAKE_TEXT = frozenset({"print", "goal"})
"""The commands behind which any text may stand; behind the others `#` begins a comment."""


class MisusedError(Exception):
    """A command was not understood; the text says why, and what would be."""


class LineCommands:
    """The commands over a walk: each puts what it has to say into `said`.

    `reporting` is set where what the step did that one has come to is to be said, too.
    """

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.said: list[str] = []
        self.reporting = False

    def method_of(self, name: str) -> Callable[[str], bool | None]:
        """Return what performs a command."""
        method: Callable[[str], bool | None] = getattr(self, f"do_{name.replace('-', '_')}")
        return method

    def explain_unknown(self, given: str) -> str:
        """Say that there is no such command, and what may have been meant."""
        if given in HINTS:
            return f"{given!r} is no command here: {HINTS[given]}."
        near = difflib.get_close_matches(given, [*COMMANDS, *SHORT_FORMS], n=1)
        if near:
            return f"{given!r} is no command. Did you mean {near[0]}?"
        return f"{given!r} is no command; there are: {', '.join(COMMANDS)}."

    # --- moving

    def go(self, refusal: Refusal) -> None:
        """Say why something could not be done, if it could not."""
        if refusal is not None:
            self.said.append(sentence(refusal))

    def go_and_report(self, refusal: Refusal) -> None:
        """Say, too, what the step did that was looked for."""
        self.go(refusal)
        self.reporting = True

    def do_step(self, argument: str) -> None:
        """step [N]: go on by one step, or N; a step is one instruction"""
        self.go(self.walk.forward("step", count_of(argument, "step")))

    def do_back(self, argument: str) -> None:
        """back [N]: go back by one step, or N"""
        self.go(self.walk.back("step", count_of(argument, "back")))

    def do_goto(self, argument: str) -> None:
        """goto STEP: go to a step; goto end and goto 0 are the ends"""
        last = self.walk.recording.steps
        self.go(self.walk.goto(last if argument == "end" else number_of(argument, "goto", "a step, such as goto 12")))

    def do_tick(self, argument: str) -> None:
        """tick T: go to the first moment at or after a tick"""
        self.go(self.walk.goto_tick(number_of(argument, "tick", "a tick, such as tick 50")))

    def do_line(self, argument: str) -> None:
        """line [N]: go on to where the next line begins, of whatever function and thread"""
        self.go(self.walk.forward("line", count_of(argument, "line")))

    def do_line_back(self, argument: str) -> None:
        """line-back [N]: go back to where a line begins"""
        self.go(self.walk.back("line", count_of(argument, "line-back")))

    def do_over(self, argument: str) -> None:
        """over [N]: go on to the next line of this function, or of what called it; calls are passed over"""
        self.go(self.walk.over(count_of(argument, "over")))

    def do_over_back(self, argument: str) -> None:
        """over-back [N]: go back to such a line"""
        self.go(self.walk.over_back(count_of(argument, "over-back")))

    def do_finish(self, argument: str) -> None:
        """finish: go on to behind the return from this function"""
        nothing_after(argument, "finish")
        self.go_and_report(self.walk.over(kind="return"))

    def do_call(self, argument: str) -> None:
        """call [N]: go on to where a function begins"""
        self.go(self.walk.forward("call", count_of(argument, "call")))

    def do_call_back(self, argument: str) -> None:
        """call-back [N]: go back to where a function begins"""
        self.go(self.walk.back("call", count_of(argument, "call-back")))

    def do_return(self, argument: str) -> None:
        """return [N]: go on to behind the next return from a function"""
        self.go_and_report(self.walk.forward("return", count_of(argument, "return")))

    def do_return_back(self, argument: str) -> None:
        """return-back [N]: go back to behind a return"""
        self.go_and_report(self.walk.back("return", count_of(argument, "return-back")))

    def do_switch(self, argument: str) -> None:
        """switch [N]: go on to where another thread's turn begins"""
        self.go(self.walk.forward("switch", count_of(argument, "switch")))

    def do_switch_back(self, argument: str) -> None:
        """switch-back [N]: go back to where another thread's turn begins"""
        self.go(self.walk.back("switch", count_of(argument, "switch-back")))

    def do_lock(self, argument: str) -> None:
        """lock [N]: go on to behind the next event of the global lock; says who holds it"""
        self.go_to_lock(self.walk.forward("lock", count_of(argument, "lock")))

    def do_lock_back(self, argument: str) -> None:
        """lock-back [N]: go back to behind an event of the global lock"""
        self.go_to_lock(self.walk.back("lock", count_of(argument, "lock-back")))

    def go_to_lock(self, refusal: Refusal) -> None:
        """Say how the global locks are, too."""
        self.go_and_report(refusal)
        locks = self.walk.moment.locks
        self.said += [lock_line(lock, several=len(locks) > 1) for lock in locks]

    def do_output(self, argument: str) -> None:
        """output [N]: go on to behind the next output; says what was printed so far"""
        self.go_to_output(self.walk.forward("output", count_of(argument, "output")))

    def do_output_back(self, argument: str) -> None:
        """output-back [N]: go back to behind an output"""
        self.go_to_output(self.walk.back("output", count_of(argument, "output-back")))

    def go_to_output(self, refusal: Refusal) -> None:
        """Say what was printed, too."""
        self.go_and_report(refusal)
        self.said += output_lines(self.walk.moment)

    def do_error(self, argument: str) -> None:
        """error [N]: go on to behind the next exception"""
        self.go_and_report(self.walk.forward("error", count_of(argument, "error")))

    def do_error_back(self, argument: str) -> None:
        """error-back [N]: go back to behind an exception"""
        self.go_and_report(self.walk.back("error", count_of(argument, "error-back")))

    def do_continue(self, argument: str) -> None:
        """continue: go on to a breakpoint or a write of a watched variable, else to the end"""
        nothing_after(argument, "continue")
        self.said.append(sentence(self.walk.run_on()))
        self.reporting = bool(self.walk.watches)

    def do_reverse_continue(self, argument: str) -> None:
        """reverse-continue: go back to a breakpoint or a write of a watched variable, else to the beginning"""
        nothing_after(argument, "reverse-continue")
        self.said.append(sentence(self.walk.run_back()))
        self.reporting = bool(self.walk.watches)

    # --- what to stop at and whom to follow

    def do_break(self, argument: str) -> None:
        """break [LINE]: set a breakpoint on a line or take it away; alone, list them"""
        if argument:
            line = number_of(argument, "break", "a line, such as break 8")
            refusal = self.walk.toggle_breakpoint(line)
            if refusal is not None:
                self.go(refusal)
                return
            if line not in self.walk.lines:
                self.said.append(f"No breakpoint on line {line} any more.")
                return
        shown = ", ".join(map(str, sorted(self.walk.lines)))
        self.said.append(f"Breakpoints: line {shown}." if shown else "No breakpoints.")

    def do_watch(self, argument: str) -> None:
        """watch [NAME]: stop where a variable is written, or no longer; alone, list them with their values"""
        if argument:
            refusal = self.walk.toggle_watch(argument)
            if refusal is not None:
                self.go(refusal)
                return
            if argument not in self.walk.watches:
                self.said.append(f"{argument} is not watched any more.")
                return
        for name, value in self.walk.watched():
            self.said.append(f"watched: {name} has no value" if value is None else f"watched: {name} = {marked(value)}")
        if not self.walk.watches:
            self.said.append("No watches.")

    def do_thread(self, argument: str) -> None:
        """thread [N]: follow a thread, look at it and step along it; thread all: all again; alone, list them"""
        if not argument:
            moment = self.walk.moment
            self.said += [thread_line(thread, moment) for thread in moment.threads]
            return
        number = None if argument in ("all", "0") else number_of(argument, "thread", "a number, or all")
        refusal = self.walk.follow(number)
        self.go(refusal)
        if refusal is None:
            self.said.append("Following all threads." if number is None else f"Following thread {number}.")

    # --- looking

    def say_if_too_early(self) -> None:
        """Say so where the followed thread does not exist yet."""
        if self.walk.is_too_early:
            here = self.walk.thread.number
            self.said.append(f"Thread {self.walk.followed} does not exist yet; this is thread {here}.")

    def do_where(self, argument: str) -> None:
        """where: the frames of the thread, with variables and stacks, the innermost last"""
        nothing_after(argument, "where")
        self.say_if_too_early()
        self.said += where_lines(self.walk)

    def do_print(self, argument: str) -> None:
        """print EXPRESSION: what it comes to where the thread stands; the run stays as it is"""
        if not argument:
            raise MisusedError("print takes an expression, such as print counter + 1.")
        self.say_if_too_early()
        self.said.append(self.walk.evaluate(argument))

    def do_state(self, argument: str) -> None:
        """state: all there is: threads, frames, stacks, memories, objects and who sees them, the lock, the output"""
        nothing_after(argument, "state")
        self.said += state_lines(self.walk.moment)

    def do_list(self, argument: str) -> None:
        """list [LINE]: the source around the thread's line, or around another"""
        line = number_of(argument, "list", "a line, such as list 8") if argument else None
        if line is not None and not 1 <= line <= len(self.walk.recording.code.lines):
            self.said.append(f"There is no line {line}; the program has {len(self.walk.recording.code.lines)}.")
            return
        self.said += source_lines(self.walk, line)

    def do_dis(self, argument: str) -> None:
        """dis: the instructions around the thread's next one"""
        nothing_after(argument, "dis")
        self.say_if_too_early()
        self.said += instruction_lines(self.walk)

    def do_explain(self, argument: str) -> None:
        """explain: what the loop does with the next instruction: fetch, decode, perform, charge"""
        nothing_after(argument, "explain")
        recording, step = self.walk.recording, self.walk.step
        if step == recording.steps:
            self.said.append("No instruction follows: this is the end.")
            return
        for phase in phases_of(self.walk.moment, recording.moment(step + 1)):
            self.said.append(f"{phase.name}:")
            self.said += [f"  {words}" for words in phase.sentences]

    # --- choosing

    def do_schedule(self, argument: str) -> None:
        """schedule: the line for --schedule that comes to this moment"""
        nothing_after(argument, "schedule")
        self.said.append(f'--schedule "{self.walk.schedule()}"')

    def do_choices(self, argument: str) -> None:
        """choices: who may run next here, and why the others may not"""
        nothing_after(argument, "choices")
        moment = self.walk.moment
        choices = self.walk.choices()
        if not choices:
            self.said.append("Nobody can run any more.")
        for number, why_not in choices.items():
            comes = ", comes next as it is" if number == moment.following else ""
            words = f"can run{comes}" if why_not is None else f"cannot: {why_not}"
            self.said.append(f"thread {number} ({moment.thread(number).name}) {words}")

    def do_choose(self, argument: str) -> None:
        """choose N: let thread N run next here, whatever would have come, and go on in the run that this makes"""
        self.said.append(sentence(self.walk.choose(number_of(argument, "choose", "a thread's number; see choices"))))

    def do_unchoose(self, argument: str) -> None:
        """unchoose: take the last choice back"""
        nothing_after(argument, "unchoose")
        self.go(self.walk.unchoose())

    def do_goal(self, argument: str) -> None:
        """goal [GOAL]: bring this about by choosing: deadlock, ok, error, limit, error TYPE, output TEXT; goal none"""
        if argument == "none":
            self.walk.goal = None
        elif argument:
            try:
                self.walk.goal = parse_goal(argument)
            except UsageError as error:
                raise MisusedError(str(error)) from None
        goal = self.walk.goal
        self.said.append("No goal." if goal is None else goal.judge(self.walk.recording.result))

    # --- the rest

    def do_help(self, argument: str) -> None:
        """help [COMMAND]: what there is to say"""
        if argument:
            name = SHORT_FORMS.get(argument, argument)
            if name not in COMMANDS:
                raise MisusedError(self.explain_unknown(argument))
            self.said.append(self.help_of(name))
            return
        self.said += [self.help_of(name) for name in COMMANDS]
        self.said.append("An empty line repeats the last command that moved. # begins a comment.")
        self.said.append("* marks what the last step changed, > what comes next, b a breakpoint.")

    def help_of(self, name: str) -> str:
        """Return the line of help about a command: how it is used, its short forms, what it does."""
        usage, _, words = (self.method_of(name).__doc__ or "").partition(": ")
        also = ", ".join(short for short, long in SHORT_FORMS.items() if long == name)
        return f"{usage:<18} {words}" + (f" (also {also})" if also else "")

    def do_quit(self, argument: str) -> bool:
        """quit: leave"""
        nothing_after(argument, "quit")
        return True


COMMANDS = tuple(name.removeprefix("do_").replace("_", "-") for name in vars(LineCommands) if name.startswith("do_"))
"""The commands in the order in which help lists them, which is that of their methods."""


# --- what stands behind a command

NUMBER = re.compile(r"[-+]?([0-9]{1,18}|[0-9]{1,3}(,[0-9]{3}){1,5})")


def number_of(argument: str, command: str, wanted: str) -> int:
    """Read a number, `1234` or `1,234`; raises `MisusedError` for anything else."""
    if NUMBER.fullmatch(argument):
        return int(argument.replace(",", ""))
    given = f", not {argument!r}" if argument else ""
    raise MisusedError(f"{command} takes {wanted}{given}.")


def count_of(argument: str, command: str) -> int:
    """Read how often something is to be done, once if nothing is given; raises `MisusedError` for what is no count."""
    if not argument:
        return 1
    count = number_of(argument, command, f"how often, such as {command} 3")
    if count < 1:
        raise MisusedError(f"{command} takes a number from 1, not {argument!r}.")
    return count


def nothing_after(argument: str, command: str) -> None:
    """Raise `MisusedError` if something stands behind a command that takes nothing."""
    if argument:
        raise MisusedError(f"{command} takes nothing behind it, and not {argument!r}.")


def sentence(words: str) -> str:
    """Return words as a sentence."""
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")
