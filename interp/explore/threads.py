"""Threads as content, as `values.py` has it of values: a tuple that can be compared and hashed, and the way back.

A thread's content says where it stands and what its frames hold. Values with an identity that it alone reaches are
part of it: in the frames they are `("l", 0)`, `("l", 1)` and so on, and what these are is in a table. So two threads
that stand alike are alike, whatever others do. The clock of a thread, and what it costs, is no part of it.

Read next: `scene.py`, which brings threads to life.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interp.explore.values import Content, content_of, decode, encode, fill, make, sort_of
from interp.machine.state import Frame
from interp.machine.thread import Thread

STATUS, NUMBER, NAME, PROCESS, SLEPT, ENTERED, HELD, HANDLED, FRAMES, OWN_VALUES, FOLLOWS = range(11)
"""Where things stand in a thread's content.

Its status is `"run"`, `"wait"` (what for is in a slot of its own) or `"over"`. `SLEPT` says whether its last turn ended
with a sleep, `ENTERED` whether it stands before an operation that had to wait, in a schedule that counts this as a
step, `HELD` whether its last turn ended for its length alone, where no other thread may go on. `HANDLED` is the
exception that it handles, `FOLLOWS` are the threads that it knows to have ended, by a join.
"""


def thread_content(
    thread: Thread,
    refer: Callable[[Any], Content | None],
    tag_of: Callable[[Any], Any],
    *,
    slept: bool,
    entered: bool,
    held: bool,
    follows: frozenset[int],
) -> Content:
    """Return the content of a thread; `refer` returns None for values that it alone reaches, `tag_of` their tags."""
    numbers: dict[int, Content] = {}
    found: list[Any] = []

    def refer_here(value: Any) -> Content:
        reference = refer(value)
        if reference is None:
            reference = numbers.get(id(value))
        if reference is None:
            reference = numbers[id(value)] = ("l", len(found))
            found.append(value)
        return reference

    handled = encode(thread.handled, refer_here)
    frames = tuple(
        (
            frame.code,
            frame.pc,
            (tuple, *[encode(value, refer_here) for value in frame.locals]),
            (tuple, *[encode(value, refer_here) for value in frame.stack]),
        )
        for frame in thread.frames
    )
    table = []
    for value in found:  # grows while it is walked
        table.append((sort_of(value), tag_of(value), content_of(value, refer_here)))
    status = "wait" if thread.wait is not None else "run"
    number, process = thread.number, thread.process.number
    return (status, number, thread.name, process, slept, entered, held, handled, frames, tuple(table), follows)


def content_of_ended(thread: Thread) -> Content:
    """Return the content of a thread that is over."""
    nothing = (type(None), None)  # as `encode` has it
    who = thread.number, thread.name, thread.process.number
    return ("over", *who, False, False, False, nothing, (), (), frozenset())


def with_own_values(content: Content, table: tuple[Content, ...]) -> Content:
    """Return a thread's content with other values that it alone reaches."""
    return (*content[:OWN_VALUES], table, *content[OWN_VALUES + 1 :])


def fill_thread(
    thread: Thread, content: Content, resolve: Callable[[Content], Any], fill_deeply: Callable[[list[Any]], None]
) -> list[tuple[Any, Any]]:
    """Give a thread that was made without its content its frames; returns the values that it alone reaches, with tags.

    `resolve` gives what a reference to a shared value stands for, and `fill_deeply` gives shared values all of theirs.
    """
    table = content[OWN_VALUES]
    own: dict[int, Any] = {}
    known: dict[Content, Any] = {}
    unfilled: list[tuple[Any, tuple[Content, ...]]] = []

    def resolve_here(reference: Content) -> Any:
        if reference[0] != "l":
            return resolve(reference)
        index = reference[1]
        if index not in own:
            sort, _, inner = table[index]
            own[index] = make(sort, inner, complete)
            unfilled.append((own[index], inner))
        return own[index]

    def read(part: Content) -> Any:
        return decode(part, resolve_here, known)

    def fill_all() -> None:
        while unfilled:
            value, inner = unfilled.pop()
            fill(value, inner, read)

    def complete(part: Content) -> Any:  # an iterator is made of what it goes through, and so needs all of it
        value = read(part)
        fill_all()
        fill_deeply([value])
        return value

    for code, offset, variables, stack in content[FRAMES]:
        frame = Frame(code, [read(part) for part in variables[1:]], thread.process)
        frame.pc = offset
        frame.stack = [read(part) for part in stack[1:]]
        thread.frames.append(frame)
    thread.handled = read(content[HANDLED])
    fill_all()
    return [(value, table[index][1]) for index, value in own.items()]
