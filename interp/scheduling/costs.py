"""What everything costs, in ticks: one table, in two named sets.

A tick is what one instruction costs unless its declaration says otherwise. `classroom` has small round
numbers, so that a trace fits on a screen; only the order of magnitude means something (a process costs far
more to start than a thread). `realistic` has the ratios measured on CPython 3.11 under Linux, with 25 ns for
a tick, the cost of an instruction that is not specialised:

    thread start and join    40–170 µs        process fork and join    2–4 ms
    through a process queue  10 µs an int, 50 µs a list of 1,000 ints, 5–8 ms a list of 100,000
    through a thread queue   1–5 µs whatever the size
    waking a waiting thread  10–100 µs (an estimate)
    switch interval          5 ms (`sys.getswitchinterval`), 100 instructions up to Python 3.1

With it a tick of `sleep` is 25 ns too, where a program on real CPython sleeps a microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass

from interp.bytecode.instructions import declared_costs
from interp.language.errors import UsageError


@dataclass(frozen=True)
class Costs:
    """A set of costs, in ticks.

    `wake_up` is the latency from a signal until the signalled thread can go on; it makes the hand-over of a
    lock cost something. `context_switch` is paid when a core goes to another thread because the time slice is
    over. `thread_start` and `process_start` are paid by the one who spawns. A copy between processes costs
    `copy_base`, and a tick more for every `copied_per_tick` values; putting something into a queue within one
    process costs `queue` more than its instruction. `time_slice` is how long the operating system leaves a
    core to a thread while others want it; `interval` is the switch interval of a lock that is given none.
    """

    name: str
    wake_up: int
    context_switch: int
    thread_start: int
    process_start: int
    queue: int
    copy_base: int
    copied_per_tick: int
    time_slice: int
    interval: int

    @property
    def of_opcode(self) -> tuple[int, ...]:
        """The cost of each opcode, by its number."""
        return declared_costs()

    def copying(self, size: int) -> int:
        """The cost of copying `size` values to another process."""
        return self.copy_base + size // self.copied_per_tick


COSTS: dict[str, Costs] = {
    costs.name: costs
    for costs in (
        Costs(
            name="classroom",
            wake_up=1,
            context_switch=1,
            thread_start=10,
            process_start=500,
            queue=0,
            copy_base=5,
            copied_per_tick=10,
            time_slice=200,
            interval=100,
        ),
        Costs(
            name="realistic",
            wake_up=2_000,
            context_switch=100,
            thread_start=4_000,
            process_start=100_000,
            queue=100,
            copy_base=400,
            copied_per_tick=1,
            time_slice=160_000,
            interval=200_000,
        ),
    )
}


def named_costs(name: str) -> Costs:
    """Return a set of costs by its name; raises `UsageError` for an unknown one."""
    if name not in COSTS:
        raise UsageError(f"{name!r} is not a set of costs; there are: {', '.join(COSTS)}.")
    return COSTS[name]
