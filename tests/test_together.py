"""Several coroutines at once: all of them or the first, and nothing is left running."""

import asyncio

import pytest

from unstuck.together import first, together


async def later(value: object, seconds: float = 0.01) -> object:
    await asyncio.sleep(seconds)
    if isinstance(value, Exception):
        raise value
    return value


async def left() -> set[asyncio.Task]:
    await asyncio.sleep(0)  # those that were cancelled end
    return asyncio.all_tasks() - {asyncio.current_task()}


def test_all_results_come_in_the_order_of_the_coroutines():
    async def seen():
        return await together(later(1, 0.02), later(2)), await together()

    assert asyncio.run(seen()) == ([1, 2], [])


def test_the_first_error_arrives_as_itself_and_ends_the_others():
    async def seen():
        with pytest.raises(KeyError):
            await together(later(KeyError("x")), later(1, 60))
        return await left()

    assert asyncio.run(seen()) == set()


def test_a_cancelled_wait_ends_all():
    async def seen():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await together(later(1, 60), later(2, 60))
        return await left()

    assert asyncio.run(seen()) == set()


def test_the_first_is_waited_for_and_the_others_are_dropped():
    async def seen():
        return await first(later(1), later(2, 60)), await left()

    assert asyncio.run(seen()) == (True, set())


def test_no_first_within_the_time_is_told():
    async def seen():
        return await first(later(1, 60), seconds=0.01), await left()

    assert asyncio.run(seen()) == (False, set())
