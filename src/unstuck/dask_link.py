"""A connection to a scheduler of dask, held open in a thread with a loop of its own.

`asyncio` objects belong to one loop, and a notebook has others come and go: the client stays in
this one, and whoever asks gets an ordinary future. dask is imported in the thread too, for that
takes half a second.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

from unstuck.dask_batch import Batch
from unstuck.dask_workers import Workers

_END = 10.0  # seconds in which everything must have ended


@dataclass
class There:
    """What is at the other end: the client and, on this machine, scheduler and workers."""

    client: object
    batch: Batch
    scheduler: object = None
    workers: Workers | None = None
    suspects: asyncio.Lock = field(default_factory=asyncio.Lock)  # held by the one that is tried
    begun: int = 0  # calls so far
    under_way: int = 0  # of them, those without an answer

    @contextlib.contextmanager
    def call(self) -> Iterator[Callable[[], bool]]:
        """While a call is under way; gives what says whether it has been the only one all along."""
        self.begun += 1
        self.under_way += 1
        first, number = self.under_way == 1, self.begun
        try:
            yield lambda: first and self.begun == number
        finally:
            self.under_way -= 1


class Link:
    """Holds what `opened()`, an asynchronous context, gives, until `close`."""

    def __init__(self, opened: Callable):
        self._opened = opened
        self._loop = asyncio.SelectorEventLoop()  # tornado needs this one on Windows
        self._there: Future = Future()
        self._stop = asyncio.Event()
        self._asked: set[asyncio.Task] = set()
        self._retired = False
        self._thread = threading.Thread(target=self._live, name="dask link", daemon=True)
        self._thread.start()

    def ask(self, question: Callable[[There], Coroutine]) -> Future:
        """Await question(there) in the loop of the link; its answer, or why there is no link."""
        return asyncio.run_coroutine_threadsafe(self._answer(question), self._loop)

    def close(self) -> None:
        """End all that was asked, and let go. Blocks, for seconds at most."""
        with contextlib.suppress(RuntimeError):  # the loop has closed already
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_END)

    def retire(self) -> None:
        """Let go as soon as nobody waits for an answer any more. From any thread."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._rest, True)

    def _rest(self, retired: bool = False) -> None:
        self._retired = self._retired or retired
        if self._retired and not self._asked:
            self._stop.set()

    @property
    def there(self) -> There | None:
        """What is at the other end, as soon as it is known."""
        done = self._there.done() and not self._there.exception()
        return self._there.result() if done else None

    def _live(self) -> None:
        # No debugging: dask blocks its loop now and then, and nobody here can change that.
        with asyncio.Runner(debug=False, loop_factory=lambda: self._loop) as runner:
            runner.run(self._hold())

    async def _hold(self) -> None:
        try:
            async with self._opened() as there:
                self._there.set_result(there)
                await self._stop.wait()
                await self._cancel_all()
        except Exception as error:
            if not self._there.done():
                self._there.set_exception(error)
        await self._stop.wait()
        await self._cancel_all()

    def end_all(self) -> None:
        """Cancel all that was asked and has no answer yet. From any thread."""
        asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop)

    async def _cancel_all(self) -> None:
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    async def _answer(self, question: Callable[[There], Coroutine]) -> object:
        task = asyncio.current_task()
        self._asked.add(task)
        try:
            return await question(await asyncio.shield(asyncio.wrap_future(self._there)))
        finally:
            self._asked.discard(task)
            self._rest()
