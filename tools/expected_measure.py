"""Measures what workshop/expected_numbers.md tells of 1 and of 2 CPUs, and keeps all rounds.

    python tools/expected_measure.py 7      7 rounds, in turn on 1 and on 2 CPUs; Linux, Node.js

Each number comes from a fresh process, tied to its CPUs by `taskset`, which first waits a while for
the others to be quiet. `python tools/expected_numbers.py` then writes the text.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

KEPT = Path(__file__).resolve().parent.parent / "workshop" / "expected_numbers.json"
HATCHES = ("inline", "threads", "interpreters", "pool", "child")
TIED = {1: ["taskset", "-c", "0"], 2: ["taskset", "-c", "0,1"]}
MOST_WORKERS = 4  # a lesson starts no more
DEADLINE = 180  # seconds for one measuring process


async def probe() -> dict[str, float]:
    """What one process sees: two blocked servers, 40 waits in threads, 8 tasks in a pool."""
    from unstuck import workloads
    from unstuck.capacity import usable_cpus
    from unstuck.labs.watch import watch

    seen = {}
    for server in await watch("both", seconds=1.0):
        if not server.recorded:
            seen[f"flat {server.runtime}"] = server.flat_seconds
            seen[f"waiting {server.runtime}"] = server.most_waiting
    start = time.perf_counter()
    await asyncio.gather(*(asyncio.to_thread(workloads.wait, 0.1) for _ in range(40)))
    seen["waits"] = time.perf_counter() - start
    return {**seen, "speed-up": await _speed_up(min(MOST_WORKERS, usable_cpus()))}


async def _speed_up(workers: int, tasks: int = 8) -> float:
    """The same tasks one after the other in this process, then at once in a warm pool."""
    from unstuck.process_pool import Pool
    from unstuck.workloads import sized, wait

    func, number = sized("prime", 0.2)
    async with Pool(workers) as pool:
        await asyncio.gather(*(pool.run(wait, 0.05) for _ in range(workers)))
        start = time.perf_counter()
        for _ in range(tasks):
            func(number)
        middle = time.perf_counter()
        await asyncio.gather(*(pool.run(func, number) for _ in range(tasks)))
        return (middle - start) / (time.perf_counter() - middle)


def one_round(cpus: int) -> dict[str, float]:
    """One round of all that is measured, in fresh processes tied to so many CPUs."""
    found = _answer(cpus, str(Path(__file__)), "probe")
    for hatch in HATCHES:
        trial = _answer(cpus, "-m", "unstuck", "trial", hatch, "--seconds", "0.5", "--json")
        found[f"late {hatch}"] = trial["lag_max_ms"]
        found[f"median {hatch}"] = trial["lag_p50_ms"]
        found[f"start {hatch}"] = trial["start_seconds"] * 1e3
    return found


def wait_for_quiet(patience: float = 10.0, busy: float = 40.0) -> float:
    """Wait until the CPUs are mostly idle, or for so long; the percentage that others use."""
    import psutil

    end = time.monotonic() + patience
    while (used := psutil.cpu_percent(0.5)) > busy and time.monotonic() < end:
        time.sleep(0.5)
    return used


def _answer(cpus: int, *words: str) -> dict:
    wait_for_quiet()
    hidden = {"UNSTUCK_SMALL", "PYTHONDONTWRITEBYTECODE"}
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    argv = [*TIED[cpus], sys.executable, *words]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=DEADLINE)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(rounds: int) -> None:
    """Measure in turn on 1 and on 2 CPUs, and keep all rounds with the machine's load."""
    from unstuck.trial import machine_label, today

    load, found = [], {str(cpus): [] for cpus in TIED}
    for number in range(rounds):
        for cpus in TIED:
            wait_for_quiet()
            load.append(os.getloadavg()[0])
            found[str(cpus)].append(one_round(cpus))
        print(f"round {number + 1} of {rounds}, load {load[-1]:.1f}", flush=True)
    version = ".".join(map(str, sys.version_info[:3]))
    kept = {"date": today(), "machine": machine_label(), "python": version}
    text = json.dumps({**kept, "load": [min(load), max(load)], "rounds": found}, indent=1)
    KEPT.write_text(text + "\n", encoding="utf-8")


def main(words: list[str]) -> int:
    """Measure so many rounds; `probe` is what each measuring process does."""
    if words == ["probe"]:
        print(json.dumps(asyncio.run(probe())))
        return 0
    measure(int(words[0]) if words else 7)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
