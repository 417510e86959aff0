"""The stepper: a screen that goes to any moment of a recording, forwards and backwards.

It shows together what belongs together at one moment: source, bytecode, stack, frames, memories, threads, the global
lock, the timeline, the output. It is a face of `traces/walk.py`, whose other face is the line mode.

    keys.py       every key, once            view.py      what is to be shown, as plain data
    app.py        what each key does         stage.py     the panes, and errands whose outcome they show
    errands.py    what takes time, in the background
    pane.py       what all panes share       source.py, instructions.py, frames.py, memory.py, threads.py, timeline.py,
    status.py     the lines around them      output.py    the panes
    dialogs.py    what comes up in front     marks.py, styles.tcss   how it looks
    reference.py  writes docs/stepper_keys.md and the picture in it

Textual draws it; it is imported here, and by nothing else, because it takes longer to import than most runs take.
"""

from __future__ import annotations

import sys

from interp.traces.walk import Walk


def run_stepper(walk: Walk) -> int:
    """Show a walk on the terminal until the person leaves; returns the exit status.

    Schedules that were saved without a file are printed on standard output afterwards.
    """
    from interp.terminal.stepper.app import StepperApp

    app = StepperApp(walk, getattr(sys.__stderr__, "encoding", None) or "utf-8")
    status = app.run()
    if app.fault is not None:
        raise app.fault
    for schedule in app.to_print:
        print(schedule)
    return app.return_code or status or 0
