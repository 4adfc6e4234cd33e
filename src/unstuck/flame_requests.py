"""Profile one request to a server: in Python, in a process of its own, and in Node.js."""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, replace

from unstuck.asking import ask
from unstuck.children import Child, ChildFailed
from unstuck.flame import Flame
from unstuck.flame_calls import from_named
from unstuck.flame_cpuprofile import read_cpuprofile
from unstuck.flame_sampler import unpacked
from unstuck.node import run_twin
from unstuck.together import first
from unstuck.workloads import check_seconds, exactly, sized_exactly

REQUESTS = ("ticket", "customers")
_TURN = "BaseEventLoop._run_once"  # what stands above a turn of the loop tells nothing
_READY = 20.0  # seconds that a server may take to start on a busy machine


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

    `request` is "ticket" (computes) or "customers" (waits). The request is as long in a small run
    (UNSTUCK_SMALL=1): ten looks tell no profile. Raises ChildFailed where the server dies.
    """
    path = _path(request, mended, seconds)
    ready = asyncio.get_running_loop().create_future()
    argv = [sys.executable, "-m", "unstuck.flame_server"]
    async with Child(argv, on_line=lambda text: ready.done() or ready.set_result(text)) as child:
        url = await _url(child, ready)
        await ask(url, "/profile/start")
        took, light = await asyncio.gather(_timed(url, path), _timed(url, "/", after=0.02))
        parcel = await ask(url, "/profile/stop")
    flame = unpacked(parcel)
    return Profiled(replace(flame, root=from_named(flame.root, _TURN)), took, light)


def _path(request: str, mended: bool, seconds: float) -> str:
    if request not in REQUESTS:
        raise ValueError(f"a request is one of {', '.join(REQUESTS)}, not {request!r}")
    if request == "ticket":
        return f"/ticket?number={sized_exactly('prime', seconds)[1]}{'&mended=1' * mended}"
    return f"/customers?seconds={check_seconds(seconds)}{'&mended=1' * mended}"


async def _url(child: Child, ready: asyncio.Future) -> str:
    await first(asyncio.shield(ready), child.wait(_READY))
    if not ready.done():
        raise ChildFailed(f"The server did not start. It said: {child.error_text or 'nothing'}")
    return json.loads(ready.result())["url"]


async def _timed(url: str, path: str, after: float = 0.0) -> float:
    """Seconds of one request, which is sent `after` seconds: another one is under way by then."""
    await asyncio.sleep(after)
    start = time.perf_counter()
    await ask(url, path, deadline=60)
    return time.perf_counter() - start


async def profile_node(request: str, mended: bool = False, seconds: float = 0.5) -> Profiled:
    """Profile one request to a server in Node.js; the recorded one where Node.js cannot be had."""
    _path(request, mended, seconds)
    run = await run_twin("profile_first", request=request, mended=mended, seconds=exactly(seconds))
    asked = (request, mended)
    line = next(each for each in run.lines if (each.get("request"), each.get("mended")) == asked)
    flame = read_cpuprofile(line["profile"])
    note = "recorded" if run.recorded else ""
    return Profiled(replace(flame, computed=line["computed"], note=note), line["took"])
