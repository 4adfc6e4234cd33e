"""Where a cluster is: on this machine, with all that belongs to it, or at an address.

Both are asynchronous contexts for a `Link` to hold, and give what is There.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from unstuck.dask_batch import Batch
from unstuck.dask_link import There
from unstuck.dask_side import quiet
from unstuck.dask_workers import Workers
from unstuck.told import told

ANSWER = 4.0  # seconds in which a scheduler must have answered
_TRIES = 2  # workers that a task may take along before it is a suspect
_SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1 GB",  # the learner chose the size
    "distributed.diagnostics.computations.nframes": 0,  # it would read source files at each call
}


class SchedulerSilent(ConnectionError):
    """No scheduler answers at an address, or none of its workers; the text says what to look at."""


@contextlib.asynccontextmanager
async def here(count: int, on_failure: Callable[[str], None]) -> AsyncIterator[There]:
    """A scheduler in this thread, `count` workers beside it, all on 127.0.0.1; and a client."""
    quiet()
    from dask import config
    from distributed import Client, Scheduler

    options = {"host": "127.0.0.1", "port": 0, "dashboard_address": "127.0.0.1:0"}
    with config.set(_SETTINGS):
        scheduler = Scheduler(**options, dashboard=False, allowed_failures=_TRIES - 1)
        async with scheduler:
            workers = Workers(count, scheduler.address, on_failure)
            try:
                async with _client(Client, scheduler.address) as client:
                    yield There(client, Batch(client), scheduler, workers)
            finally:
                met = {worker.name for worker in scheduler.workers.values()}
                closing = asyncio.create_task(workers.close(met))
                await scheduler.close()  # tells those whom it has met
                await closing


@contextlib.asynccontextmanager
async def at(address: str) -> AsyncIterator[There]:
    """A client of the scheduler at `address`; SchedulerSilent within 5 s where there is none."""
    until = asyncio.get_running_loop().time() + ANSWER
    await _anybody(address, until)
    quiet()
    from dask import config
    from distributed import Client

    with config.set(_SETTINGS):
        client = _client(Client, address)
        try:
            await _greeted(client, address, until)
            yield There(client, Batch(client))
        finally:
            await client.close()


async def _anybody(address: str, until: float) -> None:
    """Knock by plain TCP: dask would go on trying where nobody can answer."""
    host, port = address.partition("://")[2].rsplit(":", 1)
    try:
        async with asyncio.timeout_at(until):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
    except (OSError, TimeoutError) as error:
        raise SchedulerSilent(_silent(address, error)) from error


async def _greeted(client, address: str, until: float) -> None:
    """Wait for the scheduler's answer, and for a worker of it; SchedulerSilent names what lacks."""
    connected = False
    try:
        async with asyncio.timeout_at(until):
            await client
            connected = True
            await client.wait_for_workers(1)
    except Exception as error:  # whatever lives at the address may answer with anything
        if connected:
            told = f"The scheduler at {address} has no worker: start one ('dask worker {address}')."
            raise SchedulerSilent(told) from error
        raise SchedulerSilent(_silent(address, error)) from error


def _client(kind, address: str):
    return kind(address, asynchronous=True, set_as_default=False, timeout=ANSWER)


def _silent(address: str, error: Exception) -> str:
    slow = isinstance(error, TimeoutError)
    how = f"within {ANSWER:g} s" if slow else f"({told(error)})"
    return (
        f"No scheduler of dask answers at {address} {how}. Is one started there "
        "('dask scheduler'), is this its address, and does the network let you through?"
    )
