"""What the way to a worker costs, and from which length of task on that no longer matters.

trips = await measure_trips({"pool": pool.run, "distributed": distributed.run}, workers=2)
pays_from(trips, "distributed")

The tasks sleep: a worker that waits needs no CPU, so two of them can be kept busy on one. All times
are in seconds.
"""

import asyncio
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from unstuck.interrupts import heard
from unstuck.workloads import check_seconds, nothing, small, wait

LENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)  # seconds that a task takes
_LASTS = 0.4  # seconds that the tasks of one round need, without any way
_MOST = 100  # tasks for each worker in a round
SHARE = 0.9  # of the workers' time is work: then the way is said to pay


@dataclass(frozen=True, repr=False)
class Trip:
    """So many tasks of `length` seconds, sent together through a hatch: they took `seconds`."""

    hatch: str
    length: float
    tasks: int
    workers: int
    seconds: float

    @property
    def useful(self) -> float:
        """The share of the workers' time in which they worked, from 0 to 1."""
        return min(1.0, self.length * self.tasks / (self.workers * self.seconds))

    @property
    def cost(self) -> float:
        """Seconds of a worker that one task needs beyond its length."""
        return max(0.0, self.seconds * self.workers / self.tasks - self.length)

    def __repr__(self) -> str:
        return (
            f"{self.hatch}: {self.tasks} tasks of {self.length * 1e3:g} ms, {self.useful:.0%} of "
            f"the time useful, {self.cost * 1e3:.2f} ms more a task"
        )


async def alone(run: Callable, times: int = 20) -> float:
    """Return the median seconds of an empty task through `run`, while nothing else is sent."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        await run(nothing)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


async def measure_trips(
    runs: Mapping[str, Callable],
    workers: int,
    lengths: Sequence[float] = LENGTHS,
    rounds: int = 3,
) -> list[Trip]:
    """Measure each hatch in turn at each length; medians of `rounds`. About 10 s a hatch.

    `runs` are verbs by their names, each with so many `workers`. ValueError for what cannot be.
    """
    if workers < 1 or rounds < 1 or not runs:
        raise ValueError("there must be a hatch, a worker and a round: 1 or more of each")
    found = []
    for length in lengths:
        tasks = _tasks(check_seconds(length), workers)
        seen = {name: [] for name in runs}
        for _ in range(rounds):
            for name, run in runs.items():
                seen[name].append(await _together(run, length, tasks))
        for name, seconds in seen.items():
            found.append(Trip(name, length, tasks, workers, statistics.median(seconds)))
    return found


def _tasks(length: float, workers: int) -> int:
    """So many for each worker that they last a while, and two at least: one waits, one works."""
    return workers * max(2, min(_MOST, round(small(_LASTS) / length)))


async def _together(run: Callable, length: float, tasks: int) -> float:
    start = time.perf_counter()
    with heard():
        await asyncio.gather(*(run(wait, length) for _ in range(tasks)))
    return time.perf_counter() - start


def pays_from(trips: Sequence[Trip], hatch: str, share: float = SHARE) -> float | None:
    """The length of task from which on `share` of the workers' time is work; None: never here.

    Between two measured lengths it is read off a straight line on the logarithmic scale.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is above 0 and below 1, not {share!r}")
    line = sorted((trip.length, trip.useful) for trip in trips if trip.hatch == hatch)
    if not line:
        raise ValueError(f"no trips of {hatch!r} were measured")
    below = [place for place, (_, useful) in enumerate(line) if useful < share]
    if not below:
        return line[0][0]
    if below[-1] + 1 == len(line):
        return None
    (short, low), (long, high) = line[below[-1] : below[-1] + 2]
    way = (share - low) / (high - low)
    return math.exp(math.log(short) + way * math.log(long / short))
