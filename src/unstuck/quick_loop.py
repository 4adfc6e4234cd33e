"""The quickest event loop that is installed: uvloop, or the one of the standard library."""

import asyncio
import importlib.util
from collections.abc import Callable

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def quick_loop(otherwise: LoopFactory | None = None) -> LoopFactory | None:
    """Return what makes uvloop's loop where it is installed, else `otherwise`.

    Both are a `loop_factory` of `asyncio.Runner`, where None is asyncio's own loop.
    """
    if importlib.util.find_spec("uvloop") is None:
        return otherwise
    import uvloop

    return uvloop.new_event_loop
