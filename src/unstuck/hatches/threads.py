"""A thread: the function runs beside the loop, in the same process, under the same GIL.

The loop gets its turn each time the GIL changes hands: after about 5 ms of pure Python code
(sys.getswitchinterval), at once under C code that releases it; without the GIL it needs no turn. A
thread cannot be stopped from outside: a cancelled `run` returns, and the function works on to its
end. `watched.Watched` gives the function a flag to look at.
"""

import asyncio
import sys

from unstuck.interrupts import heard

TWIN = "threads"


def reason_missing() -> str | None:
    """Return None where this Python has threads, else a sentence."""
    if sys.platform == "emscripten":
        return "This runtime has no threads: it is Python inside a browser."
    return None


async def run(func, *args):
    """Call func(*args) in a thread of the loop's default pool; its answer or its exception."""
    with heard():
        return await asyncio.to_thread(func, *args)
