"""A cluster whose workers are killed in the middle of tasks, to judge what becomes of the tasks.

Each task notes its beginning in a folder, and waits there until it may go on: so the worker dies
where it is meant to, on a slow machine too.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from unstuck.dask_cluster import Dask

_START = 12.0  # seconds in which workers must be there


class TooBusy(Exception):
    """This machine did not start workers in time: nothing can be told."""


async def count_beginnings(tasks: int, deaths: int) -> tuple[int, int]:
    """Run `tasks` on two workers, kill one in the middle `deaths` times: (answers, beginnings)."""
    with tempfile.TemporaryDirectory() as name:
        folder, killed = Path(name), set()
        async with Dask(workers=2) as dask:
            asked = [asyncio.create_task(dask.run(hold, folder, item)) for item in range(tasks)]
            for _ in range(deaths):
                killed.add(await _kill_one(folder, killed))
            (folder / "go").touch()
            answers = await asyncio.wait_for(asyncio.gather(*asked), _START)
        return len(answers), len(_pids(folder))


async def kill_after(act: Callable, item: object) -> None:
    """Let a worker call act(item) and die before it can answer; another one calls it again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with Dask(workers=2) as dask:
            task = asyncio.create_task(dask.run(act_and_hold, folder, act, item))
            await _kill_one(folder, set(), task)
            (folder / "go").touch()
            await asyncio.wait_for(task, _START)


def hold(folder: Path, item: int) -> int:
    """In a worker: note the beginning, and go on when the folder says so."""
    (folder / f"begun-{item}-{os.getpid()}").touch()
    end = time.monotonic() + 2 * _START
    while not (folder / "go").exists() and time.monotonic() < end:
        time.sleep(0.01)
    return item


def act_and_hold(folder: Path, act: Callable, item: object) -> None:
    """In a worker: act first, and then be in the middle for a while."""
    act(item)
    hold(folder, 0)


async def _kill_one(folder: Path, killed: set[int], task: asyncio.Task | None = None) -> int:
    """Wait for a process that has begun a task, and end it; its id."""
    end = time.monotonic() + _START
    while not (living := [pid for pid in _pids(folder) if pid not in killed]):
        if task is not None and task.done():
            task.result()  # raises what the learner's code raised
        if time.monotonic() > end:
            raise TooBusy
        await asyncio.sleep(0.02)
    psutil.Process(living[0]).kill()
    return living[0]


def _pids(folder: Path) -> list[int]:
    return [int(path.name.rpartition("-")[2]) for path in folder.glob("begun-*")]
