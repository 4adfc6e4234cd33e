"""Each Python hatch with each work: opened cold, asked for one task, then for several at once."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from unstuck import hatches
from unstuck.breakeven_hatches import opened
from unstuck.breakeven_points import NEVER_WARM
from unstuck.lag import LagMeter
from unstuck.scoreboard_plan import AWAIT, Plan
from unstuck.scoreboard_rows import Row
from unstuck.scoreboard_work import given_back, own_bytes, task_of
from unstuck.workloads import nothing, wait

EVERY = 0.005  # seconds between the beats of the meter
DISTRIBUTED = "distributed"
_OWN = ("pool", "child", DISTRIBUTED)  # hatches whose workers are processes
_BREATH = 0.02  # seconds of rest after each round, so that each block counts by itself
_COMPUTES = "await frees the loop only where something waits, and this computes"
_NO_TIME = "the time was over: give it more seconds"


def missing(name: str) -> str | None:
    """Return why a hatch cannot run here, or None."""
    return None if name == AWAIT else hatches.hatch(name).reason_missing()


async def measured(name: str, works: Sequence[str], plan: Plan) -> list[Row]:
    """Return a Row of one hatch for each work; where the hatch is missing, each says why."""
    if reason := missing(name):
        return [Row("python", name, work, missing=reason) for work in works]
    before = own_bytes()
    async with _opened(name, plan.workers) as run:
        facts = {"start_seconds": await _start(name, run)}
        facts["copies"] = await _copies(run)
        await asyncio.gather(*(run(wait, 0.05) for _ in range(plan.workers)))  # all are started
        facts["worker_bytes"] = await _worker_bytes(name, run, before, plan.workers)
        lefts = range(len(works), 0, -1)
        parts = zip(works, lefts, strict=True)
        rows = [await _row(name, run, work, plan.part(1 / left)) for work, left in parts]
    return [row if row.missing else replace(row, **facts) for row in rows]


@contextlib.asynccontextmanager
async def _opened(name: str, workers: int) -> AsyncIterator[Callable]:
    if name == AWAIT:
        yield _awaited
        return
    try:
        async with opened(name, workers) as run:
            yield run
    finally:
        if name == DISTRIBUTED:  # the next `run` starts another cluster
            await asyncio.shield(asyncio.to_thread(hatches.hatch(name).close))


async def _awaited(func, *args):
    """Wait as a driver does that was written for the loop; anything else is done here and now."""
    if func.__name__ == "wait":
        await asyncio.sleep(*args)
        return args[0]
    return func(*args)


async def _start(name: str, run: Callable) -> float:
    """Seconds of the first call, less those of a warm one; of any call, where none is warm."""
    seconds = [await _timed(run(nothing)) for _ in range(4)]
    usual = statistics.median(seconds[1:])
    return usual if name in NEVER_WARM else max(0.0, seconds[0] - usual)


async def _copies(run: Callable) -> int:
    """0 where what comes back is the very object that was sent; else it was copied both ways."""
    sent = bytes(100)
    return 0 if await run(given_back, sent) is sent else 2


async def _worker_bytes(name: str, run: Callable, before: int, workers: int) -> int:
    if name in _OWN:
        return await run(own_bytes)
    if name in (AWAIT, "inline"):  # there is no worker
        return 0
    return max(0, own_bytes() - before) // workers


async def _row(name: str, run: Callable, work: str, plan: Plan) -> Row:
    if name == AWAIT and work != "waiting":
        return Row("python", name, work, missing=_COMPUTES)
    if plan.left <= 0:
        return Row("python", name, work, missing=_NO_TIME)
    func, args = task_of(work, plan.size)
    loop_seconds = min([await _timed(_inline(func, args)) for _ in range(2)])
    seconds, rates = [], []
    async with LagMeter(every=EVERY) as meter:
        for turn in range(plan.rounds_of(name)):
            if turn and plan.left < 0:  # fewer rounds are better than none for those who follow
                break
            seconds.append(await _timed(run(func, *args)))
            await asyncio.sleep(_BREATH)
            together = (run(func, *args) for _ in range(plan.workers))
            rates.append(plan.workers / await _timed(asyncio.gather(*together)))
            await asyncio.sleep(_BREATH)
    numbers = {"seconds": tuple(seconds), "rates": tuple(rates), "loop_seconds": loop_seconds}
    lag = {"lag_p99_ms": meter.lag.p99 * 1e3, "lag_max_ms": meter.lag.max * 1e3}
    return Row("python", name, work, at_once=plan.workers, **numbers, **lag)


async def _inline(func: Callable, args: tuple) -> None:
    func(*args)


async def _timed(awaitable) -> float:
    start = time.perf_counter()
    await awaitable
    return time.perf_counter() - start
