"""Exercises of notebook 04: who lets the loop run, a lost update, and work that heeds a flag."""

import asyncio
import inspect
import threading

from unstuck.exercises.exercise import Exercise, Result
from unstuck.exercises.thread_boxes import PacedNumbers, ShownBox, run_all
from unstuck.gil import switch_interval
from unstuck.lag import LagMeter, percentile
from unstuck.workloads import is_prime, sized_exactly

CASES = ("prime inline", "prime in a thread", "digest in a thread", "wait in a thread")
CLASSES = ("quiet", "turns", "blocked")
_INTERVAL = 0.02  # seconds: far above a quiet loop's lateness, far below a job
_EVERY = 0.05  # seconds between beats: more than a turn, so that each waits for one of its own
_JOB = 0.4


async def _measured(case: str) -> tuple[str, float]:
    """(class, median lateness in seconds) of one case; the class "unclear" between two."""
    kind, _, where = case.partition(" ")
    func, argument = sized_exactly(kind, _JOB)
    with switch_interval(_INTERVAL):
        async with LagMeter(every=_EVERY) as meter:
            if where == "inline":
                func(argument)
            else:
                await asyncio.to_thread(func, argument)
    return _class_of(percentile(meter.lag.beats, 50)), percentile(meter.lag.beats, 50)


def _class_of(late: float) -> str:
    if late < _INTERVAL / 3:
        return "quiet"
    if _INTERVAL * 0.7 < late < _INTERVAL * 3:
        return "turns"
    return "blocked" if late > _INTERVAL * 4 else "unclear"


async def judge_prediction(answer) -> Result:
    """Compare the predicted classes with two measurements."""
    if not isinstance(answer, dict) or set(answer) != set(CASES):
        return Result("not yet", f"The answer is a dict with the keys {', '.join(CASES)}.")
    if wrong := [value for value in answer.values() if value not in CLASSES]:
        return Result("not yet", f"{wrong[0]!r} is no class; they are {', '.join(CLASSES)}.")
    for case in CASES:
        (first, late), (second, _) = await _measured(case), await _measured(case)
        if first != second or first == "unclear":
            return Result("cannot tell here", f"Two tries of {case} differ: too busy a machine.")
        if answer[case] != first:
            text = f"{case}: the median beat came {late * 1e3:.1f} ms late, which is not "
            return Result("not yet", f"{text}{answer[case]}.")
    return Result("right", "Two measurements of each case agree with you.")


def _is_plain(answer: object) -> bool:
    return callable(answer) and not inspect.iscoroutinefunction(answer)


def add_mended(box, times):
    """Read and write under the box's lock, so that no other thread comes in between."""
    for _ in range(times):
        with box.lock:
            box.value = box.value + 1


async def judge_lost_update(answer) -> Result:
    """Let threads count in a box that lets others run between each read and write."""
    if not _is_plain(answer):
        return Result("not yet", "The answer is a plain function of (box, times).")
    for threads, times, start in ((1, 7, 0), (2, 20, 100), (3, 13, 5), (4, 6, -3)):
        box = ShownBox(start)
        problem = await asyncio.to_thread(run_all, box, threads, answer, (box, times))
        if problem:
            return Result("not yet", problem)
        if (lost := start + threads * times - box.total) != 0:
            text = f"The box held {start}, and {threads} x {times} times 1 was to be added: "
            wrong = f"{lost} are missing" if lost > 0 else f"{-lost} are too many"
            return Result("not yet", f"{text}it holds {box.total}, so {wrong}.")
    return Result("right", "No update was lost, though others ran between each read and write.")


def search_mended(stop, numbers):
    """Return the primes found so far as soon as the flag is set."""
    found = []
    for number in numbers:
        if stop.is_set():
            break
        if is_prime(number):
            found.append(number)
    return found


async def judge_stop_flag(answer) -> Result:
    """Let the answer search to the end, then set the flag at three moments of an endless search."""
    if not _is_plain(answer):
        return Result("not yet", "The answer is a plain function of (stop, numbers).")
    for limit, stop_at in ((60, None), (None, 5), (None, 90), (None, 31)):
        stop = threading.Event()
        numbers = PacedNumbers(stop, stop_at, limit)
        problem = await asyncio.to_thread(run_all, numbers, 1, answer, (stop, numbers))
        if stop_at is not None and numbers.after_stop > 2:
            text = f"The flag was set, and the work went on: {numbers.after_stop} more numbers"
            return Result("not yet", f"{text} were taken. The thread could not be stopped.")
        if problem:
            return Result("not yet", problem)
        if sentence := _wrong_primes(numbers, stop_at):
            return Result("not yet", sentence)
    return Result("right", "The thread ended within two numbers of the flag, with what it had.")


def _wrong_primes(numbers: PacedNumbers, stop_at: int | None) -> str | None:
    """Say what is wrong with the answer; the numbers taken after the flag may be left out."""
    surely = [number for number in numbers.taken[:stop_at] if is_prime(number)]
    at_most = [number for number in numbers.taken if is_prime(number)]
    got = numbers.answers[0]
    if not isinstance(got, list) or got != at_most[: len(got)]:
        return f"Your function returned {str(got)[:60]}; it should be the list of primes found."
    # the last number before the flag may have been dropped by a careful look at the flag
    if len(got) < len(surely) - (stop_at is not None):
        return f"Only {len(got)} of {len(at_most)} primes came back: where are the others?"
    return None


EXERCISES = {
    "1": Exercise(
        judge_prediction,
        "Who holds the GIL meanwhile: a Python loop, code in C that releases it, or a sleep? "
        "And is there another thread at all?",
        {
            "prime inline": "blocked",
            "prime in a thread": "turns",
            "digest in a thread": "quiet",
            "wait in a thread": "quiet",
        },
    ),
    "2": Exercise(
        judge_lost_update,
        "Reading and writing belong together: put both under `with box.lock:`.",
        add_mended,
    ),
    "3": Exercise(
        judge_stop_flag,
        "Look at `stop.is_set()` for each number, and return what you have when it is set.",
        search_mended,
    ),
}
