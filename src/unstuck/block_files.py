"""Where shared blocks are kept: files that are only in memory, one each, locked by their owner.

On Linux these are the very files that `multiprocessing.shared_memory` makes, in /dev/shm. The lock
goes with its owner however that ends, so a block that nobody has locked is a leftover; a process id
alone would lie after a restart, or beside a container. Python's resource tracker, a process that
outlives its parent, is told of each block by its owner alone, and takes it away after a kill -9. On
Windows a block has no file: the system ends it with its last handle.
"""

import errno
import mmap
import os
import re
import secrets
import tempfile
import time
from multiprocessing import resource_tracker
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

NAME = re.compile(r"unstuck-[0-9a-f]{1,8}-[0-9a-f]{6}")  # at most 23 characters; macOS allows 30
_MEMORY = Path("/dev/shm")
_YOUNG = 10.0  # seconds in which an owner may come to its lock


def new_name() -> str:
    """Return a name for a block of this process: our prefix, its process id, six random digits."""
    return f"unstuck-{os.getpid():x}-{secrets.token_hex(3)}"


def heed(name: str) -> None:
    """Have the block taken away if this process is killed; where there is no /dev/shm, see later.

    A leftover elsewhere is removed when the next block is made.
    """
    if home() == _MEMORY:
        resource_tracker.register(f"/{name}", "shared_memory")


def unheed(name: str) -> None:
    """The owner has taken the block away by itself."""
    if home() == _MEMORY:
        resource_tracker.unregister(f"/{name}", "shared_memory")


def home() -> Path:
    """Return the folder of the blocks: the system's memory as a folder, else the temporary one."""
    return _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def make(name: str, size: int) -> tuple[int, mmap.mmap]:
    """Make a file of `size` bytes, lock it for its owner and map it: (file, map).

    MemoryError where there is no room.
    """
    file = os.open(home() / name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)  # whoever looks for leftovers holds it for a moment
        _fill(file, size)
        return file, mmap.mmap(file, size)
    except (OSError, OverflowError) as error:
        os.close(file)
        remove(name)
        raise MemoryError(_no_room(size)) from error


def _fill(file: int, size: int) -> None:
    """Give the file its bytes now: a write into memory that is not there would end the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.ftruncate(file, size)


def free_bytes() -> int:
    """Bytes that are free for blocks; 2 GiB where the system does not tell."""
    if not hasattr(os, "statvfs"):
        return 2**31
    status = os.statvfs(home())
    return status.f_bavail * status.f_frsize


def _no_room(size: int) -> str:
    return (
        f"There is no room for a shared block: {size / 1e6:,.1f} MB are wanted, and {home()} has "
        f"{free_bytes() / 1e6:,.1f} MB free. Take a smaller one, or close others (a container "
        "often has 64 MB: see --shm-size)."
    )


def find(name: str, size: int) -> mmap.mmap:
    """Map a block that exists. FileNotFoundError where it does not, ValueError where it is less."""
    try:
        file = os.open(home() / name, os.O_RDWR)
    except FileNotFoundError:
        text = f"There is no block {name}: its owner has closed it, or has ended."
        raise FileNotFoundError(errno.ENOENT, text) from None
    try:
        return mmap.mmap(file, size)  # it holds the file open by itself
    except ValueError:
        raise ValueError(f"{name} has {os.fstat(file).st_size} bytes, not {size}.") from None
    finally:
        os.close(file)


def remove(name: str) -> None:
    """Take the name away: the memory goes with the last process that has mapped it."""
    (home() / name).unlink(missing_ok=True)


def names() -> list[str]:
    """Return the names of all blocks of the course that are there; on Windows none can be seen."""
    if fcntl is None:
        return []
    return sorted(each.name for each in home().iterdir() if NAME.fullmatch(each.name))


def leftovers() -> list[str]:
    """Return the names of blocks whose owner has ended without closing them."""
    return [name for name in names() if _is_left_over(home() / name)]


def _is_left_over(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:  # gone meanwhile, or another user's
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # its owner lives
        return False
    else:
        status = os.fstat(file)  # without a size it may be one whose owner has yet to lock it
        return status.st_size > 0 or time.time() - status.st_mtime > _YOUNG
    finally:
        os.close(file)
