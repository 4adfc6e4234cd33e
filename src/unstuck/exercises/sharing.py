"""Exercises of notebook 07: the road for a payload, a lost update, and a slow bytearray."""

import inspect

from unstuck.exercises.chosen_roads import judge_chosen
from unstuck.exercises.exercise import Exercise, Result
from unstuck.exercises.same_memory import judge_memory
from unstuck.exercises.shared_numbers import judge_addition


def add_safely(numbers, lock, times, slot):
    """Read, add and write under the lock, so that no other process comes in between."""
    for _ in range(times):
        with lock:
            numbers[0] = numbers[0] + 1


def send_quickly(buffer):
    """A view of the buffer: an interpreter sees the same memory, and nothing is copied."""
    return memoryview(buffer)


async def judge_lost_update(answer) -> Result:
    """Let two processes add to numbers whose readers are slow."""
    if not _is_plain(answer):
        text = "The answer is a plain function of (numbers, lock, times, slot), with no `async`."
        return Result("not yet", text)
    return await judge_addition(answer)


async def judge_bytearray(answer) -> Result:
    """Send what the answer makes of a bytearray to an interpreter, beside the bytearray itself."""
    if not _is_plain(answer):
        return Result("not yet", "The answer is a plain function of a bytearray, with no `async`.")
    return await judge_memory(answer)


def _is_plain(answer: object) -> bool:
    return callable(answer) and not (
        inspect.iscoroutinefunction(answer) or inspect.isasyncgenfunction(answer)
    )


EXERCISES = {
    "1": Exercise(
        judge_chosen,
        "Three questions for each. Is it one piece of memory? Many objects can only be pickled. Is "
        "it so small that each road is a round trip and no more? Then take the plainest. Has it to "
        "be copied for each task, or once before all? A block that is kept open is the cheapest "
        "copy; where the bytes already lie in a shared block, only its name travels.",
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
