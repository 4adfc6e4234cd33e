"""What the judge of exercise 7.2 hands in: numbers in shared memory whose readers are slow.

After each read another process has time to read as well, so an update that can get lost does.
"""

import asyncio
import multiprocessing
import pickle
import time

from unstuck import sharing
from unstuck.parcel import pack

_GAP = 0.003  # seconds between a read and its answer
_TOGETHER = 5.0  # seconds in which all processes have to be there
_DEADLINE = 8.0  # seconds for one round


class SlowNumbers:
    """A list of whole numbers in shared memory; reading one takes a moment."""

    def __init__(self, view: memoryview):
        self._view = view

    def __getitem__(self, slot: int) -> int:
        value = self._view[slot]
        time.sleep(_GAP)
        return value

    def __setitem__(self, slot: int, value: int) -> None:
        self._view[slot] = value

    def __len__(self) -> int:
        return len(self._view)


async def total_of(func, times: int, start: int, workers: int = 2) -> int | str:
    """Let processes call func(numbers, lock, times, slot) at once; the sum of all numbers.

    A sentence where one of them fails, or where they do not end.
    """
    context = multiprocessing.get_context("spawn")
    lock, ready, said = context.Lock(), context.Barrier(workers), context.SimpleQueue()
    with sharing.create(8 * workers) as block:
        with block.view() as view, view.cast("q") as numbers:
            numbers[0] = start
        given = (pack(func, ()), (block.name, block.size), times)
        processes = [
            context.Process(target=_add, args=(given, slot, lock, (ready, said)), daemon=True)
            for slot in range(workers)
        ]
        try:
            problem = await _ended(processes)
        finally:
            for process in processes:
                if process.pid is not None:
                    process.kill()
                    process.join()
        if not said.empty():
            return f"Your function raised {said.get()}"
        with block.view() as view, view.cast("q") as numbers:
            return problem or sum(numbers)


async def _ended(processes: list) -> str | None:
    for process in processes:
        process.start()
    end = time.monotonic() + _DEADLINE
    while time.monotonic() < end:
        if not any(process.is_alive() for process in processes):
            return None
        await asyncio.sleep(0.01)
    late = sum(process.is_alive() for process in processes)
    return (
        f"{late} of {len(processes)} processes had not ended after {_DEADLINE:.0f} s, and were "
        "ended. Is the lock given back each time?"
    )


def _add(given: tuple, slot: int, lock, answers: tuple) -> None:
    """In the worker: call the learner's function when all are there."""
    (packed, place, times), (ready, said) = given, answers
    with sharing.attach(*place) as block, block.view() as view, view.cast("q") as numbers:
        ready.wait(_TOGETHER)
        try:
            func, _ = pickle.loads(packed)
            func(SlowNumbers(numbers), lock, times, slot)
        except BaseException as error:  # an exit is a failure as well
            said.put(f"{type(error).__name__}: {error}")
