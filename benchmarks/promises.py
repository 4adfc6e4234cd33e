"""The promises of the cluster, tried again and again: what is lost or left, how long it takes.

python benchmarks/promises.py [--tries 10]
"""

import argparse
import asyncio
import os
import signal
import statistics
import time

import psutil
from tables import machine_note, markdown

from unstuck.asking import ask
from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.listeners import listen
from unstuck.load import load
from unstuck.machine import find_node

BUSY = "/block?work=prime&seconds=20"


async def restarted(plan: dict, keep_alive: bool) -> tuple[int, int, float]:
    """One rolling restart under load: (requests, lost, seconds of the restart)."""
    async with Cluster(**plan) as cluster:
        loading = asyncio.create_task(load(cluster.url, 200, 2, keep_alive=keep_alive))
        await asyncio.sleep(0.3)
        start = time.perf_counter()
        await cluster.restart()
        took = time.perf_counter() - start
        seen = await loading
    return len(seen.sent_at), seen.failed, took


async def killed(plan: dict) -> tuple[int, int, int, float]:
    """One kill -9 under load: (requests, refused, lost, seconds until a new worker serves)."""
    async with Cluster(**plan) as cluster:
        await asyncio.sleep(1.1)  # a worker that lived shorter is replaced after a pause
        loading = asyncio.create_task(load(cluster.url, 200, 1.5, keep_alive=False))
        await asyncio.sleep(0.3)
        victim = cluster.pids[0]
        start = time.perf_counter()
        os.kill(victim, signal.SIGKILL)
        await cluster.until(lambda: victim not in cluster.pids, 5, "lose its worker")
        await cluster.full(2)
        took = time.perf_counter() - start
        seen = await loading
    refused = seen.failures.get("refused", 0)
    return len(seen.sent_at), refused, seen.failed - refused, took


async def stopped(plan: dict, state: str) -> tuple[int, float]:
    """One stop in a state: (processes left, seconds)."""
    async with Cluster(**plan) as cluster:
        family = [cluster.primary, *cluster.pids]
        tasks = [asyncio.create_task(_asked(cluster.url)) for _ in range(2 * (state == "blocked"))]
        await asyncio.sleep(0.5)
        if state == "hung":
            for pid in cluster.pids:
                await cluster.hang(pid)
        if state == "dead":
            for pid in cluster.pids:
                os.kill(pid, signal.SIGKILL)
        start = time.perf_counter()
        await cluster.stop()
        took = time.perf_counter() - start
        await asyncio.gather(*tasks, return_exceptions=True)
    return len(_alive(family)), took


async def orphaned(plan: dict, blocked: bool) -> tuple[int, bool, float]:
    """The primary is killed: (processes left after 3 s, port free, seconds until all are gone)."""
    async with Cluster(**plan) as cluster:
        family, port = cluster.pids, int(cluster.url.rsplit(":", 1)[1])
        tasks = [asyncio.create_task(_asked(cluster.url)) for _ in range(2 * blocked)]
        await asyncio.sleep(0.5 if blocked else 0.0)
        start = time.perf_counter()
        os.kill(cluster.primary, signal.SIGKILL)
        for _ in range(300):
            if _alive(family):
                await asyncio.sleep(0.01)
        took = time.perf_counter() - start
        left, free = len(_alive(family)), _is_free(port)
        await asyncio.gather(*tasks, return_exceptions=True)
    return left, free, took


async def _asked(url: str) -> None:
    await ask(url, BUSY, deadline=60)


def _alive(pids: list[int]) -> list[int]:
    def lives(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return [pid for pid in pids if lives(pid)]


def _is_free(port: int) -> bool:
    try:
        listen(port).close()
    except OSError:
        return False
    return True


def plans() -> list[dict]:
    """The clusters that can be had here."""
    python = [{"workers": 2, "spread": each} for each in ("handout", "shared", "reuseport")]
    node = [{"workers": 2, "spread": each, "runtime": "node"} for each in ("handout", "shared")]
    return python + (node if find_node().path else [])


EXPERIMENTS = {  # title: (what is tried, its variants, the columns of its sums, what is timed)
    "Rolling restart under 200 requests/s": (
        restarted,
        {"new connections": False, "kept connections": True},
        ("requests", "lost"),
        "restart",
    ),
    "kill -9 of a worker under 200 requests/s": (
        killed,
        {"new connections": None},
        ("requests", "refused", "lost"),
        "a new worker serves after",
    ),
    "Stop": (
        stopped,
        {state: state for state in ("idle", "blocked", "hung", "dead")},
        ("processes left",),
        "stop",
    ),
    "kill -9 of the primary": (
        orphaned,
        {"idle": False, "blocked": True},
        ("processes left", "port free"),
        "all gone after",
    ),
}


async def main(tries: int) -> None:
    """Try each promise `tries` times in each cluster, and print a table of each."""
    print(machine_note())
    for title, (trial, variants, columns, timed) in EXPERIMENTS.items():
        rows = [
            await _row(trial, plan, (label, variant), tries)
            for plan in plans()
            for label, variant in variants.items()
        ]
        print(f"\n{title}, {tries} tries each\n")
        print(markdown(["cluster", "when", *columns, f"{timed}: median s", "worst s"], rows))


async def _row(trial, plan: dict, variant: tuple, tries: int) -> list[str]:
    label, value = variant
    words = () if value is None else (value,)
    seen = [await trial(plan, *words) for _ in range(tries)]
    sums = [f"{sum(column):,}" for column in list(zip(*seen, strict=True))[:-1]]
    seconds = [each[-1] for each in seen]
    times = [f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}"]
    return [f"{plan.get('runtime', 'python')}, {plan['spread']}", label, *sums, *times]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=10)
    try:
        asyncio.run(main(parser.parse_args().tries))
    except ChildFailed as error:
        raise SystemExit(str(error)) from error
