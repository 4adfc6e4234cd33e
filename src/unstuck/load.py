"""A bounded load on one server of this machine: light requests at a steady rate.

The load is open-loop: a request is due at its time whether the others have been answered or not,
and its latency counts from that intended moment. A client that waits for each answer before it
asks again would ask less while the server is blocked, and would hide the very thing to be seen.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from unstuck.lag import percentile

MOST_REQUESTS = 100_000  # in one load
_GRACE = 20.0  # seconds that an answer may take
_CONNECTIONS = 64  # open at once; a request beyond that waits for a free one, and its time counts


@dataclass(frozen=True)
class Load:
    """What came back. `sent_at` and `latencies` (seconds) are in the order of the requests."""

    sent_at: tuple[float, ...]
    latencies: tuple[float, ...]
    failed: int
    most_waiting: int
    pids: dict

    p50 = property(lambda self: percentile(self.latencies, 50))
    p99 = property(lambda self: percentile(self.latencies, 99))

    def as_dict(self) -> dict:
        """The figures as plain JSON values: counts, and milliseconds."""
        return {
            "sent": len(self.sent_at),
            "answered": len(self.latencies),
            "failed": self.failed,
            "most_waiting": self.most_waiting,
            "p50_ms": self.p50 * 1e3,
            "p99_ms": self.p99 * 1e3,
            "max_ms": max(self.latencies, default=0.0) * 1e3,
            "pids": self.pids,
        }


async def load(
    url: str, rate: float, seconds: float, on_done: Callable[[dict], None] = lambda event: None
) -> Load:
    """Send `rate` requests a second for `seconds` to `url` and return the Load.

    Only 127.0.0.1 is asked, and at most 100,000 times. `on_done` hears of each request as it is
    sent and as it is answered. Raises ValueError for another address or for a load out of bounds.
    """
    host, port, path = _target(url)
    count = _count(rate, seconds)
    client = _Client(host, port, path, on_done)
    start = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                due = start + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(client.ask(due))
    finally:
        client.close()
    return client.report()


def _target(url: str) -> tuple[str, int, str]:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname != "127.0.0.1" or not parts.port:
        raise ValueError(
            f"a load goes to a server of this machine, http://127.0.0.1:PORT, not {url}"
        )
    return parts.hostname, parts.port, f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"


def _count(rate: float, seconds: float) -> int:
    if not (0 < rate <= 20_000 and 0 < seconds <= 600 and rate * seconds <= MOST_REQUESTS):
        raise ValueError(
            f"a load has at most 20000 requests/s, 600 s and {MOST_REQUESTS} requests in all, "
            f"not {rate} requests/s for {seconds} s"
        )
    return max(1, round(rate * seconds))


class _Client:
    """Keep-alive connections to one server, and the record of what was asked and answered."""

    def __init__(self, host: str, port: int, path: str, on_done):
        self.address, self.on_done = (host, port), on_done
        self.request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        self.idle: list[tuple] = []
        self.free = asyncio.Semaphore(_CONNECTIONS)
        self.sent: list[float] = []
        self.answers: dict[float, float] = {}
        self.failed = self.waiting = self.most_waiting = 0
        self.pids: Counter = Counter()

    async def ask(self, due: float) -> None:
        """Send one request that was due at `due`, and record its answer or its failure."""
        at = time.time() - (time.perf_counter() - due)
        self.sent.append(at)
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        self.on_done({"kind": "sent", "at": at})
        failure = None
        try:
            async with self.free, asyncio.timeout(_GRACE):
                await self._exchange()
            self.answers[at] = time.perf_counter() - due
        except (OSError, asyncio.IncompleteReadError, ValueError, TimeoutError) as error:
            self.failed += 1
            failure = f"{type(error).__name__}: {error}"
        self.waiting -= 1
        took = time.perf_counter() - due
        self.on_done({"kind": "answered", "at": at, "seconds": took, "failure": failure})

    async def _exchange(self) -> None:
        reader, writer = (
            self.idle.pop() if self.idle else await asyncio.open_connection(*self.address)
        )
        try:
            writer.write(self.request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
        except BaseException:
            writer.close()
            raise
        self.idle.append((reader, writer))
        self.pids[_pid(body)] += 1

    def close(self) -> None:
        """Close the connections, also where the load is cancelled."""
        for _, writer in self.idle:
            writer.close()

    def report(self) -> Load:
        """Return what was seen."""
        answered = [self.answers[at] for at in self.sent if at in self.answers]
        pids = dict(self.pids)
        return Load(tuple(self.sent), tuple(answered), self.failed, self.most_waiting, pids)


def _length(head: bytes) -> int:
    status, *lines = head.decode("latin-1").split("\r\n")
    if " 200 " not in f"{status} ":
        raise ValueError(f"the server answered {status}")
    fields = dict(line.lower().split(":", 1) for line in lines if ":" in line)
    return int(fields["content-length"])


def _pid(body: bytes) -> int | None:
    found = json.loads(body)
    return found.get("pid") if isinstance(found, dict) else None
