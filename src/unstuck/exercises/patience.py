"""The learner's coroutine, waited for only so long; what it raises by itself is passed on."""

import asyncio
from collections.abc import Awaitable


class NotEnded(Exception):
    """The learner's code was still under way when its time was over; the text says so."""


async def in_time(work: Awaitable, seconds: float) -> object:
    """Await the learner's work and return its result; NotEnded where it takes longer.

    A TimeoutError that the work raises by itself is no lateness, and arrives as it is.
    """
    try:
        async with asyncio.timeout(seconds) as limit:
            return await work
    except TimeoutError:
        if not limit.expired():
            raise
    raise NotEnded(f"Your code had not ended after {seconds:g} s. Does it wait for something?")
