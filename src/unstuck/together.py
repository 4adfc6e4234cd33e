"""Wait for several coroutines at once: for all of them, or for the first one.

`asyncio.gather` lets the others run on when one fails, and a TaskGroup wraps the error in a group.
"""

import asyncio
from collections.abc import Awaitable, Coroutine


async def together(*coroutines: Coroutine) -> list:
    """Await all and return their results; the first error ends the others, and arrives as itself.

    A cancellation of the caller ends them all.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in coroutines]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def first(*awaitables: Awaitable, seconds: float | None = None) -> bool:
    """Wait until one of these is done, and drop the others; False where none is after `seconds`.

    Their results are not looked at, and neither are their errors: ask what they waited for.
    """
    tasks = [asyncio.ensure_future(each) for each in awaitables]
    try:
        first_ones = asyncio.FIRST_COMPLETED
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=first_ones)
        return bool(done)
    finally:
        for task in tasks:
            task.cancel()
