"""What one blocked worker does to the others' requests: before, while and after it is blocked."""

import bisect
import random
from array import array
from itertools import chain

from unstuck.queueing_dispatch import queue_up
from unstuck.queueing_draws import arrivals_of, services_of, settling
from unstuck.queueing_setup import Queued, Setup
from unstuck.values import is_number

MOST_REQUESTS = 1_000_000


def block_one(setup: Setup, lasts: float = 2.0, after: float = 6.0, seed: int = 1) -> Queued:
    """Let one worker be blocked for `lasts` seconds: it gets one request that takes so long.

    Requests are seen from a second before until `after` seconds later; arrivals count from the
    block. Several runs are put together, so that each moment has enough requests for a p99.
    """
    if not (is_number(lasts) and 0 < lasts <= 60 and is_number(after) and 0 < after <= 60):
        raise ValueError(f"a block lasts up to 60 s, and 60 s after: not {lasts!r} and {after!r}")
    calm = 1 + setup.mean * settling(setup) / 5
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
    arrivals = arrivals_of(setup, requests, setup.workers, chance)
    services = services_of(setup, requests, chance)
    place = bisect.bisect(arrivals, calm)
    arrivals.insert(place, calm)
    services.insert(place, lasts)
    waits = queue_up(arrivals, services, setup.workers, setup.dispatch, seed)
    for values in (arrivals, services, waits):
        del values[place]  # the one that blocks is not asked how it fared
    seen = slice(bisect.bisect(arrivals, calm - 1), bisect.bisect_left(arrivals, calm + after))
    since = array("d", (arrival - calm for arrival in arrivals[seen]))
    return since, waits[seen], services[seen]
