"""Executing one turn: a thread is brought to life and goes on, step by step, until the turn is over.

1. Every instruction is executed by the machine's own `step`, every request performed by the machine's own world
   (`worlds.py`). Nothing here says what an instruction means. What it touches is asked before (`accesses.py`), which
   orders it makes afterwards (`orders.py`).
2. An operation that has to wait and has no effect by that (acquire, get, put, join) is taken back: the thread stands
   before it and cannot go on until it would succeed. What it asked for counts as touched all the same (`Blocked`):
   a thread that only ever asks in vain would have got it in another schedule. An operation that has an effect (waiting
   at a condition, an event, a barrier) is carried out, and the thread's next turn begins with the end of its wait.
3. A thread that sleeps may be woken at any time, the next moment included: how long others take is not known. So
   `sleep` is a place where others can go on at no cost. Time does not pass here: `clock()` returns 0, and the
   search says that it was asked for.

Read next: `changes.py`, which says what the turn has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interp.bytecode.code import SwitchPoint
from interp.explore.accesses import Access, accesses, publish
from interp.explore.changes import Changes, changes_of
from interp.explore.orders import Order, Sign, key_of, orders_after, orders_of, orders_of_waiting
from interp.explore.scene import Scene
from interp.explore.states import FAILURE, THREADS
from interp.explore.turn import NOTHING, Blocked, Needs, Turn, TurnSetting
from interp.explore.values import LeftOpenError
from interp.explore.visible import Touched
from interp.explore.worlds import SceneWorld
from interp.language.errors import InterpFault
from interp.machine.interpreter import Step, is_of_the_program, may_switch, opens_block, step, unwind
from interp.machine.state import ThreadState, Wait
from interp.machine.sync import WAITING, Condition, Lock, Queue, RLock, Semaphore, SyncObject, Task
from interp.scheduling.failures import report_of
from interp.scheduling.world import Pause

WITHOUT_EFFECT = (Lock, RLock, Semaphore, Queue)
"""Waiting for one of these changes nothing until the wait is over; so it is with `join`."""

BLOCKED = "blocked"
"""What an instruction comes to that has to wait."""


class Execution:
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
        scene.held.discard(self.number)
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
                if not anywhere and not self.may_stop:
                    self.scene.held.add(self.number)
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
                self.sign(orders_of(owner, request.builtin.name, error))
            unwind(thread, error)
            return ""
        name = request.builtin.name
        if isinstance(result, Wait):
            if isinstance(result.on, WITHOUT_EFFECT) or result.operation == "join":
                result.on.withdraw(self.number)  # type: ignore[attr-defined]
                self.awaited = result
                return BLOCKED
            if isinstance(result.on, Condition):
                scene.fill(result.on.lock)
            self.sign(orders_of_waiting(result))
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
            if isinstance(owner, Task):
                self.follow(owner)
            self.sign(orders_of(owner, name, result))
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

    def sign(self, orders: Iterable[Order]) -> None:
        """Note the orders that synchronisation makes."""
        for kind, value in orders:
            self.signs.append(Sign(kind, key_of(value), len(self.touched), self.thread.line))

    def follow(self, task: Task) -> None:
        """Note that whatever the task did, and knew to be done, comes before what this thread does now."""
        scene = self.scene
        self.joins.append((self.moves, task.number))
        if task.error is not None:
            scene.set((FAILURE, task.number), None)
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
        self.sign(orders_after(wait))
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
        self.sign([("release", task)])
        self.tail = 0
        self.end_move()

    def summary(self) -> Turn:
        """Return what happened."""
        changes = changes_of(self.scene, anew=self.must_walk)
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
            changes=changes.slots,
            text="".join(self.world.output),
            made=changes.made,
            blind=changes.blind,
            accesses=settled(self.touched, changes),
            signs=tuple(self.signs),
            lines=frozenset(self.lines),
            clock_lines=frozenset(self.clock_lines),
            moves=moves,
            pivot=len(moves) - 1 if self.pivot is None else self.pivot,
            enters=self.enters,
            wakes=self.wakes,
            asked=settled(self.asked, changes),
            shows=self.scene.shows_numbers,
        )

    def needs_of(self, move: int) -> Needs:
        """Return what is special about a move."""
        joins = tuple(task for number, task in self.joins if number == move)
        spawns = tuple(thread for number, thread in self.spawns if number == move)
        return (joins, spawns) if joins or spawns else NOTHING


def settled(touched: Sequence[Touched], changes: Changes) -> tuple[Touched, ...]:
    """Return accesses with the references by which the state after the turn knows what was touched."""
    found = []
    for one in touched:
        reference = changes.settle(one.access.reference)
        found.append(one._replace(access=one.access._replace(reference=reference)))
    return tuple(found)
