"""A cluster of machines: the function runs in a worker of dask.distributed, here or far away.

A scheduler knows all workers and all tasks, and does a lost task again. By default both are on
this machine and kept warm; `using("tcp://10.0.0.7:8786")` sends the same call to a real cluster.
"""

import atexit
import importlib.util
import threading

from unstuck.abilities import runtime_problem
from unstuck.dask_cluster import Dask, SchedulerSilent, WorkerDied

__all__ = [
    "TWIN",
    "Dask",
    "SchedulerSilent",
    "WorkerDied",
    "close",
    "reason_missing",
    "run",
    "using",
    "warm",
]

TWIN = "beyond_one_machine"
_kept: list[Dask] = []  # the warm cluster, once there is one
_lock = threading.Lock()


def reason_missing() -> str | None:
    """Return None where dask.distributed can run here, else a sentence."""
    if problem := runtime_problem():
        return problem
    if importlib.util.find_spec("distributed"):
        return None
    return (
        "dask.distributed is not installed: run 'make lab', or 'pip install distributed' in this "
        "environment, and restart the kernel."
    )


def warm() -> Dask:
    """Return the cluster that `run` uses, kept until `close`; RuntimeError says why there is none.

    One whose workers could not be started is replaced.
    """
    if reason := reason_missing():
        raise RuntimeError(reason)
    with _lock:
        if _kept and (_kept[0].closed or _kept[0].failure):
            _kept.pop().close()
        if not _kept:
            _kept.append(Dask())
        return _kept[0]


def using(address: str | None) -> Dask:
    """Let `run` use the scheduler at `address` from now on; None: a cluster on this machine."""
    if reason := reason_missing():
        raise RuntimeError(reason)
    new = Dask(address=address)
    close()
    with _lock:
        _kept.append(new)
    return new


async def run(func, *args):
    """Call func(*args) in the warm cluster; its answer or its exception, WorkerDied by name."""
    return await warm().run(func, *args)


def close() -> None:
    """End the warm cluster and its workers; the next `run` makes a new one, on this machine."""
    with _lock:
        clusters, _kept[:] = list(_kept), []
    for cluster in clusters:
        cluster.close()


atexit.register(close)
