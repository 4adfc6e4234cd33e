"""Two requests that block a server's loop: one computes, the other only looks as if it did.

    ticket(n)       is n a prime? The answer is signed, so that nobody can change it
    customers(ids)  who are they? An old driver asks a database, one after the other

Each has its mend: a better algorithm, and waits that do not hold the loop.
"""

import asyncio
import json
import time

from unstuck.workloads import digest, is_prime, is_prime_fast

ASKED = 10  # customers of one request
_NAMES = ("Ada", "Grace", "Edsger", "Barbara", "Donald", "Radia", "Tony", "Frances")


def ticket(number: int, check=is_prime) -> str:
    """Return the signed answer of one request; `check` says whether the number is a prime."""
    answer = {"number": number, "prime": check(number)}
    return json.dumps({**answer, "signature": sign(answer)})


def sign(answer: dict) -> str:
    """Sign an answer with 20,000 rounds of a hash in C: it looks costly, and takes some 10 ms."""
    return digest(20_000)[: 8 + len(answer)]


def quick_ticket(number: int) -> str:
    """The same answer with the better algorithm."""
    return ticket(number, is_prime_fast)


def customers(seconds: float) -> str:
    """Return ten names, asked for one after the other; together they take `seconds`."""
    names = [ask_driver(number, seconds / ASKED) for number in range(ASKED)]
    return json.dumps(names)


def ask_driver(number: int, seconds: float) -> str:
    """Ask as an old database driver does: the thread stands still until the answer is there."""
    time.sleep(seconds)
    return _NAMES[number % len(_NAMES)]


async def customers_at_once(seconds: float) -> str:
    """The same names; each wait is in a thread of the pool, and all are waited for together."""
    asks = (asyncio.to_thread(ask_driver, number, seconds / ASKED) for number in range(ASKED))
    return json.dumps(await asyncio.gather(*asks))
