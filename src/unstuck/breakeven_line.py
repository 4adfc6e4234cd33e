"""From which task on does a hatch pay? The crossing of two measured curves, or of their lines.

A hatch is compared with the loop's own work round by round, so that a busy moment, which hits both,
cancels out. Clearly below 1 means: the median of these ratios is below 0.9, and three of four
rounds are below 1. The margin is the rounds' own spread: rounds that differ wildly give None.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from unstuck.breakeven_points import Point

LONGEST_MS = 10_000.0  # a break-even beyond 10 s is called none
_CLEAR = 0.9


@dataclass(frozen=True)
class Pair:
    """A hatch's point and the inline point of the same task and payload."""

    hatch: Point
    inline: Point

    @property
    def task_ms(self) -> float:
        """What the task takes in the loop."""
        return self.inline.median_ms

    @property
    def ratios(self) -> list[float]:
        """The hatch's time as a share of the loop's, round by round."""
        return [h / i for h, i in zip(self.hatch.runs_ms, self.inline.runs_ms, strict=False)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)


def pairs(points: Sequence[Point], hatch: str, payload: int) -> list[Pair]:
    """Return the hatch's pairs for one payload in bytes, the smallest task first."""
    inline = {(p.runtime, p.task_ms, p.payload_bytes): p for p in points if p.inline}
    mine = [p for p in points if p.hatch == hatch and p.payload_bytes == payload]
    found = [(p, inline.get((p.runtime, p.task_ms, payload))) for p in mine]
    return sorted((Pair(*each) for each in found if each[1]), key=lambda pair: pair.task_ms)


def clearly_below_one(ratios: Sequence[float]) -> bool:
    """Say whether the median is below 0.9 and three of four are below 1."""
    upper = sorted(ratios)[math.ceil(0.75 * len(ratios)) - 1]
    return statistics.median(ratios) < _CLEAR and upper < 1


def break_even(found: Sequence[Pair]) -> tuple[float | None, bool]:
    """Return the task in milliseconds from which on the hatch pays, and whether it is computed.

    Measured: where the ratio crosses 1 and stays clearly below, between two tasks, on log scales;
    the smallest task of all where it always pays. Computed: cost / (1 - factor) of the line
    cost + factor x task, beyond the largest task. (None, False) where neither can be told.
    """
    clear = [clearly_below_one(pair.ratios) for pair in found]
    if not clear or not clear[-1]:
        return (None, False) if len(found) < 2 else _beyond(found)
    first = max((n + 1 for n, each in enumerate(clear) if not each), default=0)
    if first == 0 or found[first - 1].ratio <= 1:  # below, but not clearly: the next one is sure
        return found[first].task_ms, False
    return _crossing(found[first - 1], found[first]), False


def _crossing(above: Pair, below: Pair) -> float:
    way = math.log(above.ratio) / (math.log(above.ratio) - math.log(below.ratio))
    left, right = math.log(above.task_ms), math.log(below.task_ms)
    return math.exp(left + way * (right - left))


def _beyond(found: Sequence[Pair]) -> tuple[float | None, bool]:
    cost, factor = line(found)
    if not clearly_below_one(_factors(found)) or not factor < 1:
        return None, False
    task = max(found[-1].task_ms, cost / (1 - factor))  # what was run is not clearly below
    return (task, True) if task <= LONGEST_MS else (None, False)


def line(found: Sequence[Pair]) -> tuple[float, float]:
    """Return (cost in ms, factor): a task through the hatch takes cost + factor x task.

    The factor is that of the smallest and the largest task; the cost is never below 0.
    """
    factor = max(0.0, statistics.median(_factors(found)))
    first = found[0]
    return max(0.0, first.hatch.median_ms - factor * first.task_ms), factor


def _factors(found: Sequence[Pair]) -> list[float]:
    """The line's slope in each round, from the smallest to the largest task."""
    first, last = found[0], found[-1]
    width = last.task_ms - first.task_ms
    rounds = zip(first.hatch.runs_ms, last.hatch.runs_ms, strict=False)
    return [(high - low) / width if width > 0 else math.inf for low, high in rounds]


def computed_ms(found: Sequence[Pair], task_ms: float) -> float:
    """Return the milliseconds per task of a task that was not run, from the line."""
    cost, factor = line(found)
    return cost + factor * task_ms
