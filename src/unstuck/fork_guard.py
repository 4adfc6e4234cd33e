"""No fork beside living interpreters: the copied process would crash at once.

In CPython 3.14 a child that is forked while a second interpreter lives ends by SIGSEGV
(python/cpython#139759). Before a fork our idle interpreters are therefore ended; where one still
works, or somebody else's lives, os.fork and os.forkpty are refused with a sentence. A program
that subprocess starts without `preexec_fn` is no fork in this sense, and runs as always.
"""

import os
import sys
from collections.abc import Callable

_ENDERS: list[Callable[[], bool]] = []  # an audit hook stays for the life of the process
_WHY = (
    "A fork now would crash the new process, because interpreters live in this one. Wait until "
    "their work has ended, or use the start method 'spawn' or 'forkserver' instead of 'fork'."
)


def guard(end_idle: Callable[[], bool]) -> None:
    """Call `end_idle` before each fork from now on; refuse the fork where interpreters live on."""
    if not _ENDERS and hasattr(os, "fork"):
        sys.addaudithook(_on_event)
        os.register_at_fork(before=_before_fork)
    _ENDERS.append(end_idle)


def living() -> int:
    """Count the interpreters that live beside this one, after the idle ones of ours were ended."""
    from concurrent import interpreters  # Python 3.14

    for end_idle in _ENDERS:
        end_idle()
    return len(interpreters.list_all()) - 1


def _on_event(event: str, args: tuple) -> None:
    if event in ("os.fork", "os.forkpty") and living():
        raise RuntimeError(_WHY)


def _before_fork() -> None:
    # subprocess's preexec_fn forks without an event: it cannot be refused, only told.
    if living():
        print(_WHY, file=sys.stderr)
