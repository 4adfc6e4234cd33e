"""The article's habits as experiments: its promise, its child, its check. Claims X2, X3, X7."""

import asyncio
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from unstuck.claims_seen import DEPENDS, CannotTell, Found, settled, shown
from unstuck.node import run_twin
from unstuck.sample_programs import sample
from unstuck.worker_side import end_with_parent
from unstuck.workloads import is_prime

_PATIENCE = 20.0  # seconds


async def lost_promise() -> Found:
    """X2 in Python: a future whose process exits with 0 is settled by an error."""
    with ProcessPoolExecutor(1, get_context("spawn"), end_with_parent) as pool:
        future = asyncio.wrap_future(pool.submit(os._exit, 0))
        try:
            await asyncio.wait_for(asyncio.shield(future), _PATIENCE)
        except BrokenProcessPool as error:
            said = type(error).__name__
        except TimeoutError:
            said = "nothing"
    sentence = f"The process ended with exit code 0 and no answer, and its future raised {said}."
    return settled(said == "nothing", sentence, exit_code=0, raised=said)


async def lost_promise_in_node() -> Found:
    """X2 in Node.js: the worker has exited with 0, and the promise is still open."""
    seen = (await run_twin("claim_article")).result
    sentence = f"The worker has exited with code {seen['exit_code']}, and its promise is "
    sentence += f"{seen['state']}."
    fact = seen["exit_code"] == 0 and seen["state"] == "pending"
    return settled(fact, sentence, exit_code=seen["exit_code"], promise=seen["state"])


async def unheard_child() -> Found:
    """X3 in Python: a missing program raises at once; a failing one is as silent as in Node.js."""
    pipe, missing = asyncio.subprocess.PIPE, "nothing"
    try:
        await asyncio.create_subprocess_exec("no-such-program", stdout=pipe)
    except FileNotFoundError as error:
        missing = type(error).__name__
    except NotImplementedError as error:
        raise CannotTell("the loop here has no subprocesses") from error
    process = await asyncio.create_subprocess_exec(*sample("leave", 3), stdout=pipe)
    await process.stdout.read()  # and nothing raises
    code = await process.wait()
    sentence = (
        f"The missing program raised {missing}, where it was started; the failing one raised "
    )
    sentence += f"nothing: it depends on who reads its exit code, {code}."
    fact = missing == "FileNotFoundError" and code == 3
    return shown(fact, sentence, DEPENDS, missing=missing, exit_code=code)


async def unheard_child_in_node() -> Found:
    """X3 in Node.js: who only reads the output crashes, or takes failure for success."""
    seen = (await run_twin("claim_article_child", failing=sample("leave", 3))).result
    sentence = f"On a missing program the example ended with exit code {seen['missing']}; on one "
    sentence += f"that failed with 3 it ended with {seen['failed']}."
    fact = seen["missing"] != 0 and seen["failed"] == 0
    return settled(fact, sentence, missing_code=seen["missing"], failed_code=seen["failed"])


async def unchecked_input() -> Found:
    """X7 in Python: the same loop without a check; a text is refused by the language."""
    given = {"nan": float("nan"), "2.5": 2.5, "text": "a text", "9": 9}
    seen = {name: _unchecked(value) for name, value in given.items()}
    ours = sum(_refused(value) for value in list(given.values())[:3])
    sentence = f"Without a check NaN is a prime: {seen['nan']}, 2.5: {seen['2.5']}, a text: "
    sentence += f"{seen['text']}; it depends on the kind. The course's check refused {ours} of 3."
    fact = seen["nan"] is True and seen["2.5"] is True and seen["text"] == "TypeError" and ours == 3
    return shown(fact, sentence, DEPENDS, refused_by_ours=ours, **seen)


def _unchecked(n: object) -> bool | str:
    divisor = 2
    try:
        while divisor * divisor <= n:
            if n % divisor == 0:
                return False
            divisor += 1
    except TypeError as error:
        return type(error).__name__
    return True


def _refused(n: object) -> bool:
    try:
        is_prime(n)
    except TypeError:
        return True
    return False


async def unchecked_input_in_node() -> Found:
    """X7 in Node.js: nothing refuses what is no number."""
    seen = (await run_twin("claim_article")).result["checks"]
    told = ", ".join(f"{name}: {answer}" for name, answer in seen.items())
    fact = seen["NaN"] and seen["2.5"] and seen["a text"] and not seen["9"]
    return settled(fact, f"Is it a prime? {told}.".replace("true", "yes"), **seen)


EXPERIMENTS = {
    "X2": {"python": lost_promise, "node": lost_promise_in_node},
    "X3": {"python": unheard_child, "node": unheard_child_in_node},
    "X7": {"python": unchecked_input, "node": unchecked_input_in_node},
}
