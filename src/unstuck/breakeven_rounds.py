"""One round of the break-even finder: tasks handed over at once, and the milliseconds of each."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from unstuck.breakeven_plan import Step
from unstuck.breakeven_points import Point
from unstuck.breakeven_task import carry

_ENOUGH_MS = 4.0  # a round lasts at least so long in the loop, so that a clock can tell
_MOST_BATCHES = 25


@dataclass
class Series:
    """A hatch's rounds of one step: `run` is its verb, `once` says to hand over one batch only."""

    hatch: str
    run: Callable
    workers: int
    once: bool = False
    runs_ms: list[float] = field(default_factory=list)
    pids: set[int] = field(default_factory=set)

    async def warm_up(self, step: Step, payload: bytes) -> None:
        """Hand over one batch that does not count: workers start, and memory grows."""
        if self.hatch != "inline" and not self.once:
            await asyncio.gather(*self._calls(step, payload))

    async def round(self, step: Step, payload: bytes) -> None:
        """Hand over twice as many tasks as workers, some times; keep the time per task."""
        count = 2 * self.workers
        wanted = math.ceil(_ENOUGH_MS / (count * step.task_ms))
        batches = 1 if self.once else min(_MOST_BATCHES, wanted)
        batch = self._in_turn if self.hatch == "inline" else self._at_once
        seconds = [await batch(step, payload) for _ in range(batches)]
        self.runs_ms.append(1e3 * sum(seconds) / (count * batches))

    async def _at_once(self, step: Step, payload: bytes) -> float:
        start = time.perf_counter()
        answers = await asyncio.gather(*self._calls(step, payload))
        seconds = time.perf_counter() - start
        self.pids.update(pid for _, _, pid, *_ in answers)
        return seconds

    async def _in_turn(self, step: Step, payload: bytes) -> float:
        """The loop's own work; between two tasks, unmeasured, it gets a turn."""
        seconds = 0.0
        for call in self._calls(step, payload):
            start = time.perf_counter()
            _, _, pid, *_ = await call
            seconds += time.perf_counter() - start
            self.pids.add(pid)
            await asyncio.sleep(0)
        return seconds

    def _calls(self, step: Step, payload: bytes):
        for _ in range(2 * self.workers):
            yield self.run(carry, step.number, payload)

    def point(self, step: Step) -> Point:
        """What the rounds showed."""
        facts = (step.task_ms, step.payload_bytes, tuple(self.runs_ms), self.workers)
        return Point(self.hatch, "python", *facts, tuple(sorted(self.pids)))
