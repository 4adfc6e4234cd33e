"""A cluster by dask.distributed: a scheduler hands tasks to workers, here or on other machines.

    async with Dask(workers=2) as dask:
        answers = await asyncio.gather(*(dask.run(is_prime, n) for n in numbers))

Without an address the scheduler is a part of this process, in a thread of its own, and the workers
are processes on this machine. With one, an existing scheduler is asked, and the same call goes to
wherever its workers are; they need the packages that the call needs, this one among them.
"""

import asyncio
import concurrent.futures
import functools
import re
import threading
import uuid

from unstuck.dask_fates import drop, why
from unstuck.dask_link import Link, There
from unstuck.dask_places import SchedulerSilent, at, here
from unstuck.dask_side import Reply
from unstuck.interrupts import heard
from unstuck.parcel import pack, unpack
from unstuck.process_pool import WorkerDied
from unstuck.worker_count import default_workers

MEMORY = 150_000_000  # bytes that a worker takes: Python and dask
_ADDRESS = r"(tcp|tls)://[^\s:/]+:(\d{1,5})"


class Dask:
    """A local cluster of `workers` processes (None: as many as fit), or the scheduler at `address`.

    It is started, or connected, at the first call. ValueError says what is wrong with an address,
    such as "tcp://10.0.0.7:8786".
    """

    def __init__(self, workers: int | None = None, address: str | None = None):
        self._address = _checked(address)
        self.size = default_workers(workers, MEMORY).count
        self.closed = False
        self.failure: str | None = None  # why it has no workers and will get none
        self._link: Link | None = None
        self._lock = threading.Lock()

    async def __aenter__(self) -> "Dask":
        return self

    async def __aexit__(self, *error) -> None:
        await asyncio.shield(asyncio.to_thread(self.close))

    async def run(self, func, *args):
        """Call func(*args) in a worker; its answer or its exception.

        What it prints is printed here when it ends. Raises CannotTravel where the call cannot be
        sent, WorkerDied where it ends each worker that tries it, SchedulerSilent where nobody
        answers. Cancelled, it is ended with its worker on this machine; elsewhere it leaves the
        queue, or works on to its end.
        """
        name = getattr(func, "__qualname__", repr(func))
        question = functools.partial(self._do, name, pack(func, args))
        link = self._begun()
        try:
            with heard():
                reply = await asyncio.wrap_future(link.ask(question))
        except SchedulerSilent:
            self._forget(link)  # somebody may start it: the next call knocks again
            raise
        for line in reply.said.splitlines():
            print(f"[worker {reply.pid}] {line}")
        return unpack(reply.packed)

    @property
    def address(self) -> str | None:
        """Where the scheduler is; None until a local one has been started."""
        there = self._link.there if self._link else None
        return there.scheduler.address if there and there.scheduler else self._address

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers on this machine that live now."""
        there = self._link.there if self._link else None
        return there.workers.pids if there and there.workers else []

    def close(self) -> None:
        """End the workers, or let go of the scheduler; what has not ended is cancelled."""
        with self._lock:
            self.closed, link = True, self._link
        if link is not None:
            link.close()

    def _begun(self) -> Link:
        with self._lock:
            if self.failure:
                raise WorkerDied(self.failure)
            if self.closed:
                raise RuntimeError("This cluster is closed: make a new one with Dask().")
            if self._link is None:
                local = functools.partial(here, self.size, self._give_up)
                self._link = Link(functools.partial(at, self._address) if self._address else local)
            return self._link

    def _forget(self, link: Link) -> None:
        with self._lock:
            if self._link is link:
                self._link = None
        link.retire()

    async def _do(self, name: str, packed: bytes, there: There) -> Reply:
        """One call. Tasks that stood behind a deadly one share its blame: here each is tried again.

        Those suspects go one at a time, so that only what is deadly itself is given up. A call
        beside which there was no other has nobody to share the blame of.
        """
        from distributed import KilledWorker

        with there.call() as was_alone:
            try:
                return await self._try(name, packed, there)
            except KilledWorker as error:
                last, deaths = error, error.allowed_failures + 1
            if there.workers is not None and not was_alone():
                async with there.suspects:
                    try:
                        return await self._try(name, packed, there)
                    except KilledWorker as error:
                        last, deaths = error, deaths + error.allowed_failures + 1
        raise WorkerDied(await asyncio.to_thread(why, name, deaths, last.last_worker, there))

    async def _try(self, name: str, packed: bytes, there: There) -> Reply:
        key, future = f"{name}-{uuid.uuid4().hex}", None
        try:
            future = await there.batch.submit(key, packed)
            return await future
        except concurrent.futures.CancelledError as error:  # dask's; not one of asyncio
            raise SchedulerSilent(f"{name} has no answer: its scheduler has gone.") from error
        except asyncio.CancelledError:
            if self.failure:
                raise WorkerDied(self.failure) from None
            if future is not None and not self.closed:
                await drop(key, future, there)
            raise

    def _give_up(self, how: str) -> None:
        """Its workers die before they begin: fail what waits for them."""
        self.failure = (
            f"Nothing was begun: the worker {how} before it was ready. In a script, what starts "
            "workers belongs under `if __name__ == '__main__':`."
        )
        self._link.end_all()


def _checked(address: str | None) -> str | None:
    if address is None:
        return None
    found = re.fullmatch(_ADDRESS, address) if isinstance(address, str) else None
    if found and 0 < int(found[2]) < 65536:
        return address
    raise ValueError(f"an address of a scheduler is such as 'tcp://10.0.0.7:8786', not {address!r}")
