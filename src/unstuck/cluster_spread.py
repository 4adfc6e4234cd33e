"""Who gets the next connection: three ways to spread them over the workers of one port.

`handout`   the primary accepts each connection and hands it to the next worker in turn
`shared`    all workers accept from one listening socket; the system wakes one, or several
`reuseport` each worker has a listening socket of its own on the same port; the system chooses

In each of them the primary owns the listening sockets. So a connection that comes while a worker
is dead waits for the next one, and is not refused.
"""

import socket

from unstuck.cluster_handout import Handout
from unstuck.listeners import address, listen, listen_somewhere


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

    def take_back(self, connections: list[socket.socket]) -> None:
        """Nothing was handed over, so nothing comes back."""

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
        """Close the listener of a slot that is given up, so that no connection waits there.

        What waits there already is reset: no other socket can take it over.
        """
        if slot in self._of_slot:
            self._of_slot.pop(slot).close()

    def close(self) -> None:
        """Free the port."""
        for listener in self._of_slot.values():
            listener.close()
