"""Choosing as experiments: which hatch for what, profile first, measure twice. Claims D1 to D3."""

import time

from unstuck.claims_child import another_program, another_program_in_node
from unstuck.claims_cluster import one_port
from unstuck.claims_once import once
from unstuck.claims_seen import HOLDS, Found, above, shown, span
from unstuck.claims_workers import off_the_loop, off_the_loop_in_node
from unstuck.node import run_twin
from unstuck.process_pool import Pool
from unstuck.profiling import Profiled, profile_node, profile_server
from unstuck.workloads import is_prime

_SECONDS = 0.3  # of the request that is profiled
_DEARER = 2.0  # a tiny task in a worker takes tens of times as long


async def three_hatches() -> Found:
    """D1 in Python: a child, a worker and a cluster, each with what it is for."""
    found = (await once(another_program), await once(off_the_loop), await once(one_port, "python"))
    return _all(*found)


async def three_hatches_in_node() -> Found:
    """D1 in Node.js: the same three."""
    program, worker = await once(another_program_in_node), await once(off_the_loop_in_node)
    return _all(program, worker, await once(one_port, "node"))


def _all(*found: Found) -> Found:
    """The verdict of three experiments: the first that does not hold, or that all do."""
    uses = ("another program", "computation", "requests")
    sentence = " ".join(
        f"For {use}: {each.sentence}" for use, each in zip(uses, found, strict=True)
    )
    numbers = {name: value for each in found for name, value in each.numbers.items()}
    others = [each.verdict for each in found if each.verdict != HOLDS]
    return Found(others[0] if others else HOLDS, sentence, numbers)


async def profile_first() -> Found:
    """D2 in Python: the flame graph names the check, a better algorithm mends it; a wait waits."""
    before = await profile_server("ticket", seconds=_SECONDS)
    after = await profile_server("ticket", True, _SECONDS)
    waits = await profile_server("customers", seconds=_SECONDS)
    hot = before.flame.hot("is_prime")
    share = 0.0 if hot is None else hot.total / before.flame.total
    return _mended(before, after, waits, share)


async def profile_first_in_node() -> Found:
    """D2 in Node.js: V8's profile of the same requests."""
    before = await profile_node("ticket", seconds=_SECONDS)
    after = await profile_node("ticket", True, _SECONDS)
    waits = await profile_node("customers", seconds=_SECONDS)
    hot = [each for each in before.flame.hottest(3) if each.place.name.startswith("isPrime")]
    return _mended(before, after, waits, sum(each.own for each in hot) / before.flame.total)


def _mended(before: Profiled, after: Profiled, waits: Profiled, share: float) -> Found:
    computed = None if waits.flame.computed is None else waits.flame.computed / waits.seconds
    sentence = f"The prime check had {100 * share:.0f} % of the profile; a better algorithm made "
    sentence += f"{after.seconds:.3f} s of {before.seconds:.3f} s, with no worker. A second "
    told = "" if computed is None else f", and computed {100 * computed:.0f} % of its time"
    sentence += f"request only waited{told}."
    fact = share > 0.5 and after.seconds < before.seconds / 2 and (computed or 0) < 0.5
    numbers = {"share_of_check": round(share, 2), "before_s": round(before.seconds, 3)}
    return shown(fact, sentence, after_s=round(after.seconds, 3), **numbers)


async def measured_twice() -> Found:
    """D3 in Python: a worker makes a tiny task dearer, and a long one harmless."""
    async with Pool(1) as pool:
        await pool.run(is_prime, 97)
        ratios = []
        for _ in range(3):
            start = time.perf_counter()
            is_prime(97)
            middle = time.perf_counter()
            await pool.run(is_prime, 97)
            ratios.append((time.perf_counter() - middle) / (middle - start))
    return _both_ways(ratios, await once(off_the_loop))


async def measured_twice_in_node() -> Found:
    """D3 in Node.js: the same with a worker that is kept warm."""
    seen = (await run_twin("claim_small_task")).result
    pairs = zip(seen["tiny_worker"], seen["tiny_inline"], strict=True)
    return _both_ways([one / other for one, other in pairs], await once(off_the_loop_in_node))


def _both_ways(ratios: list[float], long: Found) -> Found:
    sentence = f"A tiny task took {span(ratios)} times as long in a warm worker as in the loop. "
    sentence += f"A long one: {long.sentence} Without measuring, one of the two would go wrong."
    numbers = {"tiny_ratio_least": round(min(ratios), 1), **long.numbers}
    fact = above(ratios, _DEARER) is True and long.verdict == HOLDS
    return shown(fact, sentence, **numbers)


EXPERIMENTS = {
    "D1": {"python": three_hatches, "node": three_hatches_in_node},
    "D2": {"python": profile_first, "node": profile_first_in_node},
    "D3": {"python": measured_twice, "node": measured_twice_in_node},
}
