"""Who is asked: a server in this loop, or one that gets heavy and light requests at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from unstuck.asking import ask
from unstuck.workloads import exactly

_BLOCK = 0.4  # seconds that a heavy request computes
_HEAD_START = 0.12  # seconds for the server to begin with it
_MARGIN = 0.05  # seconds: answers that come together may be read in any order
_TRIES = 3  # a busy server may begin late


@asynccontextmanager
async def door(on_ask: Callable[[], None]) -> AsyncIterator[Callable]:
    """Serve in this very loop; gives `ask()`, which asks over a socket and hears "ok"."""

    async def answer(reader, writer) -> None:
        await reader.readline()
        on_ask()
        writer.write(b"ok\n")
        writer.close()

    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"?\n")
        said = await reader.read()
        writer.close()
        return said

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield ask


@dataclass(frozen=True)
class Answers:
    """Process ids of the light answers, in their order, and of the heavy ones.

    `early` came before the first heavy one was done, the others after that.
    """

    all: tuple[int, ...]
    early: tuple[int, ...]
    heavy: tuple[int, ...]
    heavy_s: float

    @property
    def late(self) -> tuple[int, ...]:
        """Who answered once the computation had ended."""
        return self.all[len(self.early) :]


async def heavy_and_light(url: str, heavies: int, lights: int) -> Answers:
    """Ask for heavy work and then for light work; the try in which the server was blocked most."""
    tries = []
    for _ in range(_TRIES if heavies else 1):
        tries.append(await _asked(url, heavies, lights))
        if tries[-1].late:
            break
    return min(tries, key=lambda each: len(each.early))


async def _asked(url: str, heavies: int, lights: int) -> Answers:
    seen: dict[str, list] = {"heavy": [], "light": []}

    async def one(kind: str, path: str) -> None:
        pid = (await ask(url, path, deadline=30))["pid"]
        seen[kind].append((time.perf_counter(), pid))

    start = time.perf_counter()
    path = f"/block?work=prime&seconds={exactly(_BLOCK)}"
    try:
        async with asyncio.TaskGroup() as asking:
            for _ in range(heavies):
                asking.create_task(one("heavy", path))
            await asyncio.sleep(_HEAD_START if heavies else 0)
            for _ in range(lights):
                asking.create_task(one("light", "/"))
    except BaseExceptionGroup as errors:  # the first error says it all, and arrives as itself
        raise errors.exceptions[0] from None
    end = min((at for at, _ in seen["heavy"]), default=start)
    early = tuple(pid for at, pid in seen["light"] if at < end - _MARGIN)
    light, heavy = (tuple(pid for _, pid in seen[kind]) for kind in ("light", "heavy"))
    return Answers(light, early, heavy, end - start)
