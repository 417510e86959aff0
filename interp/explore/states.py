"""States: everything a program consists of at one moment, as a short tuple of ints.

1. A state is divided into *slots*: a thread, a global variable, a list, a lock, the output so far. Each slot holds a
   content (`values.py`), and each content is known by a number (`Store`). So a state is a tuple of numbers: quick to
   hash, quick to compare, and two states that differ in one slot share everything else.
2. Canonical means that two states which no program can tell apart are the same tuple (`canonical.py`). What nobody can
   reach is in no slot. Clocks, ticks and costs are in none either.
3. A *scene* (`scene.py`) is a state brought to life, as far as one thread needs it.

References: `("g", number, sort, tag)` is a list, dict, … that can be reached from a global variable; `("h", …)` one
that only threads reach, several of them; `("l", number)` one that a single thread reaches, part of its content;
`("n", number, sort, tag)` one whose place is not known yet; `("G" or "H", kind, number)` a synchronisation object;
`("task", number, name)` a task. The tag says where in the program the value was made.
"""

from __future__ import annotations

from interp.explore.values import Content

State = tuple[int, ...]

SIZE_OF_PART = 64
"""About so many bytes does an item of a list need in a content."""

ABSENT_ID = 0
"""The number of no content: the slot is empty."""

THREADS = ("threads",)
OUTPUT = ("output",)

FAILURE = "failure"
"""`(FAILURE, number)` is the slot of how a thread has failed, as plain data, until a join hands its error on."""

LETTERS = frozenset("ghlnGH")
"""With these begin the references to values that a state may have to number anew: all but those to tasks."""


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
        self.references: dict[int, tuple[Content, ...]] = {}

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

    def content(self, state: State, slot: Content) -> Content:
        """Return what a slot holds in a state, None if nothing."""
        place = self.place(slot)
        return self.contents[state[place]] if place < len(state) else None

    def references_in(self, number: int) -> tuple[Content, ...]:
        """Return the references in a content, each once, in the order in which they stand there."""
        found = self.references.get(number)
        if found is None:
            found = self.references[number] = references_of(self.contents[number])
        return found


def references_of(content: Content) -> tuple[Content, ...]:
    """Return the references in a content, each once, in the order in which they stand there."""
    found: dict[Content, None] = {}
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if part.__class__ is tuple and part:
            if part[0].__class__ is str and part[0] in LETTERS:
                found[part] = None
            else:
                waiting.extend(part[::-1])
    return tuple(found)


def output_of(store: Store, state: State) -> str:
    """Return what was printed up to a state."""
    return store.content(state, OUTPUT) or ""
