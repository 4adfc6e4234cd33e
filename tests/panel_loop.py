"""How a test presses a panel's buttons: in a loop, and never waiting without an end."""

import asyncio
import time


def in_loop(coroutine_function, seconds: float = 100.0) -> None:
    """Run a test's coroutine; it fails after `seconds`."""

    async def bounded():
        async with asyncio.timeout(seconds):
            await coroutine_function()

    asyncio.run(bounded())


async def until(condition, seconds: float = 60.0):
    """Return the first true value of condition(); fail after `seconds`."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{condition} was not met within {seconds:g} s"
        await asyncio.sleep(0.02)
    return value


async def clicked(button) -> None:
    """Click, and let the panel's main loop hear of it."""
    button.click()
    await asyncio.sleep(0.05)
