"""What the stepper shows at one moment, as plain data: made where the run is executed, drawn where the screen is.

A recording is one simulation that is taken from moment to moment, so only one thread of the host may use it at a time.
The stepper does all of that in the background, one thing after another (`errands.py`), and what comes out is a `View`.
The panes draw views and know nothing of recordings.
"""

from __future__ import annotations

from dataclasses import dataclass

from interp.language.source import Source
from interp.scheduling.events import Event
from interp.traces.moments import Moment, ShownThread, ShownValue
from interp.traces.phases import PHASES, Phase, phases_of
from interp.traces.recording import Recording
from interp.traces.stretch import Stretch, stretch_around
from interp.traces.walk import Walk

GRAINS = ("instruction", "line", "phase")
"""By what the arrow keys move."""


@dataclass(frozen=True, slots=True)
class View:
    """All that the panes need: the moment, the `thread` that is looked at, and what the person has set.

    `phase` is the place within the next step, in `phases`, and `told` is what happens at its end; they are empty unless
    the grain is `phase`. `interrupted` says that somebody stopped the
    recording, so that its end is not the run's. The `stretch` is as much of the run as the timeline can show.
    """

    source: Source
    filename: str
    steps: int
    ticks: int
    mode: str
    moment: Moment
    thread: ShownThread
    grain: str
    phase: int
    phases: tuple[Phase, ...]
    told: tuple[Event, ...]
    breakpoints: frozenset[int]
    watched: tuple[tuple[str, ShownValue | None], ...]
    followed: int | None
    goal: str
    goal_reached: bool
    interrupted: bool
    choices: int
    stretch: Stretch

    @property
    def shown_phase(self) -> Phase | None:
        """The phase of the next step that is looked at, in the grain of phases."""
        return self.phases[self.phase] if self.phases else None


class Looker:
    """Makes views of a walk; remembers the grain, the phase, and what takes time to find out."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.grain = "instruction"
        self.phase = 0
        self.source = Source(walk.recording.source, walk.recording.filename)
        self.stretch: Stretch | None = None
        self.stretch_of: Recording | None = None

    def look(self, before: View | None = None) -> View:
        """Return the view of where the walk is; `before` is what was seen until now."""
        walk = self.walk
        recording, moment = walk.recording, walk.moment
        if self.grain == "line" and before is not None and before.moment.step < moment.step:
            moment = recording.moment(moment.step, since=before.moment.step)
        phases: tuple[Phase, ...] = ()
        told: tuple[Event, ...] = ()
        if self.grain == "phase" and walk.step < recording.steps:
            after = recording.moment(walk.step + 1)
            phases, told = phases_of(moment, after), after.events
        goal, result = walk.goal, recording.result
        return View(
            source=self.source,
            filename=recording.filename,
            steps=recording.steps,
            ticks=result.ticks,
            mode=recording.settings.mode,
            moment=moment,
            thread=moment.thread(walk.thread.number),
            grain=self.grain,
            phase=self.phase if phases else 0,
            phases=phases,
            told=told,
            breakpoints=frozenset(walk.lines),
            watched=tuple(walk.watched()),
            followed=walk.followed,
            goal="" if goal is None else str(goal),
            goal_reached=goal is not None and goal.is_reached(result),
            interrupted=result.outcome == "interrupted",
            choices=len(walk.before),
            stretch=self._find_stretch(recording, walk.step),
        )

    def _find_stretch(self, recording: Recording, step: int) -> Stretch:
        known = self.stretch if self.stretch_of is recording else None
        self.stretch = stretch_around(recording, step, known)
        self.stretch_of = recording
        return self.stretch

    # --- moving by the grain

    def turn_grain(self) -> str:
        """Move by the next grain from now on; returns its name."""
        self.grain = GRAINS[(GRAINS.index(self.grain) + 1) % len(GRAINS)]
        self.phase = 0
        return self.grain

    def move(self, count: int) -> str | None:
        """Move so many instructions, lines or phases on or, below 0, back; returns why it cannot be done."""
        walk = self.walk
        if self.grain == "phase":
            return self._move_phases(count)
        kind = "line" if self.grain == "line" else "step"
        return walk.forward(kind, count) if count > 0 else walk.back(kind, -count)

    def _move_phases(self, count: int) -> str | None:
        steps, phase = divmod(self.phase + count, len(PHASES))
        if self.walk.step == self.walk.recording.steps and count > 0:
            return self.walk.forward("step")
        if not steps:
            self.phase = phase
            return None
        said = self.walk.forward("step", steps) if steps > 0 else self.walk.back("step", -steps)
        self.phase = phase if said is None else 0
        return said
