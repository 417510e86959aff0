"""The threads with their states and what each waits for, and the global lock: who has it, who wants it."""

from __future__ import annotations

from rich.cells import cell_len

from interp.terminal.console import pad
from interp.terminal.glyphs import thread_style
from interp.terminal.stepper.marks import ALARM, CURRENT, GOOD, HEADING, QUIET
from interp.terminal.stepper.pane import Content, Line, ListPane
from interp.terminal.stepper.view import View
from interp.terminal.timeline import STATE_WORDS
from interp.traces.lanes import BLOCKED, SLEEPING
from interp.traces.moments import ShownLock, ShownThread
from interp.traces.words import counted


class ThreadsPane(ListPane):
    """A line for each thread, by number, and one for each lock that anybody has or wants."""

    def heading(self, view: View) -> str:
        """Say how many there are, and who comes next."""
        living, following = len(view.moment.living), view.moment.following
        who = f"the end: {view.moment.outcome}" if view.moment.outcome else f"next: {following}"
        return f"{living} of {counted(len(view.moment.threads), 'thread')}, {who}"

    def content(self, view: View, width: int, height: int) -> Content:
        """Return the threads, then the locks."""
        threads = view.moment.threads
        name_width = min(max(cell_len(self.safe(thread.name)) for thread in threads), max(6, width // 4))
        lines = [self._thread(view, thread, name_width, width) for thread in threads]
        locks = [line for lock in self._locks(view) for line in self._lock(lock, width)]
        if len(lines) + len(locks) > height and locks:
            # The lock must be seen however many threads there are.
            return Content.of(lines, view.thread.number - 1, locks[: max(1, height // 2)])
        return Content.of([*lines, *locks], view.thread.number - 1)

    def _thread(self, view: View, thread: ShownThread, name_width: int, width: int) -> Line:
        is_next = thread.number == view.moment.following
        mark = self.marks.here if is_next else ("f" if thread.number == view.followed else " ")
        name = pad(self.cut(thread.name, name_width), name_width)
        label = f"{mark}{thread.number:>2} {name} "
        words = state_words(thread, view.moment.tick)
        line = f" line {thread.frame.line}" if thread.frame and thread.frame.line else ""
        room = width - cell_len(label) - len(line)
        if cell_len(words) > room:  # what it waits for matters more
            line = line.replace("line ", ":")
            room = width - cell_len(label) - len(line)
        style = ALARM if thread.state == "failed" else CURRENT if is_next else QUIET if thread.is_over else ""
        return [(label, thread_style(thread.number)), (self.cut(words, room), style), (line, QUIET)]

    def _locks(self, view: View) -> list[ShownLock]:
        """Return the locks, that of the process looked at first; of others only those that anybody has or wants."""
        own = [lock for lock in view.moment.locks if lock.process == view.thread.process]
        return own + [lock for lock in view.moment.locks if lock not in own and lock.waiting]

    def _lock(self, lock: ShownLock, width: int) -> list[Line]:
        name = "lock" if lock.process == 1 else f"lock of process {lock.process}"
        holder = ("free", GOOD) if lock.holder is None else (f"held by {lock.holder}", thread_style(lock.holder))
        waiting = f", waiting: {' '.join(map(str, lock.waiting))}" if lock.waiting else ", nobody waits"
        lines: list[Line] = [[(f"{name}: ", HEADING), holder, (self.cut(waiting, width - len(name) - 12), "")]]
        if lock.requested:
            lines.append([("  the holder is asked to drop it", ALARM)])
        elif lock.request_in is not None:
            lines.append([(f"  drop request in {counted(lock.request_in, 'tick')}", "")])
        return lines


def state_words(thread: ShownThread, tick: int) -> str:
    """Say in which state a thread is, and what it waits for."""
    if thread.state == BLOCKED and thread.waits_for:
        return f"waits for {thread.waits_for}"
    if thread.state == SLEEPING and thread.wakes_at is not None:
        return f"sleeps {counted(max(0, thread.wakes_at - tick), 'tick')} more"
    if thread.state == "failed" and thread.error:
        return f"failed: {thread.error}"
    return STATE_WORDS.get(thread.state, thread.state)
