"""The task of the break-even finder: a prime check that carries a payload there and back.

A light top-level function: workers of any kind import it. It tells when it began and ended on
time.perf_counter, which is one clock for all processes of a machine.
"""

import os
import threading
import time

from unstuck.workloads import is_prime


def carry(number: int, payload: bytes) -> tuple:
    """Check `number`; return (began, ended, process id, thread id, the payload), in seconds."""
    began = time.perf_counter()
    is_prime(number)
    return began, time.perf_counter(), os.getpid(), threading.get_ident(), payload
