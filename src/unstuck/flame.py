"""A profile as a flame graph: which calls took the time, and who called them. Python's and Node's.

A **profile** is many looks at a running program: each look finds a stack of calls. Put together,
the stacks make a tree. A call's *own* time was spent in it, its *total* in it and all it called.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from unstuck.flame_checks import few_enough

ALL = "all"  # the name of the root, which is no call


class Place(NamedTuple):
    """A function: its name, the end of its file's path, and the line where it begins (0: none)."""

    name: str
    file: str = ""
    line: int = 0

    @property
    def where(self) -> str:
        """The file and line, such as "unstuck/workloads.py:19"; empty where they are unknown."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(slots=True, eq=False)
class Call:
    """One function called along one way; `own`, `waited` and `total` are in the flame's unit.

    `waited` is that part of `own` in which the thread did not compute.
    """

    place: Place
    own: float = 0.0
    waited: float = 0.0
    total: float = 0.0
    children: dict[Place, "Call"] = field(default_factory=dict)

    def child(self, place: Place) -> "Call":
        """The call of `place` from here; a new one where there was none."""
        if place not in self.children:
            self.children[place] = Call(place)
        return self.children[place]


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


def walk(root: Call) -> Iterator[tuple[Call, bool]]:
    """All calls, each when it is entered (True) and when it is left (False); depth is no limit."""
    todo = [(root, True)]
    while todo:
        call, entering = todo.pop()
        yield call, entering
        if entering:
            todo.append((call, False))
            todo.extend((child, True) for child in call.children.values())


def grow(stacks: Iterable[tuple[Sequence[Place], float, float]]) -> Call:
    """Put stacks together: each is (places from the outermost on, own time, waited time).

    Raises NotAProfile where they have more different calls than a machine has room for.
    """
    root, made = Call(Place(ALL)), 0
    for places, own, waited in stacks:
        call = root
        for place in places:
            if place not in call.children:
                few_enough(made := made + 1)
            call = call.child(place)
        call.own += own
        call.waited += waited
    return add_up(root)


def add_up(root: Call) -> Call:
    """Fill in the totals from the own times; return the root."""
    for call, entering in walk(root):
        if not entering:
            call.total = call.own + sum(child.total for child in call.children.values())
    return root
