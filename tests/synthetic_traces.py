"""Traces made by hand, so that what looks at traces is tested on runs whose every tick is known.

A thread is described by what it does: `Life("work-2", start=40).run(100).wait(300).run(100)`. `make_trace`
derives the events that a scheduler would report, in the order in which it would, and the result.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from interp.scheduling.events import (
    Ended,
    Event,
    Failed,
    LockReleased,
    LockRequested,
    LockTaken,
    LockWaited,
    Printed,
    RunSlice,
    Spawned,
    StateChanged,
)
from interp.scheduling.result import ErrorReport, Result, Stuck, ThreadTimes
from interp.scheduling.settings import Settings
from interp.traces.lanes import Interval
from interp.traces.trace import Trace, TraceCollector


@dataclass
class Life:
    """What a thread does from its start to its end; each method adds some ticks of a state."""

    name: str
    start: int = 0
    process: int = 1
    core: int = 0
    ending: str | None = "finished"
    intervals: list[Interval] = field(default_factory=list)

    @property
    def now(self) -> int:
        """The tick up to which the life has been described."""
        return self.intervals[-1].stop if self.intervals else self.start

    def add(self, state: str, ticks: int, core: int | None = None, on: str | None = None) -> Life:
        """Add some ticks of a state."""
        self.intervals.append(Interval(state, self.now, self.now + ticks, core, on))
        return self

    def run(self, ticks: int, core: int | None = None) -> Life:
        """Run for some ticks."""
        return self.add("running", ticks, self.core if core is None else core)

    def wait(self, ticks: int) -> Life:
        """Wait for the global lock."""
        return self.add("lock-wait", ticks)

    def block(self, ticks: int, on: str = "join of work-2") -> Life:
        """Be blocked."""
        return self.add("blocked", ticks, on=on)

    def sleep(self, ticks: int) -> Life:
        """Sleep."""
        return self.add("sleeping", ticks)

    def ready(self, ticks: int) -> Life:
        """Want a core."""
        return self.add("ready", ticks)

    def fail(self) -> Life:
        """End with an exception."""
        self.ending = "failed"
        return self

    def never_end(self) -> Life:
        """Be there still when the run ends."""
        self.ending = None
        return self


def make_trace(
    *lives: Life,
    settings: Settings | None = None,
    outcome: str = "ok",
    output: str = "",
    error: ErrorReport | None = None,
    stuck: tuple[Stuck, ...] = (),
    source: str = "print(1)\n",
    filename: str = "program.toy",
    steps: int | None = None,
) -> Trace:
    """Return the trace of a run in which the threads did just that."""
    settings = settings or Settings()
    locked = settings.lock != "python3.13t"
    collector = TraceCollector()
    reported: list[tuple[int, int, Event]] = []

    def report(at: int, rank: int, event: Event) -> None:
        reported.append((at, rank, event))

    ticks = max(life.now for life in lives)
    for life in lives:
        if life.ending is None and life.now < ticks:
            life.block(ticks - life.now, on="lock 1")
    for number, life in enumerate(lives, 1):
        report(life.start, 2, Spawned(life.start, number, life.name, life.process, 0 if number == 1 else 1, 1))
        waited = 0
        for interval in life.intervals:
            start, stop = interval.start, interval.stop
            change = StateChanged(start, number, interval.state, interval.core, interval.on, 2)
            report(start, 4, change)
            if interval.state == "lock-wait":
                waited = interval.ticks
                report(start, 5, LockWaited(start, number, life.process))
                if waited > 100:
                    report(start + 100, 5, LockRequested(start + 100, number, life.process, 1))
            if interval.state == "running":
                if locked:
                    report(start, 3, LockTaken(start, number, life.process, waited))
                    report(stop, 0, LockReleased(stop, number, life.process, "request", 3))
                run = RunSlice(start, number, interval.core or 0, stop, "RESUME:1", "JUMP_BACKWARD:3", stop - start)
                report(stop, 1, run)
                waited = 0
        if life.ending:
            if life.ending == "failed":
                report(life.now, 6, Failed(life.now, number, "ValueError", "no", 3))
            report(life.now, 7, StateChanged(life.now, number, life.ending, None, None, 3))
            report(life.now, 8, Ended(life.now, number))
    if output:
        report(ticks, 2, Printed(ticks, 1, output, 4))
    for _, _, event in sorted(reported, key=lambda item: item[:2]):
        collector.event(event)
    times = tuple(times_of(number, life, ticks) for number, life in enumerate(lives, 1))
    busy = sum(thread.running for thread in times)
    result = Result(
        settings=settings,
        interval=settings.interval or 100,
        outcome=outcome,
        output=output,
        error=error,
        report="",
        stuck=stuck,
        ticks=ticks,
        steps=busy if steps is None else steps,
        switches=sum(isinstance(event, LockTaken) for event in collector.events),
        lock_held=busy if locked else 0,
        busy=busy,
        threads=times,
    )
    return collector.trace(source, filename, result)


def times_of(number: int, life: Life, end: int) -> ThreadTimes:
    """Return the ticks that a thread spent in each state."""

    def total(state: str) -> int:
        return sum(interval.ticks for interval in life.intervals if interval.state == state)

    return ThreadTimes(
        number=number,
        name=life.name,
        process=life.process,
        start=life.start,
        end=life.now if life.ending else end,
        running=total("running"),
        ready=total("ready"),
        lock_wait=total("lock-wait"),
        blocked=total("blocked"),
        sleeping=total("sleeping"),
        steps=total("running"),
    )


# --- runs that several tests look at ------------------------------------------------------------------------

WORK = 5000
SLICE = 100


def sequential_sum() -> Trace:
    """Four sums, one after another."""
    main = Life("main").run(4 * WORK + 80)
    return make_trace(main, settings=Settings(mode="sequential"), output="20000\n", filename="parallel_sum.toy")


def threaded_sum(workers: int = 4, work: int = WORK) -> Trace:
    """The same sums in threads that take turns in holding the global lock."""
    spawned = 20 * workers
    main = Life("main").run(spawned).block(workers * work, on="join of work-2").run(10)
    lives = [main]
    for index in range(workers):
        start = 20 * (index + 1)
        life = Life(f"work-{index + 2}", start=start, core=index % 4)
        turn = spawned + index * SLICE
        while life.now < spawned + workers * work - (workers - index - 1) * SLICE:
            life.wait(turn - life.now)
            life.run(SLICE)
            turn += workers * SLICE
        lives.append(life)
    return make_trace(*lives, settings=Settings(), output="20000\n", filename="parallel_sum.toy")


def process_sum(workers: int = 4, work: int = WORK) -> Trace:
    """The same sums in processes, each on a core of its own."""
    start_cost = 300
    main = Life("main").run(start_cost * workers).block(work).run(50)
    lives = [main]
    for index in range(workers):
        start = start_cost * (index + 1)
        lives.append(Life(f"work-{index + 2}", start=start, process=index + 2, core=(index + 1) % 4).run(work))
    return make_trace(*lives, settings=Settings(mode="processes"), output="20000\n", filename="parallel_sum.toy")
