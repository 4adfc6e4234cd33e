"""Promise 11: what other systems lack is taken away; lessons work all the same, or say why not."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import psutil
import pytest
from how_often import LONG

HERE = Path(__file__).parent / "without"
ABSENT = {
    "affinity": "os.sched_getaffinity os.sched_setaffinity",
    "process_cpu_count": "os.process_cpu_count",
    "both ways to count CPUs": "os.sched_getaffinity os.process_cpu_count",
    "SIGKILL": "signal.SIGKILL",
    "process groups": "os.killpg os.getpgid os.setsid os.setpgid",
    "fork": "os.fork os.forkpty",
    "SO_REUSEPORT": "socket.SO_REUSEPORT",
    "fallocate and statvfs": "os.posix_fallocate os.statvfs",
    "all of them": "os.sched_getaffinity os.process_cpu_count signal.SIGKILL os.killpg os.getpgid "
    "os.setsid os.setpgid os.fork os.forkpty socket.SO_REUSEPORT os.posix_fallocate os.statvfs",
}

QUICK = ("fork", "all of them")


def lesson(without: str) -> tuple[subprocess.CompletedProcess, str]:
    """Run the lesson where these names are missing; and the mark of all its processes."""
    mark = uuid.uuid4().hex
    paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {**os.environ, "UNSTUCK_WITHOUT": without, "UNSTUCK_TRY": mark, "UNSTUCK_SMALL": "1"}
    done = subprocess.run(
        [sys.executable, str(HERE / "lesson.py")],
        env={**env, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done, mark


def marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("UNSTUCK_TRY") == mark:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.mark.parametrize("missing", ABSENT if LONG else QUICK)
def test_the_lesson_works_without(missing, figure, until):
    """D03 F03: the same answers, and nothing is left."""
    done, mark = lesson(ABSENT[missing])
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    for name in ("inline", "threads", "child", "pool", "handout", "shared"):
        assert lines[name] == "True", (name, lines)
    assert "SO_REUSEPORT" in lines["reuseport"] or lines["reuseport"] == "True"
    until(lambda: not marked(mark))
    figure(11, f"without {missing}", "works or says why", "worked, 0 processes left", 1)
