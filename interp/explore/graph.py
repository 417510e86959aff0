"""The graph of states: what leads from each to which, at what cost, and in which loops a run can stay for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from interp.explore.states import State
from interp.explore.turn import Turn

Edge = tuple[int, int]
"""The thread that moves, and the state that it leads to."""


@dataclass(slots=True)
class Graph:
    """The states that were found, and what leads from each to which."""

    states: list[State] = field(default_factory=list)
    index: dict[State, int] = field(default_factory=dict)
    edges: list[list[Edge] | None] = field(default_factory=list)
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


def components(edges: Sequence[Sequence[Edge]]) -> list[list[int]]:
    """Return the strongly connected components, those that are reached last first (Tarjan 1972, without recursion)."""
    order: list[int] = [0] * len(edges)
    low: list[int] = [0] * len(edges)
    on_path = bytearray(len(edges))
    path: list[int] = []
    found: list[list[int]] = []
    count = 0
    for root in range(len(edges)):
        if order[root]:
            continue
        calls = [(root, 0)]
        while calls:
            node, position = calls.pop()
            if position == 0:
                count += 1
                order[node] = low[node] = count
                path.append(node)
                on_path[node] = 1
            following = edges[node]
            while position < len(following):
                target = following[position][1]
                position += 1
                if not order[target]:
                    calls.append((node, position))
                    calls.append((target, 0))
                    break
                if on_path[target]:
                    low[node] = min(low[node], order[target])
            else:
                if low[node] == order[node]:
                    group: list[int] = []
                    while not group or group[-1] != node:
                        group.append(path.pop())
                        on_path[group[-1]] = 0
                    found.append(group[::-1])
                if calls:
                    caller = calls[-1][0]
                    low[caller] = min(low[caller], low[node])
    return found


def loops(edges: Sequence[Sequence[Edge]], groups: list[list[int]]) -> list[list[int]]:
    """Return the components in which a run can stay for ever."""
    return [group for group in groups if len(group) > 1 or any(target == group[0] for _, target in edges[group[0]])]


def is_fair(edges: Sequence[Sequence[Edge]], group: list[int], threads: Sequence[int]) -> bool:
    """Whether a run can stay in a component though every thread that could always go on gets its turns."""
    members = set(group)
    moving = {thread for node in group for thread, target in edges[node] if target in members}
    for thread in threads:
        if thread in moving:
            continue
        if all(any(thread == other for other, _ in edges[node]) for node in group):
            return False
    return True
