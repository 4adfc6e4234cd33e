"""End a process with all of its group, where the system has process groups; else alone."""

import contextlib
import os
import signal
from typing import NoReturn


def has_groups() -> bool:
    """Say whether this system can end a whole process group; Windows cannot."""
    return all(hasattr(os, name) for name in ("killpg", "getpgid")) and hasattr(signal, "SIGKILL")


def kill_group(leader: int) -> bool:
    """Kill the group that process `leader` leads; False where the system has no groups.

    Nothing happens where nobody of the group is left.
    """
    if not has_groups():
        return False
    with contextlib.suppress(OSError):
        os.killpg(leader, signal.SIGKILL)
    return True


def end_own_group() -> NoReturn:
    """End this process now, and those of its group if it leads one."""
    if has_groups() and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
