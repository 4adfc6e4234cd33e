"""One cluster of four, or four servers behind nginx: the same spread, another way to mend."""

import asyncio
import collections
import os
import socket
import subprocess
import sys
import textwrap

import psutil
import pytest

from unstuck import proxy
from unstuck.asking import ask
from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.load import load
from unstuck.proxy import Behind, configuration, reason_missing
from unstuck.several import Several

pytestmark = pytest.mark.once  # Python's version changes nothing here

FOUR = 4


@pytest.fixture
def needs_nginx() -> None:
    if reason := reason_missing():
        pytest.skip(reason)


async def counted(url: str, requests: int) -> list[int]:
    """How many of so many requests each server answered, each on a connection of its own."""
    return sorted(collections.Counter([(await ask(url))["pid"] for _ in range(requests)]).values())


async def in_a_cluster(look):
    async with Cluster(workers=FOUR) as cluster:
        return await look(cluster.url)


async def behind_nginx(look):
    async with Several(FOUR) as servers, Behind(servers.urls) as front:
        return await look(front.url)


@pytest.mark.parametrize("way", [in_a_cluster, behind_nginx])
def test_new_connections_are_spread_evenly_both_ways(way, needs_nginx):
    """K5: behind a balancing proxy the cluster adds nothing to the spread."""

    async def look(url):
        return await counted(url, 200)

    assert asyncio.run(way(look)) == [50, 50, 50, 50]


@pytest.mark.parametrize(("way", "servers"), [(in_a_cluster, 1), (behind_nginx, FOUR)])
def test_a_cluster_spreads_connections_and_a_proxy_spreads_requests(way, servers, needs_nginx):
    """X8: one kept connection."""

    async def look(url):
        return await load(url, 100, 0.5, connections=1)

    seen = asyncio.run(way(look))
    assert seen.connections == 1
    assert len(seen.pids) == servers


def test_a_killed_worker_is_replaced_in_a_cluster():
    """K3"""

    async def seen():
        async with Cluster(workers=FOUR) as cluster:
            before = set(cluster.pids)
            await cluster.kill(min(before))
            return before, set(await cluster.full(FOUR))

    before, after = asyncio.run(seen())
    assert len(after - before) == 1


def test_behind_nginx_the_others_take_over_and_nobody_starts_it_again(needs_nginx):
    """K6: that is the platform's work."""

    async def seen():
        async with Several(FOUR) as servers, Behind(servers.urls) as front:
            asking = asyncio.create_task(load(front.url, 100, 2.0, keep_alive=False))
            await asyncio.sleep(0.3)
            victim = servers.pids[0]
            await servers.kill(victim)
            answers = await asking
            return victim, servers.pids, answers, await load(front.url, 100, 0.5), front.text

    victim, pids, during, after, text = asyncio.run(seen())
    assert during.failures == after.failures == {}
    assert len(pids) == FOUR - 1
    assert victim not in pids
    assert set(after.pids) == set(pids)
    assert "upstream" in text


def test_nginx_asks_another_server_what_the_dead_one_had_not_answered(needs_nginx):
    """So the work is done twice: harmless for a GET, not for an order that is paid."""

    async def seen():
        async with Several(2) as servers, Behind(servers.urls) as front:
            path = "/block?work=wait&seconds=15"
            asking = [asyncio.create_task(ask(front.url, path, 60)) for _ in range(2)]
            await asyncio.sleep(0.5)
            await servers.kill(servers.pids[0])
            return servers.pids, [(await each)["pid"] for each in asking]

    alive, answered = asyncio.run(seen())
    assert answered == alive * 2


def test_in_a_cluster_the_request_in_flight_is_lost_with_its_worker():
    async def seen():
        async with Cluster(workers=2) as cluster:
            path = "/block?work=wait&seconds=15"
            asking = [asyncio.create_task(ask(cluster.url, path, 60)) for _ in range(2)]
            await asyncio.sleep(0.5)
            await cluster.kill(cluster.pids[0])
            return await asyncio.gather(*asking, return_exceptions=True)

    kinds = {type(each) for each in asyncio.run(seen())}
    assert kinds == {ChildFailed, dict}


def folders(tree: list[psutil.Process]) -> set[str]:
    """The working folders of the nginx processes among these."""
    found = {each.cwd() for each in tree if "nginx" in each.name()}
    assert found
    return found


def test_all_is_gone_when_the_block_is_left(needs_nginx, gone):
    before = psutil.Process().children(recursive=True)  # Python's own helpers live longer

    async def seen():
        async with Several(2) as servers, Behind(servers.urls) as front:
            tree = set(psutil.Process().children(recursive=True)) - set(before)
            return tree, front.url, folders(tree)

    tree, url, made = asyncio.run(seen())
    assert all(gone(each.pid) for each in tree)
    assert not any(map(os.path.exists, made))
    with socket.socket() as found:
        assert found.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) != 0


OWNER = """
    import asyncio
    from unstuck.proxy import Behind
    from unstuck.several import Several
    async def main():
        async with Several(1) as servers, Behind(servers.urls) as front:
            print(front.url, flush=True)
            await asyncio.sleep(60)
    asyncio.run(main())
"""


def test_all_ends_with_the_owner_however_that_ends(needs_nginx, until, gone):
    words = [sys.executable, "-c", textwrap.dedent(OWNER)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as owner:
        try:
            owner.stdout.readline()
            tree = psutil.Process(owner.pid).children(recursive=True)
            made = folders(tree)
        finally:
            owner.kill()
    until(lambda: all(gone(each.pid) for each in tree), 15)
    until(lambda: not any(map(os.path.exists, made)))


def test_nginx_listens_on_this_machine_only(needs_nginx):
    async def seen():
        async with Several(1) as servers, Behind(servers.urls):
            tree = psutil.Process().children(recursive=True)
            found = [each for one in tree for each in one.net_connections("inet")]
            return {each.laddr.ip for each in found if each.status == psutil.CONN_LISTEN}

    assert asyncio.run(seen()) == {"127.0.0.1"}


def test_a_port_that_is_taken_is_said_in_nginx_own_words(needs_nginx, monkeypatch):
    async def start():
        async with Behind(["http://127.0.0.1:9"]):
            pass

    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(proxy, "free_port", lambda: taken.getsockname()[1])
        with pytest.raises(ChildFailed, match="Address already in use"):
            asyncio.run(start())


def test_without_nginx_one_sentence_says_what_to_do(monkeypatch):
    async def start():
        async with Behind(["http://127.0.0.1:9"]):
            pass

    monkeypatch.setattr(proxy.shutil, "which", lambda *words, **more: None)
    with pytest.raises(ChildFailed, match="nginx"):
        asyncio.run(start())


@pytest.mark.parametrize("urls", [[], ["https://example.org"], ["http://127.0.0.1:1", "x"]])
def test_it_stands_before_servers_of_this_machine_only(urls):
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        Behind(urls)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1; include /etc/passwd", "http://127.0.0.1:"])
def test_an_address_cannot_smuggle_words_into_the_configuration(url):
    with pytest.raises(ValueError, match="give addresses"):
        Behind([url])


def test_the_configuration_is_to_be_read():
    text = configuration(["http://127.0.0.1:8001", "http://127.0.0.1:8002"], 8000)
    assert "server 127.0.0.1:8001" in text
    assert "listen 127.0.0.1:8000" in text
    assert "@" not in text


def test_several_has_bounds():
    with pytest.raises(ValueError, match="1 to 8"):
        Several(9)


def test_a_server_that_does_not_start_says_why():
    async def start():
        async with Several(1, "--hatch", "nowhere"):
            pass

    with pytest.raises(ChildFailed, match="no hatch 'nowhere'"):
        asyncio.run(start())
