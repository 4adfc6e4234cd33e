"""What came back from a load: counts, latencies, and who answered."""

import base64
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from unstuck.lag import percentile


@dataclass(frozen=True)
class Load:
    """What came back. `sent_at` and `latencies` (seconds) are in the order of the requests.

    A latency counts from the moment a request was due; in a `closed` loop, from its sending.
    `failures` counts by kind, `reasons` has the first sentence of each kind. `retried` were sent
    again on a new connection. `late` (seconds) is how late the generator itself woke at worst: a
    millisecond is the grain of the timers of `loop`, the event loop that it ran in.
    """

    sent_at: Sequence[float]
    latencies: Sequence[float]
    failed: int
    most_waiting: int
    pids: dict
    failures: dict = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)
    retried: int = 0
    connections: int = 0  # opened in all
    connections_by_pid: dict = field(default_factory=dict)
    seconds: float = 0.0  # from the first request to the last answer
    planned: int | None = None  # requests that the rate asks for
    closed: bool = False
    late: float = 0.0
    loop: str = "asyncio"

    p50 = property(lambda self: percentile(self.latencies, 50))
    p99 = property(lambda self: percentile(self.latencies, 99))
    max = property(lambda self: max(self.latencies, default=0.0))

    def as_dict(self) -> dict:
        """The figures as plain JSON values: counts, and milliseconds."""
        ordered = sorted(self.latencies)  # once: there may be a million
        return {
            "sent": len(self.sent_at),
            "answered": len(self.latencies),
            "failed": self.failed,
            "failures": self.failures,
            "reasons": self.reasons,
            "retried": self.retried,
            "most_waiting": self.most_waiting,
            "p50_ms": percentile(ordered, 50) * 1e3,
            "p99_ms": percentile(ordered, 99) * 1e3,
            "max_ms": self.max * 1e3,
            "late_ms": self.late * 1e3,
            "pids": self.pids,
            "connections": self.connections,
            "connections_by_pid": self.connections_by_pid,
            "seconds": self.seconds,
            "planned": self.planned,
            "closed": self.closed,
            "loop": self.loop,
        }

    def __repr__(self) -> str:
        return (
            f"Load({len(self.latencies)} of {len(self.sent_at)} answered, {self.failed} failed, "
            f"p50 {self.p50 * 1e3:.1f} ms, p99 {self.p99 * 1e3:.1f} ms, "
            f"max {self.max * 1e3:.1f} ms)"
        )


def packed(load: Load) -> dict:
    """All of a Load as plain JSON values, also each latency: short, and equal to the last bit."""
    times = {"sent_at": load.sent_at, "latencies": load.latencies}
    return load.as_dict() | {name: _text(values) for name, values in times.items()}


def unpacked(values: dict) -> Load:
    """The Load that was `packed` in another process of this machine."""
    copied = ("failed", "most_waiting", "failures", "reasons", "retried", "connections", "seconds")
    return Load(
        sent_at=_times(values["sent_at"]),
        latencies=_times(values["latencies"]),
        pids=_by_pid(values["pids"]),
        connections_by_pid=_by_pid(values["connections_by_pid"]),
        late=values["late_ms"] / 1e3,
        **{name: values[name] for name in (*copied, "planned", "closed", "loop")},
    )


def _text(values: Sequence[float]) -> str:
    return base64.b64encode(array("d", values).tobytes()).decode("ascii")


def _times(text: str) -> array:
    return array("d", base64.b64decode(text))


def _by_pid(counts: dict) -> dict:
    """JSON knows text as names only: an unknown process is "null"."""
    return {None if pid == "null" else int(pid): count for pid, count in counts.items()}
