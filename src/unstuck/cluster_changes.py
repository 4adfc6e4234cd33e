"""What changes a running cluster by command: one worker more, one fewer, new ones for all."""

from unstuck.cluster_link import Link
from unstuck.cluster_plan import MOST_WORKERS
from unstuck.cluster_starts import GivenUp
from unstuck.together import first


class Changes:
    """The changes of a primary's workers; ValueError says why one cannot be made now."""

    def __init__(self, primary):
        self._primary, self._restarting = primary, False

    def _check_steady(self) -> None:
        if self._restarting or not self._primary.serves:
            raise ValueError("the cluster is starting, restarting or stopping: wait for it")

    def add(self) -> None:
        """Start one worker more, in a slot that was given up or a new one."""
        self._check_steady()
        slots = {link.slot for link in self._primary.links}
        if len(slots) >= MOST_WORKERS:
            raise ValueError(f"a cluster has at most {MOST_WORKERS} workers")
        self._primary.start(next(slot for slot in range(MOST_WORKERS) if slot not in slots))

    def remove(self) -> None:
        """Let the newest worker finish and end."""
        self._check_steady()
        primary = self._primary
        if not {link.pid for link in primary.links[:-1]} & set(primary.pids()):
            raise ValueError("a cluster has at least 1 worker: stop it instead")
        link = primary.links.pop()
        primary.spread.free(link.slot)
        primary.drain(link, "there is one worker fewer")

    def restart(self) -> None:
        """Replace each worker in turn; where a new one does not start, the old ones serve on."""
        self._check_steady()
        self._restarting = True
        self._primary.do(self._restart())

    async def _restart(self) -> None:
        primary = self._primary
        try:
            for slot in sorted({link.slot for link in primary.links} | set(primary.given_up)):
                await self._replace(slot)
            primary.on_event({"kind": "restarted"})
        except GivenUp as error:
            if not primary.stopping.is_set():
                primary.on_event({"kind": "refused", "why": f"The new worker {error}"})
        finally:
            self._restarting = False

    async def _replace(self, slot: int) -> None:
        """The new one is ready before the old one is asked to end."""
        primary = self._primary
        new: Link = primary.start(slot, on_trial=True)
        await first(new.ready.wait(), new.ended.wait(), primary.stopping.wait())
        if new.state != "ready":
            raise GivenUp(f"{new.why}, and said: {new.error or 'nothing'}")
        new.wanted = True
        for old in [link for link in primary.links if link.slot == slot and link is not new]:
            primary.links.remove(old)
            primary.drain(old, "a new one has taken its place")
