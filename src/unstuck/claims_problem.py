"""The problem as experiments: one thread, waits, helper threads, a block. Claims P1 to P4."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from unstuck.claims_asks import door, heavy_and_light
from unstuck.claims_seen import Found, both, settled, shown
from unstuck.cluster import Cluster
from unstuck.node import run_twin
from unstuck.workloads import exactly

_ASKS = 20
_HASH = 0.2  # seconds: far longer than a look at a file
_PATIENCE = 20.0  # seconds


async def one_thread() -> Found:
    """P1 in Python: all that serves and asks is one thread, which goes on while it waits."""
    threads: set[int] = set()
    async with door(lambda: threads.add(threading.get_ident())) as ask, asyncio.timeout(_PATIENCE):
        asks = [asyncio.create_task(ask()) for _ in range(_ASKS)]
        turns = 0
        while not any(each.done() for each in asks):
            turns += 1
            await asyncio.sleep(0)
        await asyncio.gather(*asks)
    threads.add(threading.get_ident())
    sentence = f"{_ASKS} requests were asked and served by {len(threads)} thread"
    sentence = f"{sentence}; the code went on for {turns} turns before the first answer."
    return settled(len(threads) == 1 and turns > 0, sentence, threads=len(threads), turns=turns)


async def one_thread_in_node() -> Found:
    """P1 in Node.js: all requests are asked before the first answer, no callback within another."""
    seen = (await run_twin("claim_loop", asks=_ASKS)).result
    sentence = (
        f"{seen['before_first']} of {_ASKS} requests were asked before the first answer came, and "
        f"at most {seen['most_at_once']} callback ran at a time."
    )
    fact = seen["before_first"] == _ASKS == seen["answered"] and seen["most_at_once"] == 1
    return settled(fact, sentence, asked=_ASKS, callbacks_at_once=seen["most_at_once"])


async def many_waits() -> Found:
    """P2 in Python: thousands of waits on one thread, and a sum that needs no lock."""
    count, each, total = 2000, 0.2, 0
    threads, start = threading.active_count(), time.perf_counter()

    async def wait() -> None:
        nonlocal total
        await asyncio.sleep(each)
        total += 1  # no await within: nobody comes between

    await asyncio.gather(*(wait() for _ in range(count)))
    took, more = time.perf_counter() - start, max(0, threading.active_count() - threads)
    sentence = f"{count} waits of {each} s took {took:.2f} s with {more} more threads, and "
    sentence += f"{count - total} of {total} additions without a lock were lost."
    fact = took < count * each / 10 and more == 0 and total == count
    return shown(fact, sentence, waits=count, took_s=round(took, 3), more_threads=more)


async def many_waits_in_node() -> Found:
    """P2 in Node.js: the twin of the notebook, with more waits."""
    seen = (await run_twin("many_waits", count=2000, seconds=0.2)).result
    sentence = f"{seen['count']} waits of 0.2 s took {seen['took']:.2f} s on one thread."
    fact = seen["took"] < 0.02 * seen["count"]
    return shown(fact, sentence, waits=seen["count"], took_s=round(seen["took"], 3))


async def helper_threads() -> Found:
    """P3 in Python: a full pool lets a call wait, and a socket is answered meanwhile."""
    size, gate = 2, threading.Event()
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(size) as pool:
        held = [loop.run_in_executor(pool, gate.wait, _PATIENCE) for _ in range(size)]
        late = loop.run_in_executor(pool, threading.get_ident)
        try:
            async with door(lambda: None) as ask:
                said = await asyncio.wait_for(ask(), _PATIENCE)
            waited = not late.done()
        finally:
            gate.set()
        await asyncio.gather(*held)
        other = await late != threading.get_ident()
    sentence = f"With {size} helper threads, both held, a third call waited while a socket got its "
    sentence += "answer; once they were free it ran, in another thread than the loop's."
    return settled(waited and other and said == b"ok\n", sentence, pool_size=size, held=size)


async def helper_threads_in_node() -> Found:
    """P3 in Node.js: long hashes fill the pool, and a file's facts come only after one of them."""
    orders = {}
    for hashes in (2, 1):
        options = {"hashes": hashes, "seconds": exactly(_HASH)}
        twin = await run_twin("claim_helpers", env={"UV_THREADPOOL_SIZE": "2"}, **options)
        orders[hashes] = twin.result["order"]
    full, free = orders[2], orders[1]
    sentence = f"With 2 helper threads and 2 long hashes the order was {', '.join(full)}; with 1 "
    sentence += f"hash {', '.join(free)}: files need a helper thread, sockets need none."
    fact = full == ["socket", "hash", "file"] and free.index("file") < free.index("hash")
    return shown(fact, sentence, pool_size=2, full=" ".join(full), free=" ".join(free))


async def blocked(runtime: str) -> Found:
    """P4: light requests, asked while a server computes, are answered once it has done that."""
    lights = 10
    async with Cluster(workers=1, runtime=runtime) as server:
        seen = await heavy_and_light(server.url, 1, lights)
        calm = await heavy_and_light(server.url, 0, lights)
    sentence = f"Of {lights} light requests beside a computation of {seen.heavy_s:.2f} s, "
    sentence += f"{len(seen.early)} were answered before its end; without it all {len(calm.all)}."
    facts = {"light": lights, "early": len(seen.early), "block_s": round(seen.heavy_s, 3)}
    return shown(not seen.early and len(calm.all) == lights, sentence, **facts)


EXPERIMENTS = {
    "P1": {"python": one_thread, "node": one_thread_in_node},
    "P2": {"python": many_waits, "node": many_waits_in_node},
    "P3": {"python": helper_threads, "node": helper_threads_in_node},
    "P4": both(blocked),
}
