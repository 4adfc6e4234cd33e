"""Single servers as experiments: behind a proxy, and one to a pod. Claims K5 and K6."""

import contextlib
from collections.abc import AsyncIterator

from unstuck import proxy
from unstuck.asking import ask
from unstuck.children import ChildFailed
from unstuck.claims_seen import DEPENDS, Found, both, shown
from unstuck.cluster import Cluster
from unstuck.labs.patients import ServerPatient
from unstuck.load import Load, load

_RATE, _SECONDS = 100, 0.2  # 20 requests


@contextlib.asynccontextmanager
async def singles(runtime: str, count: int) -> AsyncIterator[list[ServerPatient]]:
    """Run so many single servers, each a process with a port of its own."""
    servers = [ServerPatient(runtime, lambda event: None) for _ in range(count)]
    try:
        for each in servers:
            await each.start("inline")
        yield servers
    finally:
        for each in servers:
            await each.stop()


async def behind_proxy(runtime: str) -> Found:
    """K5: the same load on a cluster of 2, and on 2 single servers that somebody balances."""
    async with Cluster(workers=2, runtime=runtime) as cluster:
        one = await _load(cluster.url)
    async with singles(runtime, 2) as servers:
        by, answered = await _balanced([each.url for each in servers])
    sentence = f"A cluster of 2 answered {len(one.latencies)} requests by {len(one.pids)} "
    sentence += f"processes, 2 single servers {sum(answered.values())} by {len(answered)}, where "
    sentence += f"{by} balanced: the second needs no cluster."
    fact = len(one.pids) == len(answered) == 2 and one.failed == 0
    facts = {"cluster_pids": len(one.pids), "single_pids": len(answered), "lost": one.failed}
    return shown(fact, sentence, balancer=by, **facts)


async def _load(url: str) -> Load:
    return await load(url, rate=_RATE, seconds=_SECONDS, keep_alive=False)


async def _balanced(urls: list[str]) -> tuple[str, dict]:
    """Who balances, and the answers by process; without nginx the client takes turns itself."""
    if proxy.reason_missing() is None:
        async with proxy.Behind(urls) as front:
            return "nginx", (await _load(front.url)).pids
    answered: dict[int, int] = {}
    for number in range(round(_RATE * _SECONDS)):
        pid = (await ask(urls[number % len(urls)]))["pid"]
        answered[pid] = answered.get(pid, 0) + 1
    return "the client (nginx is not here)", answered


async def one_to_a_pod(runtime: str) -> Found:
    """K6: of 2 single servers one is ended: the other is untouched, and nobody starts it again."""
    async with singles(runtime, 2) as servers:
        before = [(await ask(each.url))["pid"] for each in servers]
        await servers[0].stop()
        other = (await ask(servers[1].url))["pid"]
        back = await _answers(servers[0].url)
    sentence = f"Process {before[0]} was ended, and {other} answered as before; nobody has started "
    sentence += "another one: that depends on a platform that does."
    fact = other == before[1] and len(set(before)) == 2 and not back
    return shown(fact, sentence, DEPENDS, pods=2, untouched=int(other == before[1]), back=int(back))


async def _answers(url: str) -> bool:
    try:
        await ask(url, deadline=2)
    except ChildFailed:
        return False
    return True


EXPERIMENTS = {"K5": both(behind_proxy), "K6": both(one_to_a_pod)}
