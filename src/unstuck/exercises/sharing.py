"""Exercises of notebook 07: the road for a payload, a lost update, and a slow bytearray."""

import asyncio
import inspect
import time

from unstuck.exercises.exercise import Exercise, Result
from unstuck.exercises.shared_numbers import total_of
from unstuck.glances import glance
from unstuck.hatches import interpreters
from unstuck.interpreter_pool import Interpreters
from unstuck.parcel import CannotTravel
from unstuck.roads import Roads

ROADS = ("process, pickle", "process, reused block", "process, shared block")
_MIB = 2**20
CASES = {  # what is sent: (shape, bytes, the roads that can be taken)
    "two bytes": ("bytes", 2, ROADS[:2]),
    "4 MiB, new for each task": ("bytes", 4 * _MIB, ROADS[:2]),
    "4 MiB, the same for all tasks": ("bytes", 4 * _MIB, ROADS),
    "a list of 100,000 ints": ("list", 800_000, ROADS[:1]),
}
_NOISE = 1.5  # two roads within this factor, or within 0.3 ms, cost the same
_WHY_NOT = {
    "list": "a list is many objects and no buffer: it can only be pickled",
    "bytes": "what is new for each task must first be written into the block",
}


async def judge_roads(answer) -> Result:
    """Measure each case along each road that can be taken, twice."""
    if not isinstance(answer, dict) or set(answer) != set(CASES):
        return Result("not yet", f"The answer is a dict with the keys {', '.join(CASES)}.")
    if wrong := [road for road in answer.values() if road not in ROADS]:
        return Result("not yet", f"{wrong[0]!r} is no road here; they are {', '.join(ROADS)}.")
    async with Roads() as roads:
        for case, (shape, _, possible) in CASES.items():
            if answer[case] not in possible:
                return Result("not yet", f"{case}: {_WHY_NOT[shape]}.")
            verdicts = [await _dearer(roads, case, answer[case]) for _ in range(2)]
            if (verdicts[0] is None) != (verdicts[1] is None):
                return Result("cannot tell here", f"{case}: two tries differ, the machine is busy.")
            if verdicts[0]:
                return Result("not yet", f"{case}: {verdicts[0]}.")
    return Result("right", "Two measurements of each payload agree with you.")


async def _dearer(roads: Roads, case: str, chosen: str) -> str | None:
    """Say how much dearer the chosen road was than the best one; None where it was not."""
    shape, size, possible = CASES[case]
    seen = await roads.measure(shape, size, rounds=5)
    times = {each.road: each.seconds for each in seen if each.road in possible}
    best = min(times, key=times.get)
    if times[chosen] <= max(_NOISE * times[best], times[best] + 3e-4):
        return None
    took, least = times[chosen] * 1e3, times[best] * 1e3
    return f"{chosen} took {took:.2f} ms, and another road {least:.2f} ms"


def _is_plain(answer: object) -> bool:
    return callable(answer) and not inspect.iscoroutinefunction(answer)


def add_safely(numbers, lock, times, slot):
    """Read, add and write under the lock, so that no other process comes in between."""
    for _ in range(times):
        with lock:
            numbers[0] = numbers[0] + 1


async def judge_lost_update(answer) -> Result:
    """Let two processes add to numbers whose readers are slow."""
    if not _is_plain(answer):
        return Result("not yet", "The answer is a plain function of (numbers, lock, times, slot).")
    for times, start in ((15, 0), (40, 1000)):
        try:
            total = await total_of(answer, times, start)
        except CannotTravel as error:
            return Result("not yet", str(error))
        if isinstance(total, str):
            return Result("not yet", total)
        if (lost := start + 2 * times - total) != 0:
            wrong = f"{lost} are missing" if lost > 0 else f"{-lost} are too many"
            text = f"Two processes added 1 {times} times each to {start}: the sum is {total}"
            return Result("not yet", f"{text}, so {wrong}.")
    return Result("right", "No update was lost, though both processes were there at once.")


def send_quickly(buffer):
    """A view of the buffer: an interpreter sees the same memory, and nothing is copied."""
    return memoryview(buffer)


async def judge_bytearray(answer) -> Result:
    """Send what the answer makes of a bytearray to an interpreter, beside the bytearray itself."""
    if not _is_plain(answer):
        return Result("not yet", "The answer is a plain function of a bytearray.")
    buffer = bytearray(range(256)) * (16 * 1024)
    sent = answer(buffer)
    if isinstance(sent, bytearray):
        return Result("not yet", "That is a bytearray again: it will be pickled.")
    try:
        whole = bytes(sent) == bytes(buffer)
    except TypeError:
        whole = False
    if not whole:
        return Result("not yet", "What you hand over has other bytes than the buffer.")
    if reason := interpreters.reason_missing():
        return Result("cannot tell here", f"Its bytes are right. {reason}")
    return await _beside_bytearray(sent, buffer)


async def _beside_bytearray(sent: object, buffer: bytearray) -> Result:
    workers = Interpreters(1)
    try:
        mine, other = await _times(workers, sent, buffer)
    finally:
        await asyncio.to_thread(workers.close)
    text = f"Yours took {mine * 1e3:.2f} ms, the bytearray {other * 1e3:.2f} ms"
    if mine * 2 > other:
        return Result("not yet", f"{text}: that is no great gain. What crosses unpickled?")
    return Result("right", f"{text}.")


async def _times(workers: Interpreters, *values) -> list[float]:
    """The quickest of five passages of each value, in turn, in seconds."""
    best = [float("inf")] * len(values)
    for _ in range(6):
        for place, value in enumerate(values):
            start = time.perf_counter()
            await workers.run(glance, value)
            best[place] = min(best[place], time.perf_counter() - start)
    return best


EXERCISES = {
    "1": Exercise(
        judge_roads,
        "Which roads copy, how often, and what has to be a buffer? Look at the chart's flat lines.",
        {
            "two bytes": "process, pickle",
            "4 MiB, new for each task": "process, reused block",
            "4 MiB, the same for all tasks": "process, shared block",
            "a list of 100,000 ints": "process, pickle",
        },
    ),
    "2": Exercise(
        judge_lost_update,
        "Put the read and the write of each addition under `with lock:`, or use `numbers[slot]`.",
        add_safely,
    ),
    "3": Exercise(
        judge_bytearray,
        "A memoryview of a buffer costs nothing to make. What does an interpreter do with it?",
        send_quickly,
    ),
}
