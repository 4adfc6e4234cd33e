"""Tell of a quick load ten times a second, in place of a line for each request.

A tick counts what happened since the tick before. Its `worst_ms` is the longest that anyone had
waited by then, with an answer or still without: while a server is blocked there are no answers,
and a tick that looked at answers alone would show nothing wrong.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable

EVERY = 0.1  # seconds
QUICK = 200  # requests a second, above which ticks are told


class Ticks:
    """Hears the events of a load: `async with Ticks(on_tick) as ticks: await load(..., ticks)`."""

    def __init__(self, on_tick: Callable[[dict], None]):
        self.on_tick = on_tick
        self.waiting: dict[float, None] = {}  # when each open request was sent, the oldest first
        self._begin()

    def _begin(self) -> None:
        self.counts = Counter(sent=0, answered=0, failed=0)
        self.pids: Counter = Counter()
        self.worst = 0.0

    def __call__(self, event: dict) -> None:
        """Count one event of the load."""
        if event["kind"] == "sent":
            self.waiting[event["at"]] = None
            self.counts["sent"] += 1
            return
        self.waiting.pop(event["at"], None)
        self.worst = max(self.worst, event["seconds"])
        self.counts["failed" if event["failure"] else "answered"] += 1
        if not event["failure"]:
            self.pids[event["pid"]] += 1

    def tick(self) -> dict:
        """Sum up what was heard since the last tick, and begin anew."""
        now = time.time()
        oldest = now - next(iter(self.waiting), now)
        line = {
            "kind": "tick",
            "at": now,
            **self.counts,
            "waiting": len(self.waiting),
            "worst_ms": max(self.worst, oldest) * 1e3,
            "pids": dict(self.pids),
        }
        self._begin()
        return line

    async def __aenter__(self) -> "Ticks":
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *error) -> None:
        self._task.cancel()
        await asyncio.wait([self._task], timeout=1)
        self.on_tick(self.tick())  # what came since the last one

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            self.on_tick(self.tick())
