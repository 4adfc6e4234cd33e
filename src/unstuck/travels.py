"""What travels with the work? A table that is computed by trying each hatch of this machine.

Each hatch is warmed first, then marks are set, then the work looks for them: so the table shows
what reaches a worker that is already there.
"""

import asyncio
import os
import uuid
from dataclasses import dataclass

from unstuck import hatches
from unstuck.interrupts import heard
from unstuck.marks import ROWS, came_back, look, marks
from unstuck.told import told
from unstuck.workloads import nothing

_DEADLINE = 30.0  # seconds for one hatch, its start included
_EXECUTOR = "run_in_executor"


@dataclass(frozen=True, repr=False)
class Travels:
    """For each way out, whether the work saw each of `marks.ROWS`; and why some cannot be asked."""

    seen: dict[str, tuple[bool, ...]]
    missing: dict[str, str]

    def saw(self, hatch: str, row: str) -> bool:
        """Whether the work in `hatch` saw what `row` names; KeyError or ValueError for no such."""
        return self.seen[hatch][ROWS.index(row)]

    def __repr__(self) -> str:
        wide = max(map(len, ROWS))
        head = " ".join([" " * wide, *self.seen])
        lines = [head]
        for number, row in enumerate(ROWS):
            cells = (
                ("yes" if flags[number] else "-").center(len(name))
                for name, flags in self.seen.items()
            )
            lines.append(" ".join([row.ljust(wide), *cells]).rstrip())
        return "\n".join([*lines, *(f"{name}: {why}" for name, why in self.missing.items())])


async def travels() -> Travels:
    """Try every hatch, and the bare `loop.run_in_executor` beside `threads`; return the table."""
    seen, missing = {}, {}
    for name in sorted([*hatches.names(), _EXECUTOR], key=_nearness):
        run = _in_executor if name == _EXECUTOR else hatches.hatch(name).run
        if name != _EXECUTOR and (reason := hatches.hatch(name).reason_missing()):
            missing[name] = reason
            continue
        try:
            async with asyncio.timeout(_DEADLINE):
                seen[name] = await _try(run)
        except Exception as error:  # a hatch that fails must not hide the others
            missing[name] = told(error)
    return Travels(seen, missing)


def _nearness(name: str) -> tuple[int, str]:
    order = ("inline", "threads", _EXECUTOR, "interpreters", "pool", "child")
    return (order.index(name) if name in order else len(order), name)


async def _try(run) -> tuple[bool, ...]:
    with heard():
        await run(nothing)
        mark, box = f"mark-{uuid.uuid4().hex}", []
        with marks(mark):
            there = await run(look, mark, os.getcwd(), box)
            return there + came_back(mark, box)


async def _in_executor(func, *args):
    return await asyncio.get_running_loop().run_in_executor(None, func, *args)
