"""The end of a cluster that serves a learner's app, with all the processes that the app started.

One that outlives its worker would hold the cluster's pipes open, and the check would wait for it.
"""

import asyncio
import contextlib

import psutil

from unstuck.cluster import Cluster

_GRACE = 1.0  # seconds for the workers to end by themselves


async def end(cluster: Cluster) -> None:
    """Stop the cluster, and end what is left of its processes."""
    family = _family(cluster.primary)
    late = asyncio.create_task(_kill_late(family))
    try:
        with contextlib.suppress(TimeoutError):
            await cluster.stop(_GRACE)
    finally:
        late.cancel()
        _kill(family)


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


async def _kill_late(family: list[psutil.Process]) -> None:
    await asyncio.sleep(2 * _GRACE)
    _kill(family)


def _kill(family: list[psutil.Process]) -> None:
    for process in family:
        with contextlib.suppress(psutil.Error):
            if not _is_tracker(process):
                process.kill()


def _is_tracker(process: psutil.Process) -> bool:
    """Python's own: it removes what its processes have left, and then ends."""
    return "multiprocessing.resource_tracker" in " ".join(process.cmdline())
