"""Time stamps from inside a worker: who did the work, from when to when, and what went wrong.

`stamped` is given to a hatch in place of the function. It is a top-level function of a light
module, so that a worker of any kind can import it.
"""

import os
import threading
import time
import traceback
from typing import NamedTuple


class Stamp(NamedTuple):
    """What a worker tells of one call. Times are `time.time()` seconds."""

    began: float
    ended: float
    process: int
    thread: int
    answer: object = None
    failed: str | None = None


def stamped(func, *args) -> tuple:
    """Call func(*args) and return a Stamp as a plain tuple; an exception becomes its `failed`."""
    answer, failed, began = None, None, time.time()
    try:
        answer = func(*args)
    except KeyboardInterrupt:  # it is meant for the one who waits
        raise
    except BaseException as error:  # an exit or a cancel would end more than this task
        failed = told(error)
    return (began, time.time(), os.getpid(), threading.get_ident(), answer, failed)


def divided(item: tuple) -> float:
    """Return func(argument) / parts for an item (func, argument, parts); 0 parts fail, at the end.

    It is work that can be made to fail, in a worker of any kind.
    """
    func, argument, parts = item
    return func(argument) / parts


def told(error: BaseException) -> str:
    """Return an exception as "ZeroDivisionError in share, line 12: division by zero"."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}: {error}".removesuffix(": ")
