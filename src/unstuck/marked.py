"""Find and end the processes of one run by the mark in their environment.

This is the net below the keeper: for a keeper that was killed, and for systems on which a daemon
can leave its tree. A program that changes its environment escapes from it.
"""

import contextlib

MARK = "UNSTUCK_RUN"  # the variable whose value names the run


def end_marked(mark: str) -> int:
    """Kill all processes of this user that carry `mark`; how many they were."""
    import psutil  # here: a run that ends as it should does not need it

    killed = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                process.kill()
                killed += 1
    return killed
