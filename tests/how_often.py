"""How often a test tries what must hold each time: a few times, and all of them in `make abuse`."""

import os

LONG = os.environ.get("UNSTUCK_ABUSE") == "long"


def tries(quick: int, long: int) -> range:
    """Numbers of tries: few in `make test`, all that is promised in `make abuse`."""
    return range(long if LONG else quick)
