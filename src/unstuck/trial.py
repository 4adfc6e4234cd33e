"""One experiment: run a function through a hatch, several times, and keep what was seen.

`measure` gives a Trial of Python, `measure_twin` one of Node.js: the same fields, so that both
stand on one chart. Start-up is measured apart, by an empty task; the loop's lag is measured while
the work is done.
"""

import asyncio
import datetime
import platform
import statistics
import time
from dataclasses import asdict, dataclass, field

from unstuck.capacity import usable_cpus
from unstuck.lag import Lag, LagMeter
from unstuck.node import TwinRun, run_twin
from unstuck.values import check_count
from unstuck.workloads import nothing, witness

EVERY = 0.02  # seconds between the beats of a trial; the same in both runtimes
_MOST_REPEATS = 1000
_BREATH = 0.05  # seconds of rest after each run, so that each block is counted by itself


@dataclass(frozen=True)
class Trial:
    """What one experiment showed. Times in seconds, lag in milliseconds (`_ms`).

    `seconds` is the median of `runs`, and `computing_seconds` what of it the function itself took;
    the rest is the way there and back. `recorded` is True where the numbers are not from here.
    """

    hatch: str
    runtime: str
    work: str
    answer: object
    seconds: float
    runs: tuple[float, ...]
    start_seconds: float
    lag_p50_ms: float
    lag_p99_ms: float
    lag_max_ms: float
    beats: int
    missed: int
    pids: tuple[int, ...]
    threads: tuple[int, ...] = ()
    computing_seconds: float | None = None  # None: this runtime does not tell
    recorded: bool = False
    note: str = ""
    machine: str = ""
    versions: dict = field(default_factory=dict)
    date: str = ""

    def as_dict(self) -> dict:
        """The trial as plain JSON values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    def __repr__(self) -> str:
        label = " (recorded)" if self.recorded else ""
        low, high = min(self.runs) * 1e3, max(self.runs) * 1e3
        return (
            f"Trial{label}: {self.hatch} in {self.runtime}, {self.work} = {short(self.answer)}, "
            f"{self.seconds * 1e3:.1f} ms ({low:.1f} to {high:.1f}), "
            f"lag max {self.lag_max_ms:.1f} ms, {self.missed} of {self.beats} beats missed"
        )


async def measure(name: str, run, func, *args, repeats: int = 3) -> Trial:
    """Run func(*args) `repeats` times by `run` and return the Trial called `name`.

    `run` is a hatch's verb, or your own `async def run(func, *args)`. An exception of `func`
    arrives as itself.
    """
    check_count("repeats", repeats, _MOST_REPEATS)
    start = time.perf_counter()
    await run(witness, nothing)
    start_seconds = time.perf_counter() - start
    seen, seconds = [], []
    async with LagMeter(every=EVERY) as meter:
        for _ in range(repeats):
            start = time.perf_counter()
            seen.append(await run(witness, func, *args))
            seconds.append(time.perf_counter() - start)
            await asyncio.sleep(_BREATH)
    work = f"{func.__name__}({', '.join(map(short, args))})"
    return _trial(name, work, start_seconds, seconds, seen, meter.lag)


def _trial(name: str, work: str, start_seconds: float, seconds, seen, lag: Lag) -> Trial:
    answers, pids, threads, computing = zip(*seen, strict=True)
    return Trial(
        hatch=name,
        runtime="python",
        work=work,
        answer=answers[0],
        seconds=statistics.median(seconds),
        runs=tuple(seconds),
        start_seconds=start_seconds,
        lag_p50_ms=lag.p50 * 1e3,
        lag_p99_ms=lag.p99 * 1e3,
        lag_max_ms=lag.max * 1e3,
        beats=len(lag.beats),
        missed=lag.missed,
        pids=tuple(sorted(set(pids))),
        threads=tuple(sorted(set(threads))),
        computing_seconds=statistics.median(computing),
        machine=machine_label(),
        versions={"python": platform.python_version()},
        date=today(),
    )


async def measure_twin(stem: str, seconds: float = 0.5, repeats: int = 3, **options) -> Trial:
    """Run the Node.js twin `stem` with work of about `seconds`; the recorded Trial without Node.

    `options` go to the twin as well, such as `workers`.
    """
    return trial_of_twin(await run_twin(stem, seconds=seconds, repeats=repeats, **options))


def trial_of_twin(run: TwinRun) -> Trial:
    """Turn a twin's line of kind "trial" into a Trial."""
    line, lag = run.result, run.result["lag"]
    return Trial(
        hatch=line["hatch"],
        runtime="node",
        work=line["work"],
        answer=line["answer"],
        seconds=statistics.median(line["seconds"]),
        runs=tuple(line["seconds"]),
        start_seconds=line["start_seconds"],
        lag_p50_ms=lag["p50_ms"],
        lag_p99_ms=lag["p99_ms"],
        lag_max_ms=lag["max_ms"],
        beats=lag["beats"],
        missed=lag["missed"],
        pids=tuple(line["pids"]),
        recorded=run.recorded,
        note=run.note,
        machine=run.machine or machine_label(),
        versions=line["versions"],
        date=run.date or today(),
    )


def machine_label() -> str:
    """Return a few words on this machine, without names: its system and usable CPUs."""
    cpus = usable_cpus()
    return f"{platform.system()} {platform.machine()}, {cpus} usable CPU{'s' * (cpus != 1)}"


def today() -> str:
    """Return the date in ISO form."""
    return datetime.date.today().isoformat()


def short(value: object) -> str:
    """Return a value's repr, cut after 24 characters."""
    text = repr(value)
    return text if len(text) <= 24 else f"{text[:20]}..."
