"""Watch a cluster under load while one of its workers is killed: the lab without widgets.

    seen = await watch_cluster(seconds=5, kill_after=2, workers=2)

The clients run in processes of their own, so that nothing here can delay them.
"""

import asyncio
from dataclasses import asdict, dataclass

from unstuck.cluster import Cluster
from unstuck.cluster_traffic import Tally, Traffic, in_words, send, together
from unstuck.load import Load


@dataclass(frozen=True)
class ClusterSeen:
    """What a watched cluster did. Answers by process id, lost requests by what became of them.

    `replaced_after`: seconds from the end of the killed worker until a new one served; None where
    none was killed. `retried` found their kept connection closed and were sent once more.
    """

    runtime: str
    spread: str
    workers: int
    seconds: float
    killed: int | None
    new_worker: int | None
    replaced_after: float | None
    sent: int
    answers: dict[int, int]
    lost: dict[str, int]
    retried: int
    p50_ms: float
    p99_ms: float
    heavy_answers: dict[int, int]
    heavy_lost: dict[str, int]

    def as_dict(self) -> dict:
        """The figures as plain JSON values."""
        return asdict(self)

    def __repr__(self) -> str:
        lines = [f"{self.workers} workers, {self.runtime}, {self.spread}, for {self.seconds:g} s"]
        if self.killed is not None:
            late = f"{self.replaced_after * 1e3:.0f} ms later"
            lines.append(f"killed   worker {self.killed}; {self.new_worker} served {late}")
        lines.append(f"light    {_told(self.answers, self.lost)}; {self.retried} sent twice")
        lines.append(f"latency  light: p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms")
        if self.heavy_answers or self.heavy_lost:
            lines.append(f"heavy    {_told(self.heavy_answers, self.heavy_lost)}")
        return "\n".join(lines)


def _told(answers: dict, lost: dict) -> str:
    by = ", ".join(f"{count} by {pid}" for pid, count in answers.items()) or "no answer"
    return f"{by}; lost: {in_words(lost)}"


async def watch_cluster(
    seconds: float = 5.0,
    kill_after: float | None = 2.0,
    heavy: bool = False,
    keep_alive: bool = False,
    **plan,
) -> ClusterSeen:
    """Run a cluster under 20 light requests/s, kill a worker after some seconds, tell what was.

    `heavy` adds four clients that ask for 0.05 s of work again and again; `plan` is for `Cluster`,
    such as workers=2, spread="shared", runtime="node". `kill_after=None` kills nobody. Raises
    ValueError for a time or plan that cannot be, ChildFailed where a process fails.
    """
    if kill_after is not None and not 0 < kill_after < seconds:
        raise ValueError(f"a worker is killed between 0 and {seconds:g} s, not {kill_after!r}")
    traffic, tally = Traffic(heavy=heavy, keep_alive=keep_alive, seconds=seconds), Tally()
    async with Cluster(**plan) as cluster:
        loads, change = await together(
            send(cluster.url, traffic, tally.hear), _kill_one(cluster, tally, kill_after)
        )
        return _seen(cluster, loads, change, seconds)


async def _kill_one(cluster: Cluster, tally: Tally, after: float | None) -> tuple:
    """Kill the worker that has answered most; (its pid, the new one's pid, seconds between)."""
    if after is None:
        return None, None, None
    await tally.begun.wait()  # the clients take a moment to start
    await asyncio.sleep(after)
    before = set(cluster.pids)
    pid = max(before, key=tally.answered["light"].__getitem__)
    await cluster.kill(pid)
    (new, *_) = set(await cluster.full(len(before))) - before
    told = [each for each in cluster.events if each["kind"] == "worker"]
    ended, served = (
        next(each["at"] for each in told if (each["pid"], each["state"]) == wanted)
        for wanted in ((pid, "ended"), (new, "ready"))
    )
    return pid, new, served - ended


def _seen(cluster: Cluster, loads: list[Load], change: tuple, seconds: float) -> ClusterSeen:
    light, heavy = loads[0], loads[-1] if len(loads) > 1 else None
    killed, new_worker, replaced_after = change
    return ClusterSeen(
        runtime=cluster.plan.runtime,
        spread=cluster.plan.spread,
        workers=cluster.plan.workers,
        seconds=seconds,
        killed=killed,
        new_worker=new_worker,
        replaced_after=replaced_after,
        sent=len(light.sent_at),
        answers=dict(light.pids),
        lost=dict(light.failures),
        retried=light.retried,
        p50_ms=light.p50 * 1e3,
        p99_ms=light.p99 * 1e3,
        heavy_answers=dict(heavy.pids) if heavy else {},
        heavy_lost=dict(heavy.failures) if heavy else {},
    )
