"""Additions of two processes get lost without a lock, and are exact with one."""

import asyncio
import os
import subprocess
import sys

import psutil
import pytest

from unstuck import lost_updates, sharing
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


def test_one_worker_alone_loses_nothing_and_its_time_is_told():
    count = asyncio.run(count_together("plain", 1000, workers=1))
    assert count.lost == 0
    assert 0 < count.ns * 1000 < count.seconds * 1e9


def test_a_count_that_takes_too_long_says_so_and_leaves_no_process(monkeypatch):
    monkeypatch.setattr(lost_updates, "_PATIENCE", 0.5)
    with pytest.raises(TimeoutError, match=r"not ended after 0.5 s.* add fewer times"):
        asyncio.run(count_together("plain", times=10**9))
    assert_none_runs()


def test_a_cancelled_count_leaves_no_process():
    async def main():
        async with asyncio.timeout(0.5):
            await count_together("plain", times=10**9)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert_none_runs()


def assert_none_runs() -> None:
    running = [" ".join(each.cmdline()) for each in psutil.Process().children()]
    assert not [words for words in running if "spawn_main" in words]


OWNER = """
import asyncio
from unstuck.lost_updates import count_together

if __name__ == "__main__":
    asyncio.run(count_together("own slot", times=10**10))
"""


def test_no_process_outlives_an_owner_that_is_killed(tmp_path, until, gone):
    script = tmp_path / "owner.py"
    script.write_text(OWNER, encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script)]) as owner:
        process = psutil.Process(owner.pid)
        busy = until(lambda: [each for each in process.children() if _counts(each)][1:], 15)
        everything = process.children(recursive=True)
        assert busy
        owner.kill()
    until(lambda: all(gone(each.pid) for each in everything))
    sharing.clear_leftovers()


def _counts(process: psutil.Process) -> bool:
    """Say whether it is a process that adds, past its start."""
    try:
        return "spawn_main" in " ".join(process.cmdline()) and process.num_threads() > 1
    except psutil.Error:
        return False


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
    count = Count("plain", 2, 100, 150, 3, 0.1, 50.0, (1, 2))
    assert repr(count) == "plain: 150 of 200 additions by 2 processes, 50 lost, in 3 rounds"
