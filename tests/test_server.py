"""The server that gets blocked, in Python and in Node.js: right answers, refusals, and its port."""

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import psutil
import pytest

from unstuck import hatches
from unstuck.lag import STALLED
from unstuck.node import twin_path
from unstuck.server import listen
from unstuck.workloads import ARTICLE_NUMBER, small


@pytest.fixture(scope="module", params=["python", pytest.param("node", marks=pytest.mark.once)])
def server(request, serving):
    if request.param == "node":
        request.getfixturevalue("needs_node")
    with serving(request.param) as server:
        yield server


@pytest.fixture
def ask(server):
    """ask(path) gives the status and the JSON of the answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(path: str) -> tuple[int, dict]:
        try:
            with opener.open(server.url + path, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    return get


def test_the_light_request_tells_who_answers(server, ask):
    assert ask("/") == (200, {"pid": server.pid})
    assert server.pid == server.process.pid


@pytest.mark.parametrize(("n", "prime"), [(7, True), (9, False), (0, False), (-7, False)])
def test_a_number_is_tested(server, ask, n, prime):
    assert ask(f"/prime?n={n}") == (200, {"pid": server.pid, "n": n, "prime": prime})


def test_without_a_number_the_article_s_is_tested(ask):
    """X1"""
    _, answer = ask("/prime")
    assert (answer["n"], answer["prime"]) == (ARTICLE_NUMBER, True)


@pytest.mark.parametrize("n", ["2.5", "abc", "", "NaN", "Infinity", "1e400", "9" * 5000])
def test_what_is_no_whole_number_is_refused_with_a_sentence(ask, n):
    """X7"""
    status, answer = ask(f"/prime?n={n}")
    assert (status, list(answer)) == (400, ["error"])
    assert len(answer["error"].split()) > 3


@pytest.mark.parametrize("seconds", ["nan", "0", "-1", "61", "abc", "inf"])
def test_seconds_out_of_bounds_are_refused_with_a_sentence(ask, seconds):
    status, answer = ask(f"/block?seconds={seconds}")
    assert status == 400
    assert len(answer["error"].split()) > 3


@pytest.mark.parametrize("work", ["prime", "digest", "wait"])
def test_a_block_does_the_work_that_was_asked(server, ask, work):
    status, answer = ask(f"/block?seconds=2&work={work}")
    assert (status, answer["pid"]) == (200, server.pid)
    expected = {"prime": answer["answer"] is True, "digest": len(str(answer["answer"])) == 64}
    assert expected.get(work, True)
    assert small(2.0) / 8 < answer["seconds"] < small(2.0) * 8


def test_it_answers_on_after_a_refusal(server, ask):
    assert ask("/prime?n=abc")[0] == 400
    assert ask("/") == (200, {"pid": server.pid})


def test_it_listens_on_this_machine_only(server):
    connections = psutil.Process(server.pid).net_connections("inet")
    listening = {each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize("runtime", ["python", "node"])
def test_a_second_server_takes_another_port(server, serving, runtime, request):
    """F01"""
    if runtime == "node":
        request.getfixturevalue("needs_node")
    with serving(runtime) as second:
        assert second.url != server.url


@pytest.mark.parametrize("runtime", ["python", "node"])
def test_a_port_that_is_taken_is_told_in_a_sentence(runtime, request):
    """F01, F02: it ends, it does not try again."""
    with listen(0) as taken:
        port = taken.getsockname()[1]
        argv = [sys.executable, "-m", "unstuck", "serve", "--port", str(port)]
        if runtime == "node":
            node = request.getfixturevalue("needs_node")
            argv = [node, str(twin_path("server")), json.dumps({"port": port})]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == {"python": 2, "node": 1}[runtime]
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_refused_port_leaves_no_socket_open():
    with listen(0) as taken, pytest.raises(OSError, match="in use"):
        listen(taken.getsockname()[1])


def test_a_port_can_be_taken_again_at_once():
    """F01"""
    with listen(0) as first:
        address = first.getsockname()
        with socket.create_connection(address, timeout=5):
            first.accept()[0].close()
    with listen(address[1]) as again:
        assert again.getsockname() == address


@pytest.mark.parametrize("runtime", ["python", "node"])
@pytest.mark.parametrize("hatch", hatches.names())
def test_its_beats_tell_whether_it_was_blocked(runtime, hatch, serving, request):
    if runtime == "node":
        request.getfixturevalue("needs_node")
        if hatch == "distributed":
            pytest.skip("its twin is a scheduler of its own, and no way out of a server")
        words = [json.dumps({"hatch": hatch, "beats": True})]
    else:
        if reason := hatches.hatch(hatch).reason_missing():
            pytest.skip(reason)
        words = ["--hatch", hatch, "--beats"]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with serving(runtime, *words) as server:
        beat = json.loads(server.lines.get(timeout=10))
        assert beat["kind"] == "beat"
        with opener.open(f"{server.url}/block?seconds=10&work=digest", timeout=20) as answer:
            assert answer.status == 200
            seconds = json.load(answer)["seconds"]
        late = [json.loads(server.lines.get(timeout=10))["late"] for _ in range(2)]
        late += [json.loads(server.lines.get_nowait())["late"] for _ in range(server.lines.qsize())]
    assert (max(late) > seconds / 2 > STALLED) == (hatch == "inline")


@pytest.mark.usefixtures("needs_node")
def test_node_refuses_to_send_a_prime_to_its_helper_threads(serving):
    words = json.dumps({"hatch": "threads"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with serving("node", words) as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            opener.open(f"{server.url}/block?work=prime", timeout=20)
        with caught.value as error:
            assert "never JavaScript" in json.load(error)["error"]


def test_its_page_is_served_by_this_process_s_python(server, ask):
    assert ask("/")[1]["pid"] != os.getpid()
