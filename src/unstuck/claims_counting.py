"""The article's cluster as experiments: endless starts, counted CPUs, who spreads. X4 to X6."""

import os
import time
from itertools import pairwise

import psutil

from unstuck.asking import ask
from unstuck.capacity import usable_cpus
from unstuck.children import ChildFailed
from unstuck.claims_seen import DEPENDS, CannotTell, Found, settled, shown
from unstuck.cluster import Cluster
from unstuck.node import run_twin
from unstuck.process_pool import Pool
from unstuck.programs import run_program
from unstuck.sample_programs import sample

_WATCH = 0.8  # seconds in which starts are counted
_REQUESTS = 12
_MOSTLY = 8  # of 11: on a busy machine a worker may miss its turn


async def endless_starts() -> Found:
    """X4 in Python: a loop that starts again whatever ends, and the course's primary."""
    end, naive = time.monotonic() + _WATCH, 0
    while time.monotonic() < end or naive < 2:
        naive += 1
        await run_program(sample("leave", 1))
    cluster, told = Cluster(workers=1, app="no_such_module:app"), ""
    try:
        async with cluster:
            pass
    except ChildFailed as error:
        told = str(error).strip().splitlines()[-1]
    starts = len({event["pid"] for event in cluster.events if event["kind"] == "worker"})
    sentence = f"Three lines that start again whatever ends did so {naive} times in {_WATCH:g} s; "
    sentence += f"the course's primary gave up after {starts} starts ('{told}'): it depends on who "
    sentence += "asks why it ended."
    return shown(bool(told) and naive > 1, sentence, DEPENDS, naive_starts=naive, starts=starts)


async def endless_starts_in_node() -> Found:
    """X4 in Node.js: the article's three lines, stopped after a moment."""
    seen = (await run_twin("fork_for_ever", workers=2, seconds=1.5 * _WATCH)).result
    sentence = f"2 workers that die at their start were forked {seen['forks']} times in "
    sentence += f"{seen['seconds']:g} s, until we stopped it."
    return shown(seen["forks"] > 2, sentence, forks=seen["forks"], seconds=seen["seconds"])


async def counted_cpus() -> Found:
    """X5 in Python: a worker is pinned to one CPU, and counts."""
    async with Pool(1) as pool:
        visible, usable = await pool.run(pinned)
    limited = usable_cpus(env={"CPU_LIMIT": "1"})
    if visible == 1:
        raise CannotTell("the machine has one CPU, and every way of counting says 1")
    if usable is None:
        raise CannotTell("this system does not let a process be pinned to a CPU")
    sentence = f"Pinned to one CPU, a process counts {visible} by os.cpu_count() and {usable} by "
    sentence += f"what it may use; with a limit of 1 CPU named to it, {limited}."
    fact = visible > usable == 1 == limited
    return settled(fact, sentence, visible=visible, usable=usable, limited=limited)


def pinned() -> tuple[int, int | None]:
    """In a worker: pin it to one of its CPUs; what both ways of counting say then."""
    process = psutil.Process()
    if not hasattr(process, "cpu_affinity"):
        return os.cpu_count() or 1, None
    process.cpu_affinity(process.cpu_affinity()[:1])
    return os.cpu_count() or 1, usable_cpus(env={})


async def counted_cpus_in_node() -> Found:
    """X5 in Node.js: the twin is pinned to one CPU while it counts."""
    seen = (await run_twin("claim_cpus", on_line=_pin)).result
    if seen["cpus"] == 1 or seen["after"] > 1:
        raise CannotTell("there is one CPU, or no process can be pinned to one")
    sentence = f"Pinned to one CPU, Node.js counts {seen['cpus']} by cpus().length and "
    sentence += f"{seen['after']} by availableParallelism()."
    fact = seen["cpus"] > seen["after"]
    return settled(fact, sentence, cpus=seen["cpus"], available=seen["after"])


def _pin(line: dict) -> None:
    if "pin" in line and hasattr(psutil.Process, "cpu_affinity"):
        process = psutil.Process(line["pin"])  # the twin's own process
        process.cpu_affinity(process.cpu_affinity()[:1])


async def who_spreads() -> Found:
    """X6 in Python: our primary hands out in turn; a shared listener leaves it to the system."""
    seen = {}
    for spread in ("handout", "shared"):
        async with Cluster(workers=2, spread=spread) as cluster:
            seen[spread] = [(await ask(cluster.url))["pid"] for _ in range(_REQUESTS)]
            workers = set(cluster.pids)
    turns, shared = alternations(seen["handout"]), alternations(seen["shared"])
    sentence = (
        f"Handed out by the primary, {turns} of {_REQUESTS - 1} connections went to the other "
    )
    sentence += (
        f"worker than the one before; left to the system, {shared}: it depends on the spread."
    )
    fact = turns == _REQUESTS - 1 and set(seen["shared"]) <= workers
    return shown(fact, sentence, DEPENDS, turns_of_primary=turns, turns_of_system=shared)


async def who_spreads_in_node() -> Found:
    """X6 in Node.js: nobody names a policy, and the workers take turns."""
    env = {"NODE_CLUSTER_SCHED_POLICY": ""}
    seen = (await run_twin("claim_spread", env=env, requests=_REQUESTS)).result
    turns = alternations(seen["turns"])
    sentence = f"Node.js says that the default is {seen['policy']}, and {turns} of "
    sentence += f"{_REQUESTS - 1} connections went to the other worker than the one before."
    numbers = {"turns": turns, "policy": seen["policy"]}
    if seen["policy"] != "round robin":
        return settled(False, sentence, **numbers)
    return shown(turns >= _MOSTLY, sentence, **numbers)


def alternations(seen: list[int]) -> int:
    """How often another one answers than the time before."""
    return sum(one != other for one, other in pairwise(seen))


EXPERIMENTS = {
    "X4": {"python": endless_starts, "node": endless_starts_in_node},
    "X5": {"python": counted_cpus, "node": counted_cpus_in_node},
    "X6": {"python": who_spreads, "node": who_spreads_in_node},
}
