"""The end of the capstone: profile, choose, mend, prove by load.

The learner says for each of four troubles what helps, and gives the mended file. It is served by a
real server, and each route is loaded; the first trouble that is left is told, with its numbers.
"""

import asyncio
import shutil
from pathlib import Path

from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.exercises.choosing_load import (
    judge_answers,
    judge_prime,
    judge_quote,
    judge_row,
    judge_tags,
)
from unstuck.exercises.exercise import Result
from unstuck.exercises.service_asked import Fault, Noise
from unstuck.exercises.service_ended import end

MENDS = ("better algorithm", "worker", "thread", "smaller copy")
_CHOSEN = {"tags": MENDS[0], "prime": MENDS[1], "quote": MENDS[2], "row": MENDS[3]}
_ALL = 15.0  # seconds for all looks; the end of a server takes its time as well
MENDED = Path(__file__).with_name("choosing_shop_mended.py")
_ASKS = 'The answer is {"file": "shop.py", "tags": ..., "prime": ..., "quote": ..., "row": ...}.'
_LOOKS = (judge_tags, judge_row, judge_quote, judge_prime)
_WHY = {
    "tags": "profile it: how often is a tag compared with another?",
    "prime": "it computes, and no algorithm is at fault: who else could compute?",
    "quote": "it does not compute at all: what frees a loop from a wait?",
    "row": "it is in a worker already: what travels there with each request?",
}


def begin(file: str = "shop.py") -> str:
    """Put the shop into this folder, unless one is there; returns the file's name."""
    if not Path(file).exists():
        shutil.copyfile(Path(__file__).with_name("choosing_shop.py"), file)
    print(f"{file} is in this folder: profile it, mend it, save it, and check it.")
    return file


async def judge_shop(answer) -> Result:
    """Look at the choices, then serve the file and put it under load."""
    if not isinstance(answer, dict) or set(answer) != {"file", *_CHOSEN}:
        return Result("not yet", _ASKS)
    for name, wanted in _CHOSEN.items():
        if answer[name] not in MENDS:
            return Result("not yet", f"What helps {name} is one of: {', '.join(MENDS)}.")
        if answer[name] != wanted:
            return Result("not yet", f"{name}: {_WHY[name]}")
    if (file := _python_file(answer["file"])) is None:
        return Result("not yet", f"There is no Python file {answer['file']!r:.80} in this folder.")
    try:
        async with asyncio.timeout(_ALL):
            said = await _loaded(file)
    except (Fault, ChildFailed) as fault:
        return Result("not yet", str(fault)[:1000])
    except Noise as noise:
        return Result("cannot tell here", str(noise))
    except TimeoutError:
        text = f"The check was not done after {_ALL:.0f} s: the service or this machine is slow."
        return Result("cannot tell here", text)
    return Result("right", said)


def _python_file(name: object) -> Path | None:
    try:
        file = Path(str(name)).resolve()
        return file if file.suffix == ".py" and file.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


async def _loaded(file: Path) -> str:
    cluster = Cluster(workers=1, app=f"{file}:app")
    await cluster.__aenter__()
    try:
        await judge_answers(cluster)
        said = [await judge(cluster) for judge in _LOOKS]
        await judge_answers(cluster)  # what was right before may be right no more
    finally:
        await end(cluster)
    return "; ".join(text.rstrip(".") for text in said) + "."
