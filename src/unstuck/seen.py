"""What a watched loop did while it was blocked, and what became of the requests at its door."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Seen:
    """What one watch showed of one patient. Seconds, and milliseconds where it says `_ms`."""

    patient: str
    runtime: str
    hatch: str
    work: str
    seconds: float
    flat_seconds: float
    most_waiting: int
    sent: int
    answered: int
    failed: int
    p50_ms: float
    p99_ms: float
    calm_p99_ms: float
    answer: object
    requests: tuple[tuple[float, float], ...] = ()  # (seconds since the first one, latency)
    block_at: float = 0.0  # seconds since the first request
    recorded: bool = False  # True where the numbers are not from this machine, now
    note: str = ""
    machine: str = ""
    date: str = ""

    def as_dict(self) -> dict:
        """The figures as plain JSON values."""
        return asdict(self)

    def __repr__(self) -> str:
        label = f" (recorded: {self.note})" if self.recorded else ""
        return (
            f"{self.patient}{label}, {self.work} by {self.hatch}: "
            f"flat for {self.flat_seconds:.2f} s, {self.most_waiting} requests waiting at most, "
            f"{self.answered} of {self.sent} answered, light requests p50 {self.p50_ms:.1f} ms, "
            f"p99 {self.p99_ms:.1f} ms"
        )
