"""How much this process may use: CPUs and memory, and how many cores it really gets.

Asking is not enough: a quota that no file shows, or a busy neighbour, only appears when
threads run. So `effective_cores` measures what `usable_cpus` promises.
Every ability is feature-tested: macOS and Windows lack `os.sched_getaffinity`, Python before
3.13 lacks `os.process_cpu_count`, Windows lacks `os.sysconf`.
"""

import hashlib
import math
import os
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from time import perf_counter, process_time

from unstuck.limits import PROC, cpu_quota, memory_limit

MOST_THREADS = 8


def usable_cpus(proc: Path = PROC, env: Mapping[str, str] = os.environ) -> int:
    """Whole CPUs worth starting workers for, at least 1: affinity, or the quota rounded up."""
    quota = cpu_quota(proc, env)
    cpus = _affinity_cpus()
    return cpus if quota is None else max(1, min(cpus, math.ceil(quota)))


def _affinity_cpus() -> int:
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def effective_cores(seconds: float = 0.3) -> float | None:
    """Cores really had: CPU seconds used per second by one busy thread per usable CPU.

    At most 8 threads take part. None where no thread can start or OpenSSL is missing.
    """
    if not hasattr(hashlib, "pbkdf2_hmac"):
        return None
    began, used = perf_counter(), process_time()
    count = min(usable_cpus(), MOST_THREADS)
    threads = [Thread(target=_burn, args=(began + seconds,)) for _ in range(count)]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError:  # this runtime, or a limit on threads, does not let one start
        return None
    finally:
        for thread in threads:
            if thread.is_alive():
                thread.join()
    return round((process_time() - used) / (perf_counter() - began), 2)


def _burn(deadline: float) -> None:
    while perf_counter() < deadline:
        hashlib.pbkdf2_hmac("sha256", b"unstuck", b"sixteen bytes...", 1000)  # drops the GIL


def usable_memory(proc: Path = PROC, env: Mapping[str, str] = os.environ) -> int:
    """Bytes: the physical memory or the container's limit, whichever is less; 0: unknown."""
    known = [size for size in (physical_memory(), memory_limit(proc, env)) if size]
    return min(known, default=0)


def physical_memory() -> int:
    """Bytes of memory in this machine; 0 where no way of asking works."""
    for ask in (_sysconf_memory, _windows_memory, _psutil_memory):
        if (size := ask()) > 0:
            return size
    return 0


def _sysconf_memory() -> int:
    if not hasattr(os, "sysconf"):
        return 0
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):  # this system has no such name
        return 0


def _windows_memory() -> int:
    """GlobalMemoryStatusEx fills a MEMORYSTATUSEX: two 32-bit numbers, then seven of 64 bits."""
    import ctypes  # only here: on other systems nobody should pay for it

    if not hasattr(ctypes, "windll"):
        return 0

    class Status(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint32), ("load", ctypes.c_uint32)] + [
            (name, ctypes.c_uint64) for name in ("total", "free", "c", "d", "e", "f", "g")
        ]

    status = Status(length=ctypes.sizeof(Status))
    done = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.pointer(status))
    return status.total if done else 0


def _psutil_memory() -> int:
    try:
        import psutil  # optional: this layer needs the standard library alone

        return psutil.virtual_memory().total
    except (ImportError, OSError):
        return 0
