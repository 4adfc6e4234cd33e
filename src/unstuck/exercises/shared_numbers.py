"""Judges exercise 7.2: two processes add to shared numbers at once, and each is watched."""

import asyncio
import contextlib
import multiprocessing
import random
import time

from unstuck import sharing
from unstuck.exercises.adder import DIED, Adder
from unstuck.exercises.exercise import Result
from unstuck.exercises.lost_sum import verdict
from unstuck.exercises.watched_numbers import RAISED, RETURNED, Tally
from unstuck.parcel import CannotTravel, pack

_PROCESSES = 2
_START = 8.0  # seconds in which the processes have to be there
_DEADLINE = 5.0  # seconds for the answer; a right one needs a quarter of a second


async def judge_addition(answer) -> Result:
    """Let two processes call the answer, with numbers that it cannot know."""
    times = random.randrange(12, 30)
    starts = [random.randrange(100, 10_000) for _ in range(_PROCESSES)]
    try:
        packed = pack(answer, ())
    except CannotTravel as error:
        return Result("not yet", str(error))
    try:
        with sharing.create(8 * _PROCESSES) as block:
            with block.view() as view, view.cast("q") as numbers:
                for place, start in enumerate(starts):
                    numbers[place] = start
            said = await _together((packed, (block.name, block.size), times))
            if isinstance(said, Result):
                return said
            with block.view() as view, view.cast("q") as numbers:
                total = sum(numbers)
    except (OSError, MemoryError) as error:
        return Result("cannot tell here", f"No processes with shared memory: {error}")
    return verdict(said, times, sum(starts), total)


async def _together(given: tuple) -> list[Tally] | Result:
    """What each process did, or why that cannot be said; no process is left."""
    context = multiprocessing.get_context("spawn")
    lock = context.Lock()
    with contextlib.ExitStack() as ends:
        adders = [Adder(context, (*given, slot, lock)) for slot in range(_PROCESSES)]
        for adder in adders:
            ends.callback(adder.end)
            adder.start()
        if problem := _not_there(await _heard(adders, _START)):
            return Result("cannot tell here", problem)
        for adder in adders:
            adder.begin()
        said = await _heard(adders, _DEADLINE)
    return _problem(said) or [tally for _, tally in said]


async def _heard(adders: list[Adder], seconds: float) -> list[tuple]:
    """The next word of each process; fewer where one fails, or where the time is over."""
    said: dict[Adder, tuple] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end and len(said) < len(adders):
        await asyncio.sleep(0.01)
        for adder in set(adders) - set(said):
            if message := adder.heard():
                said[adder] = message
        if any(_has_failed(*each) for each in said.values()):
            break
    return [said[adder] for adder in adders if adder in said]


def _has_failed(word: str, value: object) -> bool:
    return word in (RAISED, DIED) or (word == RETURNED and value.kept)


def _not_there(said: list[tuple]) -> str | None:
    for word, value in said:
        if word == DIED:
            return (
                f"A process {value[1]} at its start. In a script, check under "
                "\"if __name__ == '__main__':\"."
            )
    if len(said) < _PROCESSES:
        return f"The processes were not there after {_START:.0f} s: the machine is busy."
    return None


def _problem(said: list[tuple]) -> Result | None:
    """Say why the answer did not come to its end in all processes; None where it did."""
    for word, value in said:
        if word == RAISED:
            return Result("not yet", f"Your function raised {value}")
        if word == DIED:
            # A signal may come from your function, or from a system that is short of memory.
            outcome = "not yet" if value[0] >= 0 else "cannot tell here"
            return Result(outcome, f"A process {value[1]} before your function had returned.")
        if value.kept:
            return Result(
                "not yet", "A process returned and still holds the lock. Is the lock given back?"
            )
    if late := _PROCESSES - len(said):
        return Result(
            "not yet",
            f"{late} of {_PROCESSES} processes had not ended after {_DEADLINE:.0f} s, and were "
            "ended. Is the lock given back each time?",
        )
    return None
