"""The servers of production: the same app, owned and ended like a cluster, and their traps."""

import asyncio
import os
import socket
import subprocess
import sys
import sysconfig
import textwrap

import psutil
import pytest

from unstuck import production_commands
from unstuck.asking import ask
from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.listeners import listen
from unstuck.load import load
from unstuck.production import SERVERS, Production, command, reason_missing

pytestmark = pytest.mark.once  # Python's version changes nothing here


@pytest.fixture(params=SERVERS)
def name(request) -> str:
    return needed(request.param)


def needed(name: str) -> str:
    if reason := reason_missing(name):
        pytest.skip(reason)
    return name


def is_free(port: int) -> bool:
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return found.connect_ex(("127.0.0.1", port)) != 0


def test_the_same_load_goes_to_it_and_workers_of_its_own_answer(name, gone):
    async def seen():
        async with Production(name, workers=2) as served:
            pids = await served.full(2)
            answers = await load(served.url, 100, 0.5, keep_alive=False)
            return served.url, pids, answers

    url, pids, answers = asyncio.run(seen())
    assert len(set(pids) - {os.getpid()}) == 2
    assert answers.failures == {}
    assert set(answers.pids) <= set(pids)
    assert all(map(gone, pids))
    assert is_free(int(url.rsplit(":", 1)[1]))


def test_after_kill_9_a_new_worker_serves(name):
    """K3"""

    async def seen():
        async with Production(name, workers=2) as served:
            before = await served.full(2)
            await served.kill(before[0])
            return before, await served.full(2)

    before, after = asyncio.run(seen())
    assert before[0] not in after
    assert before[1] in after


def test_what_is_in_flight_is_answered_when_the_block_is_left(name):
    async def seen():
        async with Production(name, workers=1) as served:
            asking = asyncio.create_task(ask(served.url, "/block?work=wait&seconds=10"))
            await asyncio.sleep(0.3)
        return await asking

    assert "answer" in asyncio.run(seen())


def test_a_worker_that_does_not_end_is_ended(name, gone):
    async def seen():
        async with Production(name, workers=1) as served:
            asking = asyncio.create_task(ask(served.url, "/block?work=wait&seconds=60", 60))
            await asyncio.sleep(0.3)
            pids = served.pids
        asking.cancel()
        return pids

    assert all(map(gone, asyncio.run(seen())))


OWNER = """
    import asyncio
    from unstuck.production import Production
    async def main():
        async with Production("{name}", workers=1) as served:
            print(*served.pids, flush=True)
            await asyncio.sleep(60)
    asyncio.run(main())
"""


def test_it_ends_with_its_owner_however_that_ends(name, until, gone):
    code = textwrap.dedent(OWNER.format(name=name))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as owner:
        try:
            pid = int(owner.stdout.readline())
            tree = psutil.Process(owner.pid).children(recursive=True)
        finally:
            owner.kill()
    until(lambda: all(gone(each.pid) for each in tree), 15)
    assert pid in {each.pid for each in tree}


def test_a_hatch_is_named_by_the_environment(name):
    async def seen():
        async with Production(name, workers=1, hatch="threads") as served:
            heavy = asyncio.create_task(ask(served.url, "/block?work=wait&seconds=20"))
            await asyncio.sleep(0.3)
            await ask(served.url)
            return heavy.done(), await heavy

    light_came_later, _ = asyncio.run(seen())
    assert not light_came_later


def test_a_server_that_cannot_start_says_why(monkeypatch):
    async def start():
        async with Production("uvicorn", workers=1, hatch="nowhere"):
            pass

    with pytest.raises(ChildFailed, match="no hatch 'nowhere'"):
        asyncio.run(start())


def test_a_command_is_readable_and_stays_on_this_machine():
    for name in SERVERS:
        words = command(name, 8000, 3)
        assert words[1:3] == ["-m", name]
        assert words[-1] == "unstuck.asgi_app:app"
        assert "127.0.0.1" in " ".join(words)
        assert "3" in words


def test_what_is_missing_is_said_in_one_sentence(monkeypatch):
    monkeypatch.setattr(production_commands.importlib.util, "find_spec", lambda name: None)
    for name in SERVERS:
        assert "is not installed" in reason_missing(name) or os.name == "nt"
    assert "there are: uvicorn" in reason_missing("apache")


@pytest.mark.parametrize(("protocol", "delay"), [(0, True), (socket.IPPROTO_TCP, False)])
def test_a_listener_without_a_named_protocol_gives_connections_that_wait(protocol, delay):
    """44 ms an answer: two small writes, and the second waits for the other side's late ACK."""

    async def seen():
        accepted = asyncio.get_running_loop().create_future()
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
        found.bind(("127.0.0.1", 0))
        server = await asyncio.start_server(
            lambda _, writer: accepted.set_result(writer), sock=found
        )
        async with server:
            _, writer = await asyncio.open_connection(*found.getsockname())
            taken = await accepted
            option = taken.get_extra_info("socket").getsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY
            )
            for each in (writer, taken):
                each.close()
            return option

    assert (asyncio.run(seen()) == 0) == delay


def test_our_listeners_name_it():
    with listen(0) as found:
        assert found.proto == socket.IPPROTO_TCP


async def lost(served: Production, before: set[int]) -> None:
    """Wait until one of these workers has ended: its connections close a moment earlier."""
    async with asyncio.timeout(10):
        while True:
            if not before <= set(served.pids):
                return
            await asyncio.sleep(0.02)


BUSY = "/block?work=prime&seconds=50"  # a tenth, in small runs


def test_a_health_check_by_the_loop_kills_a_busy_worker_and_its_request():
    """gunicorn's --timeout asks the loop, and a loop that computes does not answer."""
    needed("gunicorn")

    async def seen():
        async with Production("gunicorn", workers=1, more=("--timeout", "1")) as served:
            busy = served.pids[0]
            with pytest.raises(ChildFailed, match="went away"):
                await ask(served.url, BUSY, 60)
            await lost(served, {busy})
            return busy, await served.full(1)

    busy, after = asyncio.run(seen())
    assert busy not in after


def test_a_health_check_by_a_thread_lets_a_busy_loop_live():
    """uvicorn's check is answered by a thread, which gets the GIL in between."""

    async def seen():
        more = ("--timeout-worker-healthcheck", "3")
        async with Production("uvicorn", workers=2, more=more) as served:
            answer = await ask(served.url, BUSY, 60)
            return answer["pid"], served

    pid, served = asyncio.run(seen())
    assert "died" not in served.text
    assert pid > 0


HELD = """
import os
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def light(request):
    return JSONResponse({"pid": os.getpid()})

async def held(request):
    sum(range(int(request.query_params["n"])))
    return JSONResponse({"pid": os.getpid()})

app = Starlette(routes=[Route("/", light), Route("/held", held)])
"""


@pytest.fixture
def held_app(tmp_path, monkeypatch) -> str:
    """An app whose work is one call in C that keeps the GIL: no thread gets a turn."""
    (tmp_path / "held_app.py").write_text(HELD)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    return "held_app:app"


@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="this Python has no GIL to keep"
)
def test_a_health_check_by_a_thread_kills_a_worker_that_keeps_the_gil(held_app):
    async def seen():
        more = ("--timeout-worker-healthcheck", "1")
        async with Production("uvicorn", workers=2, app=held_app, more=more) as served:
            before = set(await served.full(2))
            with pytest.raises(ChildFailed, match="went away"):
                await ask(served.url, "/held?n=100000000000", 60)
            await lost(served, before)
            return before, set(await served.full(2))

    before, after = asyncio.run(seen())
    assert len(before & after) == 1


def test_our_cluster_looks_at_the_cpu_and_lets_it_work(held_app):
    """Silent for longer than its patience of 1.5 s in small runs, and let alone."""

    async def seen():
        async with Cluster(workers=2, app=held_app) as cluster:
            before = cluster.pids
            answer = await ask(cluster.url, "/held?n=150000000", 60)
            return before, cluster.pids, answer["pid"]

    before, after, pid = asyncio.run(seen())
    assert before == after
    assert pid in before
