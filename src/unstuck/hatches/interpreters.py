"""An interpreter: the function runs in this process, beside the loop, under a GIL of its own.

The nearest kin of Node.js's worker threads: own modules, own globals, own GIL; what is handed over
is copied. It needs Python 3.14. A crash of C code there is a crash of the whole process, and
nothing can stop a function from outside: a cancelled `run` returns, and the function works on.
"""

import platform
import threading

from unstuck.abilities import has_interpreters, runtime_problem
from unstuck.interpreter_pool import Interpreters

__all__ = ["TWIN", "Interpreters", "close", "reason_missing", "run", "warm"]

TWIN = "interpreters"
_kept: list[Interpreters] = []  # the warm ones, once there are any
_lock = threading.Lock()


def reason_missing() -> str | None:
    """Return None where interpreters can be made, else a sentence that says what they need."""
    if problem := runtime_problem():
        return problem
    if has_interpreters():
        return None
    return (
        f"Interpreters with a GIL of their own need Python 3.14 or newer, and this is Python "
        f"{platform.python_version()}: install it from python.org or conda-forge, then "
        "run 'make lab PYTHON=python3.14'."
    )


def warm() -> Interpreters:
    """Return the interpreters that `run` uses; RuntimeError says why there are none."""
    if reason := reason_missing():
        raise RuntimeError(reason)
    with _lock:
        if not _kept:
            _kept.append(Interpreters())
        return _kept[0]


async def run(func, *args):
    """Call func(*args) in a warm interpreter; its answer or its exception."""
    return await warm().run(func, *args)


def close() -> None:
    """End the warm interpreters; the next `run` makes new ones."""
    with _lock:
        interpreters = list(_kept)
    for each in interpreters:
        each.close()
