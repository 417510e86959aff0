"""A moment of a run as lines of plain text: what the line mode of the stepper shows, a screen reader's way.

Nothing is drawn: no columns that have to be looked at from above, no colour, and in every line the words that say what
it is about. `*` marks what the last step changed.

Read next: `line_mode.py`, the commands that show these lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from interp.bytecode.disassembler import rows_of
from interp.language.errors import LONGEST_LINE_SHOWN, TAB_WIDTH, underline, width_of
from interp.scheduling.events import RunSlice
from interp.terminal.glyphs import Glyphs
from interp.terminal.timeline import STATE_WORDS
from interp.terminal.trace_table import tell
from interp.traces.moments import Moment, ShownFrame, ShownLock, ShownObject, ShownThread, ShownValue
from interp.traces.recording import Recording
from interp.traces.step_rows import instruction_text
from interp.traces.steps import StepRow
from interp.traces.walk import Walk
from interp.traces.words import counted

AROUND = 5
"""So many lines or instructions are shown before and after the current one."""

MOST_FRAMES = 20
"""So many frames of a thread are shown."""

MOST_OUTPUT = 20
"""So many lines of output are shown, the last ones."""


def instruction_of(frame: ShownFrame) -> str:
    """Return the instruction that a frame stands at."""
    return instruction_text(frame.code, frame.instruction)


# --- one line about where one is


def status_line(walk: Walk, glyphs: Glyphs) -> str:
    """Return where the walk is, who comes next and with which instruction; at the end, how the run ended."""
    moment = walk.moment
    parts = [f"step {moment.step}", f"tick {moment.tick}"]
    following = moment.next_thread
    if moment.outcome is not None or following is None or following.frame is None:
        parts.append(f"the end: {how_it_ended(walk.recording)}")
    else:
        frame = following.frame
        parts += [f"thread {following.number} ({following.name})", f"{walk.recording.filename}:{frame.line}"]
        parts.append(instruction_of(frame))
    if walk.followed is not None and walk.followed != moment.following:
        parts.append(f"following thread {walk.followed}")
    return f" {glyphs.dot} ".join(parts)


def how_it_ended(recording: Recording) -> str:
    """Return how a run ended, in a word or with its error."""
    result = recording.result
    if result.outcome == "limit":
        return "stopped by --max-steps"
    if result.outcome != "error" or result.error is None:
        return result.outcome
    error = result.error
    return f"error {error.type}: {error.message}" if error.message else f"error {error.type}"


def beginning(recording: Recording) -> str:
    """Return what was recorded, in a line."""
    result = recording.result
    size = f"{counted(result.steps, 'step')}, {counted(result.ticks, 'tick')}, {counted(len(result.threads), 'thread')}"
    return f"{recording.filename}: {size}; outcome: {how_it_ended(recording)}"


def executed_lines(moment: Moment, glyphs: Glyphs) -> Iterator[str]:
    """Yield what the step did that led to a moment, and what happened in it."""
    row = moment.executed
    if row is None:
        return
    whose = "" if moment.following in (None, row.thread) else f"thread {row.thread}: "
    yield f"  {whose}{row_text(row, glyphs)}"
    for event, words in tell([event for event in moment.events if not isinstance(event, RunSlice)]):
        yield f"  thread {event.thread} {words}"


def row_text(row: StepRow, glyphs: Glyphs) -> str:
    """Return an executed instruction with the values that went in and came out."""
    text = row.instruction
    if row.taken:
        text += f"   {', '.join(row.taken)}"
    came = row.error if row.error is not None else ", ".join(row.left)
    if came:
        text += f" {glyphs.arrow} {came}" if row.taken else f"   {glyphs.arrow} {came}"
    return text


# --- the whole state


def state_lines(moment: Moment) -> Iterator[str]:
    """Yield all there is at a moment: threads with frames and stacks, memories, objects, locks, output."""
    yield "threads:"
    for thread in moment.threads:
        yield f"  {thread_line(thread, moment)}"
    for thread in moment.living:
        yield f"frames of thread {thread.number} ({thread.name}), the innermost last:"
        yield from frames_lines(thread.frames)
    for process in moment.processes:
        yield f"global variables of process {process.number}:" if len(moment.processes) > 1 else "global variables:"
        yield from variable_lines(process.variables, "  ") if process.variables else ["  none"]
    if moment.objects:
        yield "objects:"
        for shown in moment.objects:
            yield f"  {object_line(shown, moment)}"
    for lock in moment.locks:
        yield lock_line(lock, several=len(moment.locks) > 1)
    yield from output_lines(moment)


def thread_line(thread: ShownThread, moment: Moment) -> str:
    """Return what a thread is doing."""
    words = f"thread {thread.number} ({thread.name}): {state_words(thread)}"
    if len(moment.processes) > 1:
        words += f", in process {thread.process}"
    frame = thread.frame
    if frame is not None and frame.line:
        words += f", line {frame.line}"
    return words + (", comes next" if thread.number == moment.following else "")


def state_words(thread: ShownThread) -> str:
    """Return the state of a thread, with what it waits for or how it ended."""
    if thread.waits_for is not None:
        return f"waits for {thread.waits_for}"
    if thread.state == "sleeping" and thread.wakes_at is not None:
        return f"sleeps until tick {thread.wakes_at:,}"
    if thread.state == "running":
        return f"runs on core {thread.core}"
    if thread.error is not None and thread.is_over:
        return f"failed: {thread.error}"
    return STATE_WORDS.get(thread.state, thread.state)


def frames_lines(frames: Sequence[ShownFrame], most: int = MOST_FRAMES) -> Iterator[str]:
    """Yield what frames are like; of very many, the outermost and the innermost half of `most`."""
    left_out = len(frames) - most
    for number, frame in enumerate(frames):
        if left_out > 0 and number == most // 2:
            yield f"  ({counted(left_out, 'frame')} left out)"
        if left_out > 0 and most // 2 <= number < most // 2 + left_out:
            continue
        yield f"  {frame_line(frame)}"
        yield from variable_lines(frame.variables, "    ")
        if frame.stack:
            yield f"    stack, the top last: {', '.join(map(marked, frame.stack))}"


def frame_line(frame: ShownFrame) -> str:
    """Return where a call stands."""
    where = f", line {frame.line}" if frame.line else ""
    return f"{frame.function}{where}: {frame.offset} {instruction_of(frame)}"


def variable_lines(values: Iterable[ShownValue], indent: str) -> Iterator[str]:
    """Yield a line for each variable."""
    for value in values:
        yield f"{indent}{value.name} = {marked(value)}"


def marked(value: ShownValue) -> str:
    """Return a value, with a mark if it has changed."""
    return f"{value.text} *" if value.changed else value.text


def object_line(shown: ShownObject, moment: Moment) -> str:
    """Return what an object is, and who can reach it."""
    names = ", ".join(shown.names) or "without a name"
    changed = " *" if shown.changed else ""
    where = ""
    if len(moment.processes) > 1:
        where = "; between processes" if shown.process is None else f"; in process {shown.process}"
    seen = f"seen by threads {', '.join(map(str, shown.seen_by))} (shared)"
    if not shown.shared:
        seen = f"seen by thread {shown.seen_by[0]} only" if shown.seen_by else "seen by no thread any more"
    return f"{names}: {shown.kind} {shown.text}{changed}{where}; {seen}"


def lock_line(lock: ShownLock, *, several: bool = False) -> str:
    """Return who holds the global lock, who waits for it, and when the holder is asked to let go."""
    whose = f"global lock of process {lock.process}" if several else "global lock"
    holder = "free" if lock.holder is None else f"held by thread {lock.holder}"
    if not lock.waiting:
        return f"{whose}: {holder}, nobody waits for it"
    waiting = f"waiting: {', '.join(f'thread {number}' for number in lock.waiting)}"
    asked = ""
    if lock.requested:
        asked = "; the holder is asked to let go"
    elif lock.request_in is not None:
        asked = f"; the holder will be asked to let go in {counted(lock.request_in, 'tick')}"
    return f"{whose}: {holder}; {waiting}{asked}"


def output_lines(moment: Moment) -> Iterator[str]:
    """Yield what has been printed so far."""
    lines = moment.output.split("\n")
    if lines[-1] == "":
        lines.pop()
    if not lines:
        yield "output: nothing yet" if moment.outcome is None else "output: nothing"
        return
    left_out = f" (the first {counted(len(lines) - MOST_OUTPUT, 'line')} left out)" if len(lines) > MOST_OUTPUT else ""
    yield f"output{left_out}:"
    for line in lines[-MOST_OUTPUT:]:
        yield f"  {line}"


# --- parts of it


def where_lines(walk: Walk, most_frames: int = MOST_FRAMES) -> Iterator[str]:
    """Yield what the thread that is looked at is doing, and its frames, the innermost last."""
    thread = walk.thread
    yield thread_line(thread, walk.moment)
    yield from frames_lines(thread.frames, most_frames)


def source_lines(walk: Walk, line: int | None = None) -> Iterator[str]:
    """Yield the source around a line, by default the one that the thread is at."""
    return numbered_source(walk, walk.recording.code.lines, line, AROUND)


def numbered_source(walk: Walk, lines: Sequence[str], line: int | None = None, around: int = AROUND) -> Iterator[str]:
    """Yield lines around the current one, or another, with `>` before the current one and `b` before a breakpoint.

    Carets below the current line mark the expression whose instruction comes next, if that is not all of it.
    """
    frame = walk.thread.frame
    here = frame.line if frame is not None else 0
    middle = line or here or 1
    width = len(str(len(lines)))
    for number in range(max(1, middle - around), min(len(lines), middle + around) + 1):
        mark = ">" if number == here else " "
        stop = "b" if number in walk.lines else " "
        text = lines[number - 1]
        yield f"{mark}{stop}{number:>{width}}  {text.expandtabs(TAB_WIDTH)}".rstrip()
        if number == here and frame is not None and frame.place.end_line == number:
            _, carets = underline(text, frame.place)
            if carets.strip() != "^" * width_of(text.strip()) and len(text) <= LONGEST_LINE_SHOWN:
                yield f"  {'':>{width}}  {carets}"


def instruction_lines(walk: Walk) -> Iterator[str]:
    """Yield the instructions around the one that the thread comes to next, which `>` marks."""
    frame = walk.thread.frame
    if frame is None:
        yield f"thread {walk.thread.number} has no instruction any more"
        return
    yield f"{frame.function}:"
    rows = rows_of(frame.code)
    for row in rows[max(0, frame.offset - AROUND) : frame.offset + AROUND + 1]:
        mark = ">" if row.offset == frame.offset else " "
        line = f"line {row.place.line}"
        text = instruction_text(frame.code, frame.code.instructions[row.offset])
        yield f"{mark} {row.offset:>4}  {line:<9} {text}"
