"""A program that serves until a block is left: started through a keeper, and ended for sure.

Its first process is asked to end, as a person or a platform would; a server then lets its workers
finish. What is left after a while is killed by the keeper (see `keeper.py`), which also ends all
where the process that wanted the service has died.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence

import psutil

from unstuck.children import ChildFailed
from unstuck.ended import ProgramFailed
from unstuck.listeners import listen
from unstuck.program_order import Order
from unstuck.program_path import words
from unstuck.program_run import Run

_ENDLESS = float("inf")  # it serves until it is told to end
_LOOK = 0.02  # seconds between two looks whether it serves
_KEPT = 200  # lines of what it said, for error messages


class Service:
    """`async with Service(argv) as service: await service.until(ready, 30, "answer")`.

    `grace` is the time in seconds between the request to end and the kill. Where `files` are
    given, by name, it runs in a new folder with them, which is removed at its end. Raises
    ChildFailed, with what the program said, where it does not start, or ends too early.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        files: dict[str, bytes] | None = None,
        grace: float = 5.0,
    ):
        self.said: deque[str] = deque(maxlen=_KEPT)
        settings = {"env": None if env is None else dict(env), "files": files, "grace": grace}
        order = Order(words(argv), deadline=_ENDLESS, keep=10_000, **settings)
        self._grace = grace
        self._run = Run(order, self.said.append, self.said.append)
        self._life: asyncio.Task | None = None

    async def __aenter__(self) -> "Service":
        self._life = asyncio.create_task(self._run.ended())
        return self

    @classmethod
    async def answering(
        cls, argv: Sequence[str], answers: Callable[[], Awaitable[object]], seconds: float, **more
    ) -> "Service":
        """Start it, and return it once `answers()` is true; where it never is, it is ended."""
        service = await cls(argv, **more).__aenter__()
        try:
            await service.until(answers, seconds, "answer")
        except BaseException:
            await service.__aexit__()
            raise
        return service

    async def __aexit__(self, *error) -> None:
        try:
            self._ask_to_end()
            await asyncio.wait({self._life}, timeout=self._grace)
        finally:
            self._run.stop("it is not needed any more", b"kill\n")
            await asyncio.wait({self._life})
            self._life.exception()  # a program that could not be started was told of before

    def _ask_to_end(self) -> None:
        # It has ended by itself, or was not started yet.
        with contextlib.suppress(psutil.Error, AttributeError):
            for process in psutil.Process(self._run.keeper_pid).children():
                process.terminate()

    @property
    def text(self) -> str:
        """The last lines that the program wrote, to both pipes."""
        return "\n".join(self.said)

    async def until(
        self, condition: Callable[[], Awaitable[object]], seconds: float, what: str
    ) -> None:
        """Ask until the condition is true; ChildFailed after `seconds`, or where it has ended."""
        end = time.monotonic() + seconds
        while not await condition():
            if self._life.done():
                raise ChildFailed(f"{self._run.order.argv[0]} {self._ended()}")
            if time.monotonic() > end:
                raise ChildFailed(f"It did not {what} within {seconds:g} s. It said: {self.text}")
            await asyncio.sleep(_LOOK)

    def _ended(self) -> str:
        try:
            why = self._life.result().reason
        except ProgramFailed as error:
            return f"did not start: {error}"
        return f"has {why} and said: {self.text[-1000:] or 'nothing'}"


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now; another program may take it first."""
    with listen(0) as found:
        return found.getsockname()[1]
