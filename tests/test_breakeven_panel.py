"""The break-even panel without a browser: it shows its progress, and keeps what it has found."""

import asyncio
import time

from unstuck import labs


def in_loop(coroutine_function):
    """Run a test's coroutine with a deadline."""

    async def bounded():
        async with asyncio.timeout(100):
            await coroutine_function()

    asyncio.run(bounded())


async def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        await asyncio.sleep(0.02)


async def clicked(button):
    button.click()
    await asyncio.sleep(0.05)  # the click is handed to the main loop


def test_a_run_shows_its_progress_and_its_finding():
    async def test():
        panel = labs.breakeven()
        panel.payload.value = 0
        await clicked(panel.run)
        assert panel.run.disabled
        await until(lambda: 0 < panel.progress.value < 1)
        await until(lambda: panel._task is None)
        assert "<img" in panel.chart.value
        assert panel.result.breakeven_ms
        assert panel.status.count("Done") == 1

    in_loop(test)


def test_a_stopped_run_keeps_and_shows_what_it_has_and_the_next_one_works():
    """H09"""

    async def test():
        panel = labs.breakeven()
        panel.payload.value = 0
        await clicked(panel.run)
        await until(lambda: "tasks of" in panel.status)
        await clicked(panel.stop)
        await until(lambda: panel._task is None, 10)
        await until(lambda: "<img" in panel.chart.value)
        assert panel.result.points
        assert not panel.result.complete
        assert "are kept and shown" in panel.status
        await clicked(panel.run)
        assert panel.run.disabled
        await clicked(panel.stop)
        await until(lambda: panel._task is None, 10)

    in_loop(test)


def test_its_repr_is_one_sentence():
    async def test():
        assert repr(labs.breakeven()).endswith("bring it to life.")

    in_loop(test)
