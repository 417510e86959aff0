"""What a search has found, made into something that a person can use.

For each final state how the program has ended there, and the cheapest way to it as a schedule; the loops of the graph;
races and lock orders; the lines that no schedule reaches. Every witness is executed by the machine before it is shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from interp.bytecode.code import Code
from interp.explore.accesses import Access
from interp.explore.counting import ROWS_A_STATE, Counting
from interp.explore.graph import components, is_fair, loops
from interp.explore.names import name_of_thread
from interp.explore.races import Watch
from interp.explore.result import BusyWait, Exploration, Outcome
from interp.explore.search import Search
from interp.explore.states import FAILURE, State, output_of
from interp.explore.threads import ENTERED, STATUS
from interp.explore.turn import Blocked, Turn
from interp.explore.witness import schedule_of
from interp.language.errors import InterpFault, UsageError
from interp.scheduling.result import ErrorReport, Stuck
from interp.scheduling.settings import Settings
from interp.scheduling.simulate import simulate

STATES_A_STATE = 5
"""A second search for the number of schedules may visit one of so many states that the first one may: two seconds."""


class End(NamedTuple):
    """How a program ends: what tells two outcomes apart, and all that a person sees of it."""

    kind: str
    output: str
    errors: tuple[ErrorReport, ...]
    stuck: tuple[Stuck, ...]


class Findings:
    """What there is to say of a search that is over."""

    def __init__(self, search: Search, *, only_outcomes: bool = False) -> None:
        self.search = search
        self.only_outcomes = only_outcomes
        self.transitions = search.transitions
        self.graph = search.graph
        self.setting = search.transitions.setting
        turns = [turn for turn in search.noted if isinstance(turn, Turn)]
        self.lines = {line for turn in turns for line in turn.lines}
        self.clock_lines = {line for turn in turns for line in turn.clock_lines}
        self.stopped = search.stopped or ("clock" if self.clock_lines else None)
        self.edges: list[list[tuple[int, int]]] = []
        self.made: list[list[Turn]] = []
        self.groups: list[list[int]] = []
        self.schedules: dict[End, int] | None = None
        self.outcomes: list[Outcome] = []
        self.busy_waits: list[BusyWait] = []
        self.watch = Watch(self.transitions, self.graph.states, self.is_visible)

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
        return schedule_of(path, self.standing_in(states), stuck)

    def living(self, state: State) -> list[int]:
        """Return the threads that are not over."""
        return [thread for thread, _ in self.transitions.living(state)]

    def stands(self, state: State, thread: int) -> bool:
        """Whether a thread stands before an operation that has to wait."""
        place = self.transitions.store.thread_places[thread - 1]
        if not 0 <= place < len(state) or not state[place]:
            return False
        content = self.transitions.store.contents[state[place]]
        if content[STATUS] != "run" or content[ENTERED]:
            return bool(content[STATUS] == "run")
        turn = self.transitions.turn(state, thread)
        return isinstance(turn, Blocked) and not turn.left_open

    def standing_in(self, states: Sequence[int]) -> Callable[[int, int], bool]:
        """Return the question whether in the state at a position a thread stands so."""
        return lambda position, thread: self.stands(self.graph.states[states[position]], thread)

    def end_of(self, state: State) -> End:
        """Return how the program has ended in a final state: what tells two outcomes apart."""
        store = self.transitions.store
        failures = sorted(
            (slot[1], ErrorReport(*store.contents[number]))
            for slot, number in zip(store.slots, state, strict=False)
            if slot[0] == FAILURE and number
        )
        errors = tuple(report for _, report in failures)
        stuck = self.transitions.stuck(state) if self.living(state) else ()
        return End("deadlock" if stuck else "error" if errors else "ok", output_of(store, state), errors, stuck)

    def exploration(self) -> Exploration:
        """Return what was found; after Ctrl-C what is known by then."""
        try:
            self.search.report(len(self.graph.states), None)
            self.find_outcomes()
            if not self.only_outcomes:
                self.watch.follow(self.edges, self.made, self.groups[::-1])
        except KeyboardInterrupt:
            self.stopped = "interrupted"
        visible = self.search.visible.places
        names = {
            name
            for (place, _), name in self.search.names.items()
            if place in visible and place[0][0] in ("variable", "items")
        }
        complete = self.stopped is None
        return Exploration(
            complete=complete and not self.watch.was_cut,
            stopped="races" if complete and self.watch.was_cut else self.stopped,
            mode=self.setting.mode,
            switch_points=self.setting.rule.name if self.setting.preemptive else "waits-only",
            states=min(len(self.graph.states), self.search.bounds.states),  # one more is found before it stops
            schedules=None if self.schedules is None else sum(self.schedules.values()),
            outcomes=tuple(sorted(self.outcomes, key=lambda outcome: (outcome.preemptions, outcome.switches))),
            races=self.watch.races(),
            lock_orders=self.watch.lock_orders(),
            busy_waits=tuple(self.busy_waits),
            unreached_lines=self.unreached() if complete else None,
            clock_lines=tuple(sorted(self.clock_lines)),
            shared=tuple(sorted(names)),
            executor_error=self.search.executor_error,
            steps=self.search.executed_before + self.search.executed,
        )

    def find_outcomes(self) -> None:
        """Find the ways in which the program ends, or does not."""
        graph = self.graph
        best: dict[End, tuple[int, int]] = {}
        for node in graph.ends:
            end = self.end_of(graph.states[node[0]])
            best.setdefault(end, node)
        for end, node in best.items():  # before what takes its time, so that Ctrl-C leaves them
            self.outcomes.append(self.outcome(end, node))
        endless = self.find_loops()
        if self.stopped is None and not self.only_outcomes:
            self.schedules = self.count_schedules()
        counts = self.schedules or {}
        self.outcomes = [
            replace(outcome, schedules=counts.get(end)) for end, outcome in zip(best, self.outcomes, strict=True)
        ]
        for entry, group in self.entered_cheapest_first(endless):  # a loop is one, whatever else was not looked at
            self.judge_loop(group, entry)

    def entered_cheapest_first(self, groups: list[list[int]]) -> list[tuple[tuple[int, int], list[int]]]:
        """Return loops in the order of what it costs to come to them, each with the pair by which that is cheapest."""
        group_of = {node: number for number, group in enumerate(groups) for node in group}
        best: dict[int, tuple[int, int]] = {}
        costs = self.graph.costs
        for pair, cost in costs.items():
            number = group_of.get(pair[0])
            if number is not None and (number not in best or (cost, pair) < (costs[best[number]], best[number])):
                best[number] = pair
        order = sorted(best, key=lambda number: (costs[best[number]], best[number]))
        return [(best[number], groups[number]) for number in order]

    def find_loops(self) -> list[list[int]]:
        """Put the states in an order, and return the groups of them in which a run can stay for ever."""
        graph = self.graph
        for turns, edges in zip(graph.turns, graph.edges, strict=False):  # Ctrl-C may have come between the two
            self.edges.append(edges or [])
            self.made.append(turns if edges else [])
        self.groups = components(self.edges)
        return loops(self.edges, self.groups)

    def count_schedules(self) -> dict[End, int] | None:
        """Return how many schedules end in which way, None where they have no end or are too many to be counted.

        Under a rule that allows a switch at some places only, an operation that has to wait is a move of its own or
        not, depending on when it is reached; there a second search counts that leaves nothing out.
        """
        if loops(self.edges, self.groups) or any(map(self.transitions.held, self.graph.states)):
            return None
        if not self.setting.anywhere and self.setting.visible is not None:
            bounds = replace(self.search.bounds, states=max(1, self.search.bounds.states // STATES_A_STATE))
            whole = Search(self.setting, bounds, reduction=False)
            whole.run()
            found = Findings(whole)
            if found.stopped == "interrupted":
                raise KeyboardInterrupt
            found.find_loops()
            return None if found.stopped is not None else found.count_schedules()
        threads = len(self.transitions.store.thread_places)
        most = ROWS_A_STATE * self.search.bounds.states
        ways = Counting(self.edges, self.made, threads, most).count(group[0] for group in reversed(self.groups))
        if ways is None:
            return None
        counts: dict[End, int] = {}
        for node, count in ways.items():
            end = self.end_of(self.graph.states[node])
            counts[end] = counts.get(end, 0) + count
        return counts

    def is_visible(self, access: Access) -> bool:
        """Whether two accesses like this one are a race if nothing orders them."""
        return access.base[0] in ("variable", "items") and access.place in self.search.visible.places

    def outcome(self, end: End, node: tuple[int, int]) -> Outcome:
        """Return an outcome with its witness, which is executed by the machine to see that it is one."""
        witness = self.witness(node)
        preemptions, switches = self.graph.costs[node]
        try:
            result = simulate(self.setting.code, Settings(mode=self.setting.mode, schedule=witness))
        except UsageError as refused:
            raise InterpFault(f"The schedule {witness!r}, which explore has found, is refused: {refused}") from refused
        if (result.outcome, result.output) != (end.kind, end.output) and not self.clock_lines:
            raise InterpFault(
                f"The schedule {witness!r} ends with {result.outcome} and {result.output!r}, "
                f"not with {end.kind} and {end.output!r}."
            )
        return Outcome(
            kind=end.kind,
            output=end.output,
            error=result.error,
            errors=end.errors,
            preemptions=preemptions,
            switches=switches,
            schedules=None,
            witness=witness,
            stuck=result.stuck,
        )

    def judge_loop(self, group: list[int], cheapest: tuple[int, int]) -> None:
        """Say of a loop in the graph whether it is an outcome, or a thread that waits busily.

        `cheapest` is how it is entered. Of loops with one output and the same lines the first counts.
        """
        members = set(group)
        first = self.graph.states[group[0]]
        moving: dict[int, set[int]] = {}
        looking = set()  # the threads to which it matters there what others do
        for node in group:
            for (thread, target), turn in zip(self.edges[node], self.graph.turns[node], strict=True):
                if target in members:
                    seen = turn.lines
                    moving.setdefault(thread, set()).update(seen)
                    if any(one.access.place in self.search.visible.places for one in turn.accesses):
                        looking.add(thread)
        lines = tuple(sorted(set().union(*moving.values())))
        if not is_fair(self.edges, group, self.living(first)):
            for thread in sorted(looking):
                own = moving[thread]
                wait = BusyWait(name_of_thread(self.transitions.store, [first], thread), tuple(sorted(own)))
                if wait not in self.busy_waits:
                    self.busy_waits.append(wait)
            return
        output = output_of(self.transitions.store, first)
        preemptions, switches = self.graph.costs[cheapest]
        if any(known.kind == "endless" and (known.output, known.lines) == (output, lines) for known in self.outcomes):
            return
        path, states = self.path_to(cheapest)
        round_trip = self.round_trip(members, cheapest[0], set(moving))
        cycle = [turn for turn, _ in round_trip]
        visited = [target for _, target in round_trip]
        self.outcomes.append(
            Outcome(
                kind="endless",
                output=output,
                error=None,
                preemptions=preemptions,
                switches=switches,
                schedules=None,
                witness=schedule_of([*path, *cycle], self.standing_in([*states, *visited]), ()),
                lines=lines,
                cycle=schedule_of(cycle, self.standing_in(visited), ()),
            )
        )

    def round_trip(self, members: set[int], start: int, threads: set[int]) -> list[tuple[Turn, int]]:
        """Return a way through a loop and back to its start on which each of the threads moves."""
        trip: list[tuple[Turn, int]] = []
        here = start
        for thread in sorted(threads):
            if not any(turn.thread == thread for turn, _ in trip):
                trip += self.way(members, here, partial(moves, thread))
                here = trip[-1][1]
        if here != start:
            trip += self.way(members, here, lambda _, target: target == start)
        return trip

    def way(self, members: set[int], start: int, wanted: Callable[[Turn, int], bool]) -> list[tuple[Turn, int]]:
        """Return the shortest way within a loop that ends with a wanted turn."""
        before: dict[int, tuple[Turn, int] | None] = {start: None}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for (_, target), turn in zip(self.edges[node], self.graph.turns[node], strict=True):
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
        waiting = [self.setting.code]
        every: set[int] = set()
        while waiting:
            code = waiting.pop()
            waiting.extend(constant for constant in code.constants if isinstance(constant, Code))
            every |= {instruction.place.line for instruction in code.instructions[1:]}
        return tuple(sorted(every - self.lines - {0}))


def moves(thread: int, turn: Turn, target: int) -> bool:
    """Whether a turn is that of a thread."""
    return turn.thread == thread
