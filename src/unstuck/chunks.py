"""Many small calls in few parcels: `map_in_chunks` sends several items at a time to a worker.

A call to a worker costs the same however small its work is; in a chunk the items share that cost.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from unstuck.values import is_count


async def map_in_chunks(run, func, items: Iterable, chunk: int, at_once: int) -> list:
    """Return func(item) for each item, in order, by a hatch's `run`.

    `chunk` items travel together, and at most `at_once` chunks are under way: items are taken no
    faster than they are done (back-pressure). The first exception ends the rest.
    """
    room, parts = asyncio.Semaphore(at_once), []

    async def part(some: list) -> list:
        try:
            return await run(Each(func), some)
        finally:
            room.release()

    try:
        async with asyncio.TaskGroup() as group:
            for some in chunks(items, chunk):
                await room.acquire()
                parts.append(group.create_task(part(some)))
    except BaseExceptionGroup as errors:  # the first says it all, and arrives as itself
        first = errors.exceptions[0]
        raise first from first.__cause__
    return [answer for done in parts for answer in done.result()]


class Each:
    """What the worker is asked for a chunk; it bears the function's name, as errors tell it."""

    def __init__(self, func: Callable):
        self.func = func
        self.__qualname__ = getattr(func, "__qualname__", repr(func))

    def __call__(self, items: list) -> list:
        return [self.func(item) for item in items]


def chunks(items: Iterable, size: int) -> Iterator[list]:
    """Cut items into lists of `size`; the last may be shorter. ValueError for a wrong size."""
    if not is_count(size):
        raise ValueError(f"chunk must be a whole number of items, 1 or more, not {size!r}")
    some: list = []
    for item in items:
        some.append(item)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some
