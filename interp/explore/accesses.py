"""What an instruction is about to touch that other threads may see: variables, items, synchronisation, output.

It is asked before the instruction is executed, with its values still on the operand stack. The declaration of each
opcode says in which way it touches anything (`Touch`); what exactly follows from the values. Two places are told
apart where Python programs tell them apart: each global variable, each item of a list, each key of a dict. What
looks at a container as a whole (`len`, a loop, `print`) or changes its length touches all of it.

Lists and dicts that one thread alone can reach are nobody else's business and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from interp.bytecode.code import Touch
from interp.bytecode.operators import BINARY_OPERATORS
from interp.explore.scene import Scene
from interp.explore.states import OUTPUT, THREADS
from interp.explore.values import children, has_identity
from interp.machine.builtins import CHANGING
from interp.machine.memory import SharedObject
from interp.machine.sync import Condition, SyncObject, Task
from interp.machine.thread import Thread
from interp.machine.values import Builtin, Function, Method

WHOLE = "the whole"
"""Stands for every item of a container, and for its length."""

ONE_KEY = frozenset(("get", "setdefault", "pop"))
"""Methods of a dict that touch a single key."""

PLAIN_KEYS = frozenset((int, str, bool, type(None)))
"""Types of keys that are compared by what they are."""

SHALLOW = frozenset((
    "UNPACK_SEQUENCE", "GET_ITER", "FOR_ITER", "POP_JUMP_IF_FALSE", "POP_JUMP_IF_TRUE", "UNARY_NOT",
    "len", "enumerate", "zip", "reversed", "iter", "list", "tuple", "bool", "isinstance",
))  # fmt: skip
"""Instructions and builtins that look at which items there are, and not at what these consist of."""

MAKERS = frozenset(("Lock", "RLock", "Semaphore", "Condition", "Event", "Barrier", "Queue"))


class Access(NamedTuple):
    """A place that is touched: a variable, or a part of a container made at some place of the program.

    What may be visible is told by where a container was made (`base`), which stays as it is whatever becomes of it.
    Whether two accesses concern the same one is told by the `reference` by which the state knows it before the turn,
    or after it where it has become known in the turn. `holder` is the name of a global variable that holds it, if one
    was looked at.
    """

    base: Any
    part: Any
    writes: bool
    reference: Any = None
    holder: str = ""

    @property
    def place(self) -> tuple[Any, Any]:
        """What two accesses have in common that touch the same."""
        return (self.base, self.part)

    def meets(self, part: Any) -> bool:
        """Whether the access concerns a part of its base."""
        return self.part == part or WHOLE in (self.part, part)


def accesses(scene: Scene, thread: Thread) -> list[Access]:
    """Return what the thread's next instruction touches, and give the values that it needs their content."""
    frame = thread.frames[-1]
    instruction = frame.code.instructions[frame.pc]
    touches = instruction.opcode.touches
    if touches is Touch.NOTHING:
        return []
    if touches is Touch.READ_VARIABLE or touches is Touch.WRITE_VARIABLE:
        name = frame.code.arguments[frame.pc]
        writes = touches is Touch.WRITE_VARIABLE
        return [Access(("variable", thread.process.number, name), None, writes)]
    count = instruction.opcode.takes(instruction.operand)
    values = frame.stack[-count:] if count else []
    if touches is Touch.ERROR:
        return list(of_contents(scene, values or [thread.handled])) if is_uncaught(thread) else []
    if touches is Touch.CALL:
        if instruction.opcode.name == "BEFORE_WITH":
            return list(of_operation(scene, values[0], "acquire", ()))
        if instruction.opcode.name == "CALL_KW":
            values = values[:-1]
        if instruction.opcode.name == "WITH_EXCEPT_START":
            values = values[:1]
        if is_failed_task(scene, values[0]) and is_uncaught(thread):
            return list(of_contents(scene, [values[0].owner.error]))
        return list(of_call(scene, values[0], values[1:]))
    if touches is Touch.CONTENTS:
        return list(of_contents(scene, values, deep=instruction.opcode.name not in SHALLOW))
    if touches is Touch.OPERATOR:
        found = list(of_contents(scene, values))
        if BINARY_OPERATORS[instruction.operand][0].endswith("="):
            found += of_container(scene, values[0], WHOLE, writes=True)
        return found
    container, index = values[-2:]
    if touches is Touch.DELETE_ITEM and isinstance(container, list):
        index = slice(None)
    return list(of_item(scene, container, index, writes=touches is not Touch.READ_ITEM))


def is_uncaught(thread: Thread) -> bool:
    """Whether an error of the thread's next instruction would end the thread."""
    *callers, frame = thread.frames
    return frame.code.handler(frame.pc) is None and all(one.code.handler(one.pc - 1) is None for one in callers)


def is_failed_task(scene: Scene, callee: Any) -> bool:
    """Whether what is called is the method of a task that has failed: a join raises the task's error."""
    if not isinstance(callee, Method) or not isinstance(callee.owner, Task):
        return False
    scene.fill(callee.owner)
    return callee.owner.error is not None


def publish(scene: Scene, thread: Thread) -> None:
    """Note which values the thread's next instruction puts where others can reach them.

    A list is a thread's own until it is stored in a global variable or in something shared, put into a queue or given
    to a new task; from the next instruction on it is everybody's.
    """
    frame = thread.frames[-1]
    instruction = frame.code.instructions[frame.pc]
    touches = instruction.opcode.touches
    if touches is Touch.NOTHING:
        return
    count = instruction.opcode.takes(instruction.operand)
    values = frame.stack[-count:] if count else []
    if touches is Touch.WRITE_VARIABLE:
        scene.publish(values)
    elif touches is Touch.WRITE_ITEM and scene.is_shared(values[1]):
        scene.publish([values[0], values[2]])
    elif touches is Touch.OPERATOR and scene.is_shared(values[0]):
        scene.publish(values[1:])
    elif touches is Touch.CALL and values:
        callee, *arguments = values
        if isinstance(callee, Method):
            gives_away = isinstance(callee.owner, SharedObject) or scene.is_shared(callee.owner)
        else:  # `spawn`, or `list.append` called on its list
            is_first = isinstance(callee, Builtin) and any(scene.is_shared(value) for value in arguments[:1])
            gives_away = is_first or getattr(callee, "name", "") == "spawn"
        if gives_away:
            scene.publish(arguments)


def of_item(scene: Scene, container: Any, index: Any, *, writes: bool) -> Iterator[Access]:
    """Yield the access to one item, or to the whole where more than one is concerned."""
    scene.fill(container)
    part: Any = WHOLE
    if isinstance(container, list) and isinstance(index, int):
        part = index + len(container) if index < 0 else index
    elif isinstance(container, dict):
        part = ("key", index if is_plain(index) else ("?",))
    yield from of_container(scene, container, part, writes=writes)


def is_plain(key: Any) -> bool:
    """Whether a key says which item of a dict is meant: two plain keys mean one item exactly where they are equal.

    So 1, 1.0 and True are one place. Whatever is compared by its identity is not plain, NaN neither: it may be another
    host object in the next state.
    """
    kind = key.__class__
    if kind is float:
        return bool(key == key)
    return kind in PLAIN_KEYS or (kind is tuple and all(is_plain(part) for part in key))


def of_container(scene: Scene, container: Any, part: Any, *, writes: bool) -> Iterator[Access]:
    """Yield the access to a part of a value that several threads can reach; nothing for any other value."""
    if not scene.is_shared(container):
        return
    scene.fill(container)
    yield Access(
        ("items", scene.tag_of(container)), part, writes, scene.reference_of(container), scene.holder_of(container)
    )


def of_contents(scene: Scene, values: Iterable[Any], *, deep: bool = True) -> Iterator[Access]:
    """Yield the accesses of looking at all that some values consist of; iterators are moved on by that.

    Unless it goes `deep`, what the items of a list, dict or tuple consist of is left out.
    """
    waiting = [value for value in values if has_parts(value)]
    seen: dict[int, Any] = {}
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        moves = has_identity(value) and not isinstance(value, (list, dict, BaseException))
        yield from of_container(scene, value, WHOLE, writes=moves)
        if deep or not isinstance(value, (list, dict, tuple)):
            waiting.extend(part for part in children(value) if has_parts(part))


def has_parts(value: Any) -> bool:
    """Whether looking at a value may mean looking at others."""
    kind = value.__class__
    if kind is int or kind is str or kind is bool or value is None or kind is Builtin or kind is Function:
        return False
    return not isinstance(value, SharedObject)


def of_call(scene: Scene, callee: Any, arguments: list[Any]) -> Iterator[Access]:
    """Yield what a call touches; a function of the program does that itself, instruction by instruction."""
    kind = callee.__class__
    if kind is Function:
        return
    if kind is Method:
        if isinstance(callee.owner, SyncObject):
            yield from of_operation(scene, callee.owner, callee.builtin.name, arguments)
            return
        yield from of_method(scene, callee.owner, callee.builtin.name, arguments)
        return
    name = getattr(callee, "name", "")
    if kind is Builtin and callee.world:
        if name == "print":
            yield from of_contents(scene, arguments)
            yield Access(OUTPUT, None, True)
        elif name == "spawn":
            yield Access(THREADS, None, True)
        elif name in MAKERS:
            yield Access(("count", name), None, True)
            yield from of_contents(scene, arguments)
        return
    yield from of_contents(scene, arguments, deep=name not in SHALLOW)
    if kind is Builtin and name in CHANGING and arguments:
        yield from of_container(scene, arguments[0], WHOLE, writes=True)


def of_method(scene: Scene, owner: Any, name: str, arguments: list[Any]) -> Iterator[Access]:
    """Yield what calling a method of a list, a dict or another value touches."""
    scene.fill(owner)
    yield from of_contents(scene, arguments)
    if isinstance(owner, dict) and name in ONE_KEY and arguments:
        yield from of_item(scene, owner, arguments[0], writes=name != "get")
    elif name in CHANGING and isinstance(owner, (list, dict)):
        yield from of_container(scene, owner, WHOLE, writes=True)
    else:
        yield from of_contents(scene, [owner])


def of_operation(scene: Scene, owner: Any, name: str, arguments: Iterable[Any]) -> Iterator[Access]:
    """Yield what an operation of a synchronisation object touches."""
    if not isinstance(owner, SyncObject):
        return
    scene.fill(owner)
    if isinstance(owner, Task):
        return  # once a task is over, it stays so: who comes when to its end makes no difference
    yield of_sync(scene, owner)
    if isinstance(owner, Condition):
        scene.fill(owner.lock)
        yield of_sync(scene, owner.lock)


def of_sync(scene: Scene, value: SyncObject) -> Access:
    """Return the access to a synchronisation object."""
    return Access(("sync", type(value).__name__, int(value.number)), None, True)
