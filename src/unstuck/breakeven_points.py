"""What the break-even finder keeps: a Point for each measurement, Phases for each hatch.

A point is one hatch with tasks of one size and one payload. Its times are per task, one for each
round, and beside each stands what the same tasks took in the loop at about the same moment: so a
busy moment, which hits both, cancels out.
"""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

INLINE = {"python": "inline", "node": "node inline"}  # what each hatch is compared with
HATCHES = {
    "python": ("inline", "threads", "interpreters", "pool", "child"),
    "node": ("node inline", "node pool", "node worker"),
}
NEVER_WARM = ("child", "node worker")  # each call starts a worker
_CLEAR = 0.9


@dataclass(frozen=True)
class Point:
    """One hatch, tasks of about `task_ms` milliseconds, `payload_bytes` there and as many back.

    `runs_ms` is milliseconds per task, one for each round; `loop_ms` is the same rounds' time in
    the loop. `pids` are the processes that computed. ValueError where the values cannot be.
    """

    hatch: str
    runtime: str
    task_ms: float
    payload_bytes: int
    runs_ms: tuple[float, ...]
    loop_ms: tuple[float, ...]
    workers: int
    pids: tuple[int, ...] = ()
    recorded: bool = False

    def __post_init__(self) -> None:
        if self.hatch not in HATCHES.get(self.runtime, ()):
            raise ValueError(f"there is no hatch {self.hatch[:40]!r} in {self.runtime[:40]!r}")
        if not self.runs_ms or len(self.runs_ms) != len(self.loop_ms):
            raise ValueError("runs_ms and loop_ms are not of the same rounds, one or more")
        if min(self.task_ms, self.workers, *self.runs_ms, *self.loop_ms) <= 0:
            raise ValueError("a time or the number of workers is not above 0")

    @property
    def median_ms(self) -> float:
        """Milliseconds per task: the median of the rounds."""
        return statistics.median(self.runs_ms)

    @property
    def size_ms(self) -> float:
        """What the task takes in the loop, as measured: the median."""
        return statistics.median(self.loop_ms)

    @property
    def spread(self) -> float:
        """The distance between slowest and quickest round, as a share of the median."""
        return (max(self.runs_ms) - min(self.runs_ms)) / self.median_ms

    @property
    def ratios(self) -> list[float]:
        """The hatch's time as a share of the loop's, round by round."""
        return [mine / loop for mine, loop in zip(self.runs_ms, self.loop_ms, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def pays(self) -> bool:
        """Whether it is clearly sooner than the loop, within the spread of its rounds."""
        return clearly_below_one(self.ratios)

    @property
    def inline(self) -> bool:
        """Whether it is the loop's own work, with no hatch at all."""
        return self.hatch == INLINE[self.runtime]

    @property
    def key(self) -> tuple[str, float, int]:
        """What tells it from the others: hatch, task and payload."""
        return self.hatch, self.task_ms, self.payload_bytes

    def joined(self, more: "Point") -> "Point":
        """Return this point with the rounds of another measurement of the same."""
        runs, loops = self.runs_ms + more.runs_ms, self.loop_ms + more.loop_ms
        pids = tuple(sorted({*self.pids, *more.pids}))
        return replace(self, runs_ms=runs, loop_ms=loops, pids=pids)

    def as_dict(self) -> dict:
        """The point as plain JSON values, with its median and spread."""
        facts = {"median_ms": self.median_ms, "spread": self.spread}
        lists = {name: [*getattr(self, name)] for name in ("runs_ms", "loop_ms", "pids")}
        return {**asdict(self), **lists, **facts}


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


def clearly_below_one(ratios: Sequence[float]) -> bool:
    """Say whether the median is below 0.9, and each is below 1, but for one in five."""
    above = sum(ratio >= 1 for ratio in ratios)
    return statistics.median(ratios) < _CLEAR and above <= len(ratios) // 5


def hatch_names(points: Sequence[Point]) -> list[str]:
    """Return the hatches of the points, without the two inline ones, in order of appearance."""
    return list(dict.fromkeys(point.hatch for point in points if not point.inline))


def of_hatch(points: Sequence[Point], hatch: str, payload: int) -> list[Point]:
    """Return the hatch's points for one payload in bytes, the smallest task first."""
    mine = [p for p in points if p.hatch == hatch and p.payload_bytes == payload]
    return sorted(mine, key=lambda point: point.size_ms)
