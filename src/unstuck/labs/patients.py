"""The loops that can be watched: this kernel's own, and web servers in processes of their own.

A patient reports each beat of its loop to `on_event`, answers light requests at its `url`, and is
blocked by `await patient.block(work, seconds)`. It knows no widget.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable
from urllib.parse import urlencode

from unstuck import hatches
from unstuck.asking import BadAnswer, ask
from unstuck.children import Child, ChildFailed, python_argv
from unstuck.lag import LagMeter
from unstuck.machine import default_workers, find_node
from unstuck.node import twin_environment, twin_path
from unstuck.server import listen
from unstuck.together import first
from unstuck.workloads import calibrate, sized

Listener = Callable[[dict], None]
_READY = 20.0  # seconds that a server may take to start on a busy machine
_BEAT = 0.05  # seconds between the kernel's beats: well under 1 % of a core


class ChoiceError(ValueError):
    """A choice that cannot be run; the text says what can."""


class KernelPatient:
    """The loop that runs this code; in a notebook, the kernel's: what blocks it blocks the page."""

    name = "kernel"
    label = "This kernel"
    runtime = "python"

    def __init__(self, on_event: Listener):
        self.on_event = on_event
        self.working = 0  # functions that run in threads now, abandoned ones among them
        self._meter: LagMeter | None = None

    async def problem(self) -> None:
        """Return None: this loop is always here."""

    async def start(self, hatch: str) -> None:
        """Begin to beat, and to answer light requests on a free port of 127.0.0.1."""
        self.hatch = hatches.hatch(hatch)
        if self._meter is None:
            calibrate()
            self._server = await asyncio.start_server(_light_answer, sock=listen(0))
            self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
            self._meter = LagMeter(every=_BEAT, on_beat=self._beat)
            self._meter.start()

    async def block(self, work: str, seconds: float) -> dict:
        """Run work of about `seconds` through the hatch; {"answer"}."""
        func, argument = sized(work, seconds)
        if self.hatch.__name__.endswith(".threads"):  # only there work goes on when it is abandoned
            return {"answer": await self.hatch.run(self._counted, func, argument)}
        return {"answer": await self.hatch.run(func, argument)}

    def _counted(self, func, argument):
        self.working += 1
        try:
            return func(argument)
        finally:
            self.working -= 1

    def _beat(self, late: float) -> None:
        self.on_event({"kind": "beat", "lane": self.name, "at": time.time(), "late": late})

    async def stop(self) -> None:
        """Stop beating and answering."""
        if self._meter is not None:
            self._meter.stop()
            self._meter = None
            self._server.close()


async def _light_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    body = json.dumps({"pid": os.getpid()})
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


class ServerPatient:
    """A web server in its own process, in Python or in Node.js."""

    def __init__(self, runtime: str, on_event: Listener):
        self.runtime = self.name = runtime
        self.label = {"python": "Python server", "node": "Node.js server"}[runtime]
        self.on_event = on_event
        self._child: Child | None = None
        self._hatch = ""

    async def problem(self) -> str | None:
        """Return why this server cannot run on this machine, in a sentence, or None."""
        return None if self.runtime == "python" else (await asyncio.to_thread(find_node)).problem

    async def start(self, hatch: str) -> None:
        """Start the server, or start it again where it is dead or has another hatch."""
        if self._child is not None and self._alive() and self._hatch == hatch:
            return
        await self.stop()
        self._ready = asyncio.get_running_loop().create_future()
        self._child = await Child(*await self._command(hatch), self._line).__aenter__()
        self._hatch = hatch
        self.url = (await self._ready_line())["url"]

    def _alive(self) -> bool:
        return self._child.process.poll() is None

    async def _command(self, hatch: str) -> tuple[list[str], dict | None]:
        if self.runtime == "python":
            return python_argv("serve", "--hatch", hatch, "--beats", "--json"), None
        node = await asyncio.to_thread(find_node)
        if node.path is None:
            raise ChildFailed(node.problem)
        options = json.dumps({"hatch": hatch, "workers": default_workers().count, "beats": True})
        return [node.path, str(twin_path("server")), options], twin_environment()

    async def _ready_line(self) -> dict:
        """Wait for the server's first line, or for its end, whichever comes first."""
        await first(asyncio.shield(self._ready), self._child.wait(_READY))
        if self._ready.done():
            return self._ready.result()
        said = self._child.error_text[-1000:] or "nothing"
        await self.stop()
        raise ChildFailed(f"The {self.label} did not start within {_READY:.0f} s. It said: {said}")

    def _line(self, text: str) -> None:
        line = json.loads(text)
        if line.get("kind") == "ready" and not self._ready.done():
            self._ready.set_result(line)
        elif line.get("kind") == "beat":
            self.on_event({**line, "lane": self.name})

    async def block(self, work: str, seconds: float) -> dict:
        """Send the heavy request and return the server's answer; ChildFailed where it dies."""
        query = urlencode({"work": work, "seconds": seconds})
        try:
            return await ask(self.url, f"/block?{query}", deadline=seconds * 4 + 30)
        except BadAnswer as error:
            raise ChoiceError(str(error)) from error

    async def stop(self) -> None:
        """End the server's process: the only way to stop a loop that is blocked."""
        child, self._child = self._child, None
        if child is not None:
            await child.__aexit__()


def patients(name: str, on_event: Listener) -> list:
    """Return the patients of a choice: "kernel", "python", "node", or "both" servers."""
    if name == "kernel":
        return [KernelPatient(on_event)]
    runtimes = {"python": ["python"], "node": ["node"], "both": ["python", "node"]}.get(name)
    if runtimes is None:
        raise ValueError(f"a patient is kernel, python, node or both, not {name!r}")
    return [ServerPatient(runtime, on_event) for runtime in runtimes]
