"""Every schedule of a tiny program, found without the explorer, as an oracle for it.

The explorer has a form of states of its own, remembers turns, leaves out what does not matter and searches by cost.
Nothing of that is used here, only the simulation that runs every program:

1. What can be done in a state is found by trying: a run is brought there by a schedule, and each thread in turn is
   given one *move*: one instruction, or the end of a wait. An instruction that would only make its thread wait
   (`acquire`, `put`, `get`, `join`) is no move: it changes nothing until it succeeds.
2. Two runs are in the same state if their `picture` is the same: everything that a thread can reach, by content, with
   lists and dicts numbered as they are met. So the moves make a graph, `Everything`.
3. What the explorer has to find follows from that graph by the plainest means: the number of schedules by adding up
   the ways, the fewest preemptions by improving a table until nothing improves, loops by asking of every two states
   whether each can be reached from the other.

`schedules_one_by_one` does not even trust the pictures. It runs through every schedule there is, of which a program of
three lines has thousands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import interp
from interp.bytecode.code import Code
from interp.explore.exploring import explore
from interp.language.errors import UsageError
from interp.machine.memory import take_apart
from interp.machine.state import ThreadState
from interp.machine.sync import Barrier, Condition, Event, Lock, Queue, Semaphore, SyncObject, Task
from interp.machine.thread import Thread
from interp.machine.tracebacks import raised_line
from interp.machine.values import Builtin, DictIterator, Function, Method, NamedIterator
from interp.scheduling.dictated import admit_new_threads, chosen_thread, run_one_step
from interp.scheduling.schedule import Choice, format_schedule, parse_schedule
from interp.scheduling.scheduler import Simulation
from interp.scheduling.simulate import go_on, make_result

Node = int
End = tuple[str, str, tuple[str, ...], str]
"""The kind of an outcome, the output, who failed and was joined by nobody, and who is stuck, and where."""

PATIENT = ("wait",)
"""Operations that do something although they wait: who waits at an event or a condition has been counted there."""


# --- standing in a state


def stand(program: interp.Program, order: list[Choice], mode: str = "threads") -> Simulation:
    """Return a run after these choices; raises `UsageError` where a thread cannot be chosen."""
    simulation = Simulation(program.code, interp.Settings(mode=mode))
    simulation.start()
    simulation.cores.by_hand = True
    for choice in order:
        take(simulation, choice)
    return simulation


def take(simulation: Simulation, choice: Choice) -> Thread:
    """Let a thread execute a step, or only end its wait if the choice says so; returns the thread."""
    thread = chosen_thread(simulation, 1, choice, 0)
    if choice.steps:
        run_one_step(simulation, thread)
        admit_new_threads(simulation)
    return thread


def move(simulation: Simulation, number: int) -> Choice | None:
    """Let a thread do its next move and return it; None if it has none, and the run is of no use any more."""
    thread = simulation.ledger.thread(number)
    choice = Choice(number, 0 if thread.wait is not None else 1)
    try:
        take(simulation, choice)
    except UsageError:
        return None
    if choice.steps and thread.wait is not None and thread.wait.operation not in PATIENT:
        return None
    return choice


# --- pictures


class Picture:
    """Everything in a run that makes a difference to what can happen, as nested tuples."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.kept: list[Any] = []

    def of_run(self, simulation: Simulation) -> tuple[Any, ...]:
        """Return the picture of a run."""
        machine = simulation.ledger.machine
        return (
            "".join(simulation.world.output),
            unseen_failures(simulation),
            tuple(sorted(machine.sync_count.items())),
            tuple(self.of_thread(thread) for thread in machine.threads),
            tuple(self.of_memory(process.globals) for process in machine.processes),
        )

    def of_memory(self, memory: dict[str, Any]) -> tuple[Any, ...]:
        """Return the picture of global variables; in which order they were made is not seen by a program."""
        return tuple((name, self.of_value(memory[name])) for name in sorted(memory))

    def of_thread(self, thread: Thread) -> tuple[Any, ...]:
        """Return the picture of a thread."""
        frames = tuple(
            (self.of_value(frame.code), frame.pc, self.of_values(frame.locals), self.of_values(frame.stack))
            for frame in thread.frames
        )
        wait = thread.wait and (
            self.of_value(thread.wait.on), thread.wait.operation, thread.wait.granted, self.of_value(thread.wait.detail)
        )  # fmt: skip
        resting = thread.state.value if thread.state.is_over or thread.state is ThreadState.SLEEPING else ""
        return (resting, frames, wait, self.of_value(thread.handled), self.of_value(thread.task))

    def of_values(self, values: Any) -> tuple[Any, ...]:
        """Return the pictures of some values."""
        return tuple(self.of_value(value) for value in values)

    def of_value(self, value: Any) -> Any:
        """Return the picture of a value; one that was met before is only named."""
        if isinstance(value, Code):
            return ("code", value.qualname, value.first_line)
        if isinstance(value, Function):
            return ("function", self.of_value(value.code), self.of_values(value.defaults))
        if isinstance(value, Method):
            return ("method", self.of_value(value.owner), value.builtin.name)
        if isinstance(value, (Builtin, type, range)) or value is None:
            return repr(value)
        if isinstance(value, (int, float, str)):
            return (type(value).__name__, repr(value))
        if isinstance(value, tuple):
            return ("tuple", self.of_values(value))
        if id(value) in self.numbers:
            return ("met", self.numbers[id(value)])
        self.numbers[id(value)] = len(self.numbers)
        self.kept.append(value)  # or its id could become that of another
        if isinstance(value, SyncObject):
            return (value.kind, value.number, self.of_sync(value))
        if isinstance(value, (list, deque)):
            return ("list", self.of_values(value))
        if isinstance(value, dict):
            return ("dict", tuple((self.of_value(key), self.of_value(held)) for key, held in value.items()))
        if isinstance(value, BaseException):
            context = self.of_value(value.__context__)  # a report says during the handling of which error it happened
            return ("error", type(value).__name__, self.of_values(value.args), raised_line(value), context)
        if isinstance(value, NamedIterator) and not isinstance(value, DictIterator):
            return (type(value).__name__, self.of_value(value.inner))
        if hasattr(value, "__next__"):
            make, parts, position = take_apart(value)
            return ("iterator", make.__name__, self.of_values(parts), position)
        return repr(value)  # the marks of the machine, such as UNBOUND

    def of_sync(self, value: SyncObject) -> Any:
        """Return what is in a synchronisation object."""
        if isinstance(value, Lock):
            return (value.holder, getattr(value, "count", 0))
        if isinstance(value, Semaphore):
            return value.count
        if isinstance(value, Queue):
            return (value.maxsize, self.of_value(value.items))
        if isinstance(value, Task):
            return (value.is_over, value.joined, self.of_value(value.value), self.of_value(value.error))
        if isinstance(value, Condition):
            return (self.of_value(value.lock), tuple(value.waiting))
        assert isinstance(value, (Event, Barrier)), value
        # All that wait here go on together: who came first makes no difference.
        return (value.flag if isinstance(value, Event) else value.parties, tuple(sorted(value.waiting)))


# --- the graph


@dataclass(slots=True)
class Everything:
    """All states of a program: how each was reached first, and the moves that lead on from it.

    `rests` has the threads that sleep in a state: to leave one is no preemption.
    """

    orders: list[list[Choice]] = field(default_factory=list)
    moves: list[dict[int, tuple[Node, int | None]]] = field(default_factory=list)
    rests: list[set[int]] = field(default_factory=list)
    living: list[set[int]] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


def everything(program: interp.Program, mode: str = "threads", most: int = 1_000) -> Everything | None:
    """Return all states of a program, None if there are more than `most`."""
    found = Everything()
    known: dict[Any, Node] = {}
    waiting: deque[Simulation] = deque()

    def node_of(simulation: Simulation, order: list[Choice]) -> Node:
        picture = Picture().of_run(simulation)
        if picture not in known:
            known[picture] = len(known)
            threads = simulation.ledger.machine.threads
            found.orders.append(order)
            found.rests.append({one.number for one in threads if one.state is ThreadState.SLEEPING})
            found.living.append({one.number for one in threads if not one.state.is_over})
            found.outputs.append("".join(simulation.world.output))
            waiting.append(simulation)
        return known[picture]

    node_of(stand(program, [], mode), [])
    while waiting:
        if len(known) > most:
            return None
        here: Simulation | None = waiting.popleft()  # good for one move; for the others, a run is brought here again
        node = len(found.moves)
        order = found.orders[node]
        moves: dict[int, tuple[Node, int | None]] = {}
        for number in sorted(found.living[node]):
            simulation, here = here or stand(program, order, mode), None
            thread = simulation.ledger.thread(number)
            line = thread.frames[-1].code.instructions[thread.frames[-1].pc].place.line if thread.frames else None
            choice = move(simulation, number)
            if choice is not None:
                moves[number] = node_of(simulation, [*order, choice]), line if choice.steps else None
        found.moves.append(moves)
    return found


# --- what follows from it


def fewest(graph: Everything) -> dict[tuple[Node, int], tuple[int, int]]:
    """Return the fewest preemptions, and then switches, to each state and the thread that ran last."""
    costs: dict[tuple[Node, int], tuple[int, int]] = {(0, 0): (0, 0)}
    waiting = deque(costs)
    while waiting:
        node, last = waiting.popleft()
        preemptions, switches = costs[node, last]
        able = last in graph.moves[node] and last not in graph.rests[node]
        for number, (target, _) in graph.moves[node].items():
            switched = last not in (0, number)
            cost = (preemptions + (switched and able), switches + switched)
            if cost < costs.get((target, number), (cost[0] + 1, 0)):
                costs[target, number] = cost
                waiting.append((target, number))
    return costs


def reachable(graph: Everything) -> list[set[Node]]:
    """Return for each state those that a move or more lead to."""
    found: list[set[Node]] = []
    for node in range(len(graph.moves)):
        seen: set[Node] = set()
        waiting = [node]
        while waiting:
            for target, _ in graph.moves[waiting.pop()].values():
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        found.append(seen)
    return found


def circles(graph: Everything) -> list[set[Node]]:
    """Return the sets of states in which a run can go round for ever."""
    after = reachable(graph)
    found: list[set[Node]] = []
    for node, targets in enumerate(after):
        if node in targets and not any(node in circle for circle in found):
            found.append({other for other in targets if node in after[other]})
    return found


def number_of_ways(graph: Everything) -> list[int]:
    """Return in how many ways each state is reached; there is no circle."""
    comes_before: list[int] = [0] * len(graph.moves)
    for moves in graph.moves:
        for target, _ in moves.values():
            comes_before[target] += 1
    ways = [1] + [0] * (len(graph.moves) - 1)
    ready = [0]
    while ready:
        node = ready.pop()
        for target, _ in graph.moves[node].values():
            ways[target] += ways[node]
            comes_before[target] -= 1
            if not comes_before[target]:
                ready.append(target)
    return ways


@dataclass(frozen=True, slots=True)
class Findings:
    """What is to be found: for each end its fewest preemptions and switches, and how many schedules have it.

    An end without an end has the kind `"endless"` and its lines; `busy` are threads that wait busily, with the lines.
    """

    costs: dict[End, tuple[int, int]]
    schedules: dict[End, int] | None
    endless: dict[tuple[str, tuple[int, ...]], tuple[int, int]]
    busy: set[tuple[str, tuple[int, ...]]]


def findings_of(program: interp.Program, graph: Everything, mode: str = "threads") -> Findings:
    """Return what the explorer has to find, by what the graph says."""
    costs = fewest(graph)
    best: dict[Node, tuple[int, int]] = {}
    for (node, _), cost in costs.items():
        best[node] = min(cost, best.get(node, cost))
    rounds = circles(graph)
    ways = number_of_ways(graph) if not rounds else None
    found: dict[End, tuple[int, int]] = {}
    schedules: dict[End, int] = {}
    for node, moves in enumerate(graph.moves):
        if not moves:
            end = end_of(program, format_schedule(graph.orders[node]), mode)
            found[end] = min(best[node], found.get(end, best[node]))
            if ways is not None:
                schedules[end] = schedules.get(end, 0) + ways[node]
    endless: dict[tuple[str, tuple[int, ...]], tuple[int, int]] = {}
    busy: set[tuple[str, tuple[int, ...]]] = set()
    for circle in rounds:
        lines: dict[int, set[int]] = {}
        for node in circle:
            for number, (target, line) in graph.moves[node].items():
                if target in circle:
                    lines.setdefault(number, set()).update([line] if line is not None else [])
        node = min(circle)
        left_out = graph.living[node] - set(lines)
        if any(all(number in graph.moves[node] for node in circle) for number in left_out):
            names = {one.number: one.name for one in stand(program, graph.orders[node], mode).ledger.machine.threads}
            busy |= {(names[number], tuple(sorted(own))) for number, own in lines.items()}
            continue
        key = (graph.outputs[node], tuple(sorted(set().union(*lines.values()))))
        cost = min(best[node] for node in circle)
        endless[key] = min(cost, endless.get(key, cost))
    return Findings(found, schedules if ways is not None else None, endless, busy)


def end_of(program: interp.Program, schedule: str, mode: str = "threads") -> End:
    """Run a schedule and return how the program ended; who failed first makes no difference."""
    simulation = Simulation(program.code, interp.Settings(mode=mode, schedule=schedule))
    simulation.start()
    go_on(simulation)
    failures = unseen_failures(simulation)
    result = make_result(simulation, None)
    return result.outcome, result.output, failures, str(result.stuck)


def unseen_failures(simulation: Simulation) -> tuple[str, ...]:
    """Return what would be said of the threads that have failed and that nobody has joined."""
    threads = simulation.ledger.machine.threads
    unseen = [one for one in simulation.failed if one.thread == 1 or not threads[one.thread - 1].task.joined]
    return tuple(str(one.report) for one in sorted(unseen, key=lambda one: one.thread))


def step_by_step(schedule: str) -> list[Choice]:
    """Return a schedule as choices of one step or none."""
    return [
        Choice(choice.thread, min(choice.steps, 1))
        for choice in parse_schedule(schedule)
        for _ in range(max(1, choice.steps))
    ]


# --- the explorer beside it


def found_by_explorer(program: interp.Program, found: interp.Exploration, mode: str = "threads") -> Findings:
    """Return what an exploration has found, in the form of `Findings`; its witnesses say how its outcomes end."""
    ends = {end_of(program, one.witness, mode): one for one in found.outcomes if one.kind != "endless"}
    endless = [one for one in found.outcomes if one.kind == "endless"]
    return Findings(
        {end: (one.preemptions, one.switches) for end, one in ends.items()},
        None if found.schedules is None else {end: one.schedules or 0 for end, one in ends.items()},
        {(one.output, one.lines): (one.preemptions, one.switches) for one in endless},
        {(wait.thread, wait.lines) for wait in found.busy_waits},
    )


def what_differs(text: str, mode: str = "threads", most: int = 1_000) -> str | None:
    """Return how the explorer differs from every schedule of a program; empty if not, None if there are too many."""
    program = interp.compile_source(text, "tiny.toy")
    graph = everything(program, mode, most)
    if graph is None:
        return None
    wanted = findings_of(program, graph, mode)
    settings = interp.Settings(mode=mode, switch_points="every")
    whole, reduced = explore(program, settings, reduction=False), explore(program, settings)
    for name, found in (("without reduction", whole), ("with reduction", reduced)):
        if found.stopped == "dict":
            return None
        if not found.complete:
            return f"{name}: stopped: {found.stopped}"
        given = found_by_explorer(program, found, mode)
        for part in ("costs", "endless"):
            if getattr(given, part) != getattr(wanted, part):
                return f"{name}: {part}: found {getattr(given, part)}\n  every schedule says {getattr(wanted, part)}"
        # Who goes round without a look at what others do waits for nobody: that loop is an outcome, and told as that.
        missed = wanted.busy - given.busy
        missed = {wait for wait in missed if not any(set(wait[1]) <= set(lines) for _, lines in wanted.endless)}
        if missed or given.busy - wanted.busy:
            return f"{name}: busy: found {given.busy}\n  every schedule says {wanted.busy}"
        if (given.schedules is None) != (wanted.schedules is None):
            return f"{name}: schedules: found {given.schedules}\n  every schedule says {wanted.schedules}"
        told = what_a_witness_does_not_do(program, found, mode)
        if told:
            return f"{name}: {told}"
    given = found_by_explorer(program, whole, mode)
    if given.schedules != wanted.schedules:
        return f"schedules: found {given.schedules}\n  every schedule says {wanted.schedules}"
    if whole.schedules is not None and whole.schedules != sum(wanted.schedules.values()):
        return f"schedules: found {whole.schedules} in all"
    if whole.states != len(graph.moves):
        return f"states: found {whole.states}\n  every schedule has {len(graph.moves)}"
    return ""


def what_a_witness_does_not_do(program: interp.Program, found: interp.Exploration, mode: str) -> str | None:
    """Replay all witnesses and say which does not lead where it should, None if all do."""
    for outcome in found.outcomes:
        if outcome.kind == "endless":
            told = what_a_round_does_not_do(program, outcome, mode)
            if told:
                return told
            continue
        result = interp.run(program, interp.Settings(mode=mode, schedule=outcome.witness))
        told = (result.outcome, result.output, result.error, result.stuck)
        if told != (outcome.kind, outcome.output, outcome.error, outcome.stuck):
            return f"witness: {outcome.witness!r} ends with {told}, not as {outcome}"
        if sum(choice.steps for choice in parse_schedule(outcome.witness)) != result.steps:
            return f"witness: {outcome.witness!r} is not the whole run of {result.steps} steps"
    return None


def what_a_round_does_not_do(program: interp.Program, outcome: Any, mode: str) -> str | None:
    """Follow an endless outcome round its loop again and say what is wrong, None if it comes back to where it was."""
    there, back = outcome.witness, f"{outcome.witness} {outcome.cycle}"
    try:
        pictures = [Picture().of_run(stand(program, step_by_step(schedule), mode)) for schedule in (there, back)]
    except UsageError as refused:
        return f"cycle: {back!r}: {refused}"
    if pictures[0] != pictures[1]:
        return f"cycle: {outcome.cycle!r} after {there!r} does not come back to where it was"
    steps = sum(choice.steps for choice in parse_schedule(back))
    result = interp.run(program, interp.Settings(mode=mode, schedule=back, max_steps=steps))
    if (result.outcome, result.steps) != ("limit", steps):
        return f"cycle: {back!r} ends with {result.outcome} after {result.steps} steps"
    return None


# --- without pictures

NOTICED = ("NAME", "GLOBAL", "SUBSCR", "CALL", "ITER", "WITH", "RETURN")
"""Parts of the names of the instructions before which a switch is tried."""


def turn_of(program: interp.Program, order: list[Choice], number: int) -> list[Choice] | None:
    """Return the order with a turn of a thread, up to where a switch is tried next; None if it cannot go on."""
    simulation = stand(program, order)
    while True:
        order = [*order, Choice(number, 1)]
        try:
            thread = take(simulation, order[-1])
        except UsageError:
            return None
        if thread.state is not ThreadState.RUNNING:
            return order
        frame = thread.frames[-1]
        if any(part in frame.code.instructions[frame.pc].opcode.name for part in NOTICED):
            return order


def schedules_one_by_one(program: interp.Program) -> Iterator[tuple[list[Choice], int]]:
    """Yield every schedule of a program of up to three threads with its preemptions, by trying who can go on."""
    waiting: list[tuple[list[Choice], int]] = [([], 0)]
    while waiting:
        order, preemptions = waiting.pop()
        turns = {number: turn_of(program, order, number) for number in (1, 2, 3)}
        able = {number: turn for number, turn in turns.items() if turn is not None}
        if not able:
            yield order, preemptions
        for number, turn in able.items():
            switches = bool(order) and number != order[-1].thread
            waiting.append((turn, preemptions + (switches and order[-1].thread in able)))
