"""Where a call's time goes, hatch by hatch, and what a worker takes of memory.

The stamps come from inside the worker. start = the first call of a cold hatch, less a warm one.
"""

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from unstuck.breakeven_hatches import NEVER_WARM, opened
from unstuck.breakeven_points import Phases
from unstuck.breakeven_task import carry
from unstuck.process_pool import Pool
from unstuck.workloads import ARTICLE_NUMBER

PAYLOAD = 2**20  # bytes: copy_out and copy_back are those of 1 MiB
_TINY = 7  # a number whose check takes no time
_CALLS = 5


@dataclass(frozen=True)
class Call:
    """One call's milliseconds: from handing over to its beginning, the check, and the way back."""

    out: float
    compute: float
    back: float

    @property
    def all(self) -> float:
        """The whole call."""
        return self.out + self.compute + self.back


async def call(run: Callable, number: int = _TINY, size: int = 0) -> Call:
    """Send `number` and `size` bytes through a hatch once."""
    payload = bytes(size)
    handed = time.perf_counter()
    began, ended, *_ = await run(carry, number, payload)
    back = time.perf_counter() - ended
    return Call(1e3 * (began - handed), 1e3 * (ended - began), 1e3 * back)


async def phases_of(name: str, workers: int) -> tuple[Phases, int]:
    """Open the hatch cold and look at its calls; its Phases, and resident bytes per worker.

    For threads and interpreters the bytes are this process's growth, shared among the workers.
    """
    before = _resident()
    async with opened(name, workers) as run:
        first, second = await call(run), await call(run)
        warm = await _calls(run)
        together = await _together(run, workers)
        grown = max(0, _resident() - before) // workers
        large = await _calls(run, PAYLOAD)
    out, usual = _median(c.out for c in warm), _median(c.all for c in warm)
    if name in NEVER_WARM:
        start, warm_up, there = out, 0.0, _median(c.out for c in large) - out
    else:
        start, warm_up, there = first.all - usual, second.all - usual, _median(c.out for c in large)
    waits = statistics.mean(c.out for c in together) - out
    compute, back = _median(c.compute for c in together), _median(c.back for c in large)
    four = [max(0.0, each) for each in (start, warm_up, waits, there)]
    memory = grown if name in ("threads", "interpreters") else await _process_bytes()
    return Phases(name, "python", *four, compute, back), memory


async def _process_bytes() -> int:
    """Resident bytes of a worker process that has done the work."""
    async with Pool(1) as pool:
        await call(pool.run, ARTICLE_NUMBER)
        return _resident(pool.pids[0])


async def _calls(run: Callable, size: int = 0, calls: int = _CALLS) -> list[Call]:
    return [await call(run, size=size) for _ in range(calls)]


async def _together(run: Callable, workers: int) -> list[Call]:
    """Hand over twice as many tasks as workers, at once; once before, so that all are started."""
    for _ in range(2):
        calls = await asyncio.gather(*(call(run, ARTICLE_NUMBER) for _ in range(2 * workers)))
    return calls


def _median(numbers) -> float:
    return statistics.median(numbers)


def _resident(pid: int | None = None) -> int:
    return psutil.Process(pid).memory_info().rss
