"""Waits in a queue by the formulas of the textbooks: exact, where one exists, for any size.

They are computed, not measured, and check the simulation where both can answer. Times in seconds.
"""

import math

from unstuck.values import is_number

MOST_WORKERS = 10_000
_LEAST = 1e-6  # utilisation, and seconds of a request


def check_load(utilisation: float, workers: int = 1, seconds: float = 1.0) -> None:
    """Raise ValueError, with a sentence, for a queue that no formula and no run can describe."""
    if not (is_number(utilisation) and utilisation >= _LEAST):
        raise ValueError(f"utilisation is a share above 0 and below 1, not {utilisation!r}")
    if utilisation >= 1:
        raise ValueError(
            f"a utilisation of {utilisation!r:.20}: the queue would grow for ever; below 1, please"
        )
    if type(workers) is not int or not 1 <= workers <= MOST_WORKERS:
        raise ValueError(f"workers: a whole number from 1 to {MOST_WORKERS}, not {workers!r}")
    if not (is_number(seconds) and _LEAST <= seconds <= 3600):
        raise ValueError(f"a request takes from 1e-6 to 3600 seconds, not {seconds!r}")


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
    if not (is_number(share) and 0 <= share < 100):
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
