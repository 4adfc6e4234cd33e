"""A service in numbers: what comes, what it costs, and what has to be kept apart."""

from dataclasses import dataclass

from unstuck.values import is_number, is_one_of

RUNTIMES = ("python", "node")
SERVERS = ("uvicorn", "gunicorn", "granian")
_MOST_CPUS = 100_000


@dataclass(frozen=True)
class Service:
    """A service as its owner describes it. ValueError, with a sentence, for what cannot be.

    `cpu_ms` is the computing of a request, `waits_ms` its waiting, both in milliseconds; the
    payload is what travels to a worker, in bytes. `in_c`: the computing is C code that releases
    the GIL, or is asynchronous in Node.js. `blocking_wait`: the driver cannot be awaited.
    `cpus` are those of the machine it will run on; None takes those of this one.
    """

    requests_per_second: float
    cpu_ms: float
    waits_ms: float = 0.0
    payload_bytes: int = 0
    untrusted: bool = False
    runtime: str = "python"
    in_c: bool = False
    blocking_wait: bool = False
    kubernetes: bool = False
    server: str = SERVERS[0]
    cpus: int | None = None

    def __post_init__(self) -> None:
        _number("requests_per_second", self.requests_per_second, 1e7, above=True)
        _number("cpu_ms", self.cpu_ms, 3.6e6)
        _number("waits_ms", self.waits_ms, 3.6e6)
        _number("payload_bytes", self.payload_bytes, 2.0**40)
        if not self.cpu_ms and not self.waits_ms:
            raise ValueError("a request that neither computes nor waits needs no advice")
        for name in ("untrusted", "in_c", "blocking_wait", "kubernetes"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is True or False, not {getattr(self, name)!r:.40}")
        for name, allowed in (("runtime", RUNTIMES), ("server", SERVERS)):
            value = getattr(self, name)
            if not is_one_of(value, allowed):
                told = f"{', '.join(allowed)}, not {value!r:.40}"
                raise ValueError(f"{name} is one of {told}")
        if self.cpus is not None and not (type(self.cpus) is int and 1 <= self.cpus <= _MOST_CPUS):
            told = f"from 1 to {_MOST_CPUS}, not {self.cpus!r:.40}"
            raise ValueError(f"cpus is a whole number {told}")

    @property
    def load(self) -> float:
        """CPUs that its computing keeps busy, such as 1.6."""
        return self.requests_per_second * self.cpu_ms / 1e3

    @property
    def waiting(self) -> float:
        """Requests that wait at the same time, in the mean (Little's law)."""
        return self.requests_per_second * self.waits_ms / 1e3


def _number(name: str, value: object, most: float, above: bool = False) -> None:
    if is_number(value) and (value > 0 if above else value >= 0) and value <= most:  # never for NaN
        return
    least = "above 0" if above else "0 or more"
    raise ValueError(f"{name} is a number, {least} and at most {most:,.0f}, not {value!r:.40}")
