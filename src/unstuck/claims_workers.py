"""Workers as experiments: where they live, what they take off the loop, how they fail. W1 to W3."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable

from unstuck.claims_seen import DEPENDS, CannotTell, Found, settled, shown
from unstuck.hatches import inline, interpreters, threads
from unstuck.node import run_twin
from unstuck.process_pool import Pool, WorkerDied
from unstuck.trial import Trial, measure, measure_twin
from unstuck.workloads import ARTICLE_NUMBER, exactly, is_prime, sized_exactly

_BLOCK = 0.2  # seconds


def where() -> tuple[int, int, int, str]:
    """In a worker: process id, thread id, which table of modules, and a word from a loop there."""
    return os.getpid(), threading.get_ident(), id(sys.modules), asyncio.run(_word())


async def _word() -> str:
    await asyncio.sleep(0)
    return "an own loop"


async def own_heap() -> Found:
    """W1 in Python: an interpreter has what a worker has; without one, nothing has all of it."""
    pid, thread, modules = os.getpid(), threading.get_ident(), id(sys.modules)
    in_thread = await threads.run(where)
    async with Pool(1) as pool:
        in_pool = await pool.run(where)
    if reason := interpreters.reason_missing():
        shared = in_thread[2] == modules and in_thread[0] == pid != in_pool[0]
        sentence = "A thread is in this process and shares all modules, a pool's worker is another "
        sentence += f"process; a heap of its own in one process depends on the Python. {reason}"
        facts = {"thread_shares_modules": in_thread[2] == modules, "pool_pid": in_pool[0]}
        return shown(shared, sentence, DEPENDS, pid=pid, **facts)
    inside = await interpreters.run(where)
    own = inside[0] == pid and inside[1] != thread and inside[2] != modules
    sentence = f"An interpreter ran in this process ({pid}) on another thread, with modules of its "
    sentence += f"own and {inside[3]}; a thread shares our modules: {in_thread[2] == modules}."
    return settled(own, sentence, pid=pid, own_thread=inside[1] != thread, own_modules=True)


async def own_heap_in_node() -> Found:
    """W1 in Node.js: same process, other globals, and a loop that beats while ours is blocked."""
    seen = (await run_twin("claim_worker")).result
    sentence = f"The worker has the process id of its owner: {seen['same_pid']}; it sees the "
    sentence += f"owner's global value: {seen['sees_global']}; its loop beat {seen['beats']} times "
    sentence += "while the main loop was blocked."
    if seen["beats"] == 0:
        raise CannotTell("the worker got no CPU while the main thread was busy")
    fact = seen["same_pid"] and not seen["sees_global"]
    return settled(fact, sentence, same_pid=seen["same_pid"], beats_meanwhile=seen["beats"])


async def off_the_loop() -> Found:
    """W2 in Python: the loop's lag with the check inline, and in a worker, in one run."""
    work = sized_exactly("prime", _BLOCK)
    alone = await measure("inline", inline.run, *work, repeats=2)
    if interpreters.reason_missing() is None:
        return await _compared(alone, "an interpreter", interpreters.run, work)
    async with Pool(1) as pool:
        return await _compared(alone, "a pool's process", pool.run, work)


async def _compared(alone: Trial, name: str, run: Callable, work: tuple) -> Found:
    answer = await run(is_prime, ARTICLE_NUMBER)
    beside = await measure(name, run, *work, repeats=2)
    return _less_lag(alone, beside, f"{ARTICLE_NUMBER} is prime: {answer}, said {name}.", answer)


async def off_the_loop_in_node() -> Found:
    """W2 in Node.js: the twins of the first and the fifth notebook."""
    alone = await measure_twin("blocked_loop", exactly(_BLOCK), 2)
    beside = await measure_twin("interpreters", exactly(_BLOCK), 2)
    said = f"A worker answered {beside.answer} by message."
    return _less_lag(alone, beside, said, beside.answer is True)


def _less_lag(alone: Trial, beside: Trial, said: str, right: bool) -> Found:
    sentence = f"{said} The loop was {beside.lag_max_ms:.0f} ms late at most beside it, and "
    sentence += f"{alone.lag_max_ms:.0f} ms with the same work inline."
    lags = {"lag_ms": round(beside.lag_max_ms, 1), "inline_lag_ms": round(alone.lag_max_ms, 1)}
    return shown(right and beside.lag_max_ms < alone.lag_max_ms / 2, sentence, **lags)


async def failures() -> Found:
    """W3 in Python: an exception arrives as itself, an exit as WorkerDied with its code."""
    told = []
    async with Pool(1) as pool:
        for func, argument in ((is_prime, 2.5), (os._exit, 3), (os._exit, 0)):
            try:
                told.append(f"answered {await pool.run(func, argument)}")
            except (TypeError, WorkerDied) as error:
                told.append(type(error).__name__)
        works = await pool.run(is_prime, 97)
    sentence = f"A worker that raised and two that exited with 3 and 0 gave {', '.join(told)}; "
    sentence += f"the next task was answered: {works}."
    fact = told == ["TypeError", "WorkerDied", "WorkerDied"] and works
    return settled(fact, sentence, failed=3, told=" ".join(told))


async def failures_in_node() -> Found:
    """W3 in Node.js: a worker that throws tells of it by error, one that exits by its code."""
    told = {}
    for fault in ("throw", "exit1"):
        told[fault] = (await run_twin("interpreters", fault=fault)).lines[0]["outcome"]
    sentence = f"A worker that threw ended with '{told['throw']}', one that exited with "
    sentence += f"'{told['exit1']}'."
    fact = "thrown on purpose" in told["throw"] and told["exit1"] == "no answer, exit code 1"
    return settled(fact, sentence, failed=2, thrown=told["throw"], exited=told["exit1"])


EXPERIMENTS = {
    "W1": {"python": own_heap, "node": own_heap_in_node},
    "W2": {"python": off_the_loop, "node": off_the_loop_in_node},
    "W3": {"python": failures, "node": failures_in_node},
}
