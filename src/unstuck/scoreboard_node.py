"""Node.js on the scoreboard: the rows and the bad guests that the twin `choosing` tells of."""

from collections.abc import Callable, Sequence
from dataclasses import fields

from unstuck.node import TwinRun, run_twin
from unstuck.scoreboard_plan import Plan
from unstuck.scoreboard_rows import UNKNOWN, Row, Stay

WAYS = ("inline", "await", "threads", "worker", "pool", "child")
GUESTS = ("inline", "worker", "pool", "child")  # where JavaScript of your own can go
_GRACE = 15.0  # seconds beyond its budget, on a busy machine
_FIELDS = {field.name for field in fields(Row)}


async def node_rows(
    ways: Sequence[str], works: Sequence[str], plan: Plan, on_row: Callable[[Row], None]
) -> tuple[list[Row], TwinRun]:
    """Measure the ways out of Node.js; without Node the recorded rows, labelled. Also the run."""
    budget = max(1.0, plan.left)
    options = {"workers": plan.workers, "seconds": plan.size.seconds, "rounds": plan.rounds}
    options |= {"ways": [*ways], "works": [*works], "payload": plan.size.payload, "guests": []}
    hear = _hearer(on_row)
    run = await run_twin("choosing", budget + _GRACE, on_line=hear, budget=budget, **options)
    wanted = [row for row in rows_of(run) if row.hatch in ways and row.work in works]
    for row in wanted if run.recorded else ():
        on_row(row)
    return wanted, run


def _hearer(on_row: Callable[[Row], None]) -> Callable[[dict], None]:
    def hear(line: dict) -> None:
        if "row" in line:
            on_row(_row(line["row"]))

    return hear


def rows_of(run: TwinRun) -> list[Row]:
    """Return the rows in the lines of a run."""
    return [_row(line["row"], run.recorded) for line in run.lines if "row" in line]


def _row(found: dict, recorded: bool = False) -> Row:
    known = {name: value for name, value in found.items() if name in _FIELDS}
    for name in ("seconds", "rates"):
        known[name] = tuple(known.get(name, ()))
    return Row(runtime="node", recorded=recorded, **known)


async def node_stays(ways: Sequence[str]) -> list[Stay]:
    """Let bad guests into the ways out of Node.js."""
    guests = [name for name in ways if name in GUESTS]
    run = await run_twin("choosing", ways=[], works=[], guests=guests)
    found = [line["stay"] for line in run.lines if "stay" in line]
    return [
        Stay(
            "node",
            each["hatch"],
            each.get("crash", UNKNOWN),
            each.get("overstay", UNKNOWN),
            each.get("seconds"),
            run.recorded,
        )
        for each in sorted(found, key=lambda each: WAYS.index(each["hatch"]))
        if each["hatch"] in guests
    ]
