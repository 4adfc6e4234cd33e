"""Run another program, hear it line by line while it works, and end all of it if need be.

It works in every loop and thread, drains both pipes from the start, whatever comes, and tells
how the program ended. A time-out, a cancel, an interrupt of the cell, or the end of this process
ends the program with all that it has started.
"""

import os
from collections.abc import Callable, Mapping, Sequence

from unstuck.ended import Ended, ProgramFailed
from unstuck.program_order import Order
from unstuck.program_path import words
from unstuck.program_run import Run

__all__ = ["Ended", "ProgramFailed", "run_program"]


async def run_program(
    argv: Sequence[str | os.PathLike],
    *,
    input: bytes | None = None,
    on_line: Callable[[str], None] | None = None,
    on_error_line: Callable[[str], None] | None = None,
    cwd: str | os.PathLike | None = None,
    env: Mapping[str, str] | None = None,
    deadline: float = 60.0,
    keep: int = 1_000_000,
) -> Ended:
    """Run the program argv[0] with its arguments, without a shell, and return how it ended.

    `on_line(text)` is called in this loop for each line of its output as it comes, and
    `on_error_line` for its standard error. `input` is what it can read; else there is nothing.
    After `deadline` seconds it is asked to end, and killed a second later, with all that it has
    started; so is what it leaves behind. `keep` bytes of each pipe are kept, all are counted.

    Raises ProgramFailed with a sentence where it cannot be started; an exit code other than 0
    raises nothing: read `ok` and `code`, or call `check()`. An exception of on_line arrives here.
    """
    if not deadline > 0:
        raise ProgramFailed(f"The deadline must be more than 0 seconds, not {deadline!r}.")
    order = Order(
        argv=words(argv),
        input=None if input is None else bytes(input),
        cwd=None if cwd is None else os.fspath(cwd),
        env=None if env is None else dict(env),
        deadline=deadline,
        keep=keep,
    )
    return await Run(order, on_line, on_error_line).ended()
