"""Who takes which request? Five ways to choose a worker, and how long requests then wait.

Requests are taken one by one in the order of their arrival. All times are in seconds.
"""

import heapq
import math
import random
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from itertools import cycle

from unstuck.queueing_formulas import check_load
from unstuck.queueing_setup import DISPATCHES


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
