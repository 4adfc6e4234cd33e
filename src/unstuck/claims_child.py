"""Child processes as experiments: another program, and its stream. Claims C1 and C2."""

import os
import shutil
import time

from unstuck.claims_seen import Found, settled, shown
from unstuck.hatches import child
from unstuck.node import run_twin
from unstuck.programs import run_program
from unstuck.sample_programs import sample

_ENOUGH = 0.1  # seconds before the end: a line that comes so early was not kept back


async def another_program() -> Found:
    """C1 in Python: words go to another program through a pipe, and come back."""
    ended = await run_program(sample("echo"), input=b"over the pipe")
    box = [1]
    pid = await child.run(emptied, box)
    sentence = f"A program heard {ended.out_bytes} bytes through a pipe and wrote them back; a "
    sentence += f"function in process {pid} emptied its list, and ours still has {len(box)} item."
    fact = ended.text == "over the pipe" and pid != os.getpid() and box == [1]
    return settled(fact, sentence, echoed_bytes=ended.out_bytes, own_pid=os.getpid(), pid=pid)


def emptied(box: list) -> int:
    """In the child: empty a list; the process id."""
    box.clear()
    return os.getpid()


async def another_program_in_node() -> Found:
    """C1 in Node.js: it starts a Python and hears what that writes through a pipe."""
    size = 100_000
    seen = (await run_twin("child", program=sample("both", size))).result
    sentence = f"Node.js started a Python, which wrote {seen['outBytes']} and {seen['errBytes']} "
    sentence += f"bytes into its two pipes and ended with exit code {seen['code']}."
    fact = seen["outBytes"] == seen["errBytes"] == size and seen["code"] == 0
    return settled(fact, sentence, out_bytes=seen["outBytes"], exit_code=seen["code"])


async def stream() -> Found:
    """C2 in Python: each line is heard when it is written."""
    came: list[float] = []
    await run_program(sample("lines", 3, 0.15), on_line=lambda _: came.append(time.perf_counter()))
    return _streamed(came, time.perf_counter(), await _git())


async def _git() -> int | None:
    """The exit code of the article's own program; None where it is missing."""
    if shutil.which("git") is None:
        return None
    return (await run_program(["git", "rev-parse", "HEAD"], deadline=20)).code


async def stream_in_node() -> Found:
    """C2 in Node.js: the twin tells of each piece of its child's output as it comes."""
    came: list[float] = []

    def heard(line: dict) -> None:
        if "text" in line:
            came.append(time.perf_counter())

    await run_twin("child", on_line=heard, program=sample("lines", 3, 0.15))
    end, code = time.perf_counter(), None
    if shutil.which("git"):
        code = (await run_twin("child", program=["git", "rev-parse", "HEAD"])).result["code"]
    return _streamed(came, end, code)


def _streamed(came: list[float], end: float, git: int | None) -> Found:
    before = [round(end - at, 3) for at in came]
    sentence = f"The first of {len(came)} pieces was read {before[0]:.2f} s before the program's "
    sentence += f"end; 'git rev-parse HEAD' ended with exit code {git} here."
    fact = len(came) >= 3 and before[0] > _ENOUGH
    return shown(fact, sentence, pieces=len(came), first_s_before_end=before[0], git_exit_code=git)


EXPERIMENTS = {
    "C1": {"python": another_program, "node": another_program_in_node},
    "C2": {"python": stream, "node": stream_in_node},
}
