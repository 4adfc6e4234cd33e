"""A shared block of memory and its life: create, attach, look into it, close.

    with sharing.create(1024) as block, block.view() as view:
        view[0] = 7
        ... send block.name to a worker, which does:
    with sharing.attach(name, 1024) as block, block.view() as view:
        view[0]

Who attaches never ends a block, its owner alone does. Python's own `SharedMemory` has that only
with `track=False`, from 3.13 on (python/cpython#82300): before, an attacher that ends takes the
block with it. So a block is a file in memory and a map of it, which no tracker knows of.
"""

import contextlib
import os
import weakref
from collections.abc import Callable, Iterator

from unstuck import block_files
from unstuck.values import MOST_BYTES, is_count


class Block:
    """A shared block of `size` bytes, called `name`; a `with` statement closes it.

    `owned` is True where it was made here: closing it then takes it away from everybody.
    """

    def __init__(self, name: str, size: int, owned: bool):
        self.name, self.size, self.owned = name, size, owned
        self._views: list[memoryview] = []
        self._memory, end = _opened(name, size, owned)
        self._end = weakref.finalize(self, end)  # for a block that nobody closes

    def __enter__(self) -> "Block":
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "owned here" if self.owned else "attached"
        return f"Block {self.name}, {self.size} bytes, {state}"

    @property
    def closed(self) -> bool:
        """True after `close`."""
        return self._memory is None

    @contextlib.contextmanager
    def view(self) -> Iterator[memoryview]:
        """Give a writable view of exactly `size` bytes; it ends with its `with` statement.

        Using the view after that is a ValueError, as is asking for one of a closed block.
        """
        if self.closed:
            raise ValueError(f"Block {self.name} is closed: create or attach one again.")
        view = memoryview(self._memory)[: self.size]  # the system may have rounded up to a page
        self._views.append(view)
        try:
            yield view
        finally:
            self._views.remove(view)
            _quietly(view.release)

    def close(self) -> None:
        """End the block here; twice is no error. Its views are released first.

        An array that still looks into it can be read on: this process's memory of the block goes
        with the last of them.
        """
        if self.closed:
            return
        for view in self._views:
            _quietly(view.release)
        memory, self._memory = self._memory, None
        if hasattr(memory, "close"):
            _quietly(memory.close)
        self._end()


def create(size: int) -> Block:
    """Make a block of `size` bytes, all 0; what killed owners have left is removed first.

    ValueError where `size` is no whole number above 0, MemoryError where there is no room.
    """
    clear_leftovers()
    return Block(block_files.new_name(), _checked(size), owned=True)


def attach(name: str, size: int) -> Block:
    """Attach to the block called `name`, and use its first `size` bytes; it stays its owner's.

    FileNotFoundError where there is none (any more), ValueError where it has fewer bytes.
    """
    if not isinstance(name, str) or not block_files.NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a block: take its owner's block.name.")
    return Block(name, _checked(size), owned=False)


def clear_leftovers() -> list[str]:
    """Remove the blocks of ours whose owners were killed; return their names."""
    found = block_files.leftovers()
    for name in found:
        block_files.remove(name)
    return found


def blocks() -> list[str]:
    """Return the names of all blocks of the course on this machine; on Windows none can be seen."""
    return block_files.names()


def _checked(size: object) -> int:
    if not is_count(size, MOST_BYTES):
        raise ValueError(f"size must be a whole number of bytes, 1 or more, not {size!r}")
    return size


def _opened(name: str, size: int, owned: bool) -> tuple:
    """Return (memory, what to call at the end)."""
    if os.name == "nt":  # a map with a name: no file, no tracker, and it ends with its last handle
        from multiprocessing.shared_memory import SharedMemory

        shared = SharedMemory(name, create=owned, size=size if owned else 0)
        if shared.size < size:
            shared.close()
            raise ValueError(f"{name} has {shared.size} bytes, not {size}.")
        return shared.buf, lambda: _quietly(shared.close)
    if not owned:
        return block_files.find(name, size), lambda: None
    file, memory = block_files.make(name, size)
    block_files.heed(name)
    owner = os.getpid()

    def end() -> None:
        if os.getpid() == owner:  # a fork of the owner owns nothing
            block_files.remove(name)
            block_files.unheed(name)
        os.close(file)

    return memory, end


def _quietly(end: Callable[[], None]) -> None:
    with contextlib.suppress(BufferError):  # an array looks into it: it goes with the array
        end()
