"""A warm process pool: the function runs in one of a few processes that are kept for the next.

Each worker has its own Python, memory and GIL. A call travels there as bytes and its answer comes
back as bytes; only the first calls pay for the start. The pool behind `run` has as many workers as
fit this machine; `Pool` makes one of your own.
"""

import threading

from unstuck.abilities import runtime_problem
from unstuck.process_pool import Pool, WorkerDied

__all__ = ["TWIN", "Pool", "WorkerDied", "close", "reason_missing", "run", "warm"]

TWIN = "pool"
_kept: list[Pool] = []  # the warm pool, once there is one
_lock = threading.Lock()


def reason_missing() -> str | None:
    """Return None where processes can be started, else a sentence."""
    return runtime_problem()


def warm() -> Pool:
    """Return the pool that `run` uses; it is made at the first call and kept until `close`."""
    with _lock:
        if not _kept:
            _kept.append(Pool())
        return _kept[0]


async def run(func, *args):
    """Call func(*args) in the warm pool; its answer or its exception, WorkerDied by name."""
    return await warm().run(func, *args)


def close() -> None:
    """End the warm pool and its workers; the next `run` makes a new one."""
    with _lock:
        pools, _kept[:] = list(_kept), []
    for pool in pools:
        pool.close()
