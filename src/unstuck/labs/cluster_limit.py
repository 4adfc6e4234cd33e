"""How many workers a cluster may have on this machine: one rule for the slider and for Add."""

from unstuck.cluster_plan import MOST_WORKERS
from unstuck.machine import Workers, usable_memory
from unstuck.worker_count import MB, MEMORY_SHARE

EACH = 100 * MB  # bytes that a worker may need


def most_workers(memory: int | None = None) -> Workers:
    """The most workers, at least 1, and why; `memory` in bytes is asked of this machine.

    More workers than CPUs can be tried: they share, and the picture shows what that costs.
    """
    memory = usable_memory() if memory is None else memory
    room = int(MEMORY_SHARE * memory // EACH) if memory else MOST_WORKERS
    if room < MOST_WORKERS:
        most = max(1, room)
        return Workers(most, f"this machine's memory has room for {most}")
    return Workers(MOST_WORKERS, f"a cluster has at most {MOST_WORKERS}")
