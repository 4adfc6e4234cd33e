"""The servers of production, from a notebook: uvicorn, gunicorn and granian with their workers.

Each is started by its own command line, which `command` shows, and serves the course's app. The
handle is like a `Cluster`'s, so that the same load can go to each of them and to ours.
"""

import asyncio
import os
from collections.abc import Sequence

import psutil

from unstuck.asking import BadAnswer, ask
from unstuck.children import ChildFailed
from unstuck.production_commands import APP, SERVERS, command, reason_missing
from unstuck.service import Service, free_port

__all__ = ["SERVERS", "Production", "command", "reason_missing"]

_READY = 30.0  # seconds that a server may take to start on a busy machine
_CHANGE = 15.0  # seconds for a new worker
_AT_ONCE = 8  # questions for each worker that is looked for: who is asked, the system chooses


class Production:
    """`async with Production("uvicorn", workers=2) as served:` serves on `served.url`.

    `hatch` is what heavy requests run in; `more` are further words for the command line. `app`
    is an ASGI app of your own. Raises ChildFailed where the server is not installed or fails.
    """

    def __init__(
        self,
        name: str,
        workers: int = 2,
        hatch: str = "inline",
        *,
        more: Sequence[str] = (),
        app: str = APP,
    ):
        self.name, self.workers, self.url = name, workers, ""
        self._more, self._app = more, app
        self._env = {**os.environ, "UNSTUCK_HATCH": hatch}
        self._seen: dict[int, psutil.Process] = {}
        self._service: Service | None = None

    async def __aenter__(self) -> "Production":
        if reason := reason_missing(self.name):
            raise ChildFailed(reason)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        words = [*command(self.name, port, self.workers, self._app), *self._more]
        self._service = await Service.answering(words, self._answers, _READY, env=self._env)
        return self

    async def __aexit__(self, *error) -> None:
        await self._service.__aexit__()

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that have answered, and live now."""
        return [pid for pid, process in self._seen.items() if not _has_ended(process)]

    @property
    def text(self) -> str:
        """The last lines that the server wrote."""
        return self._service.text

    async def full(self, workers: int, seconds: float = _CHANGE) -> list[int]:
        """Ask until so many workers have answered; return the process ids of those that live."""

        async def complete() -> bool:
            await asyncio.gather(*[self._answers() for _ in range(_AT_ONCE * workers)])
            return len(self.pids) >= workers

        await self._service.until(complete, seconds, f"have {workers} workers")
        return self.pids

    async def kill(self, pid: int) -> None:
        """End a worker as `kill -9` does, and wait until it has ended."""
        if pid not in self.pids:
            raise ValueError(f"process {pid} is no worker that answered; they are {self.pids}")
        process = self._seen[pid]
        process.kill()

        async def gone() -> bool:
            return _has_ended(process)

        await self._service.until(gone, _CHANGE, "lose its worker")

    async def _answers(self) -> bool:
        try:
            pid = (await ask(self.url, deadline=2))["pid"]
            self._seen.setdefault(pid, psutil.Process(pid))
        except (ChildFailed, BadAnswer, psutil.Error):
            return False
        return True


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE  # nobody has asked for its exit code yet
    except psutil.NoSuchProcess:
        return True
