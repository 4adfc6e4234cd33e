"""What runs in each worker of a cluster: the app, on a loop of its own.

It serves until the primary asks it to drain, and ends at once when the primary is gone. `work` is
the whole life of such a process; the fork server imports this file once, for all workers.
"""

import asyncio
import contextlib
import functools
import json
import os
import socket
import time
import traceback

import uvicorn

from unstuck import hatches
from unstuck.cluster_app import Draining, app_of
from unstuck.cluster_job import Job
from unstuck.cluster_way import Receiver, from_text
from unstuck.lag import LagMeter, TimedLoop
from unstuck.listeners import BACKLOG
from unstuck.quick_loop import quick_loop
from unstuck.worker_side import end_with_parent

CRASH = "this worker was told to crash at its start"
_BEAT = 0.1  # seconds between beats that are told to the primary
_IDLE = 0.3  # seconds that a connection may stay without a request while the worker drains
_LOOKS = 15  # in that time
_GRACE = 3  # seconds for the requests in flight
_MOST = 64  # connections received in one turn of the loop


def work(job: Job, control: socket.socket, source: socket.socket | None, way=None) -> None:
    """Serve in this process; what ends it early is told to the primary before it dies."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in a terminal is for the primary
    end_with_parent()
    os.dup2(2, 1)  # standard output is for the primary's lines; what an app prints is no line
    try:
        if job.crash:
            raise RuntimeError(CRASH)
        app = Draining(app_of(job))
        with asyncio.Runner(loop_factory=quick_loop(TimedLoop)) as runner:
            runner.run(_serve(app, control, source, way and Receiver(way)))
    except BaseException as error:
        text = "".join(traceback.format_exception_only(error)).strip()
        with contextlib.suppress(OSError):  # the primary is gone
            control.send(json.dumps({"kind": "error", "text": text}).encode() + b"\n")
        os._exit(1)
    finally:
        hatches.close()


class _Server(uvicorn.Server):
    """uvicorn's server, which also takes connections that somebody else has accepted."""

    def __init__(self, config, on_ready):
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets=sockets)
        self._on_ready()

    def take(self, connection: socket.socket) -> None:
        """Serve an accepted connection."""
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
        self.server_state.tasks.add(task)
        task.add_done_callback(self.server_state.tasks.discard)

    def _protocol(self):
        return self.config.http_protocol_class(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


async def _serve(app: Draining, control, source, receiver: Receiver | None) -> None:
    reader, writer = await asyncio.open_connection(sock=control)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE
    )
    tell = functools.partial(_tell, writer)
    server = _Server(config, on_ready=lambda: tell(kind="ready"))
    commands = asyncio.create_task(_obey(reader, server, app, source or receiver))
    if receiver is not None:
        asyncio.get_running_loop().add_reader(receiver.way, _receive, receiver, server)
    async with LagMeter(_BEAT, on_beat=lambda late: tell(kind="beat", at=time.time(), late=late)):
        await server.serve(sockets=[] if source is None else [source])
    commands.cancel()
    writer.close()


def _tell(writer: asyncio.StreamWriter, **line) -> None:
    writer.write(json.dumps(line).encode() + b"\n")


async def _obey(reader: asyncio.StreamReader, server: _Server, app: Draining, door) -> None:
    async for line in reader:
        command = json.loads(line)
        if command["do"] == "drain":
            await _drain(server, app, door)
        elif command["do"] == "hang":
            _hang()
        elif command["do"] == "take":
            server.take(from_text(command["connection"]))


def _hang() -> None:
    time.sleep(1e9)  # a lock that never comes free looks like this


async def _drain(server: _Server, app: Draining, door: socket.socket | Receiver | None) -> None:
    """Accept what waits and no more, let each connection end with its answer, then the server."""
    app.on = True
    if isinstance(door, Receiver):
        while _receive(door, server):
            pass
        asyncio.get_running_loop().remove_reader(door.way)
    elif door is not None:
        _accept(door, server)
    for listener in server.servers:
        listener.close()
    for _ in range(_LOOKS):
        if server.server_state.connections:
            await asyncio.sleep(_IDLE / _LOOKS)
    server.should_exit = True


def _accept(listener: socket.socket, server: _Server) -> None:
    with contextlib.suppress(OSError):  # nobody waits any more
        for _ in range(BACKLOG):
            server.take(listener.accept()[0])


def _receive(receiver: Receiver, server: _Server) -> int:
    """Serve the connections that were handed over since the last look; how many they are."""
    try:
        taken = receiver.receive(_MOST)
    except EOFError:
        asyncio.get_running_loop().remove_reader(receiver.way)
        return 0
    for connection in taken:
        server.take(connection)
    return len(taken)
