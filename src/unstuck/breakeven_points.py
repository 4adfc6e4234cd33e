"""What the break-even finder keeps: a Point for each measurement, Phases for each hatch.

A point is one hatch with tasks of one size and one payload; its times are per task, one for each
round. Phases say what of a call's time goes where.
"""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

INLINE = {"python": "inline", "node": "node inline"}  # what each hatch is compared with


@dataclass(frozen=True)
class Point:
    """One hatch, tasks of `task_ms` milliseconds, `payload_bytes` there and as many back.

    `runs_ms` is milliseconds per task, one for each round; round k of all hatches was at about the
    same moment. `pids` are the processes that computed.
    """

    hatch: str
    runtime: str
    task_ms: float
    payload_bytes: int
    runs_ms: tuple[float, ...]
    workers: int
    pids: tuple[int, ...] = ()
    recorded: bool = False

    @property
    def median_ms(self) -> float:
        """Milliseconds per task: the median of the rounds."""
        return statistics.median(self.runs_ms)

    @property
    def spread(self) -> float:
        """The distance between slowest and quickest round, as a share of the median."""
        return (max(self.runs_ms) - min(self.runs_ms)) / self.median_ms

    @property
    def inline(self) -> bool:
        """Whether it is the loop's own work, with no hatch at all."""
        return self.hatch == INLINE[self.runtime]

    def as_dict(self) -> dict:
        """The point as plain JSON values, with its median and spread."""
        facts = {"median_ms": self.median_ms, "spread": self.spread}
        return {**asdict(self), "runs_ms": [*self.runs_ms], "pids": [*self.pids], **facts}


@dataclass(frozen=True)
class Phases:
    """What one hatch's time goes to, in milliseconds, medians.

    start: the first call of a cold hatch, less a warm call. warm_up: the second call, less a warm
    one. queue: the mean wait where twice as many tasks as workers are handed over. copy_out: from
    handing over 1 MiB to the beginning; compute: the article's prime check; copy_back: from its end
    to the answer. A hatch that is never warm (child, node worker) starts with every call: there
    start is from handing over to beginning, and copy_back holds its end.
    """

    hatch: str
    runtime: str
    start_ms: float
    warm_up_ms: float
    queue_ms: float
    copy_out_ms: float
    compute_ms: float
    copy_back_ms: float

    def as_dict(self) -> dict:
        """The phases as plain JSON values."""
        return asdict(self)


def hatch_names(points: Sequence[Point]) -> list[str]:
    """Return the hatches of the points, without the two inline ones, in order of appearance."""
    return list(dict.fromkeys(point.hatch for point in points if not point.inline))


def size_name(size: int) -> str:
    """Return bytes in words: "64 KiB"; "no payload" for 0."""
    for unit, scale in (("MiB", 2**20), ("KiB", 2**10)):
        if size >= scale:
            return f"{size / scale:.3g} {unit}"
    return f"{size} B" if size else "no payload"
