"""The command lines of production's servers: readable words, and a reason where one is missing."""

import importlib.util
import os
import sys

APP = "unstuck.asgi_app:app"
PACKAGES = {
    "uvicorn": ("uvicorn",),
    "gunicorn": ("gunicorn", "uvicorn_worker"),
    "granian": ("granian",),
}
SERVERS = tuple(PACKAGES)


def reason_missing(name: str) -> str | None:
    """Return None where the server can run here, else one sentence that says what to do."""
    if name not in PACKAGES:
        return f"There is no server {name!r}; there are: {', '.join(SERVERS)}."
    if name == "gunicorn" and os.name == "nt":
        return "gunicorn needs fork, which Windows does not have: take uvicorn or granian."
    for package in PACKAGES[name]:
        if importlib.util.find_spec(package) is None:
            return f"The package {package.replace('_', '-')} is not installed: pip install it."
    return None


def command(name: str, port: int, workers: int, app: str = APP) -> list[str]:
    """Return the words that start a server with so many workers on 127.0.0.1."""
    words = {"uvicorn": _uvicorn, "gunicorn": _gunicorn, "granian": _granian}[name]
    return [sys.executable, "-m", name, *words(str(port), str(workers)), app]


def _uvicorn(port: str, workers: str) -> list[str]:
    words = ["--workers", workers, "--host", "127.0.0.1", "--port", port]
    return [*words, "--no-access-log", "--log-level", "warning"]


def _gunicorn(port: str, workers: str) -> list[str]:
    words = ["--workers", workers, "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    # Its control socket would be one file for all gunicorns of this user.
    return [*words, "--worker-class", "uvicorn_worker.UvicornWorker", "--no-control-socket"]


def _granian(port: str, workers: str) -> list[str]:
    words = ["--workers", workers, "--host", "127.0.0.1", "--port", port, "--interface", "asgi"]
    # Without this, one dead worker ends the server.
    return [*words, "--log-level", "warning", "--respawn-failed-workers"]
