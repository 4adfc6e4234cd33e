"""Exercises of notebook 01: let a loop breathe, and find the size of a hidden pool."""

import asyncio
import inspect
import math
import threading

from unstuck.exercises.exercise import Exercise, Result
from unstuck.lag import STALLED, LagMeter
from unstuck.workloads import is_prime, sized_exactly, wait

_KNOWN = {1: False, 2: True, 3: True, 4: False, 9: False, 97: True, 7917: False, 7919: True}
_TRIES = 3  # of an answer whose beats are late: the machine may have been busy in one of them
_JOBS = 80  # more than asyncio's default pool ever has threads


async def polite_is_prime(n):
    """Test by division, and let the loop run after every 2000 divisors."""
    if n < 2:
        return False
    for divisor in range(2, math.isqrt(n) + 1):
        if n % divisor == 0:
            return False
        if divisor % 2000 == 0:
            await asyncio.sleep(0)
    return True


async def judge_polite(answer) -> Result:
    """Ask for known answers first, then for beats while a long check runs."""
    if not inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a function that begins with `async def`.")
    for n, known in _KNOWN.items():
        if (got := await answer(n)) is not known:
            return Result("not yet", f"For {n} your function says {got!r}; it should be {known}.")
    _, n = sized_exactly("prime", 0.4)
    idle, blocked = await _latest(asyncio.sleep, 0.3), await _latest(_inline, n)
    limit = max(STALLED, 2 * idle)  # beats come late by themselves on a busy machine
    if blocked < 2 * limit:
        return Result("cannot tell here", "This machine is too busy: beats come late without you.")
    for _ in range(_TRIES):
        latest = await _latest(answer, n)
        if latest <= limit:
            told = f"{latest * 1e3:.1f} ms late, not {blocked * 1e3:.0f}"
            return Result("right", f"The latest beat came {told}.")
    if await _latest(asyncio.sleep, 0.3) > limit:
        return Result("cannot tell here", "This machine is too busy: beats come late without you.")
    return Result("not yet", f"The answers are right, but a beat came {latest * 1e3:.0f} ms late.")


async def _inline(n) -> bool:
    return is_prime(n)


async def _latest(function, argument) -> float:
    """Seconds of lateness of the latest beat while the function runs."""
    async with LagMeter(every=0.01) as meter:
        await function(argument)
    return meter.lag.max


async def threads_at_once() -> int:
    """Send more waits to the default pool than it has threads; the most that ran at once."""
    running, most, lock = 0, 0, threading.Lock()

    def counted() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        wait(0.05)
        with lock:
            running -= 1

    await asyncio.gather(*(asyncio.to_thread(counted) for _ in range(_JOBS)))
    return most


async def judge_pool_size(answer) -> Result:
    """Compare the answer with what the default pool does here."""
    if isinstance(answer, bool) or not isinstance(answer, int):
        return Result("not yet", "The answer is a whole number of threads.")
    seen = {await threads_at_once() for _ in range(2)}
    if len(seen) > 1:
        return Result("cannot tell here", f"Two tries here gave different numbers: {sorted(seen)}.")
    if answer not in seen:
        more = "fewer" if answer > min(seen) else "more"
        return Result("not yet", f"{_JOBS} waits were sent, and {more} than {answer} ran at once.")
    return Result("right", f"{answer} waits ran at once; the others stood in its queue.")


EXERCISES = {
    "1": Exercise(
        judge_polite,
        "Divide as before, and after some thousand divisors `await asyncio.sleep(0)`.",
        polite_is_prime,
    ),
    "2": Exercise(
        judge_pool_size,
        "Count in the function that is sent to the pool: how many are inside at the same time?",
        threads_at_once,
    ),
}
