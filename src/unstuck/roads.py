"""Each road to a worker, tried with the same payload: what does it cost to arrive?

    async with Roads() as roads:
        passages = await roads.measure("bytes", 2**20)

A passage begins when the payload is handed over and ends when the sender knows that the other side
has looked at both its ends. So each has a round trip in it, which is all that a small one costs.
"""

import asyncio
import contextlib
import platform
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from unstuck import sharing
from unstuck.block_files import free_bytes
from unstuck.capacity import usable_memory
from unstuck.glances import glance, look, look_into_file, written_file
from unstuck.hatches import interpreters
from unstuck.interpreter_pool import Interpreters
from unstuck.node import run_twin
from unstuck.passages import COPY, Passage, passages_of
from unstuck.payloads import BUFFERS, length, payload
from unstuck.process_pool import Pool
from unstuck.shared_calls import SharedCalls
from unstuck.trial import machine_label, today
from unstuck.values import is_count
from unstuck.workloads import is_small

SIZES = tuple(2**n for n in (10, 13, 16, 19, 22, 24, 26, 28))  # bytes
LARGEST = 2**26  # of them, unless you ask for more


@dataclass(frozen=True)
class _Road:
    arrives: str
    send: Callable[[], Awaitable]


class Roads:
    """All roads that this machine has, kept open; `async with` ends them."""

    def __init__(self) -> None:
        self._ends = contextlib.AsyncExitStack()

    async def __aenter__(self) -> "Roads":
        self._pool = await self._ends.enter_async_context(Pool(1))
        self._calls = await self._ends.enter_async_context(SharedCalls(self._pool))
        self._interpreters = None
        if interpreters.reason_missing() is None:
            self._interpreters = Interpreters(1)
            self._ends.push_async_callback(asyncio.to_thread, self._interpreters.close)
        return self

    async def __aexit__(self, *error) -> None:
        await self._ends.aclose()

    async def measure(self, shape: str, size: int, rounds: int = 5) -> list[Passage]:
        """Send a payload of this shape and size along each road, `rounds` times.

        The roads take turns, so that a busy moment of the machine meets all of them. ValueError
        for a wrong shape, size or number of rounds; MemoryError where shared memory has no room.
        """
        if not is_count(rounds):
            raise ValueError(f"rounds must be a whole number, 1 or more, not {rounds!r}")
        sent = payload(shape, size)
        before = length(sent)
        with self._open(sent) if shape in BUFFERS else self._open_objects(sent) as roads:
            runs = await _in_turn(roads, glance(sent), rounds)
        versions = {"python": platform.python_version()}
        here = {"machine": machine_label(), "versions": versions, "date": today()}
        around = {"shape": shape, "size": size, "before": before, "after": length(sent), **here}
        return [
            Passage(name, "python", runs=tuple(runs[name]), arrives=road.arrives, **around)
            for name, road in roads.items()
        ]

    @contextlib.contextmanager
    def _open_objects(self, sent: object) -> Iterator[dict[str, _Road]]:
        roads = {
            "thread": _Road("the same object", lambda: asyncio.to_thread(glance, sent)),
            "process, pickle": _Road("copied", lambda: self._pool.run(glance, sent)),
        }
        if self._interpreters is not None:
            send = self._interpreters.run
            roads["interpreter, pickle"] = _Road("copied", lambda: send(glance, sent))
        yield roads

    @contextlib.contextmanager
    def _open(self, sent: object) -> Iterator[dict[str, _Road]]:
        """Give the roads of a buffer, beside a shared block that has it already."""
        view, kept = memoryview(sent).cast("B"), bytearray(length(sent))
        run, here = self._pool.run, asyncio.to_thread
        roads = {
            COPY: _Road("copied", lambda: _copied(kept, view)),
            "thread": _Road("the same object", lambda: here(glance, sent)),
            "process, pickle": _Road("copied", lambda: run(glance, sent)),
            "process, reused block": _Road("copied", lambda: self._calls.run(glance, view)),
            "process, fresh block": _Road("copied", lambda: self._by_fresh_block(view)),
            "process, mapped file": _Road("copied", lambda: self._by_file(view)),
            **self._to_interpreters(view),
        }
        with sharing.create(len(view)) as block:
            with block.view() as inside:
                inside[:] = view
            in_place = _Road("shared", lambda: run(look, block.name, block.size))
            yield roads | {"process, shared block": in_place}

    def _to_interpreters(self, view: memoryview) -> dict[str, _Road]:
        if self._interpreters is None:
            return {}
        run, whole, changing = self._interpreters.run, bytes(view), bytearray(view)
        return {
            "interpreter, bytes": _Road("copied", lambda: run(glance, whole)),
            "interpreter, bytearray": _Road("copied", lambda: run(glance, changing)),
            "interpreter, memoryview": _Road("shared", lambda: run(glance, view)),
        }

    async def _by_fresh_block(self, view: memoryview) -> tuple:
        with sharing.create(len(view)) as block:
            with block.view() as inside:
                inside[:] = view
            return await self._pool.run(look, block.name, block.size)

    async def _by_file(self, view: memoryview) -> tuple:
        with written_file(view) as path:
            return await self._pool.run(look_into_file, path)


async def _copied(kept: bytearray, view: memoryview) -> tuple:
    kept[:] = view
    return glance(kept)


async def _in_turn(roads: dict[str, _Road], ends: tuple, rounds: int) -> dict[str, list[float]]:
    """Send along each road in turn; the seconds of each. RuntimeError where something else came."""
    runs: dict[str, list[float]] = {name: [] for name in roads}
    for turn in range(rounds + 1):  # the first warms up: imports, attachments, pages
        for name, road in roads.items():
            start = time.perf_counter()
            seen = await road.send()
            took = time.perf_counter() - start
            if tuple(seen) != ends:
                raise RuntimeError(f"{name}: what arrived is not what was sent ({seen}, {ends})")
            if turn:
                runs[name].append(took)
    return runs


async def try_roads(shape: str = "bytes", sizes: list[int] | None = None, rounds: int = 5):
    """Send a payload of this shape in each of these sizes along all roads, in Python and Node.js.

    `sizes` are bytes; None takes what fits this machine (`sizes_here`). Returns Passages. Raises
    ValueError for a wrong shape or size, MemoryError where shared memory has no room.
    """
    sizes = sizes_here(shape) if sizes is None else sizes
    if not sizes:
        raise ValueError("there is no size to try")
    found = []
    async with Roads() as roads:
        for size in sizes:
            found += await roads.measure(shape, size, rounds)
    run = await run_twin("sharing", shape=shape, sizes=sizes, rounds=rounds)
    return found + passages_of(run, shape, sizes)


def sizes_here(
    shape: str = "bytes", memory: int | None = None, largest: int = LARGEST
) -> list[int]:
    """Return the sizes to try with payloads of this shape, from 1 KiB to what fits (bytes).

    At most `largest`, a 64th of the memory, and a quarter of what the folder of shared blocks has
    free: 16 MiB on Binder, and 64 MiB where there is plenty, or 256 MiB if you ask for it. Lists
    and dicts end at 4 MiB, as pickling them holds the loop. UNSTUCK_SMALL=1 stops at 512 KiB.
    """
    memory = usable_memory() if memory is None else memory
    most = largest if shape in BUFFERS else min(largest, 2**22)
    most = min(most, (memory or 2**31) // 64, free_bytes() // 4)
    if is_small():
        most = min(most, 2**19)
    return [size for size in SIZES if size <= most]
