"""The same load in a process of its own, which a blocked loop or a busy GIL of ours cannot delay.

It is `python -m unstuck load`, and what it prints is heard as it comes.
"""

import asyncio
import json

from unstuck.children import Child, ChildFailed, python_argv
from unstuck.load_plan import Plan, target
from unstuck.load_record import Heard
from unstuck.load_result import Load, unpacked

_START = 30.0  # seconds that a Python may take to start, on a busy machine, and to end


async def load_apart(
    url: str, rate: float, seconds: float, on_done: Heard = None, **options
) -> Load:
    """Do what `load` does in a child process, and return the same Load.

    `on_done` hears the same events, and above 200 requests/s a tick each 0.1 s in their place.
    Raises ValueError as `load` does, ChildFailed where the child fails, TimeoutError where it
    does not end. The child ends with us, whatever happens.
    """
    target(url)
    plan = Plan(rate, seconds, **options)
    lines: asyncio.Queue = asyncio.Queue()
    async with Child(_argv(url, plan), on_line=lines.put_nowait) as child:
        ending = asyncio.create_task(child.wait(plan.deadline + _START))
        ending.add_done_callback(lambda task: lines.put_nowait(None))
        try:
            return await _heard(lines, on_done)
        except EOFError:
            await ending  # a TimeoutError says more
            raise ChildFailed(f"The load failed: {child.error_text[-500:]}") from None
        finally:
            ending.cancel()


def _argv(url: str, plan: Plan) -> list[str]:
    words = [f"--rate={plan.rate}", f"--seconds={plan.seconds}", f"--patience={plan.patience}"]
    words += [f"--connections={plan.connections}", "--events", "--json"]
    words += ["--closed"] * plan.closed + ["--new-connections"] * (not plan.keep_alive)
    return python_argv("load", url, *words)


async def _heard(lines: asyncio.Queue, on_done: Heard) -> Load:
    while (line := await lines.get()) is not None:
        event = json.loads(line)
        if event["kind"] == "load":
            return unpacked(event)
        if on_done is not None:
            on_done(event)
    raise EOFError
