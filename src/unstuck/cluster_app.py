"""What a worker of a cluster serves: the course's app, or one of your own, found by its name."""

import functools
import importlib
import importlib.util

from unstuck import hatches
from unstuck.cluster_job import Job
from unstuck.server import make_app


def app_of(job: Job):
    """Return the ASGI app that a job names; whatever its import raises arrives as itself."""
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


class Draining:
    """An app, whose answers close their connections once `on` is set."""

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
