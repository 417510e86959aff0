"""A state brought to life, as far as one thread needs it: its frames, and of what is shared the parts that it touches.

1. Every slot that is read is noted, in order: together with the thread itself they are all that its next steps depend
   on, and so all that a turn has to be remembered by.
2. Afterwards the slots that were read are written back. Where no reference to a shared value came or went, that is all
   (`changes`). Where one did, what is shared and how it is numbered may have changed: then values whose place is not
   known yet get references of their own (`loose_changes`), and `canonical.py` finds their places in the state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from interp.explore.states import ABSENT_ID, State, Store
from interp.explore.values import (
    FIELDS,
    Content,
    Refer,
    children,
    content_of,
    decode,
    encode,
    fill,
    has_identity,
    make,
    sort_of,
)
from interp.language.errors import InterpFault
from interp.machine.memory import SharedObject
from interp.machine.state import Frame, Machine, Process, Wait
from interp.machine.sync import SyncObject, Task
from interp.machine.thread import Thread
from interp.scheduling.world import BUILTINS

GONE = object()
"""Marks a variable that was deleted."""

UNSETTLED = "unsettled"
"""With this begins the reference to a value of which it is not known yet where it will be found."""

CLASSES = {kind.__name__: kind for kind in FIELDS}

Made = tuple[tuple[Content, Content], ...]
"""Values whose place in the state is not known yet, as references with their content."""


class RewalkError(Exception):
    """A reference came or went: what is shared may have to be numbered anew."""


class NotedNumber(int):
    """The number of a synchronisation object, which notes when a text is made of it (`worlds.py` says what for)."""

    def __new__(cls, number: int, scene: Scene) -> NotedNumber:
        made = super().__new__(cls, number)
        made.scene = scene
        return made

    scene: Scene

    def __format__(self, specification: str) -> str:
        self.scene.shows_numbers = True
        return super().__format__(specification)


class Memory(dict[str, Any]):
    """The global variables of a process, brought to life one by one as they are looked at."""

    def __init__(self, scene: Scene, process: int) -> None:
        super().__init__()
        self.scene = scene
        self.process = process
        self.written: dict[str, Any] = {}

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a variable."""
        if name in self.written:
            value = self.written[name]
        else:
            content = self.scene.read(("variable", self.process, name))
            value = GONE if content is None else self.scene.decode_shared(content)
            self.written[name] = value
        return default if value is GONE else value

    def __setitem__(self, name: str, value: Any) -> None:
        self.written[name] = value  # whatever it was before: that is not looked at

    def pop(self, name: str, default: Any = None) -> Any:
        """Take a variable away and return its value."""
        value = self.get(name, default)
        self.written[name] = GONE
        return value

    def all(self) -> dict[str, Any]:
        """Return all variables as a plain dict, by their names' order."""
        store, state = self.scene.store, self.scene.state
        for place, slot in enumerate(store.slots[: len(state)]):
            if slot[0] == "variable" and slot[1] == self.process and state[place]:
                self.get(slot[2])
        return {name: value for name, value in sorted(self.written.items()) if value is not GONE}


class Scene:
    """A state brought to life as far as it is looked at."""

    def __init__(self, store: Store, state: State) -> None:
        self.store = store
        self.state = state
        self.machine = Machine()
        self.reads: list[tuple[int, int]] = []
        self.seen: set[Content] = set()
        self.objects: dict[Content, Any] = {}
        self.references: dict[int, Content] = {}
        self.filled: dict[Content, int] = {}
        self.tags: dict[int, tuple[Any, Any]] = {}
        self.published: dict[int, Any] = {}
        self.known: dict[Content, Any] = {}
        self.memories: dict[int, dict[str, Any]] = {}
        self.processes: dict[int, Process] = {}
        self.threads: dict[int, Thread] = {}
        self.slept: set[int] = set()
        self.entered: set[int] = set()
        self.waits: dict[int, Wait | None] = {}
        self.counts: dict[Content, int] = {}
        self.follows: dict[int, frozenset[int]] = {}
        self.follows_of_task: dict[int, frozenset[int]] = {}
        self.ended: set[int] = set()
        self.shows_numbers = False
        self.given: dict[Content, Content] = {}
        self.loose: dict[int, Content] = {}

    # --- reading slots

    def read(self, slot: Content) -> Content:
        """Return what a slot holds, and note that it was looked at."""
        place = self.store.place(slot)
        number = self.state[place] if place < len(self.state) else ABSENT_ID
        if slot not in self.seen:
            self.seen.add(slot)
            self.reads.append((place, number))
        return self.store.contents[number]

    def count(self, slot: Content) -> int:
        """Return a counter."""
        if slot not in self.counts:
            self.counts[slot] = self.read(slot) or 0
        return self.counts[slot]

    def number_for(self, kind: str, born: Content) -> int:
        """Return a number for a synchronisation object that is made now.

        It is the next, or that of one which was made by the same thread at the same place and which nobody has any
        more. So a loop that makes locks and drops them comes back to a state that it was in.
        """
        number = 1
        while True:
            slot = ("born", kind, number)
            if slot not in self.given:
                known = self.read(slot)
                if known is None:
                    break
                if known == born and all(self.read((letter, kind, number)) is None for letter in "GH"):
                    break
            number += 1
        self.given[slot] = born
        return number

    def set(self, slot: Content, content: Content) -> None:
        """Put something without references into a slot."""
        self.read(slot)
        self.counts[slot] = content

    # --- values

    def decode_shared(self, content: Content) -> Any:
        """Return the value that a slot's content means."""
        return decode(content, self.resolve, self.known)

    def resolve(self, reference: Content) -> Any:
        """Return what a reference to a shared value stands for, without its content where it can be filled in later."""
        found = self.objects.get(reference)
        if found is not None:
            return found
        letter = reference[0]
        if letter == "task":
            value: Any = Task(reference[1], reference[2])
        elif letter in "GH":
            kind = CLASSES[reference[1]]
            value = kind.__new__(kind)
            value.number = NotedNumber(reference[2], self)
        elif reference[2] in ("list", "dict"):
            value = make(reference[2], (), self.decode_shared)
        else:
            content = self.read(reference)
            value = make(reference[2], content, self.decode_complete)
        self.objects[reference] = value
        self.references[id(value)] = reference
        if letter in "gh" and reference[2] not in ("list", "dict"):
            self.fill(value)
        return value

    def decode_complete(self, content: Content) -> Any:
        """Return the value that a content means, with all that an iterator over it needs."""
        value = self.decode_shared(content)
        self.fill_deeply([value])
        return value

    def fill(self, value: Any) -> None:
        """Give a shared value its content, if it has not got it yet."""
        reference = self.references.get(id(value))
        if reference is None or reference in self.filled:
            return
        content = self.read(reference)
        if content is None:
            raise InterpFault(f"The state has no content for {reference}.")
        self.filled[reference] = self.store.number(content)
        if reference[0] == "task":
            content, self.follows_of_task[reference[1]] = content
        fill(value, content, self.decode_shared)
        if isinstance(value, SyncObject) and reference[1] == "Condition":
            self.fill(value.lock)  # type: ignore[attr-defined]

    def fill_deeply(self, values: Iterable[Any]) -> None:
        """Give values and all that can be reached through them their content."""
        seen: dict[int, Any] = {}  # holds them, so that no address is used twice
        waiting = deque(values)
        while waiting:
            value = waiting.popleft()
            if id(value) in seen or value.__class__ in (int, str):
                continue
            seen[id(value)] = value
            if isinstance(value, SharedObject):
                continue
            self.fill(value)
            waiting.extend(children(value))

    def fill_everything(self) -> None:
        """Bring all variables of the processes to life, and give all that can be reached its content."""
        roots: list[Any] = [value for thread in self.threads.values() for value in thread.roots()]
        for number, process in self.processes.items():
            memory = self.memories[number]
            if isinstance(memory, Memory):
                process.globals = self.memories[number] = memory.all()
            roots += process.globals.values()
        roots += [wait.on for wait in self.waits.values() if wait is not None]
        seen: dict[int, Any] = {}
        while roots:
            value = roots.pop()
            if id(value) not in seen and value.__class__ not in (int, str):
                seen[id(value)] = value
                self.fill(value)
                roots += children(value)

    def tag_of(self, value: Any) -> Any:
        """Return where a value was made, None where that is not known."""
        reference = self.references.get(id(value))
        if reference is not None and reference[0] in "gh":
            return reference[3]
        found = self.tags.get(id(value))
        return found[1] if found is not None else None

    def is_shared(self, value: Any) -> bool:
        """Whether several threads can reach a value, since before this turn or since a moment ago."""
        reference = self.references.get(id(value))
        return id(value) in self.published if reference is None else reference[0] in "gh"

    def publish(self, values: Iterable[Any]) -> None:
        """Note that others can reach some values from now on."""
        self.published |= walk(values, self.references)

    def reference_of(self, value: Any) -> Content:
        """Return the reference to a shared value, or one that is good within this scene only (`settle`)."""
        return self.references.get(id(value)) or (UNSETTLED, id(value))

    def settle(self, reference: Content) -> Content:
        """Return the reference by which a value is known behind the changes, None if it is not known there."""
        if reference is None or reference[0] != UNSETTLED:
            return reference
        return self.loose.get(reference[1])

    def holder_of(self, value: Any) -> str:
        """Return the name of a global variable that holds a shared value, if it was looked at."""
        for memory in self.memories.values():
            for name, held in memory.written.items() if isinstance(memory, Memory) else memory.items():
                if held is value:
                    return name
        return ""

    def note_birth(self, value: Any, tag: Any) -> None:
        """Note where a new value was made."""
        if not has_identity(value) or isinstance(value, (SharedObject, BaseException)):
            return  # an error is never changed, so it makes no place that could be visible
        if id(value) not in self.references:
            self.tags.setdefault(id(value), (value, tag))

    # --- threads

    def process(self, number: int) -> Process:
        """Return a process of the state."""
        if number not in self.processes:
            memory = self.memories[number] = Memory(self, number)
            self.processes[number] = Process(number, memory, BUILTINS)
        return self.processes[number]

    def thread(self, number: int) -> Thread:
        """Return a thread of the state, brought to life."""
        if number not in self.threads:
            self.threads[number] = self._revive(self.read(("thread", number)))
        return self.threads[number]

    def add_thread(self, thread: Thread) -> None:
        """Take in a thread that was just made."""
        self.threads[thread.number] = thread
        reference = ("task", thread.number, thread.name)
        self.objects[reference] = thread.task
        self.references[id(thread.task)] = reference
        self.filled[reference] = ABSENT_ID

    def _revive(self, content: Content) -> Thread:
        status, number, name, process, slept, entered, handled, frames, table, follows = content
        self.follows[number] = follows
        thread = Thread(self.machine, self.process(process), number, name, 0)
        thread.task = self.resolve(("task", number, name))
        local: dict[int, Any] = {}
        known: dict[Content, Any] = {}
        unfilled: list[tuple[Any, tuple[Content, ...]]] = []

        def resolve(reference: Content) -> Any:
            if reference[0] != "l":
                return self.resolve(reference)
            index = reference[1]
            if index not in local:
                sort, tag, inner = table[index]
                value = local[index] = make(sort, inner, complete)
                self.tags[id(value)] = (value, tag)
                unfilled.append((value, inner))
            return local[index]

        def read(part: Content) -> Any:
            return decode(part, resolve, known)

        def fill_all() -> None:
            while unfilled:
                value, inner = unfilled.pop()
                fill(value, inner, read)

        def complete(part: Content) -> Any:
            value = read(part)
            fill_all()
            self.fill_deeply([value])
            return value

        for code, offset, variables, stack in frames:
            frame = Frame(code, [read(part) for part in variables[1:]], thread.process)
            frame.pc = offset
            frame.stack = [read(part) for part in stack[1:]]
            thread.frames.append(frame)
        thread.handled = read(handled)
        fill_all()
        if status == "over":
            self.ended.add(number)
        if status == "wait":
            thread.wait = self.wait(number)
        if slept:
            self.slept.add(number)
        if entered:
            self.entered.add(number)
        return thread

    def wait(self, number: int) -> Wait:
        """Return what a blocked thread waits for."""
        if number not in self.waits:
            on, operation, detail, granted = self.read(("wait", number))
            value = Wait(self.resolve(on), operation, self.decode_shared(detail), granted)
            self.waits[number] = value
        found = self.waits[number]
        if found is None:
            raise InterpFault(f"Thread {number} does not wait.")
        return found

    # --- writing back

    def changes(self) -> dict[Content, Content]:
        """Return the slots that were looked at, with what they hold now; raises `RewalkError` if that is not enough."""
        owners: dict[int, int] = {}
        contents = self._contents(
            lambda thread: self.thread_content(thread, self._refer_locally, owners), self._refer_shared
        )
        self._check_references(contents)
        return contents

    def loose_changes(self) -> tuple[dict[Content, Content], Made]:
        """Return the same, and the values whose place is not known: those that are new or belonged to a thread alone.

        They have references that are good within this scene only.
        """
        numbers = self.loose
        found: list[tuple[Content, Any]] = []

        def refer(value: Any) -> Content:
            reference = self.references.get(id(value)) or numbers.get(id(value))
            if reference is None:
                if isinstance(value, SyncObject):
                    reference = ("G", type(value).__name__, int(value.number))
                else:
                    reference = ("n", len(found), sort_of(value), self.tag_of(value))
                numbers[id(value)] = reference
                found.append((reference, value))
            return reference

        contents = self._contents(lambda thread: self.thread_content(thread, refer, {}), refer)
        made = []
        for reference, value in found:  # grows while it is walked
            made.append((reference, self.object_content(value, refer)))
        return contents, tuple(made)

    def _contents(self, content_of_thread: Callable[[Thread], Content], refer: Refer) -> dict[Content, Content]:
        contents: dict[Content, Content] = {}
        for number, thread in self.threads.items():
            contents["thread", number] = content_of_thread(thread)
        for number, memory in self.memories.items():
            for name, value in memory.written.items() if isinstance(memory, Memory) else sorted(memory.items()):
                contents["variable", number, name] = None if value is GONE else encode(value, refer)
        for reference in self.filled:
            contents[reference] = self.object_content(self.objects[reference], refer)
        for number, wait in self.waits.items():
            contents["wait", number] = None if wait is None else self.wait_content(wait, refer)
        contents.update(self.counts)
        contents.update(self.given)
        return contents

    def _refer_shared(self, value: Any) -> Content:
        reference = self.references.get(id(value))
        if reference is None:
            raise RewalkError
        return reference

    def _refer_locally(self, value: Any) -> Content:
        reference = self.references.get(id(value))
        if reference is None and isinstance(value, SharedObject):
            raise RewalkError
        return reference

    def _check_references(self, contents: dict[Content, Content]) -> None:
        store = self.store
        for slot, content in contents.items():
            place = store.place(slot)
            if self.is_blind(slot):
                if content is not None and store.references_in(store.number(content)):
                    raise RewalkError
                continue
            before = store.references_in(self.state[place] if place < len(self.state) else ABSENT_ID)
            after = store.references_in(store.number(content)) if content is not None else ()
            if before == after:
                continue
            if slot[0] in ("thread", "wait"):  # what global variables reach stays where it is, whoever holds it
                before, after = (tuple(one for one in found if one[0] in "hH") for found in (before, after))
            if before != after:
                raise RewalkError

    def is_blind(self, slot: Content) -> bool:
        """Whether a slot is written without having been looked at: a variable that gets a new value."""
        return slot[0] == "variable" and slot not in self.seen

    def object_content(self, value: Any, refer: Any) -> Content:
        """Return the content of a shared value; that of a task says also which threads had ended before its own."""
        content = content_of(value, refer)
        if isinstance(value, Task):
            return (content, self.follows_of_task.get(value.number, frozenset()))
        return content

    def wait_content(self, wait: Wait, refer: Any) -> Content:
        """Return the content of a wait."""
        return (refer(wait.on), wait.operation, encode(wait.detail, refer), wait.granted)

    def thread_content(self, thread: Thread, shared: Any, owners: dict[int, int]) -> Content:
        """Return the content of a thread; values that it alone reaches become part of it.

        `owners` has the values that belong to a thread already: one that belongs to two is shared.
        """
        number = thread.number
        if number in self.ended:
            nothing = (type(None), None)
            return ("over", number, thread.name, thread.process.number, False, False, nothing, (), (), frozenset())
        numbers: dict[int, Content] = {}
        found: list[Any] = []

        def refer(value: Any) -> Content:
            reference = shared(value)
            if reference is not None:
                return reference
            reference = numbers.get(id(value))
            if reference is None:
                if owners.setdefault(id(value), number) != number:
                    raise RewalkError
                reference = numbers[id(value)] = ("l", len(found))
                found.append(value)
            return reference

        handled = encode(thread.handled, refer)
        frames = tuple(
            (
                frame.code,
                frame.pc,
                (tuple, *[encode(value, refer) for value in frame.locals]),
                (tuple, *[encode(value, refer) for value in frame.stack]),
            )
            for frame in thread.frames
        )
        table = []
        for value in found:  # grows while it is walked
            tag = self.tags.get(id(value), (None, None))[1]
            table.append((sort_of(value), tag, content_of(value, refer)))
        status = "wait" if thread.wait is not None else "run"
        return (
            status,
            number,
            thread.name,
            thread.process.number,
            number in self.slept,
            number in self.entered,
            handled,
            frames,
            tuple(table),
            self.follows.get(number, frozenset()),
        )


def walk(roots: Iterable[Any], known: dict[int, Any] | None = None) -> dict[int, Any]:
    """Return the values with an identity that can be reached, but for known ones, in the order of a walk."""
    found: dict[int, Any] = {}
    passed: dict[int, Any] = {}  # holds them, so that no address is used twice
    waiting = list(roots)[::-1]
    while waiting:
        value = waiting.pop()
        key = id(value)
        if key in passed or (known is not None and key in known):
            continue
        passed[key] = value
        if has_identity(value):
            found[key] = value
        waiting.extend(children(value)[::-1])
    return found
