"""Who gets the next connection: three ways to spread them over the workers of one port.

`handout`   the primary accepts each connection and hands it to the next worker in turn
`shared`    all workers accept from one listening socket; the system wakes one, or several
`reuseport` each worker has a listening socket of its own on the same port; the system chooses

In each of them the primary owns the listening sockets. So a connection that comes while a worker
is dead waits for the next one, and is not refused.
"""

import asyncio
import base64
import socket
from collections import deque

from unstuck.listeners import address, listen, listen_somewhere

_AT_ONCE = 64  # connections accepted in one turn of the loop
_LOOK = 0.01  # seconds until connections that no worker could take are offered again


def spread_named(name: str, port: int):
    """Return the spread called `name`, listening; ValueError where this system has it not."""
    if name == "reuseport":
        if not hasattr(socket, "SO_REUSEPORT"):
            raise ValueError("this system has no SO_REUSEPORT: choose the spread handout or shared")
        return ReusePort(port)
    return {"handout": Handout, "shared": Shared}[name](port)


class Shared:
    """One listening socket, and every worker accepts from it."""

    def __init__(self, port: int):
        self.listener, self.note = listen_somewhere(port)
        self.url = address(self.listener)

    def source(self, slot: int) -> socket.socket | None:
        """Return the listener that the worker of a slot accepts from."""
        return self.listener

    def joined(self, worker) -> None:
        """A worker is ready; it serves itself."""

    def left(self, worker) -> None:
        """A worker takes no more connections."""

    def free(self, slot: int) -> None:
        """Nobody will serve in this slot any more."""

    def close(self) -> None:
        """Free the port."""
        self.listener.close()


class ReusePort(Shared):
    """A listening socket for each slot; it outlives the worker, and what waits in it too."""

    def __init__(self, port: int):
        self.listener, self.note = listen_somewhere(port, shared=True)
        self.url, self._port = address(self.listener), self.listener.getsockname()[1]
        self._of_slot = {0: self.listener}

    def source(self, slot: int) -> socket.socket:
        """Return the slot's own listener."""
        if slot not in self._of_slot:
            self._of_slot[slot] = listen(self._port, shared=True)
        return self._of_slot[slot]

    def free(self, slot: int) -> None:
        """Close the listener of a slot that is given up, so that no connection waits there."""
        self._of_slot.pop(slot).close()

    def close(self) -> None:
        """Free the port."""
        for listener in self._of_slot.values():
            listener.close()


class Handout(Shared):
    """The primary accepts, and hands each connection to the next worker in turn."""

    def __init__(self, port: int):
        super().__init__(port)
        self._turn: deque = deque()  # the ready workers, the next one first
        self._waiting: deque[socket.socket] = deque()  # accepted, and no worker could take it yet
        self._timer: asyncio.TimerHandle | None = None
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

    def _accept(self) -> None:
        try:
            for _ in range(_AT_ONCE):
                self._waiting.append(self.listener.accept()[0])
        except OSError:  # nobody waits any more, or no file descriptor is free: try again later
            pass
        self._offer()

    def _offer(self) -> None:
        while self._waiting and self._taken(self._waiting[0]):
            self._waiting.popleft().close()
        if self._waiting and self._timer is None:
            self._timer = self._loop.call_later(_LOOK, self._offer_again)

    def _offer_again(self) -> None:
        self._timer = None
        self._offer()

    def _taken(self, connection: socket.socket) -> bool:
        for _ in range(len(self._turn)):
            worker = self._turn[0]
            self._turn.rotate(-1)
            if worker.take(connection):
                return True
        return False

    def close(self) -> None:
        """Hand out what still waits, and free the port."""
        self._accept()
        self._loop.remove_reader(self.listener)
        if self._timer is not None:
            self._timer.cancel()
        for connection in self._waiting:
            connection.close()
        super().close()


def hand_over(connection: socket.socket, way: socket.socket) -> bool:
    """Send a connection to the worker at the other end of `way`; False where it takes none now."""
    try:
        socket.send_fds(way, [b"\n"], [connection.fileno()])
    except OSError:  # its buffer is full, for its loop is blocked; or it is dead
        return False
    return True


def as_text(connection: socket.socket, pid: int) -> str:
    """Return a connection in the form in which Windows lets another process have it."""
    return base64.b64encode(connection.share(pid)).decode()


def from_text(text: str) -> socket.socket:
    """Return the connection that `as_text` made, in the process it was made for."""
    return socket.fromshare(base64.b64decode(text))
