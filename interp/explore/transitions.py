"""One turn of one thread: from a place where it matters who runs to the next such place.

1. A *visible* instruction touches something that another thread touches as well, and one of them changes it. Only
   before a visible instruction can it matter who runs; and only if the rule of switch points allows a switch there,
   or has allowed one since the last visible instruction. A turn begins with what is visible and goes on to just
   before the next, through everything that concerns the thread alone.
2. What is visible is found out (`Visible`): at first nothing is, and each turn notes what it touches. Once two threads
   have touched the same place and one of them wrote, that place is visible, and the search begins anew. When a
   search finds no new one, no two threads ever touched a place that was thought to be a thread's own: then the
   instructions in between could have been executed in any order, and nothing was missed.
3. A turn depends on the thread and on the slots that it looks at, and on nothing else. So it is executed once and
   remembered (`Turns`) in a tree: look at this slot; if it holds that, look at that slot; …; then this is the
   turn. The states of two counters are thousands, their turns a few hundred.
4. An operation that has to wait and has no effect by that (acquire, get, put, join) is taken back: the thread stands
   before it and cannot go on until it would succeed. What it asked for counts as touched all the same (`Turns.asked`):
   a thread that only ever asks in vain would have got it in another schedule. An operation that has an effect (waiting
   at a condition, an event, a barrier) is carried out, and the thread's next turn begins with the end of its wait.
5. A thread that sleeps may be woken at any time, the next moment included: how long others take is not known. So
   `sleep` is a place where others can go on at no cost. Time does not pass here: `clock()` returns 0, and the
   search says that it was asked for.
6. Every instruction is executed by the machine's own `step`, every request performed by the machine's own world.
   Nothing here says what an instruction means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from interp.bytecode.code import Code, SwitchPoint
from interp.explore.accesses import Access, accesses, publish
from interp.explore.states import ABSENT_ID, OUTPUT, THREADS, Memory, RewalkError, Scene, State, Store
from interp.language.errors import InterpFault
from interp.machine.interpreter import Step, is_of_the_program, may_switch, opens_block, step, unwind
from interp.machine.state import Frame, ThreadState, Wait
from interp.machine.switch_points import SwitchRule
from interp.machine.sync import WAITING, Condition, Lock, Queue, RLock, Semaphore, SyncObject, Task
from interp.machine.thread import Thread
from interp.scheduling.costs import Costs
from interp.scheduling.ledger import Ledger, TimerKind
from interp.scheduling.requests import World
from interp.scheduling.world import Pause

LONGEST_TURN = 10_000
"""After so many instructions a turn ends at the next backward jump: the loop may have no end."""

WITHOUT_EFFECT = (Lock, RLock, Semaphore, Queue)
"""Waiting for one of these changes nothing until the wait is over; so it is with `join`."""


class Touched(NamedTuple):
    """A place that was touched, in which line, and the threads that are known to have ended before, by a join."""

    access: Access
    line: int | None
    follows: frozenset[int]


class Sign(NamedTuple):
    """An order between threads that a turn makes: it acquires, releases or spawns something.

    `position` says how many of the turn's accesses came before it.
    """

    kind: str
    key: Any
    position: int
    line: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What a thread did in one turn.

    `steps` is how many steps of a schedule it takes, the last `tail` of them after the last place where a switch was
    allowed. `changes` has the slots that hold something else now; `text` is what was printed. Where `state` is not
    None the turn is the whole new state and is not remembered. `accesses` has all that was touched since there was more
    than one thread; `lines` are those that were executed.
    """

    thread: int
    steps: int
    tail: int
    changes: tuple[tuple[int, int], ...]
    text: str
    state: State | None
    accesses: tuple[Touched, ...]
    signs: tuple[Sign, ...]
    lines: frozenset[int]
    enters: bool = False
    wakes: bool = False


BLOCKED = "blocked"
"""In place of a turn: the thread cannot go on in such a state."""


@dataclass(slots=True)
class Visible:
    """The places that more than one thread touches and one changes, as far as they are known."""

    places: set[tuple[Any, Any]] = field(default_factory=set)
    bases: set[Any] = field(default_factory=set)
    touched: dict[Any, dict[Any, dict[tuple[int, frozenset[int]], bool]]] = field(default_factory=dict)
    names: dict[tuple[Any, Any], str] = field(default_factory=dict)
    everything: bool = False

    def __contains__(self, access: Access) -> bool:
        return access.base in self.bases and (access.base, access.part) in self.places

    def note(self, thread: int, touched: Touched) -> bool:
        """Note that a thread touches a place; returns whether something has become visible by that.

        Two accesses do not meet where one thread knows, by a join, that the other had ended.
        """
        access, _, follows = touched
        parts = self.touched.setdefault(access.base, {})
        mine = parts.setdefault(access.part, {})
        mine[thread, follows] = mine.get((thread, follows), False) or access.writes
        self.names.setdefault((access.base, access.part), access.name)
        grown = False
        for part, seen in parts.items():
            if not access.meets(part) or (
                (access.base, part) in self.places and (access.base, access.part) in self.places
            ):
                continue
            if any(
                other != thread and (writes or access.writes) and other not in follows and thread not in others_follow
                for (other, others_follow), writes in seen.items()
            ):
                self.places |= {(access.base, access.part), (access.base, part)}
                self.bases.add(access.base)
                grown = True
        return grown


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

    def __init__(self, scene: Scene, mode: str, costs: Costs) -> None:
        ledger = SceneLedger(scene)
        super().__init__(ledger, mode, costs, None)
        self.scene = scene
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
        """Count the objects of a kind from 1."""
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
            scene.revive_all()
            scene.machine.processes = [None] * max(scene.processes)  # type: ignore[list-item]
            memory = scene.memories[process.number]
            if isinstance(memory, Memory):  # what is copied has to be there
                process.globals = scene.memories[process.number] = memory.all()
            scene.fill_deeply([*process.globals.values(), callee, arguments])
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


class Turns:
    """Makes turns, and remembers them."""

    def __init__(
        self, code: Code, mode: str, rule: SwitchRule, costs: Costs, visible: Visible, *, preemptive: bool = True
    ) -> None:
        self.code = code
        self.mode = mode
        self.rule = rule
        self.costs = costs
        self.cost_of = costs.of_opcode
        self.visible = visible
        self.preemptive = preemptive
        self.store = Store()
        self.known: dict[int, Any] = {}
        self.lines: set[tuple[Code, int]] = set()
        self.clock_lines: set[int] = set()
        self.executed = 0
        self.asked: list[tuple[int, Touched]] = []
        self.run_through: Callable[[Code, int], bool] | None = None

    def first_state(self) -> State:
        """Return the state in which the program begins."""
        scene = Scene(self.store, ())
        scene.counts[THREADS] = 1
        thread = Thread(scene.machine, scene.process(1), 1, "main", 0)
        thread.frames.append(Frame(self.code, list(self.code.unbound), scene.process(1)))
        scene.memories[1]["__name__"] = "__main__"
        scene.threads[1] = thread
        return scene.freeze()

    def turn(self, state: State, number: int) -> Turn | str:
        """Return the turn of a thread in a state, or that it is blocked."""
        place = self.store.thread_places[number - 1]
        own = state[place]
        node = self.known.get(own)
        length = len(state)
        while node.__class__ is list:
            at = node[0]
            node = node[1].get(state[at] if at < length else ABSENT_ID)
        if node is not None:
            return node  # type: ignore[no-any-return]
        return self.make_turn(state, number)

    def make_turn(self, state: State, number: int) -> Turn | str:
        """Execute a turn and remember it."""
        scene = Scene(self.store, state)
        run = _Run(self, scene, number)
        found = run.run()
        if found == BLOCKED:
            self._remember(state, number, scene.reads, BLOCKED)
            return BLOCKED
        whole = None
        changes: tuple[tuple[int, int], ...] = ()
        try:
            if run.must_walk:
                raise RewalkError
            changes = self._changes(scene)
        except RewalkError:
            whole = scene.freeze()
        turn = run.summary(changes, whole)
        if whole is None:
            self._remember(state, number, scene.reads, turn)
        return turn

    def _changes(self, scene: Scene) -> tuple[tuple[int, int], ...]:
        store, state = self.store, scene.state
        found = []
        for slot, content in scene.changes().items():
            place = store.place(slot)
            number = ABSENT_ID if content is None else store.number(content)
            if number != (state[place] if place < len(state) else ABSENT_ID):
                found.append((place, number))
        return tuple(found)

    def _remember(self, state: State, number: int, reads: list[tuple[int, int]], turn: Any) -> None:
        own = self.store.thread_places[number - 1]
        path = [(place, content) for place, content in reads if place != own]
        if not path:
            self.known[state[own]] = turn
            return
        node = self.known.get(state[own])
        if node is None:
            node = self.known[state[own]] = [path[0][0], {}]
        for (_, content), (following, _) in pairwise(path):
            node = node[1].setdefault(content, [following, {}])
        node[1][path[-1][1]] = turn

    def after(self, state: State, turn: Turn) -> State:
        """Return the state that a turn leads to."""
        if turn.state is not None:
            new = list(turn.state)
        else:
            new = list(state)
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
        while not new[-1]:
            new.pop()
        return tuple(new)


class _Run:
    """A turn while it is being executed."""

    def __init__(self, turns: Turns, scene: Scene, number: int) -> None:
        self.turns = turns
        self.scene = scene
        self.number = number
        self.thread = scene.thread(number)
        self.world = SceneWorld(scene, turns.mode, turns.costs)
        self.steps = 0
        self.tail = 0
        self.may_stop = turns.rule.everywhere and turns.preemptive
        self.must_walk = False
        self.has_spawned = False
        self.touched: list[Touched] = []
        self.signs: list[Sign] = []
        self.lines: set[int] = set()
        self.enters = False
        self.wakes = False

    def run(self) -> str:
        """Execute the turn; returns `BLOCKED` if the thread cannot go on."""
        thread, scene = self.thread, self.scene
        scene.slept.discard(self.number)
        entered = self.number in scene.entered
        scene.entered.discard(self.number)
        if thread.wait is not None:
            return self.end_wait()
        if not thread.frames:  # it could not even begin: the arguments do not fit
            self.steps = 1
            scene.fill(thread.task)
            self.finish()
            return ""
        return self.execute(entered)

    def execute(self, entered: bool = False) -> str:
        """Execute instructions up to the next place where it matters who runs."""
        thread, turns = self.thread, self.turns
        anywhere = turns.rule.everywhere and turns.preemptive
        acted = self.wakes
        while thread.frames:
            frame = thread.frames[-1]
            touched = accesses(self.scene, thread)
            if turns.visible.everything:
                visible = turns.run_through is None or not turns.run_through(frame.code, frame.pc)
            else:
                visible = any(access in turns.visible for access in touched)
            if acted and visible and self.may_stop:
                break
            if visible and not anywhere:
                self.may_stop = False
            opcode = frame.code.instructions[frame.pc].opcode
            outcome = self.execute_one(touched)
            if outcome == BLOCKED:
                follows = self.scene.follows.get(self.number, frozenset())
                turns.asked += [(self.number, Touched(access, thread.line, follows)) for access in touched]
                return self.stand_before(entered=entered, anywhere=anywhere)
            acted = acted or visible or bool(outcome) or self.has_spawned
            if entered:  # it had to wait, and others ran meanwhile
                entered = False
                self.may_stop = True
                self.tail = 0
            if outcome == "waits":
                self.tail = 0
                break
            if self.steps >= LONGEST_TURN and opcode.switch is SwitchPoint.BACKWARD_JUMP:
                break
        if not thread.frames and thread.wait is None:
            self.finish()
        return ""

    def stand_before(self, *, entered: bool, anywhere: bool) -> str:
        """End the turn before an operation that would have to wait."""
        if self.steps == 0 and not self.wakes:
            if anywhere or entered:
                return BLOCKED
            self.enters = True
        if not anywhere:
            self.scene.entered.add(self.number)
        self.tail = 0
        return ""

    def execute_one(self, touched: list[Access]) -> str:
        """Execute one instruction and what it asks of the world."""
        thread, scene, turns = self.thread, self.scene, self.turns
        frame = thread.frames[-1]
        offset, stack = frame.pc, list(frame.stack)
        line = frame.code.instructions[offset].place.line
        publish(scene, thread)
        executed = step(thread, turns.cost_of)
        turns.executed += 1
        turns.lines.add((frame.code, line))
        self.lines.add(line)
        for value in executed.outputs:
            scene.note_birth(value, (frame.code.name, offset, frame.code.first_line))
        if executed.error is not None:
            scene.note_birth(executed.error, (frame.code.name, offset, frame.code.first_line))
        request = thread.request
        allowed = executed.error is None and thread.frames and may_switch(turns.rule, executed, thread)
        if request is not None:
            result = self.perform()
            if result == BLOCKED:
                frame.pc, frame.stack[:] = offset, stack
                return BLOCKED
            allowed = self.switch_after_request(executed)
            if request.builtin.name == "clock":
                turns.clock_lines.add(line)
        else:
            result = ""
        self.steps += 1
        if scene.count(THREADS) > 1:
            self.touched += [Touched(access, line, scene.follows.get(self.number, frozenset())) for access in touched]
        if (allowed and turns.preemptive) or result == "sleeps":
            self.may_stop = True
            self.tail = 0
        elif not (turns.rule.everywhere and turns.preemptive) or self.number in scene.slept:
            self.tail += 1
        return result

    def switch_after_request(self, executed: Step) -> bool:
        """Whether the rule allows a switch after a request was performed."""
        thread, rule = self.thread, self.turns.rule
        if not thread.frames:
            return False
        kind = executed.instruction.opcode.switch
        return kind in rule.after and not (rule.spares_blocks and opens_block(thread))

    def perform(self) -> str:
        """Perform what the thread asks of the world."""
        thread, scene = self.thread, self.scene
        request = thread.request
        if request is None:
            raise InterpFault("A thread that asks for nothing was to be served.")
        thread.request = None
        arguments = request.arguments
        owner = arguments[0] if arguments and isinstance(arguments[0], SyncObject) else None
        if owner is not None and request.builtin.name != "spawn":
            scene.fill(owner)
        if request.builtin.name == "print":
            scene.fill_deeply(arguments)
        split = len(arguments) - len(request.keywords)
        named = dict(zip(request.keywords, arguments[split:], strict=True))
        try:
            result = request.builtin.perform(self.world, thread, *arguments[:split], **named)
        except BaseException as error:
            if not is_of_the_program(error):
                raise
            scene.note_birth(error, (request.builtin.name, 0, 0))
            if isinstance(owner, Task) and owner.is_over:
                self.follow(owner)  # the task's error, raised by its join
            unwind(thread, error)
            return ""
        name = request.builtin.name
        if isinstance(result, Wait):
            if isinstance(result.on, WITHOUT_EFFECT) or result.operation == "join":
                result.on.withdraw(self.number)  # type: ignore[attr-defined]
                return BLOCKED
            if result.operation == "wait" and isinstance(result.on, Condition):
                scene.fill(result.on.lock)
                self.sign("release", result.on.lock)
            if owner is not None and not isinstance(owner, Condition) and name == "wait":
                self.sign("release", owner)
            thread.wait = result
            scene.waits[self.number] = result
            self.after_spawn()
            return "waits"
        if isinstance(result, Pause):
            thread.frames[-1].stack.append(None)
            scene.slept.add(self.number)
            return "sleeps"
        self.after_spawn()
        if owner is not None:
            self.note_sign(owner, name, result)
        scene.note_birth(result, (name, 0, 0))
        thread.frames[-1].stack.append(result)
        return ""

    def after_spawn(self) -> None:
        """Note who was spawned; a process has a memory of its own, which changes what is shared."""
        for number in self.world.spawned:
            self.has_spawned = True
            self.signs.append(Sign("spawn", number, len(self.touched), self.thread.line))
            if self.turns.mode == "processes":
                self.must_walk = True
        self.world.spawned = []

    def sign(self, kind: str, value: SyncObject) -> None:
        """Note an order that synchronisation makes."""
        key = value.number if isinstance(value, Task) else (type(value).__name__, value.number)
        self.signs.append(Sign(kind, key, len(self.touched), self.thread.line))

    def note_sign(self, owner: SyncObject, name: str, result: Any) -> None:
        """Note which order an operation that succeeded makes between threads."""
        if isinstance(owner, Condition):
            if name not in ("acquire", "release", "__exit__"):
                return
            owner = owner.lock
        if isinstance(owner, Task):
            self.follow(owner)
        elif isinstance(owner, Queue):
            self.sign("acquire", owner)
            self.sign("release", owner)
        elif name in ("release", "set", "__exit__"):
            self.sign("release", owner)
        elif name == "wait" and not hasattr(owner, "flag"):
            self.sign("release", owner)
            self.sign("acquire", owner)
        elif result is True and name in ("acquire", "wait", "is_set"):
            self.sign("acquire", owner)

    def follow(self, task: Task) -> None:
        """Note that whatever the task did, and knew to be done, comes before what this thread does now."""
        scene = self.scene
        self.sign("acquire", task)
        before = scene.follows.get(self.number, frozenset())
        scene.follows[self.number] = before | {task.number} | scene.follows_of_task.get(task.number, frozenset())

    def end_wait(self) -> str:
        """Try what the thread waits for, and go on if that succeeds."""
        thread, scene = self.thread, self.scene
        wait = thread.wait
        if wait is None or not isinstance(wait.on, SyncObject):
            raise InterpFault(f"Thread {self.number} waits for what is no synchronisation object.")
        scene.fill(wait.on)
        if isinstance(wait.on, Condition):
            scene.fill(wait.on.lock)
        try:
            result = wait.on.attempt(self.world, self.number, wait)
            if result is WAITING:
                return BLOCKED
            thread.frames[-1].stack.append(result)
        except BaseException as error:
            if not is_of_the_program(error):
                raise
            unwind(thread, error)
        wait.on.withdraw(self.number)
        if isinstance(wait.on, Task):
            self.follow(wait.on)
        else:
            self.sign("acquire", wait.on.lock if isinstance(wait.on, Condition) else wait.on)
        thread.wait = None
        scene.waits[self.number] = None
        self.wakes = True
        self.may_stop = True
        return self.execute()

    def finish(self) -> None:
        """The thread is over: its task has a result or an error."""
        thread, scene = self.thread, self.scene
        task = thread.task
        value, error = task.value, task.error
        scene.fill(task)
        thread.state = ThreadState.FAILED if error else ThreadState.FINISHED
        if self.turns.mode == "processes" and self.number != 1:
            self.must_walk = True
        task.finish(self.world, value, error)
        scene.follows_of_task[self.number] = scene.follows.get(self.number, frozenset())
        scene.ended.add(self.number)
        self.sign("release", task)
        self.tail = 0

    def summary(self, changes: tuple[tuple[int, int], ...], state: State | None) -> Turn:
        """Return what happened."""
        return Turn(
            thread=self.number,
            steps=self.steps,
            tail=self.tail,
            changes=changes,
            text="".join(self.world.output),
            state=state,
            accesses=tuple(self.touched),
            signs=tuple(self.signs),
            lines=frozenset(self.lines),
            enters=self.enters,
            wakes=self.wakes,
        )
