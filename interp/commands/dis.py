"""`interp dis`: what the compiler makes of a program."""

from __future__ import annotations

from interp.bytecode.disassembler import format_listing, listing_to_json
from interp.commands.inputs import open_program
from interp.commands.outputs import write, write_json
from interp.commands.status import Status


def dis(argument: str, *, as_json: bool) -> int:
    """List the instructions of a program; returns the exit status."""
    program = open_program(argument)
    if as_json:
        write_json({"file": program.filename, "code": listing_to_json(program.code)})
    else:
        write(format_listing(program.code))
    return Status.FINE
