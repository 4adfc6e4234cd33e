"""The cluster as experiments: one port, all cores, restarts, its pitfall. Claims K1 to K4, X8."""

import asyncio
import time
from collections import Counter

import psutil

from unstuck.asking import ask
from unstuck.capacity import effective_cores
from unstuck.claims_asks import heavy_and_light
from unstuck.claims_seen import CannotTell, Found, both, shown
from unstuck.cluster import Cluster
from unstuck.cluster_plan import MOST_WORKERS
from unstuck.load import load
from unstuck.machine import default_workers
from unstuck.workloads import exactly

_REQUESTS = 20
_LOOKS = 3
_ENOUGH = 1.3  # cores in use that one core alone cannot give


async def answers(url: str, requests: int = _REQUESTS) -> list[int]:
    """Ask so often, each time on a new connection; the process ids that answered, in order."""
    return [(await ask(url))["pid"] for _ in range(requests)]


async def one_port(runtime: str) -> Found:
    """K1: every worker answers on the same port."""
    async with Cluster(workers=2, runtime=runtime) as cluster:
        seen, serving = Counter(await answers(cluster.url)), set(cluster.pids)
    shares = sorted(seen.values())
    sentence = f"Of {_REQUESTS} connections to one port {shares[0]} and {shares[-1]} went to "
    sentence += f"{len(seen)} processes."
    return shown(set(seen) == serving, sentence, processes=len(seen), least=shares[0])


async def all_cores(runtime: str) -> Found:
    """K2: a worker for each usable core, all busy at once; each answer names its process."""
    workers = min(default_workers().count, MOST_WORKERS)
    if workers < 2:
        raise CannotTell("this process may use one CPU, and one worker fills it")
    async with Cluster(workers=workers, runtime=runtime) as cluster:
        await answers(cluster.url, 2 * workers)
        cores = [await _cores(cluster)]
        while max(cores) < _ENOUGH and len(cores) < _LOOKS:  # others may need the CPUs meanwhile
            cores.append(await _cores(cluster))
        told = set(await answers(cluster.url)) == set(cluster.pids)
    sentence = f"{workers} workers used up to {max(cores):.2f} cores at once, and every answer "
    sentence += "named the process that it came from."
    facts = {"workers": workers, "cores_least": min(cores), "cores_most": max(cores)}
    if max(cores) < _ENOUGH:
        free = await asyncio.to_thread(effective_cores) or 0.0
        sentence += f" A process with a busy thread for each CPU gets {free} cores here now."
        facts["cores_free"] = free
    return shown(told and max(cores) > _ENOUGH, sentence, **facts)


async def _cores(cluster: Cluster) -> float:
    """CPU seconds that the workers use in a second, while each has heavy work."""
    workers = [psutil.Process(pid) for pid in cluster.pids]
    before, start = _used(workers), time.perf_counter()
    path = f"/block?work=prime&seconds={exactly(0.4)}"
    await asyncio.gather(*(ask(cluster.url, path, deadline=60) for _ in workers))
    return round((_used(workers) - before) / (time.perf_counter() - start), 2)


def _used(processes: list) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in processes)


async def restarted(runtime: str) -> Found:
    """K3: a worker is killed, and another one serves in its place."""
    async with Cluster(workers=2, runtime=runtime) as cluster:
        before = cluster.pids
        await cluster.kill(before[0])
        after = await cluster.full(2)
        seen = set(await answers(cluster.url, 8))
    fresh = set(after) - set(before)
    sentence = f"Worker {before[0]} was killed; {len(fresh)} new process took its place, and "
    sentence += f"{len(seen)} workers answered again."
    fact = len(fresh) == 1 and before[1] in after and seen == set(after)
    return shown(fact, sentence, new=len(fresh), workers=len(after))


async def own_worker_blocked(runtime: str) -> Found:
    """K4: one computation blocks its worker, two block both; a pool in one server blocks none."""
    lights = 10
    async with Cluster(workers=2, runtime=runtime) as cluster:
        one = await heavy_and_light(cluster.url, 1, lights)
        two = await heavy_and_light(cluster.url, 2, lights)
    async with Cluster(workers=1, hatch="pool", runtime=runtime) as server:
        await ask(server.url, f"/block?work=prime&seconds={exactly(0.05)}")  # starts its pool
        pool = await heavy_and_light(server.url, 2, lights)
    sentence = f"Of {lights} light requests {len(one.early)} were answered beside one computation, "
    sentence += f"none by its own worker; beside two {len(two.early)}; by one server with a pool, "
    sentence += f"beside two, {len(pool.early)}."
    others = (
        set(one.early) and not set(one.early) & set(one.heavy) and set(one.late) == {*one.heavy}
    )
    fact = others and len(two.early) < len(pool.early)
    early = {"one": len(one.early), "two": len(two.early), "pool": len(pool.early)}
    facts = {f"early_beside_{name}": count for name, count in early.items()}
    return shown(bool(fact), sentence, light=lights, **facts)


async def kept_connection(runtime: str) -> Found:
    """X8: who keeps a connection sees one process, who opens new ones sees all."""
    async with Cluster(workers=2, runtime=runtime) as cluster:
        kept = await load(cluster.url, rate=100, seconds=0.2, connections=1)
        fresh = await load(cluster.url, rate=100, seconds=0.2, keep_alive=False)
    sentence = f"{len(kept.latencies)} requests on one kept connection saw {len(kept.pids)} "
    sentence += f"process, {len(fresh.latencies)} on new connections saw {len(fresh.pids)}."
    fact = len(kept.pids) == 1 and len(fresh.pids) == 2
    return shown(fact, sentence, kept_pids=len(kept.pids), fresh_pids=len(fresh.pids))


EXPERIMENTS = {
    "K1": both(one_port),
    "K2": both(all_cores),
    "K3": both(restarted),
    "K4": both(own_worker_blocked),
    "X8": both(kept_connection),
}
