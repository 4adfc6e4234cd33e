"""Is a silent worker busy, or does it hang?

A worker's loop tells the primary ten times a second that it lives. A loop that is silent is
blocked: by work, which ends, or by a wait that never does. The difference that can be seen from
outside is CPU time: who works uses it. So a worker that is silent and uses none is hung; one that
works is let alone, however long it takes.
"""

import contextlib
from collections.abc import Callable

import psutil

from unstuck.cluster_link import Link
from unstuck.together import first
from unstuck.workloads import small

_LOOK = 0.25  # seconds between two looks
_MEMORY = 4  # looks for each look at the memory
_PATIENCE = 5.0  # seconds of silence, without use of the CPU, until a worker is taken for hung
_USED = 0.02  # seconds of CPU time: less is not work


class Health:
    """What the primary knows of one worker's process: whether it works, and its memory.

    `is_hung` is asked at each look. It counts looks and not seconds, for in the time in which the
    primary itself had no CPU, or its machine slept, it has heard nobody.
    """

    def __init__(self, pid: int):
        self._process = psutil.Process(pid)
        self._cpu = self._heard_at = 0.0
        self._silent = 0  # looks in a row without a sign of life
        self.patience = max(1.5, small(_PATIENCE))

    def is_hung(self, heard_at: float) -> bool:
        """Say whether it has neither spoken since `heard_at` nor worked, for `patience` seconds."""
        alive = self._has_worked() or heard_at > self._heard_at or self._waits_for_a_cpu()
        self._silent = 0 if alive else self._silent + 1
        self._heard_at = heard_at
        return self._silent * _LOOK > self.patience

    def _has_worked(self) -> bool:
        times = self._process.cpu_times()
        if times.user + times.system - self._cpu <= _USED:
            return False
        self._cpu = times.user + times.system
        return True

    def _waits_for_a_cpu(self) -> bool:
        """Say whether it would work if it were its turn; only Linux tells that apart."""
        return psutil.LINUX and self._process.status() == psutil.STATUS_RUNNING

    def memory(self) -> int:
        """Bytes of memory that the process has now, those it shares with others included."""
        return self._process.memory_info().rss


async def watch(
    link: Link, on_event: Callable[[dict], None], on_hung: Callable[[Link, str], None]
) -> None:
    """Look at a worker now and then, until it has ended: its memory, and whether it hangs."""
    with contextlib.suppress(psutil.Error):  # it has ended meanwhile
        health, looks = Health(link.pid), 0
        while not link.ended.is_set():
            if looks % _MEMORY == 0:
                on_event({"kind": "memory", "pid": link.pid, "bytes": health.memory()})
            if health.is_hung(link.heard_at):
                why = f"its loop was silent for {health.patience:g} s, and it did no work"
                on_hung(link, why)
            looks += 1
            await first(link.ended.wait(), seconds=_LOOK)
