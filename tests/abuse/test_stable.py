"""Promises 9 and 13: each notebook runs on one CPU beside a hog, and fits into Binder."""

import os
import shutil
import subprocess
import sys
import time

import psutil
import pytest
from how_often import LONG, tries
from scenes import NOTEBOOKS, ROOT

HOG = "while True: pass"
MOST_BYTES, MOST_SECONDS = 700_000_000, 120


@pytest.fixture
def hog():
    """A process that takes all it can get."""
    process = subprocess.Popen([sys.executable, "-c", HOG])
    yield
    process.kill()
    process.wait()


def run_all(path, folder, cpus: list[int]) -> tuple[float, int]:
    """Run a copy of a notebook on some CPUs: seconds, and the most bytes of all its processes."""
    copy = shutil.copy(path, folder)
    argv = [sys.executable, str(ROOT / "tools" / "run_notebooks.py"), str(copy)]
    env = {**os.environ, "UNSTUCK_SMALL": "1"}
    start, peak = time.monotonic(), 0
    with subprocess.Popen(argv, env=env, stderr=subprocess.PIPE, text=True) as process:
        me = psutil.Process(process.pid)
        me.cpu_affinity(cpus)
        while process.poll() is None:
            peak = max(peak, resident(me))
            time.sleep(0.05)
            assert time.monotonic() - start < 2 * MOST_SECONDS, f"{path.stem} does not end"
        assert process.returncode == 0, process.stderr.read()[-2000:]
    return time.monotonic() - start, peak


def resident(me: psutil.Process) -> int:
    """Bytes in memory of a process and all below it; shared ones are counted for each."""
    total = 0
    for process in [me, *me.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.Error:  # it has ended meanwhile
            continue
    return total


@pytest.mark.skipif(not hasattr(psutil.Process, "cpu_affinity"), reason="no affinity here")
@pytest.mark.parametrize("count", [1, 2] if LONG else [1])
@pytest.mark.usefixtures("hog")
def test_notebooks_run_beside_a_hog(count, figure, tmp_path):
    """A09 D05 I01 I03 I04"""
    cpus = psutil.Process().cpu_affinity()[:count]
    took, peaks, numbers = {}, {}, tries(1, 2 * len(NOTEBOOKS))
    for number in numbers:
        path = NOTEBOOKS[number % len(NOTEBOOKS)]
        seconds, peak = run_all(path, tmp_path, cpus)
        took[path.stem] = max(seconds, took.get(path.stem, 0))
        peaks[path.stem] = max(peak, peaks.get(path.stem, 0))
    slowest, largest = max(took, key=took.get), max(peaks, key=peaks.get)
    seen = f"0 failures; {took[slowest]:.0f} s at worst ({slowest})"
    figure(13, f"Run All beside a hog, {count} CPU", f"{MOST_SECONDS} s each", seen, len(numbers))
    seen = f"{peaks[largest] / 1e6:.0f} MB at most ({largest})"
    figure(9, f"memory of all processes, {count} CPU", "700 MB", seen, len(numbers))
    assert took[slowest] < MOST_SECONDS
    assert peaks[largest] < MOST_BYTES
