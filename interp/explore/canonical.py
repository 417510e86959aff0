"""The canonical form of a state: two states that no program can tell apart become the same tuple of numbers.

Lists, dicts, iterators and exceptions have no names of their own. So each is named by the way in which it can be
reached, and all of this is done with contents and references; nothing is brought to life for it:

1. Begin at the tasks, then at the global variables in the order of their names, and follow the references, depth
   first. (Tasks first: a variable that comes to hold one, or no longer, then changes no order.) What is found is
   shared; the lists and so on among it are `("g", 0, …)`, `("g", 1, …)` in this order.
2. Begin at each thread in turn. What several threads reach, and what a blocked thread waits for, is shared as well:
   `("h", 0, …)` and so on. Whatever one thread alone reaches becomes part of that thread's content, `("l", 0)` and so
   on, in the order in which a reader of the content meets it.
3. What was not found is garbage. So are the variables of a process of which no thread lives.
4. Where a reference has changed its name, the contents that hold it are written anew. Few of them differ from one
   state to the next, so what becomes of a content under which new names is remembered.

One distinction too many is left on purpose. A name has a tag, the place of the program where a list, dict or iterator
was made, so equal lists that were made in two lines are two states. What is visible is learned by these places
(`visible.py`), and by it turns end. Were the two states one, its list would have the tag of whichever was found first.
Turns from there would end where *that* place asks for it and be noted for it alone: what happens to lists of the other
place from there on would go unseen, and with it schedules. It would be sound to take the two places for one wherever
such states meet, but then what is shared of the one makes the other visible, and turns grow short where nobody looks.
States too many cost time and lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from interp.explore.states import ABSENT_ID, LETTERS, State, Store, references_of
from interp.explore.threads import OWN_VALUES, PROCESS, STATUS, with_own_values
from interp.explore.values import Content

Table = tuple[tuple[str, Content, int], ...]
"""The values that belong to a thread: the sort of each, its tag, and the number of its content."""


OWN = ("own",)
"""What becomes of the name of a value that one thread alone reaches: it is known by its place in that thread."""


class Canonizer:
    """Brings states into their canonical form."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.ordered: list[int] = []
        self.known_slots = 0
        self.tables: dict[int, tuple[tuple[Content, ...], Table]] = {}
        self.rewritten: dict[tuple[int, tuple[Content, ...]], int] = {}
        self.rebuilt: dict[tuple[int, tuple[Content, ...], tuple[int, ...]], int] = {}

    def canonical(self, numbers: Sequence[int], made: Iterable[tuple[Content, int]]) -> State:
        """Return the canonical form of a state; `made` has the contents of values that are in no slot yet."""
        store = self.store
        walk = _Walk(self, numbers, dict(made))
        walk.walk_memory()
        walk.walk_threads()
        names = walk.names
        new: dict[int, int] = {}
        for place, slot in enumerate(store.slots[: len(numbers)]):
            number = numbers[place]
            if not number:
                continue
            kind = slot[0]
            if kind == "thread":
                new[place] = walk.rebuild_thread(number)
            elif kind in ("task", "wait") or (kind == "variable" and slot[1] in walk.living):
                new[place] = self.rewrite(number, names)
            elif kind != "variable" and kind not in LETTERS:
                new[place] = number
        for reference, name in names.items():
            new[store.place(name)] = self.rewrite(walk.number_of(reference), names)
        state = [ABSENT_ID] * (max(new) + 1)
        for place, number in new.items():
            state[place] = number
        return tuple(state)

    def renames(self, numbers: Sequence[int], made: Iterable[tuple[Content, int]]) -> dict[Content, Content]:
        """Return the names of lists and so on that the canonical form changes, with what each becomes.

        That is None where nobody reaches it any more, and `OWN` where one thread alone does.
        """
        new = dict(made)
        walk = _Walk(self, numbers, new)
        walk.walk_memory()
        walk.walk_threads()
        slots = zip(self.store.slots, numbers, strict=False)
        shared = [slot for slot, number in slots if number and slot[0] in ("g", "h")]
        found = {}
        for reference in (*shared, *new):
            name = walk.names.get(reference, OWN if reference in walk.reached else None)
            if name != reference:
                found[reference] = name
        return found

    def roots(self) -> list[int]:
        """Return the places of tasks and variables, in the order in which a walk begins at them."""
        slots = self.store.slots
        if len(slots) != self.known_slots:
            self.known_slots = len(slots)
            places = [place for place, slot in enumerate(slots) if slot[0] in ("variable", "task")]
            self.ordered = sorted(places, key=lambda place: (slots[place][0] != "task", slots[place][1:]))
        return self.ordered

    def table(self, number: int) -> tuple[tuple[Content, ...], Table]:
        """Return the references in a thread's content, but for those in its own values, and these values."""
        found = self.tables.get(number)
        if found is None:
            content = self.store.contents[number]
            outside = references_of(with_own_values(content, ()))
            own = tuple((sort, tag, self.store.number(inner)) for sort, tag, inner in content[OWN_VALUES])
            found = self.tables[number] = (outside, own)
        return found

    def rewrite(self, number: int, names: Mapping[Content, Content]) -> int:
        """Return the number of a content under new names."""
        references = self.store.references_in(number)
        if not references:
            return number
        renamed = tuple([names[reference] for reference in references])
        if renamed == references:
            return number
        found = self.rewritten.get((number, renamed))
        if found is None:
            content = replace(self.store.contents[number], dict(zip(references, renamed, strict=True)))
            found = self.rewritten[number, renamed] = self.store.number(content)
        return found


class _Walk:
    """One way through everything that a state consists of."""

    def __init__(self, canonizer: Canonizer, numbers: Sequence[int], made: dict[Content, int]) -> None:
        self.canonizer = canonizer
        self.store = canonizer.store
        self.numbers = numbers
        self.made = made
        self.names: dict[Content, Content] = {}
        self.reached: dict[Content, int] = {}
        self.threads = [
            (number, numbers[place])
            for number, place in enumerate(self.store.thread_places, 1)
            if 0 <= place < len(numbers) and numbers[place]
        ]
        contents = [self.store.contents[number] for _, number in self.threads]
        self.living = {1} | {content[PROCESS] for content in contents if content[STATUS] != "over"}

    def number_of(self, reference: Content) -> int:
        """Return the number of the content of a shared or new value."""
        found = self.made.get(reference)
        return self.numbers[self.store.places[reference]] if found is None else found

    def walk_memory(self) -> None:
        """Name what global variables and tasks reach."""
        store, numbers, names = self.store, self.numbers, self.names
        count = 0
        waiting: list[Content] = []
        for place in self.canonizer.roots():
            if place < len(numbers) and numbers[place]:
                slot = store.slots[place]
                if slot[0] == "task" or slot[1] in self.living:
                    waiting += store.references_in(numbers[place])
        waiting.reverse()
        while waiting:
            reference = waiting.pop()
            if reference in names:
                continue
            if reference[0] in "GH":
                names[reference] = ("G", *reference[1:])
            else:
                names[reference] = ("g", count, *reference[2:])
                count += 1
            waiting += store.references_in(self.number_of(reference))[::-1]

    def walk_threads(self) -> None:
        """Name what several threads reach, and what they wait for."""
        names = self.names
        reached: list[dict[Content, None]] = []
        waited: dict[Content, None] = {}
        for thread, number in self.threads:
            found: dict[Content, None] = {}
            waits = self.waits_of(thread)
            self.follow(waits, (), found)
            waited |= found
            outside, table = self.canonizer.table(number)
            self.follow(outside, table, found)
            reached.append(found)
        times = self.reached
        for found in reached:
            for reference in found:
                times[reference] = times.get(reference, 0) + 1
        count = 0
        for found in reached:
            for reference in found:
                if reference in names:
                    continue
                if reference[0] in "GH":
                    names[reference] = ("H", *reference[1:])
                elif times[reference] > 1 or reference in waited:
                    names[reference] = ("h", count, *reference[2:])
                    count += 1

    def waits_of(self, thread: int) -> tuple[Content, ...]:
        """Return the references in what a thread waits for."""
        place = self.store.places.get(("wait", thread), len(self.numbers))
        return self.store.references_in(self.numbers[place]) if place < len(self.numbers) else ()

    def follow(self, roots: Sequence[Content], table: Table, found: dict[Content, None]) -> None:
        """Note what can be reached from some references other than what memory reaches; `table` has a thread's own."""
        waiting = list(roots)
        own: set[int] = set()
        for reference in waiting:  # grows while it is walked
            if reference[0] == "l":
                if reference[1] not in own:
                    own.add(reference[1])
                    waiting += self.store.references_in(table[reference[1]][2])
            elif reference not in found and reference not in self.names:
                found[reference] = None
                waiting += self.store.references_in(self.number_of(reference))

    def rebuild_thread(self, number: int) -> int:
        """Return the number of a thread's content with the new names, and with what it alone reaches within it."""
        store, names = self.store, self.names
        outside, table = self.canonizer.table(number)
        if not outside:
            return number
        renamed: dict[Content, Content] = {}
        own: list[tuple[str, Content, int]] = []
        waiting = list(outside)
        for reference in waiting:  # grows while it is walked
            if reference in renamed:
                continue
            name = names.get(reference)
            if name is None:
                name = ("l", len(own))
                sort, tag, inner = (
                    table[reference[1]] if reference[0] == "l" else (*reference[2:], self.number_of(reference))
                )
                own.append((sort, tag, inner))
                waiting += store.references_in(inner)
            renamed[reference] = name
        key = (number, tuple(renamed.values()), tuple([inner for _, _, inner in own]))
        found = self.canonizer.rebuilt.get(key)
        if found is None:
            content = store.contents[number]
            values = tuple((sort, tag, replace(store.contents[inner], renamed)) for sort, tag, inner in own)
            outer = replace(with_own_values(content, ()), renamed)
            found = self.canonizer.rebuilt[key] = store.number(with_own_values(outer, values))
        return found


def replace(content: Content, names: Mapping[Content, Content]) -> Content:
    """Return a content with other references in it."""
    if content.__class__ is not tuple or not content:
        return content
    if content[0].__class__ is str and content[0] in LETTERS:
        return names[content]
    return tuple([replace(part, names) for part in content])
