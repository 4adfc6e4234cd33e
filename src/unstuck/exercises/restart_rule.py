"""Judges exercise 8.2: a rule for starting a program again, tried on real programs."""

import asyncio
import inspect
import itertools
import numbers
import reprlib
import subprocess
import sys

from unstuck.exercises.exercise import Result
from unstuck.exercises.own_thread import GivenUp, call_apart

_TRIES = 3  # more, after the first start
_MOST_WAIT = 10.0  # seconds that all pauses may take together
_LEAST = 0.01  # seconds: less is no pause
_DEADLINE = 3.0  # seconds for one answer of the rule
_START = 6.0  # seconds in which any machine starts such a program


def pause(failures):
    """Three tries after the first, each after a longer pause; then it is enough."""
    return 0.1 * 2 ** (failures - 1) if failures <= 3 else None


class Wrong(Exception):
    """What is wrong with the rule, in a sentence."""


async def judge_pause(answer) -> Result:
    """Start, by the learner's rule, a program that always fails, and one that works at last."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function of the number of failures so far.")
    try:
        pauses = await _pauses(answer)
        await _pauses_again(answer)
        starts = await asyncio.gather(_starts(pauses, None), _starts(pauses, _TRIES + 1))
    except (GivenUp, Wrong) as wrong:
        return Result("not yet", str(wrong))
    except (OSError, subprocess.TimeoutExpired) as error:
        return Result("cannot tell here", f"No program could be started in time: {error}")
    return Result(
        "right",
        f"A program that always fails is given up after {starts[0]} starts; one that works at its "
        f"fourth start is reached.",
    )


async def _pauses(rule) -> list[float]:
    """The rule's pauses after 1, 2 and 3 failures, after which it gives up; Wrong otherwise."""
    pauses: list[float] = []
    for failures in range(1, _TRIES + 2):
        wish = await call_apart(rule, failures, seconds=_DEADLINE)
        if wish is None:
            break
        pauses.append(_seconds(wish, failures))
    else:
        raise Wrong(
            f"After failure {_TRIES + 1} it still does not give up: three more tries are enough."
        )
    if len(pauses) < _TRIES:
        raise Wrong(f"It gives up after failure {failures}: allow three more tries.")
    if any(later <= before for before, later in itertools.pairwise(pauses)):
        raise Wrong(f"The pauses are {pauses}: each should be longer than the one before.")
    if pauses[0] < _LEAST:
        raise Wrong(f"It waits {pauses[0]:.2g} s after the first failure: do not hurry.")
    if sum(pauses) > _MOST_WAIT + 1e-9:  # the last bits of a sum
        raise Wrong(f"Its pauses add up to more than {_MOST_WAIT:.0f} s.")
    return pauses


async def _pauses_again(rule) -> None:
    """Ask for all the pauses once more: another program may fail after this one."""
    try:
        await _pauses(rule)
    except Wrong as wrong:
        raise Wrong(f"For a second program: {wrong} Let `failures` alone decide.") from None


def _seconds(wish: object, failures: int) -> float:
    """A pause as a float; Wrong where it is none."""
    if inspect.iscoroutine(wish):
        wish.close()
    if isinstance(wish, numbers.Real) and not isinstance(wish, bool) and 0 < wish < float("inf"):
        return float(wish)
    said = reprlib.repr(wish)
    raise Wrong(f"After failure {failures} it says {said}: a number of seconds above 0, or None.")


async def _starts(pauses: list[float], works_at: int | None) -> int:
    """Start a real program until it works, or until the pauses are used up; the starts."""
    for start, seconds in enumerate([*pauses, 0.0], 1):
        program = [sys.executable, "-c", f"raise SystemExit({int(start != works_at)})"]
        run = await asyncio.to_thread(subprocess.run, program, timeout=_START)
        if run.returncode == 0:
            break
        await asyncio.sleep(seconds)
    return start
