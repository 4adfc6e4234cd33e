"""Is the loop of a service free while it computes? Light requests beside heavy ones tell.

At a blocked loop a light request waits as long as heavy work takes, or longer: others queue before
it. Beside a thread it waits for the GIL, some milliseconds each time, however long the work. So
the heavy work is made long, and the two lie far apart.
"""

import asyncio
import time
from dataclasses import dataclass

import psutil

from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.exercises import service_numbers
from unstuck.exercises.service_asked import Fault, Noise, asked
from unstuck.load import Load, load_apart

_CLIENTS = 4  # that ask for heavy work
_RATE = 40  # light requests a second
_PATIENCE = 8.0  # seconds for a heavy request among others
_FELT = 0.05  # seconds: a better algorithm may need less than that, and blocks nobody
_TURN = 0.005  # seconds between two turns at the GIL


@dataclass(frozen=True)
class Waits:
    """Seconds: heavy work alone; a light request without it, and beside it; and who computed."""

    alone: float
    calm: float
    beside: float
    own_work: bool  # the serving processes did the heavy work themselves

    def words(self) -> str:
        """Both waits, for people."""
        beside, calm = self.beside * 1e3, self.calm * 1e3
        return f"{beside:.1f} ms beside heavy ones, {calm:.1f} ms without"


async def judge_waits(cluster: Cluster) -> str:
    """Return a sentence about a loop that is free; Fault where it is blocked, Noise in between."""
    waits = await measured(cluster)
    if waits.calm > max(waits.alone, _FELT) / 4:
        raise Noise(f"Light requests waited {waits.words()}: this machine is too busy to tell.")
    if waits.beside > max(waits.alone / 2, _FELT):
        raise Fault(f"Light requests waited {waits.words()}: the loop is blocked.")
    if waits.beside > max(waits.alone / 3, _FELT):
        raise Noise(
            f"Light requests waited {waits.words()}: too long for a free loop, "
            "too short for a blocked one. Is this machine busy?"
        )
    text = f"Its loop is free: light requests waited {waits.words()}"
    if waits.own_work and waits.beside > _TURN:
        return f"{text}. The work is in the serving process: a thread shares the GIL with the loop."
    return f"{text}."


async def measured(cluster: Cluster) -> Waits:
    """Load the service, and compare each heavy answer with what is true."""
    await asyncio.gather(*(_heavy(cluster.url) for _ in range(_CLIENTS)))  # pools get warm
    alone = min([await _heavy(cluster.url) for _ in range(2)])
    calm = await _light(cluster.url, 0.5, asyncio.Event())
    before, done = _worked(cluster.pids), asyncio.Event()
    clients = [asyncio.create_task(_client(cluster.url, done)) for _ in range(_CLIENTS)]
    try:
        beside = await _light(cluster.url, 1.25, done)
    finally:
        done.set()
        heavies = await asyncio.gather(*clients, return_exceptions=True)
    for fault in heavies:
        if isinstance(fault, BaseException):
            raise fault
    worked = _worked(cluster.pids) - before
    own_work = worked > sum(heavies) * service_numbers.HEAVY_SECONDS / 3
    return Waits(alone, calm.p50, beside.p50, own_work)


async def _client(url: str, done: asyncio.Event) -> int:
    """Ask for heavy work again and again; how many answers came."""
    count = 0
    while not done.is_set():
        await _heavy(url)
        count += 1
    return count


async def _heavy(url: str) -> float:
    """The seconds of one heavy request; Fault where its answer is not true."""
    n, prime = service_numbers.heavy()
    start = time.perf_counter()
    await expect(url, n, prime, _PATIENCE)
    return time.perf_counter() - start


async def expect(url: str, n: int, prime: bool, seconds: float = 5.0) -> None:
    """Ask whether n is prime; Fault where the answer is another than `prime`, or late."""
    answer = await asked(url, f"/prime?n={n}", seconds)
    if answer.status != 200 or answer.value("prime") is not prime:
        raise Fault(f"GET /prime?n={n} should say {prime}, and says {answer}.")


async def _light(url: str, seconds: float, all_sent: asyncio.Event) -> Load:
    """Light requests; once the last one is sent, heavy ones are not needed any more."""
    rest = round(_RATE * seconds)

    def heard(event: dict) -> None:
        nonlocal rest
        rest -= event["kind"] == "sent"
        if rest <= 0:
            all_sent.set()

    try:
        how = {"keep_alive": False, "patience": _PATIENCE}
        seen = await load_apart(url, _RATE, seconds, heard, **how)
    except (ChildFailed, TimeoutError) as error:
        raise Noise(f"Light requests could not be measured: {error}") from None
    if seen.failed:
        why = "; ".join(seen.reasons.values())
        raise Fault(f"{seen.failed} of {len(seen.sent_at)} light requests got no answer: {why}.")
    return seen


def _worked(pids: list[int]) -> float:
    """Seconds of CPU time that these processes have used themselves, without their children."""
    try:
        return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)
    except psutil.Error:
        raise Fault("A worker died while the service was under load.") from None
