"""Promise 8: whatever limits a container of a 64-CPU host, as many workers start as fit it."""

import asyncio
import os
from functools import partial

import pytest

from unstuck import capacity, worker_count
from unstuck.cluster import Cluster
from unstuck.interpreter_pool import Interpreters
from unstuck.node import run_twin
from unstuck.process_pool import Pool
from unstuck.worker_count import LESSON_CAP, default_workers

HOST_CPUS, HOST_BYTES = 64, 256_000_000_000
FAKES = {  # what is faked: cpu.max, memory.max, variables, CPUs of the affinity; CPUs, workers
    "no limit": ("max 100000", "max", {}, 64, 64, LESSON_CAP),
    "quota of 1 CPU": ("100000 100000", "max", {}, 64, 1, 1),
    "quota of 1.5 CPUs": ("150000 100000", "max", {}, 64, 2, 2),
    "quota of half a CPU": ("50000 100000", "max", {}, 64, 1, 1),
    "quota of 3 CPUs": ("300000 100000", "max", {}, 64, 3, 3),
    "affinity of 2 CPUs": ("max 100000", "max", {}, 2, 2, 2),
    "affinity below the quota": ("800000 100000", "max", {}, 3, 3, 3),
    "quota below the affinity": ("200000 100000", "max", {}, 8, 2, 2),
    "memory for 2 workers": ("max 100000", "250000000", {}, 64, 64, 2),
    "memory for no worker": ("max 100000", "50000000", {}, 64, 64, 1),
    "CPU_LIMIT of 2": ("max 100000", "max", {"CPU_LIMIT": "2.0"}, 64, 2, 2),
    "CPU_LIMIT below the quota": ("400000 100000", "max", {"CPU_LIMIT": "1"}, 64, 1, 1),
    "CPU_LIMIT that is no number": ("200000 100000", "max", {"CPU_LIMIT": "many"}, 64, 2, 2),
    "MEM_LIMIT for 3 workers": ("max 100000", "max", {"MEM_LIMIT": "400000000"}, 64, 64, 3),
}


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """fake(row) makes this machine look like a container of a 64-CPU host; its CPUs."""
    (tmp_path / "self").mkdir()
    mount = f"1 1 0:1 / {tmp_path.as_posix()} rw - cgroup2 none rw\n"
    (tmp_path / "self" / "cgroup").write_text("0::/\n")
    (tmp_path / "self" / "mountinfo").write_text(mount)
    monkeypatch.setattr(os, "cpu_count", lambda: HOST_CPUS)
    monkeypatch.setattr(capacity, "physical_memory", lambda: HOST_BYTES)

    def make(cpu_max: str, memory_max: str, env: dict[str, str], affinity: int) -> int:
        (tmp_path / "cpu.max").write_text(cpu_max)
        (tmp_path / "memory.max").write_text(memory_max)
        allowed = set(range(affinity))
        monkeypatch.setattr(os, "process_cpu_count", lambda: affinity, raising=False)
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: allowed, raising=False)
        for name in ("usable_cpus", "usable_memory"):
            ask = partial(getattr(capacity, name), tmp_path, env)
            monkeypatch.setattr(worker_count, name, ask)
        return worker_count.usable_cpus()

    return make


async def sizes() -> dict[str, int]:
    """How many workers each way to run would have, where nobody says how many."""
    run = await run_twin("lanes", tasks=8, seconds=0.01)
    return {
        "pool": Pool().size,
        "interpreters": Interpreters().size,
        "cluster": Cluster().plan.workers,
        "Node.js": run.result["workers"],
    }


@pytest.mark.usefixtures("needs_node")
def test_every_way_to_run_has_the_size_that_fits(fake, figure):
    """D01 D02 D04"""
    for name, (*limits, cpus, workers) in FAKES.items():
        assert fake(*limits) == cpus, name
        assert default_workers().count == workers, name
        assert default_workers(HOST_CPUS).count == workers, name
        seen = asyncio.run(sizes())
        assert seen == dict.fromkeys(seen, workers), name
    seen = f"{len(FAKES)} of {len(FAKES)} right, the same number in Node.js"
    figure(8, "fakes on a 64-CPU host", "the number that fits", seen, len(FAKES))
