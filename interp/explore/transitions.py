"""From state to state: which turns there are in a state, and where each of them leads.

1. A turn depends on the thread and on the slots that it looks at, and on nothing else (`turn.py`). So it is executed
   once (`executing.py`) and remembered in a tree: look at this slot; if it holds that, look at that slot; …; then this
   is the turn. The states of two counters are thousands, their turns a few hundred.
2. What a turn has changed is written over the slots of any state that it can be made in. Where that may change what
   is shared, the new state is brought into its canonical form (`canonical.py`).

Read next: `executing.py`, how a turn is executed; `canonical.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from interp.explore.canonical import Canonizer
from interp.explore.changes import changes_of
from interp.explore.executing import Execution
from interp.explore.scene import Scene
from interp.explore.states import ABSENT_ID, OUTPUT, THREADS, State, Store
from interp.explore.threads import HELD, STATUS
from interp.explore.turn import Blocked, Turn, TurnSetting
from interp.explore.values import Content
from interp.machine.state import Frame
from interp.machine.thread import Thread
from interp.scheduling.deadlock import stuck_threads
from interp.scheduling.result import Stuck


class Transitions:
    """Gives the turns that there are in a state, and the states that they lead to."""

    def __init__(self, setting: TurnSetting) -> None:
        self.setting = setting
        self.store = Store()
        self.canonizer = Canonizer(self.store)
        self.known: dict[int, Any] = {}
        self.stuck_in: dict[State, tuple[Stuck, ...]] = {}

    def first_state(self) -> State:
        """Return the state in which the program begins."""
        scene = Scene(self.store, ())
        scene.counts[THREADS] = 1
        code = self.setting.code
        thread = Thread(scene.machine, scene.process(1), 1, "main", 0)
        thread.frames.append(Frame(code, list(code.unbound), scene.process(1)))
        scene.memories[1]["__name__"] = "__main__"
        scene.add_thread(thread)
        return self.state_of(scene)

    def state_of(self, scene: Scene) -> State:
        """Return the state that a scene has come to, if nothing was read from another one."""
        changes = changes_of(scene, anew=True)
        numbers = dict(changes.slots)
        state = [numbers.get(place, ABSENT_ID) for place in range(len(self.store.slots))]
        return self.canonizer.canonical(state, changes.made or ())

    def turn(self, state: State, number: int) -> Turn | Blocked:
        """Return the turn of a thread in a state, or that it is blocked."""
        found = self.recall(state, number)
        if found is None:
            found, reads = self.execute(state, number)
            if reads is not None:
                self.remember(number, reads, found)
        return found

    def recall(self, state: State, number: int) -> Turn | Blocked | None:
        """Return what is remembered of such a turn, None if nothing."""
        node = self.known.get(state[self.store.thread_places[number - 1]])
        length = len(state)
        while node.__class__ is list:
            at = node[0]
            node = node[1].get(state[at] if at < length else ABSENT_ID)
        return node

    def execute(self, state: State, number: int) -> tuple[Turn | Blocked, list[tuple[int, int]] | None]:
        """Execute a turn; returns it with the slots that it depends on, None if it is good for this state only."""
        scene = Scene(self.store, state)
        execution = Execution(self.setting, scene, number)
        found = execution.run()
        return found, None if execution.copies else scene.reads

    def remember(self, number: int, reads: Sequence[tuple[int, int]], turn: Turn | Blocked) -> None:
        """Remember a turn by what it has looked at, its thread among that."""
        own_place = self.store.thread_places[number - 1]
        own = dict(reads)[own_place]
        path = [(place, content) for place, content in reads if place != own_place]
        if not path:
            self.known[own] = turn
            return
        node = self.known.get(own)
        if node is None:
            node = self.known[own] = [path[0][0], {}]
        for (_, content), (following, _) in pairwise(path):
            node = node[1].setdefault(content, [following, {}])
        node[1][path[-1][1]] = turn

    def living(self, state: State) -> list[tuple[int, int]]:
        """Return the threads that are not over, each with its place in the state."""
        contents, length = self.store.contents, len(state)
        return [
            (number, place)
            for number, place in enumerate(self.store.thread_places, 1)
            if 0 <= place < length and state[place] and contents[state[place]][STATUS] != "over"
        ]

    def able(self, state: State) -> list[int]:
        """Return the threads that a switch may lead to, whether they can go on or not: all, or the one that is held."""
        return self.held(state) or [number for number, _ in self.living(state)]

    def held(self, state: State) -> list[int]:
        """Return the thread that alone may go on, because its turn has ended for its length, if there is one."""
        if self.setting.anywhere:
            return []
        return [number for number, place in self.living(state) if self.store.contents[state[place]][HELD]]

    def stuck(self, state: State) -> tuple[Stuck, ...]:
        """Return who waits for what in a state in which no thread can go on, as a run that ends there says it."""
        output = self.store.place(OUTPUT)
        key = tuple(number for place, number in enumerate(state) if place != output)
        found = self.stuck_in.get(key)
        if found is None:
            scene = Scene(self.store, state)
            threads = [scene.thread(number) for number, place in enumerate(self.store.thread_places, 1) if state[place]]
            for number, _ in self.living(state):
                Execution(self.setting, scene, number).stand_waiting()
            scene.fill_everything()
            found = self.stuck_in[key] = stuck_threads(threads)
        return found

    def after(self, state: State, turn: Turn) -> State:
        """Return the state that a turn leads to."""
        new, made = self._moved(state, turn)
        if made is not None:
            return self.canonizer.canonical(new, made)
        while not new[-1]:
            new.pop()
        return tuple(new)

    def renames(self, state: State, turn: Turn) -> dict[Content, Content]:
        """Return which references to lists and so on change their names by a turn, as `Canonizer.renames` does."""
        new, made = self._moved(state, turn)
        return {} if made is None else self.canonizer.renames(new, made)

    def _moved(self, state: State, turn: Turn) -> tuple[list[int], tuple[tuple[Content, int], ...] | None]:
        """Return what the slots hold after a turn, and what else there is if it is not the canonical form yet."""
        new = list(state)
        made = turn.made
        if made is None:
            for place in turn.blind:  # what is replaced may have been the last reference to something
                if place < len(state) and self.store.references_in(state[place]):
                    made = ()
        for place, number in turn.changes:
            while place >= len(new):
                new.append(ABSENT_ID)
            new[place] = number
        if turn.text:
            place = self.store.place(OUTPUT)
            before = self.store.contents[new[place]] if place < len(new) else None
            while place >= len(new):
                new.append(ABSENT_ID)
            new[place] = self.store.number((before or "") + turn.text)
        return new, made
