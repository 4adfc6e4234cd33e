"""In the worker: do a call whose buffers lie in a shared block, without copying them."""

import contextlib
import pickle
from collections import OrderedDict
from collections.abc import Callable

from unstuck import sharing

_MOST = 4  # blocks that a worker keeps: attaching anew costs a page fault for each page
_kept: OrderedDict[str, sharing.Block] = OrderedDict()


class SharedCall:
    """A packed call whose buffers begin at `places` (offset, bytes) of a block; called, it is done.

    It bears the function's name, as errors tell it.
    """

    def __init__(self, func: Callable, block: sharing.Block, places: list, packed: bytes):
        self.__qualname__ = getattr(func, "__qualname__", repr(func))
        self.name, self.size, self.places, self.packed = block.name, block.size, places, packed

    def __call__(self) -> object:
        with _attached(self.name, self.size).view() as view:
            parts = [view[start : start + length] for start, length in self.places]
            func, args = pickle.loads(self.packed, buffers=parts)
            try:
                return func(*args)
            finally:
                views = [arg for arg in args if isinstance(arg, memoryview)]
                for part in [*views, *parts]:
                    with contextlib.suppress(BufferError):  # the function has kept an array of it
                        part.release()


def _attached(name: str, size: int) -> sharing.Block:
    """Return the block, attached at its first use and kept, as long as its owner has it."""
    if name not in _kept:
        _forget()
        _kept[name] = sharing.attach(name, size)
    _kept.move_to_end(name)
    return _kept[name]


def _forget() -> None:
    """Let go of blocks that their owner has closed, and of the one unused for longest."""
    there = set(sharing.blocks())
    gone = [name for name in _kept if name not in there]
    for name in gone:
        _kept.pop(name).close()
    while len(_kept) >= _MOST:
        _kept.popitem(last=False)[1].close()
