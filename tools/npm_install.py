"""Installs the npm packages of the Node.js twins, as their lock file names them.

    python tools/npm_install.py [folder]        the twins' folder, unless another is named

It never fails a set-up: what cannot be installed is told in one sentence, and the twins that need
it show recorded results. Nothing is done where the lock file has not changed since.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TWINS = ROOT / "src" / "unstuck" / "twins"
DEADLINE = 60.0  # seconds; a first install takes two or three
# No package's own script is run, and what is optional (compiled parts) is left out.
FLAGS = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
PATIENCE = ["--no-update-notifier", "--prefer-offline", "--loglevel=error"]
PATIENCE += ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]


def is_done(folder: Path) -> bool:
    """Are the packages there that the lock file of `folder` names?"""
    try:
        return _stamp(folder).read_text(encoding="utf-8") == _digest(folder)
    except OSError:
        return False


def _stamp(folder: Path) -> Path:
    return folder / "node_modules" / ".unstuck-lock"


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()


def npm_command(node: str) -> list[str] | None:
    """The npm that belongs to this Node.js, else one on PATH, else None."""
    for program in (Path(node), Path(node).resolve()):
        for home in (program.parent.parent / "lib", program.parent):  # POSIX, Windows
            script = home / "node_modules" / "npm" / "bin" / "npm-cli.js"
            if script.is_file():
                return [node, str(script)]
    found = shutil.which("npm", path=str(Path(node).parent)) or shutil.which("npm")
    return [found] if found else None


def install(folder: Path = TWINS) -> str:
    """Do it where it is needed; one sentence on what was done, or on why it could not be."""
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    names = "npm packages for Node.js: " + " and ".join(package["dependencies"])
    if is_done(folder):
        return f"{names}, there already."
    problem = _problem(folder)
    if problem:
        return f"{names} could not be installed ({problem}): {package['without']}."
    return f"{names}, installed."


def _problem(folder: Path) -> str:
    from unstuck.node_finder import find_node  # here, for setup.py runs where there is no course

    node = find_node().path
    npm = node and npm_command(node)
    if not npm:
        return "npm is missing" if node else "Node.js is missing"
    if not os.access(folder, os.W_OK):
        return f"{folder} cannot be written"
    problem = asyncio.run(_npm_ci(npm, folder))
    if not problem:
        _stamp(folder).write_text(_digest(folder), encoding="utf-8")
    return problem


async def _npm_ci(npm: list[str], folder: Path) -> str:
    """Run it in `folder`; "" or what it complains of."""
    from unstuck.children import Child, ChildFailed
    from unstuck.node import twin_environment

    try:
        argv = [*npm, "ci", "--prefix", str(folder), *FLAGS, *PATIENCE]
        async with Child(argv, twin_environment()) as child:
            code = await child.wait(DEADLINE)
    except ChildFailed as error:
        return str(error)
    except TimeoutError:
        return f"npm did not end within {DEADLINE:.0f} s"
    said = [line.removeprefix("npm error ") for line in child.errors if "error" in line]
    return "" if code == 0 else f"npm says: {(said or ['nothing'])[0]}"


if __name__ == "__main__":
    sys.path.append(str(ROOT / "src"))  # the course's modules, also where it is not installed
    print(install(*(Path(word).resolve() for word in sys.argv[1:2])))
