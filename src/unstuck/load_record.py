"""The record of a load while it runs: what was sent when, and what became of it."""

import math
import time
from array import array
from collections import Counter
from collections.abc import Callable

from unstuck.load_plan import Plan
from unstuck.load_result import Load

Heard = Callable[[dict], None] | None


class Record:
    """A request is a number, its place in `began` and `took`. Times are perf_counter's seconds."""

    def __init__(self, on_done: Heard):
        self.on_done = on_done
        self.began, self.took = array("d"), array("d")  # 16 bytes a request; nan: no answer yet
        self.to_wall = time.time() - time.perf_counter()
        self.done = self.most_waiting = self.retried = 0
        self.late = 0.0
        self.failures: Counter = Counter()
        self.reasons: dict[str, str] = {}
        self.pids: Counter = Counter()
        self.connections_by_pid: Counter = Counter()

    def sent(self, moment: float) -> None:
        """The next request was due, or in a closed loop was sent, at `moment`."""
        self.began.append(moment)
        self.took.append(math.nan)
        waiting = len(self.began) - self.done
        if waiting > self.most_waiting:
            self.most_waiting = waiting
        if self.on_done is not None:
            self.on_done({"kind": "sent", "at": moment + self.to_wall})

    def answered(self, number: int, now: float, pid: int | None) -> None:
        """A request has its answer, from process `pid`."""
        self.took[number] = now - self.began[number]
        self.pids[pid] += 1
        self.done += 1
        if self.on_done is not None:
            self._tell(number, now, None, pid)

    def failed(self, number: int, kind: str, reason: str) -> None:
        """A request has no good answer, and will have none."""
        self.failures[kind] += 1
        self.reasons.setdefault(kind, reason)
        self.done += 1
        if self.on_done is not None:
            self._tell(number, time.perf_counter(), f"{kind}: {reason}", None)

    def _tell(self, number: int, now: float, failure: str | None, pid: int | None) -> None:
        began = self.began[number]
        event = {"kind": "answered", "at": began + self.to_wall, "seconds": now - began}
        self.on_done({**event, "failure": failure, "pid": pid})

    def load(self, plan: Plan, start: float, opened: int, loop: str) -> Load:
        """Return what was seen of the load that began at `start` and `opened` connections."""
        return Load(
            sent_at=array("d", (moment + self.to_wall for moment in self.began)),
            latencies=array("d", (took for took in self.took if not math.isnan(took))),
            failed=self.failures.total(),
            most_waiting=self.most_waiting,
            pids=dict(self.pids),
            failures=dict(self.failures),
            reasons=self.reasons,
            retried=self.retried,
            connections=opened,
            connections_by_pid=dict(self.connections_by_pid),
            seconds=time.perf_counter() - start,
            planned=plan.planned,
            closed=plan.closed,
            late=self.late,
            loop=loop,
        )
