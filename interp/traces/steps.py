"""One executed instruction as a reader sees it: what `trace --steps` prints a line of.

The values are texts already, because what a list held at this step is gone at the next.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step: at `tick`, `thread` executed `instruction` (opcode and what its operand means) of `line`.

    `taken` and `left` are the values it took from the stack and left there, each as `repr` shows it, the top
    one last. `error` is the exception it raised (`ValueError: …`), if it did.
    """

    tick: int
    thread: int
    name: str
    line: int | None
    instruction: str
    taken: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    error: str | None = None
