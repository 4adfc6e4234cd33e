"""How long a flame graph takes: read a large profile, make its boxes, draw it, fill the panel.

    python benchmarks/flame.py [--samples 100000] [--rounds 5]

The profile is a .cpuprofile with that many samples over some 20,000 calls, up to 60 deep. A figure
is the median of the rounds. The promise: reading and drawing 100,000 samples take under 2 s.
"""

import argparse
import json
import platform
import random
import statistics
import time
from collections.abc import Callable

from tables import machine_note, markdown

from unstuck.flame_boxes import boxes_of
from unstuck.flame_chart import flame_chart
from unstuck.flame_read import LARGEST, parse_profile
from unstuck.flame_speedscope import speedscope

_CALLS = 20_000
_DEEPEST = 60
_FUNCTIONS = 800


def cpuprofile(samples: int, seed: int = 7) -> bytes:
    """A .cpuprofile of so many samples, the same one for the same seed."""
    chance = random.Random(seed)
    nodes = [_node(1, "(root)")]
    depth = {1: 0}
    while len(nodes) < _CALLS:
        above = nodes[chance.randrange(len(nodes))]
        if depth[above["id"]] >= _DEEPEST:
            continue
        below = _node(len(nodes) + 1, f"function_{chance.randrange(_FUNCTIONS)}")
        depth[below["id"]] = depth[above["id"]] + 1
        above["children"].append(below["id"])
        nodes.append(below)
    found = [chance.randrange(1, _CALLS + 1) for _ in range(samples)]
    times = {"startTime": 0, "endTime": 1000 * samples, "timeDeltas": [1000] * samples}
    return json.dumps({"nodes": nodes, "samples": found, **times}).encode()


def _node(number: int, name: str) -> dict:
    frame = {"functionName": name, "url": "file:///app/server.js", "lineNumber": number}
    return {"id": number, "callFrame": frame, "children": []}


def seconds(call: Callable, rounds: int) -> list[float]:
    """Seconds of each round."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return taken


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100_000, help="samples (100000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each step (5)")
    asked = parser.parse_args()
    data = cpuprofile(asked.samples)
    flame = parse_profile(data)
    steps = {
        "read the .cpuprofile": lambda: parse_profile(data),
        "boxes for the panel": lambda: boxes_of(flame),
        "still picture and table": lambda: flame_chart(flame),
        "speedscope's JSON": lambda: json.dumps(speedscope(flame)),
        "read and draw, all in all": lambda: flame_chart(parse_profile(data)),
    }
    steps |= _panel(flame)
    rows = [_row(name, seconds(step, asked.rounds)) for name, step in steps.items()]
    size = f"{len(data) / 2**20:.1f} MB of at most {LARGEST // 2**20}"
    print(f"{asked.samples} samples, {size}, Python {platform.python_version()}, {machine_note()}")
    print()
    print(markdown(["step", "median ms", "least ms", "most ms"], rows))


def _panel(flame) -> dict[str, Callable]:
    try:
        from unstuck.labs.flame_panel import drawing
    except ImportError as error:
        print(f"The panel is left out: {error}")
        return {}
    print(f"The panel sends {len(json.dumps(drawing(flame))) / 1024:.0f} KiB to the browser.")
    return {"what the panel sends": lambda: json.dumps(drawing(flame))}


def _row(name: str, taken: list[float]) -> list[str]:
    shown = (statistics.median(taken), min(taken), max(taken))
    return [name, *(f"{1e3 * each:.0f}" for each in shown)]


if __name__ == "__main__":
    main()
