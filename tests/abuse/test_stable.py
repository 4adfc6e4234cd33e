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
@pytest.mark.parametrize("path", NOTEBOOKS if LONG else NOTEBOOKS[:1], ids=lambda path: path.stem)
@pytest.mark.usefixtures("hog")
def test_a_notebook_runs_beside_a_hog(path, count, figure, tmp_path):
    """A09 D05 I01 I03 I04"""
    cpus = psutil.Process().cpu_affinity()[:count]
    runs = [run_all(path, tmp_path, cpus) for _ in tries(1, 2)]
    seconds, peak = map(max, zip(*runs, strict=True))
    what, wanted = f"{path.stem} beside a hog, {count} CPU", f"{MOST_SECONDS} s"
    figure(13, f"Run All of {what}", wanted, f"{seconds:.0f} s at worst", len(runs))
    wanted = f"{MOST_BYTES / 1e6:.0f} MB"
    figure(9, f"memory of {what}", wanted, f"{peak / 1e6:.0f} MB at most", len(runs))
    assert seconds < MOST_SECONDS
    assert peak < MOST_BYTES
