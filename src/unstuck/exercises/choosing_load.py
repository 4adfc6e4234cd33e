"""The shop under load: what each of its routes costs, seen from outside, and whether it is right.

CPU seconds and bytes are counted by the system, for the serving process and its workers: a busy
neighbour takes time, but no CPU seconds and no bytes of ours.
"""

import asyncio
import pickle
import random
import time
from collections.abc import Callable, Sequence

import psutil

from unstuck.cluster import Cluster
from unstuck.exercises.choosing_parts import ROW, ROWS, WAIT, quote, row_sum, table, tags_of
from unstuck.exercises.service_asked import Fault, Noise, asked
from unstuck.exercises.service_numbers import few, heavy

TAGS = 12_000  # so many that looking at each kept one takes a tenth of a second
_REQUESTS = 6
_AT_ONCE = 12  # questions to the driver
_MOST_BYTES = 1_000_000  # that a request for one row may write
_TRIES = 3  # light requests beside heavy ones
_FELT = 0.05  # seconds: less blocks nobody
_PATIENCE = 8.0  # seconds for one request


async def expect(cluster: Cluster, path: str, name: str, wanted: object) -> None:
    """Ask for a path; Fault where the answer is another than what is wanted."""
    answer = await asked(cluster.url, path, _PATIENCE)
    if answer.status != 200 or answer.value(name) != wanted:
        raise Fault(f"GET {path} should say {name!r}: {wanted!r}, and says {answer}.")


async def judge_answers(cluster: Cluster) -> None:
    """Each route has to be right, with numbers that are drawn anew."""
    count = random.randrange(10, 60) * 2
    names = tags_of(count)[: count // 2]
    await expect(cluster, f"/tags?n={count}", "count", len(names))
    await expect(cluster, f"/tags?n={count}", "last", names[-1])
    for n, prime in few()[:3]:
        await expect(cluster, f"/prime?n={n}", "prime", prime)
    n = random.randrange(ROWS)
    await expect(cluster, f"/row?n={n}", "sum", row_sum(table(), n))
    await _quoted(cluster)


async def _quoted(cluster: Cluster) -> float:
    """Ask for a price, and return the seconds; Fault where the driver was not asked."""
    n, start = random.randrange(10**6), time.perf_counter()
    await expect(cluster, f"/quote?n={n}", "price", n * n % 9973)
    seconds = time.perf_counter() - start
    if seconds < WAIT / 2:
        raise Fault(f"GET /quote was answered after {1e3 * seconds:.0f} ms: ask the driver.")
    return seconds


async def judge_tags(cluster: Cluster) -> str:
    """CPU seconds of a request, against those of looking at each kept tag."""
    path = f"/tags?n={TAGS}"
    seconds = await _each(cluster, path, cpu_seconds)
    slow = _cpu_of(_look_at_each, tags_of(TAGS))
    told = f"{1e3 * seconds:.1f} ms of CPU, where looking at each takes {1e3 * slow:.0f} ms"
    if seconds > slow / 3:
        raise Fault(f"/tags uses {told}. In a worker it would too: it wants a better algorithm.")
    return f"/tags uses {told}"


def _look_at_each(tags: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for tag in tags:
        if tag not in kept:
            kept.append(tag)
    return kept


def _cpu_of(func: Callable, *args) -> float:
    start = time.thread_time()
    func(*args)
    return max(time.thread_time() - start, 1e-3)


async def judge_row(cluster: Cluster) -> str:
    """Bytes that are written for one row; where the system counts none, CPU seconds."""
    path = f"/row?n={random.randrange(ROWS)}"
    if not hasattr(psutil.Process, "io_counters"):
        return await _judge_row_by_cpu(cluster, path)
    size = await _each(cluster, path, written_bytes)
    if size > _MOST_BYTES:
        raise Fault(f"/row sends {size / 1e6:.1f} MB to a worker, for one row of {ROW} bytes.")
    return f"/row writes {size / 1e3:.1f} kB"


async def _judge_row_by_cpu(cluster: Cluster, path: str) -> str:
    seconds = await _each(cluster, path, cpu_seconds)
    copy = _cpu_of(lambda: pickle.loads(pickle.dumps(table())))
    if seconds > max(copy, 5e-3):
        raise Fault(f"/row uses {1e3 * seconds:.1f} ms of CPU: what travels, beside one row?")
    return f"/row uses {1e3 * seconds:.1f} ms of CPU"


async def _each(cluster: Cluster, path: str, count: Callable[[list[int]], float]) -> float:
    """What a request costs, once all is warm."""
    await asked(cluster.url, path, _PATIENCE)
    await asked(cluster.url, path, _PATIENCE)
    before = count(cluster.pids)
    for _ in range(_REQUESTS):
        await asked(cluster.url, path, _PATIENCE)
    return max(0.0, count(cluster.pids) - before) / _REQUESTS


def cpu_seconds(pids: Sequence[int]) -> float:
    """CPU seconds that these processes and their workers have used."""
    return sum(sum(each.cpu_times()[:2]) for each in _tree(pids))


def written_bytes(pids: Sequence[int]) -> float:
    """Bytes that these processes have written, to pipes as well."""
    return float(sum(psutil.Process(pid).io_counters().write_chars for pid in pids))


def _tree(pids: Sequence[int]) -> list[psutil.Process]:
    try:
        mine = [psutil.Process(pid) for pid in pids]
        return [each for one in mine for each in (one, *one.children(recursive=True))]
    except psutil.Error:
        raise Fault("A worker died while the service was under load.") from None


async def judge_prime(cluster: Cluster) -> str:
    """Who is answered first: a heavy request, or a light one that came after it?

    Only the order counts, so a busy machine changes nothing.
    """
    await _heavy(cluster)  # a pool gets warm
    alone = await _heavy(cluster)
    if alone < _FELT:
        return f"/prime takes {1e3 * alone:.0f} ms: nothing is left that could block"
    first = 0
    for _ in range(_TRIES):
        work = asyncio.create_task(_heavy(cluster))
        await asyncio.sleep(_FELT / 2)
        light = await _seconds_of_light(cluster)
        first += not work.done()
        await work
    told = f"of {_TRIES} light requests beside /prime, {first} did not have to wait for it"
    if first == 0:
        raise Fault(f"{told}: the last one took {1e3 * light:.0f} ms. The loop is blocked.")
    if first < _TRIES:
        raise Noise(f"{told}: is this machine busy?")
    return told


async def _heavy(cluster: Cluster) -> float:
    n, prime = heavy()
    start = time.perf_counter()
    await expect(cluster, f"/prime?n={n}", "prime", prime)
    return time.perf_counter() - start


async def judge_quote(cluster: Cluster) -> str:
    """Twelve questions to the driver at once, and light requests beside them."""
    start = time.perf_counter()
    tasks = [asyncio.create_task(_quoted(cluster)) for _ in range(_AT_ONCE)]
    await asyncio.sleep(WAIT / 2)
    light = await _seconds_of_light(cluster)
    await asyncio.gather(*tasks)
    took = time.perf_counter() - start
    here = await _here()
    told = f"{_AT_ONCE} waits at once took {took:.2f} s, a light request beside them "
    told += f"{1e3 * light:.0f} ms"
    if here > 4 * WAIT:
        raise Noise(
            f"{told}; {_AT_ONCE} waits in threads here took {here:.2f} s: too busy to tell."
        )
    if light > 0.4 * _AT_ONCE * WAIT:
        raise Fault(f"/quote holds the loop: {told}.")
    if took > 0.45 * _AT_ONCE * WAIT:
        raise Fault(f"The loop is free, but waits queue up behind few workers: {told}.")
    return told


async def _seconds_of_light(cluster: Cluster) -> float:
    start = time.perf_counter()
    await asked(cluster.url, "/", _PATIENCE)
    return time.perf_counter() - start


async def _here() -> float:
    start = time.perf_counter()
    await asyncio.gather(*(asyncio.to_thread(quote, n) for n in range(_AT_ONCE)))
    return time.perf_counter() - start
