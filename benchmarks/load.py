"""How many requests a second can one client process send? Ours beside others, at one server.

    python benchmarks/load.py [--rounds 5] [--seconds 1]

One bare server process serves them all, in turn. Every client keeps 32 connections busy: a closed
loop, because here the client's own speed is asked for, not the server's waiting. The server has a
core of its own and may be the slower of the two: then the client's CPU time per request tells more.
A peer that is not installed is skipped.
"""

import argparse
import asyncio
import importlib.util
import json
import math
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager

from tables import interleaved, machine_note, markdown

from unstuck.children import end_with_owner
from unstuck.lag import percentile
from unstuck.load import load
from unstuck.quick_loop import quick_loop

CONNECTIONS = 32
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"


class Bare(asyncio.BufferedProtocol):
    """The least that an HTTP server can do: the same answer to each request."""

    def __init__(self):
        body = b'{"pid": %d}' % os.getpid()
        self.answer = _ANSWER % (len(body), body)
        self.view = memoryview(bytearray(65536))
        self.rest = b""

    def connection_made(self, transport) -> None:
        self.transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.view

    def buffer_updated(self, size: int) -> None:
        *requests, self.rest = (self.rest + bytes(self.view[:size])).split(b"\r\n\r\n")
        if requests:
            self.transport.write(self.answer * len(requests))
            if b"Connection: close" in requests[-1]:
                self.transport.close()


def serve() -> None:
    """Serve until standard input closes; prints the url."""
    end_with_owner()
    with asyncio.Runner(loop_factory=quick_loop()) as runner:
        runner.run(_served())


async def _served() -> None:
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await server.serve_forever()


@contextmanager
def served():
    """The url of a bare server in a process of its own."""
    argv = [sys.executable, __file__, "--serve"]
    env = {**os.environ, "UNSTUCK_OWNED": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(argv, env=env, text=True, **pipes) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def ours(loop_factory, **options):
    """Our load as a closed loop, as fast as answers come."""

    def run(url: str, seconds: float) -> tuple[int, float]:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            seen = runner.run(load(url, math.inf, seconds, closed=True, **options))
        assert not seen.failed, seen.reasons
        return len(seen.latencies), seen.p50

    return run


def open_loop(url: str, seconds: float) -> tuple[int, float]:
    """Our load as an open loop, at a rate beyond what it can do; its p50 tells of the queue."""
    with asyncio.Runner(loop_factory=quick_loop()) as runner:
        seen = runner.run(load(url, 50_000, seconds, connections=CONNECTIONS))
    return int(len(seen.latencies) / seen.seconds * seconds), seen.p50


def uvloop(url: str, seconds: float) -> tuple[int, float]:
    """Our load in uvloop's event loop."""
    return ours(needed("uvloop").new_event_loop, connections=CONNECTIONS)(url, seconds)


def wrk(url: str, seconds: float) -> tuple[int, float]:
    """wrk, with one thread."""
    if not (program := shutil.which("wrk")):
        raise ImportError("wrk is not installed")
    words = ["-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--latency", url]
    told = subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", told)[1])
    number, unit = re.search(r"50%\s+([0-9.]+)(us|ms|s)", told).groups()
    return int(rate * seconds), float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1}[unit]


def aiohttp(url: str, seconds: float) -> tuple[int, float]:
    """aiohttp's client."""
    package = needed("aiohttp")

    async def run() -> tuple[int, float]:
        connector = package.TCPConnector(limit=0)
        async with package.ClientSession(connector=connector) as session:

            async def ask() -> None:
                async with session.get(url) as answer:
                    await answer.read()

            return await _kept_busy(ask, seconds)

    return asyncio.run(run())


def httpx(url: str, seconds: float) -> tuple[int, float]:
    """httpx's client."""
    package = needed("httpx")

    async def run() -> tuple[int, float]:
        limits = package.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        async with package.AsyncClient(limits=limits) as session:
            return await _kept_busy(lambda: session.get(url), seconds)

    return asyncio.run(run())


async def _kept_busy(ask, seconds: float) -> tuple[int, float]:
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def worker() -> None:
        while (start := time.perf_counter()) < end:
            await ask()
            times.append(time.perf_counter() - start)

    await asyncio.gather(*[worker() for _ in range(CONNECTIONS)])
    return len(times), percentile(times, 50)


def needed(name: str):
    """Import a package, or raise ImportError with a sentence."""
    if importlib.util.find_spec(name) is None:
        raise ImportError(f"{name} is not installed")
    return importlib.import_module(name)


CLIENTS = {
    "unstuck, asyncio": ours(None, connections=CONNECTIONS),
    "unstuck, uvloop": uvloop,
    "unstuck, open loop at 50,000/s": open_loop,
    "unstuck, a new connection each": ours(None, connections=CONNECTIONS, keep_alive=False),
    "wrk -t1": wrk,
    "aiohttp": aiohttp,
    "httpx": httpx,
}


def one(name: str, url: str, seconds: float) -> dict:
    """Run one client in this process, or as its child; its figures, or why there are none."""
    try:
        before = _cpu_seconds()
        answered, p50 = CLIENTS[name](url, seconds)
        cpu = _cpu_seconds() - before
    except ImportError as error:
        return {"skipped": str(error)}
    return {"rate": answered / seconds, "p50": p50, "cpu": cpu / max(1, answered)}


def _cpu_seconds() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


def row(name: str, runs: list[dict]) -> list[str]:
    """A line of the table: medians, and the spread of the rates."""
    for run in runs:
        if trouble := run.get("skipped") or run.get("error"):
            return [name, trouble, "", "", ""]
    rates = [run["rate"] for run in runs]
    p50, cpu = (statistics.median(run[each] for run in runs) for each in ("p50", "cpu"))
    spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
    return [
        name,
        f"{statistics.median(rates):,.0f}",
        spread,
        f"{p50 * 1e3:.2f}",
        f"{cpu * 1e6:.1f}",
    ]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each client (5)")
    parser.add_argument("--seconds", type=float, default=1, help="length of a run (1)")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--one", nargs=2, metavar=("NAME", "URL"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
    elif arguments.one:
        print(json.dumps(one(*arguments.one, arguments.seconds)))
    else:
        _compare(arguments.rounds, arguments.seconds)


def _compare(rounds: int, seconds: float) -> None:
    words = [sys.executable, __file__, "--seconds", str(seconds)]
    with served() as url:
        runs = interleaved(list(CLIENTS), lambda name: [*words, "--one", name, url], rounds)
    head = ["client", "requests/s", "spread", "p50 ms", "client CPU µs/request"]
    print(
        f"{rounds} runs of {seconds:g} s, {CONNECTIONS} connections, "
        f"Python {platform.python_version()}, {machine_note()}\n"
    )
    print(markdown(head, [row(name, each) for name, each in runs.items()]))


if __name__ == "__main__":
    main()
