"""From which task on does a hatch pay, and what to measure next so as to tell it better?

A crossing counts only where the hatch pays from there on: at each larger task that was measured it
is clearly sooner, within the spread of its rounds. What was not run is computed from a line: a task
takes cost + factor x task. A payload adds to the cost and leaves the factor as it is.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from unstuck.breakeven_points import Point, clearly_below_one

LONGEST_MS = 10_000.0  # a break-even beyond 10 s is called none
ENOUGH, MOST = 5, 10  # rounds beside a crossing; rounds where these do not tell
_NEAR = 1.5  # a crossing is looked for from a 1.5th of it to 1.5 times as much


@dataclass(frozen=True)
class Crossing:
    """From which task on a hatch pays: `ms` milliseconds, or None for never, or not clearly.

    It lies between the measured tasks of `low` and `high` milliseconds. `low` is 0 where the
    smallest one paid; `high` is None where it lies beyond the largest one, and so is computed.
    """

    ms: float | None = None
    low: float = 0.0
    high: float | None = None

    @property
    def computed(self) -> bool:
        """Whether it lies beyond all that was run."""
        return self.ms is not None and self.high is None

    @property
    def range_ms(self) -> list[float | None] | None:
        """[low, high], or None where there is no crossing."""
        return None if self.ms is None else [self.low, self.high]


def break_even(found: Sequence[Point], free: Sequence[Point] = ()) -> Crossing:
    """Return the crossing of a hatch's points of one payload, sorted by size.

    `free` are the hatch's points without payload, where `found` have one.
    """
    before, after = _halves(found)
    if not after:
        return _beyond(found, free or found)
    doubtful = before[len(_losing(before)) :]  # they pay, but not clearly
    below, above = _losing(before)[-1:], (doubtful + after)[0]
    if not below:
        return Crossing(above.size_ms, 0.0, after[0].size_ms)
    return Crossing(_meeting(below[0], above), below[0].size_ms, after[0].size_ms)


def _halves(found: Sequence[Point]) -> tuple[list[Point], list[Point]]:
    """Divide points: the second half pays clearly, all of it."""
    first = max((n + 1 for n, each in enumerate(found) if not each.pays), default=0)
    return list(found[:first]), list(found[first:])


def _losing(points: Sequence[Point]) -> Sequence[Point]:
    """The points up to the last one that takes longer than the loop."""
    return points[: max((n + 1 for n, each in enumerate(points) if each.ratio > 1), default=0)]


def _meeting(below: Point, above: Point) -> float:
    """Where the straight line between two points of a hatch meets the loop's, in milliseconds."""
    more = (below.ratio - 1) * below.size_ms
    less = (1 - above.ratio) * above.size_ms
    return below.size_ms + (above.size_ms - below.size_ms) * more / (more + less)


def _beyond(found: Sequence[Point], free: Sequence[Point]) -> Crossing:
    if len(free) < 2 or not clearly_below_one(_slopes(free)):
        return Crossing()
    cost, factor = line(found, free)
    task = max(found[-1].size_ms, cost / (1 - factor))  # what was run is not clearly below
    return Crossing(task, found[-1].size_ms) if task <= LONGEST_MS else Crossing()


def line(found: Sequence[Point], free: Sequence[Point]) -> tuple[float, float]:
    """Return (cost in ms, factor); the factor from two or more points without payload.

    It is that of the smallest and the largest task; the cost is never below 0.
    """
    factor = max(0.0, statistics.median(_slopes(free)))
    return max(0.0, found[0].median_ms - factor * found[0].size_ms), factor


def _slopes(free: Sequence[Point]) -> list[float]:
    """The line's slope for each round of the largest task, from the smallest task on."""
    first, last = free[0], free[-1]
    width = last.size_ms - first.size_ms
    return [(each * last.size_ms - first.median_ms) / width for each in last.ratios]


def to_measure(found: Sequence[Point], free: Sequence[Point], most_ms: float) -> dict[float, int]:
    """Return, by task in milliseconds, how many more rounds would tell the crossing better.

    Empty where it is told well, or where there is none. No task is longer than `most_ms`.
    """
    before, after = _halves(found)
    doubtful = before[len(_losing(before)) :]
    wanted = {ms: n for p in doubtful if not p.pays for ms, n in _rounds(p, MOST).items()}
    crossing = break_even(found, free)
    if not after:
        return wanted or _further(found[-1], crossing, most_ms)
    below, above = _losing(before)[-1:], (doubtful + after)[0]
    sizes = [float(f"{crossing.ms * by:.2g}") for by in (1 / _NEAR, _NEAR)] if below else []
    inside = [s for s in sizes if 1.2 * below[0].size_ms < s < above.size_ms / 1.2]
    for end in () if inside else (*below, above, after[0]):
        wanted = _rounds(end, ENOUGH) | wanted
    return dict.fromkeys(inside, ENOUGH) | wanted


def _further(last: Point, crossing: Crossing, most_ms: float) -> dict[float, int]:
    if crossing.ms is None:
        return _rounds(last, ENOUGH) if last.ratio < _NEAR else {}
    next_ms = float(f"{_NEAR * crossing.ms:.2g}")
    return {next_ms: ENOUGH} if next_ms <= most_ms else {}


def _rounds(point: Point, wanted: int) -> dict[float, int]:
    more = wanted - len(point.runs_ms)
    return {point.task_ms: more} if more > 0 else {}
