"""Exercises of notebook 09: choose a hatch, size a pool, compare honestly, and mend a service."""

import inspect
import math
import time

from unstuck.abilities import gil_state
from unstuck.exercises import choosing_parts
from unstuck.exercises.choosing_end import MENDED, judge_shop
from unstuck.exercises.exercise import Exercise, Result

HATCHES = ("inline", "thread", "worker")
_CHOSEN = {"stamp": "inline", "seal": "thread", "forecast": "worker", "fetch": "thread"}
_SIZES = (  # requests a second, ms each, usable CPUs, workers (None: it cannot be done)
    *((10, 50, 4, 1), (20, 50, 4, 2), (28, 50, 4, 2), (28.1, 50, 4, 3), (55, 50, 4, 4)),
    *((100, 50, 4, None), (80, 50, 4, None), (79, 50, 4, 4), (1, 0.1, 1, 1), (0.5, 4000, 3, 3)),
)
_ROUNDS = (  # seconds before, seconds after, verdict
    ([5.0, 5.2, 5.1], [1.0, 1.1, 1.2], "faster"),
    ([1.0, 1.1, 1.2], [5.0, 5.2, 5.1], "slower"),
    ([5.0, 5.2, 5.1], [4.9, 5.05, 5.1], "cannot tell"),
    ([5.0, 5.2, 0.9], [1.0, 1.1, 1.2], "cannot tell"),
    ([5.0, 5.2], [1.0, 1.1, 1.2], "cannot tell"),
    ([5.0, 5.2, 5.1], [1.0], "cannot tell"),
    ([3.0, 3.0, 3.0], [3.0, 3.0, 3.0], "cannot tell"),
    ([9.0, 9.5, 9.2, 9.9, 9.1], [8.0, 8.9, 8.5], "faster"),
    ([], [], "cannot tell"),
)


def choose() -> dict[str, str]:
    """One way to the answer: time a call, and see how much of it the CPU worked."""
    return dict(_CHOSEN)


async def judge_choice(answer) -> Result:
    """Compare with what each function is, and tell what was measured here."""
    if not isinstance(answer, dict) or set(answer) != set(_CHOSEN):
        return Result("not yet", f"The answer is a dict with the keys {', '.join(_CHOSEN)}.")
    for name, chosen in answer.items():
        if chosen not in HATCHES:
            return Result("not yet", f"A hatch is one of {', '.join(HATCHES)}, not {chosen!r:.40}.")
        if chosen not in _allowed(name):
            return Result("not yet", f"{name} {_measured(name)}: is {chosen} the least that helps?")
    return Result("right", "Each has the least that keeps the loop free.")


def _allowed(name: str) -> set[str]:
    """Threads compute side by side where there is no GIL."""
    free = name == "forecast" and not has_gil()
    return {_CHOSEN[name], "thread"} if free else {_CHOSEN[name]}


def has_gil() -> bool:
    """Say whether threads of this Python take turns."""
    return gil_state() == "on"


def _measured(name: str) -> str:
    wall, cpu = time.perf_counter(), time.thread_time()
    getattr(choosing_parts, name)()
    wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
    kind = "in C" if name == "seal" else "in Python"
    computes = f"of which it computes {1e3 * cpu:.3g} ms, {kind}"
    return f"takes {1e3 * wall:.3g} ms, {computes}"


def workers(requests_per_second, cpu_ms, cpus):
    """Each is at most 70 % busy where there are CPUs enough; below 1 no queue ever ends."""
    load = requests_per_second * cpu_ms / 1000
    if load >= cpus:
        raise ValueError(f"{load:.1f} CPUs are needed, and there are {cpus}")
    return min(cpus, max(1, math.ceil(load / 0.7)))


async def judge_workers(answer) -> Result:
    """Known answers, and a refusal where all CPUs are not enough."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function.")
    for *numbers, wanted in _SIZES:
        told = "workers({}, {}, {})".format(*numbers)
        try:
            got = answer(*numbers)
        except ValueError:
            got = None
        if wanted is None and got is not None:
            text = f"{told} is {got!r:.40}, but the queue would grow for ever: raise ValueError."
            return Result("not yet", text)
        if type(got) is not type(wanted) or got != wanted:
            return Result("not yet", f"{told} should be {wanted}, and is {got!r:.40}.")
    return Result("right", f"{len(_SIZES)} services have workers enough, or are told that not.")


def verdict(before, after):
    """Only rounds that do not overlap tell; fewer than three may be luck."""
    if min(len(before), len(after)) < 3:
        return "cannot tell"
    if max(after) < min(before):
        return "faster"
    return "slower" if min(after) > max(before) else "cannot tell"


async def judge_verdict(answer) -> Result:
    """Rounds with a known verdict."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function of two lists.")
    for before, after, wanted in _ROUNDS:
        got = answer(list(before), list(after))
        if got != wanted:
            told = f"before {before} and after {after} the verdict is {wanted!r}"
            return Result("not yet", f"{told}, and not {got!r:.40}.")
    return Result("right", "It says faster where each round says so, and else admits it.")


EXERCISES = {
    "1": Exercise(
        judge_choice,
        "Time each; compare with `time.thread_time()`; look into it: which line does the work?",
        choose,
    ),
    "2": Exercise(
        judge_workers,
        "Busy CPUs are requests * seconds. Divide by 0.7, and round up.",
        workers,
    ),
    "3": Exercise(
        judge_verdict,
        "The slowest round of one against the quickest round of the other.",
        verdict,
    ),
    "4": Exercise(
        judge_shop,
        "Profile `tags`, count CPU in `quote`, look at what `row` sends. Then mend one by one.",
        MENDED,
    ),
}
