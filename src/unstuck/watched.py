"""Work in a thread that tells what has become of it: nothing can stop a thread from outside.

Who waits for a thread can give up: a cancel, a time-out or an interrupt of the cell ends the
wait, and the thread works on, abandoned. The work itself must look at a flag and return. Each
`Watched` has a thread of its own, which ends with its work.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from unstuck.interrupts import heard


class Watched:
    """One call in a thread: `await work.run(func, *args)` calls func(work, *args) there.

    `func` calls `work.tick()` at each step. It should return when `work.stop.is_set()`: the flag
    is set as soon as nobody waits for the answer any more. `work.label` says what is going on.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.ticks = 0
        self._wanted = True
        self._begun = threading.Event()
        self._ended = threading.Event()

    def tick(self) -> None:
        """Count one step; called by the work."""
        self.ticks += 1

    async def run(self, func: Callable, *args):
        """Call func(self, *args) in a new thread; its answer, or its exception.

        When the wait for it is cancelled or interrupted, the flag is set, and the thread is left
        to itself.
        """
        loop = asyncio.get_running_loop()
        executor = ThreadPoolExecutor(1, thread_name_prefix="watched work")
        call = contextvars.copy_context().run
        try:
            with heard():
                return await loop.run_in_executor(executor, call, self._work, func, *args)
        finally:
            self._wanted = self._ended.is_set()
            self.stop.set()
            executor.shutdown(wait=False)  # the thread ends with its work

    def _work(self, func: Callable, *args):
        self._begun.set()
        try:
            return func(self, *args)
        finally:
            self._ended.set()

    @property
    def label(self) -> str:
        """What the thread does now, in words; "stopped" only where it has returned."""
        if self._ended.is_set():
            return "ended" if self._wanted else "stopped: it has returned"
        if not self._begun.is_set():
            return "not started"
        return "running" if self._wanted else "abandoned, still running"

    def __repr__(self) -> str:
        return f"{self.label}, {self.ticks} steps"
