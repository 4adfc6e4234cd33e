"""Isolation as an experiment: what limits hold, what escapes, what it costs. Claim C3."""

import time

import psutil

from unstuck.claims_seen import DEPENDS, FAILS, Found, shown, span
from unstuck.isolation import Limits, isolate
from unstuck.node import run_twin
from unstuck.sample_programs import sample
from unstuck.workloads import nothing

_LONG = 8.0  # seconds that the programs live which are stopped here


async def isolation() -> Found:
    """C3 in Python: limits stop it with all that it has started, and cost a start."""
    tree = await isolate(sample("stubborn", _LONG), Limits(seconds=1.0))
    greedy = await isolate(sample("eat", 10**9), Limits(memory=100_000_000))
    pids = [int(pid) for pid in tree.text.split()]
    alive = sum(map(lives, pids))
    price = [await _price_s() for _ in range(3)]
    call = _call_s()
    sentence = f"A program and its grandchild were stopped ({tree.stopped}), {alive} of them live; "
    sentence += f"another one was stopped ({greedy.stopped}). It costs {span(price)} s a start."
    facts = {"alive": alive, "start_s": round(min(price), 3), "call_us": round(call * 1e6, 3)}
    fact = len(pids) == 2 and alive == 0 and bool(tree.stopped) and not greedy.ok
    return shown(fact and min(price) > 10 * call, sentence, **facts)


async def _price_s() -> float:
    start = time.perf_counter()
    await isolate(sample("leave", 0))
    return time.perf_counter() - start


def _call_s() -> float:
    start = time.perf_counter()
    for _ in range(1000):
        nothing()
    return (time.perf_counter() - start) / 1000


def lives(pid: int) -> bool:
    """Say whether a process still works: one that has ended and is not yet waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def isolation_in_node() -> Found:
    """C3 in Node.js: it can end a process group; a grandchild in another session lives on."""
    twin = await run_twin("claim_isolation", program=sample("stubborn", _LONG))
    first, grandchild = twin.result["pids_seen"]
    left = [pid for pid in (first, grandchild) if lives(pid)]
    for pid in left:  # started by our own program
        psutil.Process(pid).kill()
    sentence = (
        f"Node.js ended the program's group by {twin.result['signal']}; of the two processes "
    )
    sentence += f"{len(left)} lived on, in a session of its own: the rest is left to the system's "
    sentence += f"limits. A start cost {span(twin.result['start_s'])} s."
    verdict = DEPENDS if first not in left else FAILS
    facts = {"left": len(left), "start_s": round(min(twin.result["start_s"]), 3)}
    return shown(True, sentence, verdict, **facts)


EXPERIMENTS = {"C3": {"python": isolation, "node": isolation_in_node}}
