"""Clients of a cluster in processes of their own, and the book of what became of their requests.

Light requests come at a steady rate. Heavy clients ask for 0.05 s of work again and again.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from unstuck.load import Load, load_apart
from unstuck.together import together

KINDS = ("light", "heavy")
HEAVY = "/block?work=prime&seconds=0.05"
HEAVY_CLIENTS = 4
PATIENCE = 2.0  # seconds that a client waits for an answer
RECENT = 5.0  # seconds of answers that a Tally looks back on
MOST_RATE = 200  # light requests a second: above it a load no longer tells of each answer
_OPEN = 256  # connections of the light load at once: a slow worker must not slow the clients


@dataclass(frozen=True)
class Traffic:
    """Who asks: `rate` light requests a second, and four heavy clients or none, for `seconds`."""

    rate: float = 20.0
    heavy: bool = False
    keep_alive: bool = False
    seconds: float = 120.0

    def __post_init__(self):
        if not 0 < self.rate <= MOST_RATE:
            raise ValueError(f"light requests a second: up to {MOST_RATE}, not {self.rate!r}")


class Tally:
    """What became of the requests so far, light and heavy apart: counts, and recent latencies."""

    def __init__(self):
        self.begun = asyncio.Event()
        self.sent: Counter = Counter()
        self.answered = {kind: Counter() for kind in KINDS}  # by process id
        self.lost = {kind: Counter() for kind in KINDS}  # by what became of them
        self.recent: deque[tuple] = deque()  # (moment of the answer, kind, pid, seconds)

    def hear(self, kind: str, event: dict) -> None:
        """Take an event of a load."""
        if event["kind"] == "sent":
            self.sent[kind] += 1
            self.begun.set()
        elif event["kind"] == "answered" and event["failure"]:
            self.lost[kind][event["failure"].partition(":")[0]] += 1
        elif event["kind"] == "answered":
            self.answered[kind][event["pid"]] += 1
            moment = event["at"] + event["seconds"]
            self.recent.append((moment, kind, event["pid"], event["seconds"]))

    def latencies(self, kind: str, pid: int | None = None) -> list[float]:
        """Seconds of each answer of the last seconds, by one worker or by all."""
        while self.recent and self.recent[0][0] < time.time() - RECENT:
            self.recent.popleft()
        return [each[3] for each in self.recent if each[1] == kind and pid in (None, each[2])]

    def waiting(self, kind: str) -> int:
        """How many requests have been sent and have no answer yet."""
        done = self.answered[kind].total() + self.lost[kind].total()
        return max(0, self.sent[kind] - done)

    def all_lost(self) -> Counter:
        """Lost requests by kind, light and heavy together."""
        return self.lost["light"] + self.lost["heavy"]


def in_words(lost: dict[str, int]) -> str:
    """Lost requests in words: "2 refused, 1 timed out", or "none"."""
    return ", ".join(f"{count} {kind}" for kind, count in lost.items() if count) or "none"


async def send(url: str, traffic: Traffic, hear: Callable[[str, dict], None]) -> list[Load]:
    """Let the clients ask until their time is up: the light Load, and with heavy ones another."""
    shared = {"keep_alive": traffic.keep_alive, "patience": PATIENCE}
    seconds, light, heavy = traffic.seconds, partial(hear, "light"), partial(hear, "heavy")
    work = [load_apart(url, traffic.rate, seconds, light, connections=_OPEN, **shared)]
    if traffic.heavy:
        shared |= {"closed": True, "connections": HEAVY_CLIENTS}
        work.append(load_apart(url + HEAVY, MOST_RATE, seconds, heavy, **shared))
    return await together(*work)
