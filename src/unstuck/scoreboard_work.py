"""The work of the scoreboard: what each task does, and two deeds of a guest nobody should trust.

Plain top-level functions, for every child process must be able to import them.
"""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from unstuck.scoreboard_rows import WORKS
from unstuck.workloads import is_prime, sized_exactly, wait


@dataclass(frozen=True)
class Size:
    """How large a task is: its seconds in the loop, and the bytes of a big payload."""

    seconds: float = 0.05
    payload: int = 8 * 2**20


SMALL = Size(0.01, 2**20)


def task_of(work: str, size: Size) -> tuple:
    """Return (function, arguments) of one task; ValueError where there is no such work."""
    if work in ("pure CPU", "CPU in C", "waiting"):
        kind = {"pure CPU": "prime", "CPU in C": "digest", "waiting": "wait"}[work]
        func, argument = sized_exactly(kind, size.seconds)
        return func, (argument,)
    if work == "mixed":
        return mixed, (sized_exactly("prime", size.seconds / 2)[1], size.seconds / 2)
    if work == "big payload":
        return carried, (sized_exactly("prime", size.seconds)[1], bytes(size.payload))
    raise ValueError(f"work is one of {', '.join(WORKS[:-1])}, not {work!r}")


def mixed(number: int, seconds: float) -> bool:
    """Wait as a database driver does, then compute; say whether the number is prime."""
    wait(seconds)
    return is_prime(number)


def carried(number: int, payload: bytes) -> bytes:
    """Compute as a task of pure CPU does, and give the payload back."""
    is_prime(number)
    return payload


def given_back(value: object) -> object:
    """Return what was given: the same object, or a copy of a copy."""
    return value


def own_bytes() -> int:
    """The resident bytes of the process that runs this."""
    import psutil  # only here: other tasks should not pay for it

    return psutil.Process().memory_info().rss


def overstay(seconds: float, mark: str) -> None:
    """Compute for so many seconds: a guest that does not leave when asked.

    At the end it makes the file `mark`: who finds it knows that nobody has stopped the guest.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
    Path(mark).touch()


def crash() -> None:
    """End the process that runs this, at once, as a fault in C code does."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
