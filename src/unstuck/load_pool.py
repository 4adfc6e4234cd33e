"""The connections of a load: opened up to a limit, kept for the next request, closed in the end."""

import asyncio
from functools import lru_cache

from unstuck.load_answer import Incoming
from unstuck.load_connection import Connection
from unstuck.load_head import read_head
from unstuck.load_plan import Plan, Target

_LINGERS = 0.1  # seconds that a server may take to close a connection after its last answer
_TURNS = 10  # of the loop, in which connections end: two are enough


class Pool:
    """`give(number)` sends a request where there is `room()`; the client hears what comes of it."""

    def __init__(self, client, target: Target, plan: Plan):
        self.client, self.target = client, target
        self.request = target.request(plan.keep_alive)
        self.loop = asyncio.get_running_loop()
        # A server says the same again and again: a head that was read need not be read anew.
        self.read_head = lru_cache(64)(read_head)
        self.slots = plan.connections  # that are not taken
        self.idle: list[Connection] = []
        self.connections: set[Connection] = set()
        self.opening: set[asyncio.Task] = set()
        self.opened = 0

    def room(self) -> bool:
        """Say whether a request could go out now."""
        return bool(self.idle) or self.slots > 0

    def give(self, number: int) -> None:
        """Send a request on a connection that rests, or else on a new one."""
        if self.idle:
            self.idle.pop().ask(number)
        else:
            self.open(number)

    def open(self, number: int) -> None:
        """Send a request on a new connection."""
        self.slots -= 1
        task = self.loop.create_task(self._connect(number))
        self.opening.add(task)
        task.add_done_callback(self._has_opened)

    def _has_opened(self, task: asyncio.Task) -> None:
        self.opening.discard(task)
        if not task.cancelled() and task.exception():
            self.client.stop(task.exception())

    async def _connect(self, number: int) -> None:
        connection = Connection(self, number, self.request, Incoming(self.read_head))
        address = self.target.host, self.target.port
        try:
            async with asyncio.timeout(self.client.patience_left(number)):
                await self.loop.create_connection(lambda: connection, *address)
        except OSError as error:  # a TimeoutError is one
            if connection.transport is None:  # else the connection tells of it
                self.slots += 1
                self.client.failed(number, *_in_words(error))
                self.client.hand_out()

    def made(self, connection: Connection) -> None:
        """A connection is there."""
        self.connections.add(connection)
        self.opened += 1

    def lost(self, connection: Connection) -> None:
        """A connection is gone: there is room for another."""
        self.slots += 1
        self.connections.discard(connection)
        if connection in self.idle:
            self.idle.remove(connection)
        self.client.hand_out()

    def drop_late(self, now: float) -> list[int]:
        """Close what is out of patience, or was to end; the requests that were under way."""
        late = []
        for connection in list(self.connections):
            number = connection.number
            if number is not None and self.client.patience_left(number) < 0:
                connection.drop()
                late.append(number)
            elif connection.left_at is not None and now - connection.left_at > _LINGERS:
                connection.drop()
        return late

    async def close(self) -> None:
        """Close all connections."""
        for task in self.opening:
            task.cancel()
        for connection in self.connections:
            connection.drop()
        for _ in range(_TURNS):
            if not (self.connections or self.opening):
                break
            await asyncio.sleep(0)


def _in_words(error: OSError) -> tuple[str, str]:
    if isinstance(error, ConnectionRefusedError):
        return "refused", "nobody listens at this port"
    if isinstance(error, TimeoutError):
        return "timed out", "the server did not take the connection"
    return "no connection", str(error)
