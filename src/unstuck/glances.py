"""In a worker: look at both ends of what has arrived, wherever it lies."""

import contextlib
import mmap
import os
import tempfile
from collections.abc import Iterator

from unstuck import sharing


def glance(value: object) -> tuple:
    """Return (length, first, last) of a payload: bytes of a buffer, else items."""
    if isinstance(value, list):
        return len(value), value[0], value[-1]
    if isinstance(value, dict):
        return len(value), 0, next(reversed(value))
    with memoryview(value) as view, view.cast("B") as its_bytes:
        return len(its_bytes), its_bytes[0], its_bytes[-1]


def look(name: str, size: int) -> tuple:
    """Do `glance` on a shared block, in place."""
    with sharing.attach(name, size) as block, block.view() as view:
        return glance(view)


def look_by_name(name: str, size: int) -> tuple:
    """Do `glance` on a block of `multiprocessing.shared_memory`, in place.

    Below Python 3.13 only for workers of the block's owner: another process would take it away.
    """
    from multiprocessing.shared_memory import SharedMemory  # only here: sockets and more come along

    block = SharedMemory(name)
    try:
        with block.buf[:size] as view:
            return glance(view)
    finally:
        block.close()


def look_into_file(path: str) -> tuple:
    """Do `glance` on a file, mapped into memory."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return glance(whole)


@contextlib.contextmanager
def written_file(view: memoryview) -> Iterator[str]:
    """Write a temporary file, and remove it at the end; give its path."""
    file, path = tempfile.mkstemp(prefix="unstuck-")
    try:
        with open(file, "wb") as out:
            out.write(view)
        yield path
    finally:
        os.unlink(path)
