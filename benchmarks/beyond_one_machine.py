"""What `run` adds to dask.distributed, and what a local pool costs, in one run.

    python benchmarks/beyond_one_machine.py [--rounds 7]

All stand in one process, with two workers each, and take turns; every other round goes backwards.
`alone` is an empty call while nothing else runs, `together` the time of each of 300 empty calls
sent at once. Our hatch and `Client.submit` ask the same scheduler: only the verb differs. The
cluster that dask makes by itself, `LocalCluster`, stands beside them. The last column compares
with `Client.submit`: the median of the rounds' own quotients, for neighbours in one round share
what the machine does meanwhile.
"""

import argparse
import asyncio
import contextlib
import platform
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from distributed import Client, LocalCluster
from tables import machine_note, markdown, wait_for_quiet

from unstuck.dask_cluster import Dask
from unstuck.dask_side import quiet
from unstuck.process_pool import Pool
from unstuck.workloads import nothing

WORKERS, ALONE, TOGETHER = 2, 30, 300
BARE = "Client.submit, the same scheduler"
Run = Callable[[], Awaitable]


def submitting(client: Client) -> Run:
    """A bare call by dask's client, as its documentation has it."""
    return lambda: client.submit(nothing, pure=False)


@contextlib.asynccontextmanager
async def peers() -> AsyncIterator[dict[str, Run]]:
    """All that is compared, warm."""
    quiet()
    options = {"n_workers": WORKERS, "threads_per_worker": 1, "dashboard_address": None}
    async with contextlib.AsyncExitStack() as stack:
        dask = await stack.enter_async_context(Dask(WORKERS))
        pool = await stack.enter_async_context(Pool(WORKERS))
        await dask.run(nothing)
        bare = await stack.enter_async_context(Client(dask.address, asynchronous=True))
        local = await stack.enter_async_context(LocalCluster(asynchronous=True, **options))
        theirs = await stack.enter_async_context(Client(local, asynchronous=True))
        yield {
            BARE: submitting(bare),
            "unstuck distributed": lambda: dask.run(nothing),
            "Client.submit, LocalCluster": submitting(theirs),
            "unstuck pool": lambda: pool.run(nothing),
        }


async def alone(run: Run) -> float:
    """Median seconds of an empty call."""
    seconds = []
    for _ in range(ALONE):
        start = time.perf_counter()
        await run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


async def together(run: Run) -> float:
    """Seconds for each of many empty calls."""
    start = time.perf_counter()
    await asyncio.gather(*(_awaited(run) for _ in range(TOGETHER)))
    return (time.perf_counter() - start) / TOGETHER


async def _awaited(run: Run) -> None:
    await run()


async def measured(rounds: int) -> dict[str, list[tuple[float, float]]]:
    """(alone, together) in seconds, for each peer and round."""
    async with peers() as runs:
        await asyncio.gather(*(together(run) for run in runs.values()))  # all warm
        found = {name: [] for name in runs}
        for turn in range(rounds):
            wait_for_quiet()
            for name in list(runs)[:: -1 if turn % 2 else 1]:
                found[name].append((await alone(runs[name]), await together(runs[name])))
    return found


def table(found: dict[str, list[tuple[float, float]]]) -> str:
    """Medians in ms, and how many times as long as the bare client."""
    rows = []
    for name, seen in found.items():
        cells = [name]
        for column in (0, 1):
            own = [pair[column] for pair in seen]
            bare = [pair[column] for pair in found[BARE]]
            times = statistics.median(one / two for one, two in zip(own, bare, strict=True))
            cells += [f"{statistics.median(own) * 1e3:.3f}", f"{times:.2f}"]
        rows.append(cells)
    return markdown(["peer", "alone ms", "times bare", "together ms a task", "times bare"], rows)


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"Python {platform.python_version()}, {machine_note()}; medians of {rounds} rounds\n")
    print(table(asyncio.run(measured(rounds))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
