"""The primary of a cluster: it owns the port, starts workers, revives the dead, and stops all.

It serves no request itself. `on_event(event)` hears what happens, as JSON values: a worker that is
starting, ready, draining, hung or ended, a slot that is given up, beats and memory.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine

from unstuck.cluster_changes import Changes
from unstuck.cluster_health import watch
from unstuck.cluster_job import WORKER, Job
from unstuck.cluster_link import Link
from unstuck.cluster_plan import Plan
from unstuck.cluster_process import Starter
from unstuck.cluster_spread import spread_named
from unstuck.cluster_starts import GivenUp, Starts
from unstuck.together import first, together
from unstuck.told import told

_GRACE = 3.5  # seconds from the wish to stop until what is left is killed


class Primary:
    """`await Primary(plan, on_event).run()` serves until `stop()`; `job` is for the next worker."""

    def __init__(self, plan: Plan, on_event: Callable[[dict], None]):
        self.plan, self.on_event = plan, on_event
        self.job = Job(plan.hatch, plan.app)
        self.links: list[Link] = []  # those that serve or will, one for each slot
        self._alive: set[Link] = set()  # also those that drain, and have no slot any more
        self.given_up: dict[int, str] = {}  # slots whose workers did not start, and why
        self._starts, self._starter = Starts(), Starter(WORKER)
        self._tasks: set[asyncio.Task] = set()
        self.stopping = asyncio.Event()
        self.changes = Changes(self)
        self._announced, self._failure = False, ""

    async def run(self) -> str:
        """Serve until `stop`; return "", or why no worker would start."""
        self.spread = spread_named(self.plan.spread, self.plan.port)
        try:
            for slot in range(self.plan.workers):
                self.start(slot)
            await self.stopping.wait()
        finally:
            await self._end()
        return self._failure

    def stop(self) -> None:
        """Begin to stop: requests in flight are answered, for at most some seconds."""
        self.stopping.set()

    @property
    def serves(self) -> bool:
        """Whether it was announced, and does not stop yet."""
        return self._announced and not self.stopping.is_set()

    def pids(self) -> list[int]:
        """Return the process ids of the workers that serve."""
        return [link.pid for link in self.links if link.state == "ready"]

    def link(self, pid: int) -> Link:
        """Return the worker with a process id; ValueError where it is none of ours."""
        for link in self.links:
            if link.pid == pid:
                return link
        raise ValueError(f"process {pid} is no worker of this cluster; they are {self.pids()}")

    def start(self, slot: int, on_trial: bool = False) -> Link:
        """Start a worker; where it is on trial, no other follows it if it fails."""
        link = Link(slot, self._heard)
        link.wanted = not on_trial
        self.links.append(link)
        self.do(self._look_after(link))
        return link

    def do(self, work: Coroutine) -> None:
        """Do something in the background; an error in it stops the cluster."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._failure = f"The primary failed: {told(error)}"
            self.stop()

    async def _look_after(self, link: Link) -> None:
        """Live through a worker's life, and start the next one where its end was not wanted."""
        handed = self.plan.spread == "handout"
        self._alive.add(link)
        why = await link.live(self._starter, self.job, self.spread.source(link.slot), handed)
        self._alive.discard(link)
        self.spread.left(link)
        self.spread.take_back(link.unread)
        self._tell(link, "ended", f"{why}: {link.error}" if link.error else why)
        try:
            if link.wanted and not self.stopping.is_set():
                await asyncio.sleep(self._pause(link))
        except GivenUp as error:
            self._give_up(link, str(error))
        if link in self.links:
            self.links.remove(link)
            if link.wanted and not self.stopping.is_set():
                self.start(link.slot)

    def _pause(self, link: Link) -> float:
        if link.ready.is_set():
            return self._starts.pause_after_life(time.monotonic() - link.ready_at)
        return self._starts.pause_after_failure(f"{link.why}, and said: {link.error or 'nothing'}")

    def _give_up(self, link: Link, why: str) -> None:
        """Serve on without this worker, until "add" or "restart"; or stop, where none serves."""
        self.links.remove(link)
        if not self.pids():
            self._failure = f"No worker starts: the last one {why}"
            self.stop()
            return
        self.given_up[link.slot] = why
        if link.slot not in {each.slot for each in self.links}:  # a restart may try one there
            self.spread.free(link.slot)
        line = {"kind": "given up", "at": time.time(), "pid": link.pid, "slot": link.slot}
        self.on_event({**line, "why": f"no worker starts in its place: the last one {why}"})
        self._announce()

    def _heard(self, link: Link, line: dict) -> None:
        if line["kind"] == "beat":
            self.on_event({**line, "pid": link.pid})
        elif line["kind"] == "started":
            self._tell(link, "starting")
            self.do(watch(link, self.on_event, self._hung))
        elif line["kind"] == "ready":
            self._starts.worked()
            self.given_up.pop(link.slot, None)
            self.spread.joined(link)
            self._tell(link, "ready")
            self._announce()

    def _announce(self) -> None:
        """Tell that all serve: all that start, that is, and at least one."""
        if self._announced or {link.state for link in self.links} != {"ready"}:
            return
        self._announced = True
        missing = [f"the worker of slot {slot} {why}" for slot, why in self.given_up.items()]
        note = "; ".join(filter(None, [self.spread.note, *missing]))
        line = {"kind": "ready", "url": self.spread.url, "workers": self.pids()}
        line |= {"note": note} if note else {}
        self.on_event({**line, "spread": self.plan.spread})

    def _tell(self, link: Link, state: str, why: str = "") -> None:
        line = {"kind": "worker", "at": time.time(), "pid": link.pid, "slot": link.slot}
        self.on_event({**line, "state": state, "why": why})

    def _hung(self, link: Link, why: str) -> None:
        self._tell(link, "hung", why)
        link.kill("it hung")

    def drain(self, link: Link, why: str) -> None:
        """Let a worker finish what it has, for some seconds, and end."""
        link.wanted = False
        if link.state == "ended":
            return
        self.spread.left(link)
        self._tell(link, "draining", why)
        link.drain()
        self.do(self._kill_late(link))

    async def _kill_late(self, link: Link) -> None:
        await first(link.ended.wait(), seconds=_GRACE)
        link.kill(f"it had not finished after {_GRACE:g} s")

    async def _end(self) -> None:
        """Let the workers finish, end what does not, and free the port."""
        self.spread.close()
        for link in self.links:
            self.drain(link, "the cluster stops")
        await first(together(*(link.ended.wait() for link in self._alive)), seconds=_GRACE + 1)
        for link in self._alive:
            link.kill("the cluster stops")
        for task in self._tasks:
            task.cancel()
