"""Turns code objects back into something to read.

A listing has a row for each instruction: the line that it comes from (where that is a new one), `>>` if
something jumps here, its offset, opcode, operand, and in parentheses what the operand means. It is laid out
as CPython's `dis` does (3.11 and 3.12; 3.13 leaves offsets out unless it is asked for them), with the
exception table below: `4 to 8 -> 30 [1]` says that an exception at the offsets 4 to 8 goes to 30, and that
one value of the stack is kept.

The rows are plain data, for whoever wants to draw them otherwise; `format_listing` makes text of them.

Read next: `machine/interpreter.py`, which performs the instructions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from interp.bytecode.code import Code
from interp.bytecode.operands import describe
from interp.language.syntax import Place


@dataclass(frozen=True, slots=True)
class ListingLine:
    """One instruction, ready to be shown.

    `line` is None where it is the same as in the row before; `operand` is None where the opcode has none;
    `meaning` is empty where the operand says it all; `sentence` says what the opcode does.
    """

    function: str
    line: int | None
    offset: int
    opcode: str
    operand: int | None
    meaning: str
    is_jump_target: bool
    sentence: str
    place: Place


def code_objects(code: Code) -> Iterator[Code]:
    """Yield a code object and those of the functions in it, in the order of the source."""
    yield code
    for function in functions_of(code):
        yield from code_objects(function)


def functions_of(code: Code) -> list[Code]:
    """Return the code objects of the functions that are defined directly in this one."""
    return [constant for constant in code.constants if isinstance(constant, Code)]


def listing(code: Code) -> list[ListingLine]:
    """Return the rows of a code object, followed by those of the functions in it."""
    return [row for found in code_objects(code) for row in rows_of(found)]


def rows_of(code: Code) -> list[ListingLine]:
    """Return the rows of one code object alone."""
    targets = {entry.target for entry in code.exception_table}
    targets |= {found.operand for found in code.instructions if found.opcode.operand == "target"}
    rows = []
    line = None
    for offset, instruction in enumerate(code.instructions):
        here = instruction.place.line
        rows.append(
            ListingLine(
                function=code.name,
                line=None if here == line else here,
                offset=offset,
                opcode=instruction.opcode.name,
                operand=None if instruction.opcode.operand is None else instruction.operand,
                meaning=describe(code, instruction),
                is_jump_target=offset in targets,
                sentence=instruction.opcode.summary,
                place=instruction.place,
            )
        )
        line = here
    return rows


def format_listing(code: Code) -> str:
    """Return the listing of a code object and of the functions in it as text that ends with a newline."""
    main, *functions = code_objects(code)
    parts = [_format_rows(main)]
    for function in functions:
        heading = f"Disassembly of function {function.name}, line {function.first_line}:"
        parts.append(f"{heading}\n{_format_rows(function)}")
    return "\n".join(parts)


def _format_rows(code: Code) -> str:
    rows = rows_of(code)
    line_width = max(3, len(str(max(row.place.line for row in rows))))
    offset_width = max(4, len(str(len(rows))))
    lines: list[str] = []
    for row in rows:
        if row.line is not None and lines:
            lines.append("")
        line = "" if row.line is None else str(row.line)
        mark = ">>" if row.is_jump_target else ""
        text = f"{line:>{line_width}} {mark:>2} {row.offset:>{offset_width}} {row.opcode:<20}"
        if row.operand is not None:
            text += f" {row.operand:>5}"
        if row.meaning:
            text += f" ({row.meaning})"
        lines.append(text.rstrip())
    if code.exception_table:
        lines.append("ExceptionTable:")
        lines += (f"  {e.start} to {e.end - 1} -> {e.target} [{e.depth}]" for e in code.exception_table)
    return "\n".join(lines) + "\n"


def listing_to_json(code: Code) -> dict[str, Any]:
    """Return the listing as data for `json`: names, instructions, exception table, and the functions within.

    Lines and columns count from 1, the end column is exclusive; `end` of an exception entry is exclusive too.
    """
    return {
        "name": code.name,
        "first_line": code.first_line,
        "parameter_count": code.parameter_count,
        "local_names": list(code.local_names),
        "names": list(code.names),
        "stack_size": code.stack_size,
        "instructions": [
            {
                "line": row.place.line,
                "column": row.place.column,
                "end_line": row.place.end_line,
                "end_column": row.place.end_column,
                "offset": row.offset,
                "opcode": row.opcode,
                "operand": row.operand,
                "meaning": row.meaning,
                "is_jump_target": row.is_jump_target,
                "sentence": row.sentence,
            }
            for row in rows_of(code)
        ],
        "exception_table": [
            {"start": entry.start, "end": entry.end, "target": entry.target, "depth": entry.depth}
            for entry in code.exception_table
        ],
        "functions": [listing_to_json(function) for function in functions_of(code)],
    }
