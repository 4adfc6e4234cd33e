"""What runs in a worker of the cluster: dask's own worker, and each call with what it prints.

Only dask's worker is started here; which process it lives in, and what becomes of it when that
process dies, is the business of `dask_workers`.
"""

import asyncio
import contextlib
import io
import logging
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from unstuck.parcel import perform

_DEATH = 10.0  # seconds without a scheduler after which a worker gives up


@dataclass(frozen=True)
class Reply:
    """What comes back from a call: its process, what it printed, and its packed answer."""

    pid: int
    said: str
    packed: bytes


def be_worker(address: str, name: str) -> None:
    """Do tasks for the scheduler at `address` until it has gone; one at a time, no web page."""
    asyncio.run(_be_worker(address, name), debug=False)  # dask blocks its loop now and then


async def _be_worker(address: str, name: str) -> None:
    quiet()
    from distributed import Worker

    options = {"nthreads": 1, "memory_limit": 0, "dashboard": False, "host": "127.0.0.1"}
    async with Worker(address, name=name, death_timeout=_DEATH, **options) as worker:
        await worker.finished()


def quiet() -> None:
    """Let dask's log say nothing: what went wrong is told by the call that it went wrong for."""
    from dask import config

    config.set({"logging": {"distributed": "critical", "distributed.client": "critical"}})
    logging.getLogger("distributed").setLevel(logging.CRITICAL)


def perform_aloud(packed: bytes) -> Reply:
    """In the worker: do a packed call; its Reply holds what this thread printed meanwhile."""
    with _heard_here() as said:
        reply = perform(packed)
    return Reply(os.getpid(), said.getvalue(), reply)


def executing(dask_worker) -> set[str]:
    """In the worker: the keys of the tasks that it works on now. dask hands the worker over."""
    return {task.key for task in dask_worker.state.executing}


@contextlib.contextmanager
def _heard_here() -> Iterator[io.StringIO]:
    """Collect what this thread prints; other threads print on as before."""
    said, before = io.StringIO(), (sys.stdout, sys.stderr)
    sys.stdout, sys.stderr = (_OfThread(said, each) for each in before)
    try:
        yield said
    finally:
        sys.stdout, sys.stderr = before


class _OfThread(io.TextIOBase):
    """Takes what one thread writes; the rest goes to where it went before."""

    def __init__(self, mine: io.StringIO, others: io.TextIOBase):
        self._mine, self._others, self._thread = mine, others, threading.get_ident()

    def write(self, text: str) -> int:
        here = threading.get_ident() == self._thread
        return (self._mine if here else self._others).write(text)

    def flush(self) -> None:
        self._others.flush()
