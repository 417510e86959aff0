"""What everything costs, in ticks: one table, in two named sets.

A tick is what one instruction costs unless its declaration says otherwise. `classroom` has small round numbers, so
that a trace fits on a screen; only the order of magnitude means something (a process costs far more to start than a
thread).

`realistic` is calibrated: a tick is 5 ns there, what an instruction of an ordinary loop takes on CPython 3.11 (2 to
4 ns where it is specialised, 20 to 30 ns where it is not), and everything else has its measured ratio to that. Each
figure below lies within what was measured on Linux machines with two cores; `python -m benchmarks.calibrate` measures
them where it is run, and shows them beside these. `docs/cpython.md` says how, and what the table predicts.

    switch interval            5 ms                      `sys.getswitchinterval()`; 100 instructions up to 3.1
    wake-up latency            10–100 µs                 50 µs: slices last the interval and 0.1 ms
    a sleep lasts longer by    70 µs                     `sleep(0.001)` takes 1.07 ms: timers have a slack (prctl(2))
    thread start and join      40–170 µs                 50 µs
    process fork and join      2–4 ms                    2 ms
    through a thread queue     1–5 µs, whatever the size 2 µs, half of it for each end
    through a process queue    10 µs an int, 50 µs a list of 1,000 ints, 5–8 ms one of 100,000: half for each end
    time slice                 3 ms                      two threads of CPython 2.7 on one core switch every 3.0–3.6 ms
    contention                 0.35–0.43×, 0.07×         speed of 2.7 with `sys.setcheckinterval` 100 and 1: from these
                                                         two follow `contention` and `short_wake_up`, in instructions

In Toy, `sleep` and `clock` count ticks, which stand for microseconds where a program runs on real CPython. So a tick
of a program is `microsecond` ticks of this table: 1 in the classroom, 200 in the realistic one.
"""

from __future__ import annotations

from dataclasses import dataclass

from interp.bytecode.instructions import declared_costs
from interp.language.errors import UsageError


@dataclass(frozen=True)
class Costs:
    """A set of costs, in ticks.

    `microsecond` is how long a tick of `sleep` and `clock` lasts, `oversleep` how much longer a sleep takes than it
    was asked to. `wake_up` is the latency from a signal until the signalled thread can go on; it makes the hand-over
    of a lock cost something. `context_switch` is paid when a core goes to another thread because the time slice is
    over. `thread_start` and `process_start` are paid by the one who spawns. A copy between processes costs
    `copy_base`, and `copy_thousand` more for every thousand values; moving something into or out of a queue within
    one process costs `queue` more than its instruction. `time_slice` is how long the operating system leaves a core
    to a thread while others want it; `interval` is the switch interval of a lock that is given none.

    `contention` and `short_wake_up` are for a lock that is let go and taken straight back (`locks/python27.py`) while
    a waiter wakes up for it on another core: what that costs the holder, and how long the waiter takes to find out,
    which is less than `wake_up`, since it fell asleep a moment ago.
    """

    name: str
    microsecond: int
    oversleep: int
    wake_up: int
    contention: int
    short_wake_up: int
    context_switch: int
    thread_start: int
    process_start: int
    queue: int
    copy_base: int
    copy_thousand: int
    time_slice: int
    interval: int

    @property
    def of_opcode(self) -> tuple[int, ...]:
        """The cost of each opcode, by its number."""
        return declared_costs()

    def sleeping(self, ticks: int) -> int:
        """How long a `sleep(ticks)` takes."""
        return ticks * self.microsecond + self.oversleep

    def copying(self, size: int) -> int:
        """The cost of copying `size` values to another process."""
        return self.copy_base + size * self.copy_thousand // 1_000


COSTS: dict[str, Costs] = {
    costs.name: costs
    for costs in (
        Costs(
            name="classroom",
            microsecond=1,
            oversleep=0,
            wake_up=1,
            contention=200,
            short_wake_up=215,
            context_switch=1,
            thread_start=10,
            process_start=500,
            queue=0,
            copy_base=5,
            copy_thousand=100,
            time_slice=200,
            interval=100,
        ),
        Costs(
            name="realistic",
            microsecond=200,
            oversleep=14_000,
            wake_up=10_000,
            contention=490,
            short_wake_up=527,
            context_switch=400,
            thread_start=10_000,
            process_start=400_000,
            queue=200,
            copy_base=1_000,
            copy_thousand=5_000,
            time_slice=600_000,
            interval=1_000_000,
        ),
    )
}


def named_costs(name: str) -> Costs:
    """Return a set of costs by its name; raises `UsageError` for an unknown one."""
    if name not in COSTS:
        raise UsageError(f"{name!r} is not a set of costs; there are: {', '.join(COSTS)}.")
    return COSTS[name]
