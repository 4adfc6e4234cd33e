"""Values that try to cross to another worker, and what a worker does to what it gets.

A worker imports this file: it is the standard library only.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator

MARK = "written by the worker"


class Note:
    """An object of a class that both sides can import."""


@contextlib.contextmanager
def values() -> Iterator[dict[str, object]]:
    """One value of each kind, by a name that a learner knows; the file is closed in the end."""

    def made_here():
        return 7

    with open(os.devnull, "w", encoding="utf-8") as file:
        yield {
            "a list": [1, 2],
            "an object of a class": Note(),
            "a function of a cell": made_here,  # like one, it cannot be imported by a name
            "a lock": threading.Lock(),
            "an open file": file,
            "a generator": (number for number in (1, 2)),
        }


def write_into(value: object) -> None:
    """In the worker: leave a mark in the value."""
    if isinstance(value, list):
        value.append(MARK)
    else:
        value.mark = MARK


def has_mark(value: object) -> bool:
    """Say whether the mark is in this value: then the worker had the value itself."""
    return MARK in value if isinstance(value, list) else getattr(value, "mark", None) == MARK


async def how_it_arrives(run, value: object) -> str:
    """Send a value by `run`: "itself", "a copy", or "cannot"."""
    try:
        await asyncio.wait_for(run(write_into, value), 15)
    except TypeError:  # CannotTravel is one
        return "cannot"
    return "itself" if has_mark(value) else "a copy"
