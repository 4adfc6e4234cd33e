"""Makes the environment that the course runs in, and mends or renews it when it must.

    python tools/setup.py [--venv .venv] [lab] [test] [bench]

The words are extras of pyproject.toml; `lab` is meant when none is given. Nothing outside the
environment is changed. A stamp inside it tells the next run that there is nothing to do.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import lab_settings
import npm_install
import pip_install
from environment import PYTHON, ROOT, Environment
from trouble import Trouble, Unreachable, explain

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

OLDEST_PYTHON = (3, 11)
OLDEST = ".".join(map(str, OLDEST_PYTHON))
OLDEST_NODE = 20
NEEDED_MEGABYTES = 700


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument("extras", nargs="*", help="extras of pyproject.toml (default: lab)")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        make_ready(args.venv.absolute(), set(args.extras or ["lab"]))
    except Trouble as trouble:
        return stop(str(trouble))
    except OSError as error:
        return stop(explain(error))
    except KeyboardInterrupt:
        stop("It was interrupted. Run the command again: it begins anew.")
        return 130
    return 0


def stop(why: str) -> int:
    print(f"\nSet-up stopped. {why}", file=sys.stderr)
    return 1


def make_ready(folder: Path, extras: set[str]) -> None:
    check_python()
    node = find_node()
    wanted = extras if node else extras | {"node"}
    if not Environment(folder).is_complete(wanted):
        with alone():
            complete(Environment(folder), wanted, node)
    lab_settings.install(folder)
    if not npm_install.is_done(npm_install.TWINS):
        add_npm_packages(Environment(folder).python)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Waits while another set-up of this project runs: two at once spoil each other's work."""
    with open(__file__, "rb") as handle:
        if fcntl:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Another set-up is at work here: waiting for its end.", flush=True)
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def complete(environment: Environment, extras: set[str], node: str) -> None:
    if environment.is_complete(extras):  # by the set-up that was waited for
        return
    reason = environment.reason_to_renew()
    if reason:
        print(f"{environment.folder.name} {reason}: making it anew.", flush=True)
        shutil.rmtree(environment.folder)
    check_room(environment.folder)
    build(environment, extras | environment.extras - {"node"}, node)


def build(environment: Environment, extras: set[str], node: str) -> None:
    name, parts = environment.folder.name, ",".join(sorted(extras))
    is_new = not environment.python.exists()
    environment.begin()
    step(1, f"{'Making' if is_new else 'Keeping'} {name} with Python {PYTHON}")
    if is_new:
        environment.make()
    step(2, f"Node.js: {node or 'none of version 20 or newer here, so one comes with the rest'}")
    step(3, f"Installing the course with what it needs ({parts}): a minute or two")
    try:
        pip_install.install(environment.python, f"{ROOT}[{parts}]", environment.log)
    except Unreachable:
        environment.unfinished.unlink()  # pip changed nothing: what is there can be built upon
        raise
    environment.finish(extras)
    step(4, f"Writing the course's JupyterLab settings into {name}")


def add_npm_packages(python: Path) -> None:
    """What the Node.js twins use. The course works without: a failure is one sentence, no stop."""
    with alone(), contextlib.suppress(OSError):
        subprocess.run([str(python), npm_install.__file__], check=False)


def step(number: int, text: str) -> None:
    print(f"{number}/4 {text}", flush=True)


def check_python() -> None:
    if sys.version_info < OLDEST_PYTHON:
        raise Trouble(
            f"This is Python {PYTHON}; the course needs {OLDEST} or newer.\n"
            "Install one, and name it: make lab PYTHON=/path/to/python3"
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        package = "python{}.{}-venv".format(*sys.version_info)
        raise Trouble(
            f"Python {PYTHON} lacks {error.name}, so it cannot make environments.\n"
            f"On Debian and Ubuntu: apt install {package}. Then run the command again."
        ) from None


def check_room(folder: Path) -> None:
    there = next(parent for parent in folder.parents if parent.exists())
    free = shutil.disk_usage(there).free // 2**20
    if free < NEEDED_MEGABYTES:
        raise Trouble(
            f"{there} has {free} MB free; the course needs about {NEEDED_MEGABYTES}.\n"
            "Make room, or name a folder on another disk: make lab VENV=/other/disk/unstuck-venv"
        )


def find_node() -> str:
    """A system Node that will do, as "v20.1.0 at its path", or ""."""
    path = shutil.which("node")
    if not path:
        return ""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    version = re.match(r"v(\d+)\.", done.stdout)
    if not version or int(version[1]) < OLDEST_NODE:
        return ""
    return f"{done.stdout.strip()} at {path}"


if __name__ == "__main__":
    sys.exit(main())
