"""One service against one learner's results: the numbers that the adviser's rules ask for."""

import math
from dataclasses import dataclass

from unstuck.adviser_evidence import CALLS, Evidence, MeasureFirst, cited
from unstuck.adviser_service import Service
from unstuck.breakeven_result import BreakEven
from unstuck.breakeven_words import cost_ms, milliseconds
from unstuck.capacity import usable_cpus
from unstuck.passages import Passage
from unstuck.queueing import MOST_WORKERS, mean_wait_of_many
from unstuck.scoreboard_result import Scoreboard
from unstuck.scoreboard_rows import Row

FULL = 0.7  # share of their time that workers are planned to be busy: above it queues grow
TENTH = 10  # a hatch that costs a tenth of a task is cheap
HEAVY_SHARE = 0.2  # of a task's computing: copies that take more are worth avoiding
SMALL_PAYLOAD = 65_536  # bytes: below it a copy takes microseconds
_CLEARLY = 1.1  # times as many tasks a second


@dataclass(frozen=True)
class Pays:
    """From which task on a hatch pays for a service, in ms, and the sentence that says so.

    `sooner` is False where it buys a free loop and nothing else.
    """

    hatch: str
    ms: float
    sentence: str
    sooner: bool = True


class Case:
    """A service, what was measured, and the CPUs it may use."""

    def __init__(self, service: Service, seen: Evidence):
        self.service, self.seen = service, seen
        self.cpus = service.cpus or usable_cpus()

    @property
    def names(self) -> tuple[str, ...]:
        """The warm hatches of the service's runtime, as the break-even calls them."""
        return ("pool", "interpreters") if self.service.runtime == "python" else ("node pool",)

    def pays(self) -> Pays:
        """Return the warm hatch that pays first; MeasureFirst where that is not known."""
        if self.service.in_c:
            return self._pays_in_c()
        found = self.seen.newest(BreakEven)
        names = [name for name in self.names if name in found.breakeven_ms]
        times = {name: self.seen.pays_from(name) for name in names or self.names}
        paying = {name: ms for name, ms in times.items() if ms is not None}
        if not paying:
            return self._frees(found, names[0])
        hatch = min(paying, key=paying.get)
        self._agree(hatch, paying[hatch])
        text = f"{hatch} pays from tasks of {milliseconds(paying[hatch])} on"
        return Pays(hatch, paying[hatch], cited(text, found))

    def _frees(self, found: BreakEven, hatch: str) -> Pays:
        """No hatch is sooner than the loop: from when on is a free loop cheap?"""
        self._agree(hatch, None)
        return self._cheap(found, hatch, f"{hatch} is never sooner than the loop here, and ")

    def _pays_in_c(self) -> Pays:
        """C code in a thread: the loop is free, and a thread costs next to nothing."""
        if self.service.runtime == "node":
            row = self.row("threads", "CPU in C")
            ms = TENTH * 1e3 * max(0.0, row.task_seconds - row.loop_seconds)
            text = f"a helper thread adds {milliseconds(ms / TENTH)} to a call"
            return Pays("threads", ms, cited(text, self.board))
        return self._cheap(self.seen.newest(BreakEven), "threads", "")

    def _cheap(self, found: BreakEven, hatch: str, before: str) -> Pays:
        cost = cost_ms(found.points, hatch)
        if cost is None:
            raise MeasureFirst(CALLS[BreakEven], f"what {hatch} costs was not measured")
        text = f"{before}{hatch} adds {milliseconds(cost)} to each task"
        return Pays(hatch, TENTH * cost, cited(text, found), sooner=False)

    def _agree(self, hatch: str, ms: float | None) -> None:
        """Raise MeasureFirst where the scoreboard contradicts a break-even."""
        try:
            mine = self.row(hatch.removeprefix("node "), "pure CPU")
            loop = self.row("inline", "pure CPU")
        except MeasureFirst:
            return  # there is nothing to compare with
        task = 1e3 * loop.loop_seconds
        lost = ms is not None and 3 * ms < task and min(loop.rates) > _CLEARLY * max(mine.rates)
        won = ms is None and min(mine.rates) > 1.5 * max(loop.rates)
        if lost or won:
            pays = "pays never" if ms is None else f"pays from {milliseconds(ms)}"
            told = f"{mine.rate:.0f} tasks of {task:.0f} ms a second, and {loop.rate:.0f} without"
            why = f"your results contradict: {hatch} {pays}, and does {told}"
            raise MeasureFirst(f"{CALLS[BreakEven]} and {CALLS[Scoreboard]}", why)

    @property
    def board(self) -> Scoreboard:
        """The newest scoreboard."""
        return self.seen.board()

    def row(self, hatch: str, work: str) -> Row:
        """Return a row of the service's runtime; MeasureFirst where it is not there."""
        return self.seen.row(self.service.runtime, hatch, work)

    def told(self, hatch: str, work: str) -> str:
        """Return what the scoreboard says of a hatch beside the loop, in a sentence."""
        mine, loop = self.row(hatch, work), self.row("inline", work)
        text = (
            f"{work} by {hatch}: {mine.rate:.0f} tasks/s and a lag of {mine.lag_p99_ms:.0f} ms; "
            f"in the loop {loop.rate:.0f} tasks/s and {loop.lag_p99_ms:.0f} ms"
        )
        return cited(text, self.board)

    @property
    def size(self) -> int:
        """Workers for the computing: as few as stay below 70 % busy, at most one per CPU.

        A platform has more machines: there the CPUs of this one are no limit.
        """
        enough = max(1, math.ceil(self.service.load / FULL))
        return enough if self.service.kubernetes else min(self.cpus, enough)

    def queue(self, workers: int) -> str:
        """Say how long requests wait for so many workers, by the formula of M/M/c."""
        busy = self.service.load / workers
        if workers > MOST_WORKERS:
            return f"{workers:,} workers would be {busy:.0%} busy"
        wait = mean_wait_of_many(max(busy, 1e-6), workers, max(self.service.cpu_ms / 1e3, 1e-6))
        many = f"{workers} worker{'s' * (workers != 1)}"
        return (
            f"{self.service.requests_per_second:g} requests/s of {self.service.cpu_ms:g} ms keep "
            f"{many} {busy:.0%} busy; one queue for them makes a request wait "
            f"{milliseconds(1e3 * wait)} in the mean (Erlang C)"
        )

    def copy_ms(self, road: str) -> tuple[float, str]:
        """Return what the payload costs along a road, in ms, and the sentence that says so."""
        self.seen.newest(Passage)
        mine = [each for each in self.seen.all(Passage) if each.road == road and not each.recorded]
        if not mine:
            raise MeasureFirst(CALLS[Passage], f"the road {road!r} was not measured here")
        near = min(mine, key=lambda each: abs(each.size - self.service.payload_bytes))
        ms = 1e3 * near.seconds * max(1.0, self.service.payload_bytes / near.size)
        text = f"{near.size} bytes along {road!r} take {milliseconds(1e3 * near.seconds)}"
        return ms, cited(text, near)
