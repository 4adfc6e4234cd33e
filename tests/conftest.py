"""What every test gets: small work, a Node.js or a reason, and a look at what it left behind."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import types

import psutil
import pytest
from kernels import is_pythons_own, start_kernel

from unstuck import hatches, sharing

os.environ.setdefault("UNSTUCK_SMALL", "1")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what ends in "&"
    signal.signal(signal.SIGINT, signal.default_int_handler)

OURS = (  # names of threads that the package starts
    *("child reader", "child reaper", "owner watch", "worker reader", "worker watch"),
)


def pytest_collection_modifyitems(items):
    """An exercise's solution is tried on each Python, answers that are wrong on one."""
    for item in items:
        solves = item.name.startswith("test_the_solution_is_right[")
        if item.path.name.startswith("test_exercises") and not solves:
            item.add_marker(pytest.mark.once)


def _until(condition, deadline: float = 5.0):
    """Return the first true value of condition(); fail after `deadline` seconds."""
    end = time.monotonic() + deadline
    while not (value := condition()):
        if time.monotonic() > end:
            pytest.fail(f"{condition} was not met within {deadline:g} s")
        time.sleep(0.02)
    return value


def _gone(pid: int) -> bool:
    """Say whether a process has ended: a zombie that nobody waits for has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(scope="session")
def until():
    """until(condition, deadline=5.0) waits for a condition, never longer."""
    return _until


@pytest.fixture(scope="session")
def gone():
    """gone(pid) tells whether a process has ended."""
    return _gone


def _left_behind() -> set:
    """Child processes, threads of ours, shared blocks and listening sockets that live now."""
    me = psutil.Process()
    listening = (each for each in me.net_connections("tcp") if each.status == psutil.CONN_LISTEN)
    return {
        *(child for child in me.children(recursive=True) if not is_pythons_own(child)),
        *(thread for thread in threading.enumerate() if thread.name in OURS),
        *(name for name in sharing.blocks() if name.startswith(f"unstuck-{os.getpid():x}-")),
        *(("listening", each.fd, tuple(each.laddr)) for each in listening),
    }


def _new(before: set) -> set:
    """What came since, without what belongs to a process of a longer-lived fixture."""
    known = {each for each in before if isinstance(each, psutil.Process)}
    for process in known:
        with contextlib.suppress(psutil.NoSuchProcess):
            before = before | set(process.children(recursive=True))
    return _left_behind() - before


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    """Fail a test that leaves a child process, a thread or block of ours or a listening socket."""
    before = _left_behind()
    yield
    hatches.close()  # what is kept warm on purpose
    end = time.monotonic() + 2
    while (left := _new(before)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not left, f"left behind: {left}"


@pytest.fixture
def kernel():
    """A real kernel, for this test alone."""
    kernel = start_kernel()
    yield kernel
    kernel.close()


@pytest.fixture(scope="session")
def needs_node() -> str:
    """The path of a usable Node.js; the test is skipped with a sentence where there is none."""
    from unstuck.machine import find_node

    node = find_node()
    if node.path is None:
        pytest.skip(node.problem)
    return node.path


@pytest.fixture(scope="session")
def needs_piscina(needs_node) -> None:
    """The pool twin's npm package; the test is skipped where the set-up could not install it."""
    from unstuck.node import twin_path

    if not (twin_path("pool").parent / "node_modules" / "piscina").is_dir():
        pytest.skip("piscina is not installed: run 'python tools/npm_install.py'")


@pytest.fixture(scope="session")
def serving():
    """`with serving("python", "--hatch", "threads") as server:` has `url`, `pid` and `lines`."""
    return _serving


@contextlib.contextmanager
def _serving(runtime: str, *words: str):
    argv = [sys.executable, "-m", "unstuck", "serve", *words]
    if runtime == "node":
        from unstuck.machine import find_node
        from unstuck.node import twin_path

        argv = [find_node().path, str(twin_path("server")), *words]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    env = {**os.environ, "UNSTUCK_OWNED": "1"}
    with subprocess.Popen(argv, env=env, text=True, encoding="utf-8", **pipes) as process:
        lines: queue.Queue = queue.Queue()
        reader = threading.Thread(target=lambda: [*map(lines.put, process.stdout)], daemon=True)
        reader.start()
        try:
            ready = json.loads(lines.get(timeout=30))
            yield types.SimpleNamespace(
                url=ready["url"], pid=ready["primary"], process=process, lines=lines
            )
        finally:
            process.kill()
            reader.join(5)
