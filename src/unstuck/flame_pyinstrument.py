"""Read what pyinstrument writes: its session (.pyisession) and the JSON of `pyinstrument -r json`.

The session is a list of stacks with their seconds; the JSON is a tree with total times.
"""

import functools
from collections.abc import Iterator

from unstuck.flame import Flame
from unstuck.flame_calls import ALL, Call, Place, add_up, grow
from unstuck.flame_checks import (
    NotAProfile,
    few_enough,
    listed,
    mapped,
    number,
    shallow_enough,
)
from unstuck.flame_names import is_waiting, place_of

_SELF = "[self]"  # not a call: the own time of the call above it


def read_pyinstrument(document: dict) -> Flame:
    """The flame graph of a parsed session or of parsed JSON output; NotAProfile for neither."""
    records = document.get("frame_records")
    root = _from_tree(document.get("root_frame")) if records is None else grow(_stacks(records))
    samples, computed = (document.get(name) for name in ("sample_count", "cpu_time"))
    counted = int(number(samples, "Its number of samples")) if samples is not None else 0
    known = number(computed, "Its CPU time") if computed is not None else None
    return Flame(root, "python", "seconds", counted, known)


def _stacks(records: object) -> Iterator[tuple[list[Place], float, float]]:
    identified = functools.cache(_identified)
    for record in listed(records, "The list of stacks"):
        if len(listed(record, "A stack")) != 2:
            raise NotAProfile("A stack has no time.")
        names, seconds = listed(record[0], "A stack"), number(record[1], "The time of a stack")
        shallow_enough(len(names))
        if not all(isinstance(name, str) for name in names):
            raise NotAProfile("A call in a stack is no text.")
        places = [identified(name) for name in names]
        places = [place for place in places if place.name != _SELF and place.file != "<thread>"]
        own = max(0.0, seconds)
        last = places[-1] if places else Place(ALL)
        yield places, own, own if is_waiting(last.name, last.file) else 0.0


def _identified(name: str) -> Place:
    """pyinstrument writes function, file and first line with NUL between them."""
    function, file, line = (*name.partition("\x01")[0].split("\x00"), "", "")[:3]
    return place_of(function, file, int(line) if line.isascii() and line.isdigit() else 0)


def _from_tree(top: object) -> Call:
    """Build the tree without recursion: own time is what a call's children leave of its time."""
    root = Call(Place(ALL))
    todo, calls = [(mapped(top, "Its first call"), root, 0)], 0
    while todo:
        frame, above, depth = todo.pop()
        shallow_enough(depth)
        few_enough(calls := calls + 1)
        call = above if frame.get("function") == _SELF else above.child(_place(frame))
        children = listed(frame.get("children", []), "The children of a call")
        inner = [mapped(child, "A call") for child in children]
        left = _time(frame) - sum(map(_time, inner))
        _spend(call, max(0.0, left))
        todo.extend((child, call, depth + 1) for child in inner)
    return add_up(root)


def _spend(call: Call, own: float) -> None:
    call.own += own
    if is_waiting(call.place.name, call.place.file):
        call.waited += own


def _time(frame: dict) -> float:
    return number(frame.get("time"), "The time of a call")


def _place(frame: dict) -> Place:
    return place_of(frame.get("function"), frame.get("file_path"), frame.get("line_no"))
