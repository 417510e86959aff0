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
5. The positions of one thread, the *axis*, are not even that. All numbers of ways that differ in its position alone
   are fields of one large int, a *row*. A move of another thread adds a row to a row. The axis' own moves give each
   field the sum of itself and those before: shifted by one field and added, then by two, by four and so on. The fields
   are so wide that none overflows: a way is a word of thread numbers, and how many such words there can be is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import lgamma, log, prod

from interp.explore.graph import Edge
from interp.explore.turn import NOTHING, Needs, Turn

ROWS_A_STATE = 6
"""For each state that a search may visit so many rows may be counted: some seconds, where it may visit 100,000."""

BITS_AT_ONCE = 10_000
THREADS_AT_ONCE = 3
"""A row of more bits, or with more threads that may move, counts for several."""

Position = tuple[int, ...]
"""For each thread what is left of its last turn (a number of `Rests`), or minus how much of its next turn is done.

That of the axis is 0 there: its row has a field for each."""

Rows = dict[Position, int]


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
    """One counting over a graph without a loop, of at most `most` rows."""

    def __init__(
        self, edges: Sequence[Sequence[Edge]], turns: Sequence[Sequence[Turn]], threads: int, most: int
    ) -> None:
        self.edges = edges
        self.turns = turns
        self.threads = threads
        self.rests = Rests()
        self.after_pivot: dict[Turn, int] = {}
        self.rows_left = most
        self.choose_axis()

    def choose_axis(self) -> None:
        """Choose the thread whose positions are fields: the one with the longest turns, if it spawns and joins nothing.

        (Spawning at a pivot is in the order anyway.) Without one the axis is -1, and each row has one field.
        """
        turns = {turn for made in self.turns for turn in made}
        ahead, behind, lengths = [0] * self.threads, [0] * self.threads, [0] * self.threads
        special = set()
        for turn in turns:
            thread = turn.thread - 1
            ahead[thread] = max(ahead[thread], len(turn.moves))
            behind[thread] = max(behind[thread], len(turn.moves) - turn.pivot - 1)
            if any(needs is not NOTHING for number, needs in enumerate(turn.moves) if needs[0] or number != turn.pivot):
                special.add(thread)
        plain = [thread for thread in range(self.threads) if thread not in special]
        self.axis = max(plain, key=lambda thread: ahead[thread] + behind[thread], default=-1)
        self.zero = behind[self.axis] if plain else 0  # the field of a thread that has nothing left and nothing done
        fields = self.zero + 1 + (ahead[self.axis] if plain else 0)
        for thread, length in enumerate(self.longest_ways()):
            lengths[thread] = length
        self.width = bits_of_words(lengths) + fields.bit_length()
        self.field = (1 << self.width) - 1
        self.cost = (1 + fields * self.width // BITS_AT_ONCE) * max(1, self.threads**2 // THREADS_AT_ONCE**2)

    def longest_ways(self) -> list[int]:
        """Return for each thread how many moves it makes at most."""
        longest: dict[int, list[int]] = {}
        waiting = [0]
        while waiting:
            state = waiting[-1]
            missing = [target for _, target in self.edges[state] if target not in longest]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            most = longest.setdefault(state, [0] * self.threads)
            for (thread, target), turn in zip(self.edges[state], self.turns[state], strict=True):
                for other, length in enumerate(longest[target]):
                    most[other] = max(most[other], length + (len(turn.moves) if other == thread - 1 else 0))
        return longest[0]

    def count(self, order: Iterable[int]) -> dict[int, int] | None:
        """Return how many schedules end in each final state, None if there are too many rows.

        `order` has the states, the first one first, and each before those that it leads to.
        """
        ways: dict[int, Rows] = {0: {(0,) * self.threads: 1 << self.zero * self.width}}
        ends: dict[int, int] = {}
        for state in order:
            here = ways.pop(state, {})
            ended = self.leave(state, here, ways)
            if not self.edges[state]:
                ends[state] = ended
            if self.rows_left < 0:
                return None
        return ends

    def leave(self, state: int, here: Rows, ways: dict[int, Rows]) -> int:
        """Make all moves that are possible in a state; returns in how many ways none is left to be made."""
        rests, axis, width, zero = self.rests, self.axis, self.width, self.zero
        turns = {
            thread - 1: (turn, ways.setdefault(target, {}))
            for (thread, target), turn in zip(self.edges[state], self.turns[state], strict=True)
        }
        own = turns.get(axis)
        ahead = own[0].pivot if own is not None else 0
        whole = zero + len(own[0].moves) if own is not None else 0
        fields = zero + ahead + 1
        mask = (1 << fields * width) - 1
        doublings = [width << step for step in range((fields - 1).bit_length())]
        levels: dict[int, Rows] = {}
        for position, row in here.items():
            done = self.whole_turn(position, turns)
            if done is not None:
                add(turns[done][1], (*position[:done], 0, *position[done + 1 :]), row)
                continue
            if own is not None and row >> whole * width:  # the same for the axis
                add(own[1], position, (row >> whole * width) << zero * width)
                row &= (1 << whole * width) - 1
            add(levels.setdefault(self.moves_left(position), {}), position, row)
        ended = 0
        if here and self.rows_at_least(here, turns) * self.cost > self.rows_left:
            self.rows_left = -1  # no need to begin
        while levels and self.rows_left >= 0:
            left = max(levels)
            level = levels.pop(left)
            self.rows_left -= len(level) * self.cost
            below: Rows = {}  # where a move leads that is no pivot
            for position, row in level.items():
                unborn = self.unborn(position) if rests.any_spawns else ()
                if axis not in unborn:
                    for shift in doublings:
                        row += row << shift
                    row &= mask
                    if own is not None and (last := row >> (zero + ahead) * width):
                        add(own[1], position, last << (zero - rests.length[self.rest_of(own[0])]) * width)
                if not turns and not any(position):
                    ended += row >> zero * width & self.field
                for thread, place in enumerate(position):
                    if thread == axis or thread in unborn:
                        continue
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
                    moved = row
                    if needs is not NOTHING and needs[0]:
                        if any(position[task - 1] for task in needs[0]):
                            continue
                        if axis + 1 in needs[0]:
                            moved = row & self.field << zero * width
                    if moved:
                        add(into, (*position[:thread], new, *position[thread + 1 :]), moved)
            if below:
                for position, row in below.items():
                    add(levels.setdefault(left - 1, {}), position, row)
        return ended

    def rows_at_least(self, here: Rows, turns: dict[int, tuple[Turn, Rows]]) -> int:
        """Return how many rows there will be in a state at least: each thread may come to each of its moves."""
        free = [0] * self.threads
        for thread, (turn, _) in turns.items():
            if thread != self.axis and not any(needs is not NOTHING for needs in turn.moves):
                free[thread] = turn.pivot
        length = self.rests.length
        most = 0
        for position in here:
            if not self.rests.any_spawns or not self.unborn(position):
                left = (length[place] if place > 0 else place for place in position)
                most = max(most, prod(1 + max(0, more + moves) for more, moves in zip(free, left, strict=True)))
        return most

    def whole_turn(self, position: Position, turns: dict[int, tuple[Turn, Rows]]) -> int | None:
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


def add(rows: Rows, position: Position, row: int) -> None:
    """Add a row to what is there."""
    rows[position] = rows.get(position, 0) + row


def bits_of_words(lengths: Sequence[int]) -> int:
    """Return for how many bits there can be at most as many words, in which each letter comes so often at most."""
    logarithm = lgamma(sum(lengths) + 1) - sum(lgamma(length + 1) - log(length + 1) for length in lengths)
    return int(logarithm / log(2) * 1.001) + 2
