"""Find a free-threaded Python, and run the measurement of `free_threads` there.

Asked in turn: this Python itself, the path in UNSTUCK_FREE_THREADED, and names such as python3.14t
on PATH. What is found must say that it is free-threaded; one that hangs costs 5 seconds at most.
Where there is none, a recorded run is shown, labelled with its machine and date.
"""

import json
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import unstuck
from unstuck.children import Child, ChildFailed
from unstuck.interrupts import heard
from unstuck.node import recorded_run
from unstuck.workloads import sized

NAMES = ("python3.15t", "python3.14t", "python3.13t", "python3t")
_MISSING = "No free-threaded Python is here; UNSTUCK_FREE_THREADED may hold the path of one."


@dataclass(frozen=True)
class TwoJobs:
    """What one Python did with one job and with two at a time; `note` is set where recorded."""

    python: str
    free_threaded: bool
    gil: bool
    one: float
    two: float
    shared: float
    lag_p50_ms: float
    lag_p99_ms: float
    lost: int
    updates: int
    note: str = ""

    def __repr__(self) -> str:
        build = f"{self.python} {'free-threaded' if self.free_threaded else 'regular'}"
        return (
            f"{build}, GIL {'on' if self.gil else 'off'}: one job {self.one:.2f} s, two in two "
            f"threads {self.two:.2f} s ({self.shared:.2f} s with one shared number), loop late by "
            f"{self.lag_p50_ms:.1f} ms (p99 {self.lag_p99_ms:.1f}), {self.lost} of {self.updates} "
            "bare += lost"
        ) + (f" | {self.note}" if self.note else "")


async def find_free_threaded() -> str | None:
    """Return the path of a free-threaded Python that runs, or None."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return sys.executable
    for path in dict.fromkeys(_candidates()):
        if await _is_free_threaded(path):
            return path
    return None


def _candidates() -> Iterator[str]:
    if named := os.environ.get("UNSTUCK_FREE_THREADED"):
        yield str(Path(named).expanduser())
    yield from filter(None, map(shutil.which, NAMES))


async def _is_free_threaded(path: str) -> bool:
    said: list[str] = []
    try:
        async with Child([path, "-VV"], on_line=said.append) as child:
            await child.wait(5)
    except (ChildFailed, TimeoutError):
        return False
    return "free-threading" in " ".join(said)


async def compare_builds(seconds: float = 0.3, deadline: float = 60.0) -> list[TwoJobs]:
    """Measure this Python, and then a free-threaded one: found here, or recorded.

    One job is about `seconds` of work for this Python; both check the same number. Raises
    ChildFailed where a measurement does not end within `deadline` seconds.
    """
    _, number = sized("prime", seconds)
    here = await measure_in(sys.executable, number, deadline)
    path = await find_free_threaded()
    if path == sys.executable:
        return [here]
    return [here, recorded() if path is None else await measure_in(path, number, deadline)]


async def measure_in(path: str, number: int, deadline: float = 60.0) -> TwoJobs:
    """Run the measurement with the Python at `path`, in a process of its own."""
    lines: list[str] = []
    argv = [path, "-m", "unstuck.free_threads", json.dumps({"number": number})]
    source = str(Path(unstuck.__file__).parents[1])  # that Python may have nothing installed
    async with Child(argv, env={**os.environ, "PYTHONPATH": source}, on_line=lines.append) as child:
        with heard():
            try:
                code = await child.wait(deadline)
            except TimeoutError as error:
                raise ChildFailed(f"The measurement was stopped: {error}.") from error
    if code != 0 or not lines:
        raise ChildFailed(f"{path} ended with exit code {code}: {child.error_text[-500:]}")
    return _from_line(json.loads(lines[-1]))


def recorded() -> TwoJobs:
    """Return the run of a free-threaded Python that ships with the course."""
    run = recorded_run("free_threads", _MISSING)
    return _from_line(run.result, run.note)


def _from_line(line: dict, note: str = "") -> TwoJobs:
    fields = {name: value for name, value in line.items() if name not in ("kind", "note")}
    return TwoJobs(**fields, note=note)
