"""Queues by simulation: how long does a request wait for a worker?

simulate(Setup(workers=10_000, utilisation=0.9, dispatch="at random"))

Requests come one by one, a worker is chosen for each in one of five ways, and the moment when it
begins is computed. The formulas in `queueing_formulas` check it. All times are in seconds.
"""

import random
from collections.abc import Iterable

from unstuck.queueing_block import MOST_REQUESTS, block_one
from unstuck.queueing_dispatch import queue_up
from unstuck.queueing_draws import BLIND, arrivals_of, enough, filling, services_of, settling
from unstuck.queueing_formulas import (
    MOST_WORKERS,
    chance_to_wait,
    check_load,
    mean_wait_of_many,
    mean_wait_of_one,
    mean_wait_of_two_random,
    wait_of_many,
)
from unstuck.queueing_setup import (
    ARRIVALS,
    DISPATCHES,
    SERVICES,
    Queued,
    Setup,
    counted,
    in_ms,
)
from unstuck.values import check_kind

__all__ = [
    "ARRIVALS",
    "DISPATCHES",
    "MOST_REQUESTS",
    "MOST_WORKERS",
    "SERVICES",
    "Queued",
    "Setup",
    "block_one",
    "chance_to_wait",
    "check_load",
    "counted",
    "enough",
    "in_ms",
    "mean_wait_of_many",
    "mean_wait_of_one",
    "mean_wait_of_two_random",
    "queue_up",
    "simulate",
    "wait_of_many",
]


def simulate(setup: Setup, requests: int | None = None, seed: int = 1) -> Queued:
    """Run a queue until it has settled, and return what came after; the same for the same seed.

    At most a million `requests`; without a number, as many as are `enough`. Close to full more may
    be needed: then `settled` is False, and the waits are too short.
    """
    check_kind(setup, "the Setup of a queue", "dispatch")
    requests = min(MOST_REQUESTS, enough(setup)) if requests is None else requests
    if type(requests) is not int or not 100 <= requests <= MOST_REQUESTS:
        raise ValueError(f"requests: from 100 to {MOST_REQUESTS}, not {requests!r}")
    chance, watched = random.Random(seed), _watched(setup, requests)
    arrivals = arrivals_of(setup, requests, watched, chance)
    services = services_of(setup, requests, chance)
    warm = int(min(requests / 2, max(requests / 10, filling(setup, watched) / 2)))
    return _queued(setup, watched, (arrivals, services), warm, seed)


def _watched(setup: Setup, requests: int) -> int:
    """How many of the workers are simulated.

    A worker that is chosen blindly does not feel the others: a few of them, watched for longer,
    tell of all. Ten thousand would need far more requests until their queues have settled.
    """
    if setup.dispatch not in BLIND:
        return setup.workers
    return min(setup.workers, max(1, int(requests / settling(setup))))


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
