"""When does each hatch begin to pay on this machine? Measure it, for Python and Node.js.

found = await find_breakeven()
found.breakeven_ms, found.sentence

A hatch pays where several independent tasks at once (twice the usable workers) are done sooner
through it than one after the other in the loop, per task. The loop's own tasks block it, each for
at most 0.1 s: that is what is compared with.
"""

import contextlib
import platform
import time
from collections.abc import Callable, Sequence

from unstuck.breakeven_hatches import NEVER_WARM, opened, usable
from unstuck.breakeven_node import phases_in, run_node
from unstuck.breakeven_phases import phases_of
from unstuck.breakeven_plan import (
    Step,
    article_step,
    checked,
    checked_budget,
    steps,
    tasks_ms,
)
from unstuck.breakeven_points import Phases, Point
from unstuck.breakeven_result import BreakEven
from unstuck.breakeven_rounds import Series
from unstuck.capacity import usable_cpus
from unstuck.interrupts import heard
from unstuck.trial import machine_label, today
from unstuck.worker_count import default_workers


async def find_breakeven(
    on_point: Callable[[Point], None] | None = None,
    payloads: Sequence[int] | None = None,
    budget_seconds: float = 45,
) -> BreakEven:
    """Measure every hatch that can run here; the BreakEven.

    `on_point` is told each Point as it comes. `payloads` are bytes, 0 to 64 MiB; None takes those
    that fit this machine. Once `budget_seconds` are over, what is left is skipped and `complete` is
    False. ValueError for wrong payloads or seconds. To keep what a cancelled search has found, use
    a Finder.
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
        budget_seconds: float = 45,
    ):
        self.payloads = checked(payloads)
        self.budget = checked_budget(budget_seconds)
        self.workers = default_workers().count
        self.points: list[Point] = []
        self.phases: list[Phases] = []
        self.memory: dict[str, int] = {}
        self.notes: list[str] = []
        self.done_share = 0.0
        self.complete = False
        self._versions = {"python": platform.python_version()}
        self._on_point = on_point or (lambda point: None)
        self._end = 0.0  # time.monotonic() at which the budget is over

    async def run(self) -> None:
        """Measure; what was measured before an error or a cancel stays. No worker stays."""
        self._end = time.monotonic() + self.budget
        names, missing = usable()
        self.notes += missing
        with heard():
            await self._look_at_phases(names)
            plan = [article_step(), *steps(self.payloads)]
            first = [step for step in plan if not step.payload_bytes]
            await self._series(names, first, (0.1, 0.4))
            whole = await self._node(0.4, 0.6)
            rest = [step for step in plan if step.payload_bytes]
            done = await self._series(names, rest, (0.6, 1.0))
        self.done_share, self.complete = 1.0, whole and done

    async def _look_at_phases(self, names: list[str]) -> None:
        for name in names[1:]:  # inline has none
            found, self.memory[name] = await phases_of(name, self.workers)
            self.phases.append(found)
            self.done_share += 0.1 / len(names)

    async def _series(self, names: list[str], plan: list[Step], share: tuple) -> bool:
        """Measure the steps of a plan; False where some are left out for lack of time."""
        skipped = 0
        async with contextlib.AsyncExitStack() as stack:
            runs = {n: await stack.enter_async_context(opened(n, self.workers)) for n in names}
            for number, step in enumerate(plan):
                if self._left() < step.seconds(len(runs), 2 * self.workers):
                    skipped += 1
                else:
                    await self._step(runs, step)
                low, high = share
                self.done_share = low + (high - low) * (number + 1) / len(plan)
        return skipped == 0

    async def _step(self, runs: dict[str, Callable], step: Step) -> None:
        payload = bytes(step.payload_bytes)
        series = [
            Series(name, run, self.workers, once=name in NEVER_WARM)
            for name, run in runs.items()
            if step.slow or name not in NEVER_WARM
        ]
        for each in series:
            await each.warm_up(step, payload)
        for _ in range(step.rounds):
            for each in series:
                await each.round(step, payload)
        for each in series:
            self._keep(each.point(step))

    async def _node(self, low: float, high: float) -> bool:
        """Let Node.js measure the same, in a third of the budget; False where time was short."""
        seconds = min(self._left() / 2, self.budget / 3)

        def keep(point: Point) -> None:
            self._keep(point)
            self.done_share += (high - self.done_share) / 20

        options = {"task_ms": tasks_ms(), "payloads": self.payloads, "rounds": 3}
        run = await run_node({**options, "seconds": seconds, "workers": self.workers}, keep)
        self.notes += [f"Node.js: {run.note}"] if run.recorded else []
        self.phases += phases_in(run)
        self.memory |= run.result["memory"]
        self._versions |= run.result["versions"]
        return run.result["complete"]

    def _left(self) -> float:
        return self._end - time.monotonic()

    def _keep(self, point: Point) -> None:
        self.points.append(point)
        self._on_point(point)

    def result(self) -> BreakEven:
        """Return what has been found so far."""
        return BreakEven(
            points=tuple(self.points),
            phases=tuple(self.phases),
            memory=dict(self.memory),
            machine=machine_label(),
            cpus=usable_cpus(),
            versions=dict(self._versions),
            date=today(),
            complete=self.complete,
            notes=tuple(self.notes),
        )
