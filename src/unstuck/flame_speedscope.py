"""Write a flame graph as a file of speedscope, a viewer that runs in a browser.

    write_speedscope(flame, "mine.speedscope.json")    then open it at speedscope.app

speedscope also opens a .cpuprofile and collapsed stacks as they are.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from unstuck.flame import Flame
from unstuck.flame_calls import ALL, Place, walk

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def write_speedscope(flame: Flame, path: str | os.PathLike) -> Path:
    """Write the file and return its path."""
    path = Path(path)
    path.write_text(json.dumps(speedscope(flame), allow_nan=False), encoding="utf-8")
    return path


def speedscope(flame: Flame) -> dict:
    """The flame graph in speedscope's own format: each stack once, weighed with its own time."""
    numbers: dict[Place, int] = {}
    stacks = list(_stacks(flame, numbers))
    frames = [
        {"name": place.name, **({"file": place.file} if place.file else {})}
        | ({"line": place.line} if place.line else {})
        for place in numbers
    ]
    profile = {
        "type": "sampled",
        "name": flame.note or flame.runtime,
        "unit": "seconds" if flame.unit == "seconds" else "none",
        "startValue": 0,
        "endValue": sum(own for _, own in stacks),
        "samples": [stack for stack, _ in stacks],
        "weights": [own for _, own in stacks],
    }
    return {"$schema": _SCHEMA, "exporter": "unstuck", "shared": {"frames": frames}} | {
        "profiles": [profile]
    }


def _stacks(flame: Flame, numbers: dict[Place, int]) -> Iterator[tuple[list[int], float]]:
    """Each stack that has own time, as numbers of its places."""
    stack: list[int] = []
    for call, entering in walk(flame.root):
        if call is flame.root and call.place == Place(ALL):
            continue
        if not entering:
            stack.pop()
            continue
        stack.append(numbers.setdefault(call.place, len(numbers)))
        if call.own > 0:
            yield list(stack), call.own
