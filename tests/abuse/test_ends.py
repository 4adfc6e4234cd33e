"""Promises 3, 4 and 6: every call ends, with a named error where it must; the next ones succeed."""

import asyncio
import os
import signal
import sys
import threading
import time

import pytest
from how_often import tries

from unstuck import hatches
from unstuck.node import TwinFailed, run_twin
from unstuck.process_pool import WorkerDied
from unstuck.programs import run_program
from unstuck.sample_programs import sample
from unstuck.workloads import is_prime

APART = [
    name
    for name in ("child", "pool", "distributed")
    if name in hatches.names() and not hatches.hatch(name).reason_missing()
]


def dies(how: str):
    """End this process in one of the ways that a learner's code can."""
    if how == "sys.exit":
        sys.exit(4)
    if how == "os._exit":
        os._exit(3)
    os.kill(os.getpid(), getattr(signal, how))
    time.sleep(30)


@pytest.mark.parametrize("name", APART)
def test_a_dead_worker_is_told_within_3_s_and_twenty_runs_succeed(name, figure):
    """A02 B01 B02"""
    run = hatches.hatch(name).run
    ways = ["sys.exit", "os._exit", "SIGKILL", "SIGSEGV", "SIGTERM"]
    told, numbers = [], tries(2, 25)

    async def crashes():
        for number in numbers:
            await run(is_prime, 97)  # a pool may have to start: that is no part of the answer
            start = time.monotonic()
            with pytest.raises(WorkerDied, match="dies has no answer"):
                await asyncio.wait_for(run(dies, ways[number % len(ways)]), 20)
            told.append(time.monotonic() - start)
            for _ in range(20):
                assert await run(is_prime, 97) is True

    asyncio.run(crashes())
    hatches.close()
    seen = f"told after {max(told):.2f} s at worst; 20 of 20 runs after each"
    figure(3, f"a worker dies: {name}", "3 s", seen, len(numbers))


@pytest.mark.parametrize("name", APART)
def test_what_cannot_travel_is_named_within_5_s(name, figure):
    """A01 A07: nothing is started for it."""
    lock = threading.Lock()

    def holds():
        return lock

    start = time.monotonic()
    with pytest.raises(Exception, match="lock") as caught:
        asyncio.run(asyncio.wait_for(hatches.hatch(name).run(holds), 20))
    took = time.monotonic() - start
    assert "holds" in str(caught.value)
    hatches.close()
    figure(3, f"a function that cannot travel: {name}", "5 s", f"{took:.2f} s", 1)


@pytest.mark.usefixtures("needs_node")
def test_a_node_worker_that_ends_without_an_answer_is_told(figure):
    """G01 G02"""
    took, numbers = [], tries(1, 20)
    for _ in numbers:
        start = time.monotonic()
        with pytest.raises(TwinFailed) as caught:
            asyncio.run(run_twin("lifeline", deadline=20))  # a module, no twin: it prints nothing
        took.append(time.monotonic() - start)
        assert "result" in str(caught.value)
    seen = f"{max(took):.2f} s with Node's start"
    figure(3, "a Node.js twin without a result", "1 s after its exit", seen, len(numbers))


@pytest.mark.parametrize("size", [100_000_000])
def test_a_hundred_megabytes_on_both_pipes_are_counted(size, figure):
    """C05 G09"""
    numbers = tries(1, 5)
    for _ in numbers:
        ended = asyncio.run(run_program(sample("both", size), deadline=100))
        assert (ended.out_bytes, ended.err_bytes, ended.code) == (size, size, 0)
        assert b"bytes not shown" in ended.out
    figure(6, "100 MB on both pipes", "exact, the cut told", "exact, told", len(numbers))
