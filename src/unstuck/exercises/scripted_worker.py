"""A stand-in for Node.js's Worker: it tells by events what a script says, and then is gone.

    worker = ScriptedWorker(("message", True), ("exit", 0))
    worker.on_message(print)
    worker.on_exit(print)
    worker.start()

The last event is always an exit, with its code; a worker may exit without any other.
"""

import asyncio
from collections.abc import Callable

PAUSE = 0.01  # seconds between two events
KINDS = ("message", "error", "exit")


class ScriptedWorker:
    """Tells its events in order, after `delay` seconds; callbacks are called in the loop.

    `problems` has what callbacks raised; `exited` is set once the exit has been told.
    """

    def __init__(self, *events: tuple[str, object], delay: float = 0.0):
        self.problems: list[Exception] = []
        self.exited = asyncio.Event()
        self._events = events
        self._delay = delay
        self._callbacks: dict[str, list[Callable]] = {kind: [] for kind in KINDS}
        self._started = False

    def on_message(self, call: Callable) -> None:
        """Have call(value) called with each message."""
        self._callbacks["message"].append(call)

    def on_error(self, call: Callable) -> None:
        """Have call(exception) called with what was raised in the worker."""
        self._callbacks["error"].append(call)

    def on_exit(self, call: Callable) -> None:
        """Have call(code) called when the worker has ended; nothing comes after that."""
        self._callbacks["exit"].append(call)

    def start(self) -> None:
        """Let the worker begin; RuntimeError where it has begun before."""
        if self._started:
            raise RuntimeError("this worker was started before")
        self._started = True
        loop = asyncio.get_running_loop()
        for number, (kind, value) in enumerate(self._events):
            loop.call_later(self._delay + number * PAUSE, self._tell, kind, value)

    @property
    def started(self) -> bool:
        """Whether `start` was called."""
        return self._started

    def _tell(self, kind: str, value: object) -> None:
        for call in self._callbacks[kind]:
            try:
                call(value)
            except Exception as error:
                self.problems.append(error)
        if kind == "exit":
            self.exited.set()
