"""The load: bounded, to this machine only, and honest about requests that had to wait."""

import asyncio
import contextlib
import json
import math
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
import types
from array import array
from urllib.parse import urlsplit

import pytest

from unstuck.children import ChildFailed
from unstuck.load import MOST_REQUESTS, Load, load, load_apart
from unstuck.load_answer import LONGEST_ANSWER, Incoming, read_pid
from unstuck.load_chunks import BadAnswer, joined
from unstuck.load_head import read_head
from unstuck.load_plan import Plan
from unstuck.load_result import packed, unpacked
from unstuck.load_ticks import Ticks
from unstuck.load_verb import told

pytestmark = pytest.mark.once  # Python's version changes nothing here

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
BODY = b'{"pid":7}'


@contextlib.contextmanager
def bare(behave):
    """A server in a thread: `await behave(connection)` is asked for each request, False ends.

    `connection` has reader, writer, the request's head, and its `number` on this connection.
    """
    seen = types.SimpleNamespace(requests=0, connections=0, open=0, url="")
    ready, loop = threading.Event(), asyncio.new_event_loop()

    async def handle(reader, writer) -> None:
        seen.connections += 1
        seen.open += 1
        here = types.SimpleNamespace(reader=reader, writer=writer, number=0, seen=seen)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                here.head = await reader.readuntil(b"\r\n\r\n")
                here.number += 1
                seen.requests += 1
                if not await behave(here):
                    break
        writer.close()
        seen.open -= 1

    async def serve() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await stop.wait()
        server.close()

    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield seen
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()


def says(answer: bytes, go_on: bool = True):
    """A behaviour: always this answer."""

    async def behave(here) -> bool:
        here.writer.write(answer)
        return go_on

    return behave


well = says(OK + BODY)


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
    [
        (0, 1),
        (-1, 1),
        (1, 0),
        (50_001, 1),
        (1, 601),
        (MOST_REQUESTS / 50, 51),
        (math.nan, 1),
        (math.inf, 1),
    ],
)
def test_a_load_out_of_bounds_is_refused(rate, seconds):
    with pytest.raises(ValueError, match="a load has at most"):
        asyncio.run(load("http://127.0.0.1:80", rate, seconds))


@pytest.mark.parametrize(
    "options",
    [
        {"connections": 0},
        {"connections": 513},
        {"connections": 1.5},
        {"patience": 0},
        {"patience": math.nan},
        {"closed": True, "rate": -math.inf},
    ],
)
def test_an_option_out_of_bounds_is_refused(options):
    with pytest.raises(ValueError, match="a load "):
        asyncio.run(load("http://127.0.0.1:80", **{"rate": 1, "seconds": 1, **options}))


def test_a_path_that_would_break_the_request_is_refused():
    with pytest.raises(ValueError, match="%20"):
        asyncio.run(load("http://127.0.0.1:80/a b", 1, 1))


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
    answered = [event for event in events if event["kind"] == "answered"]
    assert {event["failure"] for event in answered} == {None}
    assert {event["pid"] for event in answered} == {server.pid}
    sent = {event["at"] for event in events if event["kind"] == "sent"}
    assert {event["at"] for event in answered} == sent


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
    assert (seen.failed, len(seen.latencies)) == (4, 0)
    assert seen.failures == {"bad status": 4}
    assert "400 Bad Request" in seen.reasons["bad status"]
    assert seen.p99 == 0.0


def test_a_server_that_is_not_there_is_a_failure_and_never_a_hang():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    start = time.monotonic()
    seen = asyncio.run(load(url, 20, 0.2))
    assert (len(seen.sent_at), seen.failures) == (4, {"refused": 4})
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


def test_a_cancelled_load_leaves_no_task(server):
    async def cancelled() -> set:
        task = asyncio.create_task(load(server.url, 50, 10))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(cancelled()) == set()


def test_an_error_of_the_listener_reaches_the_caller(server):
    def listen(event: dict) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        asyncio.run(load(server.url, 50, 10, listen))


# What a server may do wrong. Counts and facts, never speed.


def test_a_load_that_does_not_end_says_how_far_it_was(server, monkeypatch):
    monkeypatch.setattr(Plan, "deadline", 0.5)
    with pytest.raises(TimeoutError, match=r"not ended after 0\.5 s: \d+ of \d+ requests"):
        asyncio.run(load(server.url, rate=20, seconds=3))


async def closes_at_once(here) -> bool:
    return False


async def resets(here) -> bool:
    sock = here.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    here.writer.transport.abort()
    return False


async def says_half(here) -> bool:
    here.writer.write(OK + BODY[:4])
    return False


@pytest.mark.parametrize(
    ("behave", "kind", "reason"),
    [
        (closes_at_once, "closed before an answer", "closed"),
        (resets, "closed before an answer", "reset"),
        (says_half, "bad answer", "ended after"),
        (says(b"hello\r\n\r\n", False), "bad answer", "hello"),
        (says(b"HTTP/1.1 200 OK\r\n\r\n" + BODY, False), "bad answer", "content-length"),
        (says(OK + BODY + b"more"), "bad answer", "longer than its content-length"),
        (says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), "bad status", "503 Busy"),
    ],
)
def test_a_fault_of_the_server_is_counted_by_its_kind(behave, kind, reason):
    with bare(behave) as server:
        seen = asyncio.run(load(server.url, 50, 0.1))
    assert (seen.failures, seen.failed, len(seen.latencies)) == ({kind: 5}, 5, 0)
    assert reason in seen.reasons[kind]
    assert (server.requests, seen.retried) == (5, 0)  # a fresh connection is never tried again


def test_a_bad_status_keeps_its_connection():
    with bare(says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n" + BODY)) as server:
        seen = asyncio.run(load(server.url, 50, 0.1, connections=1))
    assert (seen.failures, seen.connections, server.connections) == ({"bad status": 5}, 1, 1)


@pytest.mark.parametrize("connections", [1, 64])
def test_a_server_that_never_answers_times_out_also_for_those_in_the_queue(connections):
    async def never(here) -> bool:
        return await here.reader.read(1) != b""

    with bare(never) as server:
        seen = asyncio.run(load(server.url, 50, 0.2, connections=connections, patience=0.3))
    assert seen.failures == {"timed out": 10}
    assert seen.most_waiting == 10


def test_a_request_on_a_stale_connection_is_sent_again_once_on_a_new_one():
    async def three_times(here) -> bool:
        if here.number <= 3:
            here.writer.write(OK + BODY)
        return here.number <= 3

    with bare(three_times) as server:
        seen = asyncio.run(load(server.url, 50, 0.2, connections=1))
    assert (len(seen.latencies), seen.failed) == (10, 0)
    assert (seen.retried, seen.connections) == (3, 4)  # the 4th, the 7th and the 10th request
    assert (server.requests, server.connections) == (13, 4)


def test_a_request_is_not_sent_a_third_time():
    async def once_ever(here) -> bool:
        if here.seen.requests == 1:
            here.writer.write(OK + BODY)
        return here.seen.requests == 1

    with bare(once_ever) as server:
        seen = asyncio.run(load(server.url, 50, 0.1, connections=1))
    assert (len(seen.latencies), seen.retried) == (1, 1)
    assert seen.failures == {"closed before an answer": 4}
    assert server.requests == 6


@pytest.mark.parametrize("closes", [True, False], ids=["closes", "forgets to close"])
def test_an_answer_that_says_close_ends_its_connection(closes):
    answer = OK.replace(b"\r\n\r\n", b"\r\nConnection: Close\r\n\r\n") + BODY
    with bare(says(answer, not closes)) as server:
        seen = asyncio.run(load(server.url, 50, 0.1))
    assert (len(seen.latencies), seen.failed, seen.retried) == (5, 0, 0)
    assert (seen.connections, server.connections, server.requests) == (5, 5, 5)


def test_new_connections_show_all_workers_of_a_cluster():
    heads = []

    async def workers(here) -> bool:
        heads.append(here.head)
        here.writer.write(OK + b'{"pid":%d}' % (here.seen.connections % 2 + 1))
        return False

    with bare(workers) as server:
        seen = asyncio.run(load(server.url, 50, 0.2, connections=1, keep_alive=False))
    assert seen.pids == {1: 5, 2: 5}
    assert (seen.connections, seen.connections_by_pid) == (10, {1: 5, 2: 5})
    assert all(b"\r\nConnection: close\r\n" in head for head in heads)


def test_kept_connections_are_counted_once_for_the_process_that_they_reach():
    with bare(well) as server:
        seen = asyncio.run(load(server.url, 50, 0.2))
    assert seen.pids == {7: 10}
    assert seen.connections_by_pid == {7: server.connections}


@pytest.mark.parametrize(
    ("answer", "pid"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"pi\r\n5\r\nd\":7}"
         b"\r\n0\r\n\r\n", 7),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + BODY, 7),
        (b"HTTP/1.1 204 No Content\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000, None),
    ],
    ids=["chunks", "interim", "no body", "long"],
)  # fmt: skip
def test_an_answer_of_another_shape_is_an_answer_too(answer, pid):
    with bare(says(answer)) as server:
        seen = asyncio.run(load(server.url, 50, 0.1))
    assert (seen.pids, seen.failures) == ({pid: 5}, {})


def test_an_answer_in_single_bytes_is_read():
    async def slowly(here) -> bool:
        for byte in OK + BODY:
            here.writer.write(bytes([byte]))
            await here.writer.drain()
        return True

    with bare(slowly) as server:
        seen = asyncio.run(load(server.url, 50, 0.1))
    assert seen.pids == {7: 5}


# A closed loop, and what it hides.


def test_a_closed_loop_asks_as_often_as_the_server_counts():
    with bare(well) as server:
        seen = asyncio.run(load(server.url, math.inf, 0.3, closed=True, connections=4))
    assert (len(seen.latencies), seen.failed) == (server.requests, 0)
    assert server.connections <= 4
    assert seen.most_waiting <= 4
    assert (seen.closed, seen.planned) == (True, None)


def test_a_closed_loop_hides_the_waiting_that_an_open_one_shows():
    async def blocks(here) -> bool:
        if here.seen.requests == 10:
            time.sleep(0.8)  # noqa: ASYNC251 - it is what the test is about
        here.writer.write(OK + BODY)
        return True

    def waits(**options) -> int:
        with bare(blocks) as server:
            seen = asyncio.run(load(server.url, 50, 1.2, **options))
        assert seen.planned == 60
        return sum(latency > 0.2 for latency in seen.latencies)

    assert waits() > waits(closed=True, connections=1)


@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
def test_ours_counts_as_exactly_as_wrk(until):
    with bare(well) as server:
        words = ["wrk", "-t1", "-c4", "-d1s", server.url]
        told = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
        until(lambda: server.open == 0)
        theirs = int(re.search(r"(\d+) requests in", told.stdout)[1])
        assert theirs <= server.requests <= theirs + 4  # it leaves without the last answers
        before = server.requests
        seen = asyncio.run(load(server.url, math.inf, 0.5, closed=True, connections=4))
        assert len(seen.latencies) == server.requests - before


# Reading answers, without a server.


@pytest.mark.parametrize(
    "fields",
    [
        b"",
        b"Content-Length: -1",
        b"Content-Length: 1_0",
        b"Content-Length: \xb2",
        b"Content-Length: 9\r\nContent-Length: 10",
        b"Content-Length: 9, 10",
        b"Content-Length: 9\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Content-Length : 9",
        b"Content-Length: 9\r\n folded: 1",
        b"nonsense",
    ],
)
def test_a_head_that_leaves_the_end_open_is_a_bad_answer(fields):
    with pytest.raises(BadAnswer, match=r"length|end|field"):
        read_head(b"HTTP/1.1 200 OK\r\n" + fields)


@pytest.mark.parametrize(
    ("head", "keep_alive"),
    [
        (b"HTTP/1.1 200 OK", True),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive, CLOSE", False),
        (b"HTTP/1.0 200 OK", False),
        (b"HTTP/1.0 200 OK\r\nconnection: Keep-Alive", True),
    ],
)
def test_a_head_says_whether_its_connection_stays(head, keep_alive):
    found = read_head(head + b"\r\nCONTENT-LENGTH:  9 \r\nContent-Length: 9")
    assert (found.length, found.keep_alive, found.good) == (9, keep_alive, True)


@pytest.mark.parametrize("first", ["HTTP/2 200 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 OK", "", "x"])
def test_what_begins_without_a_status_is_a_bad_answer(first):
    with pytest.raises(BadAnswer, match="status"):
        read_head(first.encode() + b"\r\nContent-Length: 9")


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"", None),
        (b"3\r\nab", None),
        (b"3\r\nabc\r\n0\r\n", None),
        (b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", b"abc0123456789"),
        (b"0\r\nTrailer: x\r\n\r\n", b""),
    ],
)
def test_chunks_are_joined_once_all_are_there(data, body):
    assert joined(data) == body


@pytest.mark.parametrize("data", [b"x\r\n", b"\r\n", b"2\r\nabcd", b"-1\r\n", b"0\r\n\r\n!"])
def test_chunks_that_make_no_sense_are_a_bad_answer(data):
    with pytest.raises(BadAnswer, match="chunk"):
        joined(data)


@pytest.mark.parametrize(
    ("body", "pid"),
    [(BODY, 7), (b"[7]", None), (b"ok", None), (b'{"pid":"7"}', None), (b'{"pid":true}', None),
     (b"[" * 100_000, None), (b"\xff", None)],
    ids=range(7),
)  # fmt: skip
def test_a_pid_is_read_where_there_is_one(body, pid):
    assert read_pid(body) == pid


@pytest.mark.parametrize(
    "begin", [b"", OK[:-2], b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"]
)
def test_an_answer_that_does_not_end_is_given_up_and_never_fills_the_memory(begin):
    incoming = Incoming()

    def feed(data: bytes) -> None:
        room = incoming.room()
        assert len(room) > 0
        part = data[: len(room)]
        room[: len(part)] = part
        assert incoming.add(len(part)) is None

    def flood() -> None:
        feed(begin)
        for _ in range(1000):
            feed(b"x" * 4096)

    with pytest.raises(BadAnswer, match="longer than"):
        flood()
    assert len(incoming.data) <= 2 * LONGEST_ANSWER


# In a process of its own.


def test_a_load_apart_is_the_same_load(server):
    events = []
    seen = asyncio.run(load_apart(server.url, 50, 0.2, events.append, connections=3))
    assert (len(seen.sent_at), len(seen.latencies), seen.pids) == (10, 10, {server.pid: 10})
    answered = [event for event in events if event["kind"] == "answered"]
    assert sorted(event["at"] for event in answered) == list(seen.sent_at)
    assert sorted(event["seconds"] for event in answered) == sorted(seen.latencies)


def test_a_quick_load_apart_tells_ticks(server):
    ticks = []
    options = {"keep_alive": False, "closed": True}
    seen = asyncio.run(load_apart(server.url, 300, 0.4, ticks.append, **options))
    assert {tick["kind"] for tick in ticks} == {"tick"}
    assert sum(tick["answered"] for tick in ticks) == len(seen.latencies) == seen.connections
    assert seen.closed


@pytest.mark.parametrize(("url", "rate"), [("http://example.com:80", 1), ("http://127.0.0.1:1", 0)])
def test_a_load_apart_is_refused_as_early_as_here(url, rate):
    with pytest.raises(ValueError, match="a load "):
        asyncio.run(load_apart(url, rate, 1))


def test_a_load_apart_that_dies_is_an_error(monkeypatch):
    monkeypatch.setattr("sys.executable", shutil.which("false") or "false")
    with pytest.raises(ChildFailed, match=r"could not be started|load failed"):
        asyncio.run(load_apart("http://127.0.0.1:1", 1, 0.1))


def test_an_error_of_the_listener_of_a_load_apart_reaches_the_caller(server):
    def listen(event: dict) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        asyncio.run(load_apart(server.url, 20, 30, listen))


def test_a_cancelled_load_apart_leaves_no_child(server):
    """The fixture that looks for what is left behind would find it."""

    async def cancelled() -> None:
        first = asyncio.Event()
        loading = load_apart(server.url, 20, 30, lambda event: first.set())
        task = asyncio.create_task(loading)
        async with asyncio.timeout(30):
            await first.wait()
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert task.cancelled()

    asyncio.run(cancelled())


def test_a_tick_tells_of_those_who_wait_without_an_answer():
    ticks = Ticks(print)
    at = time.time() - 2
    ticks({"kind": "sent", "at": at})
    ticks({"kind": "sent", "at": at + 1})
    ticks({"kind": "answered", "at": at + 1, "seconds": 0.5, "failure": None, "pid": 7})
    first, second = ticks.tick(), ticks.tick()
    assert (first["sent"], first["answered"], first["failed"], first["waiting"]) == (2, 1, 0, 1)
    assert first["pids"] == {7: 1}
    assert (second["sent"], second["answered"], second["waiting"]) == (0, 0, 1)
    assert second["worst_ms"] >= first["worst_ms"] >= 2000


# The result.

WHOLE = Load(
    array("d", [1.0, 2.0, 3.0]), array("d", [0.001, 1 / 3]), 1, 2, {7: 1, None: 1},
    failures={"refused": 1}, reasons={"refused": "nobody"}, connections_by_pid={7: 1, None: 1},
    retried=1, connections=2, seconds=0.5, planned=3, late=0.25, loop="uvloop",
)  # fmt: skip


def test_a_load_comes_back_from_another_process_as_it_was():
    assert unpacked(json.loads(json.dumps(packed(WHOLE)))) == WHOLE


def test_a_load_in_plain_words():
    text = told(WHOLE)
    for part in (
        "answered      2",
        "process 7: 1 answers on 1 conn",
        "refused: nobody",
        "uvloop",
        "was due",
    ):
        assert part in text


def test_a_load_as_plain_json():
    seen = Load((1.0, 2.0, 3.0), (0.001, 0.002), 1, 2, {7: 2})
    figures = json.loads(json.dumps(seen.as_dict()))
    assert (
        figures.items()
        >= {
            "sent": 3,
            "answered": 2,
            "failed": 1,
            "most_waiting": 2,
            "p50_ms": 2.0,
            "p99_ms": 2.0,
            "max_ms": 2.0,
            "pids": {"7": 2},
            "failures": {},
            "retried": 0,
        }.items()
    )
