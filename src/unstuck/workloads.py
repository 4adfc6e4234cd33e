"""Slow work with known answers: what the course gives to every hatch.

Three kinds: CPU work in Python (`is_prime`), CPU work in C that lets other threads run
(`digest`), and waiting (`wait`). They are plain top-level functions, so that a child process
can import them. `sized(kind, seconds)` finds the arguments that take about that long here.
"""

import functools
import hashlib
import math
import os
import sys
import threading
import time

ARTICLE_NUMBER = 9_999_999_967  # prime; the number that the article checks in its worker
_LONGEST = 60.0  # seconds: no experiment of the course needs more


def is_prime(n: int) -> bool:
    """Say whether the whole number `n` is prime, by trial division on one CPU.

    The time grows with the square root of `n`. Raises TypeError for anything but an int
    (NaN, 2.5 and "7" are not numbers to test), as a worker must check what it is sent.
    """
    check_whole(n)
    if n < 4:
        return n > 1
    if n % 2 == 0:
        return False
    return all(n % divisor for divisor in range(3, math.isqrt(n) + 1, 2))


def check_whole(n: object) -> int:
    """Return `n` where it is an int; raise TypeError with a sentence where it is not."""
    if isinstance(n, int) and not isinstance(n, bool):
        return n
    raise TypeError(f"n must be a whole number such as {ARTICLE_NUMBER}, not {n!r}")


def digest(rounds: int) -> str:
    """Hash a fixed password `rounds` times in C, with the GIL released; 64 hex digits.

    Node's crypto.pbkdf2 gives the same answer for the same number of rounds.
    """
    if check_whole(rounds) < 1:
        raise ValueError(f"rounds must be 1 or more, not {rounds}")
    return hashlib.pbkdf2_hmac("sha256", b"unstuck", b"salt", rounds).hex()


def wait(seconds: float) -> float:
    """Wait as a slow disk or an old database driver does: the thread sleeps; the seconds asked."""
    time.sleep(check_seconds(seconds))
    return seconds


def check_seconds(seconds: object) -> float:
    """Return `seconds` as a float where it is a number from 0 to 60; else raise a sentence."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"seconds must be a number such as 0.5, not {seconds!r}")
    if not 0 < seconds <= _LONGEST:
        raise ValueError(f"seconds must be above 0 and at most {_LONGEST:.0f}, not {seconds}")
    return float(seconds)


def is_prime_fast(n: int) -> bool:
    """Say whether `n` (below 2**64) is prime by Miller-Rabin: microseconds, never wrong there.

    These twelve bases are enough below 3.3e24 (Sorenson and Webster, 2015).
    """
    bases = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    if check_whole(n) < 38 or not all(n % base for base in bases):
        return n in bases
    twos = (n - 1 & 1 - n).bit_length() - 1
    return all(_passes(n, base, twos) for base in bases)


def _passes(n: int, base: int, twos: int) -> bool:
    power = pow(base, (n - 1) >> twos, n)
    if power in (1, n - 1):
        return True
    return any((power := power * power % n) == n - 1 for _ in range(twos - 1))


def next_prime(n: int) -> int:
    """Return the smallest prime that is `n` or more."""
    n = max(3, n | 1)
    while not is_prime_fast(n):
        n += 2
    return n


def is_small() -> bool:
    """Say whether UNSTUCK_SMALL=1 asks for little work."""
    return os.environ.get("UNSTUCK_SMALL") == "1"


def small(seconds: float) -> float:
    """Return the seconds to use: a tenth, at least 0.05, where UNSTUCK_SMALL=1 is set (CI)."""
    seconds = check_seconds(seconds)
    if not is_small():
        return seconds
    return min(seconds, max(0.05, seconds / 10))


def exactly(seconds: float) -> float:
    """Return what to ask for, so that UNSTUCK_SMALL=1 (which takes a tenth) leaves `seconds`."""
    return 10 * seconds if is_small() else seconds


KINDS = {"prime": is_prime, "digest": digest, "wait": wait}


def sized(kind: str, seconds: float) -> tuple:
    """Return (function, argument) that takes about `seconds` on this machine, inline.

    `kind` is "prime", "digest" or "wait"; a prime's answer is always True. The first call
    of a kind calibrates, about 0.1 s; UNSTUCK_SMALL=1 shrinks the seconds.
    """
    return sized_exactly(kind, small(seconds))


def sized_exactly(kind: str, seconds: float) -> tuple:
    """Do what `sized` does, also in a small run: a profile, or a check, may need its seconds."""
    check_seconds(seconds)
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    if kind == "prime":
        divisions = seconds / _seconds_per_division()
        return is_prime, next_prime(int(4 * divisions**2))
    if kind == "digest":
        return digest, max(1, round(seconds / _seconds_per_round()))
    return wait, seconds


def calibrate() -> None:
    """Find the sizes of every kind now, about 0.2 s, so that no later call has to wait for it."""
    for kind in KINDS:
        sized(kind, 0.1)


@functools.cache
def _seconds_per_division() -> float:
    n = 1_000_000_000_039  # prime: half a million divisions, some tens of milliseconds
    return _quickest(is_prime, n) / (math.isqrt(n) / 2)


@functools.cache
def _seconds_per_round() -> float:
    return _quickest(digest, 20_000) / 20_000


def _quickest(func, argument) -> float:
    """Seconds of the quickest of five calls: what disturbs a run only ever makes it longer.

    They are seconds of this thread's CPU clock, so that other programs do not count. Windows moves
    that clock each 15.6 ms only, and a browser has none: there it is the wall's.
    """
    coarse = sys.platform in ("win32", "emscripten")
    clock = time.perf_counter if coarse else time.thread_time

    def once() -> float:
        start = clock()
        func(argument)
        return clock() - start

    return min(once() for _ in range(5))


def witness(func, *args) -> tuple:
    """Call func(*args); return (answer, process id, thread id, seconds of computing).

    It is given to a hatch in place of `func`, to see who does the work.
    """
    start = time.perf_counter()
    answer = func(*args)
    return answer, os.getpid(), threading.get_ident(), time.perf_counter() - start


def nothing() -> None:
    """Do nothing: an empty task, whose time is what a hatch itself costs."""
