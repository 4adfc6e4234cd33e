"""Exercises of notebook 02: find the hot function, mend it, tell computing from waiting."""

import asyncio
import inspect
import threading
import time

from unstuck.exercises.exercise import Exercise, Result
from unstuck.exercises.patience import in_time
from unstuck.flame_puzzle import PUZZLES, report, tidy
from unstuck.profiling import sample

_FEWEST = 10  # looks: a profile of fewer tells nothing
_KNOWN = (
    ([], []),
    ([3, 1, 3, 2, 1], [3, 1, 2]),
    (["b", "a", "b"], ["b", "a"]),
    ([(2, 1), (1, 2), (2, 1)], [(2, 1), (1, 2)]),
)
_ROWS = 1000
_WAITS, _COMPUTES = 0.12, 0.2  # shares of CPU time; between them nobody can tell
_SURE = 0.7  # share of CPU time that work of ours gets where nobody takes the CPU away
_ASKED = 6
_PATIENCE = 15.0  # seconds for one try of the learner's function


def hot_function() -> str:
    """The function of `report` with the most own time."""
    return sample(report).hottest(1)[0].place.name


async def judge_hot(answer) -> Result:
    """Profile `report` here, and compare."""
    name = getattr(answer, "__name__", answer)
    if not isinstance(name, str):
        return Result("not yet", 'The answer is the name of a function, such as "seal".')
    flame = sample(report)
    if flame.samples < _FEWEST:
        return Result("cannot tell here", f"Only {flame.samples} looks were taken: run it again.")
    hot = flame.hot(name.removesuffix("()"))
    if hot is None:
        return Result("not yet", f"No look found a function {name[:40]!r} at work.")
    own, total = (100 * value / flame.total for value in (hot.own, hot.total))
    if hot.place == flame.hottest(1)[0].place:
        return Result("right", f"{own:.0f} % of the time is its own.")
    if total > 50:
        told = f"It holds {total:.0f} % of the time, and gives it to those it calls"
        return Result("not yet", f"{told}: look below it.")
    return Result("not yet", f"Only {own:.0f} % of the time is its own.")


def quick_tidy(rows):
    """A dict keeps the order of its keys, and finds each without a look at all others."""
    return list(dict.fromkeys(rows))


class Counted:
    """A row that counts how often rows are compared."""

    compared = 0

    def __init__(self, value: int):
        self.value = value

    def __eq__(self, other) -> bool:
        Counted.compared += 1
        return isinstance(other, Counted) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


async def judge_tidy(answer) -> Result:
    """Known answers first; then count comparisons, which need no clock."""
    if not callable(answer) or inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a plain function of rows.")
    for rows, wanted in _KNOWN:
        if (got := answer(list(rows))) != wanted:
            return Result("not yet", f"For {rows} it returns {got!r:.60}, not {wanted}.")
    rows = [Counted(number % (_ROWS // 2)) for number in range(_ROWS)]
    slow, quick = _comparisons(tidy, rows), _comparisons(answer, rows)
    told = f"{quick} comparisons for {_ROWS} rows"
    if quick > 5 * _ROWS:
        return Result("not yet", f"The answers are right, but it makes {told}.")
    return Result("right", f"{told}, in place of {slow}.")


def _comparisons(func, rows: list[Counted]) -> int:
    Counted.compared = 0
    func(list(rows))
    return Counted.compared


def tell_puzzles() -> dict[str, str]:
    """Measure the CPU time of each."""
    shares = {func.__name__: cpu_share(func) for func in PUZZLES}
    return {name: "computes" if share > 0.16 else "waits" for name, share in shares.items()}


def cpu_share(func, tries: int = 3) -> float:
    """The part of a call's time in which this thread computed, from 0 to 1.

    A busy machine takes the CPU away for a while, and gives none to who waits: the most counts.
    """
    most = 0.0
    for _ in range(tries):
        wall, cpu = time.perf_counter(), time.thread_time()
        func()
        share = (time.thread_time() - cpu) / (time.perf_counter() - wall)
        most = max(most, share)
        if most > _COMPUTES:
            break
    return most


def _work() -> int:
    return sum(range(1_000_000))


async def judge_puzzles(answer) -> Result:
    """Measure each function here, and compare."""
    names = [func.__name__ for func in PUZZLES]
    if not isinstance(answer, dict) or set(answer) != set(names):
        wanted = ", ".join(f'"{name}": ...' for name in names)
        return Result("not yet", f"The answer is a dict {{{wanted}}}.")
    for func in PUZZLES:
        share = cpu_share(func)
        starved = share < _WAITS and cpu_share(_work) < _SURE
        if starved or _WAITS <= share <= _COMPUTES:
            return Result("cannot tell here", "This machine is too busy to tell them apart.")
        if answer[func.__name__] != ("waits" if share < _WAITS else "computes"):
            told = f"the thread computes for {100 * share:.0f} % of its time"
            return Result("not yet", f"In {func.__name__} {told}.")
    return Result("right", "Names promise, and the CPU clock tells.")


async def ask_all(ask, numbers):
    """Each question waits in a thread of the pool, all at the same time."""
    return await asyncio.gather(*(asyncio.to_thread(ask, number) for number in numbers))


async def judge_ask(answer) -> Result:
    """Look at the answers, at the thread that waits, and at how many wait at once."""
    if not inspect.iscoroutinefunction(answer):
        return Result("not yet", "The answer is a function that begins with `async def`.")
    driver = Driver()
    numbers = list(range(_ASKED))
    got = await in_time(answer(driver.ask, numbers), _PATIENCE)
    if not isinstance(got, list | tuple) or list(got) != [number * 10 for number in numbers]:
        return Result("not yet", "Some answers are missing, or stand in another order.")
    if threading.get_ident() in driver.threads:
        return Result("not yet", "It waits in the loop's own thread: nobody else is served.")
    if driver.most < 2:
        return Result("not yet", "The loop is free, but each question waits for the one before.")
    return Result("right", f"{driver.most} questions waited at once, and none held the loop.")


class Driver:
    """An old driver that notes in which threads it waits, and how many wait at the same time."""

    def __init__(self):
        self.threads: set[int] = set()
        self.most = self._now = 0
        self._lock = threading.Lock()

    def ask(self, number: int) -> int:
        """Wait a moment and answer ten times the number."""
        with self._lock:
            self.threads.add(threading.get_ident())
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.1)
        with self._lock:
            self._now -= 1
        return number * 10


EXERCISES = {
    "1": Exercise(
        judge_hot,
        "`sample(report).hottest()` sorts functions by own time, not by total.",
        hot_function,
    ),
    "2": Exercise(
        judge_tidy,
        "`row not in kept` looks at each kept row. What finds a row without looking at all?",
        quick_tidy,
    ),
    "3": Exercise(
        judge_puzzles,
        "Compare `sample(...).computed` with `.total`, or read `time.thread_time()` around a call.",
        tell_puzzles,
    ),
    "4": Exercise(
        judge_ask,
        "`asyncio.to_thread` moves one wait out of the loop, `asyncio.gather` waits for many.",
        ask_all,
    ),
}
