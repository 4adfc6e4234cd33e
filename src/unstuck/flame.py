"""A profile as a flame graph: which calls took the time, and who called them. Python's and Node's.

A **profile** is many looks at a running program: each look finds a stack of calls. Put together,
the stacks make a tree.
"""

from dataclasses import dataclass
from typing import NamedTuple

from unstuck.flame_calls import Call, Place, walk


class Hot(NamedTuple):
    """A function with the times of all its calls."""

    place: Place
    own: float
    total: float
    waited: float


@dataclass(frozen=True, repr=False)
class Flame:
    """A tree of calls. `unit` is "seconds", or "samples" where a file tells no times.

    `computed` is the thread's (in Node.js the process's) CPU seconds, None where nobody knows.
    """

    root: Call
    runtime: str = "python"
    unit: str = "seconds"
    samples: int = 0
    computed: float | None = None
    note: str = ""

    @property
    def total(self) -> float:
        """All the time that was looked at."""
        return self.root.total

    def hottest(self, most: int = 10) -> list[Hot]:
        """The functions with the most own time, the hottest first."""
        found = sorted(self._hot().values(), key=lambda hot: (-hot.own, -hot.total))
        return found[:most]

    def hot(self, name: str) -> Hot | None:
        """The hottest function of that name; None where no look has found it."""
        return next((hot for hot in self.hottest(len(self._hot())) if hot.place.name == name), None)

    def _hot(self) -> dict[Place, Hot]:
        """A function that calls itself is counted once: its outermost call holds the inner ones."""
        found: dict[Place, Hot] = {}
        inside: dict[Place, int] = {}
        for call, entering in walk(self.root):
            place = call.place
            inside[place] = inside.get(place, 0) + (1 if entering else -1)
            if entering and call is not self.root:
                hot = found.get(place, Hot(place, 0.0, 0.0, 0.0))
                total = call.total if inside[place] == 1 else 0.0
                times = (hot.own + call.own, hot.total + total, hot.waited + call.waited)
                found[place] = Hot(place, *times)
        return found

    def __repr__(self) -> str:
        runtime = {"python": "Python", "node": "Node.js"}.get(self.runtime, self.runtime)
        label = " ".join(
            filter(None, [f"Flame graph of {runtime}", self.note and f"({self.note})"])
        )
        if not self.total:
            return f"{label}: no look found it at work; it ended too soon to be seen"
        hot = self.hottest(1)[0]
        share = 100 * hot.own / self.total
        return f"{label}: {amount(self.total, self.unit)}; hottest: {hot.place.name}, {share:.1f} %"


def amount(value: float, unit: str) -> str:
    """A time with its unit, such as "0.512 s" or "17 samples"."""
    return f"{value:.3f} s" if unit == "seconds" else f"{value:.0f} {unit}"
