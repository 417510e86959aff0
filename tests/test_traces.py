"""A trace keeps what happened, its lanes account for every tick, and a file gives back what was saved."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import interp
from interp.language.errors import UsageError
from interp.scheduling.events import EVENT_KINDS, Event, Received, RunSlice, Sent
from interp.scheduling.result import ErrorReport, Stuck
from interp.scheduling.settings import Settings
from interp.traces.files import FORMAT_NUMBER, check_program_unchanged, load_trace, save_trace
from interp.traces.lanes import LASTING_STATES, Lane, ticks_by_running
from interp.traces.trace import Trace, TraceCollector, in_time_order
from tests.synthetic_traces import Life, make_trace, process_sum, sequential_sum, threaded_sum

QUICK = settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@st.composite
def lives(draw: st.DrawFn, number: int) -> Life:
    life = Life(draw(names), start=draw(st.integers(0, 50)) if number else 0, core=draw(st.integers(0, 3)))
    for _ in range(draw(st.integers(0, 8))):
        state = draw(st.sampled_from(LASTING_STATES))
        on = draw(names) if state == "blocked" else None
        life.add(state, draw(st.integers(1, 400)), life.core if state == "running" else None, on)
    life.ending = draw(st.sampled_from(["finished", "failed", None]))
    return life


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    chosen = [draw(lives(number)) for number in range(draw(st.integers(1, 5)))]
    error = draw(st.none() | st.builds(ErrorReport, names, names, st.none() | st.integers(1, 99), names))
    stuck = draw(st.lists(st.builds(Stuck, st.integers(1, 9), names, names, st.none() | st.integers(1, 9),
                                    st.tuples(names), st.tuples(names)), max_size=2))  # fmt: skip
    return make_trace(
        *chosen,
        output=draw(names),
        source=draw(names),
        error=error,
        stuck=tuple(stuck),
        outcome=draw(st.sampled_from(["ok", "error", "deadlock", "limit"])),
        settings=Settings(interval=draw(st.none() | st.integers(1, 99)), seed=draw(st.none() | st.just(3))),
    )


# --- traces and lanes ---------------------------------------------------------------------------------------


def test_a_slice_reported_late_stands_where_it_began() -> None:
    collector = TraceCollector()
    collector.event(Sent(5, 1, "queue 1", 1))
    collector.event(RunSlice(0, 1, 0, 9, "A:1", "B:2", 9))
    collector.event(Received(9, 2, "queue 1", 1))
    kinds = [type(event).__name__ for event in in_time_order(collector.events)]
    assert kinds == ["RunSlice", "Sent", "Received"]


def test_events_of_one_tick_keep_their_order() -> None:
    events: list[Event] = [Sent(5, number, "q", 1) for number in (3, 1, 2)]
    assert [event.thread for event in in_time_order(events)] == [3, 1, 2]


@QUICK
@given(traces())
def test_the_intervals_of_a_lane_follow_one_another_and_add_up(trace: Trace) -> None:
    for lane, times in zip(trace.lanes, trace.result.threads, strict=True):
        moments = [lane.start] + [interval.stop for interval in lane.intervals]
        assert [interval.start for interval in lane.intervals] == moments[:-1]
        assert moments[-1] == lane.stop == times.end
        assert lane.time_in("running") == times.running
        assert lane.time_in("blocked") == times.blocked
        assert lane.time_in("sleeping") == times.sleeping
        assert lane.time_in("lock-wait") == times.lock_wait


def test_the_lock_lane_tells_who_held_it() -> None:
    turns = threaded_sum(2, 300).lock_lanes[1]
    assert [(turn.thread, turn.start, turn.stop) for turn in turns][:4] == [
        (1, 0, 40),
        (2, 40, 140),
        (3, 140, 240),
        (2, 240, 340),
    ]


def test_the_core_lanes_tell_who_ran_there() -> None:
    lanes = process_sum().core_lanes
    assert [turn.thread for turn in lanes[0]] == [1, 5, 1]
    assert {core: len(turns) for core, turns in lanes.items()} == {0: 3, 1: 1, 2: 1, 3: 1}


def test_ticks_are_counted_by_how_many_threads_run() -> None:
    lanes: tuple[Lane, ...] = make_trace(Life("main").run(10).block(30).run(5), Life("a", 10).run(20)).lanes
    assert ticks_by_running(lanes, 45) == {1: 35, 0: 10}


PROGRAM = """
total = 0
lock = Lock()
items = Queue(2)

def produce(n):
    for i in range(n):
        items.put(i)
        sleep(7)

def add(n):
    global total
    for i in range(n):
        with lock:
            total = total + items.get()
    return total

tasks = [spawn(produce, 9), spawn(add, 5), spawn(add, 4)]
print([task.join() for task in tasks][0], total)
"""


@pytest.mark.parametrize("mode", ["threads", "processes"])
@pytest.mark.parametrize("lock", ["python3.13", "python3.9", "python3.13t", "cooperative"])
def test_the_lanes_of_a_real_run_agree_with_its_result(tmp_path: Path, mode: str, lock: str) -> None:
    program = interp.compile_source(PROGRAM, "a.toy")
    trace = interp.record(program, Settings(mode=mode, lock=lock, interval=5))
    assert trace.result.outcome == "ok"
    assert len(trace.lanes) == 4
    for lane, times in zip(trace.lanes, trace.result.threads, strict=True):
        assert (lane.start, lane.stop) == (times.start, times.end)
        found = tuple(lane.time_in(state) for state in LASTING_STATES)
        assert found == (times.running, times.ready, times.lock_wait, times.blocked, times.sleeping)
    held = sum(turn.ticks for turns in trace.lock_lanes.values() for turn in turns)
    assert held == trace.result.lock_held
    assert sum(turn.ticks for turns in trace.core_lanes.values() for turn in turns) == trace.result.busy
    save_trace(trace, tmp_path / "a.trace")
    assert load_trace(tmp_path / "a.trace") == trace


# --- files that are as they were saved ----------------------------------------------------------------------


@QUICK
@given(traces())
def test_a_saved_trace_is_loaded_equal(tmp_path: Path, trace: Trace) -> None:
    save_trace(trace, tmp_path / "a.trace")
    assert load_trace(tmp_path / "a.trace") == trace


def test_a_file_is_ascii_json_lines_in_time_order(tmp_path: Path) -> None:
    trace = threaded_sum(2, 300)
    save_trace(trace, tmp_path / "a.trace")
    text = (tmp_path / "a.trace").read_text("ascii")
    lines = [json.loads(line) for line in text.splitlines()]
    ticks = [line["tick"] for line in lines[1:-2]]
    assert ticks == sorted(ticks)
    assert lines[0]["format"] == "interp trace"
    assert lines[-1]["end"]["events"] == len(ticks) == len(trace.events)


def test_saving_twice_gives_the_same_bytes_and_leaves_nothing_else(tmp_path: Path) -> None:
    save_trace(threaded_sum(2, 300), tmp_path / "a.trace")
    before = (tmp_path / "a.trace").read_bytes()
    save_trace(threaded_sum(2, 300), tmp_path / "a.trace")
    assert (tmp_path / "a.trace").read_bytes() == before
    assert os.listdir(tmp_path) == ["a.trace"]


def test_every_kind_of_event_can_be_saved(tmp_path: Path) -> None:
    trace = threaded_sum(2, 300)
    values: dict[str, Any] = {"int": 7, "str": "x", "int | None": None, "str | None": "y"}
    events = list(trace.events)
    for kind in EVENT_KINDS.values():
        if kind.__name__ not in ("Spawned", "StateChanged"):
            filled = {name: values[str(field.type)] for name, field in kind.__dataclass_fields__.items()}
            filled |= {"tick": trace.ticks, "thread": 1}
            if kind is RunSlice:
                filled["stop"] = trace.ticks
            events.append(kind(**filled))
    full = Trace(trace.source, trace.filename, tuple(events), trace.result)
    save_trace(full, tmp_path / "a.trace")
    assert load_trace(tmp_path / "a.trace") == full


def test_a_device_is_written_to_and_not_replaced() -> None:
    save_trace(sequential_sum(), "/dev/null")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("path", ["missing/a.trace", "."])
def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match=r"^cannot write .*: (no such file or directory|is a directory)\.$"):
        save_trace(sequential_sum(), tmp_path / path)


def test_a_file_survives_a_save_that_fails(tmp_path: Path) -> None:
    save_trace(sequential_sum(), tmp_path / "a.trace")
    before = (tmp_path / "a.trace").read_bytes()
    broken = Trace("", "a.toy", (object(),), sequential_sum().result)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        save_trace(broken, tmp_path / "a.trace")
    assert (tmp_path / "a.trace").read_bytes() == before
    assert os.listdir(tmp_path) == ["a.trace"]


# --- files that are not -------------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    """Return the message with which a file is refused, with its place written as FILE."""
    with pytest.raises(UsageError) as caught:
        load_trace(path)
    return str(caught.value).replace(str(path), "FILE")


def altered(tmp_path: Path, number: int, change: Any, *, honest: bool = True) -> str:
    """Return the refusal of a file with a change in line `number` (from 1); the hash fits if `honest`."""
    path = tmp_path / "a.trace"
    save_trace(threaded_sum(2, 300), path)
    lines = path.read_bytes().splitlines(keepends=True)
    data = json.loads(lines[number - 1])
    change(data)
    lines[number - 1] = json.dumps(data).encode() + b"\n"
    if honest:
        end = json.loads(lines[-1])
        end["end"]["sha256"] = sha256(b"".join(lines[:-1])).hexdigest()
        lines[-1] = json.dumps(end).encode() + b"\n"
    path.write_bytes(b"".join(lines))
    return refusal(path)


AGAIN = "\n  Record it again: interp trace parallel_sum.toy -o FILE"


def test_another_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    assert altered(tmp_path, 1, lambda data: data.update(number=FORMAT_NUMBER + 1, new_field=1)) == (
        f"FILE was recorded in trace format {FORMAT_NUMBER + 1}; this version reads format {FORMAT_NUMBER}.{AGAIN}"
    )


@pytest.mark.parametrize(
    ("number", "change", "problem"),
    [
        (1, lambda data: data.pop("program"), "FILE:1: the header has no `program`."),
        (1, lambda data: data.update(number="1"), "FILE:1: `number` should be a whole number, not '1'."),
        (
            1,
            lambda data: data.update(source="print(2)\n"),
            "FILE:1: the program in this file is not the one that was recorded: its text was changed.",
        ),
        (
            1,
            lambda data: data["settings"].update(cores=0),
            "cores must be a whole number from 1 to 1024, not 0.",
        ),
        (
            1,
            lambda data: data["settings"].update(extra=0),
            "FILE:1: `settings` has an unknown field 'extra'.",
        ),
        (2, lambda data: data.update(event="Jumped"), "FILE:2: 'Jumped' is not a kind of event."),
        (2, lambda data: data.update(event=[]), "FILE:2: [] is not a kind of event."),
        (2, lambda data: data.pop("name"), "FILE:2: this `Spawned` has no `name`."),
        (2, lambda data: data.update(tick=True), "FILE:2: `tick` should be a whole number, not True."),
        (2, lambda data: data.update(tick=-1), "FILE:2: out of time order: tick -1 comes after tick 0."),
        (2, lambda data: data.update(tick=9), "FILE:3: out of time order: tick 0 comes after tick 9."),
        (2, lambda data: data.update(thread=2), "FILE:3: thread 1 does something before it is spawned."),
        (4, lambda data: data.update(state="idle"), "FILE:4: 'idle' is not a state of a thread."),
        (4, lambda data: data.update(core=4), "FILE:4: there is no core 4: the run had 4."),
        (5, lambda data: data.update(stop=-1), "FILE:5: this slice stops before it starts."),
        (2, lambda data: data.clear(), "FILE:2: this line is neither an event nor the result."),
        (-1, lambda data: data["result"].update(outcome="fine"), "'fine' is not an outcome."),
        (
            -1,
            lambda data: data["result"].update(threads=[1]),
            "an item of `threads` should be an object, not 1.",
        ),
    ],
)
def test_an_altered_line_is_refused(tmp_path: Path, number: int, change: Any, problem: str) -> None:
    head, _, advice = altered(tmp_path, number, change).partition("\n")
    assert head.endswith(problem)
    assert advice == (AGAIN.strip("\n") if "program" not in problem else advice)


def test_a_plausible_change_is_noticed(tmp_path: Path) -> None:
    message = altered(tmp_path, 5, lambda data: data.update(count=41), honest=False)
    assert "the lines above are not those that were recorded: the file was changed." in message


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "FILE is not a trace file."),
        (b"\x00\xff\x7fELF", "FILE is not a trace file."),
        (b'{"format": "other"}\n', "FILE is not a trace file."),
        (b"{}\n", "FILE is not a trace file."),
        (b"{\xff}\n", "FILE:1: this line is not text in UTF-8."),
        (b"{nothing\n", "FILE:1: this line is not JSON."),
        (b'{"a": ' + b"[" * 100_000 + b"\n", "FILE:1: this line is not JSON."),
        (b'{"number": ' + b"9" * 5000 + b"}\n", "FILE:1: this line is not JSON."),
        (b"{" + b" " * 5_000_000, "FILE:1: the file ends in the middle of this line."),
    ],
    ids=range(9),
)
def test_what_is_no_trace_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "a.trace").write_bytes(content)
    assert refusal(tmp_path / "a.trace").startswith(problem)


def test_a_line_without_end_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interp.traces.files.LONGEST_LINE", 1000)
    (tmp_path / "a.trace").write_bytes(b"{" + b" " * 2000)
    assert refusal(tmp_path / "a.trace").startswith("FILE:1: this line is longer than 1000 bytes.")


@pytest.mark.parametrize("path", ["missing.trace", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match=r"^cannot read .*: (no such file or directory|is a directory)\.$"):
        load_trace(tmp_path / path)


def test_a_file_cut_short_is_refused_wherever_it_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.trace"
    save_trace(process_sum(), path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        assert "not a trace" in refusal(path) or "the file ends" in refusal(path)


@QUICK
@given(st.data())
def test_a_damaged_file_is_refused_or_equal(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a.trace"
    trace = process_sum()
    save_trace(trace, path)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        lines = bytes(content).splitlines(keepends=True)
        del lines[data.draw(st.integers(0, len(lines) - 1))]
        content = bytearray(b"".join(lines))
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        loaded = load_trace(path)
    except UsageError:
        return
    assert loaded == trace


def test_a_changed_program_is_refused() -> None:
    trace = make_trace(Life("main").run(1), source="a = 1\nb = 2\n", filename="bank.toy")
    check_program_unchanged(trace, "a = 1\nb = 2\n")
    with pytest.raises(UsageError, match=r"^bank\.toy:2: the program has changed since"):
        check_program_unchanged(trace, "a = 1\nb = 3\n")


def test_nothing_below_the_terminal_imports_rich() -> None:
    program = (
        "import sys, interp.traces.comparison, interp.traces.files, interp.traces.steps; "
        "print([name for name in sys.modules if name.split('.')[0] in ('rich', 'textual')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
