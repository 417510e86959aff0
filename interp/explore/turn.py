"""One turn of one thread, as plain data: from a place where it matters who runs to the next such place.

1. A *visible* instruction touches something that another thread touches as well, and one of them changes it. Only
   before a visible instruction can it matter who runs; and only if the rule of switch points allows a switch there,
   or has allowed one since the last visible instruction. A turn begins with what is visible and goes on to just
   before the next, through everything that concerns the thread alone.
2. What is visible is found out (`visible.py`): at first nothing is, and each turn notes what it touches. Once two
   threads have touched the same place and one of them wrote, that place is visible, and the search begins anew. When a
   search finds no new one, no two threads ever touched a place that was thought to be a thread's own: then the
   instructions in between could have been executed in any order, and nothing was missed.
3. A turn depends on the thread, on the slots of the state that it looks at, and on what a search takes for visible
   and the like (`TurnSetting`), which stays as it is as long as the search lasts. It depends on nothing else.

Read next: `executing.py`, which executes a turn; `transitions.py`, which remembers it and says where it leads.
"""

from __future__ import annotations

from dataclasses import dataclass

from interp.bytecode.code import Code
from interp.explore.orders import Sign
from interp.explore.values import Content
from interp.explore.visible import Place, Touched
from interp.machine.switch_points import SwitchRule
from interp.scheduling.costs import Costs

LONGEST_TURN = 10_000
"""After so many instructions a turn ends at the next backward jump: the loop may have no end."""

LONGEST_AT_FIRST = 200
"""The same in the first search: nothing is visible yet, so a thread that waits busily goes round and round."""

Needs = tuple[tuple[int, ...], tuple[int, ...]]
"""What is special about a move: the tasks that it joins, and the threads that it spawns."""

NOTHING: Needs = ((), ())


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What a thread did in one turn.

    `steps` is how many steps of a schedule it takes, the last `tail` of them after the last place where a switch was
    allowed. `changes` has the slots that hold something else now; `text` is what was printed. `made` is not None where
    the state has to be brought into its canonical form anew: it has the contents of values whose place is not known.
    `blind` are the slots among the changed ones that were not looked at before: what they hold is replaced.
    `accesses` has all that was touched since there was more than one thread; `lines` are those that were executed,
    `clock_lines` those among them that asked for the time. `moves` are its stretches between two places where a switch
    is allowed, the one at `pivot` that with the visible instruction (`counting.py`). `asked` is what the operation
    would touch that the thread stands before, and that would have to wait. `shows` says whether a text was made of a
    synchronisation object's number.
    """

    thread: int
    steps: int
    tail: int
    changes: tuple[tuple[int, int], ...]
    text: str
    made: tuple[tuple[Content, int], ...] | None
    blind: tuple[int, ...]
    accesses: tuple[Touched, ...]
    signs: tuple[Sign, ...]
    lines: frozenset[int]
    clock_lines: frozenset[int]
    moves: tuple[Needs, ...]
    pivot: int
    enters: bool = False
    wakes: bool = False
    asked: tuple[Touched, ...] = ()
    shows: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Blocked:
    """In place of a turn: the thread cannot go on in such a state; `asked` is what it would touch if it could.

    `left_open` says that it can, but not how: it is in a loop over a dict whose keys were exchanged (`values.py`).
    """

    thread: int
    asked: tuple[Touched, ...]
    left_open: bool = False


@dataclass(frozen=True, slots=True)
class TurnSetting:
    """What turns depend on beside the state: the same as long as a search lasts.

    `visible` are the places that the search takes for visible, None for everything. `skips` says for the number of
    instructions at the end of the program's text whether no switch is tried there. `longest` is where a turn ends whose
    loop may have no end. `numbered` says whether synchronisation objects have their true numbers (`worlds.py`).
    """

    code: Code
    mode: str
    rule: SwitchRule
    costs: Costs
    preemptive: bool
    visible: frozenset[Place] | None
    skips: int = 0
    longest: int = LONGEST_TURN
    numbered: bool = False

    @property
    def anywhere(self) -> bool:
        """Whether a switch may come after any instruction."""
        return self.preemptive and self.rule.everywhere
