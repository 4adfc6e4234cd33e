"""What it costs to hand a payload to a worker: our roads, memcpy, others' pools and Node.js.

    python benchmarks/roads.py [--mib 16] [--rounds 9]

All in one run, in turn: a figure is the median of the rounds, there and back, and stands beside its
share of memcpy's speed. loky and joblib are skipped, with the reason, where they are not installed;
joblib maps large numpy arrays to a file in memory by itself (its max_nbytes).
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import platform
import statistics
import time
from concurrent.futures import ProcessPoolExecutor

from tables import machine_note, markdown

from unstuck.glances import glance
from unstuck.node import run_twin
from unstuck.passages import COPY, Passage, passages_of
from unstuck.payloads import payload
from unstuck.roads import Roads


def executor(data: bytes, stack: contextlib.ExitStack):
    """The standard library's process pool."""
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    stack.enter_context(pool)
    return lambda: pool.submit(glance, data).result()


def loky(data: bytes, stack: contextlib.ExitStack):
    """loky's reusable executor."""
    from loky import get_reusable_executor

    pool = get_reusable_executor(1)
    stack.callback(pool.shutdown, wait=True)
    return lambda: pool.submit(glance, data).result()


def joblib_memmap(data: bytes, stack: contextlib.ExitStack):
    """joblib with a numpy array, which it maps to a file for its workers."""
    import joblib
    import numpy

    array = numpy.frombuffer(data, dtype="u1")
    parallel = stack.enter_context(joblib.Parallel(n_jobs=2, max_nbytes="1K", mmap_mode="r"))
    return lambda: parallel([joblib.delayed(glance)(array)])


PEERS = {
    "ProcessPoolExecutor, bytes": executor,
    "loky, bytes": loky,
    "joblib, numpy": joblib_memmap,
}


def peers(data: bytes, rounds: int) -> dict[str, list[float] | str]:
    """Seconds of each round by peer, in turn; a sentence where a peer is not there."""
    found: dict[str, list[float] | str] = {}
    with contextlib.ExitStack() as stack:
        calls = {}
        for name, make in PEERS.items():
            try:
                calls[name] = make(data, stack)
                calls[name]()  # warm
            except ImportError as error:
                found[name] = f"skipped: {error}"
                calls.pop(name, None)
        for _ in range(rounds):
            for name, call in calls.items():
                start = time.perf_counter()
                call()
                found.setdefault(name, []).append(time.perf_counter() - start)
    return found


async def ours(size: int, rounds: int) -> list[Passage]:
    """Our roads in Python and Node.js."""
    async with Roads() as roads:
        python = await roads.measure("bytes", size, rounds)
    run = await run_twin("sharing", sizes=[size], rounds=rounds)
    return python + passages_of(run, "bytes", [size])


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=16, help="MiB of the payload (16)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each road (9)")
    arguments = parser.parse_args()
    size = arguments.mib * 2**20
    passages = asyncio.run(ours(size, arguments.rounds))
    runs = {f"{each.road} ({each.runtime})": list(each.runs) for each in passages}
    runs |= peers(payload("bytes", size), arguments.rounds)
    copy = statistics.median(runs[f"{COPY} (python)"])
    rows = [[name, *_cells(times, copy)] for name, times in runs.items()]
    head = ["road", "median ms", "least ms", "most ms", "speed, % of memcpy"]
    print(
        f"{arguments.mib} MiB there and back, Python {platform.python_version()}, {machine_note()}"
    )
    print()
    print(markdown(head, rows))


def _cells(times: list[float] | str, copy: float) -> list[str]:
    if isinstance(times, str):
        return [times, "", "", ""]
    middle = statistics.median(times)
    shown = (f"{1e3 * seconds:.2f}" for seconds in (middle, min(times), max(times)))
    return [*shown, f"{100 * copy / middle:.0f}"]


if __name__ == "__main__":
    main()
