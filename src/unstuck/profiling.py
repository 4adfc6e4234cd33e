"""Profile a running function, a server in Python, or one in Node.js: a flame graph of each.

    sample(func, *args)                  a function in this thread
    await profile_server("ticket")       a server in a process of its own, during one request
    await profile_node("ticket")         the same in Node.js

`sample(..., by="pyinstrument")` uses that package where it is installed. The course's own sampler
is the default: it looks from outside, and hardly slows what it looks at; pyinstrument is called at
each call and return, and a generator of small steps then takes several times as long.
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import replace

from unstuck.flame import Flame
from unstuck.flame_calls import from_named
from unstuck.flame_pyinstrument import read_pyinstrument
from unstuck.flame_requests import REQUESTS, Profiled, profile_node, profile_server
from unstuck.flame_sampler import EVERY, Sampler

__all__ = ["REQUESTS", "Profiled", "profile_node", "profile_server", "sample"]


def sample(func: Callable, *args, every: float = EVERY, by: str = "thread") -> Flame:
    """Call func(*args) in this thread and return the flame graph of it; its answer is not kept.

    Looks every `every` seconds, by a "thread" of its own or by "pyinstrument". An error of `func`
    arrives as itself.
    """
    if by == "pyinstrument":
        return _by_pyinstrument(func, args, every)
    if by != "thread":
        raise ValueError(f"a profile is made by 'thread' or by 'pyinstrument', not by {by!r}")
    with Sampler(every=every, below=inspect.currentframe()) as sampler:
        func(*args)
    return sampler.flame()


def _by_pyinstrument(func: Callable, args: tuple, every: float) -> Flame:
    try:
        from pyinstrument import Profiler
    except ImportError as error:
        raise ValueError(f"pyinstrument is not installed ({error}): leave out `by`") from error
    profiler = Profiler(interval=every, async_mode="disabled")
    with profiler:
        func(*args)
    session = json.loads(json.dumps(profiler.last_session.to_json()))  # as it stands in its file
    flame = read_pyinstrument(session)
    return replace(flame, root=from_named(flame.root, func.__name__), note="by pyinstrument")
