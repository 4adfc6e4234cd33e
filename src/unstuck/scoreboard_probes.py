"""Let bad guests into each Python hatch, each in a process of its own, and tell what came of it."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from unstuck.programs import Ended, run_program
from unstuck.scoreboard_rows import UNKNOWN, Stay

_DEADLINE = 20.0  # seconds; a busy machine may need some for the start


async def stays(names: Sequence[str]) -> list[Stay]:
    """Try each hatch; what a hatch does to a process, it does to one that nobody needs."""
    return list(await asyncio.gather(*(_stay(name) for name in names)))


async def _stay(name: str) -> Stay:
    with tempfile.TemporaryDirectory() as folder:
        mark = str(Path(folder, "mark"))
        argv = [sys.executable, "-m", "unstuck.scoreboard_probe", name, mark]
        return judged(name, await run_program(argv, deadline=_DEADLINE))


def judged(name: str, ended: Ended) -> Stay:
    """Read what a probe has printed, and how it ended."""
    found: dict = {}
    for line in ended.text.splitlines():
        if line.startswith("{"):
            found |= json.loads(line)
    if "overstay" not in found:  # it could not begin
        return Stay("python", name, UNKNOWN, UNKNOWN)
    crash = found.get("crash") or ("all ended" if ended.signal or ended.code else UNKNOWN)
    return Stay("python", name, crash, found["overstay"], found.get("seconds"))
