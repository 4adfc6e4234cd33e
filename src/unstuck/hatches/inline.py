"""No way out: the function runs in the loop's own thread, and the loop stops until it returns.

This is what happens without a hatch; each hatch is compared with it.
"""

TWIN = "blocked_loop"


def reason_missing() -> str | None:
    """Return None: this always runs."""
    return None


async def run(func, *args):
    """Call func(*args) here and now, in the event loop's thread; its answer or its exception."""
    return func(*args)
