"""Busy, starved or hung: what a primary makes of a worker that is silent."""

import os
import subprocess
import sys

import psutil
import pytest

from unstuck.cluster_health import Health

LOOKS = 40  # more than any patience has


@pytest.fixture
def process(until):
    """A process that waits for ever and has done what it had to."""
    code = "import time; print('here', flush=True); time.sleep(1e9)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        seen = psutil.Process(process.pid)
        until(lambda: not psutil.LINUX or seen.status() == psutil.STATUS_SLEEPING)
        yield process
        process.kill()


def test_one_that_waits_and_says_nothing_is_hung_after_so_many_looks(process):
    """It neither speaks nor works, and nothing suggests that it waits for its turn."""
    health = Health(process.pid)
    said = [health.is_hung(1.0) for _ in range(LOOKS)]
    assert said[0] is False
    assert said[-1] is True


def test_one_that_speaks_is_never_hung(process):
    health = Health(process.pid)
    assert not any(health.is_hung(float(moment)) for moment in range(1, LOOKS))


def test_one_that_works_is_never_hung():
    """This process itself: it works between two looks, and says nothing."""
    health = Health(os.getpid())
    for _ in range(LOOKS):
        before = sum(psutil.Process().cpu_times()[:2])
        while sum(psutil.Process().cpu_times()[:2]) <= before + 0.03:
            pass
        assert not health.is_hung(1.0)


@pytest.mark.skipif(not psutil.LINUX, reason="only Linux tells who waits for a CPU")
def test_one_that_waits_for_a_cpu_is_not_hung(process, monkeypatch):
    """It uses none, for others have it."""
    health = Health(process.pid)
    monkeypatch.setattr(psutil.Process, "status", lambda self: psutil.STATUS_RUNNING)
    assert not any(health.is_hung(1.0) for _ in range(LOOKS))
