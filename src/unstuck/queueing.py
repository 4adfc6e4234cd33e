"""Queues on paper and by simulation: how long does a request wait for a worker?

simulate(Setup(workers=10_000, utilisation=0.9, dispatch="at random"))

The simulation takes requests one by one in the order of their arrival, and computes when a worker
begins with each; five ways to choose the worker. The formulas are those of the textbooks, to check
the simulation where they exist. All times are in seconds.
"""

import bisect
import heapq
import math
import random
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, cycle, islice

from unstuck.lag import percentile

ARRIVALS = ("poisson", "regular")
SERVICES = ("exponential", "fixed", "mixed")
DISPATCHES = ("one queue", "least busy", "two random", "in turn", "at random")
MOST_WORKERS, MOST_REQUESTS = 10_000, 1_000_000
_LEAST = 1e-6  # utilisation, and seconds of a request
_BLIND = ("in turn", "at random")  # they do not look at the workers
_FEWEST = 50_000  # requests in a run


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_load(utilisation: float, workers: int = 1, seconds: float = 1.0) -> None:
    """Raise ValueError, with a sentence, for a queue that no formula and no run can describe."""
    if not (_number(utilisation) and utilisation >= _LEAST):
        raise ValueError(f"utilisation is a share above 0 and below 1, not {utilisation!r}")
    if utilisation >= 1:
        raise ValueError(
            f"at a utilisation of {utilisation:g} the queue would grow for ever: below 1, please"
        )
    if type(workers) is not int or not 1 <= workers <= MOST_WORKERS:
        raise ValueError(f"workers: a whole number from 1 to {MOST_WORKERS}, not {workers!r}")
    if not (_number(seconds) and _LEAST <= seconds <= 3600):
        raise ValueError(f"a request takes from 1e-6 to 3600 seconds, not {seconds!r}")


@dataclass(frozen=True)
class Setup:
    """Who works, how much is asked, and who chooses the worker.

    `utilisation` is the share of the workers' time that the requests need. `seconds` is the mean
    time of a request; where they are "mixed", the time of a light one, and of `heavy_share` of
    them `heavy_times` as long. `service`, `arrivals`, `dispatch`: see the tuples of this module.
    """

    workers: int = 1
    utilisation: float = 0.8
    seconds: float = 0.01
    service: str = "exponential"
    arrivals: str = "poisson"
    dispatch: str = "one queue"
    heavy_share: float = 0.02
    heavy_times: float = 50.0

    def __post_init__(self):
        check_load(self.utilisation, self.workers, self.seconds)
        names = {"service": SERVICES, "arrivals": ARRIVALS, "dispatch": DISPATCHES}
        for name, allowed in names.items():
            if getattr(self, name) not in allowed:
                told = f"{', '.join(allowed)}, not {getattr(self, name)!r}"
                raise ValueError(f"{name} must be one of {told}")
        if not (_number(self.heavy_share) and 0 <= self.heavy_share <= 1):
            raise ValueError(f"heavy_share is from 0 to 1, not {self.heavy_share!r}")
        if not (_number(self.heavy_times) and 1 <= self.heavy_times <= 10_000):
            raise ValueError(f"heavy_times is from 1 to 10000, not {self.heavy_times!r}")

    @property
    def mean(self) -> float:
        """The mean time of a request in seconds."""
        if self.service != "mixed":
            return self.seconds
        return self.seconds * (1 + self.heavy_share * (self.heavy_times - 1))

    @property
    def square(self) -> float:
        """The mean of the squared times: the more uneven they are, the longer all wait."""
        if self.service == "mixed":
            return self.seconds**2 * (1 + self.heavy_share * (self.heavy_times**2 - 1))
        return self.seconds**2 * (2 if self.service == "exponential" else 1)

    @property
    def rate(self) -> float:
        """Requests a second, for all workers together."""
        return self.utilisation * self.workers / self.mean


@dataclass(frozen=True, repr=False)
class Queued:
    """What became of the requests: arrival, wait and service of each in seconds, warm-up left out.

    `utilisation` is the share of the time that the workers really worked. Where `settled` is False
    the run was too short for its utilisation: in the long run requests wait longer.
    """

    setup: Setup
    arrivals: array
    waits: array
    services: array
    utilisation: float
    settled: bool = True

    ordered = cached_property(lambda self: sorted(self.waits))
    p50 = property(lambda self: percentile(self.ordered, 50))
    p99 = property(lambda self: percentile(self.ordered, 99))
    mean = property(lambda self: math.fsum(self.waits) / max(1, len(self.waits)))

    def over_time(self, width: float = 0.25, share: float = 99) -> list[tuple[float, float]]:
        """A percentile of the waits of each `width` seconds of arrivals: (their middle, wait)."""
        slots: dict[int, list[float]] = {}
        for arrival, wait in zip(self.arrivals, self.waits, strict=True):
            slots.setdefault(math.floor(arrival / width), []).append(wait)
        return [((at + 0.5) * width, percentile(slots[at], share)) for at in sorted(slots)]

    def __repr__(self) -> str:
        return (
            f"{counted(self.setup.workers)}, {self.setup.dispatch}, {self.utilisation:.0%} busy: "
            f"{len(self.waits):,} requests waited {in_ms(self.mean)} in the mean, "
            f"{in_ms(self.p50)} (p50) and {in_ms(self.p99)} (p99)"
            f"{'' if self.settled else '; the run was too short to settle'}"
        )


def counted(workers: int) -> str:
    """Return a number of workers in words."""
    return f"{workers:,} worker{'s' * (workers > 1)}"


def in_ms(seconds: float) -> str:
    """Return a time in milliseconds, in words, with about three digits."""
    return f"{1e3 * seconds:,.0f} ms" if seconds >= 0.1 else f"{1e3 * seconds:.3g} ms"


def simulate(setup: Setup, requests: int | None = None, seed: int = 1) -> Queued:
    """Run a queue until it has settled, and return what came after; the same for the same seed.

    At most a million `requests`; without a number, as many as are `enough`. Close to full more may
    be needed: then `settled` is False, and the waits are too short.
    """
    requests = min(MOST_REQUESTS, enough(setup)) if requests is None else requests
    if type(requests) is not int or not 100 <= requests <= MOST_REQUESTS:
        raise ValueError(f"requests: from 100 to {MOST_REQUESTS}, not {requests!r}")
    chance, watched = random.Random(seed), _watched(setup, requests)
    arrivals = _arrivals(setup, requests, watched, chance)
    services = _services(setup, requests, chance)
    warm = int(min(requests / 2, max(requests / 10, _filling(setup, watched) / 2)))
    return _queued(setup, watched, (arrivals, services), warm, seed)


def enough(setup: Setup) -> int:
    """Return how many requests a queue needs to settle, 50,000 or more; maybe above a million."""
    filling = 0.0 if setup.dispatch in _BLIND else _filling(setup, setup.workers)
    return int(max(_FEWEST, _settling(setup), filling))


def _filling(setup: Setup, workers: int) -> float:
    """Requests until empty workers have as much to do as they will have, and as many again."""
    each = 10 / (1 - setup.utilisation) if setup.dispatch == "two random" else 10
    return each * workers


def _settling(setup: Setup) -> float:
    """Requests that one queue needs to forget its start, and to be seen for a while.

    M/M/1 forgets in about 4 / (1 - utilisation)**2 services; with uneven ones it takes longer.
    """
    uneven = max(1.0, setup.square / (2 * setup.mean**2))
    return 100 * uneven / (1 - setup.utilisation) ** 2


def _watched(setup: Setup, requests: int) -> int:
    """How many of the workers are simulated.

    A worker that is chosen blindly does not feel the others: a few of them, watched for longer,
    tell of all. Ten thousand would need far more requests until their queues have settled.
    """
    if setup.dispatch not in _BLIND:
        return setup.workers
    return min(setup.workers, max(1, int(requests / _settling(setup))))


def _arrivals(setup: Setup, requests: int, watched: int, chance: random.Random) -> array:
    """Moments of arrival at the watched workers; others may come between, for the rest."""
    gap, every = 1 / setup.rate, range(requests)
    if watched == setup.workers:
        gaps = (_gap(setup, chance, gap) for _ in every)
    elif setup.dispatch == "in turn":  # the others have their turn before the first one's next
        shapes = islice(cycle([setup.workers - watched + 1] + [1] * (watched - 1)), requests)
        gaps = (_gap(setup, chance, gap, shape) for shape in shapes)
    else:  # each request comes to a watched one by chance
        missed = math.log1p(-watched / setup.workers)
        counts = (1 + int(math.log(1 - chance.random()) / missed) for _ in every)
        gaps = (_gap(setup, chance, gap, count) for count in counts)
    return array("d", accumulate(gaps))


def _gap(setup: Setup, chance: random.Random, gap: float, count: int = 1) -> float:
    """Seconds until the next request, or the next but so many."""
    if setup.arrivals == "regular":
        return gap * count
    return chance.expovariate(1 / gap) if count == 1 else chance.gammavariate(count, gap)


def _services(setup: Setup, requests: int, chance: random.Random) -> array:
    if setup.service == "fixed":
        return array("d", [setup.seconds]) * requests
    if setup.service == "exponential":
        return array("d", (chance.expovariate(1 / setup.seconds) for _ in range(requests)))
    times = (1, setup.heavy_times)
    heavy = (chance.random() < setup.heavy_share for _ in range(requests))
    return array("d", (setup.seconds * times[each] for each in heavy))


def _queued(setup: Setup, watched: int, asked: tuple, warm: int, seed: int) -> Queued:
    arrivals, services = asked
    waits = queue_up(arrivals, services, watched, setup.dispatch, seed)
    span = arrivals[warm], arrivals[-1]
    busy = _busy(zip(arrivals, waits, services, strict=True), span)
    share = busy / (watched * (span[1] - span[0]))
    settled = len(arrivals) >= enough(setup)
    return Queued(setup, arrivals[warm:], waits[warm:], services[warm:], share, settled)


def _busy(requests: Iterable[tuple], span: tuple[float, float]) -> float:
    """Seconds of work within a span, of all workers together."""
    begin, end = span
    busy = 0.0
    for arrival, wait, service in requests:
        start = arrival + wait
        stop = start + service
        if start < end and stop > begin:
            busy += (stop if stop < end else end) - (start if start > begin else begin)
    return busy


def block_one(setup: Setup, lasts: float = 2.0, after: float = 6.0, seed: int = 1) -> Queued:
    """Let one worker be blocked for `lasts` seconds: it gets one request that takes so long.

    Requests are seen from a second before until `after` seconds later; arrivals count from the
    block. Several runs are put together, so that each moment has enough requests for a p99.
    """
    if not (_number(lasts) and 0 < lasts <= 60 and _number(after) and 0 < after <= 60):
        raise ValueError(f"a block lasts up to 60 s, and 60 s after: not {lasts!r} and {after!r}")
    calm = 1 + setup.mean * _settling(setup) / 5
    requests = int(setup.rate * (calm + after))
    if not 1 <= requests <= MOST_REQUESTS:
        raise ValueError(
            f"that needs {requests} requests, and may have 1 to {MOST_REQUESTS}: take fewer "
            "workers, longer requests or a shorter time"
        )
    runs = range(max(1, min(40, 400_000 // requests)))
    found = [_block_run(setup, (calm, lasts, after), requests, seed * 1000 + run) for run in runs]
    joined = (array("d", chain(*parts)) for parts in zip(*found, strict=True))
    return Queued(setup, *joined, setup.utilisation)


def _block_run(setup: Setup, block: tuple, requests: int, seed: int) -> tuple[array, ...]:
    """One run: (arrivals, waits, services) from a second before the block."""
    (calm, lasts, after), chance = block, random.Random(seed)
    arrivals = _arrivals(setup, requests, setup.workers, chance)
    services = _services(setup, requests, chance)
    place = bisect.bisect(arrivals, calm)
    arrivals.insert(place, calm)
    services.insert(place, lasts)
    waits = queue_up(arrivals, services, setup.workers, setup.dispatch, seed)
    for values in (arrivals, services, waits):
        del values[place]  # the one that blocks is not asked how it fared
    seen = slice(bisect.bisect(arrivals, calm - 1), bisect.bisect_left(arrivals, calm + after))
    since = array("d", (arrival - calm for arrival in arrivals[seen]))
    return since, waits[seen], services[seen]


def queue_up(
    arrivals: Sequence[float], services: Sequence[float], workers: int, dispatch: str, seed: int = 1
) -> array:
    """Return how long each request waits; arrivals ascend, and each worker keeps their order."""
    check_load(0.5, workers)
    if dispatch not in DISPATCHES:
        raise ValueError(f"dispatch must be one of {', '.join(DISPATCHES)}, not {dispatch!r}")
    if dispatch == "one queue":
        return _from_one_queue(arrivals, services, workers)
    chance = random.Random(f"dispatch {seed}")  # another one than that of the service times
    chooser = _CHOOSERS[dispatch](workers, chance)
    free, waits = [-math.inf] * workers, array("d")
    for arrival, service in zip(arrivals, services, strict=True):
        worker = chooser.pick(arrival)
        start = max(arrival, free[worker])
        free[worker] = start + service
        chooser.took(worker, start + service)
        waits.append(start - arrival)
    return waits


def _from_one_queue(arrivals: Sequence[float], services: Sequence[float], workers: int) -> array:
    """All wait in one queue; who is free first takes the first."""
    free, waits = [-math.inf] * workers, array("d")  # a heap: when each worker will be free
    for arrival, service in zip(arrivals, services, strict=True):
        start = max(arrival, free[0])
        heapq.heapreplace(free, start + service)
        waits.append(start - arrival)
    return waits


class _InTurn:
    def __init__(self, workers: int, chance: random.Random):
        self._turn = cycle(range(workers))

    def pick(self, now: float) -> int:
        return next(self._turn)

    def took(self, worker: int, end: float) -> None:
        """It does not look at the workers."""


class _AtRandom(_InTurn):
    def __init__(self, workers: int, chance: random.Random):
        self._workers, self._random = workers, chance.random

    def pick(self, now: float) -> int:
        return int(self._random() * self._workers)


class _TwoRandom(_AtRandom):
    """Of two random workers the one with fewer requests; the first of equals."""

    def __init__(self, workers: int, chance: random.Random):
        super().__init__(workers, chance)
        self._ends = [deque() for _ in range(workers)]  # of the requests at each worker

    def pick(self, now: float) -> int:
        one = super().pick(now)
        if self._workers == 1:
            return one
        other = (one + 1 + int(self._random() * (self._workers - 1))) % self._workers
        return other if self._present(other, now) < self._present(one, now) else one

    def _present(self, worker: int, now: float) -> int:
        ends = self._ends[worker]
        while ends and ends[0] <= now:
            ends.popleft()
        return len(ends)

    def took(self, worker: int, end: float) -> None:
        self._ends[worker].append(end)


class _LeastBusy:
    """Of all workers the one with the fewest requests; a random one of equals."""

    def __init__(self, workers: int, chance: random.Random):
        self._random, self._count = chance.random, [0] * workers
        self._ends: list[tuple[float, int]] = []  # a heap: (end, worker) of each request
        self._least = [(0, self._random(), worker) for worker in range(workers)]
        heapq.heapify(self._least)  # an entry whose count is no longer true is passed over

    def pick(self, now: float) -> int:
        while self._ends and self._ends[0][0] <= now:
            self._change(heapq.heappop(self._ends)[1], -1)
        while self._least[0][0] != self._count[self._least[0][2]]:
            heapq.heappop(self._least)
        return self._least[0][2]

    def took(self, worker: int, end: float) -> None:
        heapq.heappush(self._ends, (end, worker))
        self._change(worker, 1)

    def _change(self, worker: int, by: int) -> None:
        self._count[worker] += by
        heapq.heappush(self._least, (self._count[worker], self._random(), worker))


_CHOOSERS: dict[str, Callable] = {
    "in turn": _InTurn,
    "at random": _AtRandom,
    "two random": _TwoRandom,
    "least busy": _LeastBusy,
}


def mean_wait_of_one(utilisation: float, seconds: float, square: float | None = None) -> float:
    """M/G/1: the mean wait at one worker, with Poisson arrivals and any times of service.

    `square` is the mean of the squared service times. Without it they are exponential (M/M/1),
    which makes it utilisation * seconds / (1 - utilisation); all the same (M/D/1), half of it.
    Source: Pollaczek (1930) and Khinchine (1932), in Kleinrock, Queueing Systems, volume 1 (1975),
    chapter 5; M/M/1 in chapter 3.
    """
    check_load(utilisation, 1, seconds)
    square = 2 * seconds**2 if square is None else square
    return utilisation * square / (2 * seconds * (1 - utilisation))


def chance_to_wait(utilisation: float, workers: int) -> float:
    """M/M/c: the share of requests that find all workers of one queue busy (Erlang C).

    Source: Erlang (1917), in Kleinrock (1975), chapter 3. It is computed from Erlang's loss
    formula B by its recursion 1/B(k) = 1 + k / (load * B(k - 1)): all terms are positive, and no
    factorial or power appears, so that it is exact for 10,000 workers too.
    """
    check_load(utilisation, workers)
    load, inverse = utilisation * workers, 1.0
    for count in range(1, workers + 1):
        inverse = 1 + inverse * count / load
    lost = 1 / inverse  # 0 where the inverse has grown beyond all numbers
    return lost / (1 - utilisation * (1 - lost))


def mean_wait_of_many(utilisation: float, workers: int, seconds: float) -> float:
    """M/M/c: the mean wait in one queue for all workers. Source: as for `chance_to_wait`."""
    check_load(utilisation, workers, seconds)
    return chance_to_wait(utilisation, workers) * seconds / (workers * (1 - utilisation))


def wait_of_many(utilisation: float, workers: int, seconds: float, share: float = 99) -> float:
    """M/M/c: the wait that `share` percent of the requests do not exceed; 0 where so few wait.

    Those who wait do so for an exponential time with the mean seconds / (workers * (1 -
    utilisation)). Source: Kleinrock (1975), chapter 3; Adan and Resing, Queueing Systems (2015),
    chapter 5.
    """
    if not (_number(share) and 0 <= share < 100):
        raise ValueError(f"share is a percentage from 0 and below 100, not {share!r}")
    check_load(utilisation, workers, seconds)
    longer = chance_to_wait(utilisation, workers) / (1 - share / 100)
    return max(0.0, math.log(max(longer, 1.0))) * seconds / (workers * (1 - utilisation))


def mean_wait_of_two_random(utilisation: float, seconds: float) -> float:
    """The mean wait at the shorter of two random queues, where there are very many of them.

    Source: Mitzenmacher, The power of two choices in randomized load balancing, IEEE Transactions
    on Parallel and Distributed Systems 12(10), 2001: a request is present for the sum of
    utilisation ** (2**i - 2) service times over i = 1, 2, 3 and so on; the first one is its own.
    """
    check_load(utilisation, 1, seconds)
    return seconds * math.fsum(utilisation ** (2**i - 2) for i in range(2, 60))
