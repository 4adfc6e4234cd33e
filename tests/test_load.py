"""The load: bounded, to this machine only, and honest about requests that had to wait."""

import asyncio
import json
import math
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from unstuck.load import MOST_REQUESTS, Load, load


@pytest.fixture(scope="module")
def server(serving):
    with serving("python") as server:
        yield server


def get(url: str, path: str) -> None:
    host, port = urlsplit(url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        while connection.recv(4096):
            pass


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:80",
        "http://0.0.0.1:80",
        "http://example.com:80/",
        "http://127.0.0.1",
        "https://127.0.0.1:80",
        "http://127.0.0.1.example.com:80",
        "http://127.0.0.1@example.com:80",
        "127.0.0.1:80",
        "http://127.0.0.1:99999",
        "",
    ],
)
def test_another_address_is_refused(url):
    with pytest.raises(ValueError, match=r"127\.0\.0\.1|[Pp]ort"):
        asyncio.run(load(url, 1, 1))


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [(0, 1), (-1, 1), (1, 0), (20_001, 1), (1, 601), (MOST_REQUESTS / 10, 11), (math.nan, 1)],
)
def test_a_load_out_of_bounds_is_refused(rate, seconds):
    with pytest.raises(ValueError, match="a load has at most"):
        asyncio.run(load("http://127.0.0.1:80", rate, seconds))


def test_each_request_is_counted_with_who_answered_it(server):
    seen = asyncio.run(load(server.url, 50, 0.4))
    assert (len(seen.sent_at), len(seen.latencies), seen.failed) == (20, 20, 0)
    assert seen.pids == {server.pid: 20}
    assert list(seen.sent_at) == sorted(seen.sent_at)
    assert 0 < seen.p50 <= seen.p99 < 5


def test_each_request_is_told_as_it_is_sent_and_as_it_is_answered(server):
    events = []
    asyncio.run(load(server.url, 50, 0.2, events.append))
    kinds = [event["kind"] for event in events]
    assert (kinds.count("sent"), kinds.count("answered")) == (10, 10)
    assert {event["failure"] for event in events if event["kind"] == "answered"} == {None}


def test_the_wait_at_a_blocked_server_counts_from_the_moment_a_request_was_due(server):
    """Every request that falls due in the block waits; none is left out because one is late."""
    block = threading.Thread(target=get, args=(server.url, "/block?seconds=5&work=wait"))

    async def loaded() -> Load:
        task = asyncio.create_task(load(server.url, 40, 1.2))
        await asyncio.sleep(0.3)
        block.start()
        return await task

    seen = asyncio.run(loaded())
    block.join(10)
    assert seen.failed == 0
    assert len(seen.latencies) == 48
    waited = [latency for latency in seen.latencies if latency > 0.1]
    assert len(waited) >= 10  # of about 16 in the last 400 ms of the block
    assert seen.most_waiting >= 10
    assert seen.p99 > 0.3
    assert seen.p50 < seen.p99 / 2


def test_a_light_request_to_a_heavy_page_is_answered_too(server):
    seen = asyncio.run(load(f"{server.url}/prime?n=7", 20, 0.2))
    assert seen.pids == {server.pid: 4}


def test_a_refusal_is_a_failure(server):
    seen = asyncio.run(load(f"{server.url}/prime?n=abc", 20, 0.2))
    assert (seen.failed, seen.latencies) == (4, ())
    assert seen.p99 == 0.0


def test_a_server_that_is_not_there_is_a_failure_and_never_a_hang():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    start = time.monotonic()
    seen = asyncio.run(load(url, 20, 0.2))
    assert (len(seen.sent_at), seen.failed) == (4, 4)
    assert time.monotonic() - start < 10


def test_a_server_that_dies_in_the_middle_is_a_failure_and_never_a_hang(serving):
    async def loaded(server) -> Load:
        async with asyncio.timeout(15):
            task = asyncio.create_task(load(server.url, 40, 0.6))
            await asyncio.sleep(0.3)
            server.process.kill()
            return await task

    with serving("python") as server:
        seen = asyncio.run(loaded(server))
    assert len(seen.sent_at) == 24
    assert seen.failed >= 5
    assert len(seen.latencies) >= 5
    assert seen.failed + len(seen.latencies) == 24


def test_a_server_that_talks_nonsense_is_a_failure():
    async def nonsense(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"hello\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async def loaded() -> Load:
        async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await load(f"http://127.0.0.1:{port}", 20, 0.2)

    assert asyncio.run(loaded()).failed == 4


def test_a_cancelled_load_leaves_no_task(server):
    async def cancelled() -> set:
        task = asyncio.create_task(load(server.url, 50, 10))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(cancelled()) == set()


def test_a_load_as_plain_json():
    seen = Load((1.0, 2.0, 3.0), (0.001, 0.002), 1, 2, {7: 2})
    assert json.loads(json.dumps(seen.as_dict())) == {
        "sent": 3,
        "answered": 2,
        "failed": 1,
        "most_waiting": 2,
        "p50_ms": 2.0,
        "p99_ms": 2.0,
        "max_ms": 2.0,
        "pids": {"7": 2},
    }
