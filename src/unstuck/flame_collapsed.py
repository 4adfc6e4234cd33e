"""Read collapsed stacks: a line for each stack, "main;work (app.py:12) 34".

py-spy writes them (`py-spy record -f raw`), and so do many other profilers. The number counts
samples: such a file tells no times.
"""

import functools
import re
from collections.abc import Iterator

from unstuck.flame import Flame
from unstuck.flame_calls import Place, grow
from unstuck.flame_checks import NotAProfile, number, shallow_enough
from unstuck.flame_names import place_of

_LINE = re.compile(r"(.+) (\d{1,12})")
_CALL = re.compile(r"(.+?) \(([^()]*?)(?::(\d{1,8}))?\)")


def read_collapsed(text: str) -> Flame:
    """The flame graph of lines of collapsed stacks; NotAProfile names the first that is none."""
    root = grow(_stacks(text))
    return Flame(root, "python", "samples", int(root.total))


def _stacks(text: str) -> Iterator[tuple[list[Place], float, float]]:
    place_named = functools.cache(_place)  # the same names come again and again
    for place, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise NotAProfile(f"Line {place} is no stack with a number behind it.")
        shallow_enough(found[1].count(";"))
        yield (
            [place_named(call) for call in found[1].split(";")],
            number(int(found[2]), "A count"),
            0.0,
        )


def _place(call: str) -> Place:
    found = _CALL.fullmatch(call)
    return place_of(found[1], found[2], int(found[3] or 0)) if found else place_of(call)
