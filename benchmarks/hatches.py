"""What a call through each hatch costs, beside the executors and pools of others, in one run.

    python benchmarks/hatches.py [--rounds 5]

Each peer has two workers and a fresh process of its own, in turn with the others. `round trip` is
a call that does nothing while nothing else runs; `tasks/s` counts 2000 such calls sent at once,
and at most 64 at once; `cold start` goes from the import of the peer to its first answer; memory
is the resident size of one worker, and of the process that asks.
"""

import argparse
import asyncio
import contextlib
import importlib.util
import json
import multiprocessing
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path

import psutil
from tables import interleaved, machine_note, markdown

from unstuck import hatches
from unstuck.machine import find_node
from unstuck.process_pool import Pool
from unstuck.workloads import nothing

HERE = Path(__file__).parent
WORKERS = 2
Run = Callable[[], object]


@contextlib.contextmanager
def executor(make: Callable) -> Iterator[Run]:
    """A standard executor, asked as a coroutine asks it."""
    with make() as made:

        async def run() -> object:
            return await asyncio.get_running_loop().run_in_executor(made, nothing)

        yield run


def processes(method: str) -> Callable:
    """The standard library's process pool, started by `method`."""
    context = multiprocessing.get_context(method)
    return lambda: executor(lambda: futures.ProcessPoolExecutor(WORKERS, mp_context=context))


@contextlib.contextmanager
def thread_executor() -> Iterator[Run]:
    with executor(lambda: futures.ThreadPoolExecutor(WORKERS)) as run:
        yield run


@contextlib.contextmanager
def interpreter_executor() -> Iterator[Run]:
    with executor(lambda: futures.InterpreterPoolExecutor(WORKERS)) as run:
        yield run


@contextlib.contextmanager
def own_pool(method: str) -> Iterator[Run]:
    made = Pool(WORKERS, method)
    yield lambda: made.run(nothing)
    made.close()


@contextlib.contextmanager
def hatch(name: str) -> Iterator[Run]:
    run = hatches.hatch(name).run
    yield lambda: run(nothing)
    hatches.close()


@contextlib.contextmanager
def bare_child() -> Iterator[Run]:
    """A Python that does nothing, by asyncio's own subprocesses."""

    async def run() -> int:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
        return await process.wait()

    yield run


@contextlib.contextmanager
def multiprocessing_pool() -> Iterator[Run]:
    """multiprocessing.Pool's callbacks, brought into the loop."""
    with multiprocessing.get_context("spawn").Pool(WORKERS) as made:
        yield lambda: _from_callbacks(
            lambda done, failed: made.apply_async(nothing, (), {}, done, failed)
        )


def _from_callbacks(send: Callable) -> asyncio.Future:
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    send(
        lambda answer: loop.call_soon_threadsafe(future.set_result, answer),
        lambda error: loop.call_soon_threadsafe(future.set_exception, error),
    )
    return future


@contextlib.contextmanager
def loky() -> Iterator[Run]:
    from loky import ProcessPoolExecutor

    with executor(lambda: ProcessPoolExecutor(WORKERS)) as run:
        yield run


@contextlib.contextmanager
def mpire() -> Iterator[Run]:
    from mpire import WorkerPool

    with WorkerPool(WORKERS, start_method="spawn") as made:
        yield lambda: _from_callbacks(
            lambda done, failed: made.apply_async(nothing, callback=done, error_callback=failed)
        )


@contextlib.contextmanager
def joblib() -> Iterator[Run]:
    """joblib has no call that a loop can await: each goes by a thread."""
    from joblib import Parallel, delayed

    with Parallel(WORKERS) as parallel:
        lock = asyncio.Lock()  # it takes one batch at a time

        async def run() -> None:
            async with lock:
                await asyncio.to_thread(parallel, [delayed(nothing)()])

        yield run


def serve_socket(connection: socket.socket) -> None:
    while data := connection.recv(64):
        connection.sendall(data)


@contextlib.contextmanager
def floor() -> Iterator[Run]:
    """The least there is: a few bytes to another process and back, by the loop's own reader."""
    here, there = socket.socketpair()
    process = multiprocessing.get_context("spawn").Process(target=serve_socket, args=(there,))
    process.start()
    there.close()
    here.setblocking(False)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(here, b"nothing")
        await loop.sock_recv(here, 64)

    yield run
    here.close()
    process.join()


PEERS = {
    "unstuck threads": (lambda: hatch("threads"), None),
    "ThreadPoolExecutor": (thread_executor, None),
    "unstuck interpreters": (lambda: hatch("interpreters"), None),
    "InterpreterPoolExecutor": (interpreter_executor, None),
    "unstuck pool, spawn": (lambda: own_pool("spawn"), None),
    "unstuck pool, forkserver": (lambda: own_pool("forkserver"), None),
    "ProcessPoolExecutor, spawn": (processes("spawn"), None),
    "ProcessPoolExecutor, forkserver": (processes("forkserver"), None),
    "ProcessPoolExecutor, fork": (processes("fork"), None),
    "multiprocessing.Pool, spawn": (multiprocessing_pool, None),
    "loky": (loky, "loky"),
    "mpire, spawn": (mpire, "mpire"),
    "joblib": (joblib, "joblib"),
    "unstuck child": (lambda: hatch("child"), None),
    "bare python by asyncio": (bare_child, None),
    "floor: a socket pair": (floor, None),
}
SLOW = {"unstuck child", "bare python by asyncio", "joblib"}  # few calls are enough
ONE_LANE = {"floor: a socket pair"}  # it knows no tasks: one trip at a time


async def measured(name: str) -> dict:
    """The figures of one peer, in this fresh process."""
    make, package = PEERS[name]
    if package and not importlib.util.find_spec(package):
        return {"skipped": f"{package} is not installed"}
    if "nterpreter" in name and (reason := hatches.hatch("interpreters").reason_missing()):
        return {"skipped": reason}
    start = time.perf_counter()
    with make() as run:
        await run()
        cold = time.perf_counter() - start
        trips, at_once = (20, 20) if name in SLOW else (1000, 2000)
        await asyncio.gather(*(run() for _ in range(1 if name in ONE_LANE else 4)))
        return {
            "cold_ms": cold * 1e3,
            "round_trip_us": await _round_trip(run, trips) * 1e6,
            "tasks_per_s": await _rate(run, at_once, 1 if name in ONE_LANE else at_once),
            "tasks_per_s_64": await _rate(run, at_once, 1 if name in ONE_LANE else 64),
            **_memory(),
        }


async def _round_trip(run: Run, trips: int) -> float:
    seconds = []
    for _ in range(trips):
        start = time.perf_counter()
        await run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


async def _rate(run: Run, count: int, lanes: int) -> float:
    todo = iter(range(count))

    async def lane() -> None:
        for _ in todo:
            await run()

    start = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(lanes)))
    return count / (time.perf_counter() - start)


def _memory() -> dict:
    me = psutil.Process()
    workers = [each.memory_info().rss for each in me.children(recursive=True)]
    return {"worker_mb": max(workers, default=0) / 1e6, "own_mb": me.memory_info().rss / 1e6}


def node_rows() -> list[list[str]]:
    """Node.js pools, measured by node_pools.mjs, or the reason why not."""
    node = find_node()
    if node.path is None:
        return [["Node.js", node.problem, *[""] * 5]]
    argv = [node.path, str(HERE / "node_pools.mjs"), json.dumps({"trips": 1000, "tasks": 2000})]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [[f"Node.js {each['peer']}", *_cells([each])] for each in found]


COLUMNS = ("round_trip_us", "tasks_per_s", "tasks_per_s_64", "cold_ms", "worker_mb", "own_mb")
HEAD = ["peer", "round trip µs", "tasks/s", "tasks/s, 64 at once", "cold start ms", "worker MB"]


def _cells(results: list[dict]) -> list[str]:
    problem = next(
        (each[key] for each in results for key in ("skipped", "error") if key in each), ""
    )
    if problem:
        return [problem, *[""] * (len(COLUMNS) - 1)]
    cells = []
    for column in COLUMNS:
        seen = [each[column] for each in results if column in each]
        spread = (
            f" ({min(seen):.0f} to {max(seen):.0f})" if column == "round_trip_us" and seen else ""
        )
        cells.append(f"{statistics.median(seen):.0f}{spread}" if seen else "")
    return cells


def main() -> int:
    """Measure one peer with --one, or all of them in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", choices=PEERS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(asyncio.run(measured(arguments.one))), flush=True)
        return 0
    methods = multiprocessing.get_all_start_methods()
    names = [name for name in PEERS if "fork" not in name or name.split(", ")[1] in methods]
    each = [sys.executable, __file__, "--one"]
    results = interleaved(names, lambda name: [*each, name], arguments.rounds)
    rows = [[name, *_cells(seen)] for name, seen in results.items()] + node_rows()
    rounds = f"medians of {arguments.rounds} rounds"
    print(f"Python {platform.python_version()}, {machine_note()}; {rounds}\n")
    print(markdown([*HEAD, "own MB"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
