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
   before it and cannot go on until it would succeed. What it asked for counts as touched all the same (`Blocked`):
   a thread that only ever asks in vain would have got it in another schedule. An operation that has an effect (waiting
   at a condition, an event, a barrier) is carried out, and the thread's next turn begins with the end of its wait.
5. A thread that sleeps may be woken at any time, the next moment included: how long others take is not known. So
   `sleep` is a place where others can go on at no cost. Time does not pass here: `clock()` returns 0, and the
   search says that it was asked for.
6. Every instruction is executed by the machine's own `step`, every request performed by the machine's own world.
   Nothing here says what an instruction means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from interp.bytecode.code import Code, SwitchPoint
from interp.explore.accesses import Access, accesses, publish
from interp.explore.canonical import Canonizer
from interp.explore.scene import RewalkError, Scene
from interp.explore.states import ABSENT_ID, FAILURE, OUTPUT, THREADS, State, Store
from interp.explore.values import Content, LeftOpenError
from interp.explore.visible import Place, Touched
from interp.explore.worlds import SceneWorld
from interp.language.errors import InterpFault
from interp.machine.interpreter import Step, is_of_the_program, may_switch, opens_block, step, unwind
from interp.machine.state import Frame, ThreadState, Wait
from interp.machine.switch_points import SwitchRule
from interp.machine.sync import WAITING, Condition, Lock, Queue, RLock, Semaphore, SyncObject, Task
from interp.machine.thread import Thread
from interp.scheduling.costs import Costs
from interp.scheduling.deadlock import stuck_threads
from interp.scheduling.failures import report_of
from interp.scheduling.result import Stuck
from interp.scheduling.world import Pause

LONGEST_TURN = 10_000
"""After so many instructions a turn ends at the next backward jump: the loop may have no end."""

LONGEST_AT_FIRST = 200
"""The same in the first search: nothing is visible yet, so a thread that waits busily goes round and round."""

WITHOUT_EFFECT = (Lock, RLock, Semaphore, Queue)
"""Waiting for one of these changes nothing until the wait is over; so it is with `join`."""


class Sign(NamedTuple):
    """An order between threads that a turn makes: it acquires, releases or spawns something.

    `position` says how many of the turn's accesses came before it.
    """

    kind: str
    key: Any
    position: int
    line: int | None


Needs = tuple[tuple[int, ...], tuple[int, ...]]
"""What is special about a move: the tasks that it joins, and the threads that it spawns."""

NOTHING: Needs = ((), ())


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What a thread did in one turn.

    `steps` is how many steps of a schedule it takes, the last `tail` of them after the last place where a switch was
    allowed. `changes` has the slots that hold something else now; `text` is what was printed. `made` is not None where
    the state has to be brought into its canonical form anew: it has the contents of values whose place is not known.
    `blind` are the slots among the changed ones that were not looked at before: what they hold is replaced.
    `accesses` has all that was touched since there was more than one thread; `lines` are those that were executed,
    `clock_lines` those among them that asked for the time. `moves` are its stretches between two places where a switch
    is allowed, the one at `pivot` that with the visible instruction (`counting.py`). `asked` is what the operation
    would touch that the thread stands before, and that would have to wait. `shows` says whether a text was made of a
    synchronisation object's number.
    """

    thread: int
    steps: int
    tail: int
    changes: tuple[tuple[int, int], ...]
    text: str
    made: tuple[tuple[Content, int], ...] | None
    blind: tuple[int, ...]
    accesses: tuple[Touched, ...]
    signs: tuple[Sign, ...]
    lines: frozenset[int]
    clock_lines: frozenset[int]
    moves: tuple[Needs, ...]
    pivot: int
    enters: bool = False
    wakes: bool = False
    asked: tuple[Touched, ...] = ()
    shows: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Blocked:
    """In place of a turn: the thread cannot go on in such a state; `asked` is what it would touch if it could.

    `left_open` says that it can, but not how: it is in a loop over a dict whose keys were exchanged (`values.py`).
    """

    thread: int
    asked: tuple[Touched, ...]
    left_open: bool = False


BLOCKED = "blocked"
"""What an instruction comes to that has to wait."""


@dataclass(frozen=True, slots=True)
class TurnSetting:
    """What turns depend on beside the state: the same as long as a search lasts.

    `visible` are the places that the search takes for visible, None for everything. `skips` says for the number of
    instructions at the end of the program's text whether no switch is tried there. `longest` is where a turn ends whose
    loop may have no end. `numbered` says whether synchronisation objects have their true numbers (`worlds.py`).
    """

    code: Code
    mode: str
    rule: SwitchRule
    costs: Costs
    preemptive: bool
    visible: frozenset[Place] | None
    skips: int = 0
    longest: int = LONGEST_TURN
    numbered: bool = False

    @property
    def anywhere(self) -> bool:
        """Whether a switch may come after any instruction."""
        return self.preemptive and self.rule.everywhere


class Turns:
    """Makes turns, and remembers them."""

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
        contents, made = scene.loose_changes()
        numbers = {self.store.place(slot): self.store.number(content) for slot, content in contents.items()}
        state = [numbers.get(place, ABSENT_ID) for place in range(len(self.store.slots))]
        return self.canonizer.canonical(state, [(name, self.store.number(content)) for name, content in made])

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
        run = _Run(self.setting, scene, number)
        found = run.run()
        return found, None if run.copies else scene.reads

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
            if 0 <= place < length and state[place] and contents[state[place]][0] != "over"
        ]

    def stuck(self, state: State) -> tuple[Stuck, ...]:
        """Return who waits for what in a state in which no thread can go on, as a run that ends there says it."""
        output = self.store.place(OUTPUT)
        key = tuple(number for place, number in enumerate(state) if place != output)
        found = self.stuck_in.get(key)
        if found is None:
            scene = Scene(self.store, state)
            threads = [scene.thread(number) for number, place in enumerate(self.store.thread_places, 1) if state[place]]
            for number, _ in self.living(state):
                _Run(self.setting, scene, number).stand_waiting()
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


class _Run:
    """A turn while it is being executed."""

    def __init__(self, setting: TurnSetting, scene: Scene, number: int) -> None:
        self.setting = setting
        self.rule = setting.rule
        self.anywhere = setting.anywhere
        self.cost_of = setting.costs.of_opcode
        self.scene = scene
        self.number = number
        self.thread = scene.thread(number)
        self.world = SceneWorld(scene, setting.mode, setting.costs, numbered=setting.numbered)
        self.steps = 0
        self.tail = 0
        self.may_stop = self.anywhere
        self.must_walk = False
        self.copies = False
        self.has_spawned = False
        self.touched: list[Touched] = []
        self.asked: list[Touched] = []
        self.signs: list[Sign] = []
        self.lines: set[int] = set()
        self.clock_lines: set[int] = set()
        self.moves = 0
        self.within_move = 0
        self.pivot: int | None = None
        self.joins: list[tuple[int, int]] = []
        self.spawns: list[tuple[int, int]] = []
        self.enters = False
        self.wakes = False
        self.awaited: Wait | None = None

    def run(self) -> Turn | Blocked:
        """Execute the turn, or find that the thread cannot go on."""
        try:
            return Blocked(self.number, tuple(self.asked)) if self.begin() == BLOCKED else self.summary()
        except LeftOpenError:
            return Blocked(self.number, tuple(self.touched), left_open=True)

    def stand_waiting(self) -> None:
        """Leave the thread, which cannot go on, as it would stand in a run: blocked, with what it waits for."""
        if self.begin() != BLOCKED:
            raise InterpFault(f"Thread {self.number} can go on where it was thought to be stuck.")
        self.thread.state = ThreadState.BLOCKED
        if self.awaited is not None:
            self.thread.wait = self.awaited
            self.thread.frames[-1].pc += 1  # behind the instruction that waits

    def begin(self) -> str:
        """Execute the turn from where its thread stands; returns `BLOCKED` if the thread cannot go on."""
        thread, scene = self.thread, self.scene
        scene.slept.discard(self.number)
        entered = self.number in scene.entered
        scene.entered.discard(self.number)
        if thread.wait is not None:
            return self.end_wait()
        if not thread.frames:  # it could not even begin: the arguments do not fit
            self.steps = self.within_move = 1
            scene.fill(thread.task)
            self.finish()
            return ""
        return self.execute(entered)

    def execute(self, entered: bool = False) -> str:
        """Execute instructions up to the next place where it matters who runs."""
        thread, anywhere, visible_places = self.thread, self.anywhere, self.setting.visible
        acted = self.wakes
        while thread.frames:
            frame = thread.frames[-1]
            touched = accesses(self.scene, thread)
            if visible_places is None:
                visible = frame.pc < len(frame.code.instructions) - self.setting.skips
            else:
                visible = any(access.place in visible_places for access in touched)
            if acted and visible and self.may_stop:
                break
            if visible and not anywhere:
                self.may_stop = False
            opcode = frame.code.instructions[frame.pc].opcode
            move = self.moves
            outcome = self.execute_one(touched)
            if outcome == BLOCKED:
                follows = self.scene.follows.get(self.number, frozenset())
                self.asked = [Touched(access, thread.line, follows) for access in touched]
                return self.stand_before(entered=entered)
            acted = acted or visible or bool(outcome) or self.has_spawned
            if acted and self.pivot is None:
                self.pivot = move
            if entered:  # it had to wait, and others ran meanwhile
                entered = False
                self.may_stop = True
                self.tail = 0
                self.end_move()
            if outcome == "waits":
                self.tail = 0
                self.end_move()
                break
            if self.steps >= self.setting.longest and opcode.switch is SwitchPoint.BACKWARD_JUMP:
                self.end_move()
                break
        if not thread.frames and thread.wait is None:
            self.finish()
        return ""

    def stand_before(self, *, entered: bool) -> str:
        """End the turn before an operation that would have to wait."""
        if self.steps == 0 and not self.wakes:
            if self.anywhere or entered:
                return BLOCKED
            self.enters = True
        if not self.anywhere:
            self.scene.entered.add(self.number)
            self.within_move += 1
            self.end_move()
        self.tail = 0
        return ""

    def end_move(self) -> None:
        """Note that a switch is possible here: what was executed since the last such place is a move."""
        if self.within_move:
            self.moves += 1
            self.within_move = 0

    def execute_one(self, touched: list[Access]) -> str:
        """Execute one instruction and what it asks of the world."""
        thread, scene = self.thread, self.scene
        frame = thread.frames[-1]
        offset, stack = frame.pc, list(frame.stack)
        line = frame.code.instructions[offset].place.line
        publish(scene, thread)
        executed = step(thread, self.cost_of)
        self.lines.add(line)
        for value in executed.outputs:
            scene.note_birth(value, (frame.code.first_line, offset, frame.code.name))
        if executed.error is not None:
            scene.note_birth(executed.error, (frame.code.first_line, offset, frame.code.name))
        request = thread.request
        allowed = executed.error is None and thread.frames and may_switch(self.rule, executed, thread)
        if request is not None:
            thread.clock = 0  # it has counted the steps of this turn, and turns are cut as it suits the search
            result = self.perform()
            if result == BLOCKED:
                frame.pc, frame.stack[:] = offset, stack
                return BLOCKED
            allowed = self.switch_after_request(executed)
            if request.builtin.name == "clock":
                self.clock_lines.add(line)
        else:
            result = ""
        self.steps += 1
        self.within_move += 1
        if scene.count(THREADS) > 1:
            self.touched += [Touched(access, line, scene.follows.get(self.number, frozenset())) for access in touched]
        if (allowed and self.setting.preemptive) or result == "sleeps":
            self.may_stop = True
            self.tail = 0
            self.end_move()
        elif not self.anywhere or self.number in scene.slept:
            self.tail += 1
        if self.anywhere:
            self.end_move()
        return result

    def switch_after_request(self, executed: Step) -> bool:
        """Whether the rule allows a switch after a request was performed."""
        thread, rule = self.thread, self.rule
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
        frame = thread.frames[-1]
        self.world.born = (self.number, frame.code.first_line, frame.pc)
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
            scene.note_birth(error, (0, 0, request.builtin.name))
            if isinstance(owner, Task) and owner.is_over:
                self.follow(owner)  # the task's error, raised by its join
            unwind(thread, error)
            return ""
        name = request.builtin.name
        if isinstance(result, Wait):
            if isinstance(result.on, WITHOUT_EFFECT) or result.operation == "join":
                result.on.withdraw(self.number)  # type: ignore[attr-defined]
                self.awaited = result
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
        scene.note_birth(result, (0, 0, name))
        thread.frames[-1].stack.append(result)
        return ""

    def after_spawn(self) -> None:
        """Note who was spawned; a process has a memory of its own, which changes what is shared."""
        for number in self.world.spawned:
            self.has_spawned = True
            self.spawns.append((self.moves, number))
            self.signs.append(Sign("spawn", number, len(self.touched), self.thread.line))
            if self.setting.mode == "processes":  # it depends on all variables, those that are missing too
                self.must_walk = self.copies = True
        self.world.spawned = []

    def sign(self, kind: str, value: SyncObject) -> None:
        """Note an order that synchronisation makes."""
        key = value.number if isinstance(value, Task) else (type(value).__name__, int(value.number))
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
        self.joins.append((self.moves, task.number))
        if task.error is not None:
            scene.set((FAILURE, task.number), None)
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
        self.pivot = 0
        self.within_move = 1
        self.may_stop = True
        self.end_move()
        return self.execute()

    def finish(self) -> None:
        """The thread is over: its task has a result or an error."""
        thread, scene = self.thread, self.scene
        task = thread.task
        value, error = task.value, task.error
        scene.fill(task)
        thread.state = ThreadState.FAILED if error else ThreadState.FINISHED
        if self.setting.mode == "processes" and self.number != 1:
            self.must_walk = True
        task.finish(self.world, value, error)
        if error is not None:  # its arguments may be lists that others change: said as it is now
            scene.fill_deeply([error])
            report = report_of(error, thread.name)
            scene.set((FAILURE, self.number), (report.type, report.message, report.line, report.thread))
        scene.follows_of_task[self.number] = scene.follows.get(self.number, frozenset())
        scene.ended.add(self.number)
        self.sign("release", task)
        self.tail = 0
        self.end_move()

    def summary(self) -> Turn:
        """Return what happened."""
        changes, made, blind = self.changes()
        moves: tuple[Needs, ...] = (NOTHING,)
        if self.setting.visible is None:
            self.pivot = 0
        else:
            moves = (NOTHING,) * self.moves
            if self.joins or self.spawns:
                moves = tuple(self.needs_of(number) for number in range(self.moves))
        return Turn(
            thread=self.number,
            steps=self.steps,
            tail=self.tail,
            changes=changes,
            text="".join(self.world.output),
            made=made,
            blind=blind,
            accesses=self.settled(self.touched),
            signs=tuple(self.signs),
            lines=frozenset(self.lines),
            clock_lines=frozenset(self.clock_lines),
            moves=moves,
            pivot=len(moves) - 1 if self.pivot is None else self.pivot,
            enters=self.enters,
            wakes=self.wakes,
            asked=self.settled(self.asked),
            shows=self.scene.shows_numbers,
        )

    def settled(self, touched: Sequence[Touched]) -> tuple[Touched, ...]:
        """Return accesses with the references by which the state after the turn knows what was touched."""
        settle = self.scene.settle
        found = []
        for one in touched:
            reference = settle(one.access.reference)
            found.append(one._replace(access=one.access._replace(reference=reference)))
        return tuple(found)

    def needs_of(self, move: int) -> Needs:
        """Return what is special about a move."""
        joins = tuple(task for number, task in self.joins if number == move)
        spawns = tuple(thread for number, thread in self.spawns if number == move)
        return (joins, spawns) if joins or spawns else NOTHING

    def changes(self) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[Content, int], ...] | None, tuple[int, ...]]:
        """Return the slots that hold something else now, what of it has no place yet, and which were not looked at."""
        scene = self.scene
        store, state = scene.store, scene.state
        made: tuple[tuple[Content, int], ...] | None = None
        try:
            if self.must_walk:
                raise RewalkError
            contents = scene.changes()
        except RewalkError:
            contents, loose = scene.loose_changes()
            made = tuple((reference, store.number(content)) for reference, content in loose)
        found = []
        blind = []
        for slot, content in contents.items():
            place = store.place(slot)
            number = ABSENT_ID if content is None else store.number(content)
            if scene.is_blind(slot):
                blind.append(place)
                found.append((place, number))
            elif number != (state[place] if place < len(state) else ABSENT_ID):
                found.append((place, number))
        return tuple(found), made, tuple(blind)
