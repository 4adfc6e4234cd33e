"""The way on which a primary hands connections to one worker, and the worker confirms them.

A connection that is handed over waits in a buffer of the system until the worker's loop comes to
it. Until the worker confirms it, the primary keeps it too: of a worker that dies or hangs, others
can have what it never took, and none of its request has been read yet.
"""

import asyncio
import base64
import contextlib
import math
import socket
import time
from collections import deque

_MOST = 1024  # confirmations read at once


class Way:
    """The primary's end; `theirs` is the worker's."""

    def __init__(self):
        self._ours, self.theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._given: deque[tuple[float, socket.socket]] = deque()  # not yet confirmed, oldest first
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._ours, self._confirmed)

    def give(self, connection: socket.socket) -> bool:
        """Hand a connection over; False, and it stays with the caller, where that cannot be now."""
        try:
            socket.send_fds(self._ours, [b"\n"], [connection.fileno()])
        except OSError:  # its buffer is full, for its loop is blocked; or it is dead
            return False
        self._given.append((time.monotonic(), connection))
        return True

    @property
    def waits_since(self) -> float:
        """When the oldest connection was given that is not confirmed yet; inf for none."""
        return self._given[0][0] if self._given else math.inf

    def _confirmed(self) -> None:
        count = 0
        with contextlib.suppress(OSError):
            count = len(self._ours.recv(_MOST))
        for _ in range(min(count, len(self._given))):
            self._given.popleft()[1].close()

    def close(self) -> list[socket.socket]:
        """Close both ends, once the worker has ended; return the connections it never took."""
        self._confirmed()
        self._loop.remove_reader(self._ours)
        self._ours.close()
        self.theirs.close()
        return [connection for _, connection in self._given]


class Receiver:
    """The worker's end: `receive()` returns the connections that wait there, and confirms them."""

    def __init__(self, way: socket.socket):
        self.way, self._owed = way, 0
        way.setblocking(False)

    def receive(self, most: int) -> list[socket.socket]:
        """Take up to `most` connections; EOFError where there are none and the primary is gone."""
        taken, is_open = [], True
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while is_open and len(taken) < most:
                data, descriptors, _, _ = socket.recv_fds(self.way, 1, 1)
                taken += [socket.socket(fileno=each) for each in descriptors]
                is_open = bool(data)
        self._confirm(len(taken))
        if not is_open and not taken:
            raise EOFError
        return taken

    def _confirm(self, count: int) -> None:
        self._owed += count
        if self._owed:
            with contextlib.suppress(OSError):  # the primary is late, or gone: the next time
                self._owed -= self.way.send(b"\n" * self._owed)


def as_text(connection: socket.socket, pid: int) -> str:
    """Return a connection in the form in which Windows lets another process have it."""
    return base64.b64encode(connection.share(pid)).decode()


def from_text(text: str) -> socket.socket:
    """Return the connection that `as_text` made, in the process it was made for."""
    return socket.fromshare(base64.b64decode(text))
