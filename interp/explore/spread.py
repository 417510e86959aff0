"""Turns that others execute: the part of a search that can be spread over workers, with the same result.

1. The search itself cannot be spread: in which order states are found decides what they cost. But most of its time may
   go into executing turns, and a turn depends on nothing but its state. So what is spread are turns, *ahead* of the
   search: when it comes to one that is not known, all that are not known in the states that it will look at soon are
   executed together, by whoever the executor has.
2. The search goes on as it would have done alone and finds the turns remembered. Nothing that it decides depends on who
   executed a turn, or when, or on whether one was executed in vain: so its result is the same, whatever the executor.
3. It pays where turns are long, hundreds of instructions and more between two visible ones. Where they are short,
   packing a state costs as much as the turn; so when the first turns turn out to be short, the search makes the others
   itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor, Future

from interp.explore.states import State
from interp.explore.transitions import Transitions
from interp.explore.wire import Job, all_codes, job_of, make_turns, pack, take_in, unpack

MOST_TURNS = 256
"""So many turns at most are executed ahead at a time."""

PARCELS = 16
"""Among so many calls of the executor they are divided, so that the workers get about equal shares."""

TRIAL = 64
LONG_ENOUGH = 200
"""If so many turns had fewer instructions each than this, it does not pay to have others execute them."""


class ExecutorError(Exception):
    """The executor has failed, not what it was given to do."""


class Spread:
    """Has turns of one search executed by an executor."""

    def __init__(self, executor: Executor, transitions: Transitions) -> None:
        self.executor = executor
        self.transitions = transitions
        self.codes = tuple(all_codes(transitions.setting.code))
        self.packed_setting = pack(transitions.setting, None)
        self.turns_made = 0
        self.steps_made = 0

    @property
    def pays(self) -> bool:
        """Whether turns seem to be long enough."""
        return self.turns_made < TRIAL or self.steps_made >= LONG_ENOUGH * self.turns_made

    def make_ahead(self, states: Iterable[State]) -> None:
        """Have the unknown turns of some states executed and remembered; raises `ExecutorError` if that fails."""
        wanted = self.unknown(states)
        if len(wanted) < 2:
            return
        count = min(PARCELS, len(wanted))
        parcels = [wanted[start::count] for start in range(count)]
        futures: list[Future[bytes]] = []
        try:
            for parcel in parcels:
                jobs: list[Job] = [job_of(self.transitions.store, state, number) for state, number in parcel]
                futures.append(self.submit(pack(jobs, self.codes)))
            for future in futures:
                self.take_in(self.result(future))
        finally:
            for future in futures:
                future.cancel()

    def unknown(self, states: Iterable[State]) -> list[tuple[State, int]]:
        """Return turns that are not known; of a thread that stands alike in several states only the first."""
        found: dict[int, tuple[State, int]] = {}
        for state in states:
            for number, place in self.transitions.living(state):
                if state[place] not in found and self.transitions.recall(state, number) is None:
                    found[state[place]] = (state, number)
            if len(found) >= MOST_TURNS:
                break
        return list(found.values())

    def submit(self, packed_jobs: bytes) -> Future[bytes]:
        """Give the executor something to do."""
        try:
            return self.executor.submit(make_turns, self.packed_setting, packed_jobs)
        except Exception as error:
            raise ExecutorError(described(error)) from error

    def result(self, future: Future[bytes]) -> bytes:
        """Wait for the executor."""
        try:
            return future.result()
        except Exception as error:
            raise ExecutorError(described(error)) from error

    def take_in(self, packed: bytes) -> None:
        """Remember the turns of a parcel."""
        found = unpack(packed, self.codes)
        if isinstance(found, Exception):
            raise found
        for made in found:
            self.turns_made += 1
            self.steps_made += take_in(self.transitions, made)


def described(error: Exception) -> str:
    """Return what an executor's exception says."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
