"""A process that lets bad guests into one hatch, and prints what became of it.

python -m unstuck.scoreboard_probe pool

First a task stays longer than its time-out allows, then one crashes. Each finding is printed at
once, for the second one may end this process: then the line about it is missing.
"""

import asyncio
import json
import sys
import time

import psutil

from unstuck import hatches
from unstuck.scoreboard_work import crash, overstay
from unstuck.workloads import nothing

STAYS = 1.2  # seconds that the guest stays
LEAVES = 0.3  # seconds after which it is asked to leave
_LOOK = 0.2  # seconds in which a task that works on is seen to use CPU
_WORKS = 0.05  # share of a CPU that tells that somebody works, on a busy machine too


async def main(name: str) -> None:
    """Let both guests in, and tell."""
    run = hatches.hatch(name).run
    await run(nothing)
    say(await stayed(run))
    try:
        await run(crash)
    except Exception as error:
        say({"crash": "told", "error": type(error).__name__})
    hatches.close()


async def stayed(run) -> dict:
    """Say what became of the guest that stays too long, and when the hatch answered again."""
    try:
        await asyncio.wait_for(run(overstay, STAYS), LEAVES)
    except TimeoutError:
        how = "works on" if await somebody_works() else "stopped"
    else:  # the time-out was never heard of: the loop did nothing else
        return {"overstay": "held the loop"}
    start = time.monotonic()
    await run(nothing)
    return {"overstay": how, "seconds": time.monotonic() - start}


async def somebody_works() -> bool:
    """Say whether this process and its children use CPU time while nothing is asked of them."""
    before = _cpu_seconds()
    await asyncio.sleep(_LOOK)
    return _cpu_seconds() - before > _WORKS * _LOOK


def _cpu_seconds() -> float:
    """CPU seconds of this process; its workers are counted where they still live."""
    me, total = psutil.Process(), time.process_time()
    for child in me.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def say(line: dict) -> None:
    """Print a finding at once."""
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
