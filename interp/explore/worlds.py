"""The world that the requests of a turn are performed in: the machine's own, with nobody to wake and no time.

A thread that waits goes on when the search chooses it and its attempt succeeds, so nobody has to be told; and whoever
can go on may be chosen, so no timer is set.

Synchronisation objects are numbered in the order in which they are made, and a program can see that: `print(lock)`
prints `<lock 3>`. As long as no turn makes a text of such a number, the numbers only tell objects apart. Then a new one
may have the number of one that nobody has any more (`Scene.number_for`), or the states of `while True: x = Lock()`
would have no end. Once a turn does, the search begins anew with the true numbers (`TurnSetting.numbered`).
"""

from __future__ import annotations

from typing import Any

from interp.explore.scene import NotedNumber, Scene
from interp.explore.states import THREADS
from interp.explore.values import Content
from interp.machine.state import Wait
from interp.machine.thread import Thread
from interp.scheduling.costs import Costs
from interp.scheduling.ledger import Ledger, TimerKind
from interp.scheduling.requests import World


class SceneLedger(Ledger):
    """The books of a turn: threads are those of the scene, and no timer is ever set."""

    def __init__(self, scene: Scene) -> None:
        super().__init__((), None)
        self.scene = scene
        self.machine = scene.machine

    def thread(self, number: int) -> Thread:
        """Return a thread of the scene."""
        return self.scene.thread(number)

    def set_timer(self, time: int, kind: TimerKind, thread: Thread) -> None:
        """Set no timer: whoever can go on may be chosen."""

    def charge(self, thread: Thread, ticks: int) -> None:
        """Charge nothing."""


class SceneWorld(World):
    """The world that a turn's requests are performed in."""

    def __init__(self, scene: Scene, mode: str, costs: Costs, *, numbered: bool) -> None:
        ledger = SceneLedger(scene)
        super().__init__(ledger, mode, costs, None)
        self.scene = scene
        self.numbered = numbered
        self.born: Content = None
        self.spawned: list[int] = []

    def signal(self, waiting: list[int], count: int) -> None:
        """Wake nobody: a thread that waits goes on when it is chosen and its attempt succeeds."""

    def thread_wait(self, number: int) -> Wait:
        """Return the wait of a blocked thread."""
        return self.scene.wait(number)

    def send(self, thread: int, value: Any, into: Any) -> Any:
        """Return what goes into a queue; what is copied has to be there."""
        if self.mode == "processes":
            self.scene.fill_deeply([value])
        return super().send(thread, value, into)

    def receive(self, thread: int, value: Any, out_of: Any) -> Any:
        """Return what comes out of a queue or a task; what is copied has to be there."""
        if self.mode == "processes":
            self.scene.fill_deeply([value])
        return super().receive(thread, value, out_of)

    def new_number(self, kind: str) -> int:
        """Return the number of a new object of a kind, the next one if that can be seen."""
        if not self.numbered:
            return NotedNumber(self.scene.number_for(kind, self.born), self.scene)
        slot = ("count", kind)
        self.scene.counts[slot] = self.scene.count(slot) + 1
        return self.scene.counts[slot]

    def spawn(self, parent: Thread, callee: Any, arguments: tuple[Any, ...]) -> Any:
        """Start a task, in a thread or process of the scene."""
        scene = self.scene
        count = scene.count(THREADS)
        scene.machine.threads = [None] * count  # the world numbers a thread by how many there are
        process = parent.process
        if self.mode == "processes":
            scene.machine.processes = [None] * count  # type: ignore[list-item]  # each thread has one of its own
            variables = scene.all_variables(process.number)  # what is copied has to be there
            scene.fill_deeply([*variables.values(), callee, arguments])
        try:
            result = super().spawn(parent, callee, arguments)
        finally:
            started = scene.machine.threads[count:]
            scene.machine.threads = []
        for thread in started:
            scene.add_thread(thread)
            scene.follows[thread.number] = scene.follows.get(parent.number, frozenset())
            scene.counts[THREADS] = count + 1
            scene.processes.setdefault(thread.process.number, thread.process)
            scene.memories.setdefault(thread.process.number, thread.process.globals)
            self.spawned.append(thread.number)
        return result
