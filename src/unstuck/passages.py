"""A payload's passage along a road to a worker and back: what it took, and what the sender kept."""

import statistics
from dataclasses import asdict, dataclass, field

from unstuck.node import TwinRun
from unstuck.trial import machine_label, today

COPY = "memcpy"  # the yardstick among the roads: a copy within this process


@dataclass(frozen=True)
class Passage:
    """One payload along one road. `arrives` is "copied", "moved", "shared" or "the same object".

    `size` is in bytes, `runs` in seconds. `before` and `after` are what the sender has around it,
    in bytes (in items where it is no buffer): a payload that was moved has left nothing.
    """

    road: str
    runtime: str
    shape: str
    size: int
    runs: tuple[float, ...]
    arrives: str
    before: int
    after: int
    recorded: bool = False
    machine: str = ""
    versions: dict = field(default_factory=dict)
    date: str = ""

    @property
    def seconds(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)

    def as_dict(self) -> dict:
        """The passage as plain JSON values."""
        return asdict(self) | {"runs": list(self.runs)}

    def __repr__(self) -> str:
        low, high = min(self.runs) * 1e3, max(self.runs) * 1e3
        label = ", recorded" if self.recorded else ""
        return (
            f"{self.road} ({self.runtime}{label}): {self.seconds * 1e3:.3f} ms "
            f"({low:.3f} to {high:.3f}) for {self.size} bytes, {self.arrives}; "
            f"the sender had {self.before} and has {self.after}"
        )


def passages_of(run: TwinRun, shape: str, sizes: list[int]) -> list[Passage]:
    """Return the passages in the lines of the twin `sharing`; of a recorded run, those asked for.

    A recorded run has its own sizes: the nearest of them stands for each size.
    """
    lines = [line for line in run.lines if "road" in line and line["shape"] == shape]
    there = sorted({line["size"] for line in lines})
    wanted = {min(there, key=lambda size: abs(size - each)) for each in sizes if there}
    versions = run.result["versions"] if lines else {}
    origin = (run.recorded, run.machine or machine_label(), versions, run.date or today())
    return [
        Passage(
            line["road"],
            "node",
            shape,
            line["size"],
            tuple(line["runs"]),
            line["arrives"],
            line["before"],
            line["after"],
            *origin,
        )
        for line in lines
        if line["size"] in wanted
    ]
