"""Pools as experiments: a start for each task, and how many workers. Claims W7 and W8."""

import asyncio
import time
from collections.abc import Callable

from unstuck.capacity import usable_cpus
from unstuck.claims_seen import DEPENDS, CannotTell, Found, above, shown, span
from unstuck.hatches import child
from unstuck.node import run_twin
from unstuck.process_pool import Pool
from unstuck.workloads import exactly, nothing, sized_exactly, wait

_MOST_CPUS = 8  # twice as many workers are started
_DEARER = 5.0  # a start for each task costs tens to hundreds of times a warm call
_HELPS = 1.3  # more tasks a second by so much is help
_TASK = 0.03  # seconds of each task


async def warm_pool() -> Found:
    """W7 in Python: an empty task in a new process each time, and in a warm pool."""
    async with Pool(1) as pool:
        await pool.run(nothing)
        ratios = [await _seconds(child.run) / await _seconds(pool.run) for _ in range(3)]
    return _dearer(ratios)


async def _seconds(run: Callable) -> float:
    start = time.perf_counter()
    await run(nothing)
    return time.perf_counter() - start


async def warm_pool_in_node() -> Found:
    """W7 in Node.js: the twin of the pool tells both round trips, each a median of some."""
    ratios = []
    for _ in range(2):
        run = await run_twin("pool", seconds=exactly(0.01), repeats=1, tasks=6)
        if run.recorded:
            raise CannotTell(run.note.rstrip("."))
        (costs,) = (line for line in run.lines if line.get("kind") == "each")
        ratios.append(costs["each"]["round_trip"] / costs["pool"]["round_trip"])
    return _dearer(ratios)


def _dearer(ratios: list[float]) -> Found:
    sentence = f"A worker for one empty task took {span(ratios)} times as long as a warm pool."
    numbers = {"ratio_least": round(min(ratios)), "ratio_most": round(max(ratios))}
    return shown(above(ratios, _DEARER) is True, sentence, **numbers)


async def size_of_pool() -> Found:
    """W8 in Python: as many workers as CPUs, and twice as many, computing and waiting."""
    cpus = _cpus()
    rates = {}
    for size in (cpus, 2 * cpus):
        async with Pool(size) as pool:
            await asyncio.gather(*(pool.run(wait, 0.05) for _ in range(size)))  # all are started
            for kind in ("prime", "wait"):
                rates[kind, size] = [await _rate(pool, kind, 4 * cpus) for _ in range(3)]
    return _judged({kind: _gains(rates, kind, cpus) for kind in ("prime", "wait")}, cpus)


def _cpus() -> int:
    cpus = usable_cpus()
    if cpus > _MOST_CPUS:
        raise CannotTell(f"{2 * cpus} workers are too many for a lesson")
    return cpus


async def _rate(pool: Pool, kind: str, tasks: int) -> float:
    func, argument = sized_exactly(kind, _TASK)
    start = time.perf_counter()
    await asyncio.gather(*(pool.run(func, argument) for _ in range(tasks)))
    return tasks / (time.perf_counter() - start)


def _gains(rates: dict, kind: str, cpus: int) -> list[float]:
    """How many times as many tasks a second twice the workers do: least and most."""
    few, many = rates[kind, cpus], rates[kind, 2 * cpus]
    return [min(many) / max(few), max(many) / min(few)]


async def size_of_pool_in_node() -> Found:
    """W8 in Node.js: the same with worker threads."""
    cpus, rates = _cpus(), {}
    twin = await run_twin(
        "claim_pool_sizes", sizes=[cpus, 2 * cpus], tasks=4 * cpus, seconds=exactly(_TASK)
    )
    for line in twin.lines:
        if "rates" in line:
            rates[line["work"], line["size"]] = line["rates"]
    return _judged({kind: _gains(rates, kind, cpus) for kind in ("prime", "wait")}, cpus)


def _judged(gains: dict[str, list[float]], cpus: int) -> Found:
    sentence = f"{2 * cpus} workers in place of {cpus} did {span(gains['prime'], 2)} times as many "
    sentence += f"computations a second, and {span(gains['wait'], 2)} times as many waits."
    facts = {
        f"{kind}_gain_{name}": round(value, 2)
        for kind, pair in gains.items()
        for name, value in zip(("least", "most"), pair, strict=True)
    }
    fact = above(gains["wait"], _HELPS) is True and above(gains["prime"], _HELPS) is not True
    if fact:
        sentence += " It depends on whether the work computes or waits."
    return shown(fact, sentence, DEPENDS, cpus=cpus, **facts)


EXPERIMENTS = {
    "W7": {"python": warm_pool, "node": warm_pool_in_node},
    "W8": {"python": size_of_pool, "node": size_of_pool_in_node},
}
