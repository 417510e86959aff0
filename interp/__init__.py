"""interp: see how an interpreter runs your program.

The packages, in the order in which they build on one another; each imports only from those above it:

    language/     source text → syntax tree, or a refusal that helps
    bytecode/     the instruction set; syntax tree → code objects; code objects → listing
    machine/      the state tree; the interpretive loop; builtins; synchronisation objects
    scheduling/   virtual time, cores, the global lock and its policies: who runs next and for how long
    traces/       what was observed of a run: keeping, comparing, going to any moment of it
    explore/      every schedule: outcomes, witnesses, deadlocks, races
    real/         the same program on real CPython, and this machine on real processes
    terminal/     tables, timelines and the stepper; looks, never changes
    expectations.py   what a program says of itself in comments: what must come out
    bundled.py    the programs that come with it
    api.py        the public interface
    commands/     the commands, a file each
    cli.py        the commands: parses arguments, calls one function each

What a person in a notebook needs is here:

    program = interp.compile_source(open("counter.toy").read(), "counter.toy")
    result = interp.run(program, interp.Settings(mode="threads", interval=10))
    traces = [interp.record(program, interp.Settings(mode=mode)) for mode in interp.MODES]
    interp.show(interp.compare(traces))
    recording = interp.recording(program)
    print(recording.moment(recording.next(interp.Landmark("switch"), 0)).locks)

All times are ticks of virtual time, ints: one bytecode instruction costs one unless the table of costs says
otherwise. With real processes, `interp.record(program, interp.Settings(mode="processes", on="os"))`, a tick is a
microsecond.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interp.api import *  # noqa: F403

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the public interface when it is first used: a command is in control before that, and Ctrl-C quiet."""
    api = import_module("interp.api")
    if name != "__all__" and name not in api.__all__:
        raise AttributeError(f"module 'interp' has no attribute {name!r}")
    return getattr(api, name)
