"""What the graph of states tells: how many ways lead where, and which loops have no end."""

from __future__ import annotations

from collections.abc import Sequence

Edge = tuple[int, int]
"""The thread that moves, and the state that it leads to."""


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
