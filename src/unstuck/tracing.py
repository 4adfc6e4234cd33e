"""Who works on what: run many tasks through a hatch, and see each wait, begin, end or fail.

    trace = await trace_tasks("pool", pool.run, is_prime, numbers, workers=2)

At most `workers` tasks are handed over at once; the others wait in a queue that can be seen. The
stamps of beginning and end come from inside the worker. A failure is counted, never lost.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from unstuck.interrupts import heard
from unstuck.node import TwinRun, run_twin
from unstuck.stamps import Stamp, stamped
from unstuck.traces import Task, Trace
from unstuck.values import is_count

Listener = Callable[[dict], None]
MOST = 61  # workers, as in a pool


async def trace_tasks(
    name: str,
    run: Callable,
    func: Callable,
    items: Iterable,
    workers: int,
    on_event: Listener = lambda event: None,
) -> Trace:
    """Run func(item) for each item through `run`, at most `workers` at once; their Trace.

    `on_event` is told at once: {"kind": "submitted" | "began" | "ended", "task", "at"}, from
    "began" on with "lane", the place from 0 to workers - 1. There, began means handed over; the
    worker's own stamp comes with "ended". ValueError where there is no item or no worker.
    """
    queue = _Queue(run, func, _checked(workers), on_event)
    items = list(items)
    if not items:
        raise ValueError("there is no task: give at least one item")
    with heard():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(queue.one(*pair)) for pair in enumerate(items, 1)]
    return Trace(name, "python", tuple(task.result() for task in tasks))


class _Queue:
    """Hands tasks to a hatch, so many at once, and tells of each."""

    def __init__(self, run: Callable, func: Callable, workers: int, on_event: Listener):
        self.run, self.func, self.on_event = run, func, on_event
        self.places = asyncio.Semaphore(workers)
        self.free = list(range(workers))

    async def one(self, number: int, item: object) -> Task:
        submitted = self._tell("submitted", number)
        async with self.places:
            lane = self.free.pop(0)
            try:
                await asyncio.sleep(0)  # between two tasks the loop gets a turn, also inline
                task = await self._handed_over(number, submitted, lane, item)
            finally:
                self.free = sorted([*self.free, lane])
        self._tell("ended", number, task.ended, lane=lane, began=task.began, failed=task.failed)
        return task

    async def _handed_over(self, number: int, submitted: float, lane: int, item) -> Task:
        began = self._tell("began", number, lane=lane)
        try:
            stamp = Stamp(*await self.run(stamped, self.func, item))
        except Exception as error:  # its worker died, or the call could not travel
            name = getattr(self.func, "__qualname__", repr(self.func))
            failed = f"{type(error).__name__} in {name}: {error}"
            return Task(number, submitted, began, time.time(), None, failed)
        worker = (stamp.process, stamp.thread)
        began = max(submitted, stamp.began)
        return Task(number, submitted, began, stamp.ended, worker, stamp.failed, stamp.answer)

    def _tell(self, kind: str, number: int, at: float | None = None, **facts) -> float:
        at = time.time() if at is None else at
        self.on_event({"kind": kind, "task": number, "at": at, **facts})
        return at


def _checked(workers: object) -> int:
    if not is_count(workers, MOST):
        raise ValueError(f"workers must be a whole number from 1 to {MOST}, not {workers!r}")
    return workers


async def trace_twin(
    tasks: int = 10,
    workers: int = 2,
    seconds: float = 0.2,
    on_event: Listener | None = None,
    **options,
) -> Trace:
    """Run so many prime checks of `seconds` each in a pool of Node.js worker threads; their Trace.

    `fault=3` makes the third task fail. `on_event` is told as by `trace_tasks`, as it happens.
    Without Node.js it is the recorded run, and says so. Raises TwinFailed where the twin fails.
    """
    amount = {"tasks": tasks, "workers": _checked(workers), "seconds": seconds, **options}
    run = await run_twin("lanes", on_line=on_event, **amount)
    return trace_of_lines(run)


def trace_of_lines(run: TwinRun) -> Trace:
    """Return the Trace that the lines of twins/lanes.js tell."""
    found: dict[int, Task] = {}
    pid = run.result["pids"][0]
    for line in run.lines:
        number, at = line.get("task"), line.get("at")
        if line.get("kind") == "submitted":
            found[number] = Task(number, at, at, at, None)
        elif line.get("kind") == "began":
            worker = (pid, line["thread"])
            found[number] = replace(found[number], began=at, ended=at, worker=worker)
        elif line.get("kind") == "ended":
            failed = line.get("failed")
            found[number] = replace(found[number], ended=at, failed=failed)
    numbered = tuple(found[number] for number in sorted(found))
    return Trace("worker threads", "node", numbered, run.recorded, run.note)
