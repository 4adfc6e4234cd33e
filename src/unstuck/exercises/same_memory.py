"""Judges exercise 7.3: is what an answer makes of a bytearray its very memory, and made at once?"""

import asyncio
import random
import threading
import time

from unstuck.exercises.exercise import Result
from unstuck.exercises.own_thread import BUSY, GivenUp, call_apart, still_running
from unstuck.glances import glance
from unstuck.hatches import interpreters
from unstuck.interpreter_pool import Interpreters
from unstuck.told import told

_SIZE = 4 * 2**20  # bytes
_DEADLINE = 4.0  # seconds for all calls of the answer
_ENOUGH = 1.0  # seconds after which it is not called again
_PASSAGES = 5.0  # seconds for the passages
_SLOW = 0.05  # seconds that no view takes, on no machine
_LATER = 1.0  # seconds in which a thread of the answer may still end


async def judge_memory(answer) -> Result:
    """Call the answer, look at what it hands over, and time it beside the bytearray."""
    buffer = bytearray(random.randbytes(_SIZE))
    kept, before = bytes(buffer), set(threading.enumerate())
    try:
        sent, seconds = await call_apart(_called, answer, buffer, seconds=_DEADLINE)
    except GivenUp as error:
        return Result("not yet", str(error))
    if problem := _problem(sent, buffer, kept):
        return Result("not yet", problem)
    if await _threads_since(before):
        text = "A thread that began during your function still runs: does it write into the buffer?"
        return Result("cannot tell here", text)
    result = await _timed(sent, buffer, seconds)
    return result if buffer == kept else Result("not yet", _CHANGED)


def _called(answer, buffer: bytearray) -> tuple:
    """In a thread: the last of up to five answers, and the seconds that the quickest took."""
    begin, seconds = time.perf_counter(), float("inf")
    for _ in range(5):
        start = time.perf_counter()
        sent = answer(buffer)
        seconds = min(seconds, time.perf_counter() - start)
        if time.perf_counter() - begin > _ENOUGH:
            break
    return sent, seconds


_CHANGED = "Your function changed the buffer, which is its owner's."


def _problem(sent: object, buffer: bytearray, kept: bytes) -> str | None:
    """Say why this is not the buffer's memory in another form; None where it is."""
    if isinstance(sent, bytearray):
        return "That is a bytearray again: it will be pickled."
    if not isinstance(sent, bytes | memoryview):
        return f"Hand over bytes or a memoryview: a {type(sent).__name__:.80} would be pickled."
    if buffer != kept:
        return _CHANGED
    try:
        view = memoryview(sent).cast("B")
    except (TypeError, ValueError):  # released, or with gaps
        return "What you hand over cannot be read as one piece."
    if view != kept:
        return "What you hand over has other bytes than the buffer."
    if not _shows_writes(view, buffer):
        return (
            "That is a copy: what is written into the buffer afterwards does not show in it. "
            "What needs no copy?"
        )
    return None


def _shows_writes(view: memoryview, buffer: bytearray) -> bool:
    """Write a byte into the buffer, look for it in the view, and write the old one back."""
    place = random.randrange(len(buffer))
    buffer[place] ^= 255
    shown = view[place] == buffer[place]
    buffer[place] ^= 255
    return shown


async def _threads_since(before: set) -> set:
    """The threads that began since and do not end; a thread may change the buffer later."""
    end = time.monotonic() + _LATER
    while True:
        left = set(threading.enumerate()) - before
        if not left or time.monotonic() > end:
            return left
        await asyncio.sleep(0.02)


async def _timed(sent: object, buffer: bytearray, seconds: float) -> Result:
    """Judge the time of the answer and its passage; a copy has been told by now."""
    if seconds > _SLOW:
        text = f"Your function alone took {seconds * 1e3:.0f} ms, and a view takes none"
        return Result("not yet", f"It is the buffer's own memory, but slow: {text}.")
    if reason := interpreters.reason_missing():
        return Result("cannot tell here", f"It is the buffer's own memory, as wanted. {reason}")
    if still_running():
        return Result("cannot tell here", BUSY)
    try:
        mine, other = await _passages(sent, buffer, seconds)
    except Exception as error:  # no code of the learner runs here
        text = f"It is the buffer's own memory, but it was not sent: {told(error)}"
        return Result("cannot tell here", text)
    text = f"Yours took {mine * 1e3:.2f} ms with `send` itself, the bytearray {other * 1e3:.2f} ms"
    if 2 * mine <= other:
        return Result("right", f"{text}.")
    if 2 * seconds > other:
        return Result("not yet", f"{text}: your function alone took {seconds * 1e3:.2f} ms.")
    return Result("cannot tell here", f"{text}: no copy was made, but the machine is busy.")


async def _passages(sent: object, buffer: bytearray, seconds: float) -> tuple[float, float]:
    """Seconds of the quickest passages: of the answer, made in `seconds`, and of the buffer."""
    workers = Interpreters(1)
    try:
        async with asyncio.timeout(_PASSAGES):
            mine, other = await _in_turn(workers, (sent, buffer))
        return seconds + mine, other
    finally:
        await asyncio.to_thread(workers.close)


async def _in_turn(workers: Interpreters, values: tuple) -> list[float]:
    """The quickest passage of each value, in seconds; more turns while the times are close."""
    best, end = [float("inf")] * len(values), time.monotonic() + _PASSAGES / 2
    for turn in range(40):
        for place, value in enumerate(values):
            start = time.perf_counter()
            await workers.run(glance, value)
            best[place] = min(best[place], time.perf_counter() - start)
        if turn > 4 and (3 * best[0] < best[1] or time.monotonic() > end):
            break
    return best
