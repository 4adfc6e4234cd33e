"""Let an interrupt of a cell be heard while the cell waits.

A loop that waits for a worker sleeps in the system. An interrupt marks the cell's task as
cancelled, but nothing wakes the loop to look at that mark. While anything is awaited under
`heard()` the loop gets a turn five times a second, and so the interrupt is heard.
"""

import asyncio
import weakref

_TURN = 0.2  # seconds between turns: soon enough for a person, nothing for a CPU


class Ticker:
    """Gives one loop its turns, as long as somebody is inside a `with` block of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self._loop = weakref.ref(loop)
        self._waiting = 0
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        self._waiting += 1
        if self._timer is None:
            self._timer = self._loop().call_later(_TURN, self._turn)

    def __exit__(self, *error) -> None:
        self._waiting -= 1

    def _turn(self) -> None:
        again = self._waiting > 0
        self._timer = self._loop().call_later(_TURN, self._turn) if again else None


_tickers: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def heard() -> Ticker:
    """`with heard(): await ...` in a coroutine: an interrupt ends the wait within 0.2 s."""
    loop = asyncio.get_running_loop()
    ticker = _tickers.get(loop)
    if ticker is None:
        ticker = _tickers[loop] = Ticker(loop)
    return ticker
