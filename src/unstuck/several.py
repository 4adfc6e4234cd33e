"""Several single servers, each on a port of its own: what a platform runs, one to a pod.

Nobody starts one again that dies: that is the platform's work.
"""

import asyncio
import contextlib
import json

from unstuck.children import Child, ChildFailed, python_argv
from unstuck.together import first

_READY = 30.0  # seconds that a server may take to start on a busy machine
_END = 5.0  # seconds for a killed one to be gone


class Single:
    """One server in a process of its own: its `url` and `pid` once it is `ready`."""

    def __init__(self, words: tuple[str, ...]):
        self.url, self.pid, self.alive = "", 0, True
        self._heard = asyncio.Event()
        self.child = Child(python_argv("serve", "--json", *words), on_line=self._line)

    async def ready(self) -> None:
        """Wait until it serves; ChildFailed, with its own words, where it does not."""
        await first(self._heard.wait(), self.child.wait(_READY + 1), seconds=_READY)
        if not self._heard.is_set():
            raise ChildFailed(f"A server did not start. It said: {self.child.error_text}")

    async def kill(self) -> None:
        """End it as `kill -9` does, and wait until it has ended."""
        self.child.kill()
        await self.child.wait(_END)
        self.alive = False

    def _line(self, text: str) -> None:
        event = json.loads(text)
        if event["kind"] == "ready":
            self.url, self.pid = event["url"], event["primary"]
            self._heard.set()


class Several:
    """`async with Several(4) as servers:` has `servers.urls`, `pids` of the living, and `kill`.

    `words` are for the command line of each, such as "--hatch", "pool".
    """

    def __init__(self, count: int, *words: str):
        if not 1 <= count <= 8:
            raise ValueError(f"1 to 8 servers fit a small machine, not {count}")
        self._count, self._words = count, words
        self._singles: list[Single] = []

    async def __aenter__(self) -> "Several":
        self._singles = [Single(self._words) for _ in range(self._count)]
        async with contextlib.AsyncExitStack() as stack:
            for single in self._singles:
                await stack.enter_async_context(single.child)
            await asyncio.gather(*[single.ready() for single in self._singles])
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error) -> None:
        await self._stack.aclose()

    @property
    def urls(self) -> list[str]:
        """The address of each, also of one that was killed."""
        return [single.url for single in self._singles]

    @property
    def pids(self) -> list[int]:
        """The process ids of those that serve."""
        return [single.pid for single in self._singles if single.alive]

    async def kill(self, pid: int) -> None:
        """End one as `kill -9` does; nobody starts another in its place."""
        if pid not in self.pids:
            raise ValueError(f"process {pid} is none of these servers; they are {self.pids}")
        await next(single for single in self._singles if single.pid == pid).kill()
