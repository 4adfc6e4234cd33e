"""A bounded load on one server of this machine: light requests at a steady rate.

The load is open-loop: a request is due at its time whether the others have been answered or not,
and its latency counts from that intended moment. A client that waits for each answer before it
asks again would ask less while the server is blocked, and would hide the very thing to be seen;
`closed=True` is such a client, to be compared.

`load` runs in the caller's event loop, `load_apart` in a process of its own.
"""

import asyncio
from collections.abc import Callable

from unstuck.load_apart import load_apart
from unstuck.load_client import Client
from unstuck.load_plan import MOST_REQUESTS, Plan, target
from unstuck.load_record import Heard, Record
from unstuck.load_result import Load

__all__ = ["MOST_REQUESTS", "Load", "Plan", "load", "load_apart"]


async def load(url: str, rate: float, seconds: float, on_done: Heard = None, **options) -> Load:
    """Send `rate` requests a second for `seconds` to `url` and return the Load.

    Only 127.0.0.1 is asked, and at most a million times; `options` are those of a Plan, such as
    `closed=True` or `keep_alive=False`. `on_done` hears of each request as it is sent and as it
    is answered. Raises ValueError for another address or for a load out of bounds.
    """
    plan = Plan(rate, seconds, **options)
    record = Record(None)
    client = Client(target(url), plan, record)
    if on_done is not None:
        record.on_done = _guarded(on_done, client)
    try:
        await client.run()
        return record.load(plan, client.start, client.pool.opened, loop_name(client.loop))
    finally:
        await client.close()


def _guarded(on_done: Callable[[dict], None], client: Client) -> Callable[[dict], None]:
    """An error of the listener ends the load and reaches its caller as itself."""

    def tell(event: dict) -> None:
        try:
            on_done(event)
        except Exception as error:
            client.stop(error)

    return tell


def loop_name(loop: asyncio.AbstractEventLoop) -> str:
    """Name what runs the load: the answers per second depend on it."""
    return "uvloop" if type(loop).__module__.startswith("uvloop") else "asyncio"
