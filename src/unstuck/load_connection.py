"""One connection to the server: it asks for one thing at a time and tells what came of it.

It is a BufferedProtocol, which receives into a buffer of its own. A plain Protocol of asyncio is
given fresh memory for each read, room for 256 KiB, and that costs more than the reading.
"""

import asyncio
import time

from unstuck.load_answer import Incoming
from unstuck.load_chunks import BadAnswer


class Connection(asyncio.BufferedProtocol):
    """Asks as soon as it is made. The pool hears of its life, the pool's client of its answers."""

    transport: asyncio.Transport | None = None
    left_at: float | None = None  # when it said goodbye: the server closes first

    def __init__(self, pool, number: int, request: bytes, incoming: Incoming):
        self.pool, self.client = pool, pool.client
        self.request, self.incoming = request, incoming
        self.number: int | None = number  # the request that is under way
        self.answers = 0  # so far
        self.pid: object = "nobody yet"  # the process at the other end

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.pool.made(self)
        transport.write(self.request)

    def ask(self, number: int) -> None:
        """Ask for the next thing on this connection."""
        self.number = number
        self.transport.write(self.request)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.incoming.room()

    def buffer_updated(self, size: int) -> None:
        if self.number is None:  # nobody asked for this
            self.drop()
            return
        try:
            head = self.incoming.add(size)
        except BadAnswer as error:
            self._break("bad answer", str(error))
            return
        if head is not None:
            self.answers += 1
            self.client.answered(self, head, self.incoming.body)

    def connection_lost(self, error: Exception | None) -> None:
        if self.number is not None and self.incoming.used:
            self._break("bad answer", f"the connection ended after {self.incoming.used} bytes")
        elif self.number is not None:
            how = "closed" if error is None else "reset"
            self._break("closed before an answer", f"the server {how} the connection")
        self.pool.lost(self)

    def _break(self, kind: str, reason: str) -> None:
        number, self.number = self.number, None
        self.client.broken(self, number, kind, reason)
        self.drop()

    def leave(self) -> None:
        """Ask no more: the server has said, or was told, that it closes this connection.

        Who closes first keeps the port busy for a minute; there are more ports on that side.
        """
        self.left_at = time.perf_counter()

    def drop(self) -> None:
        """Close now; the request that is under way is forgotten."""
        self.number = None
        self.transport.abort()
