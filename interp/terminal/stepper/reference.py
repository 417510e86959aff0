"""Writes `docs/stepper_keys.md`, the list of all keys, and `docs/pictures/stepper.svg`, a picture of the stepper.

    python -m interp.terminal.stepper.reference

writes both anew. The page is made from `keys.py` alone, and a test compares it. The picture is the stepper itself, at
a moment of `counter_lost_update.toy` at which both threads have read the same value; how Textual draws it may change
with its version, so nothing compares that.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from interp.bytecode.compiler import compile_program
from interp.language.parser import parse
from interp.scheduling.settings import Settings
from interp.terminal.stepper.keys import GROUPS
from interp.traces.recording import Recording
from interp.traces.walk import Walk

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PROGRAM = ROOT / "programs" / "races" / "counter_lost_update.toy"
PAGE = DOCS / "stepper_keys.md"
PICTURE = DOCS / "pictures" / "stepper.svg"

SIZE = (120, 36)
"""Columns and lines of the picture."""

INTRODUCTION = """\
# The keys of the stepper

<!-- Written by `python -m interp.terminal.stepper.reference` from `interp/terminal/stepper/keys.py`; do not edit. -->

`?` shows this list in the stepper. Whatever cannot be done at the moment says why in the line above the keys.

![The stepper](pictures/stepper.svg)
"""

MOUSE = """\
## Mouse

Click on a line of the source to set or clear a breakpoint there, on a thread, or on its name in the timeline, to follow
it, and on the timeline, or drag, to go there. The wheel looks elsewhere in a pane until the next step;
without a mouse, `m` and `M` do so, where the heading of a pane says `more`.
"""


def page() -> str:
    """Return the text of the page."""
    parts = [INTRODUCTION]
    for group, keys in GROUPS.items():
        rows = [f"| {' '.join(f'`{name}`' for name in key.shown())} | {key.words} |" for key in keys]
        parts.append("\n".join([f"## {group}", "", "| keys | what they do |", "| --- | --- |", *rows]) + "\n")
    return "\n".join([*parts, MOUSE])


async def picture(walk: Walk) -> str:
    """Return the stepper as it looks at the moment of a walk, as SVG."""
    from interp.terminal.stepper.app import StepperApp

    app = StepperApp(walk)
    async with app.run_test(size=SIZE) as pilot:
        while app.view is None:
            await pilot.pause()
        await pilot.pause()
        svg = app.export_screenshot()
    # The reader's own font will do: a picture should not have to fetch one.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def example() -> Walk:
    """Return a walk to the moment at which the second of two threads has read the same value of a counter."""
    source = PROGRAM.read_text(encoding="utf-8")
    code = compile_program(parse(source, PROGRAM.name), source, PROGRAM.name)
    walk = Walk(Recording(source, PROGRAM.name, code, Settings(interval=5)))
    walk.toggle_watch("counter")
    for thread in (2, 3):
        walk.follow(thread)
        walk.search("counter + one()")
        walk.forward()
    walk.follow(None)
    return walk


def main() -> None:
    """Write the page and the picture."""
    PAGE.write_text(page(), encoding="utf-8")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(asyncio.run(picture(example())), encoding="utf-8")


if __name__ == "__main__":
    main()
