"""Drives the stepper for its tests: presses keys and clicks, waits until all is done, and reads the panes as text."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget

from interp import Settings, compile_source
from interp.terminal.stepper.app import StepperApp
from interp.terminal.stepper.pane import Painted
from interp.traces.recording import Recording
from interp.traces.walk import Walk

ROOT = Path(__file__).parent.parent

LONGEST = 60
"""Seconds after which a test is given up: it waits for something that never comes."""

COUNTER = """\
counter = 0


def one():
    return 1


def add(times):
    global counter
    for _ in range(times):
        counter = counter + one()


tasks = [spawn(add, 2), spawn(add, 2)]
for task in tasks:
    task.join()
print(counter)
"""


def record(source: str = COUNTER, filename: str = "counter.toy", **settings: Any) -> Recording:
    """Record the run of a program."""
    program = compile_source(source, filename)
    return Recording(program.source, program.filename, program.code, Settings(**settings))


class Driver:
    """Presses keys and reads the screen, for the tests below."""

    def __init__(self, app: StepperApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Wait until everything that was asked for is done and drawn.

        A key wanders from the app to the screen and to what has the focus, and back to what it does there.
        """
        await self._pass_on()
        while self.app.errands.busy and self.app.fault is None:
            await asyncio.sleep(0.001)
        await self._pass_on()
        if self.app.fault is not None:
            raise self.app.fault

    async def _pass_on(self) -> None:
        """Wait until every message that is under way has arrived, and is drawn."""
        for _ in range(3):
            for pump in (self.app, self.app.screen, self.app.focused or self.app.screen):
                await self._called(pump, pump.call_later)
        await self._called(self.app.screen, self.app.screen.call_after_refresh)

    async def _called(self, pump: App[int] | Widget, call: Callable[..., Any]) -> None:
        """Wait until a callback is called, or the widget is gone: a dialog that was closed calls nobody."""
        done = asyncio.Event()
        call(done.set)
        while not done.is_set() and pump.is_running and (pump is self.app or pump.screen in self.app.screen_stack):
            await asyncio.sleep(0.001)

    async def press(self, *keys: str) -> str:
        """Press keys, one after another; returns what is said then."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))
            await self.settle()
        return self.said

    async def answer(self, key: str, text: str) -> str:
        """Press a key that asks for something and type the answer; returns what is said then."""
        return await self.press(key, *text, "enter")

    async def click(self, pane: str, row: int, column: int = 10) -> str:
        """Click into a pane, `row` counted from its heading; returns what is said then."""
        await self.pilot.click(f"#{pane}", offset=(column, row))
        await self.settle()
        return self.said

    def pane(self, name: str) -> Painted:
        """The part of the screen of that name."""
        return self.app.screen_stack[0].query_one(f"#{name}", Painted)

    def lines(self, name: str) -> list[str]:
        """The lines that a part of the screen shows."""
        pane = self.pane(name)
        return [pane.render_line(row).text.rstrip() for row in range(pane.size.height)]

    def text(self, name: str) -> str:
        """The text that a part of the screen shows."""
        return "\n".join(self.lines(name)).strip()

    def marked(self, name: str) -> str:
        """The line with the arrow."""
        return next(line for line in self.lines(name) if line.startswith(self.app.marks.here))

    @property
    def said(self) -> str:
        """What is said below the panes, on one line."""
        return " ".join(self.text("said").split())

    @property
    def step(self) -> int:
        """The step that is shown."""
        assert self.app.view is not None
        return self.app.view.moment.step


def drive(
    test: Callable[[Driver], Awaitable[None]],
    walk: Walk | None = None,
    size: tuple[int, int] = (80, 24),
    encoding: str = "utf-8",
) -> StepperApp:
    """Open the stepper and let a test drive it."""
    app = StepperApp(walk or Walk(record(interval=5)), encoding)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            driver = Driver(app, pilot)
            await driver.settle()
            await test(driver)

    asyncio.run(asyncio.wait_for(run(), LONGEST))
    return app
