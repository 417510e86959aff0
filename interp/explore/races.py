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
from that to this. Where the arrows of different threads close a circle, no further lock is held at all of
them, and no thread begins only when another of them was joined, a deadlock is waiting to happen, even if no schedule of
this program reaches it yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from interp.explore.accesses import WHOLE, Access
from interp.explore.canonical import OWN
from interp.explore.names import name_of_access, name_of_lock, name_of_thread
from interp.explore.orders import Sign
from interp.explore.result import LockOrder, Race, RaceAccess
from interp.explore.states import State
from interp.explore.threads import FOLLOWS
from interp.explore.transitions import Transitions
from interp.explore.turn import Turn
from interp.explore.visible import Touched

EXCLUSIVE = ("Lock", "RLock")

MOST_MOVES = 10_000_000
"""After so many turns followed and tokens moved the analysis stops, and says so: some seconds."""


MOVES_A_WALK = 100
"""For so many of them counts finding out how a turn renames what threads share."""


class Place(NamedTuple):
    """One access as a token remembers it; `known_as` is the reference that the container had at that time."""

    thread: int
    access: Access
    line: int | None
    known_as: Any

    @property
    def at_first(self) -> Place:
        """The place as it was when it was accessed."""
        return self._replace(access=self.access._replace(reference=self.known_as))


class Token(NamedTuple):
    """An access that has happened, and who knows of it."""

    place: Place
    known_to: frozenset[Any]


class Seen(NamedTuple):
    """A visible access of a turn: as a token remembers it, as the turn has it, and the bit of its token."""

    place: Place
    access: Access
    own: int


class Arrow(NamedTuple):
    """A thread that holds one lock takes another."""

    held: Any
    taken: Any
    thread: int


class Watch:
    """Follows the tokens through a graph."""

    def __init__(self, transitions: Transitions, states: Sequence[State], is_visible: Callable[[Access], bool]) -> None:
        self.transitions = transitions
        self.store = store = transitions.store
        self.states = states
        self.is_visible = is_visible
        self.moves_left = MOST_MOVES
        self.tokens: list[Token] = []
        self.numbers: dict[Token, int] = {}
        self.known_to: dict[Any, int] = {}
        self.of_base: dict[Any, int] = {}
        self.of_reference: dict[Any, int] = {}
        self.of_containers = 0
        self.renames: dict[tuple[int, int], dict[Any, Any]] = {}
        self.compared: dict[Place, int] = {}
        self.pairs: dict[tuple[Any, ...], tuple[Place, Place]] = {}
        self.held_at: dict[Place, frozenset[Any]] = {}
        self.arrows: dict[Arrow, tuple[int | None, frozenset[Any], frozenset[int]]] = {}
        self.moved: dict[tuple[int, Any], int] = {}
        self.events: dict[Turn, tuple[Seen | Sign, ...]] = {}
        self.lock_places = [
            (place, (slot[1], slot[2]))
            for place, slot in enumerate(store.slots)
            if slot[0] in ("G", "H") and slot[1] in EXCLUSIVE
        ]

    @property
    def was_cut(self) -> bool:
        """Whether there was more to follow than `MOST_MOVES` allows."""
        return self.moves_left < 0

    def follow(
        self,
        edges: Sequence[Sequence[tuple[int, int]]],
        turns: Sequence[Sequence[Turn]],
        order: Sequence[Sequence[int]],
    ) -> None:
        """Go through the graph, component by component, until all of it is done or `MOST_MOVES` are."""
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
                    after = self.under_new_names(node, thread, turn, after)
                    if self.was_cut:
                        return
                    if after | known[target] != known[target]:
                        known[target] |= after
                        if target in members:
                            waiting.append(target)

    def events_of(self, turn: Turn) -> tuple[Seen | Sign, ...]:
        """Return the visible accesses and the signs of a turn in their order."""
        found = self.events.get(turn)
        if found is None:
            events: list[Seen | Sign] = []
            position = 0
            for sign in turn.signs:
                events += self.seen(turn.thread, turn.accesses[position : sign.position])
                events.append(sign)
                position = sign.position
            events += self.seen(turn.thread, turn.accesses[position:])
            found = self.events[turn] = tuple(events)
        return found

    def seen(self, thread: int, accesses: Sequence[Touched]) -> list[Seen]:
        """Return the visible ones of a thread's accesses, each with its token."""
        found = []
        for access, line, _ in accesses:
            is_gone = access.base[0] == "items" and access.reference is None  # made, shared and given up in one turn
            if self.is_visible(access) and not is_gone:
                place = Place(thread, access._replace(holder=""), line, access.reference)
                found.append(Seen(place, access, 1 << self.number(Token(place, frozenset((thread,))))))
        return found

    def after(self, node: int, thread: int, turn: Turn, tokens: int) -> int:
        """Return the tokens after a turn, and take note of races and of locks taken under others."""
        self.moves_left -= 1
        events = self.events_of(turn)
        if not events:
            return tokens
        state = self.states[node]
        held = self.locks_of(state, thread)
        for event in events:
            if isinstance(event, Seen):
                tokens = self.touch(state, thread, event, held, tokens)
                continue
            tokens = self.tell(thread, event, tokens)
            if event.kind != "spawn" and event.key.__class__ is tuple and event.key[0] in EXCLUSIVE:
                if event.kind == "acquire":
                    for other in held - {event.key}:
                        self.draw(Arrow(other, event.key, thread), event.line, held, state)
                    held |= {event.key}
                else:
                    held -= {event.key}
        return tokens

    def touch(self, state: State, thread: int, seen: Seen, held: frozenset[Any], tokens: int) -> int:
        """Compare an access with those of the tokens; returns them with its own."""
        place, access, own = seen
        always = self.held_at.get(place)
        if always is None:
            self.held_at[place] = held
        elif always:
            self.held_at[place] = always & held
        compared = self.compared.get(place, 0)
        new = tokens & self.of_base[access.base] & ~self.known_to[thread] & ~compared
        if new:
            self.compared[place] = compared | new
            for number in self.each(new):
                other = self.tokens[number].place
                if (
                    other.thread != thread
                    and (other.access.writes or access.writes)
                    and place.access.meets(other.access.part)
                    and (access.reference == other.access.reference or other.access.reference == OWN)
                ):
                    sides = sorted([(other.line or 0, other.access.writes), (place.line or 0, access.writes)])
                    both = access if access.part == other.access.part else access._replace(part=WHOLE)
                    self.pairs.setdefault((name_of_access(both, self.store, state), *sides), (other, place))
        return tokens | own

    def tell(self, thread: int, sign: Sign, tokens: int) -> int:
        """Return the tokens after a thread has acquired, released or spawned something."""
        source, reached = (sign.key, thread) if sign.kind == "acquire" else (thread, sign.key)
        source = ("task", source) if sign.kind == "acquire" and source.__class__ is int else source
        reached = ("task", reached) if sign.kind == "release" and reached.__class__ is int else reached
        told = tokens & self.known_to.get(source, 0) & ~self.known_to.get(reached, 0)
        after = tokens ^ told
        for number in self.each(told):
            target = self.moved.get((number, reached))
            if target is None:
                place, known_to = self.tokens[number]
                target = self.moved[number, reached] = self.number(Token(place, known_to | {reached}))
            after |= 1 << target
        return after

    def under_new_names(self, node: int, thread: int, turn: Turn, tokens: int) -> int:
        """Return tokens with the references that the state after a turn has for the containers that were accessed."""
        if not tokens & self.of_containers:
            return tokens
        renames = self.renames.get((node, thread))
        if renames is None:
            self.moves_left -= MOVES_A_WALK
            renames = self.renames[node, thread] = self.transitions.renames(self.states[node], turn)
        after = tokens
        added = 0
        for reference, name in renames.items():
            for number in self.each(tokens & self.of_reference.get(reference, 0)):
                after ^= 1 << number
                if name is not None:  # or nobody can access it any more
                    place, known_to = self.tokens[number]
                    access = place.access._replace(reference=name)
                    added |= 1 << self.number(Token(place._replace(access=access), known_to))
        return after | added

    def each(self, tokens: int) -> Iterator[int]:
        """Yield the numbers of the tokens of a set."""
        while tokens:
            self.moves_left -= 1
            lowest = tokens & -tokens
            yield lowest.bit_length() - 1
            tokens ^= lowest

    def number(self, token: Token) -> int:
        """Return the number of a token."""
        found = self.numbers.get(token)
        if found is None:
            found = self.numbers[token] = len(self.tokens)
            self.tokens.append(token)
            bit = 1 << found
            base, reference = token.place.access.base, token.place.access.reference
            self.of_base[base] = self.of_base.get(base, 0) | bit
            if reference is not None:
                self.of_containers |= bit
                self.of_reference[reference] = self.of_reference.get(reference, 0) | bit
            for one in token.known_to:
                self.known_to[one] = self.known_to.get(one, 0) | bit
        return found

    def locks_of(self, state: State, thread: int) -> frozenset[Any]:
        """Return the locks that a thread holds in a state."""
        contents, length = self.store.contents, len(state)
        return frozenset(
            [
                key
                for place, key in self.lock_places
                if place < length and state[place] and contents[state[place]][0] == thread
            ]
        )

    def draw(self, arrow: Arrow, line: int | None, held: frozenset[Any], state: State) -> None:
        """Note that a lock is taken while another is held; what else is held, and who was joined, counts if always."""
        follows = self.store.contents[state[self.store.thread_places[arrow.thread - 1]]][FOLLOWS]
        known_line, always, always_follows = self.arrows.get(arrow, (line, held, follows))
        self.arrows[arrow] = (known_line, always & held, always_follows & follows)

    def may_meet(self, one: Arrow, other: Arrow) -> bool:
        """Whether two threads may take these locks at the same time: neither begins when the other was joined."""
        return one.thread not in self.arrows[other][2] and other.thread not in self.arrows[one][2]

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
        locks = tuple(sorted(map(self.lock_name, self.held_at[place.at_first])))
        kind = "write" if place.access.writes else "read"
        return RaceAccess(self.thread_name(place.thread), place.line, kind, locks)

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
            if arrow.held != path[-1].taken:
                continue
            if all(
                arrow.thread != other.thread and arrow.held != other.held and self.may_meet(arrow, other)
                for other in path
            ):
                yield from self.circles([*path, arrow])

    def thread_name(self, thread: int) -> str:
        """Return the name of a thread."""
        return name_of_thread(self.store, self.states, thread)

    def lock_name(self, key: Any) -> str:
        """Return the name of a lock."""
        return name_of_lock(self.store, self.states, key)
