"""Judges exercise 8.3: does a rule tell a worker that computes from one that hangs?

It is asked about samples, some drawn anew each time, and about two real workers.
"""

import asyncio
import inspect
import random
import reprlib
import time

import psutil

from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.exercises.exercise import Result
from unstuck.exercises.own_thread import GivenUp, call_apart
from unstuck.exercises.service_asked import Fault, asked
from unstuck.workloads import small

_SILENT = 1.1  # seconds after which a silent worker is looked at; a hung one is ended at 1.5
_COMPUTING = 2.5  # seconds for which the busy one computes
_LOOKS = 8.0  # seconds for the real workers, at most
_DEADLINE = 2.0  # seconds for one answer of the rule
_LITTLE, _MUCH = 0.02, 0.2  # seconds of work: next to nothing, and surely more than that


def is_hung(silent, worked):
    """Silent for a second, and next to no work in that time."""
    return silent >= 1 and worked < 0.05


def samples() -> list[tuple[float, float, bool]]:
    """Seconds silent, CPU seconds in that time, and whether that is a hung worker."""
    draw = random.uniform
    return [
        *((0.1, 0.0, False), (0.9, 0.0, False), (0.99, 0.0, False), (1.0, 0.0, True)),
        *((1.5, _MUCH, False), (1.5, 0.4, False), (5.0, _LITTLE, True), (1.2, _LITTLE, True)),
        *((60.0, 0.01, True), (60.0, 55.0, False)),
        (draw(1, 2), draw(0, _LITTLE), True),
        (draw(2, 90), draw(0, _LITTLE), True),
        (draw(0, 0.99), draw(0, _LITTLE), False),
        (draw(1, 2), draw(_MUCH, 1), False),
    ]


async def judge_hung(answer) -> Result:
    """Ask about samples, and about two real workers: one that computes and one that hangs."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function of silent and worked.")
    try:
        for sample in samples():
            if problem := await _problem(answer, *sample):
                return Result("not yet", problem)
        seen = await real_samples()
        for sample in seen:
            if problem := await _problem(answer, *sample):
                return Result("not yet", f"A real worker: {problem}")
    except GivenUp as error:
        return Result("not yet", str(error))
    if len(seen) < 2:
        text = "It is right about each sample. This machine is too busy to look at real workers."
        return Result("right", text)
    return Result("right", "It told a real worker that computes from one that hangs.")


async def _problem(rule, silent: float, worked: float, hung: bool) -> str:
    """Ask the rule about one worker; a sentence where it is wrong, else an empty one."""
    said = await call_apart(rule, silent, worked, seconds=_DEADLINE)
    if inspect.iscoroutine(said):
        said.close()
    called = f"is_hung({silent:.2f}, {worked:.2f})"
    if not _is_truth(said):
        return f"{called} says {reprlib.repr(said)}: it has to say True or False."
    if bool(said) is hung:
        return ""
    kind = "hangs" if hung else "does not hang"
    words = f"silent for {silent:.2f} s, {worked:.2f} s of CPU time in it: this worker {kind}"
    return f"{called}: {words}, so the answer is {hung}."


def _is_truth(said: object) -> bool:
    """True, False, 1, 0, and NumPy's own."""
    return type(said).__name__ in ("bool", "bool_", "int") and said in (True, False)


async def real_samples() -> list[tuple[float, float, bool]]:
    """A sample of a real busy worker, and one of a real hung one; fewer on a busy machine."""
    try:
        async with asyncio.timeout(_LOOKS), Cluster(workers=2) as cluster:
            seen = await _looked_at(cluster)
            await cluster.stop(grace=0)  # one worker hangs: nobody waits for it
            return seen
    except (TimeoutError, ChildFailed, Fault, psutil.Error):
        return []


async def _looked_at(cluster: Cluster) -> list[tuple[float, float, bool]]:
    seconds = _COMPUTING * (_COMPUTING / small(_COMPUTING))  # a small run makes it shorter again
    busy = asyncio.create_task(asked(cluster.url, f"/block?work=prime&seconds={seconds}", 60))
    try:
        await asyncio.sleep(0.2)
        victim = await _answering(cluster)
        await cluster.hang(victim)
        working = next(pid for pid in cluster.pids if pid != victim)
        (silent, work), (hung, rest) = await asyncio.gather(_sample(working), _sample(victim))
    finally:
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
    seen = [(silent, work, False)] if work > _MUCH else []  # else it was starved, and tells nothing
    return seen + [(hung, rest, True)] * (rest <= _LITTLE)


async def _answering(cluster: Cluster) -> int:
    """The process id of the worker that answers at once: who computes does not."""
    while True:
        try:
            return (await asked(cluster.url, "/", 0.5)).value("pid")
        except Fault:
            await asyncio.sleep(0.05)


async def _sample(pid: int) -> tuple[float, float]:
    process = psutil.Process(pid)
    start, before = time.monotonic(), sum(process.cpu_times()[:2])
    await asyncio.sleep(_SILENT)
    return time.monotonic() - start, sum(process.cpu_times()[:2]) - before
