"""Two processes add to one number in shared memory: without a lock, additions get lost.

An addition is a read, a sum and a write. Another process that writes in between is overwritten.
Python's standard library has no addition that does all three at once across processes (Node.js has
`Atomics.add`), so people take a lock, or give each worker a number of its own and sum at the end.
"""

import asyncio
import multiprocessing
import time
from dataclasses import dataclass

from unstuck import sharing
from unstuck.interrupts import heard
from unstuck.values import check_count, is_one_of
from unstuck.worker_side import end_with_parent

WAYS = ("plain", "lock", "own slot")
_SLOT = 8  # bytes of one number, signed, in the machine's order
_PATIENCE = 20.0  # seconds that one round may take
_TOGETHER = 5.0  # seconds in which all have to be there; an owner that is gone comes never
_MOST_TIMES = 10_000_000_000
_MOST_WORKERS = 61  # what Windows can wait for at once
_SEARCH = 10.0  # seconds in which a loss is looked for


@dataclass(frozen=True)
class Count:
    """What was found after `workers` processes added 1 `times` times each, in the last round.

    `rounds` is how many were needed: without a lock they go on until one has lost something.
    `seconds` is the whole round with the start of the processes, `ns` are the nanoseconds that one
    addition took in the slowest of them.
    """

    way: str
    workers: int
    times: int
    found: int
    rounds: int
    seconds: float
    ns: float
    pids: tuple[int, ...]

    @property
    def expected(self) -> int:
        """What the number would be if nothing was lost."""
        return self.workers * self.times

    @property
    def lost(self) -> int:
        """How many additions are missing."""
        return self.expected - self.found

    def __repr__(self) -> str:
        rounds = f"{self.rounds} round{'s' * (self.rounds != 1)}"
        return (
            f"{self.way}: {self.found} of {self.expected} additions by {self.workers} processes, "
            f"{self.lost} lost, in {rounds}"
        )


async def count_together(way: str = "plain", times: int = 100_000, workers: int = 2) -> Count:
    """Let processes add 1 to a number in shared memory, `times` times each.

    `way` is "plain" (rounds are repeated for at most 10 s until one loses something), "lock" (read,
    add and write under one lock) or "own slot" (each has a number of its own; they are summed at
    the end). ValueError for another way or a count below 1, RuntimeError where a process dies,
    TimeoutError where a round takes more than 20 s.
    """
    if not is_one_of(way, WAYS):
        raise ValueError(f"way must be one of {', '.join(WAYS)}, not {way!r}")
    check_count("times", times, _MOST_TIMES)
    check_count("workers", workers, _MOST_WORKERS)
    end, rounds = time.monotonic() + _SEARCH, 0
    while True:
        rounds += 1
        count = await _one_round(way, times, workers, rounds)
        if way != "plain" or workers == 1 or count.lost or time.monotonic() > end:
            return count


async def _one_round(way: str, times: int, workers: int, rounds: int) -> Count:
    context = multiprocessing.get_context("spawn")
    # Both have to live until all processes have ended: they go with their last name in here.
    together = {"lock": context.Lock() if way == "lock" else None}
    together["ready"] = context.Barrier(workers)
    with sharing.create(2 * _SLOT * workers) as block:  # a number for each, and a time for each
        place = (block.name, block.size)
        processes = [
            context.Process(
                target=_add_and_end,
                args=(place, worker if way == "own slot" else 0, times),
                kwargs={**together, "clock": workers + worker},
            )
            for worker in range(workers)
        ]
        start = time.perf_counter()
        await _run(processes)
        seconds = time.perf_counter() - start
        with block.view() as view, view.cast("q") as numbers:
            found, ns = sum(numbers[:workers]), max(numbers[workers:])
    pids = tuple(process.pid for process in processes)
    return Count(way, workers, times, found, rounds, seconds, ns / times, pids)


async def _run(processes: list) -> None:
    """Start the processes and wait for all; whatever happens, none is left."""
    try:
        for process in processes:
            process.start()
        with heard():
            await _all_ended(processes)
    finally:
        for process in processes:
            if process.pid is not None:
                process.kill()
                process.join()


async def _all_ended(processes: list) -> None:
    end = time.monotonic() + _PATIENCE
    while any(process.is_alive() for process in processes):
        await asyncio.sleep(0.01)
        if any(process.exitcode for process in processes):
            break
        if time.monotonic() > end:
            text = f"The processes had not ended after {_PATIENCE:g} s, and were killed"
            raise TimeoutError(f"{text}: let them add fewer times.")
    if codes := [process.exitcode for process in processes if process.exitcode]:
        raise RuntimeError(
            f"A process that adds has ended with exit code {codes[0]}. Its error is above; in a "
            "script, call this under \"if __name__ == '__main__':\"."
        )


def _add_and_end(*args, **kwargs) -> None:
    """The process: `add`, and no longer than its owner lives, even one that is killed."""
    end_with_parent()
    add(*args, **kwargs)


def add(place: tuple[str, int], slot: int, times: int, lock=None, ready=None, clock=None) -> None:
    """In a worker: add 1 `times` times to number `slot` of a block (name, bytes).

    The nanoseconds that it took become number `clock`.
    """
    with sharing.attach(*place) as block, block.view() as view, view.cast("q") as numbers:
        if ready is not None:
            ready.wait(_TOGETHER)
        start = time.perf_counter_ns()
        for _ in range(times):
            if lock is None:
                numbers[slot] += 1
            else:
                with lock:
                    numbers[slot] += 1
        if clock is not None:
            numbers[clock] = time.perf_counter_ns() - start
