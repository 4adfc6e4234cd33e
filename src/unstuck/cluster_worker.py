"""What runs in each worker of a cluster: the app, on a loop of its own.

It serves until the primary asks it to drain, and ends at once when the primary is gone. `work` is
the whole life of such a process; the fork server imports this file once, for all workers.
"""

import asyncio
import contextlib
import functools
import importlib
import importlib.util
import json
import os
import socket
import time
import traceback

import uvicorn

from unstuck import hatches
from unstuck.cluster_job import Job
from unstuck.cluster_spread import from_text
from unstuck.lag import LagMeter, TimedLoop
from unstuck.listeners import BACKLOG
from unstuck.server import make_app
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
        app = _Draining(_app(job))
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(app, job, control, source, way))
    except BaseException as error:
        text = "".join(traceback.format_exception_only(error)).strip()
        with contextlib.suppress(OSError):  # the primary is gone
            control.send(json.dumps({"kind": "error", "text": text}).encode() + b"\n")
        os._exit(1)
    finally:
        hatches.close()


def _app(job: Job):
    if job.app is None:
        return make_app(hatches.hatch(job.hatch).run)
    place, _, name = job.app.rpartition(":")
    module = _module_of(place) if place.endswith(".py") else importlib.import_module(place)
    return getattr(module, name)


def _module_of(file: str):
    """Return the module in a file, wherever it lies."""
    spec = importlib.util.spec_from_file_location("app_of_a_file", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _loop_factory():
    """Return uvloop where it is installed, the quickest there is; else our own, timed loop."""
    try:
        import uvloop
    except ImportError:
        return TimedLoop
    return uvloop.new_event_loop


class _Draining:
    """The app, whose answers close their connections once `on` is set."""

    def __init__(self, app):
        self.app, self.on = app, False

    async def __call__(self, scope, receive, send):
        if self.on and scope["type"] == "http":
            send = functools.partial(_send_last, send)
        await self.app(scope, receive, send)


async def _send_last(send, message) -> None:
    if message["type"] == "http.response.start":
        message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
    await send(message)


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


async def _serve(app: _Draining, job: Job, control, source, way) -> None:
    reader, writer = await asyncio.open_connection(sock=control)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE
    )
    tell = functools.partial(_tell, writer)
    server = _Server(config, on_ready=lambda: tell(kind="ready"))
    commands = asyncio.create_task(_obey(reader, server, app, source or way))
    if way is not None:
        asyncio.get_running_loop().add_reader(way, _receive, way, server)
    async with LagMeter(_BEAT, on_beat=lambda late: tell(kind="beat", at=time.time(), late=late)):
        await server.serve(sockets=[] if source is None else [source])
    commands.cancel()
    writer.close()


def _tell(writer: asyncio.StreamWriter, **line) -> None:
    writer.write(json.dumps(line).encode() + b"\n")


async def _obey(reader: asyncio.StreamReader, server: _Server, app: _Draining, door) -> None:
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


async def _drain(server: _Server, app: _Draining, door: socket.socket | None) -> None:
    """Accept what waits and no more, let each connection end with its answer, then the server."""
    app.on = True
    if server.servers:
        _accept(door, server)
    elif door is not None:
        _receive(door, server)
        asyncio.get_running_loop().remove_reader(door)
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


def _receive(way: socket.socket, server: _Server) -> None:
    with contextlib.suppress(BlockingIOError, ConnectionError):
        for _ in range(_MOST):
            data, descriptors, _, _ = socket.recv_fds(way, 1, 1)
            for descriptor in descriptors:
                server.take(socket.socket(fileno=descriptor))
            if not data:  # the primary has closed its end
                asyncio.get_running_loop().remove_reader(way)
                return
