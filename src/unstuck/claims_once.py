"""Some claims rest on the experiments of others: in one run of the ledger, each runs once."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from unstuck.claims_seen import Found

_FOUND: ContextVar[dict | None] = ContextVar("what was found in one run", default=None)


@contextmanager
def one_run() -> Iterator[None]:
    """Within it, `once` runs each experiment once; a claim may rest on that of another one."""
    token = _FOUND.set({})
    try:
        yield
    finally:
        _FOUND.reset(token)


async def once(experiment: Callable[..., Coroutine], *args) -> Found:
    """Run an experiment, or return what it has found earlier in `one_run`."""
    known = _FOUND.get()
    if isinstance(experiment, partial):
        experiment, args = experiment.func, (*experiment.args, *args)
    if known is None:
        return await experiment(*args)
    if (experiment, args) not in known:
        known[experiment, args] = await experiment(*args)
    return known[experiment, args]
