"""Servers with two workers on one port: ours, those of production, Node.js's, and singles by nginx.

    python benchmarks/servers.py [--rounds 5] [--seconds 3] [--only handout,granian]

All serve the light request of the course's app. Each round starts each server anew, in turn with
the others, every other round backwards, so that a noisy moment hits all. wrk asks, with one thread
and 32 kept connections. A server whose package is missing is skipped, with the reason.

Where neighbours work, requests/s tell who got the CPU: a server with more threads gets more of it.
Then trust the CPU time of all its processes for one request (CPU µs). A cluster of servers that
are not started again has "never" in the column of the time back after kill -9.
"""

import argparse
import asyncio
import contextlib
import math
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter

import psutil
from tables import machine_note, markdown, wait_for_quiet

from unstuck.asking import ask
from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.production import Production
from unstuck.proxy import Behind

WORKERS, CONNECTIONS, ASKED = 2, 32, 400
SLOW = ("--loop", "asyncio", "--http", "h11")


@contextlib.asynccontextmanager
async def behind_nginx():
    """Single uvicorns, each as a pod runs it, and nginx in front."""
    async with contextlib.AsyncExitStack() as stack:
        singles = [Production("uvicorn", workers=1) for _ in range(WORKERS)]
        await asyncio.gather(*[stack.enter_async_context(single) for single in singles])
        yield await stack.enter_async_context(Behind([single.url for single in singles]))


SERVERS = {
    "unstuck, handout": lambda: Cluster(workers=WORKERS),
    "unstuck, shared": lambda: Cluster(workers=WORKERS, spread="shared"),
    "unstuck, reuseport": lambda: Cluster(workers=WORKERS, spread="reuseport"),
    "uvicorn --workers": lambda: Production("uvicorn", WORKERS),
    "gunicorn, uvicorn worker": lambda: Production("gunicorn", WORKERS),
    "granian": lambda: Production("granian", WORKERS),
    "uvicorn, asyncio and h11": lambda: Production("uvicorn", WORKERS, more=SLOW),
    "single uvicorns behind nginx": behind_nginx,
    "Node.js cluster, round robin": lambda: Cluster(workers=WORKERS, runtime="node"),
    "Node.js cluster, by the system": lambda: Cluster(
        workers=WORKERS, runtime="node", spread="shared"
    ),
}


async def seen(url: str, without: int = 0) -> float:
    """Ask until all workers have answered, the one that was killed not counted; seconds."""
    start, pids = time.perf_counter(), set()
    while len(pids - {without}) < WORKERS:
        if time.perf_counter() - start > 20:
            return float("nan")  # it never came back
        answers = await asyncio.gather(*[_pid(url) for _ in range(8)])
        pids |= {pid for pid in answers if pid}
    return time.perf_counter() - start


async def _pid(url: str) -> int | None:
    try:
        return (await ask(url, deadline=2))["pid"]
    except ChildFailed:
        await asyncio.sleep(0.005)
        return None


def tree() -> list[psutil.Process]:
    """All processes of the server, without the keeper that ends it."""
    below = psutil.Process().children(recursive=True)
    return [each for each in below if "keeper.py" not in " ".join(each.cmdline())]


def memory() -> int:
    """Bytes of all processes of the server, each shared page counted once (Linux: PSS)."""
    return sum(map(_bytes, tree()))


def cpu() -> float:
    """Seconds of CPU time that the server has used: what a busy neighbour changes least."""
    return sum(sum(each.cpu_times()[:2]) for each in tree())


def _bytes(process: psutil.Process) -> int:
    full = process.memory_full_info()
    return getattr(full, "pss", full.uss)


def wrk(url: str, seconds: float) -> dict:
    """Requests a second, p50 and p99 in ms; an error of wrk's is raised."""
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--latency", url]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^\s+(50|99)%\s+([0-9.]+)(us|ms|s)", told, re.MULTILINE)
    scale = {"us": 1e-3, "ms": 1, "s": 1e3}
    times = {f"p{rank}": float(value) * scale[unit] for rank, value, unit in found}
    trouble = re.search(r"Socket errors.*|Non-2xx.*", told)
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", told)[1])
    return {"rate": rate, **times, "trouble": trouble[0] if trouble else ""}


async def one(name: str, seconds: float) -> dict:
    """Start a server, measure it, kill one of its workers, and stop it."""
    start = time.perf_counter()
    async with SERVERS[name]() as server:
        await seen(server.url)
        ready = time.perf_counter() - start
        await asyncio.to_thread(wrk, server.url, 0.5 if seconds < 1 else 1)
        await asyncio.to_thread(wait_for_quiet)
        before = cpu()
        load = await asyncio.to_thread(wrk, server.url, seconds)
        used, work = memory(), (cpu() - before) / (load["rate"] * seconds)
        even = Counter([(await ask(server.url))["pid"] for _ in range(ASKED)])
        back = await killed(server.url, min(even))
    figures = {"ready": ready, "memory": used, "most": max(even.values()), "back": back}
    return {**load, **figures, "cpu": work}


async def killed(url: str, victim: int) -> float:
    """Kill a worker with signal 9; seconds until as many as before have answered."""
    psutil.Process(victim).kill()
    return await seen(url, without=victim)


async def measured(name: str, seconds: float) -> dict:
    """The figures of one run, or why there are none."""
    try:
        return await one(name, seconds)
    except ChildFailed as error:
        return {"error": str(error).strip().splitlines()[-1][:80]}


UNITS = {  # what a figure is multiplied by, and its places behind the point
    "rate": (1, 0),
    "cpu": (1e6, 0),
    "p50": (1, 2),
    "p99": (1, 1),
    "ready": (1e3, 0),
    "memory": (1e-6, 0),
    "back": (1e3, 0),
    "most": (1, 0),
}
HEAD = ["server", "requests/s", "spread", "CPU µs", "p50 ms", "p99 ms"]
HEAD += ["ready ms", "MB", "back ms", "400 new"]


def row(name: str, runs: list[dict]) -> list[str]:
    """A line of the table: medians, and spreads where they tell something."""
    good = [run for run in runs if "error" not in run]
    if not good:
        return [name, runs[0]["error"], *[""] * 8]
    middle = {key: statistics.median(run[key] for run in good) for key in good[0] if key in UNITS}
    rates = [run["rate"] for run in good]
    return [
        name,
        f"{middle['rate']:,.0f}",
        f"{min(rates):,.0f} to {max(rates):,.0f}",
        *[_told(middle[key] * scale, places) for key, (scale, places) in UNITS.items()][1:-1],
        f"{middle['most']:.0f}/{ASKED - middle['most']:.0f}",
    ]


def _told(value: float, places: int) -> str:
    return "never" if math.isnan(value) else f"{value:.{places}f}"


async def compare(names: list[str], rounds: int, seconds: float) -> None:
    """Measure all in turn, and print the table."""
    runs: dict[str, list[dict]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[:: -1 if turn % 2 else 1]:
            runs[name].append(await measured(name, seconds))
            print(f"# {name}: {runs[name][-1]}", file=sys.stderr, flush=True)
    print(f"{rounds} runs of {seconds:g} s, {WORKERS} workers, {CONNECTIONS} connections,")
    print(f"Python {platform.python_version()}, {machine_note()}\n")
    print(markdown(HEAD, [row(name, each) for name, each in runs.items()]))


def main() -> None:
    """Read the words of the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each server (5)")
    parser.add_argument("--seconds", type=int, default=3, help="length of a run (3)")
    parser.add_argument("--only", default="", help="parts of names, with commas between")
    asked = parser.parse_args()
    parts = asked.only.split(",")
    names = [name for name in SERVERS if any(part in name for part in parts)]
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed; on Debian: apt-get install wrk")
    asyncio.run(compare(names, asked.rounds, asked.seconds))


if __name__ == "__main__":
    main()
