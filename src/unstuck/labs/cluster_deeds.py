"""What the buttons of the cluster panel do to a running cluster, and what came of each, in words.

Each deed is a coroutine that returns a sentence once its effect is seen.
"""

import time
from collections.abc import Callable

from unstuck.cluster_traffic import in_words
from unstuck.labs.cluster_board import Board, Worker
from unstuck.labs.cluster_run import ClusterRun
from unstuck.labs.patients import ChoiceError

_SOON = 30.0  # seconds for a deed to show its effect, on a busy machine


class Deeds:
    """The deeds on the cluster of a run; `say(text)` tells what is under way."""

    def __init__(self, run: ClusterRun, say: Callable[[str], None]):
        self._run, self._say = run, say

    @property
    def _board(self) -> Board:
        return self._run.board

    def _now(self, *states: str) -> dict[int, Worker]:
        workers = self._board.workers
        return {pid: each for pid, each in workers.items() if each.state in states}

    def _tell(self, do: str, **command) -> None:
        if self._run.cluster is None:
            raise ChoiceError("No cluster runs: press Run first.")
        self._run.cluster.tell(do, **command)

    async def _obeyed(self, condition: Callable[[], object], what: str) -> object:
        """Wait for a condition, or for the primary's refusal: its words are then the error."""
        before = len(self._board.refusals)
        await self._until(lambda: condition() or len(self._board.refusals) > before, what)
        if value := condition():
            return value
        raise ChoiceError(f"The primary refused: {self._board.refusals[-1].rstrip('.')}.")

    async def _until(self, condition: Callable[[], object], what: str) -> object:
        await self._run.cluster.until(condition, _SOON, what)
        return condition()

    def _choose(self, pid: int | None) -> Worker:
        worker = self._board.workers.get(pid)
        if worker is None or worker.state not in ("ready", "hung"):
            raise ChoiceError(f"There is no worker {pid} that serves: choose another.")
        return worker

    async def kill(self, pid: int) -> str:
        """End a worker as `kill -9` does, and wait for its successor."""
        worker, lost = self._choose(pid), _Lost(self._board)
        self._tell("kill", pid=pid)
        await self._obeyed(lambda: not worker.lives, "kill its worker")
        new = await self._successor(worker)
        if new is not None:
            self._board.kill_to_ready.append(max(0.0, new.at - worker.at))
        return f"Worker {pid} was killed; {lost.told()}; {self._serves(new, worker)}"

    async def hang(self, pid: int) -> str:
        """Let a worker's loop wait for ever, until the primary has noticed and replaced it."""
        worker, lost, began = self._choose(pid), _Lost(self._board), time.time()
        self._tell("hang", pid=pid)
        self._say(f"Worker {pid} hangs: it waits for ever. Its lane is flat until this is noticed.")
        await self._until(lambda: worker.state == "hung" or not worker.lives, "notice it")
        why = worker.why
        await self._until(lambda: not worker.lives, "end the worker")
        new, after = await self._successor(worker), worker.at - began
        end = f"{why}. It was killed {after:.1f} s after the button"
        return f"Worker {pid} hung: {end}; {lost.told()}; {self._serves(new, worker)}"

    async def _successor(self, old: Worker) -> Worker | None:
        """Wait for the next worker of a slot, which a restart may have begun; None: none comes."""

        def found() -> Worker | None:
            others = (each for each in self._board.of_slot(old.slot) if each is not old)
            return next((each for each in others if each.state == "ready"), None)

        await self._until(lambda: found() or self._is_left(old.slot), "start a new worker")
        return found()

    def _is_left(self, slot: int) -> bool:
        """True where no worker will follow: the slot was given up, or its newest was removed."""
        mates = self._board.of_slot(slot)
        removed = mates[-1].drained and not any(each.lives for each in mates)
        return slot in self._board.given_up or removed

    def _serves(self, new: Worker | None, old: Worker) -> str:
        if new is not None and new.at < old.at:
            return f"worker {new.pid} served already."
        if new is not None:
            return f"worker {new.pid} serves since {(new.at - old.at) * 1e3:.0f} ms later."
        failed = self._board.given_up.get(old.slot)
        why = f" after {failed} starts that failed" if failed else ""
        return f"no worker takes its place{why}: {self._count()}."

    async def crash_at_start(self, on: bool) -> str:
        """Let each worker that is started from now on crash, or no more."""
        self._tell("crash_at_start", on=on)
        if on:
            return "From now on each new worker crashes at its start: kill one and see."
        return "New workers start as they should again."

    async def restart(self) -> str:
        """Replace all workers in turn."""
        before, lost, began = self._now("ready"), _Lost(self._board), time.time()
        done = self._board.kinds["restarted"]
        self._tell("restart")
        self._say("Rolling restart: a new worker is ready before an old one drains.")
        await self._obeyed(lambda: self._board.kinds["restarted"] > done, "restart")
        await self._until(lambda: not any(each.lives for each in before.values()), "restart")
        took = f"in {time.time() - began:.1f} s"
        now = self._now("ready")
        return f"Workers {_pids(before)} were replaced by {_pids(now)} {took}; {lost.told()}."

    async def add(self) -> str:
        """Start one worker more."""
        slots = {each.slot for each in self._board.workers.values() if each.lives}
        began = time.time()

        def found() -> Worker | None:
            ready = self._now("ready").values()
            return next((each for each in ready if each.slot not in slots), None)

        self._tell("add")
        new = await self._obeyed(found, "start a worker")
        took = f"{(new.at - began) * 1e3:.0f} ms"
        return f"Worker {new.pid} was added and serves since {took} later: {self._count()}."

    async def remove(self) -> str:
        """Let the newest worker finish what it has, and end."""
        before, lost = self._now("draining", "ended"), _Lost(self._board)

        def found() -> Worker | None:
            leaving = self._now("draining", "ended").items()
            return next((each for pid, each in leaving if pid not in before), None)

        self._tell("remove")
        worker = await self._obeyed(found, "remove a worker")
        began = worker.at
        await self._until(lambda: not worker.lives, "end the worker")
        took = f"{worker.at - began:.1f} s"
        return f"Worker {worker.pid} drained and ended in {took}; {lost.told()}; {self._count()}."

    def _count(self) -> str:
        count = len(self._now("ready"))
        return f"{count} worker{'s' * (count != 1)} serve{'s' * (count == 1)}"


class _Lost:
    """How many requests have been lost since this was made."""

    def __init__(self, board: Board):
        self._board, self._before = board, board.tally.all_lost()

    def told(self) -> str:
        lost = self._board.tally.all_lost() - self._before
        if not lost:
            return "no request was lost"
        count = lost.total()
        return f"{count} request{'s' * (count != 1)} lost meanwhile ({in_words(lost)})"


def _pids(workers: dict[int, Worker]) -> str:
    return ", ".join(map(str, workers))
