"""What the scoreboard keeps: a Row for each hatch and each work, a Stay for each bad guest."""

import statistics
from dataclasses import dataclass

WORKS = ("pure CPU", "CPU in C", "waiting", "mixed", "big payload", "untrusted code")
GUEST = WORKS[-1]  # it is judged by what it may do, not by its times
RUNTIMES = {"python": "Python", "node": "Node.js"}
UNKNOWN = "not measured"
_LATE_MS = 10.0


@dataclass(frozen=True)
class Row:
    """One hatch with one work in one runtime. Where it could not be measured, `missing` says why.

    `seconds`: of one task alone, one for each round. `loop_seconds`: the same task with no hatch.
    `rates`: tasks a second with `at_once` of them together, one for each round. The lag is that of
    the loop meanwhile. `start_seconds`: the first call of a cold hatch, less a warm one; where
    each task starts a worker, any call. `worker_bytes`: resident, of a worker's process; for
    workers inside this one, its growth for each. `copies`: on a payload's way there and back.
    """

    runtime: str
    hatch: str
    work: str
    missing: str = ""
    seconds: tuple[float, ...] = ()
    loop_seconds: float | None = None
    rates: tuple[float, ...] = ()
    at_once: int = 1
    lag_p99_ms: float | None = None
    lag_max_ms: float | None = None
    start_seconds: float | None = None
    worker_bytes: int | None = None
    copies: int | None = None
    recorded: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from the others."""
        return self.runtime, self.hatch, self.work

    @property
    def task_seconds(self) -> float | None:
        """The median seconds of one task; None where it was not measured."""
        return statistics.median(self.seconds) if self.seconds else None

    @property
    def rate(self) -> float | None:
        """The median of tasks a second; None where it was not measured."""
        return statistics.median(self.rates) if self.rates else None

    @property
    def feel(self) -> str:
        """What the loop felt: "free", "late" or "blocked"; "" where it was not measured.

        Blocked: its p99 was late by most of a task. Late: by more than 10 ms.
        """
        if self.lag_p99_ms is None:
            return ""
        if self.lag_p99_ms >= max(_LATE_MS, 800 * (self.loop_seconds or 0)):
            return "blocked"
        return "late" if self.lag_p99_ms > _LATE_MS else "free"

    @property
    def name(self) -> str:
        """The hatch and its runtime, in words."""
        return f"{self.hatch} ({'Node.js' if self.runtime == 'node' else 'Python'})"

    def __repr__(self) -> str:
        label = " (recorded)" if self.recorded else ""
        if self.missing:
            return f"{self.name}{label}, {self.work}: not there: {self.missing}"
        words = [f"{1e3 * self.task_seconds:.1f} ms a task ({spread(self.seconds, 1e3)})"]
        if self.rates:
            words.append(f"{self.rate:.1f} tasks/s ({spread(self.rates)})")
        if self.lag_max_ms is not None:
            words.append(f"lag p99 {self.lag_p99_ms:.1f} ms, max {self.lag_max_ms:.1f} ms")
        return f"{self.name}{label}, {self.work}: {'; '.join(words)}"


def spread(values: tuple[float, ...], times: float = 1.0) -> str:
    """The least and the most of the values, in words."""
    return f"{times * min(values):.1f} to {times * max(values):.1f}"


@dataclass(frozen=True)
class Stay:
    """How one hatch bears a bad guest, tried in a process of its own.

    `crash` is "told" where the crash of a task was an error for its caller alone, and "all ended"
    where it ended the whole process. `overstay` is "stopped" where a task was ended from outside
    at its time-out, "works on" where its caller was free and the task was not ended, and "held
    the loop" where nobody could do anything meanwhile. `seconds` until the hatch answered again.
    """

    runtime: str
    hatch: str
    crash: str
    overstay: str
    seconds: float | None = None
    recorded: bool = False

    @property
    def isolated(self) -> bool:
        """Whether it bears both: a crash and a guest that does not leave."""
        return self.crash == "told" and self.overstay == "stopped"

    @property
    def words(self) -> str:
        """What a crash and an endless task do, in words."""
        crash = {"told": "a crash is told", "all ended": "a crash ends all"}.get(self.crash)
        return f"{crash or self.crash}, an endless task {_ENDLESS.get(self.overstay, 'unknown')}"


_ENDLESS = {
    "stopped": "is stopped",
    "works on": "works on",
    "held the loop": "holds the loop",
}
