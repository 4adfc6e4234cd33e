"""Exercises of notebook 05: what crosses, a promise that never settles, unchecked input."""

import contextlib
import inspect
import math
import random

from unstuck.exercises.asked_worker import ask, judge_ask
from unstuck.exercises.crossers import how_it_arrives, values
from unstuck.exercises.exercise import Exercise, Result
from unstuck.exercises.patience import NotEnded, in_time
from unstuck.hatches import interpreters
from unstuck.parcel import CannotTravel
from unstuck.process_pool import Pool, WorkerDied
from unstuck.workloads import is_prime, nothing

WAYS = ("itself", "a copy", "cannot")
_ANSWERS = {
    "a list": "a copy",
    "an object of a class": "a copy",
    "a function of a cell": "a copy",
    "a lock": "cannot",
    "an open file": "cannot",
    "a generator": "cannot",
}
_PATIENCE = 5.0  # seconds for one call
_REFUSED = (math.nan, 2.5, "7", True, None)
_NUMBERS = (-3, 0, 1, 2, 3, 4, 9, 25, 2**31 - 1, 2**31 + 1, 3**40, 10**30)


async def judge_crossing(answer) -> Result:
    """Compare with what arrives in an interpreter, or in a process where there are none."""
    if not isinstance(answer, dict) or set(answer) != set(_ANSWERS):
        return Result("not yet", f"The answer is a dict with the keys {', '.join(_ANSWERS)}.")
    if wrong := [way for way in answer.values() if way not in WAYS]:
        return Result("not yet", f"{wrong[0]!r} is not one of {', '.join(WAYS)}.")
    try:
        seen = await _seen()
    except (WorkerDied, TimeoutError) as error:
        return Result("cannot tell here", f"No worker could be asked on this machine: {error}")
    for name, way in seen.items():
        if answer[name] != way:
            return Result("not yet", f"{name}: {answer[name]!r} is not what we see: try it.")
    return Result("right", "Data and code arrive as copies; what is tied to its place stays.")


async def _seen() -> dict[str, str]:
    """How each value arrives in an interpreter; in a process where there are none."""
    async with contextlib.AsyncExitStack() as stack:
        run = interpreters.run
        if interpreters.reason_missing():
            run = (await stack.enter_async_context(Pool(1))).run
        with values() as samples:
            return {name: await how_it_arrives(run, value) for name, value in samples.items()}


def checked_is_prime(n):
    """bool is a kind of int, and NaN compares as false with all: ask for the type itself."""
    if type(n) is not int:
        raise TypeError(f"n must be a whole number, not {n!r}")
    if n < 2:
        return False
    return all(n % divisor for divisor in range(2, math.isqrt(n) + 1))


async def judge_checked(answer) -> Result:
    """Call the function in a worker process: it must travel, refuse, and know its primes."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function of n.")
    numbers = [*_NUMBERS, *(random.randrange(10**4, 10**6) for _ in range(6))]
    async with Pool(1) as pool:
        try:
            await pool.run(nothing)  # the start of the worker is not the learner's time
        except WorkerDied as error:
            return Result("cannot tell here", f"No worker starts on this machine: {error}")
        for n in (2, *_REFUSED, *numbers):
            problem = await _told(pool, answer, n)
            if problem:
                return Result("not yet", problem)
    return Result("right", f"{len(_REFUSED)} wrong kinds refused; {len(numbers)} numbers known.")


async def _told(pool: Pool, answer, n: object) -> str | None:
    """Say what is wrong with answer(n) in a worker; None where nothing is."""
    try:
        said = await in_time(pool.run(answer, n), _PATIENCE)
    except (CannotTravel, WorkerDied) as error:
        return str(error)
    except NotEnded:
        return f"n = {n!r}: no answer within {_PATIENCE:g} s. Do you look beyond the square root?"
    except Exception as error:
        said = error
    if type(n) is not int:
        fine = isinstance(said, TypeError | ValueError)
        return None if fine else f"n = {n!r} is no whole number: refuse it. It gave {said!r}."
    if n < 0 and isinstance(said, ValueError):
        return None  # to refuse a negative number is fine as well
    return None if said is is_prime(n) else f"n = {n!r}: {said!r} is not right."


EXERCISES = {
    "1": Exercise(
        judge_crossing,
        "Can it be written down as bytes, and made again from them elsewhere? Can a lock?",
        _ANSWERS,
    ),
    "2": Exercise(
        judge_ask,
        "Look at `on_exit`: which codes does it leave out? A future can be settled only once.",
        ask,
    ),
    "3": Exercise(
        judge_checked,
        "`isinstance(True, int)` is True, and NaN is neither less nor more: look at `type(n)`.",
        checked_is_prime,
    ),
}
