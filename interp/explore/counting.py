"""How many schedules lead to each final state, counted exactly and without executing any of them.

The search leaves out the switches that cannot matter, so its ways are not the program's schedules: each stands for many
that differ only in when a thread does what concerns nobody else. How many these are follows by counting alone:

1. A turn consists of *moves*, the stretches between two places where the rule allows a switch. One of them, the
   *pivot*, has the visible instruction; those before and after it concern the thread alone.
2. A schedule is a sequence of moves. The order of its pivots is a way through the graph of states. The other moves may
   come at any time that the order within their thread allows: before the pivot of their own turn or, if they follow
   it, before the next turn of their thread.
3. Two things more have to be kept: a task does nothing before the move that spawned it, and a join is no move to be
   made before the last one of its task.
4. So the schedules are the ways through *positions*: a state of the graph, and for each thread how many moves of its
   last turn are still to be made, or how many of its next one have been made ahead. Their number is a sum over the
   positions before, as in a graph of all switches; but a position is a tuple of small numbers and costs no execution.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interp.explore.graph import Edge
from interp.explore.transitions import NOTHING, Needs, Turn

MOST_POSITIONS = 65_000
"""Beyond so many positions schedules are not counted: a quarter of a second, about."""

Position = tuple[int, ...]
"""For each thread what is left of its last turn (a number of `Rests`), or minus how much of its next turn is done."""


class Rests:
    """Sequences of moves that are still to be made, by numbers; 0 is the empty one."""

    def __init__(self) -> None:
        self.first: list[Needs] = [NOTHING]
        self.following: list[int] = [0]
        self.length: list[int] = [0]
        self.spawns: list[frozenset[int]] = [frozenset()]
        self.numbers: dict[tuple[Needs, int], int] = {}
        self.any_spawns = False

    def number(self, moves: Sequence[Needs]) -> int:
        """Return the number of a sequence."""
        number = 0
        for needs in reversed(moves):
            found = self.numbers.get((needs, number))
            if found is None:
                found = self.numbers[needs, number] = len(self.first)
                self.first.append(needs)
                self.following.append(number)
                self.length.append(self.length[number] + 1)
                self.spawns.append(self.spawns[number] | frozenset(thread - 1 for thread in needs[1]))
                self.any_spawns = self.any_spawns or bool(needs[1])
            number = found
        return number


class Counting:
    """One counting over a graph without a loop."""

    def __init__(self, edges: Sequence[Sequence[Edge]], turns: Sequence[Sequence[Turn]], threads: int) -> None:
        self.edges = edges
        self.turns = turns
        self.threads = threads
        self.rests = Rests()
        self.after_pivot: dict[Turn, int] = {}
        self.positions = 0

    def count(self, order: Iterable[int]) -> dict[int, int] | None:
        """Return how many schedules end in each final state, None if there are too many positions.

        `order` has the states, the first one first, and each before those that it leads to.
        """
        ways: dict[int, dict[Position, int]] = {0: {(0,) * self.threads: 1}}
        ends: dict[int, int] = {}
        for state in order:
            here = ways.pop(state, {})
            ended = self.leave(state, here, ways)
            if not self.edges[state]:
                ends[state] = ended
            if self.positions > MOST_POSITIONS:
                return None
        return ends

    def leave(self, state: int, here: dict[Position, int], ways: dict[int, dict[Position, int]]) -> int:
        """Make all moves that are possible in a state; returns in how many ways none is left to be made."""
        rests = self.rests
        turns = {
            thread - 1: (turn, ways.setdefault(target, {}))
            for (thread, target), turn in zip(self.edges[state], self.turns[state], strict=True)
        }
        levels: dict[int, dict[Position, int]] = {}
        for position, count in here.items():
            levels.setdefault(self.moves_left(position), {})[position] = count
        ended = 0
        while levels and self.positions <= MOST_POSITIONS:
            left = max(levels)
            level = levels.pop(left)
            self.positions += len(level)
            below = levels.setdefault(left - 1, {})  # where a move leads that is no pivot
            for position, count in level.items():
                if not turns and not any(position):
                    ended += count
                done = self.whole_turn(position, turns)
                if done is not None:
                    after, into = (*position[:done], 0, *position[done + 1 :]), turns[done][1]
                    into[after] = into.get(after, 0) + count
                    continue
                unborn = self.unborn(position) if rests.any_spawns else ()
                for thread, place in enumerate(position):
                    if place > 0:
                        needs, new, into = rests.first[place], rests.following[place], below
                    elif thread in turns:
                        turn, into = turns[thread]
                        needs = turn.moves[-place]
                        if -place < turn.pivot:
                            new, into = place - 1, below
                        else:
                            new = self.rest_of(turn)
                    else:
                        continue
                    if thread in unborn or (needs is not NOTHING and any(position[task - 1] for task in needs[0])):
                        continue
                    after = (*position[:thread], new, *position[thread + 1 :])
                    into[after] = into.get(after, 0) + count
            if not below:
                del levels[left - 1]
        return ended

    def whole_turn(self, position: Position, turns: dict[int, tuple[Turn, dict[Position, int]]]) -> int | None:
        """Return a thread that has made all moves of its turn ahead.

        They were thought to come before a visible instruction, which has to wait meanwhile: so they are all there is.
        """
        for thread, place in enumerate(position):
            if place < 0 and thread in turns and -place >= len(turns[thread][0].moves):
                return thread
        return None

    def moves_left(self, position: Position) -> int:
        """Return how many moves are left of the last turns, without those that were made ahead."""
        length = self.rests.length
        return sum(length[place] if place > 0 else place for place in position)

    def rest_of(self, turn: Turn) -> int:
        """Return the moves of a turn behind its pivot."""
        found = self.after_pivot.get(turn)
        if found is None:
            found = self.after_pivot[turn] = self.rests.number(turn.moves[turn.pivot + 1 :])
        return found

    def unborn(self, position: Position) -> frozenset[int]:
        """Return the threads, counted from 0, whose spawning is still to come."""
        spawns = self.rests.spawns
        return frozenset().union(*(spawns[place] for place in position if place > 0))
