"""The client of a load: it sends each request when it is due, and notes what becomes of it.

Requests are numbers and go out in their order, so those that wait for a free connection need no
list: they are all from `next` up to `due`.
"""

import asyncio
import time
from functools import lru_cache

from unstuck.load_answer import read_pid
from unstuck.load_connection import Connection
from unstuck.load_head import Head
from unstuck.load_plan import MOST_REQUESTS, Plan, Target
from unstuck.load_pool import Pool
from unstuck.load_record import Record
from unstuck.together import first

_NAP = 0.0005  # seconds between wake-ups, at least: a quick load sends several requests at each
_LOOK = 0.1  # seconds between looks for what waits too long


class Client:
    """`await run()` sends what the plan says and fills the record; `await close()` ends it."""

    def __init__(self, target: Target, plan: Plan, record: Record):
        self.plan, self.record = plan, record
        self.pool = Pool(self, target, plan)
        self.read_pid = lru_cache(256)(read_pid)
        self.count = plan.planned or MOST_REQUESTS
        self.next = self.due = 0
        self.timers: dict[str, asyncio.TimerHandle] = {}
        self.loop = asyncio.get_running_loop()
        self.finished = self.loop.create_future()

    async def run(self) -> None:
        """Return when each request has been answered or has failed; TimeoutError if never."""
        self.start = time.perf_counter()
        self._wake()
        self._look_after()
        if self.plan.closed:
            self._later("end", self.plan.seconds, self._end)
        deadline = self.plan.deadline
        if not await first(self.finished, seconds=deadline):
            done = f"{self.record.done} of {len(self.record.began)} requests were done"
            raise TimeoutError(f"The load had not ended after {deadline:g} s: {done}")
        self.finished.result()  # an error of the listener is raised here

    def stop(self, error: Exception) -> None:
        """End the load with an error."""
        if not self.finished.done():
            self.finished.set_exception(error)

    async def close(self) -> None:
        """Close all connections, also where the load is cancelled."""
        self.count = self.due = self.next
        for timer in self.timers.values():
            timer.cancel()
        await self.pool.close()

    def _later(self, name: str, seconds: float, callback) -> None:
        self.timers[name] = self.loop.call_later(seconds, callback)

    def _moment(self, number: int) -> float:
        return self.start + number / self.plan.rate

    def _wake(self) -> None:
        """Send all that has fallen due since the last time."""
        now = time.perf_counter()
        before, self.due = self.due, self._due_by(now)
        if self.due > before:
            self.record.late = max(self.record.late, now - self._moment(before))
        if not self.plan.closed:
            for number in range(before, self.due):
                self.record.sent(self._moment(number))
        self.hand_out()
        if self.due < self.count:
            rest = self._moment(self.due) - time.perf_counter()
            self._later("wake", max(rest, _NAP), self._wake)

    def _due_by(self, now: float) -> int:
        if self.plan.planned is None:
            return self.count
        return min(self.count, int((now - self.start) * self.plan.rate) + 1)

    def hand_out(self) -> None:
        """Send what is due, as far as there are connections."""
        while self.next < self.due and self.pool.room():
            self.pool.give(self._take())

    def _take(self) -> int:
        number = self.next
        self.next += 1
        if self.plan.closed:
            self.record.sent(time.perf_counter())
        return number

    def answered(self, connection: Connection, head: Head, body: bytes) -> None:
        """A whole answer came; its connection takes the next request, or rests, or ends."""
        now = time.perf_counter()
        number, connection.number = connection.number, None
        if head.good:
            pid = self.read_pid(body)
            self.record.answered(number, now, pid)
            if pid != connection.pid:
                connection.pid = pid
                self.record.connections_by_pid[pid] += 1
        else:
            self.record.failed(number, "bad status", f"the server answered {head.status}")
        self._go_on(connection, head.keep_alive and self.plan.keep_alive)

    def _go_on(self, connection: Connection, keep_alive: bool) -> None:
        if not keep_alive:
            connection.leave()
        elif self.next < self.due:
            connection.ask(self._take())
        else:
            self.pool.idle.append(connection)
        self._finish()

    def broken(self, connection: Connection, number: int, kind: str, reason: str) -> None:
        """A request came to nothing; on a connection that was used before, it is sent once more.

        A server may close a connection that rests while the next request is on its way to it.
        """
        if kind == "closed before an answer" and connection.answers:
            self.record.retried += 1
            self.pool.open(number)
        else:
            self.failed(number, kind, reason)

    def failed(self, number: int, kind: str, reason: str) -> None:
        """A request has no answer, and will have none."""
        self.record.failed(number, kind, reason)
        self._finish()

    def _finish(self) -> None:
        if self.record.done == self.count and not self.finished.done():
            self.finished.set_result(None)

    def _end(self) -> None:
        """The time of a closed loop is up: what has not been sent never is."""
        self.count = self.due = self.next
        self._finish()

    def patience_left(self, number: int) -> float:
        """Seconds that a request may still wait: the clock began when it was due."""
        return self.record.began[number] + self.plan.patience - time.perf_counter()

    def _look_after(self) -> None:
        """Give up what waits too long, sent or not."""
        self._later("look after", min(_LOOK, self.plan.patience / 4), self._look_after)
        late = self.pool.drop_late(time.perf_counter())
        while self._next_is_late():
            late.append(self._take())
        for number in late:
            self.failed(number, "timed out", f"no answer in {self.plan.patience:g} s")

    def _next_is_late(self) -> bool:
        """Say whether the next request is out of patience before a connection was free."""
        waits = not self.plan.closed and self.next < self.due
        return waits and self.patience_left(self.next) < 0
