"""The first pitfall: is a cluster a way out of heavy requests? Light requests tell.

A few clients ask for heavy work again and again, each waiting for its answer. Beside them, light
requests come at a steady rate. How long does a light one wait: at one server, at two clustered
ones, at one that gives the work to a pool, and at a cluster whose servers each have a pool?
"""

import asyncio
import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from unstuck.asking import ask
from unstuck.cluster import Cluster
from unstuck.cluster_traffic import HEAVY, HEAVY_CLIENTS
from unstuck.load import Load, load_apart
from unstuck.machine import find_node
from unstuck.workloads import small

SETUPS = {  # words for people: workers, hatch
    "one server": (1, "inline"),
    "a cluster of 2": (2, "inline"),
    "one server with a pool": (1, "pool"),
    "a cluster of 2, each with a pool": (2, "pool"),
}
_RATE = 40  # light requests a second
_WARM = 4  # heavy requests before the first round: pools start their workers


@dataclass(frozen=True)
class Waits:
    """How long light requests waited in one set-up, beside heavy ones; times in milliseconds.

    `p50_ms` and `p99_ms` are medians of `rounds`, each a (p50, p99); `heavy` counts the heavy
    requests that were answered in all rounds, `lost` the requests that were not.
    """

    setup: str
    runtime: str
    clients: int
    rounds: tuple[tuple[float, float], ...]
    light: int
    heavy: int
    lost: int

    p50_ms = property(lambda self: statistics.median(p50 for p50, _ in self.rounds))
    p99_ms = property(lambda self: statistics.median(p99 for _, p99 in self.rounds))

    def __repr__(self) -> str:
        return (
            f"{self.setup}, {self.runtime}: light requests waited {self.p50_ms:.1f} ms (p50) and "
            f"{self.p99_ms:.1f} ms (p99) beside {self.heavy} heavy ones"
        )


async def light_beside_heavy(
    clients: int = HEAVY_CLIENTS,
    rounds: int = 3,
    seconds: float = 2.0,
    on_progress: Callable[[str], None] = lambda text: None,
) -> list[Waits]:
    """Measure each set-up, in Python and, where it is, in Node.js; about half a minute.

    `clients` ask for heavy work; each round lasts `seconds`. `on_progress` hears what is next.
    """
    if clients not in range(1, 33) or rounds not in range(1, 21):
        raise ValueError(f"1 to 32 clients and 1 to 20 rounds, not {clients} and {rounds}")
    there = await asyncio.to_thread(find_node)
    runtimes = ["python"] if there.path is None else ["python", "node"]
    seen = []
    for runtime in runtimes:
        for setup in SETUPS:
            on_progress(f"{setup}, {runtime}")
            seen.append(await _measured(setup, runtime, clients, (rounds, small(seconds))))
    return seen


async def _measured(setup: str, runtime: str, clients: int, span: tuple[int, float]) -> Waits:
    workers, hatch = SETUPS[setup]
    rounds, seconds = span
    async with Cluster(workers=workers, hatch=hatch, runtime=runtime) as cluster:
        warm = (ask(cluster.url, HEAVY, deadline=30) for _ in range(_WARM * workers))
        await asyncio.gather(*warm)
        loads = [await _round(cluster.url, clients, seconds) for _ in range(rounds)]
    lights = [light for light, _ in loads]
    return Waits(
        setup,
        runtime,
        clients,
        tuple((light.p50 * 1e3, light.p99 * 1e3) for light in lights),
        sum(len(light.latencies) for light in lights),
        sum(len(heavy.latencies) for _, heavy in loads),
        sum(light.failed + heavy.failed for light, heavy in loads),
    )


async def _round(url: str, clients: int, seconds: float) -> tuple[Load, Load]:
    """One round: light requests, each on a connection of its own, while heavy clients ask."""
    heavy = load_apart(url + HEAVY, math.inf, seconds, closed=True, connections=clients)
    light = load_apart(url, _RATE, seconds, keep_alive=False)
    return tuple(await asyncio.gather(light, heavy))
