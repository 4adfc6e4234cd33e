"""Exercises of notebook 10: count beginnings, choose by cost, act once, size a fleet."""

import inspect
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path

from unstuck.exercises.exercise import Exercise, Result
from unstuck.exercises.killed_cluster import TooBusy, count_beginnings, kill_after
from unstuck.queueing_formulas import wait_of_many
from unstuck.values import is_count

_TASKS, _DEATHS = 6, 2
_BUSY = Result("cannot tell here", "This machine is too busy to start workers: try again later.")
_TOLD = "Your machine is the judge: two workers were killed in the middle, and nothing was lost."


async def judge_beginnings(answer) -> Result:
    """Compare a pair of numbers with what a cluster really does."""
    pair = tuple(answer) if isinstance(answer, list | tuple) else ()
    if len(pair) != 2 or not all(type(number) is int for number in pair):
        return Result("not yet", "The answer is a pair of whole numbers, such as (6, 6).")
    try:
        seen = await count_beginnings(_TASKS, _DEATHS)
    except (TooBusy, TimeoutError):
        return _BUSY
    if pair == seen:
        return Result("right", _TOLD)
    half = "answers" if pair[0] != seen[0] else "beginnings"
    return Result("not yet", f"Here the number of {half} was another one. What does a death cost?")


JOBS = {  # the hatch that serves, and why
    "sort_rows": ("inline", "0.1 ms of work is far less than any way to a worker costs"),
    "thumbnail": ("pool", "80 ms under the GIL are worth a process, and one machine carries it"),
    "night_run": ("distributed", "333 hours of CPU in one night are more than one machine has"),
    "big_table": ("threads", "4 GB travel longer than the second of work; a thread shares them"),
}


async def judge_choices(answer) -> Result:
    """Each job of JOBS must go where its numbers say."""
    if not isinstance(answer, dict) or set(answer) != set(JOBS):
        return Result("not yet", f"The answer is a dict with these keys: {', '.join(JOBS)}.")
    for job, (serves, why) in JOBS.items():
        if answer[job] != serves:
            return Result("not yet", f"{job}: not {answer[job]!r}, for {why}.")
    return Result("right", "A cluster is for what one machine cannot carry, and little else.")


def book(folder, item):
    """Book an item once, however often this is called: a name of its own, one whole step."""
    import os
    import uuid

    draft = folder / f".draft-{uuid.uuid4().hex}"
    draft.write_text(json.dumps(item))
    os.replace(draft, folder / f"{item['order']}.json")


async def judge_book(answer) -> Result:
    """Book again in a quiet moment, then on a worker that dies after it has booked."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function of folder and item.")
    for attempt in (_booked_by_hand, _booked_in_a_cluster):
        try:
            booked, wanted, how = await attempt(answer)
        except (TooBusy, TimeoutError):
            return _BUSY
        if booked != wanted:
            return Result("not yet", f"{how} the ledger has {booked}, and it should be {wanted}.")
    return Result("right", "Done twice, booked once: such a task may be begun again at any time.")


async def _booked_by_hand(answer: Callable) -> tuple:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for order in ("a-1", "b-2", "a-1"):
            answer(folder, {"order": order, "amount": 10})
        return ledger(folder), {"a-1": [10], "b-2": [10]}, "After a-1, b-2 and a-1 again,"


async def _booked_in_a_cluster(answer: Callable) -> tuple:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await kill_after(lambda item: answer(folder, item), {"order": "c-3", "amount": 20})
        return ledger(folder), {"c-3": [20]}, "After a worker died when it had booked c-3,"


def ledger(folder: Path) -> dict:
    """What is booked in the files of a folder: JSON lines, each with an order and an amount."""
    found: dict[str, list] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            for line in path.read_text(encoding="utf-8").splitlines():
                item = json.loads(line)
                found.setdefault(item["order"], []).append(item["amount"])
    return found


def workers_needed(rate, seconds, limit):
    """The fewest workers of one queue whose p99 wait, by the formula, is `limit` or less."""
    from unstuck.queueing_formulas import wait_of_many

    workers = int(rate * seconds) + 1
    while wait_of_many(rate * seconds / workers, workers, seconds) > limit:
        workers += 1
    return workers


_SERVICES = ((20, 0.1, 0.2), (500, 0.02, 0.005), (3, 1.0, 0.01), (50_000, 0.01, 0.02), (1, 0.2, 5))


async def judge_fleet(answer) -> Result:
    """Ask for the size of some services, small and large; a neighbour's size is wrong."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function of rate, seconds and limit.")
    for rate, seconds, limit in _SERVICES:
        said = answer(rate, seconds, limit)
        what = f"{rate} requests a second of {seconds:g} s, p99 wait up to {limit:g} s"
        if not is_count(said):
            return Result("not yet", f"{what}: {said!r} is no number of workers.")
        if said * 1.0 <= rate * seconds:
            return Result("not yet", f"{what}: {said} are busy all the time, and the queue grows.")
        if _wait(rate, seconds, said) > limit:
            return Result("not yet", f"{what}: with {said} they wait {_ms(rate, seconds, said)}.")
        if said - 1 > rate * seconds and _wait(rate, seconds, said - 1) <= limit:
            return Result("not yet", f"{what}: {said} will do, and so would {said - 1}.")
    return Result("right", "The more share one queue, the fewer stand idle for short waits.")


def _wait(rate: float, seconds: float, workers: int) -> float:
    return wait_of_many(rate * seconds / workers, workers, seconds)


def _ms(rate: float, seconds: float, workers: int) -> str:
    return f"{math.ceil(1e3 * _wait(rate, seconds, workers))} ms"


EXERCISES = {
    "1": Exercise(
        judge_beginnings,
        "Nothing is lost, so each task has one answer. And each death makes one beginning vain.",
        (_TASKS, _TASKS + _DEATHS),
    ),
    "2": Exercise(
        judge_choices,
        "Compare work with way: milliseconds of CPU, bytes to send, and all CPUs of one machine.",
        {job: serves for job, (serves, _) in JOBS.items()},
    ),
    "3": Exercise(
        judge_book,
        "Give each order a file of its own, named after it: written again, it is still one.",
        book,
    ),
    "4": Exercise(
        judge_fleet,
        "Begin with the least number that is not busy all the time; add until the formula fits.",
        workers_needed,
    ),
}
