"""The CPU clock of another thread of this process, where the system has one."""

import contextlib
import time
from collections.abc import Callable


def no_clock() -> float:
    """Stand still: what is read where nobody knows."""
    return 0.0


def cpu_clock(ident: int) -> Callable[[], float]:
    """A function that reads the CPU seconds of a thread of this process; 0 for ever without one."""
    if not hasattr(time, "pthread_getcpuclockid"):  # Windows, macOS
        return no_clock
    clock = time.pthread_getcpuclockid(ident)
    last = 0.0

    def read() -> float:
        nonlocal last
        with contextlib.suppress(OSError):  # the thread has ended meanwhile
            last = time.clock_gettime(clock)
        return last

    return read
