"""The search: every state that the program can come to, by the fewest preemptions first.

1. A schedule is a list of choices. Two counters that each add one five times have 137,846,528,820 of them, but fewer
   than 6,000 states: what happened before does not matter, only what is now. So states are visited, not schedules.
2. From each state there is one edge for each thread that can go on: its next turn (`transitions.py`).
3. What a way costs is first the number of its *preemptions*, the switches away from a thread that could have gone on,
   then the number of its switches. Both depend on who ran last, so what is searched are pairs of a state and the
   thread that ran last, the cheapest pair first (Dijkstra 1959). When a final state is taken up for the first
   time, no cheaper way leads to it: there is the proof that a witness has the fewest preemptions.
4. The search begins with nothing visible and is repeated with what it has found (`turn.py`, 2) until it finds
   nothing new (and once a lock's number was shown, `worlds.py`). The last one counts. The first is a quick look, with
   short turns and few states: what a thread waits for busily is soon found to be visible, and costs no thousands of
   rounds then.
5. A run ends where no thread can go on: well, with an error, or in a deadlock. It need not end at all: that is a loop
   in the graph of states. If a run can stay in a loop although every thread that could always go on gets its turns,
   it is an outcome, `endless`; if it stays there only because some thread never gets one, it is a busy wait.
6. Where the graph has no loop, the schedules that lead to each end can be counted (`counting.py`).

What a thread does that goes on with a loop over a dict whose keys were exchanged is not known (`values.py`, 3): such
pairs of a state and a thread are `left_open`, no edge leads on, and the search says so.

What ends a search early is said: the number of states, of preemptions, of steps, their size, or a person's Ctrl-C.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from interp.explore.graph import Graph
from interp.explore.names import name_of_access
from interp.explore.spread import ExecutorError, Spread
from interp.explore.states import State
from interp.explore.threads import SLEPT
from interp.explore.transitions import Transitions
from interp.explore.turn import LONGEST_AT_FIRST, Blocked, Turn, TurnSetting
from interp.explore.values import Content
from interp.explore.visible import Place, Visible

Progress = Callable[[int, int | None], None]
"""Is told now and then how many states were found and how many of them are still to be looked at.

None instead of that number says, once, that the search is over: loops, numbers of schedules and races come next.
"""

PROGRESS_EVERY = 500
"""After so many states it is told how far the search is,"""

STEPS_EVERY = 5_000
"""and after so many executed steps: a turn of a thread that goes round a loop may have more."""

MAX_SIZE = 2**29
"""The contents of all states together may need about so many bytes, 512 MiB."""

STATES_AT_FIRST = 200
"""So many states the first search may visit, which is there to find what is visible."""

LOOKS_AHEAD = 1_000
"""An executor is given the turns from so many states at most that will be looked at soon."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a search stops although it has not seen everything."""

    states: int
    preemptions: int | None
    steps: int


class Search:
    """One exploration."""

    def __init__(
        self,
        setting: TurnSetting,
        bounds: Bounds,
        *,
        reduction: bool = True,
        progress: Progress | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.setting = setting
        self.bounds = bounds
        self.reduction = reduction
        self.executor = executor
        self.progress = progress
        self.visible = Visible()
        self.names: dict[tuple[Place, Content], str] = {}
        self.shows_numbers = False
        self.stopped: str | None = None
        self.executor_error = ""
        self.executed_before = 0
        self.is_first_look = reduction and setting.anywhere
        self.begin()

    def begin(self) -> None:
        """Begin anew, with what is known to be visible."""
        visible = frozenset(self.visible.places) if self.reduction else None
        longest = LONGEST_AT_FIRST if self.is_first_look else self.setting.longest
        self.transitions = Transitions(
            replace(self.setting, visible=visible, longest=longest, numbered=self.shows_numbers)
        )
        self.spread = None if self.executor is None else Spread(self.executor, self.transitions)
        self.graph = Graph()
        self.left_open: set[tuple[int, int]] = set()
        self.noted: set[Turn | Blocked] = set()
        self.executed = 0
        self.grown_at: int | None = None

    def start(self) -> State:
        """Return the first state."""
        return self.transitions.first_state()

    def run(self) -> None:
        """Search until nothing new becomes visible, or a bound is reached."""
        try:
            while not self.search():
                self.executed_before += self.executed
                self.is_first_look = False
                self.begin()
        except KeyboardInterrupt:
            self.stopped = "interrupted"
        except ExecutorError as error:
            self.stopped, self.executor_error = "executor", str(error)

    def search(self) -> bool:
        """Visit all states; returns whether what is visible was known before."""
        graph = self.graph
        first = graph.add(self.start())
        heap: list[tuple[int, int, int, int, int]] = [(0, 0, 0, first, 0)]
        graph.costs[first, 0] = (0, 0)
        graph.parents[first, 0] = None
        count = 0
        looked_at = told_at = 0
        cut = False
        costs, parents = graph.costs, graph.parents
        most = self.bounds.preemptions
        while heap:
            preemptions, switches, _, number, last = heapq.heappop(heap)
            if costs[number, last] != (preemptions, switches):
                continue
            edges = graph.edges[number]
            if edges is None:
                looked_at += 1
                if looked_at % PROGRESS_EVERY == 0 or self.executed >= told_at + STEPS_EVERY:
                    told_at = self.executed
                    self.report(len(graph.states), len(graph.states) - looked_at)
                if self.spread is not None and self.spread.pays:
                    self.make_ahead(self.spread, number, heap)
                edges = self.expand(number)
                if self.grown_at is not None and len(graph.states) >= 2 * self.grown_at + 50:
                    return False
                if self.is_first_look and len(graph.states) > STATES_AT_FIRST:
                    return False
                if len(graph.states) > self.bounds.states and (heap or edges):
                    if self.grown_at is not None:
                        return False
                    self.stopped = "states"
                    return True
                if self.executed_before + self.executed > self.bounds.steps:
                    self.stopped = "steps"
                    return True
                if self.transitions.store.size > MAX_SIZE:
                    self.stopped = "memory"
                    return True
                if not edges and not any(one == number for one, _ in self.left_open):
                    graph.ends.append((number, last))
            could_go_on = self.is_running(number, last, edges)
            for thread, target in edges:
                if thread == last:
                    cost = (preemptions, switches)
                elif last == 0:
                    cost = (0, 0)
                else:
                    cost = (preemptions + could_go_on, switches + 1)
                if most is not None and cost[0] > most:
                    cut = True
                    continue
                node = (target, thread)
                known = costs.get(node)
                if known is None or cost < known:
                    costs[node] = cost
                    parents[node] = (number, last)
                    count += 1
                    heapq.heappush(heap, (*cost, count, target, thread))
        if self.grown_at is not None or (self.is_first_look and self.has_long_turns()):
            return False
        if self.left_open:
            self.stopped = "dict"
        if cut:
            self.stopped = "preemptions"
        return True

    def has_long_turns(self) -> bool:
        """Whether a turn may have ended for its length alone."""
        return any(isinstance(turn, Turn) and turn.steps >= LONGEST_AT_FIRST for turn in self.noted)

    def report(self, states: int, open_states: int | None) -> None:
        """Tell how far the search is."""
        if self.progress is not None:
            self.progress(states, open_states)

    def make_ahead(self, spread: Spread, number: int, heap: list[tuple[int, int, int, int, int]]) -> None:
        """If a turn from a state is not known, have it made, and with it those from the states that come next."""
        states = self.graph.states
        if spread.unknown([states[number]]):
            soon = (entry[3] for entry in heap[:LOOKS_AHEAD])  # a heap begins with its smallest entries, about
            spread.make_ahead(states[one] for one in (number, *soon) if self.graph.edges[one] is None)

    def expand(self, number: int) -> list[tuple[int, int]]:
        """Find what leads on from a state."""
        graph, transitions, noted = self.graph, self.transitions, self.noted
        state = graph.states[number]
        edges: list[tuple[int, int]] = []
        made: list[Turn] = []
        for thread in transitions.able(state):
            turn = transitions.turn(state, thread)
            if turn not in noted:
                self.note(turn, state)
            if isinstance(turn, Turn):
                edges.append((thread, graph.add(transitions.after(state, turn))))
                made.append(turn)
            elif turn.left_open:
                self.left_open.add((number, thread))
        graph.turns[number], graph.edges[number] = made, edges  # both, or Ctrl-C leaves neither
        return edges

    def note(self, turn: Turn | Blocked, state: State) -> None:
        """Note what a turn touches, or would touch, where others could touch the same."""
        self.noted.add(turn)
        if isinstance(turn, Turn):
            self.executed += turn.steps
            if turn.shows and not self.transitions.setting.numbered:
                self.shows_numbers = True
                self.grown_at = self.grown_at or len(self.graph.states)
        for touched in (*turn.accesses, *turn.asked) if isinstance(turn, Turn) else turn.asked:
            access = touched.access
            key = (access.place, access.reference)
            if key not in self.names:
                self.names[key] = name_of_access(access, self.transitions.store, state)
            if self.visible.note(turn.thread, touched) and self.grown_at is None and self.reduction:
                self.grown_at = len(self.graph.states)

    def is_running(self, number: int, last: int, edges: list[tuple[int, int]]) -> bool:
        """Whether a switch away from the thread that ran last would be a preemption."""
        if (number, last) not in self.left_open and all(thread != last for thread, _ in edges):
            return False
        state = self.graph.states[number]
        content = self.transitions.store.contents[state[self.transitions.store.thread_places[last - 1]]]
        return not content[SLEPT]
