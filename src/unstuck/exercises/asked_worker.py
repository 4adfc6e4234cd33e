"""An exercise of notebook 05: ask a worker, and settle however it ends."""

import asyncio
import inspect
import random

from unstuck.exercises.exercise import Result
from unstuck.exercises.scripted_worker import ScriptedWorker

_TURNS = 50  # of the loop, after the exit: an answer that waits for a timer is not there yet
_PATIENCE = 5.0  # seconds for the events of one worker


async def ask(worker):
    """The first event counts, and the exit is always one of them."""
    answer = asyncio.get_running_loop().create_future()

    def settle(setter, value):
        if not answer.done():
            setter(value)

    def ended(code):
        settle(answer.set_exception, RuntimeError(f"no answer, exit code {code}"))

    worker.on_message(lambda value: settle(answer.set_result, value))
    worker.on_error(lambda error: settle(answer.set_exception, error))
    worker.on_exit(ended)
    worker.start()
    return await answer


async def judge_ask(answer) -> Result:
    """Ask workers that answer, fail, or end without a word; each has a definite outcome."""
    if not inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a function that begins with `async def`.")
    number, failure = random.randrange(10**6), ValueError("raised in the worker")
    lives = (
        ("answers", number, 0.0, ("message", number), ("exit", 0)),
        ("exits with 0, without a word", RuntimeError, 0.0, ("exit", 0)),
        ("answers False, and exits with 1", False, 0.0, ("message", False), ("exit", 1)),
        ("answers late", number, 0.5, ("message", number), ("exit", 0)),
        ("raises, and exits with 1", failure, 0.0, ("error", failure), ("exit", 1)),
        ("exits with 1, without a word", RuntimeError, 0.0, ("exit", 1)),
    )
    for name, wanted, delay, *events in lives:
        if problem := await _problem(answer, ScriptedWorker(*events, delay=delay), wanted):
            return Result("not yet", f"A worker that {name}: {problem}.")
    return Result("right", "Six workers, six definite outcomes: the exit settles what is open.")


async def _problem(answer, worker: ScriptedWorker, wanted: object) -> str | None:
    """Say what is wrong with how `answer` asks this worker; None where nothing is."""
    task = asyncio.ensure_future(answer(worker))
    exited = asyncio.ensure_future(worker.exited.wait())
    await asyncio.wait([exited], timeout=_PATIENCE)
    exited.cancel()
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    if not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1)
        return "it has ended, and your function still waits" if worker.started else "start it"
    if said := _difference(task, wanted):
        return said
    if worker.problems:
        return f"a callback of yours raised {type(worker.problems[0]).__name__}"
    return None if worker.exited.is_set() else "it was never started"


def _difference(task: asyncio.Task, wanted: object) -> str | None:
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if wanted is RuntimeError:
        return None if isinstance(error, Exception) else "its end without an answer is an error"
    if isinstance(wanted, Exception):
        return None if error is wanted else "its exception arrives as itself"
    if error is not None:
        return f"your function raised {type(error).__name__}"
    return None if task.result() is wanted else f"it said {wanted!r}, not {task.result()!r}"
