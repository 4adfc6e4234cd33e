"""What is shown of a running cluster: who is there, what each does, and what became of requests.

It hears the primary's events and the clients', and sums them up as small frames for the picture.
It knows no widget.
"""

import time
from collections import Counter
from dataclasses import dataclass

from unstuck.cluster_traffic import KINDS, Tally
from unstuck.lag import percentile

_STAYS = 3.0  # seconds that a worker is shown after its end
_FIGURES = 0.5  # seconds between new latencies: nobody reads ten a second


@dataclass
class Worker:
    """One worker as the primary tells of it; times are unix seconds, memory is in bytes."""

    pid: int
    slot: int
    row: int  # of the picture
    state: str = "starting"
    why: str = ""
    at: float = 0.0  # when the state began
    heard: float = 0.0  # the last beat, or the state before it
    drained: bool = False  # it was asked to end
    on_trial: bool = False  # a restart tries it: the one before serves until it is ready
    memory: int = 0
    beats: int = 0  # since the last frame
    late: float = 0.0  # the worst of these, in seconds

    @property
    def lives(self) -> bool:
        """True until it has ended."""
        return self.state != "ended"

    @property
    def counts(self) -> bool:
        """True while it serves, or will."""
        return self.lives and not self.drained


class Board:
    """`hear(event)` takes the primary's events, `hear_client` those of the clients."""

    def __init__(self):
        self.tally = Tally()
        self.workers: dict[int, Worker] = {}  # by process id, in the order of their starts
        self.refusals: list[str] = []
        self.kinds: Counter = Counter()  # how many events of each kind came
        self.failed_starts = 0  # in a row, of workers that were to replace a dead one
        self.given_up: dict[int, int] = {}  # starts that failed, by the slot that was given up
        self.kill_to_ready: list[float] = []  # seconds, one for each kill
        self._seconds = {kind: [] for kind in KINDS}  # of the whole run
        self._told: Counter = Counter()  # answers by (kind, pid) in the frames so far
        self._figures: dict = {}
        self._figures_at = 0.0

    def hear(self, event: dict) -> None:
        """Take an event of the primary."""
        kind = event["kind"]
        self.kinds[kind] += 1
        if kind == "refused":
            self.refusals.append(event["why"])
        elif kind == "given up":
            self.given_up[event["slot"]], self.failed_starts = self.failed_starts, 0
        elif kind == "worker":
            self._worker(event)
        elif worker := self.workers.get(event.get("pid")):
            if kind == "memory":
                worker.memory = event["bytes"]
            elif kind == "beat":
                worker.beats, worker.heard = worker.beats + 1, time.time()
                worker.late = max(worker.late, event["late"])

    def _worker(self, event: dict) -> None:
        pid, slot, state = event["pid"], event["slot"], event["state"]
        if pid not in self.workers:
            beside = any(each.lives for each in self.of_slot(slot))
            self.workers[pid] = Worker(pid, slot, self._free_row(slot), on_trial=beside)
        worker = self.workers[pid]
        if state == "ready":
            self.failed_starts = 0
            self.given_up.pop(slot, None)
        failed = (worker.state, state) == ("starting", "ended")
        self.failed_starts += failed and not worker.on_trial
        worker.drained = worker.drained or state == "draining"
        worker.state, worker.why, worker.at = state, event["why"], event["at"]
        if state in ("starting", "ready"):
            worker.heard = time.time()

    def hear_client(self, kind: str, event: dict) -> None:
        """Take an event of the clients that send requests of a kind."""
        self.tally.hear(kind, event)
        if event["kind"] == "answered" and not event["failure"]:
            self._seconds[kind].append(event["seconds"])

    def whole_run(self, kind: str) -> list[float]:
        """[p50, p99] of all answers of a kind in milliseconds, or [] without an answer."""
        return _percentiles(self._seconds[kind])

    def of_slot(self, slot: int) -> list[Worker]:
        """The workers that a slot has had, in the order of their starts."""
        return [each for each in self.workers.values() if each.slot == slot]

    def over(self) -> None:
        """The cluster has ended: so has each of its workers, also one whose end nobody told."""
        for each in self.workers.values():
            if each.lives:
                each.state, each.why, each.at = "ended", "the cluster has ended", time.time()

    def slots(self) -> int:
        """How many workers the cluster has: those that serve, and those that will."""
        return len({each.slot for each in self.workers.values() if each.counts})

    def _free_row(self, slot: int) -> int:
        """The row of the dead worker that is replaced; else the first where nobody lives."""
        taken = {each.row for each in self.workers.values() if each.lives}
        wished = [each.row for each in self.of_slot(slot)]
        return next(row for row in (*wished[::-1], *range(len(taken) + 1)) if row not in taken)

    def shown(self) -> list[Worker]:
        """The workers that live, and those that ended a moment ago and have no successor yet."""
        early, rows = time.time() - _STAYS, {}
        for each in self.workers.values():
            rows.setdefault(each.row, []).append(each)
        newest = [next((w for w in row if w.lives), row[-1]) for row in rows.values()]
        return [each for each in newest if each.lives or each.at > early]

    def frame(self) -> dict:
        """All that is new since the last frame, in one small message."""
        if time.time() - self._figures_at > _FIGURES:
            self._figures_at = time.time()
            self._figures = self._latencies()
        shown = self.shown()
        counts = {
            kind: [self.tally.answered[kind].total(), self.tally.waiting(kind)] for kind in KINDS
        }
        return {
            "kind": "frame",
            "at": time.time(),
            "workers": [self._in_frame(each) for each in shown],
            "traffic": {kind: counts[kind] + self._figures[kind, None] for kind in KINDS},
            "lost": dict(self.tally.all_lost()),
        }

    def figures(self, kind: str, pid: int | None) -> list[float]:
        """[p50, p99] in milliseconds as the newest frame tells them, or [] without an answer."""
        return self._figures.get((kind, pid), [])

    def _latencies(self) -> dict:
        """p50 and p99 of the last seconds, in milliseconds, by (kind, pid); pid None is all."""
        pids = [None, *(each.pid for each in self.shown())]
        return {
            (kind, pid): _percentiles(self.tally.latencies(kind, pid))
            for kind in KINDS
            for pid in pids
        }

    def _in_frame(self, worker: Worker) -> list:
        new = []
        for kind in KINDS:
            answers = self.tally.answered[kind][worker.pid]
            new.append(answers - self._told[kind, worker.pid])
            self._told[kind, worker.pid] = answers
        beats, late = worker.beats, round(worker.late, 3)
        worker.beats, worker.late = 0, 0.0
        mine = [self._figures.get((kind, worker.pid), []) for kind in KINDS]
        memory = round(worker.memory / 1e6)
        return [worker.pid, worker.row, worker.state, beats, late, *new, *mine, memory]


def _percentiles(latencies: list[float]) -> list[float]:
    """[p50, p99] in milliseconds, or [] where there is no answer."""
    ordered = sorted(latencies)
    return [round(percentile(ordered, share) * 1e3, 1) for share in (50, 99) if ordered]
