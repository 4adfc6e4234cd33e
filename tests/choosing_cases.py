"""Made-up results for the tests of choosing: a machine whose numbers are known."""

from unstuck.breakeven_points import Point
from unstuck.breakeven_result import BreakEven
from unstuck.passages import Passage
from unstuck.pitfall import Waits
from unstuck.scoreboard_result import Scoreboard
from unstuck.scoreboard_rows import Row, Stay
from unstuck.trial import machine_label, today

_NODE = ("node pool", "node worker")


def point(hatch: str, ms: float, ratio: float, **more) -> Point:
    """A hatch whose task takes `ratio` of the loop's time."""
    runtime = "node" if hatch.startswith("node") else "python"
    loop = (ms, ms, ms)
    return Point(hatch, runtime, ms, 0, tuple(ratio * each for each in loop), loop, 2, **more)


def found(pays: dict | None = None, **more) -> BreakEven:
    """A break-even: by hatch the ms between two measured tasks where it crosses, or None."""
    usual = {"pool": 1.0, "interpreters": 1.0, "threads": None, "node pool": 0.5}
    points = []
    for hatch, ms in (usual if pays is None else pays).items():
        for task in (0.01, 0.1, 1.0, 10.0, 100.0):
            cost, factor = (0.05, 1.05) if ms is None else (0.5 * ms, 0.5)
            points.append(point(hatch, task, cost / task + factor))
    facts = {"machine": machine_label(), "cpus": 2, "date": today(), **more}
    return BreakEven(tuple(points), **facts)


_RATES = {  # tasks a second and lag p99, by runtime, hatch and work
    "python": {
        "inline": {"pure CPU": (20, 100), "CPU in C": (20, 100), "waiting": (20, 100)},
        "await": {"waiting": (40, 1)},
        "threads": {"pure CPU": (20, 30), "CPU in C": (40, 4), "waiting": (40, 1)},
        "interpreters": {"pure CPU": (40, 4)},
        "pool": {"pure CPU": (40, 3)},
        "child": {"pure CPU": (12, 4)},
    },
    "node": {
        "inline": {"pure CPU": (20, 100), "CPU in C": (20, 100), "waiting": (20, 100)},
        "await": {"waiting": (40, 1)},
        "threads": {"CPU in C": (40, 2)},
        "worker": {"pure CPU": (25, 3)},
        "pool": {"pure CPU": (40, 3)},
        "child": {"pure CPU": (14, 9)},
    },
}
_BYTES = {"interpreters": 8_000_000, "pool": 31_000_000, "child": 46_000_000}


def board(drop: tuple = (), rates: dict | None = None, **more) -> Scoreboard:
    """A board of both runtimes, without the (runtime, hatch) in `drop`; `rates` by row key."""
    rows = []
    for runtime, by_hatch in _RATES.items():
        for hatch, works in by_hatch.items():
            if (runtime, hatch) in drop:
                continue
            for work, (rate, lag) in works.items():
                rate = (rates or {}).get((runtime, hatch, work), rate)
                rows.append(_row((runtime, hatch, work), rate, lag))
    stays = [Stay(name, "child", "told", "stopped", 0.1) for name in _RATES]
    facts = {"machine": machine_label(), "cpus": 2, "date": today(), **more}
    return Scoreboard(tuple(rows), tuple(facts.pop("stays", stays)), **facts)


def _row(key: tuple, rate: float, lag: float) -> Row:
    times = {"seconds": (0.05, 0.051), "rates": (rate, rate * 1.02), "loop_seconds": 0.05}
    felt = {"lag_p99_ms": float(lag), "lag_max_ms": lag * 1.2, "at_once": 2}
    start = 0.1 if key[1] in ("child", "worker") else 0.0
    facts = {"start_seconds": start, "worker_bytes": _BYTES.get(key[1], 0), "copies": 2}
    return Row(*key, **times, **felt, **facts)


def waits(runtime: str = "python") -> list[Waits]:
    """What light requests waited at one server and at two."""
    setups = (("one server", 80.0), ("a cluster of 2", 30.0))
    return [Waits(name, runtime, 4, ((p50, 2 * p50),), 100, 30, 0) for name, p50 in setups]


def passages(ms: float = 5.0, **more) -> list[Passage]:
    """Roads for 1 MiB: copying takes `ms`, the others a tenth."""
    facts = {"machine": machine_label(), "date": today(), **more}
    roads = {"process, pickle": ("python", ms), "process, reused block": ("python", ms / 10)}
    roads |= {"worker, clone": ("node", ms), "worker, transfer": ("node", ms / 10)}
    return [
        Passage(road, runtime, "bytes", 2**20, (took / 1e3,), "copied", 2**20, 2**20, **facts)
        for road, (runtime, took) in roads.items()
    ]
