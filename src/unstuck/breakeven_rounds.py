"""The rounds of the break-even finder: tasks handed over at once, and the milliseconds of each.

Python's steps are measured here; Node.js's by its twin, in a process of its own, by the same rules.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from unstuck.breakeven_plan import Step
from unstuck.breakeven_points import NEVER_WARM, Point
from unstuck.breakeven_task import carry
from unstuck.node import TwinRun, run_twin
from unstuck.workloads import ARTICLE_NUMBER, is_prime, sized_exactly

_ENOUGH_MS = 4.0  # a round lasts at least so long in the loop, so that a clock can tell
_MOST_BATCHES = 25
_GRACE = 12.0  # seconds that the twin may need beyond its own, on a busy machine


@dataclass(frozen=True)
class Rounds:
    """Measures steps until `end`, a time.monotonic(); `on_point` hears each Point as it comes."""

    workers: int
    end: float
    on_point: Callable[[Point], None]

    @property
    def left(self) -> float:
        """Seconds until the end."""
        return self.end - time.monotonic()

    async def python(self, steps: Sequence[Step], runs: Mapping[str, Callable]) -> list[Step]:
        """Measure steps, `runs` has each hatch's verb; those that no time was left for."""
        skipped = []
        for step in steps:
            if self.left < step.seconds(self.workers):
                skipped.append(step)
                continue
            for point in await measure_step(runs, step, self.workers):
                self.on_point(point)
        return skipped

    async def node(self, steps: Sequence[Step], seconds: float, phases: bool = False) -> TwinRun:
        """Let twins/breakeven.js measure what fits the seconds; its result tells what was skipped.

        The points of a recorded run are told at its end. TwinFailed where the twin fails.
        """
        options = {"seconds": seconds, "workers": self.workers, "phases": phases}
        options["steps"] = [step.as_dict(self.workers) for step in steps]
        run = await run_twin("breakeven", seconds + _GRACE, on_line=self._hear, **options)
        for line in run.lines if run.recorded else ():
            self._hear(line, recorded=True)
        return run

    def _hear(self, line: Mapping, recorded: bool = False) -> None:
        if line.get("kind") != "point":
            return
        names = ("hatch", "task_ms", "payload_bytes", "workers")
        facts = {name: line[name] for name in names}
        lists = {name: tuple(line[name]) for name in ("runs_ms", "loop_ms", "pids")}
        self.on_point(Point(runtime="node", recorded=recorded, **facts, **lists))


async def measure_step(runs: Mapping[str, Callable], step: Step, workers: int) -> list[Point]:
    """Measure a step of Python. The hatches take turns, so that a busy moment meets all."""
    ms, number = _sized(step)
    count, task = step.tasks(workers), (carry, number, bytes(step.payload_bytes))
    enough = min(_MOST_BATCHES, math.ceil(_ENOUGH_MS / (count * ms)))
    taken: dict[str, list[float]] = {name: [] for name in step.hatches}
    pids: dict[str, set[int]] = {name: set() for name in step.hatches}
    for name in () if step.heavy else set(step.hatches) - {*NEVER_WARM, "inline"}:
        await _at_once(runs[name](*task) for _ in range(count))  # workers start, memory grows
    for _ in range(step.rounds):
        for name in step.hatches:
            send, seconds = _in_turn if name == "inline" else _at_once, []
            for _ in range(1 if name in NEVER_WARM else enough):
                took, by = await send(runs[name](*task) for _ in range(count))
                seconds.append(took)
                pids[name] |= by
            taken[name].append(1e3 * sum(seconds) / (count * len(seconds)))
    size, loop = step.payload_bytes, tuple(taken["inline"])
    return [
        Point(name, "python", ms, size, tuple(each), loop, workers, tuple(pids[name]))
        for name, each in taken.items()
    ]


def _sized(step: Step) -> tuple[float, int]:
    """A task's milliseconds, and the number to check."""
    if not step.article:
        return step.task_ms, sized_exactly("prime", step.task_ms / 1e3)[1]
    start = time.perf_counter()
    is_prime(ARTICLE_NUMBER)
    return float(f"{1e3 * (time.perf_counter() - start):.3g}"), ARTICLE_NUMBER


async def _at_once(calls: Iterable) -> tuple[float, set[int]]:
    start = time.perf_counter()
    answers = await asyncio.gather(*calls)
    return time.perf_counter() - start, {pid for _, _, pid, *_ in answers}


async def _in_turn(calls: Iterable) -> tuple[float, set[int]]:
    """The loop's own work; between two tasks, unmeasured, it gets a turn."""
    seconds, pids = 0.0, set()
    for call in calls:
        start = time.perf_counter()
        _, _, pid, *_ = await call
        seconds += time.perf_counter() - start
        pids.add(pid)
        await asyncio.sleep(0)
    return seconds, pids
