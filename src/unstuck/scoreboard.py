"""Every hatch on every work, in Python and Node.js, from live runs of this machine.

board = await scoreboard()
board.row("python", "pool", "pure CPU").rate

A board takes about a minute. One hatch is measured after the other, and nothing else should work
meanwhile; where the time is over, the cells that are left say so.
"""

import asyncio
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from unstuck.capacity import effective_cores, usable_cpus
from unstuck.node import TwinFailed
from unstuck.scoreboard_node import WAYS, node_rows, node_stays
from unstuck.scoreboard_plan import AWAIT, Plan, weight
from unstuck.scoreboard_probes import stays
from unstuck.scoreboard_python import measured, missing
from unstuck.scoreboard_result import Scoreboard
from unstuck.scoreboard_rows import GUEST, RUNTIMES, WORKS, Row, Stay
from unstuck.scoreboard_words import busy
from unstuck.scoreboard_work import SMALL, Size
from unstuck.trial import machine_label, today
from unstuck.values import is_number
from unstuck.worker_count import default_workers
from unstuck.workloads import is_small

PYTHON = ("inline", AWAIT, "threads", "interpreters", "pool", "child")
ALL = tuple(dict.fromkeys((*PYTHON, *WAYS, "distributed")))
SECONDS, SMALL_SECONDS = 60.0, 15.0
_NODE_SHARE = 0.45  # of the time, where both runtimes are measured
_GUESTS_SECONDS = 5.0  # for the bad guests of both


async def scoreboard(
    workloads: Sequence[str] | None = None,
    hatches: Sequence[str] | None = None,
    runtimes: Sequence[str] = ("python", "node"),
    on_row: Callable[[Row], None] = lambda row: None,
    seconds: float | None = None,
) -> Scoreboard:
    """Measure and return the board; `on_row` hears each row as it comes.

    `workloads` are some of `WORKS`, `hatches` some of `ALL`, by name, for both runtimes;
    "distributed" is measured where it is named. `seconds` bounds the whole, about: 60, or 15 with
    UNSTUCK_SMALL=1. ValueError for a name that there is not.
    """
    works = _some("workloads", WORKS if workloads is None else workloads, WORKS)
    names = _some("hatches", ALL[:-1] if hatches is None else hatches, ALL)
    asked = _some("runtimes", runtimes, RUNTIMES)
    run = _Run(works, names, on_row, _seconds(seconds))
    if "python" in asked:
        await run.python(1 - _NODE_SHARE if "node" in asked else 1.0)
    if "node" in asked:
        await run.node()
    if GUEST in works:
        await run.guests(asked)
    return run.board()


@dataclass
class _Run:
    """One board on its way."""

    works: list[str]
    names: list[str]
    on_row: Callable[[Row], None]
    seconds: float
    rows: list[Row] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    cores: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.timed = [work for work in self.works if work != GUEST]
        guests = _GUESTS_SECONDS if GUEST in self.works else 0.0
        self._begun, self._left = time.monotonic(), max(1.0, self.seconds - guests)

    def _plan(self, share: float) -> Plan:
        size, rounds = (SMALL, 2) if is_small() else (Size(), 5)
        return Plan(default_workers().count, size, rounds, self._begun + share * self._left)

    async def python(self, share: float) -> None:
        self.versions["python"] = platform.python_version()
        await self._look()
        mine = [name for name in self.names if name in (*PYTHON, "distributed")]
        for place, name in enumerate(mine):
            part = weight(name) / sum(map(weight, mine[place:]))
            for row in await measured(name, self.timed, self._plan(share).part(part)):
                self.rows.append(row)
                self.on_row(row)

    async def _look(self) -> None:
        """Look how many CPUs busy threads get now: others may use this machine."""
        cores = await asyncio.to_thread(effective_cores, 0.2)
        self.cores += [] if cores is None else [cores]

    async def node(self) -> None:
        ways = [name for name in WAYS if name in self.names]
        await self._look()
        try:
            rows, run = await node_rows(ways, self.timed, self._plan(1.0), self.on_row)
        except TwinFailed as error:
            self.notes.append(f"Node.js could not be measured: {error}")
            return
        self.rows += rows
        self.versions |= {"node": run.result["versions"]["node"]}
        if run.recorded:
            self.notes.append(f"Node.js: {run.note}")

    async def guests(self, runtimes: Sequence[str]) -> None:
        """Both runtimes at once: here nothing is timed that the other could disturb."""
        tries = []
        if "python" in runtimes:
            tries.append(stays([n for n in self.names if n in _PROBED and not missing(n)]))
        if "node" in runtimes:
            tries.append(node_stays(self.names))
        for found in await asyncio.gather(*tries, return_exceptions=True):
            if isinstance(found, Exception):
                self.notes.append(f"A guest could not be let in: {found}")
            else:
                self.stays += found

    def board(self) -> Scoreboard:
        cpus, cores = usable_cpus(), min(self.cores, default=None)
        notes = (*busy(self.rows, cores, cpus), *self.notes)
        where = (machine_label(), cpus, self.versions, today(), notes)
        return Scoreboard(tuple(self.rows), tuple(self.stays), *where)


_PROBED = tuple(name for name in PYTHON if name != AWAIT)


def _some(what: str, names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the names in the order of those known; ValueError for others, and for none."""
    names = [names] if isinstance(names, str) else list(names)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(f"{what} are some of {', '.join(known)}; not {unknown or names!r}")
    return [name for name in known if name in names]


def _seconds(seconds: float | None) -> float:
    if seconds is None:
        return SMALL_SECONDS if is_small() else SECONDS
    if not is_number(seconds) or not 0 < seconds <= 600:
        raise ValueError(f"seconds must be above 0 and at most 600, not {seconds!r}")
    return float(seconds)
