"""Is the simulation true? A real cluster is asked, and the simulation gets the same requests.

Light requests come at a steady rate, beside them heavy ones at random moments that each block a
worker for a known time. When each came is noted, and replayed: the simulated light requests must
wait about as long as the measured ones did. Heavy work sleeps in the worker's loop, so that it
blocks without needing a CPU: four workers can be checked on two CPUs.

Of the spreads, "shared" is only near to one queue: with four workers the real one waits longer than
one queue would. A worker may accept several connections at once, and a light request then be
behind a heavy one while another worker is free; this was not looked into further.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unstuck.asking import ask
from unstuck.cluster import Cluster
from unstuck.lag import percentile
from unstuck.load import Load, load_apart
from unstuck.queueing import queue_up
from unstuck.workloads import small

SPREADS = {"handout": "in turn", "shared": "one queue", "reuseport": "at random"}
_HEAVY = 0.05  # seconds that a heavy request blocks its worker
_SHARE = 0.4  # of the workers' time goes to heavy requests
_RATE = 50  # light requests a second
_NOISE = 0.02  # seconds that nothing in the calm may take
_WAY = 0.15  # of the workers' time at most: that light requests take is mostly their way
_FEW = 20  # heavy requests, below which a p99 is chance
_NEAR, _GRAIN = 0.25, 5.0  # agreement: within 25 % and 5 ms
_DRAWS = 20  # replays of a choice that is random


@dataclass(frozen=True, repr=False)
class Checked:
    """Light requests of one set-up, measured and simulated: (mean, p99) in milliseconds.

    `calm_ms` is the median answer without heavy requests; `why_not` says why nothing can be told.
    """

    workers: int
    spread: str
    measured: tuple[float, float]
    simulated: tuple[float, float]
    calm_ms: float
    light: int
    heavy: int
    why_not: str = ""

    @property
    def verdict(self) -> str:
        """Agrees, differs or cannot tell here, in words."""
        if self.why_not:
            return f"cannot tell here: {self.why_not}"
        pairs = zip(self.measured, self.simulated, strict=True)
        near = all(abs(one - two) <= _NEAR * max(one, two) + _GRAIN for one, two in pairs)
        return "the simulation agrees" if near else "the simulation differs"

    def __repr__(self) -> str:
        words = " and ".join(
            f"{mean:.1f} ms (mean), {p99:.1f} ms (p99) {kind}"
            for kind, (mean, p99) in (("measured", self.measured), ("simulated", self.simulated))
        )
        workers = f"{self.workers} worker{'s' * (self.workers > 1)}, {self.spread}"
        return f"{workers}: light requests took {words}; {self.verdict}"


async def check_queueing(
    workers: Sequence[int] = (1, 2, 4),
    spreads: Sequence[str] = ("handout", "shared"),
    seconds: float = 8.0,
    on_progress: Callable[[str], None] = lambda text: None,
) -> list[Checked]:
    """Check the simulation against clusters of so many workers; about a minute.

    Each is asked for `seconds`. ValueError for a spread that is none of `SPREADS`, and for what
    no Cluster can be.
    """
    if unknown := set(spreads) - set(SPREADS):
        raise ValueError(f"spread must be one of {', '.join(SPREADS)}, not {unknown.pop()!r}")
    found = []
    for spread in spreads:
        for count in workers:
            on_progress(f"{count} workers, {spread}")
            found.append(await _check(count, spread, small(seconds)))
    return found


async def _check(workers: int, spread: str, seconds: float) -> Checked:
    async with Cluster(workers=workers, spread=spread) as cluster:
        await asyncio.gather(*(ask(cluster.url) for _ in range(4 * workers)))
        calm = await load_apart(cluster.url, _RATE, seconds / 4, keep_alive=False)
        light, heavy = await _mixed(cluster.url, workers, seconds)
    waits = _replayed(light, heavy, calm.p50, (workers, SPREADS[spread]))
    return Checked(
        workers,
        spread,
        _mean_and_p99(light.latencies),
        _mean_and_p99(waits),
        calm.p50 * 1e3,
        len(light.latencies),
        len(heavy),
        _noise(calm, light, [took for _, took in heavy], workers),
    )


async def _mixed(url: str, workers: int, seconds: float) -> tuple[Load, list[tuple]]:
    """The light Load, and (moment, seconds of work) of each heavy request beside it."""
    begun = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        light = group.create_task(
            load_apart(url, _RATE, seconds, lambda event: begun.set(), keep_alive=False)
        )
        await begun.wait()
        heavy = []
        for moment in _moments(_SHARE * workers / _HEAVY, seconds):
            heavy.append(group.create_task(_ask_heavy(url, moment)))
    return light.result(), sorted(task.result() for task in heavy)


def _moments(rate: float, seconds: float) -> list[float]:
    """Random moments within the next `seconds`, as many as the rate asks for."""
    chance = random.Random(1)
    return [chance.uniform(0, seconds) for _ in range(max(1, round(rate * seconds)))]


async def _ask_heavy(url: str, delay: float) -> tuple[float, float]:
    await asyncio.sleep(delay)
    moment = time.time()
    answer = await ask(url, f"/block?work=wait&seconds={_HEAVY}", deadline=60)
    return moment, answer["seconds"]


def _replayed(light: Load, heavy: list[tuple], calm: float, how: tuple[int, str]) -> list[float]:
    """How long the same light requests take in the simulation, in seconds."""
    requests = sorted(
        [(moment, calm, True) for moment in light.sent_at]
        + [(moment, calm + took, False) for moment, took in heavy]
    )
    arrivals, services, are_light = zip(*requests, strict=True)
    seeds = range(_DRAWS if how[1] == "at random" else 1)
    runs = [queue_up(arrivals, services, *how, seed) for seed in seeds]
    return [
        wait + calm for run in runs for wait, light in zip(run, are_light, strict=True) if light
    ]


def _mean_and_p99(seconds: Sequence[float]) -> tuple[float, float]:
    return 1e3 * sum(seconds) / max(1, len(seconds)), 1e3 * percentile(seconds, 99)


def _noise(calm: Load, light: Load, took: list[float], workers: int) -> str:
    """Say what makes this measurement worth nothing; "" where it is good."""
    if calm.failed or light.failed:
        return f"{calm.failed + light.failed} light requests got no answer"
    if len(took) < _FEW:
        return f"{len(took)} heavy requests are too few"
    if percentile(calm.latencies, 95) > _NOISE:
        return f"without heavy requests 5 % took over {_NOISE * 1e3:.0f} ms: others use the machine"
    if _RATE * calm.p50 > _WAY * workers:
        return f"a light request alone took {calm.p50 * 1e3:.1f} ms: others use the machine"
    if percentile(took, 95) > _HEAVY + _NOISE:
        return f"work of {_HEAVY * 1e3:.0f} ms took up to {max(took) * 1e3:.0f} ms"
    if light.late * _RATE > len(light.latencies) / 100:  # that alone would be seen in the p99
        return f"the clients themselves were {light.late * 1e3:.0f} ms late"
    return ""
