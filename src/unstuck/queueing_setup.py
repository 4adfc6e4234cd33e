"""A queue to be simulated, and what became of its requests. All times are in seconds."""

import math
from array import array
from dataclasses import dataclass
from functools import cached_property

from unstuck.lag import percentile
from unstuck.queueing_formulas import check_load
from unstuck.values import is_number, is_one_of

ARRIVALS = ("poisson", "regular")
SERVICES = ("exponential", "fixed", "mixed")
DISPATCHES = ("one queue", "least busy", "two random", "in turn", "at random")


@dataclass(frozen=True)
class Setup:
    """Who works, how much is asked, and who chooses the worker.

    `utilisation` is the share of the workers' time that the requests need. `seconds` is the mean
    time of a request; where they are "mixed", the time of a light one, and of `heavy_share` of
    them `heavy_times` as long. `service`, `arrivals`, `dispatch`: see the tuples above.
    """

    workers: int = 1
    utilisation: float = 0.8
    seconds: float = 0.01
    service: str = "exponential"
    arrivals: str = "poisson"
    dispatch: str = "one queue"
    heavy_share: float = 0.02
    heavy_times: float = 50.0

    def __post_init__(self):
        check_load(self.utilisation, self.workers, self.seconds)
        names = {"service": SERVICES, "arrivals": ARRIVALS, "dispatch": DISPATCHES}
        for name, allowed in names.items():
            value = getattr(self, name)
            if not is_one_of(value, allowed):
                told = f"{', '.join(allowed)}, not {value!r}"
                raise ValueError(f"{name} must be one of {told}")
        if not (is_number(self.heavy_share) and 0 <= self.heavy_share <= 1):
            raise ValueError(f"heavy_share is from 0 to 1, not {self.heavy_share!r}")
        if not (is_number(self.heavy_times) and 1 <= self.heavy_times <= 10_000):
            raise ValueError(f"heavy_times is from 1 to 10000, not {self.heavy_times!r}")

    @property
    def mean(self) -> float:
        """The mean time of a request in seconds."""
        if self.service != "mixed":
            return self.seconds
        return self.seconds * (1 + self.heavy_share * (self.heavy_times - 1))

    @property
    def square(self) -> float:
        """The mean of the squared times: the more uneven they are, the longer all wait."""
        if self.service == "mixed":
            return self.seconds**2 * (1 + self.heavy_share * (self.heavy_times**2 - 1))
        return self.seconds**2 * (2 if self.service == "exponential" else 1)

    @property
    def rate(self) -> float:
        """Requests a second, for all workers together."""
        return self.utilisation * self.workers / self.mean


@dataclass(frozen=True, repr=False)
class Queued:
    """What became of the requests: arrival, wait and service of each in seconds, warm-up left out.

    `utilisation` is the share of the time that the workers really worked. Where `settled` is False
    the run was too short for its utilisation: in the long run requests wait longer.
    """

    setup: Setup
    arrivals: array
    waits: array
    services: array
    utilisation: float
    settled: bool = True

    ordered = cached_property(lambda self: sorted(self.waits))
    p50 = property(lambda self: percentile(self.ordered, 50))
    p99 = property(lambda self: percentile(self.ordered, 99))
    mean = property(lambda self: math.fsum(self.waits) / max(1, len(self.waits)))

    def over_time(self, width: float = 0.25, share: float = 99) -> list[tuple[float, float]]:
        """A percentile of the waits of each `width` seconds of arrivals: (their middle, wait)."""
        slots: dict[int, list[float]] = {}
        for arrival, wait in zip(self.arrivals, self.waits, strict=True):
            slots.setdefault(math.floor(arrival / width), []).append(wait)
        return [((at + 0.5) * width, percentile(slots[at], share)) for at in sorted(slots)]

    def __repr__(self) -> str:
        return (
            f"{counted(self.setup.workers)}, {self.setup.dispatch}, {self.utilisation:.0%} busy: "
            f"{len(self.waits):,} requests waited {in_ms(self.mean)} in the mean, "
            f"{in_ms(self.p50)} (p50) and {in_ms(self.p99)} (p99)"
            f"{'' if self.settled else '; the run was too short to settle'}"
        )


def counted(workers: int) -> str:
    """Return a number of workers in words."""
    return f"{workers:,} worker{'s' * (workers > 1)}"


def in_ms(seconds: float) -> str:
    """Return a time in milliseconds, in words, with about three digits."""
    return f"{1e3 * seconds:,.0f} ms" if seconds >= 0.1 else f"{1e3 * seconds:.3g} ms"
