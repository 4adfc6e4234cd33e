"""Profile a running function, a server in Python, or one in Node.js: a flame graph of each.

    sample(func, *args)                  a function in this thread
    await profile_server("ticket")       a server in a process of its own, during one request
    await profile_node("ticket")         the same in Node.js

`sample(..., by="pyinstrument")` uses that package where it is installed. The course's own sampler
is the default: it looks from outside, and hardly slows what it looks at; pyinstrument is called at
each call and return, and a generator of small steps then takes several times as long.
"""

import asyncio
import inspect
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from unstuck.asking import ask
from unstuck.children import Child, ChildFailed
from unstuck.flame import ALL, Call, Flame, Place, add_up
from unstuck.flame_cpuprofile import read_cpuprofile
from unstuck.flame_pyinstrument import read_pyinstrument
from unstuck.flame_sampler import EVERY, Sampler, unpacked
from unstuck.node import run_twin
from unstuck.workloads import sized, small

REQUESTS = ("ticket", "customers")
_TURN = "BaseEventLoop._run_once"  # what stands above a turn of the loop tells nothing
_READY = 20.0  # seconds that a server may take to start on a busy machine


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
    return replace(flame, root=_from(flame.root, func.__name__), note="by pyinstrument")


def _from(root: Call, name: str) -> Call:
    """The tree from the first call of that name on; the whole one where there is none."""
    call = root
    while len(call.children) == 1:
        (call,) = call.children.values()
        if call.place.name == name:
            return _rooted(call)
    return root


def _rooted(call: Call) -> Call:
    return add_up(Call(Place(ALL), children={call.place: call}))


@dataclass(frozen=True)
class Profiled:
    """One request to a server: its flame graph, the request's seconds, and a light one's beside it.

    `light` is None where nobody asked.
    """

    flame: Flame
    seconds: float
    light: float | None = None

    def __repr__(self) -> str:
        beside = f", a light request beside it {self.light:.3f} s" if self.light is not None else ""
        return f"The request took {self.seconds:.3f} s{beside}. {self.flame!r}"


async def profile_server(request: str, mended: bool = False, seconds: float = 0.5) -> Profiled:
    """Start a server, send it one heavy request of about `seconds` and a light one, profile both.

    `request` is "ticket" (computes) or "customers" (waits). Raises ChildFailed where it dies.
    """
    path = _path(request, mended, seconds)
    ready = asyncio.get_running_loop().create_future()
    argv = [sys.executable, "-m", "unstuck.flame_server"]
    async with Child(argv, on_line=lambda text: ready.set_result(json.loads(text))) as child:
        url = await _url(child, ready)
        await ask(url, "/profile/start")
        heavy = asyncio.create_task(_timed(url, path))
        await asyncio.sleep(0.02)  # the heavy request is under way
        light = await _timed(url, "/")
        took = await heavy
        parcel = await ask(url, "/profile/stop")
    flame = unpacked(parcel)
    return Profiled(replace(flame, root=_from(flame.root, _TURN)), took, light)


def _path(request: str, mended: bool, seconds: float) -> str:
    if request not in REQUESTS:
        raise ValueError(f"a request is one of {', '.join(REQUESTS)}, not {request!r}")
    if request == "ticket":
        return f"/ticket?number={sized('prime', seconds)[1]}{'&mended=1' * mended}"
    return f"/customers?seconds={small(seconds)}{'&mended=1' * mended}"


async def _url(child: Child, ready: asyncio.Future) -> str:
    ended = asyncio.ensure_future(child.wait(_READY))
    try:
        await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended.cancel()
    if not ready.done():
        raise ChildFailed(f"The server did not start. It said: {child.error_text or 'nothing'}")
    return ready.result()["url"]


async def _timed(url: str, path: str) -> float:
    start = time.perf_counter()
    await ask(url, path, deadline=60)
    return time.perf_counter() - start


async def profile_node(request: str, mended: bool = False, seconds: float = 0.5) -> Profiled:
    """Profile one request to a server in Node.js; the recorded one where Node.js cannot be had."""
    _path(request, mended, seconds)
    run = await run_twin("profile_first", request=request, mended=mended, seconds=seconds)
    asked = (request, mended)
    line = next(each for each in run.lines if (each.get("request"), each.get("mended")) == asked)
    flame = read_cpuprofile(line["profile"])
    note = "recorded" if run.recorded else ""
    return Profiled(replace(flame, computed=line["computed"], note=note), line["took"])
