"""What a worker of a cluster is told at its start: light, for the primary serves nothing itself."""

import importlib
import socket
from dataclasses import dataclass

WORKER = "unstuck.cluster_worker"  # named, not imported: uvicorn and the app are for workers only


@dataclass(frozen=True)
class Job:
    """The hatch of the course's app, or an app of one's own by name; and whether to crash."""

    hatch: str = "inline"
    app: str | None = None  # "module:name" or "file.py:name", an ASGI app
    crash: bool = False


def work(job: Job, control: socket.socket, source: socket.socket | None, way=None) -> None:
    """The whole life of a worker process; see `unstuck.cluster_worker.work`."""
    importlib.import_module(WORKER).work(job, control, source, way)
