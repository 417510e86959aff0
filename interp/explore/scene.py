"""A state brought to life, as far as one thread needs it: its frames, and of what is shared the parts that it touches.

1. Every slot that is read is noted, in order: together with the thread itself they are all that its next steps depend
   on, and so all that a turn has to be remembered by.
2. A value is made when a reference to it is met, and filled when something is about to look into it (`fill`). What it
   refers to is made then, and not filled yet.
3. A value that is made while the scene is alive has no place in the state yet. It has a *tag*, the place of the program
   where it was made (`note_birth`), and is a thread's own until it is put where others can reach it (`publish`).

Read next: `changes.py`, which takes a scene apart again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from interp.explore.states import ABSENT_ID, State, Store
from interp.explore.threads import ENTERED, FOLLOWS, HELD, NAME, PROCESS, SLEPT, STATUS, fill_thread
from interp.explore.values import FIELDS, Content, children, decode, fill, has_identity, make, walk
from interp.language.errors import InterpFault
from interp.machine.memory import SharedObject
from interp.machine.state import Machine, Process, Wait
from interp.machine.sync import SyncObject, Task
from interp.machine.thread import Thread
from interp.scheduling.world import BUILTINS

GONE = object()
"""Marks a variable that was deleted."""

UNSETTLED = "unsettled"
"""With this begins the reference to a value of which it is not known yet where it will be found."""

CLASSES = {kind.__name__: kind for kind in FIELDS}


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
        self.held: set[int] = set()
        self.waits: dict[int, Wait | None] = {}
        self.counts: dict[Content, int] = {}
        self.follows: dict[int, frozenset[int]] = {}
        self.follows_of_task: dict[int, frozenset[int]] = {}
        self.ended: set[int] = set()
        self.shows_numbers = False
        self.given: dict[Content, Content] = {}

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

    def fill_deeply(self, values: Iterable[Any], *, sync_too: bool = False) -> None:
        """Give values and all that can be reached through them their content, through locks and so on if asked to."""
        seen: dict[int, Any] = {}  # holds them, so that no address is used twice
        waiting = deque(values)
        while waiting:
            value = waiting.popleft()
            if id(value) in seen or value.__class__ in (int, str):
                continue
            seen[id(value)] = value
            if isinstance(value, SharedObject) and not sync_too:
                continue
            self.fill(value)
            waiting.extend(children(value))

    def fill_everything(self) -> None:
        """Bring all variables of the processes to life, and give all that can be reached its content."""
        roots: list[Any] = [value for thread in self.threads.values() for value in thread.roots()]
        for number in self.processes:
            roots += self.all_variables(number).values()
        roots += [wait.on for wait in self.waits.values() if wait is not None]
        self.fill_deeply(roots, sync_too=True)

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
        """Return the reference to a shared value, or one that is good within this scene only (`Changes.settle`)."""
        return self.references.get(id(value)) or (UNSETTLED, id(value))

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

    def all_variables(self, process: int) -> dict[str, Any]:
        """Bring all variables of a process to life, for whatever has to have them as a plain dict."""
        memory = self.memories[process]
        if isinstance(memory, Memory):
            memory = self.processes[process].globals = self.memories[process] = memory.all()
        return memory

    def thread(self, number: int) -> Thread:
        """Return a thread of the state, brought to life."""
        found = self.threads.get(number)
        if found is None:
            content = self.read(("thread", number))
            self.follows[number] = content[FOLLOWS]
            found = Thread(self.machine, self.process(content[PROCESS]), number, content[NAME], 0)
            found.task = self.resolve(("task", number, content[NAME]))
            for value, tag in fill_thread(found, content, self.resolve, self.fill_deeply):
                self.tags[id(value)] = (value, tag)
            if content[STATUS] == "over":
                self.ended.add(number)
            if content[STATUS] == "wait":
                found.wait = self.wait(number)
            if content[SLEPT]:
                self.slept.add(number)
            if content[ENTERED]:
                self.entered.add(number)
            if content[HELD]:
                self.held.add(number)
            self.threads[number] = found
        return found

    def add_thread(self, thread: Thread) -> None:
        """Take in a thread that was just made."""
        self.threads[thread.number] = thread
        reference = ("task", thread.number, thread.name)
        self.objects[reference] = thread.task
        self.references[id(thread.task)] = reference
        self.filled[reference] = ABSENT_ID

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
