"""Two jobs in two threads, one measurement for every Python: with the GIL and without.

`python -m unstuck.free_threads '{"number": 9999999967}'` prints one JSON line. It needs the
standard library only, so that a free-threaded Python can run it that has no package installed.
"""

import asyncio
import json
import platform
import sys
import sysconfig
from collections.abc import Callable

from unstuck.abilities import gil_state
from unstuck.children import end_with_owner
from unstuck.counters import add_bare, lost_updates
from unstuck.gil import in_threads
from unstuck.lag import LagMeter, TimedLoop
from unstuck.workloads import is_prime

_RUNS = 3
_EVERY = 0.05  # seconds between beats: more than a turn, so that each waits by itself
_TRIES = 20  # of counting: whether a bare += loses anything depends on who runs when
_TIMES = 20_000


async def two_jobs(number: int) -> dict:
    """Check `number` once in a thread, then twice in two threads, and watch the loop meanwhile.

    Times in seconds, the quickest of three, as other work on the machine only adds to them; lag
    in milliseconds. `shared` is the time of two threads that use one and the same int object:
    without the GIL both write its reference count all the time. `lost` counts the updates that a
    bare += lost.
    """
    one = await _quickest(1, is_own_prime, str(number))
    async with LagMeter(every=_EVERY) as meter:
        two = await _quickest(2, is_own_prime, str(number))
    shared = await _quickest(2, is_prime, number)
    lost = sum(lost_updates(add_bare, 2, _TIMES) for _ in range(_TRIES))
    return {
        "kind": "free_threads",
        "python": platform.python_version(),
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "gil": gil_state() == "on",
        "one": one,
        "two": two,
        "shared": shared,
        "lag_p50_ms": meter.lag.p50 * 1e3,
        "lag_p99_ms": meter.lag.p99 * 1e3,
        "lost": lost,
        "updates": 2 * _TIMES * _TRIES,
    }


def is_own_prime(text: str) -> bool:
    """Make an int of `text` that no other thread has, and check it."""
    return is_prime(int(text))


async def _quickest(jobs: int, func: Callable, argument) -> float:
    """Seconds of the quickest of three times: func(argument) in `jobs` threads."""
    return min([await asyncio.to_thread(in_threads, jobs, func, argument) for _ in range(_RUNS)])


def main() -> None:
    """Measure with the options of the command line, and print one line."""
    end_with_owner()
    options = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {"number": 9_999_999_967}
    with asyncio.Runner(loop_factory=TimedLoop) as runner:
        print(json.dumps(runner.run(two_jobs(options["number"]))), flush=True)


if __name__ == "__main__":
    main()
