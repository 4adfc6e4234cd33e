"""All roads carry the same payload; what is copied, moved or shared shows on both sides."""

import asyncio
import os

import pytest

from unstuck import sharing
from unstuck.abilities import has_interpreters
from unstuck.node import TwinRun, recorded_run
from unstuck.passages import COPY, Passage, passages_of
from unstuck.payloads import MOST, SHAPES, length, payload
from unstuck.roads import Roads, sizes_here, try_roads
from unstuck.roads_chart import roads_chart

pytestmark = pytest.mark.once  # the hatches themselves are tried on each Python

PROCESS = {f"process, {way}" for way in ("reused block", "fresh block", "mapped file")}
INTERPRETER = {f"interpreter, {kind}" for kind in ("bytes", "bytearray", "memoryview")}


def measured(shape: str, size: int, rounds: int = 2) -> dict[str, Passage]:
    async def main():
        async with Roads() as roads:
            return await roads.measure(shape, size, rounds)

    return {each.road: each for each in asyncio.run(main())}


@pytest.mark.parametrize("shape", ["bytes", "array"])
def test_a_buffer_takes_every_road(shape):
    seen = measured(shape, 100_000)
    wanted = {COPY, "thread", "process, pickle", "process, shared block"} | PROCESS
    assert set(seen) == wanted | (INTERPRETER if has_interpreters() else set())
    assert seen["thread"].arrives == "the same object"
    assert seen["process, shared block"].arrives == "shared"
    for each in seen.values():
        assert (each.before, each.after, len(each.runs)) == (100_000, 100_000, 2)
        assert min(each.runs) > 0


@pytest.mark.parametrize("shape", ["list", "dict"])
def test_objects_are_pickled_or_stay_where_they_are(shape):
    seen = measured(shape, 100_000)
    wanted = {"thread", "process, pickle"} | (
        {"interpreter, pickle"} if has_interpreters() else set()
    )
    assert set(seen) == wanted


@pytest.mark.parametrize("size", [1, 7, 4095, 4097])
def test_odd_sizes_arrive_whole(size):
    assert {each.before for each in measured("bytes", size, 1).values()} == {size}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_payload_has_about_the_size_that_was_asked_for(shape):
    made, again = payload(shape, 4000), payload(shape, 4000)
    assert made == again
    assert 400 <= 8 * length(made) <= 32_000
    assert length(payload(shape, 1)) >= 1


@pytest.mark.parametrize("size", [0, -1, 1.5, "9", True, MOST + 1])
def test_a_wrong_size_is_one_sentence(size):
    with pytest.raises(ValueError, match="size must be a whole number of bytes"):
        payload("bytes", size)


def test_other_wrong_requests_are_one_sentence():
    with pytest.raises(ValueError, match="shape must be one of bytes, array, list, dict"):
        payload("tuple", 1)
    with pytest.raises(ValueError, match="rounds must be a whole number"):
        measured("bytes", 1, 0)
    with pytest.raises(ValueError, match="no size to try"):
        asyncio.run(try_roads("bytes", []))


def test_a_round_that_is_cancelled_leaves_no_block():
    async def main():
        async with asyncio.timeout(0.3), Roads() as roads:
            await roads.measure("bytes", 10_000, 10_000)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert not [name for name in sharing.blocks() if name.startswith(f"unstuck-{os.getpid():x}-")]


def test_sizes_fit_the_machine(monkeypatch):
    """D02, D04: Binder has 2 GB, of which a payload may take a small part only."""
    assert max(sizes_here(memory=2 * 10**9)) <= 2**24 or os.environ.get("UNSTUCK_SMALL") == "1"
    monkeypatch.delenv("UNSTUCK_SMALL", raising=False)
    monkeypatch.setattr("unstuck.roads.free_bytes", lambda: 64 * 2**20)
    assert sizes_here(memory=2 * 10**9)[-1] == 2**24
    assert sizes_here(memory=64 * 10**9)[-1] == 2**24
    monkeypatch.setattr("unstuck.roads.free_bytes", lambda: 2**40)
    assert sizes_here(memory=64 * 10**9)[-1] == 2**26
    assert sizes_here(memory=64 * 10**9, largest=2**28)[-1] == 2**28
    assert sizes_here(memory=2 * 10**9, largest=2**28)[-1] == 2**24
    assert sizes_here("dict", 64 * 10**9, 2**28)[-1] == 2**22
    assert sizes_here(memory=10**6) == [2**10, 2**13]


def test_node_copies_moves_and_shares(needs_node):
    seen = asyncio.run(try_roads("bytes", [1000, 50_000], 2))
    node = {(each.road, each.size): each for each in seen if each.runtime == "node"}
    assert len(node) == 6
    for (road, size), each in node.items():
        assert each.before == size
        assert each.after == (0 if road == "worker, transfer" else size)
        assert each.arrives == {"worker, clone": "copied", "worker, transfer": "moved"}.get(
            road, "shared"
        )


@pytest.mark.parametrize("shape", SHAPES)
def test_the_recorded_run_has_every_shape_and_is_labelled(shape):
    seen = passages_of(recorded_run("sharing", "No Node."), shape, [1000, 10**9])
    assert {each.size for each in seen} == {1024, 2**24}
    assert all(each.recorded and each.machine and each.date for each in seen)
    assert "recorded" in repr(seen[0])


def test_a_run_without_lines_has_no_passages():
    assert passages_of(TwinRun(()), "bytes", [1]) == []


def test_the_chart_tells_the_dearest_and_cheapest_road_and_has_all_numbers():
    made = [
        Passage("thread", "python", "bytes", 1024, (0.001, 0.002), "the same object", 1, 1),
        Passage("process, pickle", "python", "bytes", 1024, (0.003,), "copied", 1, 1),
        Passage(
            "worker, transfer",
            "node",
            "bytes",
            1024,
            (0.004,),
            "moved",
            1024,
            0,
            True,
            "",
            {},
            "2026",
        ),
    ]
    picture = roads_chart(made)
    assert picture.png.startswith(b"\x89PNG")
    assert "dearest is worker, transfer, Node.js (recorded 2026), 4 ms" in picture.alt
    assert "cheapest thread, 1.5 ms" in picture.alt
    assert picture.rows[2] == (
        "worker, transfer, Node.js (recorded 2026)",
        "moved",
        1024,
        "4.000",
        "4.000",
        "4.000",
        0,
    )
    with pytest.raises(ValueError, match="run the cell above first"):
        roads_chart([])
