"""Numbers to ask a service about, drawn anew each time, so that no table of answers helps."""

import math
import random
import time
from functools import cache

from unstuck.workloads import is_prime, is_prime_fast, next_prime

_ALIKE = (2047, 3277, 4033, 4681, 8321)  # no primes, though some quick tests take them for it
_KNOWN = 10_000_000_000_037  # prime: more than a million divisions
HEAVY_SECONDS = 0.3  # that trial division takes here: much more than the turns of some threads


def few() -> list[tuple[int, bool]]:
    """Six small numbers in random order, and whether each is prime."""
    primes = [next_prime(random.randrange(50, 5000)) for _ in range(4)]
    product = primes[2] * primes[3]  # odd, and without a small divisor
    numbers = [*primes[:2], product, 1, random.choice((2, 3, 5, 7)), random.choice(_ALIKE)]
    random.shuffle(numbers)
    return [(n, is_prime_fast(n)) for n in numbers]


def words() -> list[str]:
    """What is no number: two words, one of them new."""
    return ["abc", "".join(random.choices("ghijklmnopqrstuvwxyz", k=5))]


def heavy() -> tuple[int, bool]:
    """A large number, and whether it is prime: both kinds take trial division equally long."""
    root = math.isqrt(_size())
    first = next_prime(root + random.randrange(root // 10))
    if random.random() < 0.5:
        return first * next_prime(first + random.randrange(2, 1000)), False
    return next_prime(first * first), True


@cache
def _size() -> int:
    """A number that takes HEAVY_SECONDS; by CPU time: a neighbour takes only our time."""
    start = time.thread_time()
    is_prime(_KNOWN)
    seconds = max(time.thread_time() - start, 0.015)  # the grain of some clocks
    return int(_KNOWN * (HEAVY_SECONDS / seconds) ** 2)
