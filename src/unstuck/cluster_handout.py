"""The primary accepts each connection, and hands it to the next worker in turn.

A worker that has not taken what it was given is passed over while another one takes: it is
blocked, or it hangs. Where none takes, all have their turn: busy workers come to it, one by one.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Iterable

from unstuck.listeners import BACKLOG, address, listen_somewhere

_AT_ONCE = 64  # connections accepted in one turn of the loop
_LOOK = 0.01  # seconds until what no worker could take is offered again


class Handout:
    """A spread whose workers have `take(connection)`, true if it worked, and `is_silent`."""

    def __init__(self, port: int):
        self.listener, self.note = listen_somewhere(port)
        self.url = address(self.listener)
        self._turn: deque = deque()  # the ready workers, the next one first
        self._waiting: deque[socket.socket] = deque()  # accepted, and no worker could take it yet
        self._timer: asyncio.TimerHandle | None = None
        self._is_open = True
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self.listener, self._accept)

    def source(self, slot: int) -> None:
        """Return None: the connections come one by one."""

    def joined(self, worker) -> None:
        """A worker is ready: it is next."""
        self._turn.appendleft(worker)
        self._offer()

    def left(self, worker) -> None:
        """A worker takes no more connections."""
        if worker in self._turn:
            self._turn.remove(worker)

    def take_back(self, connections: list[socket.socket]) -> None:
        """Offer to others what an ended worker had been given and never took."""
        self._waiting.extendleft(reversed(connections))
        self._offer() if self._is_open else self._drop()

    def free(self, slot: int) -> None:
        """Nobody will serve in this slot any more."""

    def _accept(self, most: int = _AT_ONCE) -> None:
        try:
            for _ in range(most):
                self._waiting.append(self.listener.accept()[0])
        except BlockingIOError:  # nobody waits any more
            pass
        except OSError:  # no file descriptor is free
            self._pause()
        self._offer()

    def _offer(self) -> None:
        while self._waiting and self._taken(self._waiting[0]):
            self._waiting.popleft()
        if self._waiting:
            self._pause()

    def _pause(self) -> None:
        """Accept no more for a moment: further connections wait in the system's queue."""
        if self._timer is None:
            self._loop.remove_reader(self.listener)
            self._timer = self._loop.call_later(_LOOK, self._offer_again)

    def _offer_again(self) -> None:
        self._timer = None
        self._loop.add_reader(self.listener, self._accept)
        self._offer()

    def _taken(self, connection: socket.socket) -> bool:
        silent = [worker for worker in self._turn if worker.is_silent]
        awake = [worker for worker in self._turn if worker not in silent]
        return self._taken_by(awake, connection) or self._taken_by(silent, connection)

    def _taken_by(self, workers: Iterable, connection: socket.socket) -> bool:
        for worker in workers:
            if worker.take(connection):
                self._turn.remove(worker)
                self._turn.append(worker)
                return True
        return False

    def close(self) -> None:
        """Hand out what still waits, and free the port."""
        self._accept(BACKLOG)
        self._is_open = False
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self.listener)
        self._drop()
        self.listener.close()

    def _drop(self) -> None:
        for connection in self._waiting:
            connection.close()
        self._waiting.clear()
