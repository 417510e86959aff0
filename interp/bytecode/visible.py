"""Which local variables a reader of the program knows at an instruction.

The variables of a comprehension have slots of their own in the frame (`scopes.py`), which begin with being cleared and
keep their last value when the comprehension is over. Nothing in the source means them then, so nobody is to be shown
them, and a variable around it may have the same name.

CPython 3.12 and newer need not ask: they put the values from before back (PEP 709).
"""

from __future__ import annotations

from functools import cache

from interp.bytecode import instructions as op
from interp.bytecode.code import Code


@cache
def visible_slots(code: Code, offset: int) -> tuple[tuple[str, int], ...]:
    """Return the names that mean a local variable where the instruction at `offset` comes next, each with its slot."""
    spans = comprehension_spans(code)
    found: dict[str, int] = {}
    for slot, name in enumerate(code.local_names):
        if slot not in spans or offset in spans[slot]:
            found[name] = slot
    return tuple(found.items())


@cache
def comprehension_spans(code: Code) -> dict[int, range]:
    """Return for the slot of each comprehension's variable the offsets at which it is known: up to the loop's end."""
    spans: dict[int, range] = {}
    cleared: list[int] = []
    start = 0
    for offset, instruction in enumerate(code.instructions):
        if instruction.opcode is op.LOAD_FAST_AND_CLEAR:
            start = start if cleared else offset
            cleared.append(instruction.operand)
        elif instruction.opcode is op.FOR_ITER and cleared:
            spans |= dict.fromkeys(cleared, range(start, instruction.operand))
            cleared = []
    return spans
