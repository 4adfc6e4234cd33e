"""Checked exercises: an answer is judged by what it does on this machine.

A check says *right*, *not yet*, *not tried yet* or *cannot tell here*, with a sentence; it never
raises, so that an untouched notebook runs to its end.
"""

import asyncio
import importlib
import inspect
import queue
import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from unstuck.exercises.patience import NotEnded
from unstuck.lag import TimedLoop
from unstuck.told import told

OUTCOMES = ("right", "not yet", "not tried yet", "cannot tell here")
THREAD = "exercise"  # the name of each thread that runs a learner's code
_PATIENCE = 20.0  # seconds that a check may take, the learner's code included, up to its next step
_steps: ContextVar[Callable | None] = ContextVar(
    "who hears of the steps of this check", default=None
)


@dataclass(frozen=True)
class Result:
    """The outcome of a check, one of OUTCOMES, and a sentence that says why."""

    outcome: str
    sentence: str

    def __repr__(self) -> str:
        return f"{self.outcome.capitalize()}. {self.sentence}"


@dataclass(frozen=True)
class Exercise:
    """One exercise: `judge(answer)` is a coroutine function that returns a Result."""

    judge: Callable
    hint: str
    answer: object


def check(name: str, answer: object) -> Result:
    """Judge an answer to exercise `name`, such as "blocked_loop.1"."""
    try:
        exercise = find(name)
    except ValueError as error:
        return Result("not yet", f"Nothing was checked: {error}.")
    if answer is ... or answer is None:
        return Result("not tried yet", "Put your answer in the place of the three dots.")
    return _in_own_loop(exercise.judge, answer)


def hint(name: str) -> str:
    """Return the hint of an exercise."""
    return find(name).hint


def solution(name: str) -> object:
    """Print a way to solve an exercise, and return it: a function, a value, or a file's path."""
    answer = find(name).answer
    if isinstance(answer, Path):
        print(answer.read_text(encoding="utf-8"))
    else:
        print(inspect.getsource(answer) if callable(answer) else answer)
    return answer


def find(name: str) -> Exercise:
    """Return the exercise; ValueError where there is none of that name."""
    stem, _, number = str(name).partition(".")
    try:
        return importlib.import_module(f"unstuck.exercises.{stem}").EXERCISES[number]
    except (ImportError, AttributeError, KeyError, ValueError) as error:
        raise ValueError(f"there is no exercise {name!r}, such as 'blocked_loop.1'") from error


def step() -> None:
    """Note that the learner's code has ended one of its calls: patience begins anew.

    A check of many calls, each with its own deadline, takes long on a slow machine.
    """
    if heard := _steps.get():
        heard(None)


def _in_own_loop(judge, answer) -> Result:
    """Judge in a thread with a loop of its own: the kernel's loop is running this very cell."""
    box: queue.Queue[Result | None] = queue.Queue()

    def work() -> None:
        _steps.set(box.put)
        box.put(_judged(judge, answer))

    threading.Thread(target=work, name=THREAD, daemon=True).start()
    try:
        while (result := box.get(timeout=_PATIENCE)) is None:
            pass
        return result
    except queue.Empty:
        return Result(
            "not yet",
            f"Your code did not end within {_PATIENCE:.0f} s. It runs on in a thread, which cannot "
            "be stopped from outside: restart the kernel if it slows you down.",
        )


def _judged(judge, answer) -> Result:
    try:
        with asyncio.Runner(loop_factory=TimedLoop) as runner:
            return runner.run(judge(answer))
    except NotEnded as error:
        return Result("not yet", str(error))
    except BaseException as error:  # sys.exit() as well; a real interrupt goes to the main thread
        return Result("not yet", f"Your code raised {told(error)}")
