"""When requests come and how long each takes, drawn by chance; and how many a run needs.

A queue that was empty at first must fill before its waits tell anything. All times are in seconds.
"""

import math
import random
from array import array
from itertools import accumulate, cycle, islice

from unstuck.queueing_setup import Setup

BLIND = ("in turn", "at random")  # they do not look at the workers
_FEWEST = 50_000  # requests in a run


def enough(setup: Setup) -> int:
    """Return how many requests a queue needs to settle, 50,000 or more; maybe above a million."""
    full = 0.0 if setup.dispatch in BLIND else filling(setup, setup.workers)
    return int(max(_FEWEST, settling(setup), full))


def filling(setup: Setup, workers: int) -> float:
    """Requests until empty workers have as much to do as they will have, and as many again."""
    each = 10 / (1 - setup.utilisation) if setup.dispatch == "two random" else 10
    return each * workers


def settling(setup: Setup) -> float:
    """Requests that one queue needs to forget its start, and to be seen for a while.

    M/M/1 forgets in about 4 / (1 - utilisation)**2 services; with uneven ones it takes longer.
    """
    uneven = max(1.0, setup.square / (2 * setup.mean**2))
    return 100 * uneven / (1 - setup.utilisation) ** 2


def arrivals_of(setup: Setup, requests: int, watched: int, chance: random.Random) -> array:
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


def services_of(setup: Setup, requests: int, chance: random.Random) -> array:
    """How long each request keeps its worker."""
    if setup.service == "fixed":
        return array("d", [setup.seconds]) * requests
    if setup.service == "exponential":
        return array("d", (chance.expovariate(1 / setup.seconds) for _ in range(requests)))
    times = (1, setup.heavy_times)
    heavy = (chance.random() < setup.heavy_share for _ in range(requests))
    return array("d", (setup.seconds * times[each] for each in heavy))
