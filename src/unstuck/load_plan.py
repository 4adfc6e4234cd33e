"""What a load is asked to do, and the bounds that keep it harmless: checked before it starts."""

import math
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from unstuck.values import is_number

MOST_RATE = 50_000  # requests a second
MOST_SECONDS = 600
MOST_REQUESTS = 1_000_000  # in one load
MOST_CONNECTIONS = 512  # below the 1024 files that a process may often have open
MOST_PATIENCE = 120  # seconds


@dataclass(frozen=True)
class Plan:
    """How many requests a second, for how long, and how.

    `keep_alive` False takes a new connection for each request. `connections` may be open at once.
    `closed` makes each connection wait for its answer before it asks again: the naive way, whose
    clock starts when a request is sent, not when it was due; its `rate` may be math.inf, "as fast
    as the answers come". `patience`: seconds until a request without an answer has failed.
    """

    rate: float
    seconds: float
    keep_alive: bool = True
    connections: int = 64
    closed: bool = False
    patience: float = 20.0

    def __post_init__(self):
        for name in ("rate", "seconds", "patience"):
            if not is_number(getattr(self, name)):
                raise ValueError(f"{name} of a load is a number, not {getattr(self, name)!r:.40}")
        if not (0 < self.seconds <= MOST_SECONDS and self._rate_is_possible()):
            raise ValueError(
                f"a load has at most {MOST_RATE} requests/s, {MOST_SECONDS} s and {MOST_REQUESTS} "
                f"requests in all, not {self.rate} requests/s for {self.seconds} s"
            )
        whole = is_number(self.connections) and self.connections in range(1, MOST_CONNECTIONS + 1)
        if not whole:
            told = f"{self.connections!r:.40}"
            raise ValueError(f"a load has 1 to {MOST_CONNECTIONS} connections: {told}?")
        if not 0 < self.patience <= MOST_PATIENCE:
            raise ValueError(f"a load is patient for up to {MOST_PATIENCE} s: {self.patience}?")

    def _rate_is_possible(self) -> bool:
        if self.rate == math.inf:
            return self.closed
        return 0 < self.rate <= MOST_RATE and self.rate * self.seconds <= MOST_REQUESTS

    @property
    def planned(self) -> int | None:
        """The number of requests; None where only the answers set the pace."""
        return None if math.isinf(self.rate) else max(1, round(self.rate * self.seconds))

    @property
    def deadline(self) -> float:
        """Seconds after which a load is over, whatever happens; the last minute is for accidents.

        The last request is out of patience long before, unless the loop itself was blocked.
        """
        return self.seconds + self.patience + 60


@dataclass(frozen=True)
class Target:
    """Where a load goes: a server of this machine, and a page of it."""

    host: str
    port: int
    path: str

    def request(self, keep_alive: bool) -> bytes:
        """The bytes of one request: HTTP/1.1, which keeps a connection unless told otherwise."""
        close = "" if keep_alive else "Connection: close\r\n"
        return f"GET {self.path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n{close}\r\n".encode()


def target(url: str) -> Target:
    """Read a url; ValueError for another address than 127.0.0.1 or a path that no url can have."""
    if not isinstance(url, str):
        raise ValueError(f"a load goes to a url such as http://127.0.0.1:8000, not {url!r:.40}")
    parts = urlsplit(url)
    path = f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"
    if parts.scheme != "http" or parts.hostname != "127.0.0.1" or not parts.port:
        raise ValueError(
            f"a load goes to a server of this machine, http://127.0.0.1:PORT, not {url}"
        )
    if not re.fullmatch(r"/[!-~]*", path):
        raise ValueError(f"a load needs a path without blanks, written with %20 and so on: {url}")
    return Target(parts.hostname, parts.port, path)
