"""What goes wrong in set-up, said in sentences that name the way out."""

from __future__ import annotations

import errno


class Trouble(Exception):
    """Something the reader can mend; its text says how."""


class Unreachable(Trouble):
    """pip could not reach its package index. Nothing was changed."""


DISK_FULL = "The disk is full. Make room (about a gigabyte) and run the command again."
OFFLINE = """pip cannot reach its package index, so nothing could be installed.
  - Is this machine online? Behind a proxy, set HTTPS_PROXY and run the command again.
  - Without a network: on a machine like this one that has it, run
      python3 -m pip download --dest wheels ".[{extras}]" flit_core
    copy the folder wheels/ here, and run the command again with
      PIP_NO_INDEX=1 PIP_FIND_LINKS=wheels"""


def explain(error: OSError) -> str:
    """An error of the operating system, with the way out where there is a usual one."""
    if error.errno == errno.ENOSPC:
        return DISK_FULL
    what = f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{what}. Close programs that use it, or work in a folder that is yours to write."
    return f"{what}."
