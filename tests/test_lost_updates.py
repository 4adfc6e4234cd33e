"""Additions of two processes get lost without a lock, and are exact with one."""

import asyncio
import os

import psutil
import pytest

from unstuck.lost_updates import WAYS, Count, count_together
from unstuck.node import run_twin


@pytest.fixture(params=["all CPUs", "one CPU"])
def cpus(request):
    if request.param == "all CPUs":
        yield
        return
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system cannot keep a process on one CPU")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


def test_without_a_lock_additions_get_lost_on_one_cpu_as_well(cpus):
    """E04"""

    seen = [asyncio.run(count_together("plain")) for _ in range(5)]
    assert all(0 < count.lost < count.expected for count in seen)
    assert all(count.rounds >= 1 and len(set(count.pids)) == 2 for count in seen)
    assert os.getpid() not in seen[0].pids


@pytest.mark.parametrize("way", ["lock", "own slot"])
def test_with_a_lock_or_a_slot_each_every_addition_counts(way, cpus):
    """E04"""

    for _ in range(5):
        count = asyncio.run(count_together(way, times=3000))
        assert (count.found, count.lost, count.rounds) == (6000, 0, 1)


def test_node_loses_additions_too_and_none_with_atomics(needs_node, cpus):
    """E04"""

    seen = [asyncio.run(run_twin("atomics", workers=2)).result for _ in range(3)]
    assert all(line["plain"]["lost"] > 0 for line in seen)
    assert all(line["atomic"]["lost"] == 0 for line in seen)
    assert {line["atomic"]["found"] for line in seen} == {seen[0]["expected"]}


def test_one_worker_alone_loses_nothing():
    assert asyncio.run(count_together("plain", 1000, workers=1)).lost == 0


def test_a_cancelled_count_leaves_no_process():
    async def main():
        async with asyncio.timeout(0.5):
            await count_together("plain", times=10**9)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    running = [" ".join(each.cmdline()) for each in psutil.Process().children()]
    assert not [words for words in running if "spawn_main" in words]


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2", True, None])
def test_a_wrong_number_is_one_sentence(wrong):
    with pytest.raises(ValueError, match="times must be a whole number"):
        asyncio.run(count_together("lock", times=wrong))
    with pytest.raises(ValueError, match="workers must be a whole number"):
        asyncio.run(count_together("lock", workers=wrong))


def test_a_wrong_way_names_those_there_are():
    with pytest.raises(ValueError, match=", ".join(WAYS)):
        asyncio.run(count_together("luck"))


def test_a_count_tells_what_was_found():
    count = Count("plain", 2, 100, 150, 3, 0.1, (1, 2))
    assert repr(count) == "plain: 150 of 200 additions by 2 processes, 50 lost, in 3 rounds"
