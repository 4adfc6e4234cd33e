"""Run code that you do not trust with limits, and say which limits held it.

It gets its own session and process group, a clean environment, a temporary working folder that
is removed, nothing to read on its standard input, and no shell. It is stopped where it uses too
much time, CPU, memory, output, file space or too many processes, with all that it has started.

What this does NOT do: the code runs as you, the same user. It can read what you can read, delete
what you can delete, and use the network. Against that help another user, a container or a virtual
machine. On Linux the limits hold the whole tree; see `Ended.limits` for what was in force here.
"""

import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unstuck.ended import Ended
from unstuck.program_order import Order
from unstuck.program_path import words
from unstuck.program_run import Run
from unstuck.tree_look import TreeLook
from unstuck.values import MOST_BYTES, is_number

_STEP = str(Path(__file__).with_name("limit_step.py"))
_SOURCE = "program.py"  # the name of a Python source in its folder
_KEPT_NAMES = ("PATH", "LANG", "SYSTEMROOT", "PATHEXT")  # of the environment; Windows needs two
_ROOM = 1 << 30  # bytes of address space beside the memory: much of it is never used


@dataclass(frozen=True)
class Limits:
    """What isolated code may use: seconds of time and of CPU, bytes, processes at once.

    `memory` is what the whole tree holds, `files` all that it writes into its folder, `output`
    what it prints, both pipes together.
    """

    seconds: float = 10.0
    cpu: float = 5.0
    memory: int = 256_000_000
    files: int = 10_000_000
    output: int = 10_000_000
    processes: int = 16

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not is_number(value) or not 0 < value <= MOST_BYTES:
                raise ValueError(f"the limit {name} must be a number above 0, not {value!r}")


async def isolate(
    program: str | Sequence[str],
    limits: Limits | None = None,
    input: bytes | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Ended:
    """Run Python source (a text) or a program (a list of words) in isolation, within `limits`.

    Where a limit was reached, `stopped` of what is returned names it, and nothing is left running.
    """
    limits = limits or Limits()
    files: dict[str, bytes] = {}
    if isinstance(program, str):
        files = {_SOURCE: program.encode()}
        program = [sys.executable, "-I", "-X", "utf8", _SOURCE]
    look, by_system = TreeLook(limits), system_limits(limits)
    order = Order(
        argv=words(program),
        input=input,
        env=clean_environment(),
        deadline=limits.seconds,
        keep=min(1_000_000, int(limits.output)),
        grace=0.0,
        files=files,
        look=look,
        every=0.05,
        step=_step(by_system),
    )
    ended = await Run(order, on_line, None).ended()
    names = (*vars(limits), *(f"{name} by the system" for name in by_system))
    return replace(ended, stopped=ended.stopped or look.told_by(ended), limits=names)


def clean_environment() -> dict[str, str]:
    """The few variables that a program needs; no tokens, no settings of yours."""
    return {name: os.environ[name] for name in _KEPT_NAMES if name in os.environ}


def system_limits(limits: Limits) -> dict[str, int]:
    """The limits that this system itself sets on each process, by their names in `resource`."""
    if sys.platform == "win32" or sys.platform == "emscripten":
        return {}
    found = {"RLIMIT_CPU": math.ceil(limits.cpu), "RLIMIT_FSIZE": int(limits.files)}
    if sys.platform == "linux":  # macOS takes this one and does not heed it
        found["RLIMIT_AS"] = int(limits.memory) + _ROOM
    return {**found, "RLIMIT_CORE": 0}


def _step(by_system: dict[str, int]) -> tuple[str, ...]:
    if not by_system:
        return ()
    return (sys.executable, "-I", "-S", _STEP, json.dumps(by_system))
