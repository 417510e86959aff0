"""From a path through the states to a schedule that a person can type.

A schedule counts instructions, a path consists of turns. Three things have to be seen to:

1. A switch is where the rule allows it. A turn goes on behind the last such place, through what concerns its thread
   alone, up to the next visible instruction. These last steps (`tail`) are moved to the thread's next turn.
2. A thread that is left because it could not go on has executed the instruction that has to wait: one step more. When
   its wait is over, its next turn is one step shorter, because it begins behind that instruction.
3. If then nothing is left of that turn, the schedule says `2*0`: thread 2 ends its wait and does nothing else yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from interp.explore.turn import Turn
from interp.scheduling.schedule import Choice, format_schedule


def schedule_of(path: Sequence[Turn], waits: Callable[[int, int], bool], stuck: Sequence[int]) -> str:
    """Return the schedule of a path.

    `waits(position, thread)` says whether a thread stands before an operation that has to wait, after the turn at
    `position`; `stuck` are the threads that stand so at the end.
    """
    choices: list[Choice] = []
    carried: dict[int, int] = {}
    called: set[int] = set()
    for position, turn in enumerate(path):
        thread = turn.thread
        steps = turn.steps + carried.pop(thread, 0)
        if turn.enters:
            choices.append(Choice(thread, steps + 1))
            called.add(thread)
            continue
        if thread in called:
            called.discard(thread)
            steps -= 1
        leaves = position + 1 == len(path) or path[position + 1].thread != thread
        if leaves and waits(position, thread):
            steps += 1
            called.add(thread)
        elif leaves and position + 1 < len(path) and turn.tail:
            carried[thread] = turn.tail
            steps -= turn.tail
        choices.append(Choice(thread, steps))
    for thread in stuck:
        if thread not in called:
            choices.append(Choice(thread, carried.pop(thread, 0) + 1))
    return format_schedule(choices)
