"""The article's number as an experiment: is its check felt, and what would a worker cost? X1."""

import time
from collections.abc import Callable

from unstuck.claims_seen import Found, above, shown, span
from unstuck.hatches import child
from unstuck.node import run_twin
from unstuck.workloads import ARTICLE_NUMBER, is_prime

_FELT = 0.1  # seconds: who waits less does not notice
_DEARER = 2.0  # a new worker costs tens of times the check


async def small_task() -> Found:
    """X1 in Python: the article's number here, and in a new process each time."""
    inline = [await _seconds(_inline) for _ in range(3)]
    fresh = [await _seconds(child.run) for _ in range(3)]
    return _too_small(inline, fresh)


async def _inline(func: Callable, *args) -> bool:
    return func(*args)


async def _seconds(run: Callable) -> float:
    start = time.perf_counter()
    await run(is_prime, ARTICLE_NUMBER)
    return time.perf_counter() - start


async def small_task_in_node() -> Found:
    """X1 in Node.js: the check, warm, and a new worker for it each time."""
    seen = (await run_twin("claim_small_task")).result
    return _too_small(seen["inline"], seen["new_worker"])


def _too_small(inline: list[float], fresh: list[float]) -> Found:
    ratios = [one / other for one, other in zip(fresh, inline, strict=True)]
    sentence = (
        f"The check of {ARTICLE_NUMBER} took {span([1e3 * each for each in inline])} ms, and "
    )
    sentence += f"with a new worker {span(ratios)} times as long."
    numbers = {"check_ms": round(1e3 * min(inline), 2), "ratio_least": round(min(ratios), 1)}
    fact = above(ratios, _DEARER) is True and min(inline) < _FELT
    return shown(fact, sentence, ratio_most=round(max(ratios), 1), **numbers)


EXPERIMENTS = {"X1": {"python": small_task, "node": small_task_in_node}}
