"""Which lag meter tells how long the event loop was blocked, and what does it cost while idle?

Each meter runs in a fresh process, in turn with the others. Its loop idles for 3 seconds; then it
is blocked for 5, 20, 100 and 500 ms at random moments, by work and by a sleep. The error is the
meter's highest reading after the block, less the length that the block itself measured.

    python benchmarks/lag_meters.py [--rounds 3] [--only TimedLoop]
"""

import argparse
import asyncio
import functools
import importlib.util
import json
import logging
import os
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tables import interleaved, machine_note, markdown

from unstuck.lag import LagMeter, TimedLoop, percentile
from unstuck.machine import find_node

SIZES = {5: 6, 20: 6, 100: 4, 500: 2}  # ms: blocks of that size in each process
IDLE = 3.0  # seconds
STANDS_OUT = 0.0015  # seconds: timers round up to 1 ms, so a lower reading tells of no block
THRESHOLD = 0.003  # seconds: what the meters that report slow callbacks only are set to
HERE = Path(__file__).resolve().parent

Report = Callable[[float], None]  # takes a reading in seconds


@dataclass(frozen=True)
class Meter:
    """A meter: `start(report)` in a running loop, or the part of node_lag.mjs that holds it."""

    start: Callable[[Report], object] | None = None
    loop: type[asyncio.AbstractEventLoop] | None = None
    settle: float = 0.08  # seconds after a block by which the meter has reported it
    package: str | None = None
    node: str | None = None


# --- the meters -----------------------------------------------------------------------------


def start_unstuck(report: Report) -> object:
    meter = LagMeter(on_beat=report)
    meter.start()
    return meter


def start_drift(every: float, report: Report) -> object:
    """The probe that everyone writes: sleep, and see how much longer it took."""

    async def drift() -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(every)
            report(time.perf_counter() - start - every)

    return asyncio.create_task(drift())


def start_aiodebug_callbacks(report: Report) -> object:
    from aiodebug import log_slow_callbacks

    log_slow_callbacks.enable(THRESHOLD, on_slow_callback=lambda name, seconds: report(seconds))
    return log_slow_callbacks


def start_aiodebug_lag(report: Report) -> object:
    from aiodebug import monitor_loop_lag

    class Statsd:
        def timing(self, metric: str, value: float) -> None:
            report(value / 1e3)

    return monitor_loop_lag.enable(Statsd(), interval=0.01, loop=asyncio.get_running_loop())


def start_aiocop(report: Report) -> object:
    import aiocop

    aiocop.patch_audit_functions()
    aiocop.start_blocking_io_detection()
    aiocop.detect_slow_tasks(
        threshold_ms=round(THRESHOLD * 1e3),
        on_slow_task=lambda event: report(event.elapsed_ms / 1e3),
    )
    return aiocop.activate()


def start_asynclens(report: Report) -> object:
    import asynclens

    class Reader(logging.Handler):  # it tells nobody but a logger
        def emit(self, record: logging.LogRecord) -> None:
            if found := re.search(r"([\d.]+)\s*ms", record.getMessage()):
                report(float(found[1]) / 1e3)

    logger = logging.Logger("asynclens", level=1)
    logger.addHandler(Reader())
    watchdog = asynclens.AsyncWatchdog(threshold_ms=round(THRESHOLD * 1e3), logger=logger)
    watchdog.start()
    return watchdog


def start_event_loop_monitor(report: Report) -> object:
    from asyncio_event_loop_monitor import EventLoopMonitor

    def on_blocking_call(call) -> None:
        if "poll" not in call.method_name:  # it takes the loop's own wait for a block
            report(call.duration_ms / 1e3)

    monitor = EventLoopMonitor(THRESHOLD * 1e3, [str(HERE)], on_blocking_call=on_blocking_call)
    monitor.activate()
    return monitor


METERS = {
    "unstuck, TimedLoop": Meter(start_unstuck, loop=TimedLoop, settle=0.3),
    "unstuck, plain loop": Meter(start_unstuck),
    "sleep drift 10 ms": Meter(functools.partial(start_drift, 0.01)),
    "sleep drift 50 ms": Meter(functools.partial(start_drift, 0.05)),
    "Node monitorEventLoopDelay 10": Meter(node="monitor"),
    "Node twins/lag.js": Meter(node="twin"),
    "aiodebug log_slow_callbacks": Meter(start_aiodebug_callbacks, package="aiodebug"),
    "aiodebug monitor_loop_lag 10 ms": Meter(start_aiodebug_lag, package="aiodebug"),
    "aiocop": Meter(start_aiocop, package="aiocop"),
    "asynclens": Meter(start_asynclens, package="asynclens"),
    "asyncio-event-loop-monitor": Meter(
        start_event_loop_monitor, package="asyncio-event-loop-monitor"
    ),
}


# --- one process: one meter -----------------------------------------------------------------


def work(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


BLOCKS = {"busy": work, "sleep": time.sleep}


async def observe(meter: Meter) -> dict:
    """Idle, then block by block; {"idle": ..., "busy": [(size, real, read), ...], "sleep": ...}."""
    readings: list[float] = []
    kept = meter.start(readings.append)
    await asyncio.sleep(0.3)
    seen = {"idle": await idle(readings)}
    for kind, block in BLOCKS.items():
        seen[kind] = [
            (size, *await inject(functools.partial(block, size / 1e3), readings, meter.settle))
            for size, times in SIZES.items()
            for _ in range(times)
        ]
    del kept  # a task that nobody holds may end early
    return seen


async def idle(readings: list[float]) -> dict:
    readings.clear()
    cpu, start = time.process_time(), time.perf_counter()
    await asyncio.sleep(IDLE)
    share = (time.process_time() - cpu) / (time.perf_counter() - start)
    worst = max(readings, default=0.0)
    return {"cpu_percent": share * 100, "p99": percentile(readings, 99) * 1e3, "max": worst * 1e3}


async def inject(block: Callable[[], None], readings: list[float], settle: float) -> list[float]:
    """Block the loop once, in a turn that holds nothing else; [real, read] in ms."""
    await asyncio.sleep(random.uniform(0.06, 0.11))
    readings.clear()
    ended = asyncio.get_running_loop().create_future()

    def turn() -> None:
        start = time.perf_counter()
        block()
        ended.set_result(time.perf_counter() - start)

    asyncio.get_running_loop().call_soon(turn)
    real = await ended
    await asyncio.sleep(settle)
    return [real * 1e3, max(readings, default=0.0) * 1e3]


# --- all of them ----------------------------------------------------------------------------


def reason_missing(meter: Meter) -> str | None:
    if meter.node:
        return find_node().problem
    if meter.package and not importlib.util.find_spec(meter.package.replace("-", "_")):
        return f"not installed: pip install {meter.package}"
    return None


def argv_of(name: str) -> list[str]:
    meter = METERS[name]
    if meter.node:
        plan = {"sizes": list(SIZES.items()), "idle": IDLE, "settle": meter.settle}
        return [find_node().path, str(HERE / "node_lag.mjs"), meter.node, json.dumps(plan)]
    return [sys.executable, str(HERE / "lag_meters.py"), "--one", name]


def errors(blocks: list, size: int) -> list[float]:
    """Read less real, in ms, of the blocks of this size that the meter saw."""
    least = max(STANDS_OUT * 1e3, size / 10)
    return [read - real for ms, real, read in blocks if ms == size and read >= least]


def error_cells(runs: list[dict], kind: str) -> Iterator[str]:
    blocks = [block for run in runs for block in run[kind]]
    found = {size: errors(blocks, size) for size in SIZES}
    for seen in found.values():
        worst = max(seen, key=abs, default=0.0)
        yield f"{statistics.median(seen):+.2f} ({worst:+.2f})" if seen else "none seen"
    missed = [times * len(runs) - len(found[size]) for size, times in SIZES.items()]
    yield " / ".join(map(str, missed))


def idle_cells(runs: list[dict]) -> list[str]:
    p99, cpu = (
        statistics.median(run["idle"][key] for run in runs) for key in ("p99", "cpu_percent")
    )
    return [f"{p99:.2f}", f"{max(run['idle']['max'] for run in runs):.2f}", f"{cpu:.3f}"]


def print_tables(results: dict[str, list[dict]], rounds: int) -> None:
    good = {name: [run for run in runs if "idle" in run] for name, runs in results.items()}
    blocks = " / ".join(str(times * rounds) for times in SIZES.values())
    head = ["meter", *(f"{size} ms" for size in SIZES), f"missed of {blocks}"]
    idle_head = ["idle p99", "idle max", "idle CPU %"]
    for kind, title in (("busy", "Blocked by work"), ("sleep", "Blocked by time.sleep")):
        rows = []
        for name, runs in good.items():
            cells = [name, *error_cells(runs, kind)] if runs else [name, *["failed"] * 5]
            rows.append(cells + (idle_cells(runs) if runs else ["-"] * 3))
        print(f"\n{title}: median error (worst error) in ms\n")
        print(markdown(head + idle_head, rows))
    for name, runs in results.items():
        for problem in {run["error"] for run in runs if "error" in run}:
            print(f"\n{name} failed: {problem}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="part of the names of the meters to run")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        with asyncio.Runner(loop_factory=METERS[asked.one].loop) as runner:
            print(json.dumps(runner.run(observe(METERS[asked.one]))), flush=True)
        os._exit(0)  # some meters leave threads that never end
    missing = {name: reason_missing(METERS[name]) for name in METERS if asked.only in name}
    results = interleaved([name for name in missing if not missing[name]], argv_of, asked.rounds)
    print_tables(results, asked.rounds)
    for name, reason in missing.items():
        if reason:
            print(f"\n{name} skipped: {reason}")
    busy = statistics.median([run["others"] for runs in results.values() for run in runs] or [0])
    print(f"\nPython {sys.version.split()[0]}, {machine_note()}; before each run, other", end=" ")
    print(f"processes used {busy:.0%} of the machine (median). Figures are rough.")


if __name__ == "__main__":
    main()
