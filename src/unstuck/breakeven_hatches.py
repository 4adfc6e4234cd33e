"""The hatches that the break-even finder compares, each opened cold with so many workers.

    async with opened("pool", 2) as run:
        await run(carry, 7, b"")

Each is one of its own, beside what a notebook keeps warm, and nothing of it stays.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

from unstuck import hatches
from unstuck.interpreter_pool import Interpreters
from unstuck.process_pool import Pool

HATCHES = ("inline", "threads", "interpreters", "pool", "child")
NEVER_WARM = ("child",)  # each call starts a worker


def usable() -> tuple[list[str], list[str]]:
    """Return the hatches that can run here, and a sentence for each that cannot."""
    reasons = {name: hatches.hatch(name).reason_missing() for name in HATCHES}
    missing = [f"Without {name}: {why}" for name, why in reasons.items() if why]
    return [name for name, why in reasons.items() if why is None], missing


@contextlib.asynccontextmanager
async def opened(name: str, workers: int) -> AsyncIterator[Callable]:
    """Give `run(func, *args)` of a cold hatch with so many workers; they end with the block."""
    kinds = {"threads": _threads, "interpreters": _interpreters, "pool": _pool}
    if name not in kinds:  # inline and child keep nothing
        yield hatches.hatch(name).run
        return
    async with kinds[name](workers) as run:
        yield run


@contextlib.asynccontextmanager
async def _threads(workers: int) -> AsyncIterator[Callable]:
    loop, executor = asyncio.get_running_loop(), ThreadPoolExecutor(workers)

    async def run(func, *args):
        return await loop.run_in_executor(executor, func, *args)

    try:
        yield run
    finally:
        await asyncio.shield(asyncio.to_thread(executor.shutdown, cancel_futures=True))


@contextlib.asynccontextmanager
async def _interpreters(workers: int) -> AsyncIterator[Callable]:
    interpreters = Interpreters(workers)
    try:
        yield interpreters.run
    finally:
        await asyncio.shield(asyncio.to_thread(interpreters.close))


@contextlib.asynccontextmanager
async def _pool(workers: int) -> AsyncIterator[Callable]:
    async with Pool(workers) as pool:
        run = pool.run
        yield run
