"""Does a service grow with each request? Only a growth that goes on is a fault.

A history with an end grows too, until it is full. So the same load comes again and again, and a
service passes at the first one that leaves its workers as large as they were.
"""

import time

import psutil

from unstuck.cluster import Cluster
from unstuck.exercises import service_numbers
from unstuck.exercises.service_asked import Fault
from unstuck.exercises.service_waits import expect

_REQUESTS = 60  # in one load
_SECONDS = 1.0  # for one load: a service may start a process for each request
_LOADS = 5  # at most: a history of some hundred entries is full by then
_LEAK = 100_000  # bytes a request: what stays of each one
_NEEDS = 2_000_000  # bytes that both workers together may grow by in one load, for other reasons
_DEADLINE = 4.0  # seconds for one small request


async def judge_memory(cluster: Cluster) -> None:
    """Load the service until it does not grow any more; Fault where it grows with each load."""
    sizes, asked = [_bytes(cluster.pids)], 0
    for _ in range(_LOADS):
        last = await _load(cluster)
        asked += last
        sizes.append(_bytes(cluster.pids))
        grown = sizes[-1] - sizes[-2]
        if len(sizes) > 2 and grown < max(_NEEDS, last * _LEAK):  # the first one warms it up
            return
    raise Fault(
        f"{asked} requests made its workers {(sizes[-1] - sizes[0]) / 1e6:.0f} MB bigger, the last "
        f"{last} of them {grown / 1e6:.0f} MB: something grows with each request."
    )


async def _load(cluster: Cluster) -> int:
    """Ask small things, as many as fit into a load; their number."""
    asked, end = 0, time.monotonic() + _SECONDS
    while asked < _REQUESTS and time.monotonic() < end:
        for n, prime in service_numbers.few():
            await expect(cluster.url, n, prime, _DEADLINE)
            asked += 1
    return asked


def _bytes(pids: list[int]) -> int:
    try:
        return sum(psutil.Process(pid).memory_info().rss for pid in pids)
    except psutil.Error:
        raise Fault("A worker died while it answered small requests.") from None
