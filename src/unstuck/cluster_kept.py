"""One run of the cluster panel as it is kept: what was chosen, and what became of the requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from unstuck.cluster_plan import Plan


@dataclass(frozen=True)
class Asked:
    """The requests of one kind. Latencies are those of the whole run; None without an answer."""

    sent: int
    answered: int
    lost: int
    p50_ms: float | None = None
    p99_ms: float | None = None

    def __post_init__(self):
        if self.answered + self.lost > self.sent:
            raise ValueError(f"more became of the requests than the {self.sent} that were sent")


@dataclass(frozen=True)
class ClusterKept:
    """One run. `pids` and `events` are counts: of worker processes, of the primary's events.

    `kill_to_ready`: for each Kill -9, seconds from the worker's end until the next was ready.
    Raises ValueError for a plan that cannot be.
    """

    runtime: str
    spread: str
    hatch: str
    workers: int
    keep_alive: bool
    seconds: float
    light: Asked
    heavy: Asked
    pids: int
    events: int
    kill_to_ready: tuple[float, ...] = ()
    machine: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    date: str = ""
    recorded: bool = False  # True where it was read from a file
    note: str = ""

    def __post_init__(self):
        Plan(self.workers, self.spread, self.runtime, self.hatch)

    @property
    def origin(self) -> str:
        """Where it was measured, and when."""
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        told = [self.machine, versions, self.date, self.note]
        return "; ".join(filter(None, told))

    def __repr__(self) -> str:
        kept = "kept" if self.keep_alive else "new"
        late = ", ".join(f"{each:.2f} s" for each in self.kill_to_ready) or "nobody was killed"
        return (
            f"{self.runtime}, {self.spread}, {self.hatch}, {self.workers} at the start, "
            f"{kept} connections, {self.seconds:.0f} s; "
            f"{self.light.sent} light and {self.heavy.sent} heavy requests sent; "
            f"{self.pids} worker processes, {self.events} events; "
            f"from kill to ready: {late}. {self.origin}"
        )
