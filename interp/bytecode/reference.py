"""Writes `docs/opcodes.md`, the reference of the instruction set, from the declarations in `instructions.py`.

Nothing on that page is written by hand, so it cannot be out of date: a test compares it with what this module
makes. The sections are those of `instructions.py`, read from the comments that divide it.

    python -m interp.bytecode.reference

writes the page again.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from interp.bytecode import instructions
from interp.bytecode.code import Opcode, SwitchPoint
from interp.bytecode.instructions import OPCODES
from interp.bytecode.operands import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "opcodes.md"

INTRODUCTION = """\
# The instruction set

<!-- Written by `python -m interp.bytecode.reference` from `interp/bytecode/instructions.py`; do not edit. -->

An instruction is an opcode and, for most, an operand: a small number. It takes values from the operand stack
and leaves others there. Names and meanings follow CPython 3.11 to 3.13; what is simplified is said with each
opcode. `interp dis FILE` shows the instructions of a program, `interp trace FILE --steps` what they do.

How to read an entry:

- **Stack**: what is taken, then what is left, the top of the stack on the right. `items*` are as many values
  as the operand says; an output such as `item?` may be missing, because the call went into a function or has
  to wait, or because there is no next item.
- **Operand**: what the number stands for.
- **Cost**: in ticks of virtual time, with the cost table `classroom`.
- **Afterwards**: what sort of place follows, for the rule that says where a thread may lose the global lock:

"""

SORTS = {
    SwitchPoint.UNCOUNTED: "a cheap instruction that CPython up to 3.9 left out",
    SwitchPoint.COUNTED: "any other instruction",
    SwitchPoint.FUNCTION_ENTRY: "a function or the program has begun",
    SwitchPoint.CALL: "a call has been made",
    SwitchPoint.RETURN: "a function has ended",
    SwitchPoint.BACKWARD_JUMP: "a loop goes round again",
    SwitchPoint.TAKEN_JUMP: "a conditional jump, which counts only if it is taken",
}


def sections() -> dict[str, list[Opcode]]:
    """Return the opcodes by the section of `instructions.py` in which they are declared."""
    found: dict[str, list[Opcode]] = {}
    title = ""
    for line in inspect.getsource(instructions).splitlines():
        if heading := re.fullmatch(r"# --- (.+?)[ -]*", line):
            title = heading[1]
        elif (body := re.match(r"def ([A-Z][A-Z_]*)\(", line)) and body[1] in OPCODES:
            found.setdefault(title, []).append(OPCODES[body[1]])
    return found


def entry(opcode: Opcode) -> str:
    """Return the part of the page about one opcode."""
    lines = [f"### {opcode.name}", "", opcode.summary, ""]
    lines.append(f"- Stack: `{opcode.effect}`" if opcode.inputs or opcode.outputs else "- Stack: unchanged")
    if opcode.operand is not None:
        lines.append(f"- Operand: {opcode.operand}, {KINDS[opcode.operand].sentence}")
    lines.append(f"- Cost: {opcode.cost} {'tick' if opcode.cost == 1 else 'ticks'}")
    lines.append(f"- Afterwards: {opcode.switch.value}")
    if opcode.description:
        lines += ["", "\n\n".join(" ".join(part.split()) for part in opcode.description.split("\n\n"))]
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the whole page as Markdown."""
    sorts = "".join(f"  - *{sort.value}*: {sentence}\n" for sort, sentence in SORTS.items())
    contents = ["## Contents", ""]
    bodies = []
    for title, opcodes in sections().items():
        heading = title[0].upper() + title[1:]
        links = " · ".join(f"[{opcode.name}](#{opcode.name.lower()})" for opcode in opcodes)
        contents.append(f"- **{heading}**: {links}")
        bodies.append("\n".join([f"## {heading}\n", *map(entry, opcodes)]))
    return "\n".join([INTRODUCTION + sorts, *contents, "", *bodies])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote docs/{PAGE.name}: {len(OPCODES)} opcodes")
