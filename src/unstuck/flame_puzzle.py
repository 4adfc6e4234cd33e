"""Functions whose names tell the wrong story: only a profile says where their time goes.

`report` has one hot function. The four of PUZZLES compute or wait for about `SECONDS`.
"""

import threading
import time

from unstuck.workloads import digest

ROWS = 9_000  # of a report: some tenths of a second
SECONDS = 0.12


def report(count: int = ROWS) -> str:
    """Read, seal, tidy and write so many rows."""
    rows = read_rows(count)
    seal(rows)
    return write(tidy(rows))


def read_rows(count: int) -> list[int]:
    """Return `count` numbers, some of them more than once."""
    return [row * 7919 % (count * 4 // 5) for row in range(count)]


def seal(rows: list[int]) -> str:
    """Hash as many rounds as there are rows: a few milliseconds in C."""
    return digest(len(rows))


def tidy(rows: list) -> list:
    """Return the rows without doubles, in their order."""
    kept: list = []
    for row in rows:
        if row not in kept:
            kept.append(row)
    return kept


def write(rows: list) -> str:
    """Return the rows as lines."""
    return "\n".join(f"{place:6d} {row:6d}" for place, row in enumerate(rows))


def compute_forecast() -> bool:
    """Stand before a lock that nobody gives back in time."""
    lock = threading.Lock()
    with lock:
        return lock.acquire(timeout=SECONDS)


def fetch_prices() -> list[int]:
    """Sort prices again and again; nothing is fetched."""
    prices, end = read_rows(20_000), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        prices = sorted(prices, key=lambda price: -price)
    return prices


def poll_queue() -> int:
    """Look whether something has come, sleep a little, and look again."""
    looks, end = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        time.sleep(0.005)
        looks += 1
    return looks


def hash_password() -> str:
    """Hash in C until the time is over."""
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        answer = digest(5000)
    return answer


PUZZLES = (compute_forecast, fetch_prices, poll_queue, hash_password)
