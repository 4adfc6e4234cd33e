"""When does each hatch begin to pay on this machine? Measure it, for Python and Node.js.

found = await find_breakeven()
found.breakeven_ms, found.sentence

A hatch pays where several independent tasks at once (twice the usable workers; of long tasks as
many as workers) are done sooner through it than one after the other in the loop, per task. The
loop's own tasks block it, each for at most 0.3 s: that is what is compared with.

A child and a pool's worker import your main script again. Where that imports much, each start is
as much dearer, and so is the child that is measured.
"""

import contextlib
import math
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from unstuck.breakeven_hatches import opened, phases_of, usable
from unstuck.breakeven_plan import (
    SECONDS,
    Step,
    bounded,
    checked,
    checked_budget,
    first_steps,
    more_steps,
)
from unstuck.breakeven_points import HATCHES, Phases, Point
from unstuck.breakeven_result import BreakEven
from unstuck.breakeven_rounds import Rounds
from unstuck.breakeven_words import left_out
from unstuck.capacity import usable_cpus
from unstuck.interrupts import heard
from unstuck.trial import machine_label, today
from unstuck.worker_count import default_workers
from unstuck.workloads import is_small

_PASSES = 4  # so often it is asked what would tell a crossing better
_NODE_START = 1.0  # seconds


async def find_breakeven(
    on_point: Callable[[Point], None] | None = None,
    payloads: Sequence[int] | None = None,
    budget_seconds: float = SECONDS,
) -> BreakEven:
    """Measure every hatch that can run here; the BreakEven.

    `on_point` is told each Point as it comes, again where more rounds were added. `payloads` are
    bytes, 0 to 64 MiB; None takes those that fit this machine. Once `budget_seconds` are over, what
    is left is left out, `notes` say what, and `complete` is False. ValueError for wrong payloads or
    seconds. To keep what a cancelled search has found, use a Finder.
    """
    finder = Finder(on_point, payloads, budget_seconds)
    await finder.run()
    return finder.result()


class Finder:
    """One search: `points` and `result()` are usable at any time, also after an error or a cancel.

    `done_share` goes from 0 to 1 while `run()` works.
    """

    def __init__(
        self,
        on_point: Callable[[Point], None] | None = None,
        payloads: Sequence[int] | None = None,
        budget_seconds: float = SECONDS,
    ):
        self.payloads, self.budget = checked(payloads), checked_budget(budget_seconds)
        self.workers = default_workers().count
        self._on_point = on_point or (lambda point: None)
        self._found = nothing_yet()
        self._rounds = Rounds(self.workers, math.inf, self._keep)
        self._over = False

    @property
    def points(self) -> tuple[Point, ...]:
        """What was measured so far."""
        return self._found.points

    def result(self) -> BreakEven:
        """Return what has been found so far."""
        return self._found

    @property
    def done_share(self) -> float:
        """How much of the search is done, by its time: 0 to 1."""
        used = 1 - self._rounds.left / self.budget
        return 1.0 if self._over else min(0.99, max(0.0, used))

    async def run(self) -> None:
        """Measure; what was measured before an error or a cancel stays. No worker stays."""
        self._rounds = Rounds(self.workers, time.monotonic() + self.budget, self._keep)
        names, missing = usable()
        self._add(notes=missing + bounded(self.payloads))
        async with contextlib.AsyncExitStack() as ends:
            ends.enter_context(heard())
            for name in names[1:]:  # inline has no phases
                phases, size = await phases_of(name, self.workers, 2 if is_small() else 5)
                self._add(phases=[phases], memory={name: size})
            opens = {name: opened(name, self.workers) for name in names}
            runs = {name: await ends.enter_async_context(each) for name, each in opens.items()}
            await self._first(runs)
            await self._sharpen(runs)
        self._over = True

    async def _first(self, runs: Mapping[str, Callable]) -> None:
        """Measure few rounds of all that was promised; note what the time is too short for."""
        python = first_steps("python", list(runs), self.payloads)
        node = first_steps("node", HATCHES["node"], self.payloads)
        free = [step for step in python if not step.payload_bytes]
        rest = [step for step in python if step.payload_bytes]
        skipped = await self._rounds.python(free, runs)
        left = self._rounds.left - sum(step.seconds(self.workers) for step in rest)
        skipped += await self._node(node, max(left, self._rounds.left / 2), first=True)
        skipped += await self._rounds.python(rest, runs)
        self._add(notes=left_out(skipped))
        self._found = replace(self._found, complete=not skipped)

    async def _sharpen(self, runs: Mapping[str, Callable]) -> None:
        """Spend what is left of the time where a hatch crosses the loop, without payload first."""
        for payload in self.payloads:
            for _ in range(1 if is_small() else _PASSES):
                await self._rounds.python(more_steps(self.points, "python", payload), runs)
                if steps := more_steps(self.points, "node", payload):
                    await self._node(steps, self._rounds.left - _NODE_START)

    async def _node(self, steps: list[Step], seconds: float, first: bool = False) -> list[Step]:
        """Let Node.js measure steps in so many seconds; those that no time was left for."""
        if seconds < min(step.seconds(self.workers) for step in steps):
            return steps
        run = await self._rounds.node(steps, seconds, phases=first)
        if first:
            phases = [Phases(**each) for each in run.result["phases"]]
            facts = {name: run.result[name] for name in ("memory", "versions")}
            self._add(phases=phases, notes=[f"Node.js: {run.note}"] * run.recorded, **facts)
        return [steps[number] for number in run.result["skipped"]]

    def _add(self, **more) -> None:
        """Add to what was found: tuples grow, mappings too."""
        for name, new in more.items():
            old = getattr(self._found, name)
            whole = {**old, **new} if isinstance(new, dict) else (*old, *new)
            self._found = replace(self._found, **{name: whole})

    def _keep(self, point: Point) -> None:
        self._found = self._found.with_point(point)
        self._on_point(self._found.points[-1])


def nothing_yet() -> BreakEven:
    """Return the result of a search of this machine that has not begun."""
    versions = {"python": platform.python_version()}
    machine = {"machine": machine_label(), "cpus": usable_cpus(), "date": today()}
    return BreakEven((), versions=versions, complete=False, **machine)
