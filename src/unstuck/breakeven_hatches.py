"""The hatches that the break-even finder compares: each opened cold, and its calls' phases.

    async with opened("pool", 2) as run:
        await run(carry, 7, b"")

Each is one of its own, beside what a notebook keeps warm, and nothing of it stays. The stamps come
from inside the worker.
"""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psutil

from unstuck import hatches
from unstuck.breakeven_points import HATCHES, NEVER_WARM, Phases
from unstuck.breakeven_task import carry
from unstuck.interpreter_pool import Interpreters
from unstuck.process_pool import Pool
from unstuck.workloads import ARTICLE_NUMBER

_MIB = 2**20  # bytes: copy_out and copy_back are those of 1 MiB
_TINY = 7  # a number whose check takes no time


def usable() -> tuple[list[str], list[str]]:
    """Return the hatches that can run here, and a sentence for each that cannot."""
    reasons = {name: hatches.hatch(name).reason_missing() for name in HATCHES["python"]}
    missing = [f"Without {name}: {why}" for name, why in reasons.items() if why]
    return [name for name, why in reasons.items() if why is None], missing


@contextlib.asynccontextmanager
async def opened(name: str, workers: int) -> AsyncIterator[Callable]:
    """Give `run(func, *args)` of a cold hatch with so many workers; they end with the block."""
    async with contextlib.AsyncExitStack() as ends:
        if name == "pool":
            yield (await ends.enter_async_context(Pool(workers))).run
        elif name == "interpreters":
            interpreters = Interpreters(workers)
            ends.push_async_callback(_in_thread, interpreters.close)
            yield interpreters.run
        elif name == "threads":
            executor = ThreadPoolExecutor(workers)
            ends.push_async_callback(_in_thread, executor.shutdown)
            yield lambda *call: asyncio.get_running_loop().run_in_executor(executor, *call)
        else:  # inline and child keep nothing
            yield hatches.hatch(name).run


async def _in_thread(end: Callable) -> None:
    await asyncio.shield(asyncio.to_thread(end))


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


async def phases_of(name: str, workers: int, calls: int = 5) -> tuple[Phases, int]:
    """Open the hatch cold and look at its calls; its Phases, and resident bytes per worker.

    For threads and interpreters the bytes are this process's growth, shared among the workers.
    """
    before = _resident()
    async with opened(name, workers) as run:
        single = [await call(run) for _ in range(2 + calls)]
        for _ in range(1 if name in NEVER_WARM else 2):  # at first, the others are started
            each = (call(run, ARTICLE_NUMBER) for _ in range(2 * workers))
            together = await asyncio.gather(*each)
        grown = max(0, _resident() - before) // workers
        large = [await call(run, size=_MIB) for _ in range(calls)]
    inside = name in ("threads", "interpreters")
    return _phases(name, single, together, large), grown if inside else await _process_bytes()


def _phases(name: str, single: list[Call], together: list[Call], large: list[Call]) -> Phases:
    first, second, *warm = single
    never_warm, usual = name in NEVER_WARM, _median(warm, "all")
    out, out_large = _median(warm, "out"), _median(large, "out")
    times = (
        out if never_warm else first.all - usual,
        0.0 if never_warm else second.all - usual,
        statistics.mean(each.out for each in together) - out,
        out_large - out if never_warm else out_large,
    )
    rest = (_median(together, "compute"), _median(large, "back"))
    return Phases(name, "python", *(max(0.0, each) for each in times), *rest)


def _median(calls: list[Call], part: str) -> float:
    return statistics.median(getattr(each, part) for each in calls)


async def _process_bytes() -> int:
    """Resident bytes of a worker process that has done the work."""
    async with Pool(1) as pool:
        await call(pool.run, ARTICLE_NUMBER)
        return _resident(pool.pids[0])


def _resident(pid: int | None = None) -> int:
    return psutil.Process(pid).memory_info().rss
