"""Cases D01 and D03: CPUs and memory that may be used, on any machine, faked or real."""

import builtins
import ctypes
import hashlib
import os
import threading
from types import SimpleNamespace

import pytest

from unstuck import capacity
from unstuck.capacity import effective_cores, physical_memory, usable_cpus, usable_memory


@pytest.fixture
def host_of_64(monkeypatch):
    """A host where everything but the quota says 64 CPUs."""
    monkeypatch.setattr(os, "process_cpu_count", lambda: 64, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)


def container(tmp_path, cpu_max: str, memory_max: str = "max"):
    """A faked /proc of a version 2 container; returns its path."""
    point = tmp_path.as_posix()
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text("0::/\n")
    (tmp_path / "self" / "mountinfo").write_text(f"1 1 0:1 / {point} rw - cgroup2 none rw\n")
    (tmp_path / "cpu.max").write_text(cpu_max)
    (tmp_path / "memory.max").write_text(memory_max)
    return tmp_path


@pytest.mark.parametrize(
    ("cpu_max", "env", "cpus"),
    [
        ("100000 100000", {}, 1),
        ("150000 100000", {}, 2),
        ("50000 100000", {}, 1),
        ("1 100000", {}, 1),
        ("6400000 100000", {}, 64),
        ("12800000 100000", {}, 64),
        ("max 100000", {}, 64),
        ("max 100000", {"CPU_LIMIT": "1"}, 1),
        ("max 100000", {"CPU_LIMIT": "2.5"}, 3),
        ("max 100000", {"CPU_LIMIT": "abc"}, 64),
        ("max 100000", {"CPU_LIMIT": "0"}, 64),
        ("max 100000", {"CPU_LIMIT": "-1"}, 64),
    ],
)
def test_on_a_64_cpu_host_the_quota_rounded_up_decides(tmp_path, host_of_64, cpu_max, env, cpus):
    """D01"""
    assert usable_cpus(container(tmp_path, cpu_max), env) == cpus


def test_affinity_decides_where_it_is_less_than_the_quota(tmp_path, monkeypatch, host_of_64):
    """D01"""
    monkeypatch.setattr(os, "process_cpu_count", lambda: 2)
    assert usable_cpus(container(tmp_path, "800000 100000"), {}) == 2


@pytest.mark.parametrize("known", [5, None])
def test_without_affinity_functions_the_cpu_count_is_taken(tmp_path, monkeypatch, known):
    """D03: macOS and Windows, and a machine that cannot even count its CPUs."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: known)
    assert usable_cpus(tmp_path, {}) == (known or 1)


def test_without_process_cpu_count_the_affinity_is_taken(tmp_path, monkeypatch, host_of_64):
    """D03: Python before 3.13."""
    monkeypatch.delattr(os, "process_cpu_count")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 4, 9})
    assert usable_cpus(tmp_path, {}) == 3


def test_at_least_one_core_is_measured_as_a_number_and_no_thread_is_left():
    """D01: asserted by kind, not by size, for this machine may be busy."""
    before = threading.active_count()
    cores = effective_cores(seconds=0.02)
    assert isinstance(cores, float)
    assert cores >= 0
    assert threading.active_count() == before


def test_at_most_8_threads_measure_a_large_machine(monkeypatch, host_of_64):
    """D01"""
    started = []

    class Counted(threading.Thread):
        def start(self):
            started.append(self)
            super().start()

    monkeypatch.setattr(capacity, "Thread", Counted)
    monkeypatch.setattr(capacity, "usable_cpus", lambda: 64)
    assert effective_cores(seconds=0.01) is not None
    assert len(started) == 8


def test_where_no_thread_can_start_nothing_is_measured_and_none_is_left(monkeypatch):
    """D01: a limit on threads lets the first start and refuses the second."""
    before, started = threading.active_count(), []

    class Refused(threading.Thread):
        def start(self):
            if started:
                raise RuntimeError("can't start new thread")
            started.append(self)
            super().start()

    monkeypatch.setattr(capacity, "Thread", Refused)
    monkeypatch.setattr(capacity, "usable_cpus", lambda: 2)
    assert effective_cores(seconds=0.01) is None
    assert threading.active_count() == before


def test_without_openssl_nothing_is_measured(monkeypatch):
    """D03: a Python built without OpenSSL has no pbkdf2_hmac from 3.12 on."""
    monkeypatch.delattr(hashlib, "pbkdf2_hmac")
    assert effective_cores() is None


def test_the_memory_limit_counts_only_where_it_is_less_than_the_machine_has(tmp_path, monkeypatch):
    """D01"""
    monkeypatch.setattr(capacity, "physical_memory", lambda: 5000)
    proc = container(tmp_path, "max", "4000")
    assert usable_memory(proc, {}) == 4000
    assert usable_memory(proc, {"MEM_LIMIT": "9000"}) == 4000
    assert usable_memory(tmp_path / "none", {"MEM_LIMIT": "9000"}) == 5000


def test_a_limit_is_known_even_where_the_physical_memory_is_not(tmp_path, monkeypatch):
    """D01"""
    monkeypatch.setattr(capacity, "physical_memory", lambda: 0)
    assert usable_memory(tmp_path, {"MEM_LIMIT": "9000"}) == 9000
    assert usable_memory(tmp_path, {}) == 0


@pytest.fixture
def no_sysconf(monkeypatch):
    monkeypatch.delattr(os, "sysconf", raising=False)


def test_windows_is_asked_by_its_own_function(monkeypatch, no_sysconf):
    """D03: GlobalMemoryStatusEx, faked, fills a structure of the right size."""

    def fill(pointer):
        status = pointer.contents
        status.total = 8_000_000_000
        return int(status.length == 64)

    kernel = SimpleNamespace(GlobalMemoryStatusEx=fill)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    assert physical_memory() == 8_000_000_000


def test_psutil_is_asked_last_and_may_be_missing(monkeypatch, no_sysconf):
    """D03"""
    monkeypatch.delattr(ctypes, "windll", raising=False)
    psutil = pytest.importorskip("psutil")
    assert physical_memory() == psutil.virtual_memory().total
    real_import = builtins.__import__

    def without_psutil(name, *args):
        if name == "psutil":
            raise ImportError(name)
        return real_import(name, *args)

    monkeypatch.setattr(builtins, "__import__", without_psutil)
    assert physical_memory() == 0


@pytest.mark.parametrize("answer", [-1, ValueError("unrecognized configuration name")])
def test_a_sysconf_that_does_not_know_is_passed_over(monkeypatch, answer):
    """D03"""

    def sysconf(name):
        if name == "SC_PAGE_SIZE":
            return 4096
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(os, "sysconf", sysconf, raising=False)
    monkeypatch.setattr(capacity, "_windows_memory", lambda: 0)
    monkeypatch.setattr(capacity, "_psutil_memory", lambda: 7)
    assert physical_memory() == 7
