"""Lose updates, and keep them: threads that count in one box, with a lock and without.

`value = box.value`, then `box.value = value + 1`: between the two another thread may count as
well, and its count is overwritten. That happens only if the thread changes there. `add` asks for
it by a `time.sleep(0)`, which gives up the GIL as a print, a file or a query does. A bare `+= 1`
has so small a gap that a Python with the GIL may never show the loss; that is luck, not a rule.
"""

import statistics
import threading
import time
from collections.abc import Callable

from unstuck.gil import in_threads
from unstuck.values import check_count

_MOST_THREADS, _MOST_TIMES = 1000, 10_000_000


class Box:
    """A number that threads count in, and a lock to keep it right."""

    def __init__(self, value: int = 0):
        self.value = value
        self.lock = threading.Lock()


def add(box: Box, times: int) -> None:
    """Add 1 `times` times; another thread may come in between reading and writing."""
    for _ in range(times):
        value = box.value
        time.sleep(0)  # gives up the GIL, as any call does that waits or works in C
        box.value = value + 1


def add_locked(box: Box, times: int) -> None:
    """Add 1 `times` times; one thread at a time reads and writes."""
    for _ in range(times):
        with box.lock:
            value = box.value
            time.sleep(0)  # another thread may run here, but cannot come in
            box.value = value + 1


def add_bare(box: Box, times: int) -> None:
    """Add 1 `times` times by `+=`: it reads and writes as well, with a very small gap."""
    for _ in range(times):
        box.value += 1


def lost_updates(adder: Callable[[Box, int], None], threads: int = 2, times: int = 1000) -> int:
    """Let `threads` threads call adder(box, times); how many of the updates are missing.

    ValueError for counts that are below 1, or far above what shows anything.
    """
    check_count("threads", threads, _MOST_THREADS)
    check_count("times", times, _MOST_TIMES)
    box = Box()
    in_threads(threads, adder, box, times)
    return threads * times - box.value


def lock_cost(times: int = 20_000, runs: int = 7) -> float:
    """Seconds that one use of a free lock takes here: the median of `runs` comparisons."""
    return statistics.median(
        _seconds(_locked, times) - _seconds(add_bare, times) for _ in range(runs)
    )


def _locked(box: Box, times: int) -> None:
    for _ in range(times):
        with box.lock:
            box.value += 1


def _seconds(adder: Callable[[Box, int], None], times: int) -> float:
    box = Box()
    start = time.perf_counter()
    adder(box, times)
    return (time.perf_counter() - start) / times
