"""A process that lets bad guests into one hatch, and prints what became of it.

python -m unstuck.scoreboard_probe pool /tmp/mark

First a task stays longer than its time-out allows, then one crashes. Each finding is printed at
once, for the second one may end this process: then the line about it is missing. Whether the first
one was stopped is told by the guest itself: one that works on makes the file at its end. How much
CPU is used would not tell, for a new worker's start uses some as well.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from unstuck import hatches
from unstuck.scoreboard_work import crash, overstay
from unstuck.workloads import nothing

STAYS = 1.2  # seconds that the guest stays
LEAVES = 0.3  # seconds after which it is asked to leave
_GRACE = 1.0  # seconds that a guest may be late, on a busy machine


async def main(name: str, mark: Path) -> None:
    """Let both guests in, and tell."""
    run = hatches.hatch(name).run
    await run(nothing)
    say(await stayed(run, mark))
    try:
        await run(crash)
    except Exception as error:
        say({"crash": "told", "error": type(error).__name__})
    hatches.close()


async def stayed(run, mark: Path) -> dict:
    """Say what became of the guest that stays too long, and when the hatch answered again."""
    try:
        await asyncio.wait_for(run(overstay, STAYS, str(mark)), LEAVES)
    except TimeoutError:
        asked = time.monotonic()
    else:  # the time-out was never heard of: the loop did nothing else
        return {"overstay": "held the loop"}
    await run(nothing)
    seconds = time.monotonic() - asked
    worked_on = await asyncio.to_thread(appears, mark, asked + STAYS + _GRACE)
    return {"overstay": "works on" if worked_on else "stopped", "seconds": seconds}


def appears(mark: Path, end: float) -> bool:
    """Say whether the file is there before `end`, in seconds of the monotonic clock."""
    while not mark.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return mark.exists()


def say(line: dict) -> None:
    """Print a finding at once."""
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
