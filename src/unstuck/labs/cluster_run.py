"""One run of the cluster panel: a cluster, its clients, and frames of what happens, until it ends.

It knows no widget. What the buttons do to a running cluster is in `cluster_deeds`.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable

from unstuck.cluster import Cluster
from unstuck.cluster_traffic import Traffic, in_words, send
from unstuck.labs.cluster_board import Board

LONGEST = 120.0  # seconds that a run goes on without a Stop
STOP = 1.6  # seconds for a graceful stop; then the processes are killed
_FRAME = 0.1  # seconds between frames


class ClusterRun:
    """`await serve(plan, traffic)` is a whole run; `cluster` and `board` are those of now.

    `on_frame(frame)` hears what to draw, ten times a second; `on_stop()` that the end has begun.
    """

    def __init__(self, on_frame: Callable[[dict], None], on_stop: Callable[[], None]):
        self.on_frame, self.on_stop = on_frame, on_stop
        self.cluster: Cluster | None = None  # None while none serves
        self.board = Board()
        self.killed = False  # True: the last run was not stopped gracefully
        self.plan, self.traffic = {}, Traffic()  # of the last run
        self._began = self._ended = 0.0

    async def serve(self, plan: dict, traffic: Traffic) -> None:
        """Serve until the clients' time is up, or until cancelled; nothing is left then.

        Raises ValueError for a plan that cannot be, and ChildFailed where the cluster gives up.
        """
        self.board, self.killed = Board(), False
        self.plan, self.traffic = plan, traffic
        self._began = self._ended = 0.0
        self.on_frame({"kind": "run", "runtime": plan["runtime"]})
        cluster = Cluster(self.board.hear, **plan)
        showing = asyncio.create_task(self._show())
        try:
            await cluster.__aenter__()
            async with self._stopped_in_time(cluster):
                self.cluster = cluster
                await self._until_over(cluster, traffic)
        finally:
            showing.cancel()
            self.board.over()
            self.on_frame(self.board.frame())
            self.on_frame({"kind": "over"})

    @property
    def seconds(self) -> float:
        """For how long the clients of the last run asked, so far."""
        return (self._ended or time.monotonic()) - self._began if self._began else 0.0

    async def _until_over(self, cluster: Cluster, traffic: Traffic) -> None:
        """The clients ask until their time is up; a cluster that fails ends them."""
        limit, self._began = traffic.seconds + 60, time.monotonic()
        never = asyncio.create_task(cluster.until(lambda: False, limit, "end"))
        asking = asyncio.create_task(send(cluster.url, traffic, self.board.hear_client))
        try:
            await asyncio.wait({never, asking}, return_when=asyncio.FIRST_COMPLETED)
            await (never if never.done() else asking)
        finally:
            self._ended = time.monotonic()
            await _ended(never, asking)

    @contextlib.asynccontextmanager
    async def _stopped_in_time(self, cluster: Cluster):
        try:
            yield
        finally:
            self.cluster = None
            self.on_stop()
            try:
                async with asyncio.timeout(STOP):
                    await cluster.stop()
            except (TimeoutError, asyncio.CancelledError) as error:
                self.killed = True
                if isinstance(error, asyncio.CancelledError):
                    raise

    async def _show(self) -> None:
        while True:
            self.on_frame(self.board.frame())
            await asyncio.sleep(_FRAME)

    def totals(self) -> str:
        """What became of all requests, in a sentence."""
        tally = self.board.tally
        light, heavy = (tally.answered[kind].total() for kind in ("light", "heavy"))
        asked = f"{light} light and {heavy} heavy requests were answered"
        left = sum(map(tally.waiting, ("light", "heavy")))
        under_way = f"; {left} under way when the clients left" if left else ""
        return f"{asked}, lost: {in_words(tally.all_lost())}{under_way}."


async def _ended(*tasks: asyncio.Task) -> None:
    """Cancel tasks and wait until each has cleaned up."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody complains of it later
