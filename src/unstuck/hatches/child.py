"""A child process of its own for each call: a fresh Python, which ends with the call.

Nothing is shared and nothing is kept, so a crash or a leak in it touches nobody; and each call
pays for the start of a Python. For other programs there are `run_program` and `isolate`.
"""

from unstuck.abilities import runtime_problem
from unstuck.isolation import Limits, isolate
from unstuck.process_pool import Pool, WorkerDied
from unstuck.programs import Ended, ProgramFailed, run_program

__all__ = [
    "TWIN",
    "Ended",
    "Limits",
    "ProgramFailed",
    "WorkerDied",
    "isolate",
    "reason_missing",
    "run",
    "run_program",
]

TWIN = "child"


def reason_missing() -> str | None:
    """Return None where processes can be started, else a sentence."""
    return runtime_problem()


async def run(func, *args):
    """Call func(*args) in a new process; its answer or its exception, WorkerDied by name."""
    async with Pool(1) as pool:
        return await pool.run(func, *args)
