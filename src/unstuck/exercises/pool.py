"""Exercises of notebook 06: how many workers start, keep them warm, keep the answers, size them."""

import asyncio
import inspect
import os
import time

import psutil

from unstuck.exercises.exercise import Exercise, Result
from unstuck.exercises.patience import in_time
from unstuck.process_pool import Pool
from unstuck.workloads import nothing, wait

_ITEMS = list(range(8))
_PATIENCE = 15.0  # seconds for one try of the learner's function
_MACHINES = (  # CPUs, memory and memory of a worker in MB, and the size that fits
    (4, 16_000, 50, 4),
    (64, 450, 50, 9),
    (0.5, 2_000, 50, 1),
    (1.5, 2_000, 50, 2),
    (8, 100, 200, 1),
    (2, 0, 50, 2),
)


async def workers_started() -> tuple[int, int]:
    """Workers that a Pool(4) starts for three tasks in turn, and for three at once."""
    async with Pool(4) as one:
        for _ in range(3):
            await one.run(nothing)
    async with Pool(4) as other:
        await asyncio.gather(*(other.run(wait, 0.3) for _ in range(3)))
    return one.started, other.started


async def judge_started(answer) -> Result:
    """Compare a pair of numbers with what a pool really starts."""
    pair = tuple(answer) if isinstance(answer, list | tuple) else ()
    if len(pair) != 2 or not all(type(number) is int for number in pair):
        return Result("not yet", "The answer is a pair of whole numbers, such as (4, 4).")
    seen = await workers_started()
    for said, saw, when in zip(pair, seen, ("one after the other", "at once"), strict=True):
        if said != saw:
            return Result("not yet", f"For three tasks {when} it does not start {said}: try it.")
    return Result("right", "A worker starts only when a task finds none that is free.")


async def warm_all(func, items):
    """One pool for all items: its workers are started once."""
    async with Pool(2) as pool:
        return await asyncio.gather(*(pool.run(func, item) for item in items))


async def judge_warm(answer) -> Result:
    """Look at answers, at the processes that gave them, and at what is left."""
    if problem := _no_coroutine(answer):
        return problem
    before = _children()
    seen = await in_time(answer(tell_process, _ITEMS), _PATIENCE)
    if [each[1] for each in seen] != _ITEMS:
        return Result("not yet", "Some answers are missing, or stand in another order.")
    pids = {each[0] for each in seen}
    if os.getpid() in pids:
        return Result("not yet", "Some work was done in the notebook's own process.")
    if len(pids) > len(_ITEMS) // 2:
        return Result("not yet", f"{len(pids)} processes did {len(_ITEMS)} tasks: keep them warm.")
    if left := await _left(before):
        return Result("not yet", f"{len(left)} processes live on: close the pool in the end.")
    return Result("right", f"{len(pids)} warm processes did {len(_ITEMS)} tasks, and then ended.")


def tell_process(item):
    """Return (process id, item), a little later, so that one worker cannot do everything."""
    time.sleep(0.02)
    return os.getpid(), item


async def keep_answers(func, items):
    """A pool that loses only the task whose worker died; failures stand in the list."""
    async with Pool(2) as pool:
        tasks = (pool.run(func, item) for item in items)
        return await asyncio.gather(*tasks, return_exceptions=True)


async def judge_kept(answer) -> Result:
    """Let one task, and then another, end its worker; all other answers must be there."""
    if problem := _no_coroutine(answer):
        return problem
    before = _children()
    for func, deadly in ((dies_at_two, 2), (dies_at_five, 5)):
        seen = list(await in_time(answer(func, _ITEMS), _PATIENCE))
        wanted = [item * 10 for item in _ITEMS if item != deadly]
        if len(seen) != len(_ITEMS) or not isinstance(seen[deadly], Exception):
            return Result("not yet", f"Item {deadly} failed: its place holds its exception.")
        if seen[:deadly] + seen[deadly + 1 :] != wanted:
            return Result("not yet", "One worker died, and answers of other tasks are lost.")
    if left := await _left(before):
        return Result("not yet", f"{len(left)} processes live on: close the pool in the end.")
    return Result("right", "Seven answers and one named failure, twice.")


def dies_at_two(item):
    """End this process at item 2."""
    return _die_at(2, item)


def dies_at_five(item):
    """End this process at item 5."""
    return _die_at(5, item)


def _die_at(deadly: int, item: int) -> int:
    time.sleep(0.05)
    if item == deadly:
        os._exit(3)
    return item * 10


def pool_size(cpus, memory_mb, worker_mb):
    """What fits: no more than CPUs (rounded up) and memory (0: unknown), and at least one."""
    size = -(-cpus // 1)
    if memory_mb:
        size = min(size, memory_mb // worker_mb)
    return max(1, int(size))


async def judge_size(answer) -> Result:
    """Ask for the size on machines of many kinds."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function of cpus, memory_mb and worker_mb.")
    for cpus, memory, worker, fits in _MACHINES:
        size = answer(cpus, memory, worker)
        if type(size) is not int or size != fits:
            return Result(
                "not yet",
                f"{cpus} CPUs, {memory or 'unknown'} MB and {worker} MB a worker: "
                f"{size!r} is {'no whole number' if type(size) is not int else 'not it'}.",
            )
    return Result("right", "No more than the CPUs and the memory carry, and never none.")


def _no_coroutine(answer) -> Result | None:
    if inspect.iscoroutinefunction(answer):
        return None
    return Result("not yet", "The answer is a function that begins with `async def`.")


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


async def _left(before: set[int]) -> set[int]:
    """Processes that are still there after a moment; Python's own helpers do not count."""
    for _ in range(30):
        new = [child for child in psutil.Process().children() if child.pid not in before]
        left = {child.pid for child in new if not _is_helper(child)}
        if not left:
            break
        await asyncio.sleep(0.1)
    return left


def _is_helper(child: psutil.Process) -> bool:
    try:
        words = " ".join(child.cmdline())
    except psutil.Error:  # it has ended meanwhile
        return True
    return "resource_tracker" in words or "forkserver" in words


EXERCISES = {
    "1": Exercise(
        judge_started,
        "`pool.started` counts. Three tasks one after the other: is the first worker free again?",
        (1, 3),
    ),
    "2": Exercise(
        judge_warm,
        "Make the pool once, outside of the loop, and let `asyncio.gather` send all items to it.",
        warm_all,
    ),
    "3": Exercise(
        judge_kept,
        "`Pool` fails only the task whose worker died; `return_exceptions=True` keeps the rest.",
        keep_answers,
    ),
    "4": Exercise(
        judge_size,
        "The least of two: CPUs rounded up, and how often a worker fits into memory. Then 1 or 0?",
        pool_size,
    ),
}
