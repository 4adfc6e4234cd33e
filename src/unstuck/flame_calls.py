"""A tree of calls: who called whom, and the time that was spent in each.

A call's *own* time was spent in it, its *total* in it and all it called.
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


def rooted(call: Call) -> Call:
    """A tree of its own from this call on."""
    return add_up(Call(Place(ALL), children={call.place: call}))


def from_named(root: Call, name: str) -> Call:
    """The tree from the first call of that name on, where one way leads to it; else all of it."""
    call = root
    while len(call.children) == 1:
        (call,) = call.children.values()
        if call.place.name == name:
            return rooted(call)
    return root
