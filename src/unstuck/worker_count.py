"""How many workers to start, and why.

The count is the least of three: usable CPUs, memory, and the lesson's own cap; never below 1.
A learner may ask for anything (64, 0, "x"): the answer is a whole number that fits, and one
sentence that says what decided. Asking for too much is no error.
"""

import math
import reprlib
from dataclasses import dataclass

from unstuck.capacity import usable_cpus, usable_memory

LESSON_CAP = 4  # a lesson shows its point with 4 workers; Windows would fail above 61
MEMORY_SHARE = 0.8  # the rest is left to the kernel, the browser's server and surprises
MB = 1_000_000


@dataclass(frozen=True)
class Workers:
    """A number of workers (at least 1) and the sentence that says what decided it."""

    count: int
    reason: str


def default_workers(
    wanted: object = None,
    memory_each: int = 100 * MB,
    cpus: int | None = None,
    memory: int | None = None,
) -> Workers:
    """The workers to start for a wish of any kind; never raises for a strange one.

    `memory_each` is bytes per worker. `cpus` and `memory` (bytes, 0: unknown) are asked of
    this machine unless given.
    """
    cpus = usable_cpus() if cpus is None else cpus
    memory = usable_memory() if memory is None else memory
    most, because = _most(memory_each, cpus, memory)
    asked = _number(wanted)
    count = most if asked is None else math.floor(max(1, min(asked, most)))
    return Workers(count, _preface(wanted, asked) + _decision(count, asked, most, because))


def _most(memory_each: int, cpus: int, memory: int) -> tuple[int, str]:
    """The largest count that fits, and the bound that decides; the first of equals is named."""
    bounds = [(cpus, f"this process may use {_counted(cpus, 'CPU')}")]
    if memory > 0 and memory_each > 0:
        room = int(MEMORY_SHARE * memory // memory_each)
        fits = f"80 % of {memory / MB:,.0f} MB has room for {_counted(room, 'worker')}"
        bounds.append((room, f"{fits} of {memory_each / MB:,.0f} MB each"))
    bounds.append((LESSON_CAP, f"a lesson uses at most {LESSON_CAP}"))
    most, because = min(bounds, key=lambda bound: bound[0])
    return max(1, most), because if most >= 1 else f"{because}, and 1 is the least"


def _number(wanted: object) -> float | None:
    """The wish as a number; None where there is none in it (None, True, "x", nan, a list)."""
    if isinstance(wanted, bool):
        return None
    try:
        number = float(wanted)
    except OverflowError:  # a whole number too large for a float
        return math.inf if wanted > 0 else -math.inf
    except (TypeError, ValueError):
        return None
    return None if math.isnan(number) else number


def _preface(wanted: object, asked: float | None) -> str:
    if wanted is None:
        return ""
    if asked is not None:
        return f"You asked for {asked:.12g}: "
    plain = isinstance(wanted, (bool, float, str))
    shown = reprlib.repr(wanted) if plain else f"a value of type {type(wanted).__name__}"
    return f"You asked for {shown}, which is no number: "


def _decision(count: int, asked: float | None, most: int, because: str) -> str:
    workers = _counted(count, "worker")
    if asked is None or asked > most:
        return f"{workers}, because {because}."
    if asked < 1:
        return f"{workers}, because 1 is the least."
    if asked != count:
        return f"{workers}, because only whole workers can start."
    return f"{workers}, within the {most} that fit here."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
