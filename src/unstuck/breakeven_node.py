"""The Node.js side of a break-even: the twin's lines as Points and Phases.

The twin measures by the same rules, in a process of its own, while Python waits.
"""

from collections.abc import Callable

from unstuck.breakeven_points import Phases, Point
from unstuck.node import TwinRun, run_twin

_GRACE = 20.0  # seconds that the twin may need beyond its own, on a busy machine


async def run_node(options: dict, on_point: Callable[[Point], None]) -> TwinRun:
    """Run twins/breakeven.js; each Point is told as it comes, those of a recorded run at the end.

    `options` are workers, task_ms, payloads, rounds, seconds. TwinFailed where the twin fails.
    """

    def hear(line: dict) -> None:
        if line.get("kind") == "point":
            on_point(point_of(line))

    run = await run_twin("breakeven", options["seconds"] + _GRACE, on_line=hear, **options)
    if run.recorded:
        for line in run.lines:
            if line.get("kind") == "point":
                on_point(point_of(line, recorded=True))
    return run


def point_of(line: dict, recorded: bool = False) -> Point:
    """Return the Point that a line of the twin tells."""
    names = ("hatch", "task_ms", "payload_bytes", "workers")
    facts = {name: line[name] for name in names}
    lists = {"runs_ms": tuple(line["runs_ms"]), "pids": tuple(line["pids"])}
    return Point(runtime="node", recorded=recorded, **facts, **lists)


def phases_in(run: TwinRun) -> list[Phases]:
    """Return the Phases in the twin's result."""
    return [Phases(**each) for each in run.result["phases"]]
