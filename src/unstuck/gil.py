"""See the GIL at work: how long may a thread keep it, and what do two threads do together?

One lock, the GIL, lets one thread at a time run Python code. A thread that computes is asked to
give it up when another has waited for it as long as the switch interval, 5 ms by default. Where a
build runs without the GIL the interval has no effect.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

_LATEST_START = 10.0  # seconds that the first thread waits for the last one


@contextlib.contextmanager
def switch_interval(seconds: float) -> Iterator[None]:
    """`with switch_interval(0.05): ...` sets the interval, and puts the old one back at the end.

    It counts for all threads of the process. Raises ValueError outside 1 microsecond to 1 second.
    """
    if not 1e-6 <= seconds <= 1:
        raise ValueError(f"seconds must be from 0.000001 to 1, not {seconds}")
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def in_turn(jobs: int, func: Callable, *args) -> float:
    """Call func(*args) `jobs` times, one after the other; the seconds it took."""
    start = time.perf_counter()
    for _ in range(jobs):
        func(*args)
    return time.perf_counter() - start


def in_threads(jobs: int, func: Callable, *args) -> float:
    """Call func(*args) in `jobs` threads that begin together; the seconds until all have ended.

    An exception of one of them arrives here as itself.
    """
    line = threading.Barrier(jobs, timeout=_LATEST_START)

    def call() -> None:
        line.wait()
        func(*args)

    start = time.perf_counter()
    with ThreadPoolExecutor(jobs) as executor:
        for future in [executor.submit(call) for _ in range(jobs)]:
            future.result()
    return time.perf_counter() - start
