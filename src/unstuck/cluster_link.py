"""One worker as its primary sees it: it is started, heard, told, and its end is named."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable

from unstuck.cluster_job import Job, work
from unstuck.cluster_process import Starter, kill
from unstuck.cluster_way import Way, as_text
from unstuck.endings import ending
from unstuck.told import told

_UNTAKEN = 0.1  # seconds: a loop that is free takes a connection within a millisecond
_UNHEARD = 0.3  # seconds: three beats
_LAST_WORDS = 1.0  # seconds to read what a dead worker has said


class Link:
    """A worker process and the line to it. `on_line(link, line)` hears each of its messages.

    `state` is "starting", "ready", "draining" or "ended". `error` is what it said before it died,
    and `why` how it ended.
    """

    def __init__(self, slot: int, on_line: Callable[["Link", dict], None]):
        self.slot, self._on_line = slot, on_line
        self.state, self.error, self.why, self.pid = "starting", "", "", None
        self.wanted = True  # its end is not asked for: it is to be replaced
        self.ready, self.ended = asyncio.Event(), asyncio.Event()
        self._known = asyncio.Event()  # its process id is, or that there is none
        self.heard_at = self.ready_at = time.monotonic()
        self.unread: list[socket.socket] = []  # given to it, and not taken when it ended
        self._process = self._writer = self._way = None
        self._killed_because = ""

    async def live(self, starter: Starter, job: Job, source, handed: bool) -> str:
        """Start the process, hear it until it has ended, and return how it ended."""
        ours, theirs = socket.socketpair()
        self._way = Way() if handed and hasattr(socket, "send_fds") else None
        reader, self._writer = await asyncio.open_connection(sock=ours)
        hearing = asyncio.create_task(self._hear(reader))
        way = self._way and self._way.theirs
        call = (asyncio.get_running_loop(), starter, (job, theirs, source, way))
        threading.Thread(target=self._in_thread, args=call, name="cluster worker").start()
        try:
            await self.ended.wait()
            theirs.close()  # now the line has an end, after the last words
            await asyncio.wait({hearing}, timeout=_LAST_WORDS)
        finally:
            hearing.cancel()
            self._close(theirs)
        return self.why

    def _close(self, theirs: socket.socket) -> None:
        self._writer.close()
        theirs.close()
        if self._way is not None:
            self.unread, self._way = self._way.close(), None

    def _in_thread(self, loop, starter: Starter, args: tuple) -> None:
        """Start and reap, off the loop: each takes milliseconds that the loop should not lose."""
        try:
            process = starter.start(work, args)
            loop.call_soon_threadsafe(self._started, process)
            why = ending(starter.reap(process))
        except Exception as error:
            why = f"could not be started ({told(error)})"
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody listens any more
            loop.call_soon_threadsafe(self._has_ended, why)

    def _started(self, process) -> None:
        self._process, self.pid = process, process.pid
        if self._killed_because:  # meanwhile
            kill(process)
        self._on_line(self, {"kind": "started"})
        self._known.set()

    def _has_ended(self, why: str) -> None:
        because = f"was killed, because {self._killed_because}" if self._killed_because else ""
        self.state, self.why = "ended", because or why
        self._known.set()
        self.ended.set()

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        await self._known.wait()  # it may be ready before the thread that started it goes on
        with contextlib.suppress(ConnectionError):
            async for line in reader:
                self._heard(json.loads(line))

    def _heard(self, line: dict) -> None:
        self.heard_at = time.monotonic()
        if line["kind"] == "error":
            self.error = line["text"]
        elif line["kind"] == "ready" and self.state == "starting":
            self.state, self.ready_at = "ready", self.heard_at
            self.ready.set()
        self._on_line(self, line)

    def tell(self, **command) -> None:
        """Send a command; nothing happens where the worker is dead."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(json.dumps(command).encode() + b"\n")

    def take(self, connection: socket.socket) -> bool:
        """Hand a connection over; False where the worker cannot take it now."""
        if self._way is not None:
            return self._way.give(connection)
        self.tell(do="take", connection=as_text(connection, self.pid))
        connection.close()
        return True

    @property
    def is_silent(self) -> bool:
        """Whether it is late in taking what it was given; on Windows, in telling that it lives."""
        if self._way is None:
            return time.monotonic() - self.heard_at > _UNHEARD
        return time.monotonic() - self._way.waits_since > _UNTAKEN

    def drain(self) -> None:
        """Ask it to end once its requests in flight are answered."""
        self.wanted = False
        if self.state == "ready":
            self.state = "draining"
            self.tell(do="drain")
        else:
            self.kill("it was not ready yet")

    def kill(self, because: str) -> None:
        """End it now, with what it started."""
        if self.state == "ended":
            return
        self._killed_because = because
        if self._process is not None:
            kill(self._process)
