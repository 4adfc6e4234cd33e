"""The capstone: a small service with faults is put under load, and what it does is looked at.

The learner's file has an ASGI app. It is served by a real cluster of two; heavy and light requests
come, a worker is killed, and the memory is watched. The first fault that shows is told.
"""

import asyncio
import math
import shutil
import time
from pathlib import Path

import psutil

from unstuck.asking import BadAnswer, ask
from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.exercises.exercise import Result
from unstuck.load import load_apart

_HEAVY = "/prime?n=1000000016531"  # a prime; half a million divisions in the service's own check
_CLIENTS = 4  # that ask for heavy work
_REQUESTS = 60  # in which memory may grow with each
_GROWTH = 30_000_000  # bytes that both workers together may grow by meanwhile
_FELT = 0.005  # seconds: less than this blocks nobody
MENDED = Path(__file__).with_name("mended_service.py")  # one way to mend it


class Fault(Exception):
    """What is still wrong with the service, in a sentence."""


class Noise(Exception):
    """This machine cannot tell, for a reason."""


def begin(file: str = "service.py") -> str:
    """Put the faulty service into this folder, unless one is there; returns the file's name."""
    if not Path(file).exists():
        shutil.copyfile(Path(__file__).with_name("faulty_service.py"), file)
    print(f"{file} is in this folder: open it, mend it, save it, and check it again.")
    return file


async def judge_service(answer) -> Result:
    """Serve the app in a file by a cluster of two, and put it to the test."""
    name = str(answer)
    if (file := _python_file(name)) is None:
        return Result("not yet", f"There is no Python file {name!r} in this folder.")
    try:
        async with Cluster(workers=2, app=f"{file}:app") as cluster:
            for look in (_answers, _memory, _waits, _survives):
                await look(cluster)
    except (Fault, ChildFailed) as fault:
        return Result("not yet", str(fault))
    except Noise as noise:
        return Result("cannot tell here", str(noise))
    return Result("right", "It answers, stays small, keeps its loop free, and survives kill -9.")


def _python_file(name: str) -> Path | None:
    file = Path(name)
    return file.resolve() if file.suffix == ".py" and file.is_file() else None


async def _answers(cluster: Cluster) -> None:
    for n, prime in ((97, True), (91, False)):
        answer = await ask(cluster.url, f"/prime?n={n}")
        if answer.get("prime") is not prime:
            raise Fault(f"GET /prime?n={n} should say {prime}, and says {answer}.")
    try:
        await ask(cluster.url, "/prime?n=abc")
    except BadAnswer:
        return
    except ChildFailed:
        raise Fault('GET /prime?n=abc fails: answer {"error": ...} with status 400.') from None
    raise Fault("GET /prime?n=abc is answered as if abc were a number.")


async def _memory(cluster: Cluster) -> None:
    before = _bytes(cluster.pids)
    for _ in range(_REQUESTS):
        await ask(cluster.url, "/prime?n=97")
    grown = _bytes(cluster.pids) - before
    if grown > _GROWTH:
        raise Fault(f"{_REQUESTS} requests made its workers {grown / 1e6:.0f} MB bigger.")


def _bytes(pids: list[int]) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids)


async def _waits(cluster: Cluster) -> None:
    await asyncio.gather(*(ask(cluster.url, _HEAVY) for _ in range(_CLIENTS)))  # pools get warm
    start = time.perf_counter()
    await ask(cluster.url, _HEAVY)
    alone = time.perf_counter() - start
    calm = await load_apart(cluster.url, 40, 0.5, keep_alive=False)
    heavy = load_apart(cluster.url + _HEAVY, math.inf, 1.5, closed=True, connections=_CLIENTS)
    light = load_apart(cluster.url, 40, 1.5, keep_alive=False)
    busy, heavies = await asyncio.gather(light, heavy)
    if busy.failed or heavies.failed:
        raise Fault(f"{busy.failed + heavies.failed} requests under load got no answer.")
    if busy.p50 > max(alone / 2, _FELT):
        told = f"{busy.p50 * 1e3:.0f} ms beside heavy ones, {calm.p50 * 1e3:.0f} ms without"
        if calm.p50 > alone / 4:
            raise Noise(f"Light requests waited {told}: this machine is too busy to tell.")
        raise Fault(f"Light requests waited {told}: the loop is blocked.")


async def _survives(cluster: Cluster) -> None:
    await cluster.kill(cluster.pids[0])
    await cluster.full(2)
    seen = {(await ask(cluster.url))["pid"] for _ in range(10)}
    if seen != set(cluster.pids):
        raise Fault("After kill -9 of a worker, not every worker answers.")
