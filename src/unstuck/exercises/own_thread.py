"""Call an answer in a thread of its own, so that one that never returns is given up."""

import asyncio
import queue
import threading
import time

from unstuck.exercises.exercise import THREAD
from unstuck.told import told

BUSY = (
    "An earlier answer still runs in a thread, and slows down what is timed here. Restart the "
    "kernel, and check again."
)


class GivenUp(Exception):
    """The answer raised, or did not return in time; the text says which."""


async def call_apart(func, *args, seconds: float) -> object:
    """Return func(*args); GivenUp where it raises, an exit as well, or takes longer than that."""
    box: queue.SimpleQueue = queue.SimpleQueue()
    call = threading.Thread(target=_call, args=(box, func, args), name=THREAD, daemon=True)
    call.start()
    end = time.monotonic() + seconds
    while box.empty():
        if time.monotonic() > end:
            raise GivenUp(
                f"Your function did not end within {seconds:.0f} s. It runs on in a thread, which "
                "cannot be stopped from outside: restart the kernel if it slows you down."
            )
        await asyncio.sleep(0.002)
    call.join(1.0)  # it has nothing left to do, and must not count as still running
    answer, problem = box.get()
    if problem:
        raise GivenUp(problem)
    return answer


def _call(box: queue.SimpleQueue, func, args: tuple) -> None:
    try:
        box.put((func(*args), None))
    except BaseException as error:  # an exit would end the thread without a word
        box.put((None, f"Your function raised {told(error)}"))


def still_running() -> list[threading.Thread]:
    """The threads of earlier checks and answers that have not ended."""
    return [
        each
        for each in threading.enumerate()
        if each.name == THREAD and each is not threading.current_thread()
    ]
