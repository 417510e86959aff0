"""What has changed in a scene: it is taken apart again, into the contents of slots.

1. Written back are the slots that were looked at, and those that were replaced without a look (*blind* ones).
2. Where no reference to a shared value came or went, that is all: every such value stays where it is in the state.
3. Where one did, what is shared and how it is numbered may have changed. Then the values whose place is not known, the
   new ones and those that belonged to a thread alone, get *loose* references, which mean something within this scene
   only, and their contents go with the changes. `canonical.py` finds their places in each state that a turn leads to.

Read next: `canonical.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from interp.explore.scene import GONE, UNSETTLED, Memory, Scene
from interp.explore.states import ABSENT_ID
from interp.explore.threads import content_of_ended, thread_content
from interp.explore.values import Content, Refer, content_of, encode, sort_of
from interp.machine.memory import SharedObject
from interp.machine.state import Wait
from interp.machine.sync import SyncObject, Task
from interp.machine.thread import Thread


class RewalkError(Exception):
    """A reference came or went: what is shared may have to be numbered anew."""


class Changes(NamedTuple):
    """What has changed in a scene.

    `slots` are the places that hold something else now, with the numbers of their contents; `blind` those among them
    that were not looked at before. `made` has the contents of loose references by number, and is None where there is
    no need of any; `loose` has these references by the addresses of what they stand for.
    """

    slots: tuple[tuple[int, int], ...]
    blind: tuple[int, ...]
    made: tuple[tuple[Content, int], ...] | None
    loose: dict[int, Content]

    def settle(self, reference: Content) -> Content:
        """Return the reference by which a value is known behind the changes, None if it is not known there."""
        if reference is None or reference[0] != UNSETTLED:
            return reference
        return self.loose.get(reference[1])


def changes_of(scene: Scene, *, anew: bool) -> Changes:
    """Return what has changed; `anew` says that what is shared has to be numbered anew in any case."""
    store, state = scene.store, scene.state
    made: tuple[tuple[Content, int], ...] | None = None
    loose: dict[int, Content] = {}
    try:
        if anew:
            raise RewalkError
        contents = contents_in_place(scene)
    except RewalkError:
        contents, contents_of_loose = contents_with_loose(scene, loose)
        made = tuple((reference, store.number(content)) for reference, content in contents_of_loose)
    found = []
    blind = []
    for slot, content in contents.items():
        place = store.place(slot)
        number = ABSENT_ID if content is None else store.number(content)
        if is_blind(scene, slot):
            blind.append(place)
            found.append((place, number))
        elif number != (state[place] if place < len(state) else ABSENT_ID):
            found.append((place, number))
    return Changes(tuple(found), tuple(blind), made, loose)


def is_blind(scene: Scene, slot: Content) -> bool:
    """Whether a slot is written without having been looked at: a variable that gets a new value."""
    return slot[0] == "variable" and slot not in scene.seen


def contents_in_place(scene: Scene) -> dict[Content, Content]:
    """Return what the slots hold now; raises `RewalkError` if shared values may have other places."""
    owners: dict[int, int] = {}

    def refer_shared(value: Any) -> Content:
        reference = scene.references.get(id(value))
        if reference is None:
            raise RewalkError
        return reference

    def content_of_thread(thread: Thread) -> Content:
        def refer(value: Any) -> Content | None:
            reference = scene.references.get(id(value))
            if reference is not None:
                return reference
            if isinstance(value, SharedObject) or owners.setdefault(id(value), thread.number) != thread.number:
                raise RewalkError
            return None  # the thread's own

        return content_of_scene_thread(scene, thread, refer)

    contents = contents_of(scene, content_of_thread, refer_shared)
    check_references(scene, contents)
    return contents


def contents_with_loose(
    scene: Scene, loose: dict[int, Content]
) -> tuple[dict[Content, Content], list[tuple[Content, Content]]]:
    """Return what the slots hold now, and the contents of loose references; these are put into `loose`."""
    found: list[tuple[Content, Any]] = []

    def refer(value: Any) -> Content:
        reference = scene.references.get(id(value)) or loose.get(id(value))
        if reference is None:
            if isinstance(value, SyncObject):
                reference = ("G", type(value).__name__, int(value.number))
            else:
                reference = ("n", len(found), sort_of(value), scene.tag_of(value))
            loose[id(value)] = reference
            found.append((reference, value))
        return reference

    contents = contents_of(scene, lambda thread: content_of_scene_thread(scene, thread, refer), refer)
    made = []
    for reference, value in found:  # grows while it is walked
        made.append((reference, object_content(scene, value, refer)))
    return contents, made


def contents_of(scene: Scene, content_of_thread: Callable[[Thread], Content], refer: Refer) -> dict[Content, Content]:
    """Return the slots of all that was looked at or made, with what they hold now."""
    contents: dict[Content, Content] = {}
    for number, thread in scene.threads.items():
        contents["thread", number] = content_of_thread(thread)
    for number, memory in scene.memories.items():
        for name, value in memory.written.items() if isinstance(memory, Memory) else sorted(memory.items()):
            contents["variable", number, name] = None if value is GONE else encode(value, refer)
    for reference in scene.filled:
        contents[reference] = object_content(scene, scene.objects[reference], refer)
    for number, wait in scene.waits.items():
        contents["wait", number] = None if wait is None else wait_content(wait, refer)
    contents.update(scene.counts)
    contents.update(scene.given)
    return contents


def content_of_scene_thread(scene: Scene, thread: Thread, refer: Callable[[Any], Content | None]) -> Content:
    """Return the content of a thread of a scene."""
    number = thread.number
    if number in scene.ended:
        return content_of_ended(thread)
    return thread_content(
        thread,
        refer,
        scene.tag_of,
        slept=number in scene.slept,
        entered=number in scene.entered,
        held=number in scene.held,
        follows=scene.follows.get(number, frozenset()),
    )


def object_content(scene: Scene, value: Any, refer: Refer) -> Content:
    """Return the content of a shared value; that of a task says also which threads had ended before its own."""
    content = content_of(value, refer)
    if isinstance(value, Task):
        return (content, scene.follows_of_task.get(value.number, frozenset()))
    return content


def wait_content(wait: Wait, refer: Refer) -> Content:
    """Return the content of a wait."""
    return (refer(wait.on), wait.operation, encode(wait.detail, refer), wait.granted)


def check_references(scene: Scene, contents: dict[Content, Content]) -> None:
    """Raise `RewalkError` unless the slots hold the same references as before."""
    store, state = scene.store, scene.state
    for slot, content in contents.items():
        place = store.place(slot)
        if is_blind(scene, slot):
            if content is not None and store.references_in(store.number(content)):
                raise RewalkError
            continue
        before = store.references_in(state[place] if place < len(state) else ABSENT_ID)
        after = store.references_in(store.number(content)) if content is not None else ()
        if before == after:
            continue
        if slot[0] in ("thread", "wait"):  # what global variables reach stays where it is, whoever holds it
            before, after = (tuple(one for one in found if one[0] in "hH") for found in (before, after))
        if before != after:
            raise RewalkError
