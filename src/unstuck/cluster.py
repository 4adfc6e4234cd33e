"""A cluster of servers on one port, from a notebook: start it, see who serves, kill, mend, stop.

The primary and its workers are processes of their own, in Python or in Node.js; this is the handle
on them. They end when the block is left, and when the process that started them has ended.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable

from unstuck.children import Child, ChildFailed, python_argv
from unstuck.cluster_plan import MOST_WORKERS, Plan
from unstuck.machine import default_workers, find_node, runtime_problem
from unstuck.node import twin_environment, twin_path

TWIN = "cluster"
_READY = 30.0  # seconds that a cluster may take to start on a busy machine
_CHANGE = 15.0  # seconds for a command to show its effect
_STOP = 5.0  # seconds for a graceful stop
_KEPT = 1000  # events


class Cluster:
    """`async with Cluster(workers=2) as cluster:` serves on `cluster.url` until the block is left.

    The keywords are those of `Plan`; without `workers` as many as fit this machine.
    `on_event` hears all that the primary tells; the last events are kept in `events`. Raises
    ValueError for a plan or a process id that cannot be, and ChildFailed, with the worker's own
    error, where no worker starts.
    """

    def __init__(self, on_event: Callable[[dict], None] = lambda event: None, **plan):
        self.plan = Plan(**{"workers": min(default_workers().count, MOST_WORKERS), **plan})
        self.on_event = on_event
        self.events: deque[dict] = deque(maxlen=_KEPT)
        self.url, self.note, self.primary, self.failure = "", "", 0, ""
        self._states: dict[int, str] = {}
        self._child: Child | None = None

    async def __aenter__(self) -> "Cluster":
        if problem := runtime_problem():
            raise ChildFailed(problem)
        self._news = asyncio.Event()
        words, env = await asyncio.to_thread(command, self.plan)
        self._child = await Child(words, env, self._line).__aenter__()
        try:
            await self.until(lambda: self.url, _READY, "start")
        except BaseException:
            await self._child.__aexit__()
            raise
        return self

    async def __aexit__(self, kind, *error) -> None:
        await self.stop(grace=0 if kind else _STOP)  # after an error or an interrupt: at once

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that serve now."""
        return [pid for pid, state in self._states.items() if state == "ready"]

    def tell(self, do: str, **command) -> None:
        """Send a command to the primary, and wait for nothing."""
        self.write(json.dumps({"do": do, **command}))

    def write(self, line: str) -> None:
        """Write a line to the primary; one that is no command is refused, as an event tells."""
        if self._child is not None:
            self._child.tell(line)

    async def kill(self, pid: int) -> None:
        """End a worker as `kill -9` does, and wait until it has ended."""
        self._check(pid)
        self.tell("kill", pid=pid)
        await self.until(lambda: pid not in self.pids, _CHANGE, "kill its worker")

    async def hang(self, pid: int) -> None:
        """Let a worker's loop wait for something that never comes; the primary will notice."""
        self._check(pid)
        self.tell("hang", pid=pid)

    def _check(self, pid: int) -> None:
        if pid not in self.pids:
            raise ValueError(f"process {pid} is no worker of this cluster; they are {self.pids}")

    async def restart(self) -> None:
        """Replace all workers, one after the other, without losing a request.

        Raises ChildFailed where a new worker does not start: then the old ones serve on.
        """
        before, refused = set(self.pids), len(self._told("refused"))
        self.tell("restart")
        await self.until(
            lambda: not before & set(self._states) or self._told("refused")[refused:],
            _CHANGE,
            "restart",
        )
        if before & set(self._states):
            raise ChildFailed(self._told("refused")[-1])

    async def full(self, workers: int, seconds: float = _CHANGE) -> list[int]:
        """Wait until so many workers serve, and return their process ids.

        Raises ChildFailed, with the worker's own error, where the primary gives up one meanwhile.
        """
        given_up = len(self._told("given up"))
        await self.until(
            lambda: len(self.pids) == workers or self._told("given up")[given_up:],
            seconds,
            f"have {workers} workers",
        )
        if len(self.pids) != workers:
            raise ChildFailed(self._told("given up")[-1])
        return self.pids

    def _told(self, kind: str) -> list[str]:
        """The reasons in the events of a kind so far."""
        return [event["why"] for event in self.events if event["kind"] == kind]

    async def stop(self, grace: float = _STOP) -> None:
        """Stop gracefully, and in any case after `grace` seconds."""
        child, self._child = self._child, None
        if child is None:
            return
        child.tell('{"do": "stop"}')
        try:
            await child.wait(grace)
        except TimeoutError:
            pass
        finally:
            await child.__aexit__()
            self._states.clear()

    async def until(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Wait for a condition; ChildFailed where it stays false, or the cluster has failed."""
        ended = asyncio.ensure_future(self._child.wait(seconds + 1))
        end = time.monotonic() + seconds
        try:
            while not condition():
                self._raise_failure(ended)
                self._news.clear()
                news = asyncio.ensure_future(self._news.wait())
                wait = {news, ended}
                rest = max(0.0, end - time.monotonic())
                await asyncio.wait(wait, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                if time.monotonic() >= end:
                    raise ChildFailed(f"The cluster did not {what} within {seconds:g} s.")
        finally:
            ended.cancel()

    def _raise_failure(self, ended: asyncio.Future) -> None:
        if self.failure:
            raise ChildFailed(self.failure)
        if ended.done():
            said = self._child.error_text[-1000:] or "nothing"
            raise ChildFailed(f"The cluster's primary has ended. It said: {said}")

    def _line(self, text: str) -> None:
        event = json.loads(text)
        kind = event["kind"]
        if kind == "ready":
            self.url, self.primary = event["url"], event["primary"]
            self.note = event.get("note", "")
        elif kind == "failed":
            self.failure = event["why"]
        elif kind == "worker" and event["state"] == "ended":
            self._states.pop(event["pid"], None)
        elif kind == "worker":
            self._states[event["pid"]] = event["state"]
        if kind not in ("beat", "memory"):
            self.events.append(event)
        self.on_event(event)
        self._news.set()


def command(plan: Plan, events: bool = True) -> tuple[list[str], dict | None]:
    """Return the command that runs a plan's primary, and its environment; ChildFailed without Node.

    The line that it prints first is the one to wait for; the others tell what happens.
    """
    if plan.runtime == "python":
        words = ["--workers", plan.workers, "--spread", plan.spread, "--hatch", plan.hatch]
        words += ["--port", plan.port, "--json"] + ["--events"] * events
        words += ["--app", plan.app] if plan.app else []
        return python_argv("serve", *map(str, words)), None
    node = find_node()
    if node.path is None:
        raise ChildFailed(node.problem)
    options = {"workers": plan.workers, "spread": plan.spread, "hatch": plan.hatch}
    options = json.dumps({**options, "port": plan.port, "events": events})
    return [node.path, str(twin_path(TWIN)), options], twin_environment()
