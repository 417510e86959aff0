"""The search: every state that the program can come to, by the fewest preemptions first.

1. A schedule is a list of choices. Two counters that each add one five times have 137,846,528,820 of them, but fewer
   than 6,000 states: what happened before does not matter, only what is now. So states are visited, not schedules.
2. From each state there is one edge for each thread that can go on: its next turn (`transitions.py`).
3. What a way costs is first the number of its *preemptions*, the switches away from a thread that could have gone on,
   then the number of its switches. Both depend on who ran last, so what is searched are pairs of a state and the
   thread that ran last, the cheapest pair first (Dijkstra 1959). When a final state is taken up for the first
   time, no cheaper way leads to it: there is the proof that a witness has the fewest preemptions.
4. The search begins with nothing visible and is repeated with what it has found (`transitions.py`, 2) until it finds
   nothing new. The last one counts.
5. A run ends where no thread can go on: well, with an error, or in a deadlock. It need not end at all: that is a loop
   in the graph of states. If a run can stay in a loop although every thread that could always go on gets its turns,
   it is an outcome, `endless`; if it stays there only because some thread never gets one, it is a busy wait.
6. Where the graph has no loop, the number of ways to a state is the sum of the numbers of ways to those before it.

What ends a search early is said: the number of states, of preemptions, of steps, their size, or a person's Ctrl-C.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from interp.bytecode.code import Code
from interp.explore.accesses import Access
from interp.explore.graph import components, count_ways, is_fair, loops
from interp.explore.races import Watch
from interp.explore.result import BusyWait, Exploration, Outcome
from interp.explore.states import State, output_of
from interp.explore.transitions import BLOCKED, Touched, Turn, Turns, Visible
from interp.explore.witness import schedule_of
from interp.language.errors import InterpFault, UsageError
from interp.machine.switch_points import SwitchRule, switch_rule
from interp.scheduling.costs import named_costs
from interp.scheduling.locks import named_lock
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import python_digits, simulate

MAX_STATES = 100_000

MAX_SIZE = 2**29
"""The contents of all states together may need about so many bytes, 512 MiB."""

Progress = Callable[[int, int], None]
"""Is told now and then how many states were found and how many of them are still to be looked at."""

PROGRESS_EVERY = 500


@dataclass(slots=True)
class Graph:
    """The states that were found, and what leads from each to which."""

    states: list[State] = field(default_factory=list)
    index: dict[State, int] = field(default_factory=dict)
    edges: list[list[tuple[int, int]] | None] = field(default_factory=list)
    turns: list[list[Turn]] = field(default_factory=list)
    parents: dict[tuple[int, int], tuple[int, int] | None] = field(default_factory=dict)
    costs: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    ends: list[tuple[int, int]] = field(default_factory=list)

    def add(self, state: State) -> int:
        """Return the number of a state; a new one gets the next."""
        number = self.index.get(state)
        if number is None:
            number = self.index[state] = len(self.states)
            self.states.append(state)
            self.edges.append(None)
            self.turns.append([])
        return number


class Search:
    """One exploration."""

    def __init__(
        self,
        code: Code,
        mode: str,
        rule: SwitchRule,
        *,
        preemptive: bool,
        costs: str,
        max_states: int,
        max_preemptions: int | None,
        max_steps: int,
        reduction: bool,
        progress: Progress | None,
    ) -> None:
        self.code = code
        self.mode = mode
        self.rule = rule
        self.preemptive = preemptive
        self.costs = named_costs(costs)
        self.max_states = max_states
        self.max_preemptions = max_preemptions
        self.max_steps = max_steps
        self.progress = progress
        self.visible = Visible(everything=not reduction)
        self.stopped: str | None = None
        self.executed_before = 0
        self.begin()

    def begin(self) -> None:
        """Begin anew, with what is known to be visible."""
        self.turns = Turns(self.code, self.mode, self.rule, self.costs, self.visible, preemptive=self.preemptive)
        self.graph = Graph()
        self.noted: set[Turn] = set()
        self.grown_at: int | None = None

    def start(self) -> State:
        """Return the first state."""
        return self.turns.first_state()

    def run(self) -> None:
        """Search until nothing new becomes visible, or a bound is reached."""
        try:
            while not self.search():
                self.executed_before += self.turns.executed
                self.begin()
        except KeyboardInterrupt:
            self.stopped = "interrupted"

    def search(self) -> bool:
        """Visit all states; returns whether what is visible was known before."""
        graph = self.graph
        first = graph.add(self.start())
        heap: list[tuple[int, int, int, int, int]] = [(0, 0, 0, first, 0)]
        graph.costs[first, 0] = (0, 0)
        graph.parents[first, 0] = None
        count = 0
        looked_at = 0
        cut = False
        costs, parents = graph.costs, graph.parents
        most = self.max_preemptions
        while heap:
            preemptions, switches, _, number, last = heapq.heappop(heap)
            if costs[number, last] != (preemptions, switches):
                continue
            edges = graph.edges[number]
            if edges is None:
                looked_at += 1
                if looked_at % PROGRESS_EVERY == 0:
                    self.report(len(graph.states), len(graph.states) - looked_at)
                edges = self.expand(number)
                if self.grown_at is not None and len(graph.states) >= 2 * self.grown_at + 50:
                    return False
                if len(graph.states) > self.max_states and (heap or edges):
                    if self.grown_at is not None:
                        return False
                    self.stopped = "states"
                    return True
                if self.executed_before + self.turns.executed > self.max_steps:
                    self.stopped = "steps"
                    return True
                if self.turns.store.size > MAX_SIZE:
                    self.stopped = "memory"
                    return True
                if not edges:
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
        if self.grown_at is not None:
            return False
        if cut:
            self.stopped = "preemptions"
        return True

    def report(self, states: int, open_states: int) -> None:
        """Tell how far the search is."""
        if self.progress is not None:
            self.progress(states, open_states)

    def expand(self, number: int) -> list[tuple[int, int]]:
        """Find what leads on from a state."""
        graph, turns, noted = self.graph, self.turns, self.noted
        state = graph.states[number]
        edges: list[tuple[int, int]] = []
        made: list[Turn] = []
        places = turns.store.thread_places
        length = len(state)
        for thread in range(1, len(places) + 1):
            place = places[thread - 1]
            if place < 0 or place >= length or not state[place] or self.is_over(state[place]):
                continue
            turn = turns.turn(state, thread)
            if turn.__class__ is str:
                continue
            if turn not in noted:
                self.note(turn)  # type: ignore[arg-type]
            edges.append((thread, graph.add(turns.after(state, turn))))  # type: ignore[arg-type]
            made.append(turn)  # type: ignore[arg-type]
        for thread, touched in turns.asked:
            self.see(thread, touched)
        turns.asked.clear()
        graph.turns[number], graph.edges[number] = made, edges  # both, or Ctrl-C leaves neither
        return edges

    def is_over(self, content: int) -> bool:
        """Whether the content of a thread says that it has ended."""
        return self.turns.store.contents[content][0] == "over"  # type: ignore[no-any-return]

    def note(self, turn: Turn) -> None:
        """Note what a turn touches, where others could touch the same."""
        self.noted.add(turn)
        for touched in turn.accesses:
            self.see(turn.thread, touched)

    def see(self, thread: int, touched: Touched) -> None:
        """Note that a thread touches a place; if it becomes visible by that, this search is not the last one."""
        if self.visible.note(thread, touched) and self.grown_at is None and not self.visible.everything:
            self.grown_at = len(self.graph.states)

    def is_running(self, number: int, last: int, edges: list[tuple[int, int]]) -> bool:
        """Whether a switch away from the thread that ran last would be a preemption."""
        if all(thread != last for thread, _ in edges):
            return False
        state = self.graph.states[number]
        content = self.turns.store.contents[state[self.turns.store.thread_places[last - 1]]]
        return not content[4]

    # --- what was found

    def path_to(self, node: tuple[int, int]) -> tuple[list[Turn], list[int]]:
        """Return the turns of the cheapest way to a pair of a state and a thread, and the states behind them."""
        turns: list[Turn] = []
        states: list[int] = []
        while True:
            before = self.graph.parents[node]
            if before is None:
                return turns[::-1], states[::-1]
            position = [thread for thread, _ in self.graph.edges[before[0]] or []].index(node[1])
            turns.append(self.graph.turns[before[0]][position])
            states.append(node[0])
            node = before

    def witness(self, node: tuple[int, int], *, ends: bool = True) -> str:
        """Return the schedule of the cheapest way to a state."""
        path, states = self.path_to(node)
        final = self.graph.states[node[0]]
        stuck = [thread for thread in self.living(final) if self.stands(final, thread)] if ends else []

        def waits(position: int, thread: int) -> bool:
            return self.stands(self.graph.states[states[position]], thread)

        return schedule_of(path, waits, stuck)

    def living(self, state: State) -> list[int]:
        """Return the threads that are not over."""
        places = self.turns.store.thread_places
        return [
            thread
            for thread, place in enumerate(places, 1)
            if 0 <= place < len(state) and state[place] and not self.is_over(state[place])
        ]

    def stands(self, state: State, thread: int) -> bool:
        """Whether a thread stands before an operation that has to wait."""
        place = self.turns.store.thread_places[thread - 1]
        if not 0 <= place < len(state) or not state[place]:
            return False
        content = self.turns.store.contents[state[place]]
        return content[0] == "run" and (content[5] or self.turns.turn(state, thread) == BLOCKED)

    def end_of(self, state: State) -> tuple[Any, ...]:
        """Return how the program has ended in a final state: what tells two outcomes apart."""
        store = self.turns.store
        living = self.living(state)
        output = output_of(store, state)
        failures = []
        for slot, number in zip(store.slots, state, strict=False):
            if slot[0] == "task" and number:
                (over, _, error, joined, _), _ = store.contents[number]
                if over[1] and error[0] is not type(None) and (slot[1] == 1 or not joined[1]):
                    kind, arguments, _, entries = store.content(state, error)
                    line = entries[0].place.line if entries else None
                    failures.append((slot[1], kind, repr(arguments), line))
        if living:
            where = []
            for thread in living:
                content = store.content(state, ("thread", thread))
                where.append((thread, tuple((frame[0], frame[1]) for frame in content[7])))
            return ("deadlock", output, tuple(failures), tuple(where))
        return ("error" if failures else "ok", output, tuple(failures), ())

    def exploration(self) -> Exploration:
        """Return what was found."""
        graph = self.graph
        turns = graph.turns
        edges = [found if found and len(found) == len(turns[node]) else [] for node, found in enumerate(graph.edges)]
        groups = components(edges)
        endless = loops(edges, groups)
        clock_lines = tuple(sorted(self.turns.clock_lines))
        stopped = self.stopped or ("clock" if clock_lines else None)
        complete = stopped is None
        ways = count_ways(edges, groups) if complete and not endless else None
        best: dict[tuple[Any, ...], tuple[int, int]] = {}
        counts: dict[tuple[Any, ...], int] = {}
        for node in graph.ends:
            end = self.end_of(graph.states[node[0]])
            best.setdefault(end, node)
            if ways is not None:
                counts[end] = counts.get(end, 0) + ways[node[0]]
        outcomes = [self.outcome(end, node, counts.get(end)) for end, node in best.items()]
        busy_waits: list[BusyWait] = []
        if self.stopped is None:
            entries = sorted(self.cheapest_into(endless), key=lambda entry: (graph.costs[entry[1]], entry))
            for number, entry in entries:
                self.judge_loop(edges, endless[number], entry, outcomes, busy_waits)
        outcomes.sort(key=lambda outcome: (outcome.preemptions, outcome.switches))
        watch = self.watch(edges, groups)
        names = {self.visible.names[place] for place in self.visible.places if place[0][0] in ("variable", "items")}
        return Exploration(
            complete=complete,
            stopped=stopped,
            mode=self.mode,
            switch_points=self.rule.name if self.preemptive else "waits-only",
            states=len(graph.states),
            schedules=None if ways is None else sum(counts.values()),
            outcomes=tuple(outcomes),
            races=watch.races(),
            lock_orders=watch.lock_orders(),
            busy_waits=tuple(busy_waits),
            unreached_lines=self.unreached() if complete else None,
            clock_lines=clock_lines,
            shared=tuple(sorted(names)),
            steps=self.executed_before + self.turns.executed,
        )

    def watch(self, edges: list[list[tuple[int, int]]], groups: list[list[int]]) -> Watch:
        """Follow who knows of which access through the graph."""

        def is_visible(access: Access) -> bool:
            return access.base[0] in ("variable", "items") and access in self.visible

        found = Watch(self.turns.store, self.graph.states, is_visible)
        made = [turns if edges[node] else [] for node, turns in enumerate(self.graph.turns)]
        found.follow(edges, made, groups[::-1])
        return found

    def outcome(self, end: tuple[Any, ...], node: tuple[int, int], schedules: int | None) -> Outcome:
        """Return an outcome with its witness, which is executed by the machine to see that it is one."""
        kind, output = end[0], end[1]
        witness = self.witness(node)
        preemptions, switches = self.graph.costs[node]
        result = simulate(self.code, Settings(mode=self.mode, schedule=witness))
        if (result.outcome, result.output) != (kind, output) and not self.turns.clock_lines:
            raise InterpFault(
                f"The schedule {witness!r} ends with {result.outcome} and {result.output!r}, "
                f"not with {kind} and {output!r}."
            )
        return Outcome(
            kind=kind,
            output=output,
            error=result.error,
            preemptions=preemptions,
            switches=switches,
            schedules=schedules,
            witness=witness,
            stuck=result.stuck,
        )

    def cheapest_into(self, loops: list[list[int]]) -> list[tuple[int, tuple[int, int]]]:
        """Return for each loop its number and the pair of a state in it and a thread that is reached most cheaply."""
        loop_of = {node: number for number, group in enumerate(loops) for node in group}
        best: dict[int, tuple[int, int]] = {}
        costs = self.graph.costs
        for pair, cost in costs.items():
            number = loop_of.get(pair[0])
            if number is not None and (number not in best or (cost, pair) < (costs[best[number]], best[number])):
                best[number] = pair
        return list(best.items())

    def judge_loop(
        self,
        edges: list[list[tuple[int, int]]],
        group: list[int],
        cheapest: tuple[int, int],
        outcomes: list[Outcome],
        busy: list[BusyWait],
    ) -> None:
        """Say of a loop in the graph whether it is an outcome, or a thread that waits busily.

        `cheapest` is how it is entered. Of loops with one output and the same lines the first counts.
        """
        members = set(group)
        first = self.graph.states[group[0]]
        moving: dict[int, set[int]] = {}
        for node in group:
            for (thread, target), turn in zip(edges[node], self.graph.turns[node], strict=True):
                if target in members:
                    seen = turn.lines
                    moving.setdefault(thread, set()).update(seen)
        lines = tuple(sorted(set().union(*moving.values())))
        if not is_fair(edges, group, self.living(first)):
            for thread, own in sorted(moving.items()):
                name = self.turns.store.content(first, ("thread", thread))[2]
                wait = BusyWait(name, tuple(sorted(own)))
                if wait not in busy:
                    busy.append(wait)
            return
        output = output_of(self.turns.store, first)
        preemptions, switches = self.graph.costs[cheapest]
        if any(known.kind == "endless" and (known.output, known.lines) == (output, lines) for known in outcomes):
            return
        path, states = self.path_to(cheapest)
        round_trip = self.round_trip(edges, members, cheapest[0], set(moving))
        visited = [*states, *(target for _, target in round_trip)]

        def waits(position: int, thread: int) -> bool:
            return self.stands(self.graph.states[visited[position]], thread)

        cycle = [turn for turn, _ in round_trip]
        outcomes.append(
            Outcome(
                kind="endless",
                output=output,
                error=None,
                preemptions=preemptions,
                switches=switches,
                schedules=None,
                witness=schedule_of([*path, *cycle], waits, ()),
                lines=lines,
                cycle=schedule_of(cycle, lambda position, thread: waits(position + len(path), thread), ()),
            )
        )

    def round_trip(
        self, edges: list[list[tuple[int, int]]], members: set[int], start: int, threads: set[int]
    ) -> list[tuple[Turn, int]]:
        """Return a way through a loop and back to its start on which each of the threads moves."""
        trip: list[tuple[Turn, int]] = []
        here = start
        for thread in sorted(threads):
            if not any(turn.thread == thread for turn, _ in trip):
                trip += self.way(edges, members, here, partial(moves, thread))
                here = trip[-1][1]
        if here != start:
            trip += self.way(edges, members, here, lambda _, target: target == start)
        return trip

    def way(
        self, edges: list[list[tuple[int, int]]], members: set[int], start: int, wanted: Callable[[Turn, int], bool]
    ) -> list[tuple[Turn, int]]:
        """Return the shortest way within a loop that ends with a wanted turn."""
        before: dict[int, tuple[Turn, int] | None] = {start: None}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for (_, target), turn in zip(edges[node], self.graph.turns[node], strict=True):
                if target not in members:
                    continue
                if wanted(turn, target):
                    found = [(turn, target)]
                    while (step := before[node]) is not None:
                        turn_before, source = step
                        found.append((turn_before, node))
                        node = source
                    return found[::-1]
                if target not in before:
                    before[target] = (turn, node)
                    waiting.append(target)
        raise InterpFault("A loop of states cannot be gone round.")

    def unreached(self) -> tuple[int, ...]:
        """Return the lines that no schedule reaches."""
        waiting = [self.code]
        every: set[int] = set()
        while waiting:
            code = waiting.pop()
            waiting.extend(constant for constant in code.constants if isinstance(constant, Code))
            every |= {instruction.place.line for instruction in code.instructions[1:]}
        return tuple(sorted(every - {line for _, line in self.turns.lines} - {0}))


def moves(thread: int, turn: Turn, target: int) -> bool:
    """Whether a turn is that of a thread."""
    return turn.thread == thread


class HasCode(Protocol):
    """A compiled program."""

    @property
    def code(self) -> Code:
        """Its code object."""


def explore(
    program: HasCode,
    settings: Settings | None = None,
    *,
    max_states: int = MAX_STATES,
    max_preemptions: int | None = None,
    reduction: bool = True,
    progress: Progress | None = None,
) -> Exploration:
    """Explore every schedule of a program.

    Without settings a switch may come after any instruction, which is what the language allows; with settings, where
    their lock has its switch points. With `reduction` off a switch is tried after each instruction there is.
    """
    code = program.code
    rule, preemptive = rule_of(settings)
    chosen = settings or Settings()
    if max_states < 1 or (max_preemptions is not None and max_preemptions < 0):
        raise UsageError("the bounds on states and preemptions must be whole numbers, of states at least 1.")
    search = Search(
        code,
        chosen.mode,
        rule,
        preemptive=preemptive,
        costs=chosen.costs,
        max_states=max_states,
        max_preemptions=max_preemptions,
        max_steps=chosen.max_steps,
        reduction=reduction,
        progress=progress,
    )
    with python_digits():
        search.run()
        return search.exploration()


def rule_of(settings: Settings | None) -> tuple[SwitchRule, bool]:
    """Return where a switch may come under some settings, and whether it may come anywhere but where a thread waits."""
    if settings is None:
        return switch_rule("every"), True
    policy = named_lock(settings.lock)
    if settings.mode == "processes" or not policy.excludes:
        return switch_rule("every"), True
    rule = switch_rule(settings.switch_points or policy.switch_points)
    # Under a rule without places a turn must come to an end, too, wherever a loop goes round.
    return (rule, True) if rule.after else (switch_rule("calls-and-loops"), False)
