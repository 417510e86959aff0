"""States: everything a program consists of at one moment, as a short tuple of ints; and back into threads and memory.

1. A state is divided into *slots*: a thread, a global variable, a list, a lock, the output so far. Each slot holds a
   content (`values.py`), and each content is known by a number (`Store`). So a state is a tuple of numbers: quick to
   hash, quick to compare, and two states that differ in one slot share everything else.
2. Canonical means that two states which no program can tell apart are the same tuple. A list that one thread alone can
   reach is part of that thread. One that several can reach has a slot, and its number is given by the order in which a
   walk finds it that begins at the tasks, then at the global variables in the order of their names, then at the
   threads. What nobody can reach is in no slot. Clocks, ticks and costs are in none either.
3. A *scene* (`Scene`) is a state brought to life, as far as one thread needs it: the thread's own frames, and of what
   is shared the parts that it touches. Every slot that is read is noted, in order: together with the thread itself
   they are all that its next steps depend on.
4. Afterwards the slots that were read are written back (`changes`). Where only plain values have changed, nothing else
   need be looked at. Where a reference came or went, what is shared and how it is numbered may have changed, so the
   whole state is walked anew (`freeze`).

References: `("g", number, sort, tag)` is a list, dict, … that can be reached from a global variable; `("h", …)` one
that only threads reach, several of them; `("l", …)` one that a single thread reaches; `("G" or "H", kind, number)` a
synchronisation object; `("task", number, name)` a task. The tag says where in the program the value was made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from interp.explore.values import (
    FIELDS,
    Content,
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

State = tuple[int, ...]

ABSENT_ID = 0
"""The number of no content: the slot is empty."""

SIZE_OF_PART = 64
"""About so many bytes does an item of a list need in a content."""

GONE = object()
"""Marks a variable that was deleted."""

CLASSES = {kind.__name__: kind for kind in FIELDS}

THREADS = ("threads",)
OUTPUT = ("output",)


class RewalkError(Exception):
    """A reference came or went: the whole state has to be walked."""


class Store:
    """Numbers for contents and places for slots, the same as long as one exploration lasts.

    `size` is what the contents count for in bytes, roughly: a program that prints or collects without an end has few
    states by the time they fill the memory.
    """

    def __init__(self) -> None:
        self.size = 0
        self.contents: list[Content] = [None]
        self.numbers: dict[Content, int] = {}
        self.slots: list[Content] = []
        self.places: dict[Content, int] = {}
        self.thread_places: list[int] = []
        self.references: dict[int, frozenset[Content]] = {}

    def number(self, content: Content) -> int:
        """Return the number of a content."""
        found = self.numbers.get(content)
        if found is None:
            found = self.numbers[content] = len(self.contents)
            self.contents.append(content)
            if content.__class__ is str:
                self.size += len(content)
            elif content.__class__ is tuple:
                self.size += SIZE_OF_PART * len(content)
        return found

    def place(self, slot: Content) -> int:
        """Return where a slot stands in every state."""
        found = self.places.get(slot)
        if found is None:
            found = self.places[slot] = len(self.slots)
            self.slots.append(slot)
            if slot[0] == "thread":
                while len(self.thread_places) < slot[1]:
                    self.thread_places.append(-1)
                self.thread_places[slot[1] - 1] = found
        return found

    def make_state(self, contents: dict[Content, Content]) -> State:
        """Return the state with these contents in its slots."""
        numbers = {self.place(slot): self.number(content) for slot, content in contents.items()}
        state = [ABSENT_ID] * (max(numbers) + 1)
        for place, number in numbers.items():
            state[place] = number
        return tuple(state)

    def content(self, state: State, slot: Content) -> Content:
        """Return what a slot holds in a state, None if nothing."""
        place = self.place(slot)
        return self.contents[state[place]] if place < len(state) else None

    def references_in(self, number: int) -> frozenset[Content]:
        """Return the references to shared values in a content."""
        found = self.references.get(number)
        if found is None:
            found = self.references[number] = frozenset(_references(self.contents[number]))
        return found


def _references(content: Content) -> Iterable[Content]:
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if part.__class__ is tuple and part:
            if part[0].__class__ is str and part[0] in "gGhH" and len(part) >= 3:
                yield part
            else:
                waiting.extend(part)


def output_of(store: Store, state: State) -> str:
    """Return what was printed up to a state."""
    return store.content(state, OUTPUT) or ""


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
        if name not in self.written:
            self.scene.read(("variable", self.process, name))
        self.written[name] = value

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
            value.number = reference[2]
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

    def name_of(self, value: Any) -> str:
        """Return what a reader would call a shared value: the variable, or the item of a variable, that holds it."""
        wanted = self.references.get(id(value))
        for place, slot in enumerate(self.store.slots[: len(self.state)]):
            if slot[0] == "variable" and self.store.contents[self.state[place]] == wanted:
                return str(slot[2])
        for place, slot in enumerate(self.store.slots[: len(self.state)]):
            holder = self.store.contents[self.state[place]]
            if slot[0] in "gh" and holder is not None and len(slot) == 4 and slot[2] in ("list", "dict"):
                for index, item in enumerate(holder):
                    key, item = item if slot[2] == "dict" else (index, item)
                    if item == wanted and slot in self.objects:
                        return f"{self.name_of(self.objects[slot])}[{key!r}]"
        return f"a {type(value).__name__}"

    def note_birth(self, value: Any, tag: Any) -> None:
        """Note where a new value was made."""
        if has_identity(value) and not isinstance(value, SharedObject) and id(value) not in self.references:
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
            self.threads[number] = self._revive(self.store.content(self.state, ("thread", number)))
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
            frame = Frame(code, [read(part) for part in variables], thread.process)
            frame.pc = offset
            frame.stack = [read(part) for part in stack]
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
        contents: dict[Content, Content] = {}
        owners: dict[int, int] = {}
        for number, thread in self.threads.items():
            contents["thread", number] = self.thread_content(thread, self._refer_locally, owners)
        for number, memory in self.memories.items():
            for name, value in memory.written.items() if isinstance(memory, Memory) else memory.items():
                content = None if value is GONE else encode(value, self._refer_shared)
                contents["variable", number, name] = content
        for reference in self.filled:
            contents[reference] = self.object_content(self.objects[reference], self._refer_shared)
        for number, wait in self.waits.items():
            contents["wait", number] = None if wait is None else self.wait_content(wait, self._refer_shared)
        contents.update(self.counts)
        self._check_references(contents)
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
            before = store.references_in(self.state[place] if place < len(self.state) else ABSENT_ID)
            after = store.references_in(store.number(content)) if content is not None else frozenset()
            if before == after:
                continue
            changed = before ^ after
            if slot[0] not in ("thread", "wait") or any(reference[0] in "hH" for reference in changed):
                raise RewalkError

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

        frames = tuple(
            (
                frame.code,
                frame.pc,
                tuple([encode(value, refer) for value in frame.locals]),
                tuple([encode(value, refer) for value in frame.stack]),
            )
            for frame in thread.frames
        )
        handled = encode(thread.handled, refer)
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

    # --- the whole state

    def revive_all(self) -> None:
        """Bring everything to life that the state consists of."""
        for place, slot in enumerate(self.store.slots[: len(self.state)]):
            if not self.state[place]:
                continue
            kind = slot[0]
            if kind == "thread":
                self.thread(slot[1])
            elif kind == "variable":
                memory = self.process(slot[1]).globals
                if isinstance(memory, Memory):
                    memory.all()
            elif kind == "wait":
                if slot[1] not in self.waits:
                    self.wait(slot[1])
            elif kind in ("threads", "count"):
                self.count(slot)
            elif kind != "output":
                self.fill(self.resolve(slot))

    def freeze(self) -> State:
        """Walk everything that can be reached and return the state; what cannot be reached is gone."""
        self.revive_all()
        contents: dict[Content, Content] = dict(self.counts)
        threads = [self.threads[number] for number in sorted(self.threads)]
        living = {thread.process.number for thread in threads if thread.number not in self.ended} | {1}
        tasks = [thread.task for thread in threads]
        roots: list[Any] = []
        for number in sorted(living):
            memory = self.memories[number]
            variables = memory.all() if isinstance(memory, Memory) else dict(sorted(memory.items()))
            roots += [*variables.values()]
        # Tasks first: no reference to one that comes or goes then changes the order of anything else.
        from_memory = walk([*tasks, *roots])
        own = [
            walk([*thread_values(thread), *wait_values(self.waits.get(thread.number))], from_memory)
            for thread in threads
        ]
        numbers: dict[int, Content] = {}
        self._number(from_memory, "g", "G", numbers)
        seen: dict[int, int] = {}
        for values in own:
            for key in values:
                seen[key] = seen.get(key, 0) + 1
        for values in own:
            several = {key: v for key, v in values.items() if seen[key] > 1 or isinstance(v, SharedObject)}
            self._number(several, "h", "H", numbers)
        waited: dict[int, Any] = {}
        for number, wait in self.waits.items():
            if wait is not None:  # others may look at what a blocked thread waits for
                waited |= walk(wait_values(self.waits.get(number)), from_memory)
        self._number(waited, "h", "H", numbers)
        values = from_memory | {k: v for part in own for k, v in part.items()}

        def refer(value: Any) -> Content:
            return numbers.get(id(value))

        for key, reference in numbers.items():
            contents[reference] = self.object_content(values[key], refer)
        for number in sorted(living):
            memory = self.memories[number]
            for name, value in (memory.all() if isinstance(memory, Memory) else memory).items():
                contents["variable", number, name] = encode(value, refer)
        owners: dict[int, int] = {}
        for thread in threads:
            contents["thread", thread.number] = self.thread_content(thread, refer, owners)
        for number, wait in self.waits.items():
            if wait is not None:
                contents["wait", number] = self.wait_content(wait, refer)
        output = self.store.content(self.state, OUTPUT)
        if output:
            contents[OUTPUT] = output
        return self.store.make_state({slot: content for slot, content in contents.items() if content is not None})

    def _number(self, values: dict[int, Any], plain: str, synchronising: str, numbers: dict[int, Content]) -> None:
        for key, value in values.items():
            if key in numbers:
                continue
            if isinstance(value, Task):
                numbers[key] = ("task", value.number, value.name)
            elif isinstance(value, SyncObject):
                numbers[key] = (synchronising, type(value).__name__, value.number)
            else:
                count = sum(1 for reference in numbers.values() if reference[0] == plain)
                numbers[key] = (plain, count, sort_of(value), self.tag_of(value))


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


def thread_values(thread: Thread) -> list[Any]:
    """Return the values that a thread's frames hold."""
    values: list[Any] = []
    for frame in thread.frames:
        values += [*frame.locals, *frame.stack]
    return [*values, thread.handled]


def wait_values(wait: Wait | None) -> list[Any]:
    """Return the values that a wait holds."""
    return [] if wait is None else [wait.on, wait.detail]
