"""Exercises of notebook 08: who answers, when to give up, who hangs; and a service to be mended."""

import asyncio

from unstuck.asking import ask
from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.exercises.capstone import MENDED, judge_service
from unstuck.exercises.exercise import Exercise, Result
from unstuck.exercises.hung_rule import is_hung, judge_hung
from unstuck.exercises.restart_rule import judge_pause, pause
from unstuck.load import load

_TRUE = (2, 1, 3)
_PREDICTED = (
    "20 new connections",
    "20 requests on one kept connection",
    "20 new connections, and 20 more after one worker was killed and replaced",
)
_SEEN = 14.0  # seconds for the real cluster
_UNSURE = "This machine showed {seen}, which no quiet machine does: is it very busy? Check again."


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
    try:
        async with asyncio.timeout(_SEEN):
            seen = await processes_seen()
    except (ChildFailed, TimeoutError) as error:
        seen = f"no answer ({error or 'it took too long'})"
    if seen != _TRUE:
        return Result("cannot tell here", _UNSURE.format(seen=seen))
    for number, saw, when in zip(said, seen, _PREDICTED, strict=True):
        if number != saw:
            return Result("not yet", f"{when}: not {number} processes answer. Try it.")
    return Result("right", "Connections are spread, not requests; and a dead worker's pid is gone.")


EXERCISES = {
    "1": Exercise(
        judge_seen,
        "A connection is handed to one worker and stays there. A new worker is a new process.",
        _TRUE,
    ),
    "2": Exercise(
        judge_pause,
        "`pause(1)` is some tenths of a second, `pause(2)` and `pause(3)` are each longer than the "
        "one before, and `pause(4)` is None.",
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
        "each request? What do two workers try to have that only one can have? And what should a "
        "client hear that asks with a word in place of a number: status 400, or a crash (500)?",
        MENDED,
    ),
}
