"""Data races and locks in opposite orders, read off the graph of all states.

Two accesses to one variable are a *data race* if they are of different threads, one of them writes, and in some
schedule no synchronisation orders them (*happens-before*, Lamport 1978). What orders: `spawn` what came before it
and the new task; the end of a task and its `join`; a release and the next acquisition of the same lock, likewise
semaphores; `set` and a `wait` that it ended; arriving at a barrier and leaving it; `put` and `get`.

1. For an access that has happened, all that matters later is who knows of it: the threads and synchronisation objects
   to which an order leads from there. An access and who knows of it is a *token*.
2. At first the thread alone knows. A release tells the lock, an acquisition is told by the lock, a spawn tells the
   new thread.
3. Each state has the set of tokens with which it can be reached, on any way. It is a bit set, made by going once
   through the graph in its order, in loops until nothing changes.
4. A turn that accesses the same place, by a thread that does not know of the token, is a race.

That is exact: a token is in the set of a state if and only if some schedule leads there with it. A variable that is
only ever changed under one lock has none, whatever a single run looks like.

Locks that are taken *in opposite orders* are found on the way: who takes a lock while holding another draws an arrow
from that to this. Where the arrows of different threads close a circle, and no further lock is held at all of
them, a deadlock is waiting to happen, even if no schedule of this program reaches it yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from interp.explore.accesses import Access, name_of_access
from interp.explore.result import LockOrder, Race, RaceAccess
from interp.explore.states import State, Store
from interp.explore.transitions import Sign, Turn
from interp.explore.visible import Touched

EXCLUSIVE = ("Lock", "RLock")


class Place(NamedTuple):
    """One access as a token remembers it."""

    thread: int
    access: Access
    line: int | None


class Token(NamedTuple):
    """An access that has happened, and who knows of it."""

    place: Place
    known_to: frozenset[Any]


class Arrow(NamedTuple):
    """A thread that holds one lock takes another."""

    held: Any
    taken: Any
    thread: int


class Watch:
    """Follows the tokens through a graph."""

    def __init__(self, store: Store, states: Sequence[State], is_visible: Callable[[Access], bool]) -> None:
        self.store = store
        self.states = states
        self.is_visible = is_visible
        self.tokens: list[Token] = []
        self.numbers: dict[Token, int] = {}
        self.compared: dict[Place, int] = {}
        self.pairs: dict[tuple[Any, ...], tuple[Place, Place]] = {}
        self.held_at: dict[Place, frozenset[Any]] = {}
        self.arrows: dict[Arrow, tuple[int | None, frozenset[Any]]] = {}
        self.moved: dict[tuple[int, int, Sign], int] = {}

    def follow(
        self,
        edges: Sequence[Sequence[tuple[int, int]]],
        turns: Sequence[Sequence[Turn]],
        order: Sequence[Sequence[int]],
    ) -> None:
        """Go through the graph, component by component."""
        known = [0] * len(edges)
        for group in order:
            members = set(group)
            waiting = list(group)
            done: dict[int, int] = {}
            while waiting:
                node = waiting.pop()
                if done.get(node) == known[node]:
                    continue
                done[node] = known[node]
                for (thread, target), turn in zip(edges[node], turns[node], strict=True):
                    after = self.after(node, thread, turn, known[node])
                    if after | known[target] != known[target]:
                        known[target] |= after
                        if target in members:
                            waiting.append(target)

    def after(self, node: int, thread: int, turn: Turn, tokens: int) -> int:
        """Return the tokens after a turn, and take note of races and of locks taken under others."""
        interesting = [touched for touched in turn.accesses if self.is_visible(touched.access)]
        if not interesting and not turn.signs:
            return tokens
        held = self.locks_of(self.states[node], thread)
        position = 0
        for sign in (*turn.signs, None):
            until = len(turn.accesses) if sign is None else sign.position
            for touched in turn.accesses[position:until]:
                if self.is_visible(touched.access):
                    tokens = self.touch(self.states[node], thread, touched, held, tokens)
            position = until
            if sign is None:
                break
            tokens = self.tell(thread, sign, tokens)
            if sign.kind != "spawn" and sign.key.__class__ is tuple and sign.key[0] in EXCLUSIVE:
                if sign.kind == "acquire":
                    for other in held - {sign.key}:
                        self.draw(Arrow(other, sign.key, thread), sign.line, held)
                    held |= {sign.key}
                else:
                    held -= {sign.key}
        return tokens

    def touch(self, state: State, thread: int, touched: Touched, held: frozenset[Any], tokens: int) -> int:
        """Compare an access with those of the tokens; returns them with its own."""
        place = Place(thread, touched.access._replace(holder=None), touched.line)
        self.held_at[place] = self.held_at.get(place, held) & held
        new = tokens & ~self.compared.get(place, 0)
        self.compared[place] = self.compared.get(place, 0) | new
        for token in self.each(new):
            other = token.place
            if (
                other.thread != thread
                and thread not in token.known_to
                and other.access.base == place.access.base
                and (other.access.writes or place.access.writes)
                and place.access.meets(other.access.part)
            ):
                sides = sorted([(other.line or 0, other.access.writes), (place.line or 0, place.access.writes)])
                name = name_of_access(touched.access, self.store, state)
                self.pairs.setdefault((name, *sides), (other, place))
        return tokens | 1 << self.number(Token(place, frozenset((thread,))))

    def tell(self, thread: int, sign: Sign, tokens: int) -> int:
        """Return the tokens after a thread has acquired, released or spawned something."""
        source, reached = (sign.key, thread) if sign.kind == "acquire" else (thread, sign.key)
        source = ("task", source) if sign.kind == "acquire" and source.__class__ is int else source
        reached = ("task", reached) if sign.kind == "release" and reached.__class__ is int else reached
        after = 0
        for token in self.each(tokens):
            if source in token.known_to:
                token = Token(token.place, token.known_to | {reached})
            after |= 1 << self.number(token)
        return after

    def each(self, tokens: int) -> Iterator[Token]:
        """Yield the tokens of a set."""
        while tokens:
            lowest = tokens & -tokens
            yield self.tokens[lowest.bit_length() - 1]
            tokens ^= lowest

    def number(self, token: Token) -> int:
        """Return the number of a token."""
        found = self.numbers.get(token)
        if found is None:
            found = self.numbers[token] = len(self.tokens)
            self.tokens.append(token)
        return found

    def locks_of(self, state: State, thread: int) -> frozenset[Any]:
        """Return the locks that a thread holds in a state."""
        held = set()
        for slot, number in zip(self.store.slots, state, strict=False):
            if number and slot[0] in ("G", "H") and slot[1] in EXCLUSIVE and self.store.contents[number][0] == thread:
                held.add((slot[1], slot[2]))
        return frozenset(held)

    def draw(self, arrow: Arrow, line: int | None, held: frozenset[Any]) -> None:
        """Note that a lock is taken while another is held; further locks count that are held every time."""
        known_line, always = self.arrows.get(arrow, (line, held))
        self.arrows[arrow] = (known_line, always & held)

    # --- what was found

    def races(self) -> tuple[Race, ...]:
        """Return the races, each with the threads that were first found in it."""
        found = []
        for (name, *_), pair in self.pairs.items():
            first, second = sorted(pair, key=lambda place: (place.line or 0, place.access.writes, place.thread))
            found.append(Race(name, (self.side(first), self.side(second))))
        return tuple(sorted(found, key=lambda race: (race.variable, str(race.accesses))))

    def side(self, place: Place) -> RaceAccess:
        """Return one side of a race."""
        locks = tuple(sorted(map(self.lock_name, self.held_at[place])))
        return RaceAccess(self.thread_name(place.thread), place.line, "write" if place.access.writes else "read", locks)

    def lock_orders(self) -> tuple[LockOrder, ...]:
        """Return the circles of locks that different threads take in different orders."""
        found: dict[frozenset[Any], LockOrder] = {}
        for first in self.arrows:
            for circle in self.circles([first]):
                key = frozenset(arrow.held for arrow in circle)
                gates = frozenset.intersection(*(self.arrows[arrow][1] for arrow in circle))
                if key in found or gates:
                    continue
                names = tuple(self.lock_name(arrow.held) for arrow in circle)
                takes = tuple(
                    RaceAccess(
                        self.thread_name(arrow.thread),
                        self.arrows[arrow][0],
                        f"takes {self.lock_name(arrow.taken)}",
                        (self.lock_name(arrow.held),),
                    )
                    for arrow in circle
                )
                found[key] = LockOrder(names, takes)
        return tuple(found.values())

    def circles(self, path: list[Arrow]) -> Iterator[list[Arrow]]:
        """Yield the ways to go on from a path of arrows of different threads until it closes."""
        if path[-1].taken == path[0].held:
            yield path
            return
        for arrow in self.arrows:
            fresh = all(arrow.thread != other.thread and arrow.held != other.held for other in path)
            if arrow.held == path[-1].taken and fresh:
                yield from self.circles([*path, arrow])

    def thread_name(self, thread: int) -> str:
        """Return the name of a thread."""
        place = self.store.thread_places[thread - 1]
        for state in self.states:
            if place < len(state) and state[place]:
                return str(self.store.contents[state[place]][2])
        return f"thread {thread}"

    def lock_name(self, key: Any) -> str:
        """Return the name of the variable that holds a lock, or its kind and number."""
        for state in self.states[:: max(1, len(self.states) // 20)]:
            for slot, number in zip(self.store.slots, state, strict=False):
                if not number or slot[0] not in ("variable", "g") or (slot[0] == "g" and slot[2] != "list"):
                    continue
                content = self.store.contents[number]
                if slot[0] == "variable" and content in (("G", *key), ("H", *key)):
                    return str(slot[2])
                if slot[0] == "g" and ("G", *key) in content:
                    index = content.index(("G", *key)) - 1
                    for other, held in zip(self.store.slots, state, strict=False):
                        if other[0] == "variable" and held and self.store.contents[held] == slot:
                            return f"{other[2]}[{index}]"
        return f"{key[0]} {key[1]}"
