"""Buffers go to workers by shared blocks: the same content, no second copy, nothing left."""

import asyncio
import os
from array import array

import pytest

from unstuck import sharing
from unstuck.parcel import CannotTravel
from unstuck.process_pool import Pool, WorkerDied
from unstuck.shared_calls import SharedCalls

SIZE = 300_000


def seen(view, extra=0) -> tuple:
    return type(view).__name__, len(view), bytes(view[:3]), bytes(view[-1:]), extra, os.getpid()


def lengths(*views) -> list:
    return [(len(view), sum(view[:10])) for view in views]


def kept_beyond(view):
    kept_beyond.view = view  # on purpose


def kept_view() -> int:
    return len(kept_beyond.view)


def leave(view) -> None:
    os._exit(3)


def fail(view) -> None:
    raise LookupError(f"of {len(view)}")


def with_calls(use):
    async def main():
        async with Pool(2) as pool, SharedCalls(pool) as calls:
            return await use(calls)

    answer = asyncio.run(main())
    assert not [name for name in sharing.blocks() if name.startswith(f"unstuck-{os.getpid():x}-")]
    return answer


def mine() -> list[str]:
    return [name for name in sharing.blocks() if name.startswith(f"unstuck-{os.getpid():x}-")]


def test_a_memoryview_arrives_as_one_in_another_process():
    data = bytes(range(250)) * (SIZE // 250)
    kind, length, first, last, extra, pid = with_calls(
        lambda calls: calls.run(seen, memoryview(data), 7)
    )
    assert (kind, length, first, last, extra) == ("memoryview", SIZE, b"\0\1\2", data[-1:], 7)
    assert pid != os.getpid()


def test_several_buffers_lie_side_by_side():
    async def use(calls):
        parts = [bytes([n]) * (4095 + n) for n in range(1, 5)]
        return await calls.run(lengths, *map(memoryview, parts))

    assert with_calls(use) == [(4095 + n, 10 * n) for n in range(1, 5)]


def test_an_empty_buffer_arrives_empty():
    assert with_calls(lambda calls: calls.run(lengths, memoryview(b""))) == [(0, 0)]


def test_arrays_of_numpy_go_by_the_block_as_well():
    numpy = pytest.importorskip("numpy")
    numbers = numpy.arange(100_000, dtype="d")

    async def use(calls):
        total = await calls.run(numpy.sum, numbers)
        return float(total), len(mine())

    assert with_calls(use) == (float(numbers.sum()), 1)


def test_a_block_is_used_again_and_calls_at_once_get_one_each():
    async def use(calls):
        for _ in range(3):
            await calls.run(seen, memoryview(bytes(SIZE)))
        one = mine()
        await asyncio.gather(*(calls.run(seen, memoryview(bytes(SIZE))) for _ in range(4)))
        return one, mine()

    first, after = with_calls(use)
    assert len(first) == 1
    assert 1 <= len(after) <= 4
    assert first[0] in after


def test_a_call_without_buffers_needs_no_block():
    async def use(calls):
        return await calls.run(max, 3, 4), mine()

    assert with_calls(use) == (4, [])


def test_what_a_function_keeps_of_a_view_crashes_nothing():
    async def use(calls):
        async with Pool(1) as pool, SharedCalls(pool) as one:
            await one.run(kept_beyond, memoryview(bytes(5000)))
            await one.run(seen, memoryview(bytes(9000)))
            return await pool.run(kept_view)

    with pytest.raises(ValueError, match="released"):
        with_calls(use)


def test_failures_arrive_as_themselves_and_leave_no_block():
    async def use(calls):
        with pytest.raises(LookupError, match="of 5000"):
            await calls.run(fail, memoryview(bytes(5000)))
        with pytest.raises(WorkerDied, match="leave has no answer"):
            await calls.run(leave, memoryview(bytes(5000)))
        with pytest.raises(CannotTravel, match="one piece"):
            await calls.run(seen, memoryview(bytes(5000))[::2])
        with pytest.raises(CannotTravel, match="Argument 2 of seen"):
            await calls.run(seen, memoryview(b"1"), (n for n in "ab"))
        assert mine() == []
        return (await calls.run(seen, memoryview(bytes(5000))))[1]

    assert with_calls(use) == 5000


def test_a_cancelled_call_gives_its_block_up():
    async def use(calls):
        async with asyncio.timeout(0.5):
            await calls.run(pause, memoryview(bytes(5000)))

    with pytest.raises(TimeoutError):
        with_calls(use)


def pause(view) -> None:
    import time

    time.sleep(30)


def test_numbers_keep_their_type_by_a_cast_at_the_other_end():
    numbers = array("q", range(1000))
    assert with_calls(lambda calls: calls.run(total, memoryview(numbers))) == sum(range(1000))


def total(view) -> int:
    return sum(view.cast("q"))
