"""Messages and memory as experiments: copied, moved, shared. Claims W4 to W6."""

import time

from unstuck.claims_seen import CannotTell, Found, above, settled, shown, span
from unstuck.glances import glance
from unstuck.hatches import interpreters
from unstuck.lost_updates import count_together
from unstuck.node import TwinFailed, run_twin
from unstuck.process_pool import Pool

_BIG = 2**22  # bytes: 4 MiB
_BAR = 2.0  # a message that is so many times dearer is felt
_SEARCH = 6.0  # seconds for Node.js to lose an update: on one CPU it may never do


def scribble(box: bytearray) -> int:
    """In a worker: write 7 into the first byte; the length."""
    box[0] = 7
    return len(box)


async def copied() -> Found:
    """W4 in Python: a worker's writes do not arrive here; 4 MiB against two bytes, in turn."""
    box, ratios = bytearray(_BIG), []
    async with Pool(1) as pool:
        size = await pool.run(scribble, box)
        for _ in range(3):
            small = await _quickest(pool, b"ab")
            ratios.append(await _quickest(pool, bytes(box)) / small)
    own = box[0] == 0 and size == _BIG
    return _dearer(own, ratios, "a worker wrote into its copy, and ours is as it was")


async def _quickest(pool: Pool, data: bytes) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        await pool.run(glance, data)
        times.append(time.perf_counter() - start)
    return min(times)


def _dearer(own: bool, ratios: list[float], said: str) -> Found:
    sentence = f"A message of 4 MiB took {span(ratios)} times as long as a small one; {said}."
    numbers = {"ratio_least": round(min(ratios), 1), "ratio_most": round(max(ratios), 1)}
    if not own:
        return settled(False, sentence, **numbers)
    return shown(above(ratios, _BAR) is True, sentence, megabytes=4, **numbers)


async def copied_in_node() -> Found:
    """W4 in Node.js: the receiver writes, the sender does not see it; and the two sizes in turn."""
    there = (await run_twin("transfer", bytes=_BIG)).result["copied"]
    seen = await run_twin("sharing", shape="bytes", sizes=[1024, _BIG], rounds=9)
    runs = [line["runs"] for line in seen.lines if line.get("road") == "worker, clone"]
    small, big = ([min(each[at : at + 3]) for at in (0, 3, 6)] for each in runs)
    own = there["first"] == 0 and there["after"] == there["before"] == _BIG
    ratios = [one / other for one, other in zip(big, small, strict=True)]
    return _dearer(own, ratios, "the receiver wrote into its copy, and ours is as it was")


async def moved() -> Found:
    """W5 in Python: nothing that is sent leaves its sender empty."""
    box = bytearray(2**20)
    async with Pool(1) as pool:
        await pool.run(scribble, box)
    told = "a process got a copy"
    if interpreters.reason_missing() is None:
        await interpreters.run(scribble, memoryview(box))
        told += f", and what an interpreter wrote is seen here: {box[0] == 7} (shared, not moved)"
    sentence = f"The sender still has {len(box)} of {2**20} bytes: {told}. Python has no transfer."
    return settled(len(box) == 0, sentence, before_bytes=2**20, after_bytes=len(box))


async def moved_in_node() -> Found:
    """W5 in Node.js: a transferred buffer is empty at its sender."""
    seen = (await run_twin("transfer", bytes=2**20)).result["transferred"]
    sentence = f"The sender had {seen['before']} bytes and has {seen['after']} after the transfer; "
    sentence += f"the receiver got {seen['receiver']}."
    fact = seen["after"] == 0 and seen["receiver"] == seen["before"]
    return settled(fact, sentence, before_bytes=seen["before"], after_bytes=seen["after"])


async def lost_updates() -> Found:
    """W6 in Python: two processes add to one number, without a lock and with one."""
    plain = await count_together("plain", times=100_000)
    locked = await count_together("lock", times=3000)
    return _lost(plain.lost, plain.expected, locked.lost, "a lock")


async def lost_updates_in_node() -> Found:
    """W6 in Node.js: two workers add to one number, without Atomics and with them."""
    try:
        seen = (await run_twin("atomics", deadline=_SEARCH, workers=2)).result
    except TwinFailed as error:
        raise CannotTell(f"no update was lost within {_SEARCH:g} s; on one CPU few are") from error
    return _lost(seen["plain"]["lost"], seen["expected"], seen["atomic"]["lost"], "Atomics")


def _lost(plain: int, of: int, safe: int, name: str) -> Found:
    sentence = f"Two workers lost {plain} of {of} additions to shared memory; with {name} {safe}."
    numbers = {"lost": plain, "of": of, "lost_safely": safe}
    return settled(False, sentence, **numbers) if safe else shown(plain > 0, sentence, **numbers)


EXPERIMENTS = {
    "W4": {"python": copied, "node": copied_in_node},
    "W5": {"python": moved, "node": moved_in_node},
    "W6": {"python": lost_updates, "node": lost_updates_in_node},
}
