"""Let an interrupt of a cell be heard while the cell waits.

A loop that waits for a worker sleeps in the system. An interrupt marks the cell's task as
cancelled, but nothing wakes the loop to look at that mark. While anything is awaited under
`heard()` the loop gets a turn five times a second, and so the interrupt is heard.
"""

import asyncio
import contextlib
import weakref
from collections.abc import Iterator

_TURN = 0.2  # seconds between turns: soon enough for a person, nothing for a CPU


class _Ticker:
    """Turns of one loop, as long as somebody waits."""

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self._loop = weakref.ref(loop)
        self._waiting = 0
        self._timer: asyncio.TimerHandle | None = None

    def enter(self) -> None:
        self._waiting += 1
        if self._timer is None:
            self._timer = self._loop().call_later(_TURN, self._turn)

    def leave(self) -> None:
        self._waiting -= 1

    def _turn(self) -> None:
        again = self._waiting > 0
        self._timer = self._loop().call_later(_TURN, self._turn) if again else None


_tickers: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """`with heard(): await ...` in a coroutine: an interrupt ends the wait within 0.2 s."""
    loop = asyncio.get_running_loop()
    ticker = _tickers.get(loop)
    if ticker is None:
        ticker = _tickers[loop] = _Ticker(loop)
    ticker.enter()
    try:
        yield
    finally:
        ticker.leave()
