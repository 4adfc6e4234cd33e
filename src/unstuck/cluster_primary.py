"""The primary of a cluster: it owns the port, starts workers, revives the dead, and stops all.

It serves no request itself. `on_event(event)` hears what happens, as JSON values: a worker that is
starting, ready, draining, hung or ended, its beats and its memory.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine

import psutil

from unstuck.cluster_health import LOOK, Health
from unstuck.cluster_job import WORKER, Job
from unstuck.cluster_link import Link
from unstuck.cluster_plan import MOST_WORKERS, Plan
from unstuck.cluster_process import Starter
from unstuck.cluster_spread import spread_named
from unstuck.cluster_starts import GivenUp, Starts

_GRACE = 3.5  # seconds from the wish to stop until what is left is killed


class Primary:
    """`await Primary(plan, on_event).run()` serves until `stop()`; `job` is for the next worker."""

    def __init__(self, plan: Plan, on_event: Callable[[dict], None]):
        self.plan, self.on_event = plan, on_event
        self.job = Job(plan.hatch, plan.app)
        self.links: list[Link] = []  # those that serve or will, one for each slot
        self._starts, self._starter = Starts(), Starter(WORKER)
        self._tasks: set[asyncio.Task] = set()
        self._stopping = asyncio.Event()
        self._announced, self._failure = False, ""

    async def run(self) -> str:
        """Serve until `stop`; return "", or why no worker would start."""
        self.spread = spread_named(self.plan.spread, self.plan.port)
        try:
            for slot in range(self.plan.workers):
                self._start(slot)
            await self._stopping.wait()
        finally:
            await self._end()
        return self._failure

    def stop(self) -> None:
        """Begin to stop: requests in flight are answered, for at most some seconds."""
        self._stopping.set()

    def pids(self) -> list[int]:
        """Return the process ids of the workers that serve."""
        return [link.pid for link in self.links if link.state == "ready"]

    def link(self, pid: int) -> Link:
        """Return the worker with a process id; ValueError where it is none of ours."""
        for link in self.links:
            if link.pid == pid:
                return link
        raise ValueError(f"process {pid} is no worker of this cluster; they are {self.pids()}")

    def add(self) -> Link:
        """Start one worker more; ValueError where there are enough."""
        if len(self.links) >= MOST_WORKERS:
            raise ValueError(f"a cluster has at most {MOST_WORKERS} workers")
        slots = {link.slot for link in self.links}
        return self._start(next(slot for slot in range(MOST_WORKERS) if slot not in slots))

    def remove(self) -> None:
        """Let the newest worker finish and end; ValueError for the last one."""
        if len(self.links) == 1:
            raise ValueError("a cluster has at least 1 worker: stop it instead")
        link = self.links.pop()
        self.spread.free(link.slot)
        self._drain(link, "there is one worker fewer")

    def restart(self) -> None:
        """Replace each worker in turn; the new one is ready before the old one is asked to end."""
        self._do(self._restart())

    async def _restart(self) -> None:
        for slot in [link.slot for link in self.links]:
            new = self._start(slot, on_trial=True)
            await _first(new.ready.wait(), new.ended.wait(), self._stopping.wait())
            if not new.ready.is_set():  # the old workers serve on
                self.on_event({"kind": "refused", "why": f"The new worker failed: {new.error}"})
                return
            new.wanted = True
            for old in [link for link in self.links if link.slot == slot and link is not new]:
                self.links.remove(old)
                self._drain(old, "a new one has taken its place")
        self.on_event({"kind": "restarted"})

    def _start(self, slot: int, on_trial: bool = False) -> Link:
        link = Link(slot, self._heard)
        link.wanted = not on_trial
        self.links.append(link)
        self._do(self._look_after(link))
        return link

    def _do(self, work: Coroutine) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._failure = f"The primary failed: {type(error).__name__}: {error}"
            self.stop()

    async def _look_after(self, link: Link) -> None:
        """Live through a worker's life, and start the next one where its end was not wanted."""
        handed = self.plan.spread == "handout"
        why = await link.live(self._starter, self.job, self.spread.source(link.slot), handed)
        self.spread.left(link)
        self._tell(link, "ended", f"{why}: {link.error}" if link.error else why)
        if not link.wanted or self._stopping.is_set():
            self.links = [each for each in self.links if each is not link]
            return
        try:
            pause = self._pause(link, why)
        except GivenUp as error:
            self._failure = f"No worker starts: the last one {error}"
            self.stop()
            return
        await asyncio.sleep(pause)
        if link in self.links and not self._stopping.is_set():
            self.links.remove(link)
            self._start(link.slot)

    def _pause(self, link: Link, why: str) -> float:
        if link.ready.is_set():
            return self._starts.pause_after_life(time.monotonic() - link.ready_at)
        return self._starts.pause_after_failure(f"{why}, and said: {link.error or 'nothing'}")

    def _heard(self, link: Link, line: dict) -> None:
        if line["kind"] == "beat":
            self.on_event({**line, "pid": link.pid})
        elif line["kind"] == "started":
            self._tell(link, "starting")
            self._do(self._watch(link))
        elif line["kind"] == "ready":
            self._starts.worked()
            self.spread.joined(link)
            self._tell(link, "ready")
            self._announce()

    def _announce(self) -> None:
        if self._announced or len(self.pids()) < self.plan.workers:
            return
        self._announced = True
        note = {"note": self.spread.note} if self.spread.note else {}
        line = {"kind": "ready", "url": self.spread.url, "workers": self.pids(), **note}
        self.on_event({**line, "spread": self.plan.spread})

    def _tell(self, link: Link, state: str, why: str = "") -> None:
        line = {"kind": "worker", "at": time.time(), "pid": link.pid, "slot": link.slot}
        self.on_event({**line, "state": state, "why": why})

    async def _watch(self, link: Link) -> None:
        """Look at a worker now and then, until it has ended: its memory, and whether it hangs."""
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            health, looks = Health(link.pid), 0
            while not link.ended.is_set():
                if looks % 4 == 0:
                    self.on_event({"kind": "memory", "pid": link.pid, "bytes": health.memory()})
                if health.is_hung(link.heard_at):
                    why = f"its loop was silent for {health.patience:g} s, and it did no work"
                    self._tell(link, "hung", why)
                    link.kill("it hung")
                looks += 1
                await _first(link.ended.wait(), asyncio.sleep(LOOK))

    def _drain(self, link: Link, why: str) -> None:
        self.spread.left(link)
        self._tell(link, "draining", why)
        link.drain()
        self._do(self._kill_late(link))

    async def _kill_late(self, link: Link) -> None:
        await _first(link.ended.wait(), asyncio.sleep(_GRACE))
        link.kill(f"it had not finished after {_GRACE:g} s")

    async def _end(self) -> None:
        """Let the workers finish, end what does not, and free the port."""
        self.spread.close()
        for link in self.links:
            if link.state != "ended":
                self._drain(link, "the cluster stops")
        lives = [link.ended.wait() for link in self.links]
        await asyncio.wait({asyncio.ensure_future(asyncio.gather(*lives))}, timeout=_GRACE + 1)
        for link in self.links:
            link.kill("the cluster stops")
        for task in self._tasks:
            task.cancel()


async def _first(*awaitables) -> None:
    """Wait until one of these is done, and drop the others."""
    tasks = [asyncio.ensure_future(each) for each in awaitables]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
