"""Calls whose big buffers travel through shared memory: copied once, into a block that is reused.

    async with Pool(2) as pool, SharedCalls(pool) as calls:
        await calls.run(func, memoryview(data))

This is pickle's protocol 5 with its buffers out of band (PEP 574): the rest of the call is pickled,
the buffers are laid side by side into a shared block. The worker gets views of that block.
"""

import contextlib
import pickle
from collections.abc import Iterator

from unstuck import sharing
from unstuck.parcel import CannotTravel, pack
from unstuck.process_pool import Pool
from unstuck.shared_arrival import SharedCall

_PAGE = 4096  # bytes: each buffer begins at a page, so that arrays in it are aligned


class SharedCalls:
    """Sends calls to the workers of `pool`; memoryviews and numpy arrays go by shared blocks.

    The worker gets a memoryview for a memoryview. It is the block itself, valid until the call
    returns: what is to stay must be copied. Close with `async with`, which ends the blocks.
    """

    def __init__(self, pool: Pool):
        self.pool = pool
        self._free: list[sharing.Block] = []
        self._lent: list[sharing.Block] = []

    async def __aenter__(self) -> "SharedCalls":
        return self

    async def __aexit__(self, *error) -> None:
        self.close()

    def close(self) -> None:
        """End all blocks. Calls that still run lose theirs: end them first."""
        for block in [*self._free, *self._lent]:
            block.close()
        self._free.clear()

    async def run(self, func, *args):
        """Call func(*args) in a worker; its answer or its exception.

        Raises CannotTravel where the call cannot be sent, MemoryError where there is no room for
        its buffers, WorkerDied where its worker dies. The copy into the block holds the loop, some
        milliseconds for 16 MB.
        """
        with contextlib.closing(_Parcel(func, args)) as parcel:
            if not parcel.buffers:
                return await self.pool.run(func, *args)
            block = self._borrowed(parcel.room)
            places = parcel.lay_into(block)
        with self._back_at_the_end(block):
            return await self.pool.run(SharedCall(func, block, places, parcel.packed))

    def _borrowed(self, size: int) -> sharing.Block:
        """Return the smallest free block of at least `size` bytes, or a new one."""
        fitting = [block for block in self._free if block.size >= size]
        if fitting:
            block = min(fitting, key=lambda each: each.size)
            self._free.remove(block)
        else:
            for small in self._free:  # they would fill the memory up, one size after the other
                small.close()
            self._free.clear()
            block = sharing.create(size)
        self._lent.append(block)
        return block

    @contextlib.contextmanager
    def _back_at_the_end(self, block: sharing.Block) -> Iterator[None]:
        try:
            yield
        except BaseException:  # a worker that was given up may still write into it
            block.close()
            raise
        finally:
            self._lent.remove(block)
            if not block.closed:
                self._free.append(block)


class _Parcel:
    """A call, packed without its buffers; `close` lets go of them.

    They are let go one by one: a garbage collection that meets PickleBuffers in a cycle, such as a
    kept traceback, crashes Python 3.11.
    """

    def __init__(self, func, args: tuple):
        self.buffers: list[pickle.PickleBuffer] = []
        for place, arg in enumerate(args, 1):
            if isinstance(arg, memoryview) and not arg.c_contiguous:
                raise CannotTravel(f"Argument {place} is a view that does not lie in one piece.")
        lifted = [pickle.PickleBuffer(a) if isinstance(a, memoryview) else a for a in args]
        try:
            self.packed = pack(func, tuple(lifted), self.buffers.append)
        except CannotTravel:
            self.close()
            raise
        self.sizes = [memoryview(buffer).nbytes for buffer in self.buffers]

    @property
    def room(self) -> int:
        """Bytes that the buffers need, each from a page on."""
        return max(1, sum(map(_pages, self.sizes)))

    def lay_into(self, block: sharing.Block) -> list[tuple[int, int]]:
        """Copy the buffers into the block; return the place of each: (offset, bytes)."""
        places, offset = [], 0
        with block.view() as view:
            for buffer, size in zip(self.buffers, self.sizes, strict=True):
                if size:
                    with memoryview(buffer) as whole, whole.cast("B") as its_bytes:
                        view[offset : offset + size] = its_bytes
                places.append((offset, size))
                offset += _pages(size)
        return places

    def close(self) -> None:
        """Let go of all buffers."""
        for buffer in self.buffers:
            buffer.release()


def _pages(size: int) -> int:
    return -(-size // _PAGE) * _PAGE
