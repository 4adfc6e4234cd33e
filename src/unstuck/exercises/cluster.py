"""Exercises of notebook 08: who answers, when to give up, who hangs; and a service to be mended."""

import asyncio
import inspect
import subprocess
import sys
import time

import psutil

from unstuck.asking import ask
from unstuck.cluster import Cluster
from unstuck.exercises.capstone import MENDED, judge_service
from unstuck.exercises.exercise import Exercise, Result
from unstuck.load import load

_PREDICTED = (
    "20 new connections",
    "20 requests on one kept connection",
    "20 new connections, and 20 more after one worker was killed and replaced",
)
_MOST_TRIES = 10  # more starts of a program that always fails are too many
_MOST_WAIT = 10.0  # seconds that all pauses may take together
_SILENT = 1.3  # seconds after which a silent worker is looked at
_SAMPLES = (  # seconds silent, CPU seconds in that time, hung?
    (0.1, 0.0, False),
    (0.9, 0.0, False),
    (1.5, 0.4, False),
    (60.0, 55.0, False),
    (2.0, 0.0, True),
    (60.0, 0.01, True),
)


async def processes_seen() -> tuple[int, int, int]:
    """How many processes answer, in each of the three cases, at a cluster of two."""
    async with Cluster(workers=2) as cluster:
        fresh = {(await ask(cluster.url))["pid"] for _ in range(20)}
        kept = await load(cluster.url, 100, 0.2, connections=1)
        await cluster.kill(cluster.pids[0])
        await cluster.full(2)
        after = {(await ask(cluster.url))["pid"] for _ in range(20)}
    return len(fresh), len(kept.pids), len(fresh | after)


async def judge_seen(answer) -> Result:
    """Compare three numbers with what answers at a real cluster."""
    said = tuple(answer) if isinstance(answer, list | tuple) else ()
    if len(said) != 3 or not all(type(number) is int for number in said):
        return Result("not yet", "The answer is three whole numbers, such as (1, 1, 1).")
    for number, saw, when in zip(said, await processes_seen(), _PREDICTED, strict=True):
        if number != saw:
            return Result("not yet", f"{when}: not {number} processes answer. Try it.")
    return Result("right", "Connections are spread, not requests; and a dead worker's pid is gone.")


def pause(failures):
    """Three tries after the first, each after a longer pause; then it is enough."""
    return 0.1 * 2 ** (failures - 1) if failures <= 3 else None


async def judge_pause(answer) -> Result:
    """Start, by the learner's rule, a program that always fails, and one that works at last."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function of the number of failures so far.")
    tries, pauses, problem = await _started_by(answer, works_at=None)
    if problem:
        return Result("not yet", problem)
    if pauses != sorted(pauses) or pauses[0] == pauses[-1]:
        return Result("not yet", f"The pauses are {pauses}: they should grow.")
    reached, _, _ = await _started_by(answer, works_at=4)
    if reached < 4:
        return Result("not yet", "A program that works at its fourth start was given up before it.")
    return Result("right", f"{tries} starts of a program that always fails, then it is given up.")


async def _started_by(rule, works_at: int | None) -> tuple[int, list[float], str]:
    """Start a program until it works or the rule gives up: (starts, pauses, what is wrong)."""
    pauses: list[float] = []
    for tries in range(1, _MOST_TRIES + 1):
        program = [sys.executable, "-c", f"raise SystemExit({int(tries != works_at)})"]
        failed = await asyncio.to_thread(subprocess.run, program)
        if failed.returncode == 0:
            return tries, pauses, ""
        wish = rule(tries)
        if wish is None:
            return tries, pauses, "" if pauses else "It gives up at the first failure."
        if isinstance(wish, bool) or not isinstance(wish, int | float) or not wish > 0:
            return tries, pauses, f"After failure {tries} it says {wish!r}: seconds, or None."
        pauses.append(wish)
        if sum(pauses) > _MOST_WAIT:
            return tries, pauses, f"Its pauses add up to more than {_MOST_WAIT:.0f} s."
        await asyncio.sleep(wish)
    return tries, pauses, f"{tries} failures in a row, and it still does not give up."


def is_hung(silent, worked):
    """Silent for a second, and next to no work in that time."""
    return silent >= 1 and worked < 0.05


async def judge_hung(answer) -> Result:
    """Ask about samples, and about two real workers: one that computes and one that hangs."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function of silent and worked.")
    for silent, worked, hung in (*_SAMPLES, *await _looked_at()):
        if answer(silent, worked) is not hung:
            kind = "hangs" if hung else "does not hang"
            words = f"Silent for {silent:.2f} s, {worked:.2f} s of CPU time in it: this worker"
            return Result("not yet", f"{words} {kind}, and the answer is {hung}.")
    return Result("right", "It told a real worker that computes from one that hangs.")


async def _looked_at() -> list[tuple[float, float, bool]]:
    """A sample of a real busy worker, and one of a real hung one; a starved one tells nothing."""
    async with Cluster(workers=2) as cluster:
        busy = asyncio.create_task(ask(cluster.url, "/block?work=prime&seconds=3", 60))
        await asyncio.sleep(0.2)
        victim = next(iter(await _answering(cluster)))
        await cluster.hang(victim)
        working = next(pid for pid in cluster.pids if pid != victim)
        seen = await asyncio.gather(_sample(working), _sample(victim))
        busy.cancel()
    samples = [(*seen[0], False), (*seen[1], True)]
    return samples if seen[0][1] > 0.1 else samples[1:]


async def _answering(cluster: Cluster) -> set[int]:
    """The workers that answer at once: who computes does not."""
    async with asyncio.timeout(10):
        while True:
            try:
                return {(await ask(cluster.url, deadline=0.5))["pid"]}
            except Exception:
                await asyncio.sleep(0.05)


async def _sample(pid: int) -> tuple[float, float]:
    process = psutil.Process(pid)
    start, before = time.monotonic(), sum(process.cpu_times()[:2])
    await asyncio.sleep(_SILENT)
    return time.monotonic() - start, sum(process.cpu_times()[:2]) - before


EXERCISES = {
    "1": Exercise(
        judge_seen,
        "A connection is handed to one worker and stays there. A new worker is a new process.",
        (2, 1, 3),
    ),
    "2": Exercise(
        judge_pause,
        "`pause(1)` is some tenths of a second, each further one twice that; `pause(4)` is None.",
        pause,
    ),
    "3": Exercise(
        judge_hung,
        "Both must be true: silent for a second or more, and hardly any CPU time in it.",
        is_hung,
    ),
    "4": Exercise(
        judge_service,
        "Run the check: it names the first fault it meets. What blocks the loop? What grows with "
        "each request? What do two workers try to have that only one can have?",
        MENDED,
    ),
}
