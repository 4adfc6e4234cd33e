"""What the benchmarks share: a quiet moment, fresh processes in turn, and a table in Markdown."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_STAT = Path("/proc/stat")  # Linux only; elsewhere every moment counts as quiet


def interleaved(
    names: list[str], argv_of: Callable[[str], list[str]], rounds: int, seconds: float = 120
) -> dict[str, list[dict]]:
    """Run each name's command once a round, in a fresh process; the JSON line that each printed.

    Every other round goes backwards, so that no one always comes first.
    """
    results: dict[str, list[dict]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[:: -1 if turn % 2 else 1]:
            others = wait_for_quiet()
            results[name].append({"others": others, **_run(argv_of(name), seconds)})
    return results


def _run(argv: list[str], seconds: float) -> dict:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"no answer in {seconds:g} s"}
    if done.returncode == 0 and done.stdout.strip():
        return json.loads(done.stdout.strip().splitlines()[-1])
    return {"error": (done.stderr.strip().splitlines() or ["ended without an answer"])[-1]}


def wait_for_quiet(below: float = 0.15, at_most: float = 5.0) -> float:
    """Wait until less than `below` of the machine's CPU time is used; return the share in use."""
    deadline = time.monotonic() + at_most
    while (busy := _busy_share()) > below and time.monotonic() < deadline:
        pass
    return busy


def _busy_share(seconds: float = 0.25) -> float:
    if not _STAT.exists():
        time.sleep(seconds)
        return 0.0
    before = _jiffies()
    time.sleep(seconds)
    busy, total = (new - old for new, old in zip(_jiffies(), before, strict=True))
    return busy / max(1, total)


def _jiffies() -> tuple[int, int]:
    """CPU time of the whole machine since it started: (busy, all)."""
    fields = [int(field) for field in _STAT.read_text().split(maxsplit=9)[1:9]]
    idle = fields[3] + fields[4]  # idle, and waiting for a disk
    return sum(fields) - idle, sum(fields)


def markdown(head: list[str], rows: Iterable[list[str]]) -> str:
    """The rows as a Markdown table with aligned columns."""
    lines = [head, *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )


def machine_note() -> str:
    """Cores and load, for the line under a table."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores{load}"
