"""Isolated code is stopped at each limit, with its name, and nothing of it is left running."""

import asyncio
import os
import socket
import sys

import pytest

from unstuck.isolation import Limits, clean_environment, isolate, system_limits
from unstuck.programs import ProgramFailed
from unstuck.sample_programs import sample

linux = pytest.mark.skipif(sys.platform != "linux", reason="the whole tree is held on Linux")


def run(program, input=None, **limits):
    return asyncio.run(isolate(program, Limits(**limits), input))


@pytest.mark.parametrize(
    ("program", "limits", "reason"),
    [
        (sample("wait", 15), {"seconds": 0.5}, "it ran longer than 0.5 s"),
        (sample("spin"), {"cpu": 0.3}, "it used more than 0.3 s of CPU"),
        (sample("eat", 10**10), {"memory": 10**8}, "it used more than 100 MB of memory"),
        (sample("both", 10**10), {"output": 10**6}, "it wrote more than 1 MB of output"),
        (sample("fill", 10**10), {"files": 5 * 10**6}, "it wrote more than 5 MB into files"),
        (sample("bomb", 60), {"processes": 8}, "it had more than 8 processes at once"),
    ],
    ids=["seconds", "cpu", "memory", "output", "files", "processes"],
)
def test_each_limit_ends_a_program_with_its_name(program, limits, reason):
    """The fixture that looks for children sees that nothing of it is left."""
    ended = run(program, **limits)
    assert (ended.stopped, ended.ok) == (reason, False)
    assert f"stopped: {reason}" in repr(ended)


@linux
def test_one_large_request_for_memory_is_refused_by_the_system():
    ended = run("held = bytearray(10 * 2**30)")
    assert ended.stopped == "it used more than 256 MB of memory"
    assert b"MemoryError" in ended.err


@linux
def test_a_limit_is_hard_so_that_it_cannot_be_raised_from_inside():
    source = "import resource; print(resource.getrlimit(resource.RLIMIT_FSIZE))"
    assert run(source, files=12345).text.strip() == "(12345, 12345)"


@linux
def test_the_cpu_of_children_counts_too():
    source = f"import subprocess; [subprocess.Popen({sample('spin')}).wait() for _ in 'ab']"
    assert run(source, cpu=0.5).stopped == "it used more than 0.5 s of CPU"


def test_its_environment_is_clean(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")
    ended = run("import os; print(sorted(os.environ))")
    assert "SECRET_TOKEN" not in ended.text
    assert "SECRET_TOKEN" not in clean_environment()


def test_its_folder_is_temporary_and_its_home():
    source = "import os; open('x', 'w').close(); print(os.getcwd()); print(os.environ['HOME'])"
    here, home = run(source).text.split()
    assert os.path.realpath(here) == os.path.realpath(home)
    assert not os.path.exists(here)


def test_it_has_nothing_to_read_unless_it_is_given():
    assert run("print(len(input()))").code == 1
    assert run("print(len(input()))", input=b"four\n").text.strip() == "4"


def test_its_exit_code_is_told():
    ended = run("raise SystemExit(7)")
    assert (ended.code, ended.stopped) == (7, None)


def test_the_limits_in_force_are_named():
    """What the system itself sets is said apart."""
    limits = run("pass").limits
    assert {"seconds", "cpu", "memory", "files", "output", "processes"} <= set(limits)
    by_system = {name for name in limits if name.endswith("by the system")}
    assert len(by_system) == len(system_limits(Limits()))


def test_on_windows_nothing_is_promised_by_the_system(monkeypatch):
    """C13"""
    monkeypatch.setattr(sys, "platform", "win32")
    assert system_limits(Limits()) == {}


def test_what_it_does_not_protect_against(tmp_path):
    """It is the same user: files that you can read and the network are open to it."""
    secret = tmp_path / "diary"
    secret.write_text("dear diary")
    assert run(f"print(open({str(secret)!r}).read())").text.strip() == "dear diary"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = f"import socket; socket.create_connection(('127.0.0.1', {port})).close()"
        assert run(source).ok


@pytest.mark.parametrize("wrong", [0, -1, "1", None, True, float("nan")])
def test_a_senseless_limit_is_told(wrong):
    with pytest.raises(ValueError, match="the limit cpu must be a number above 0"):
        Limits(cpu=wrong)


def test_a_missing_program_is_named_as_always():
    """G08"""
    with pytest.raises(ProgramFailed, match="no program 'no-such-program'"):
        run(["no-such-program"])


def test_the_owner_keeps_its_own_limits():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_FSIZE)
    run("pass", cpu=1, files=1000)
    after = resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_FSIZE)
    assert before == after


def test_node_runs_within_the_usual_limits(needs_node):
    """V8 reserves much address space, and uses little of it."""
    assert run([needs_node, "-e", "console.log(1 + 1)"]).text.strip() == "2"
