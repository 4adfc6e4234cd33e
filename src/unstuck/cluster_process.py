"""The process of a worker: started from a fork server where there is one, in a thread of its own.

A fork server has imported the app once; a worker is a copy of it and is ready in some tens of
milliseconds, with its memory shared until it is written to. Elsewhere each worker starts anew.
"""

import contextlib
import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import wait

from unstuck.groups import kill_group


class Starter:
    """Starts and reaps processes, one at a time: `multiprocessing` would mix up two exit codes."""

    def __init__(self, preload: str) -> None:
        methods = multiprocessing.get_all_start_methods()
        self._context = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        if "forkserver" in methods:
            self._context.set_forkserver_preload([preload])
        self._in_turn = threading.Lock()

    def start(self, target: Callable, args: tuple) -> multiprocessing.Process:
        """Start target(*args) in a new process and return it."""
        process = self._context.Process(target=target, args=args)
        with self._in_turn:
            process.start()
        return process

    def reap(self, process: multiprocessing.Process) -> int | None:
        """Wait until the process has ended; its exit code."""
        wait([process.sentinel])
        with self._in_turn:
            process.join()
        return process.exitcode


def kill(process: multiprocessing.Process) -> None:
    """End a worker and its group now; nothing happens where nobody of it is left."""
    with contextlib.suppress(OSError, ValueError):
        kill_group(process.pid)
        process.kill()
