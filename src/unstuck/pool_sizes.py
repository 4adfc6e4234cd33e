"""How many workers? Give the same tasks to pools of each size, and find where more stops helping.

found = await sweep()
found.sentence
"""

import asyncio
import statistics
import time
from dataclasses import dataclass

import psutil

from unstuck.capacity import usable_cpus, usable_memory
from unstuck.process_pool import MOST, Pool
from unstuck.trial import machine_label, today
from unstuck.workloads import sized, wait

ENOUGH = 0.9  # of the best rate: a smaller pool that reaches it is preferred
_WORKER_BYTES = 60_000_000  # a generous guess, to choose sizes that fit
_UNSURE = 0.4  # a spread above this share of the median says that the machine is busy


@dataclass(frozen=True)
class SizeRow:
    """A pool of one size: tasks a second in each round, and resident bytes of a worker."""

    size: int
    rates: tuple[float, ...]
    worker_bytes: int

    @property
    def rate(self) -> float:
        """Tasks a second: the median of the rounds."""
        return statistics.median(self.rates)

    @property
    def spread(self) -> float:
        """The distance between slowest and quickest round, as a share of the median."""
        return (max(self.rates) - min(self.rates)) / self.rate


@dataclass(frozen=True)
class Sweep:
    """What a sweep over sizes showed on one machine."""

    rows: tuple[SizeRow, ...]
    work: str
    cpus: int
    machine: str
    date: str

    @property
    def knee(self) -> int | None:
        """The smallest size that reaches 90 % of the best rate; None where rounds differ wildly."""
        if max(row.spread for row in self.rows) > _UNSURE:
            return None
        best = max(row.rate for row in self.rows)
        return min(row.size for row in self.rows if row.rate >= ENOUGH * best)

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.knee is None:
            return "Cannot tell here: the rounds of one size differ too much; is the machine busy?"
        if len(self.rows) > 1 and self.knee == max(row.size for row in self.rows):
            return (
                f"Cannot tell here: the largest size of all, {self.knee}, did best. Try larger "
                "ones, and let nothing else work meanwhile."
            )
        return (
            f"From {self.knee} worker{'s' * (self.knee != 1)} on, more workers bring less than a "
            f"tenth here, where this process may use {self.cpus} CPU{'s' * (self.cpus != 1)}."
        )

    def __repr__(self) -> str:
        lines = [
            f"{row.size:3d} workers: {row.rate:7.1f} tasks/s ({min(row.rates):.1f} to "
            f"{max(row.rates):.1f}), {row.worker_bytes / 1e6:.1f} MB each"
            for row in self.rows
        ]
        return "\n".join([*lines, self.sentence])


def sizes_to_try(cpus: int, memory: int) -> list[int]:
    """Return at most six sizes, up to twice the usable CPUs, that fit `memory` (bytes, or 0)."""
    most = min(2 * cpus, MOST)
    if memory > 0:
        most = min(most, max(1, memory // 2 // _WORKER_BYTES))
    doubled = [2**n for n in range(most.bit_length())]
    found = sorted({size for size in (*doubled, cpus, most) if size <= most})
    return found if len(found) <= 6 else [found[0], *found[-5:]]


async def sweep(sizes: list[int] | None = None, tasks: int = 16, seconds: float = 0.2) -> Sweep:
    """Run `tasks` prime checks of about `seconds` each in pools of each size, three rounds each.

    UNSTUCK_SMALL=1 makes the checks shorter. ValueError for sizes that are not 1 to 61, for none
    at all, and for no tasks.
    """
    if tasks < 1 or sizes == []:
        raise ValueError("a sweep needs at least one size and one task")
    cpus = usable_cpus()
    func, number = sized("prime", seconds)
    rows = []
    for size in sizes_to_try(cpus, usable_memory()) if sizes is None else sizes:
        async with Pool(size) as pool:
            await asyncio.gather(*(pool.run(wait, 0.05) for _ in range(size)))  # all are started
            rates = tuple([await _rate(pool, tasks, func, number) for _ in range(3)])
            rows.append(SizeRow(size, rates, max(map(_resident, pool.pids))))
    return Sweep(tuple(rows), f"{func.__name__}({number})", cpus, machine_label(), today())


async def _rate(pool: Pool, tasks: int, func, number: int) -> float:
    start = time.perf_counter()
    await asyncio.gather(*(pool.run(func, number) for _ in range(tasks)))
    return tasks / (time.perf_counter() - start)


def _resident(pid: int) -> int:
    return psutil.Process(pid).memory_info().rss
