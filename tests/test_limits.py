"""Case D01: a container's quota and memory limit are found, and nonsense counts as no limit."""

from pathlib import Path

import pytest

from unstuck.limits import cpu_quota, memory_limit

pytestmark = pytest.mark.once  # Python's version changes nothing here

V2, V1_CPU, V1_MEMORY = "cgroup2 none rw", "cgroup none rw,cpu,cpuacct", "cgroup none rw,memory"
V1_NO_LIMIT = "9223372036854771712"


def fake_host(
    base: Path, kind: str, cgroup: str, files: dict[str, str], root: str = "/"
) -> dict[str, Path]:
    """A /proc and one cgroup mount below `base`; the arguments for the function under test."""
    proc, mount = base / "proc", base / "cgroup tree"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(f"9:name=systemd:/elsewhere\n{cgroup}\n")
    point = mount.as_posix().replace(" ", "\\040")
    line = f"31 23 0:28 {root} {point} rw,relatime shared:9 - {kind}\n"
    (proc / "self" / "mountinfo").write_text("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + line)
    for name, text in files.items():
        (mount / name).parent.mkdir(parents=True, exist_ok=True)
        (mount / name).write_text(text)
    return {"proc": proc}


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("100000 100000\n", 1.0),
        ("150000 100000\n", 1.5),
        ("50000 100000\n", 0.5),
        ("25000 50000\n", 0.5),
        ("max 100000\n", None),
        ("max\n", None),
        ("", None),
        ("100000\n", None),
        ("100000 0\n", None),
        ("-1 100000\n", None),
        ("-1 -1\n", None),
        ("1e5 100000\n", None),
        ("1 2 3\n", None),
        ("9" * 400 + " 1\n", None),
    ],
    ids=lambda value: f"D01 {str(value).strip()[:20]!r}",
)
def test_a_version_2_quota_is_read_and_a_malformed_one_is_none(tmp_path, text, quota):
    """D01"""
    host = fake_host(tmp_path, V2, "0::/jobs/one", {"jobs/one/cpu.max": text})
    assert cpu_quota(**host, env={}) == quota


@pytest.mark.parametrize(
    ("quota", "period", "expected"),
    [
        ("100000", "100000", 1.0),
        ("25000", "100000", 0.25),
        ("-1", "100000", None),
        ("", "", None),
        ("100000", "", None),
        ("100000", "0", None),
        ("abc", "100000", None),
    ],
)
def test_a_version_1_quota_is_read_and_a_malformed_one_is_none(tmp_path, quota, period, expected):
    """D01"""
    files = {"box/cpu.cfs_quota_us": quota, "box/cpu.cfs_period_us": period}
    host = fake_host(tmp_path, V1_CPU, "4:cpu,cpuacct:/box", files)
    assert cpu_quota(**host, env={}) == expected


@pytest.mark.parametrize("smallest", ["cpu.max", "a/cpu.max", "a/b/cpu.max", "a/b/c/cpu.max"])
def test_the_smallest_quota_of_all_parents_counts(tmp_path, smallest):
    """D01"""
    files = {"cpu.max": "max 100000", "a/cpu.max": "400000 100000"}
    files |= {"a/b/cpu.max": "max 100000", "a/b/c/cpu.max": "800000 100000"}
    host = fake_host(tmp_path, V2, "0::/a/b/c", files | {smallest: "200000 100000"})
    assert cpu_quota(**host, env={}) == 2.0


@pytest.mark.parametrize(
    ("cgroup", "root", "folder"),
    [
        ("/docker/abc", "/docker/abc", ""),
        ("/docker/abc/job", "/docker/abc", "job/"),
        ("/docker/abc", "/", ""),
        ("/docker/abcdef", "/docker/abc", ""),
        ("/", "/docker/abc", ""),
        ("/../outside", "/", ""),
        ("/", "/../..", ""),
        ("/box\\x2d1/job", "/box\\134x2d1", "job/"),
    ],
)
def test_a_host_path_without_cgroup_namespace_is_mapped_into_the_mount(
    tmp_path, cgroup, root, folder
):
    """D01"""
    files = {f"{folder}cpu.max": "100000 100000"}
    host = fake_host(tmp_path / "host", V2, f"0::{cgroup}", files, root)
    outside = tmp_path / "host" / "outside"
    outside.mkdir()
    (outside / "cpu.max").write_text("1 100000")
    assert cpu_quota(**host, env={}) == 1.0


@pytest.mark.parametrize(
    ("text", "quota"),
    [("1", 1.0), ("0.5", 0.5), (" 2 ", 2.0), ("8", 4.0)]
    + [(nonsense, 4.0) for nonsense in ("abc", "-1", "0", "", "nan", "inf", "-inf", "²", "1,5")],
)
def test_cpu_limit_counts_when_it_is_smaller_and_makes_sense(tmp_path, text, quota):
    """D01"""
    host = fake_host(tmp_path, V2, "0::/", {"cpu.max": "400000 100000"})
    assert cpu_quota(**host, env={"CPU_LIMIT": text}) == quota


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("2147483648\n", 2147483648),
        ("max\n", None),
        ("", None),
        ("0", None),
        ("-1", None),
        ("1 GB", None),
        (V1_NO_LIMIT, None),
        ("9" * 400, None),
    ],
)
@pytest.mark.parametrize(
    ("kind", "cgroup", "name"),
    [(V2, "0::/box", "memory.max"), (V1_MEMORY, "4:memory:/box", "memory.limit_in_bytes")],
    ids=["v2", "v1"],
)
def test_a_memory_limit_is_read_and_nonsense_is_none(tmp_path, kind, cgroup, name, text, limit):
    """D01"""
    host = fake_host(tmp_path, kind, cgroup, {f"box/{name}": text})
    assert memory_limit(**host, env={}) == limit


def test_the_smallest_memory_limit_of_parents_and_environment_counts(tmp_path):
    """D01"""
    files = {"memory.max": "max", "a/memory.max": "3000", "a/b/memory.max": "4000"}
    host = fake_host(tmp_path, V2, "0::/a/b", files)
    assert memory_limit(**host, env={}) == 3000
    assert memory_limit(**host, env={"MEM_LIMIT": "2000"}) == 2000
    assert memory_limit(**host, env={"MEM_LIMIT": "2G"}) == 3000


def test_without_proc_only_the_environment_limits(tmp_path):
    """D03: macOS and Windows have no /proc."""
    assert cpu_quota(tmp_path / "none", env={}) is None
    assert memory_limit(tmp_path / "none", env={}) is None
    assert cpu_quota(tmp_path / "none", env={"CPU_LIMIT": "2"}) == 2.0
    assert memory_limit(tmp_path / "none", env={"MEM_LIMIT": "1000"}) == 1000


@pytest.mark.parametrize("noise", [b"", b"\xff\xfe\x00", b"::::\n - \n0\n - cgroup2\n", b"a:b"])
def test_malformed_proc_files_mean_no_limit(tmp_path, noise):
    """D01"""
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_bytes(noise)
    (tmp_path / "self" / "mountinfo").write_bytes(noise)
    assert cpu_quota(tmp_path, env={}) is None
    assert memory_limit(tmp_path, env={}) is None


def test_a_controller_that_is_mounted_elsewhere_is_not_mistaken_for_this_one(tmp_path):
    """D01: on version 1 a memory mount says nothing about CPU time."""
    files = {"box/cpu.cfs_quota_us": "1", "box/cpu.cfs_period_us": "1"}
    host = fake_host(tmp_path, V1_MEMORY, "4:memory:/box", files)
    assert cpu_quota(**host, env={}) is None
