"""The boxes of a flame graph: one for each call, as wide as its time, under its caller's box.

A large profile has more calls than a picture has room for. The widest are kept; what is left of a
caller's calls becomes one box, and the note says how many were merged.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from unstuck.flame import Flame
from unstuck.flame_calls import ALL, Call
from unstuck.flame_names import is_library

MOST = 2000  # boxes that are drawn
DEEPEST = 100  # rows of boxes
KINDS = ("yours", "library", "waiting", "merged")


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its row from 0, its left edge and width in the flame's unit, and what it shows.

    `calls` is 1, or how many small calls were merged.
    """

    row: int
    start: float
    width: float
    name: str
    where: str
    own: float
    kind: str
    calls: int = 1


@dataclass(frozen=True)
class Boxes:
    """The boxes in drawing order, callers first; `note` says what is missing, if anything."""

    boxes: tuple[Box, ...]
    note: str = ""


def boxes_of(flame: Flame, most: int = MOST, deepest: int = DEEPEST) -> Boxes:
    """At most `most` boxes in at most `deepest` rows, with the root in row 0.

    Each box comes after its caller's, and before those of its caller's next call.
    """
    sizes = _sizes(flame.root)
    kept = _kept(flame.root, most // 2, deepest - 1)  # each may have one merged box under it
    boxes = tuple(_boxes(flame.root, kept, sizes))
    drawn, calls = len(kept), sizes[id(flame.root)]
    if drawn == calls:
        return Boxes(boxes)
    told = f"{drawn} of {calls} calls have a box of their own; smaller or deeper ones are merged."
    return Boxes(boxes, told)


def _sizes(root: Call) -> dict[int, int]:
    """How many calls each call holds, itself included."""
    order, todo = [], [root]
    while todo:
        order.append(call := todo.pop())
        todo.extend(call.children.values())
    sizes: dict[int, int] = {}
    for call in reversed(order):
        sizes[id(call)] = 1 + sum(sizes[id(child)] for child in call.children.values())
    return sizes


def _kept(root: Call, most: int, deepest: int) -> set[int]:
    """The widest calls that are not too deep; with a call, all its callers are kept."""
    found, todo = [], [(root, 0)]
    while todo:
        call, row = todo.pop()
        found.append((-call.total, row, len(found), id(call)))
        if row < deepest - 1:
            todo.extend((child, row + 1) for child in call.children.values())
    return {name for *_, name in sorted(found)[: max(1, most)]}


def _boxes(root: Call, kept: set[int], sizes: dict[int, int]) -> Iterator[Box]:
    todo = [(root, 0, 0.0)]
    while todo:
        call, row, start = todo.pop()
        yield _box(call, row, start)
        children = sorted(call.children.values(), key=lambda child: child.place)
        inner = [child for child in children if id(child) in kept]
        at = start
        for child in inner:
            todo.append((child, row + 1, at))
            at += child.total
        small = [child for child in children if id(child) not in kept]
        if width := sum(child.total for child in small):
            count = sum(sizes[id(child)] for child in small)
            yield Box(row + 1, at, width, f"{count} merged calls", "", width, "merged", count)


def _box(call: Call, row: int, start: float) -> Box:
    place = call.place
    return Box(row, start, call.total, place.name, place.where, call.own, _kind(call))


def _kind(call: Call) -> str:
    if call.own and call.waited > call.own / 2:
        return "waiting"
    return "library" if call.place.name == ALL or is_library(call.place) else "yours"
