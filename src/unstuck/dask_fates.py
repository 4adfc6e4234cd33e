"""What becomes of a cancelled task, and why one that takes its workers along has no answer."""

import asyncio

from unstuck.dask_link import There
from unstuck.dask_side import executing

_LOOK = 1.0  # seconds in which a worker says what it works on


async def drop(key: str, future, there: There) -> None:
    """A cancelled task leaves the queue; if a worker of ours is at it, it is ended with it."""
    task = there.scheduler.tasks.get(key) if there.scheduler else None
    worker = task.processing_on if task else None
    await there.client.cancel([future])
    if worker and await _works_on(key, worker.address, there):
        there.workers.kill(worker.name)


async def _works_on(key: str, address: str, there: There) -> bool:
    """Ask a worker; one that does not answer is held by its task."""
    try:
        async with asyncio.timeout(_LOOK):
            found = await there.client.run(executing, workers=[address])
    except TimeoutError:
        return True
    except (OSError, KeyError, ValueError):  # it has gone meanwhile
        return False
    return key in found.get(address, ())


def why(name: str, deaths: int, worker, there: There) -> str:
    """Say how many workers ended while they did it, and how the last one did. May take a second."""
    ending = there.workers.ending(worker.name) if there.workers else None
    last = f"; the last one {ending}" if ending else f" (the last at {worker.address})"
    return (
        f"{name} has no answer: {deaths} workers, one after the other, ended while they did it"
        f"{last}. Other tasks are done by other workers."
    )
