"""What a reader would call what the search knows by numbers and references: shared values, places, threads, locks.

A value has no name of its own. It is called by the global variable that holds it, or by the item of one: `forks[0]`.
(`scheduling/naming.py` does so for a run, which has its values at hand; here there are only contents.)
"""

from __future__ import annotations

from collections.abc import Sequence

from interp.explore.accesses import WHOLE, Access
from interp.explore.states import State, Store
from interp.explore.threads import NAME
from interp.explore.values import Content

STATES_ASKED = 20
"""A lock's name is looked for in about so many states, from the first to the last."""


def name_of(store: Store, state: State, reference: Content) -> str:
    """Return what a reader would call a shared value: the variable, or the item of a variable, that holds it.

    Empty where there is none.
    """
    suffix = ""
    seen = set()
    while reference not in seen:
        seen.add(reference)
        holders = []
        for slot, number in zip(store.slots, state, strict=False):
            content = store.contents[number]
            if not number or reference not in store.references_in(number):
                continue
            if slot[0] == "variable" and content == reference:
                return f"{slot[2]}{suffix}"
            if slot[0] in "gh" and slot[2] in ("list", "dict"):
                holders.append((slot[1], slot, content))
        for _, slot, content in sorted(holders, key=lambda holder: holder[0]):
            items = enumerate(content[1:]) if slot[2] == "list" else zip(content[1::2], content[2::2], strict=True)
            keys = [key for key, item in items if item == reference]
            if keys:
                reference, suffix = slot, f"[{keys[0]!r}]{suffix}"
                break
    return ""


def name_of_access(access: Access, store: Store, state: State) -> str:
    """Return what a reader would call the place that is touched in a state."""
    kind = access.base[0]
    if kind == "variable":
        return str(access.base[2])
    if kind != "items":
        return " ".join(map(str, access.base))
    part, reference = access.part, access.reference
    name = (name_of(store, state, reference) if reference in store.places else "") or access.holder or "a container"
    if part == WHOLE:
        return name
    return f"{name}[{part if isinstance(part, int) else part[1]!r}]"


def name_of_thread(store: Store, states: Sequence[State], thread: int) -> str:
    """Return the name of a thread."""
    place = store.thread_places[thread - 1]
    for state in states:
        if place < len(state) and state[place]:
            return str(store.contents[state[place]][NAME])
    return f"thread {thread}"


def name_of_lock(store: Store, states: Sequence[State], key: tuple[str, int]) -> str:
    """Return what a lock is called in the first of some states in which it has a name, else its kind and number."""
    for state in states[:: max(1, len(states) // STATES_ASKED)]:
        name = name_of(store, state, ("G", *key))
        if name:
            return name
    return f"{key[0]} {key[1]}"
