"""Starts JupyterLab on the first notebook; for this machine only (127.0.0.1).

.venv/bin/python tools/lab.py [--port 8899] [--browser no] [--beside] [more for JupyterLab]
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST = "notebooks/00_start_here.ipynb"
LAYOUT = ROOT / "binder" / "course.jupyterlab-workspace"  # the heartbeat beside the notebook


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", default="", help="this one or none (default: the first free)")
    parser.add_argument("--browser", default="yes", help="no: only print the address")
    parser.add_argument("--beside", action="store_true", help="put its heartbeat beside it")
    args, more = parser.parse_known_args()
    if args.port and (problem := port_problem(args.port)):
        print(problem, file=sys.stderr)
        return 1
    print("Starting JupyterLab. Its address follows; Ctrl-C, twice, ends it.", flush=True)
    has_layout = add_layout(Path(sys.prefix, "share", "jupyter", "lab", "workspaces"))
    place = "workspaces/course" if args.beside and has_layout else f"tree/{FIRST}"
    return run([*lab_command(args.port, args.browser, place), *more])


def port_problem(port: str) -> str:
    """Why JupyterLab cannot have this port, or "" when it can."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        return f"PORT={port} is no port: give a number from 1024 to 65535, or leave it out."
    with socket.socket() as probe:
        if os.name != "nt":  # as servers do: a port that was closed a moment ago is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            return f"Port {port} cannot be used ({error.strerror}). Name another: make lab PORT=..."
    return ""


def add_layout(folder: Path) -> bool:
    """Whether JupyterLab has the course's layout, as /lab/workspaces/course, in this folder.

    What is newer than the course's own is the learner's by now, and stays.
    """
    environment = {**os.environ, "JUPYTERLAB_WORKSPACES_DIR": str(folder)}
    newest = max((path.stat().st_mtime for path in folder.glob("course-*")), default=0.0)
    if newest < LAYOUT.stat().st_mtime:
        command = [sys.executable, "-m", "jupyterlab", "workspaces", "import", str(LAYOUT)]
        done = subprocess.run(command, env=environment, capture_output=True)
        if done.returncode != 0:
            return False  # the course goes on without it
    os.environ.update(environment)
    return True


def lab_command(port: str, browser: str, place: str) -> list[str]:
    command = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1"]
    command += [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url=/lab/{place}"]
    command += ["--Application.log_level=WARN"]
    if port:
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if browser.lower() in ("no", "n", "0", "false", "off"):
        command += ["--no-browser"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command += ["--allow-root"]  # in a container there is often nobody else
    return command


def run(command: list[str]) -> int:
    """Becomes JupyterLab, so that signals and the exit code are its own."""
    os.chdir(ROOT)
    os.environ.pop(
        "JUPYTERLAB_DIR", None
    )  # another JupyterLab's folder: it would hide our settings
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main())
