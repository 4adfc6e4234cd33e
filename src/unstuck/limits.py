"""What a container allows this process: CPU time and memory.

A container's quota is not seen by `os.cpu_count`, `os.process_cpu_count` or
`os.sched_getaffinity`: on a 64-CPU host they answer 64 although one CPU's worth of time is
allowed. The kernel writes the quota to files in a cgroup folder, and every parent folder may
set a smaller one, so all of them are read, for cgroup version 1 and 2. JupyterHub and Binder
also name their limits in CPU_LIMIT (CPUs) and MEM_LIMIT (bytes).

What cannot be read or makes no sense counts as "no limit": nothing here raises.
Sources: cgroups(7), proc_pid_mountinfo(5), the kernel's cgroup-v2 guide, JupyterHub's Spawner.
"""

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PROC = Path("/proc")
NO_LIMIT_BYTES = 1 << 60  # cgroup version 1 writes "no limit" as a number near 2**63


@dataclass(frozen=True)
class Mount:
    """A cgroup tree as this process sees it: its part below `root` appears at `point`."""

    root: PurePosixPath
    point: Path

    def folders(self, cgroup: str) -> Iterator[Path]:
        """The folder of `cgroup`, then its parents up to the mount point."""
        path = PurePosixPath(cgroup)
        # Without a cgroup namespace a container is told the host's path: the root is cut off.
        # A path outside the root cannot be seen here; the mount point is all that can be read.
        visible = path.is_relative_to(self.root) and ".." not in path.parts
        inner = path.relative_to(self.root) if visible else PurePosixPath()
        for part in (inner, *inner.parents):
            yield self.point / part


def cpu_quota(proc: Path = PROC, env: Mapping[str, str] = os.environ) -> float | None:
    """CPUs' worth of time allowed, such as 0.5 or 2.0; None where there is no quota."""
    found = [_cgroup_quota(folder) for folder in _folders("cpu", proc)]
    found.append(_positive(env.get("CPU_LIMIT", "")))
    return min((quota for quota in found if quota is not None), default=None)


def memory_limit(proc: Path = PROC, env: Mapping[str, str] = os.environ) -> int | None:
    """Bytes of memory allowed; None where there is no limit."""
    found = [_cgroup_memory(folder) for folder in _folders("memory", proc)]
    found.append(_positive(env.get("MEM_LIMIT", "")))
    below = [int(size) for size in found if size is not None and 1 <= size < NO_LIMIT_BYTES]
    return min(below, default=None)


def _cgroup_quota(folder: Path) -> float | None:
    words = _read(folder / "cpu.max").split()  # version 2: "150000 100000" or "max 100000"
    if not words:
        words = [_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")]
    try:
        quota, period = (int(word) for word in words)
        return quota / period if quota > 0 and period > 0 else None
    except (ValueError, OverflowError):
        return None


def _cgroup_memory(folder: Path) -> float | None:
    return _positive(_read(folder / "memory.max") or _read(folder / "memory.limit_in_bytes"))


def _folders(controller: str, proc: Path) -> Iterator[Path]:
    """Every folder that may limit this process by `controller`, "cpu" or "memory"."""
    for kind, cgroup in _memberships(controller, proc):
        for mount in _mounts(kind, controller, proc):
            yield from mount.folders(cgroup)


def _memberships(controller: str, proc: Path) -> Iterator[tuple[str, str]]:
    """(file system type, cgroup path) pairs from lines such as "4:cpu,cpuacct:/jobs"."""
    for line in _read(proc / "self" / "cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, cgroup = rest.partition(":")
        if number == "0" and not controllers:
            yield "cgroup2", cgroup
        elif controller in controllers.split(","):
            yield "cgroup", cgroup


def _mounts(kind: str, controller: str, proc: Path) -> Iterator[Mount]:
    for line in _read(proc / "self" / "mountinfo").splitlines():
        left, _, right = line.partition(" - ")
        place, tail = left.split(), right.split()
        if len(place) < 5 or not tail or tail[0] != kind:
            continue
        if kind == "cgroup2" or controller in tail[-1].split(","):
            yield Mount(PurePosixPath(_unescape(place[3])), Path(_unescape(place[4])))


def _unescape(text: str) -> str:
    """The kernel writes a space in a path as backslash 040, a backslash as backslash 134."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):  # absent, forbidden, or not text
        return ""


def _positive(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:  # "", "max", "abc"
        return None
    return number if math.isfinite(number) and number > 0 else None
