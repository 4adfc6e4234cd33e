"""The cluster: one port, many workers, and what becomes of them and of requests when they die."""

import asyncio
import collections
import json
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest
from ports import is_free, port_of

from unstuck.asking import ask
from unstuck.children import ChildFailed
from unstuck.cluster import Cluster
from unstuck.cluster_handout import Handout
from unstuck.cluster_plan import SPREADS, Plan
from unstuck.load import load
from unstuck.together import together

BUSY = "/block?work=prime&seconds=60"  # a tenth of it in small runs


@pytest.fixture(params=["python", pytest.param("node", marks=pytest.mark.once)])
def runtime(request):
    if request.param == "node":
        request.getfixturevalue("needs_node")
    return request.param


def spreads_here(runtime: str) -> list[str]:
    """Node.js has SO_REUSEPORT since 22.12; its own test tells what it says before."""
    return list(SPREADS) if runtime == "python" else ["handout", "shared"]


async def counted(url: str, requests: int) -> collections.Counter:
    """Which worker answered how many of so many requests, each on a connection of its own."""
    return collections.Counter([(await ask(url))["pid"] for _ in range(requests)])


def refusals(cluster: Cluster) -> list[str]:
    return [each["why"] for each in cluster.events if each["kind"] == "refused"]


async def refusal(cluster: Cluster) -> str:
    """Wait until the primary has refused a command, and return its reason."""
    await cluster.until(lambda: refusals(cluster), 10, "refuse")
    return refusals(cluster)[0]


def test_each_worker_is_a_process_that_answers_on_the_one_port(runtime):
    """K1 K2 F05"""

    async def seen():
        async with Cluster(workers=3, runtime=runtime) as cluster:
            return cluster.primary, set(cluster.pids), await counted(cluster.url, 60)

    primary, pids, answers = asyncio.run(seen())
    assert set(answers) == pids
    assert len({primary, os.getpid(), *pids}) == 5


def test_connections_handed_out_in_turn_are_exactly_even(runtime):
    async def seen():
        async with Cluster(workers=2, runtime=runtime) as cluster:
            return await counted(cluster.url, 400)

    assert sorted(asyncio.run(seen()).values()) == [200, 200]


@pytest.mark.parametrize("spread", ["shared", "reuseport"])
def test_otherwise_the_system_chooses_and_no_worker_is_left_out(spread):
    """F04"""
    if spread == "reuseport" and not hasattr(socket, "SO_REUSEPORT"):
        pytest.skip("this system has no SO_REUSEPORT")

    async def seen():
        async with Cluster(workers=2, spread=spread) as cluster:
            return await counted(cluster.url, 400)

    answers = asyncio.run(seen())
    assert sum(answers.values()) == 400
    assert len(answers) == 2


def test_a_kept_connection_stays_with_its_worker(runtime):
    """X8 F05"""

    async def seen():
        async with Cluster(workers=2, runtime=runtime) as cluster:
            return await load(cluster.url, 50, 0.5, connections=1)

    assert len(asyncio.run(seen()).pids) == 1


@pytest.mark.parametrize("spread", SPREADS)
def test_after_kill_9_a_new_worker_serves_and_the_port_never_refuses(runtime, spread):
    """K3"""
    if spread not in spreads_here(runtime):
        pytest.skip(f"this Node.js may not have {spread}")

    async def seen():
        async with Cluster(workers=2, runtime=runtime, spread=spread) as cluster:
            asking = asyncio.create_task(load(cluster.url, 100, 1.5, keep_alive=False))
            await asyncio.sleep(0.2)
            before = cluster.pids
            await cluster.kill(before[0])
            after = await cluster.full(2)
            return before, after, await asking

    before, after, answers = asyncio.run(seen())
    assert before[0] not in after
    assert before[1] in after
    assert answers.failures.get("refused", 0) == 0
    assert answers.failed <= 2  # what was in the dead worker


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("keep_alive", [False, True])
def test_a_rolling_restart_loses_no_request(runtime, spread, keep_alive):
    if spread not in spreads_here(runtime):
        pytest.skip(f"this Node.js may not have {spread}")

    async def seen():
        async with Cluster(workers=2, runtime=runtime, spread=spread) as cluster:
            asking = asyncio.create_task(load(cluster.url, 200, 2.0, keep_alive=keep_alive))
            before = set(cluster.pids)
            await cluster.restart()
            after = set(cluster.pids)
            return before, after, await asking, set(await counted(cluster.url, 10))

    before, after, answers, answered_by = asyncio.run(seen())
    assert len(before) == len(after) == 2
    assert not before & after
    assert answers.failures == {}
    assert answered_by <= after


def test_a_graceful_stop_answers_what_is_in_flight(runtime):
    async def seen():
        async with Cluster(workers=2, runtime=runtime) as cluster:
            path = "/block?work=wait&seconds=5"  # a tenth, in small runs
            asking = [asyncio.create_task(ask(cluster.url, path)) for _ in range(4)]
            await asyncio.sleep(0.3)
            await cluster.stop()
            return await asyncio.gather(*asking)

    assert len({each["pid"] for each in asyncio.run(seen())}) == 2


@pytest.mark.parametrize("runtime", ["python"])
def test_an_app_that_fails_at_import_gives_few_starts_and_its_error(runtime, tmp_path, monkeypatch):
    """F02 X4"""
    (tmp_path / "broken_app.py").write_text("raise KeyError('no such setting')\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    events = []

    async def start():
        async with Cluster(events.append, workers=2, app="broken_app:app"):
            pass

    with pytest.raises(ChildFailed, match="KeyError: 'no such setting'"):
        asyncio.run(start())
    starts = [each for each in events if each.get("state") == "starting"]
    assert 2 <= len(starts) <= 2 + 3


def test_an_app_may_print_what_it_wants(tmp_path):
    app = tmp_path / "chatty.py"
    app.write_text(
        "from unstuck.asgi_app import app\nprint('{\"kind\": 5}', 'no newline', end='')\n"
    )

    async def seen():
        async with Cluster(workers=2, app=f"{app}:app") as cluster:
            await cluster.kill(cluster.pids[0])
            return await cluster.full(2)

    assert len(asyncio.run(seen())) == 2


CRASH = r"told to crash|dies at its start"


async def without_one(cluster: Cluster) -> list[int]:
    """Kill a worker that cannot be replaced; those that serve on once it is given up."""
    cluster.tell("crash_at_start", on=True)
    await cluster.kill(cluster.pids[0])
    with pytest.raises(ChildFailed, match=CRASH):
        await cluster.full(2)
    return cluster.pids


def starts(events) -> int:
    return sum(each.get("state") == "starting" for each in events)


@pytest.mark.parametrize("spread", SPREADS)
def test_a_worker_that_cannot_be_replaced_is_given_up_and_the_others_serve_on(runtime, spread):
    """F02"""
    if spread not in spreads_here(runtime):
        pytest.skip(f"this Node.js may not have {spread}")

    async def seen():
        async with Cluster(workers=2, runtime=runtime, spread=spread) as cluster:
            healthy = cluster.pids[1]
            left = await without_one(cluster)
            answers = await counted(cluster.url, 20)
            return healthy, left, answers, cluster.failure, list(cluster.events)

    healthy, left, answers, failure, events = asyncio.run(seen())
    assert (left, answers, failure) == ([healthy], {healthy: 20}, "")
    assert starts(events) <= 2 + 3 + 1


@pytest.mark.parametrize("do", ["add", "restart"])
def test_what_was_given_up_is_tried_again_by_command(runtime, do):
    async def seen():
        async with Cluster(workers=2, runtime=runtime) as cluster:
            await without_one(cluster)
            cluster.tell("crash_at_start", on=False)
            if do == "restart":
                await cluster.restart()
            else:
                cluster.tell(do)
            return set(await cluster.full(2)), set(await counted(cluster.url, 20))

    serving, answered_by = asyncio.run(seen())
    assert serving == answered_by


def test_when_the_last_worker_cannot_be_replaced_the_cluster_ends_and_frees_the_port(
    runtime, until
):
    """F02"""

    async def seen():
        async with Cluster(workers=2, runtime=runtime) as cluster:
            (last,) = await without_one(cluster)
            await cluster.kill(last)
            with pytest.raises(ChildFailed, match=CRASH):
                await cluster.full(2)
            return cluster.url, cluster.failure, list(cluster.events)

    url, failure, events = asyncio.run(seen())
    assert failure
    assert starts(events) <= 2 + 2 * (1 + 3)
    until(lambda: is_free(port_of(url)))


def test_where_some_workers_start_the_cluster_serves_and_notes_the_others(tmp_path):
    """F02: this app lets only one worker have what all of them want."""
    app = tmp_path / "greedy.py"
    app.write_text(
        f"import os\nfrom unstuck.asgi_app import app\nos.mkdir({str(tmp_path / 'mine')!r})"
    )

    async def seen():
        async with Cluster(workers=2, app=f"{app}:app") as cluster:
            return cluster.note, len(await counted(cluster.url, 4)), starts(cluster.events)

    note, answered_by, started = asyncio.run(seen())
    assert "FileExistsError" in note
    assert answered_by == 1
    assert started <= 2 + 3 + 3  # the one that is ready ends a row of failures


def test_a_hung_worker_is_passed_over_and_what_it_never_took_goes_to_others(runtime):
    """Node.js has one connection on its way at a time, and drops that one with the worker."""

    async def seen():
        beats = collections.defaultdict(time.monotonic)

        def hear(event: dict) -> None:
            if event["kind"] == "beat":
                beats[event["pid"]] = time.monotonic()

        async with Cluster(hear, workers=2, runtime=runtime) as cluster:
            victim = cluster.pids[0]
            await cluster.hang(victim)
            await cluster.until(lambda: time.monotonic() - beats[victim] > 0.3, 10, "hang")
            return victim, await load(cluster.url, 20, 2.5, keep_alive=False)

    victim, asked = asyncio.run(seen())
    assert asked.failed <= (runtime == "node")
    assert victim not in asked.pids


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process for a while")
def test_connections_that_a_dead_worker_never_took_are_served_by_others():
    async def seen():
        async with Cluster(workers=2) as cluster:
            victim = cluster.pids[0]
            os.kill(victim, signal.SIGSTOP)
            asking = [asyncio.create_task(ask(cluster.url)) for _ in range(20)]
            await asyncio.wait(asking, timeout=1)
            waited = sum(not each.done() for each in asking)
            await cluster.kill(victim)
            return waited, victim, [each["pid"] for each in await asyncio.gather(*asking)]

    waited, victim, pids = asyncio.run(seen())
    assert waited > 0
    assert victim not in pids


class Hand:
    """A worker that notes its name for each connection it takes."""

    def __init__(self, name: str, taken: list[str]):
        self.name, self.taken, self.is_silent = name, taken, False

    def take(self, connection: socket.socket) -> bool:
        connection.close()
        self.taken.append(self.name)
        return True


async def turns(silent: str, then_silent: str) -> str:
    """Who takes each of 6 connections, and of 6 more with others silent, of three workers."""
    handout, taken = Handout(0), []
    hands = [Hand(name, taken) for name in "cba"]
    for hand in hands:
        handout.joined(hand)
    try:
        for names in (silent, then_silent):
            for hand in hands:
                hand.is_silent = hand.name in names
            for _ in range(6):
                await knock(handout, taken)
    finally:
        handout.close()
    return "".join(taken)


async def knock(handout: Handout, taken: list[str]) -> None:
    wanted = len(taken) + 1
    with socket.create_connection(("127.0.0.1", port_of(handout.url)), 5):
        for _ in range(5000):  # each a turn of the loop
            if len(taken) < wanted:
                await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    ("silent", "then_silent", "who"),
    [
        ("", "", "abcabcabcabc"),
        ("a", "", "bcbcbcabcabc"),  # awake again, it is next
        ("ab", "abc", "ccccccabcabc"),
        ("abc", "abc", "abcabcabcabc"),  # all are busy: each has its turn
    ],
)
def test_a_silent_worker_has_its_turn_where_no_other_is_awake(silent, then_silent, who):
    assert asyncio.run(turns(silent, then_silent)) == who


@pytest.mark.parametrize("do", ["restart", "remove"])
def test_a_worker_that_drains_beside_heavy_clients_loses_no_request(runtime, do):
    """Each worker is blocked most of the time, and a connection on its way to it waits."""

    async def change(cluster: Cluster) -> None:
        await asyncio.sleep(0.3)
        if do == "restart":
            return await cluster.restart()
        cluster.tell("remove")
        return await cluster.full(2)

    async def seen():
        async with Cluster(workers=3, runtime=runtime) as cluster:
            block = cluster.url + "/block?work=prime&seconds=0.05"
            return await together(
                load(block, 200, 2, closed=True, connections=6, keep_alive=False),
                load(cluster.url, 30, 2, keep_alive=False),
                change(cluster),
            )

    heavy, light, _ = asyncio.run(seen())
    assert (heavy.failures, light.failures) == ({}, {})


def test_a_hung_worker_is_noticed_and_replaced(runtime):
    async def seen():
        async with Cluster(workers=2, runtime=runtime) as cluster:
            victim = cluster.pids[0]
            await cluster.hang(victim)
            await cluster.until(lambda: victim not in cluster.pids, 20, "notice it")
            await cluster.full(2)
            return victim, list(cluster.events)

    victim, events = asyncio.run(seen())
    assert [each["state"] for each in events if each.get("pid") == victim][-2:] == ["hung", "ended"]


def test_a_busy_worker_is_left_alone(runtime):
    """A loop that works for longer than the patience is silent, and not dead."""

    async def seen():
        async with Cluster(workers=2, runtime=runtime) as cluster:
            before = cluster.pids
            answer = await ask(cluster.url, "/block?work=prime&seconds=25", deadline=60)
            return before, cluster.pids, answer["pid"]

    before, after, pid = asyncio.run(seen())
    assert before == after
    assert pid in before


def test_a_rolling_restart_to_a_broken_version_keeps_the_old_workers_and_says_why(runtime):
    async def seen():
        async with Cluster(workers=2, runtime=runtime) as cluster:
            before = cluster.pids
            cluster.tell("crash_at_start", on=True)
            with pytest.raises(ChildFailed, match=CRASH):
                await cluster.restart()
            answers = await counted(cluster.url, 4)
            cluster.tell("crash_at_start", on=False)
            await cluster.restart()
            return before, answers, await cluster.full(2), starts(cluster.events)

    before, answers, after, started = asyncio.run(seen())
    assert before == sorted(answers, key=before.index)
    assert not set(before) & set(after)
    assert started == 2 + 1 + 2


def test_a_change_during_a_rolling_restart_is_refused(runtime):
    async def seen():
        async with Cluster(workers=2, runtime=runtime) as cluster:
            for do in ("restart", "restart", "add", "remove"):
                cluster.tell(do)
            await cluster.until(lambda: {"kind": "restarted"} in cluster.events, 20, "restart")
            return refusals(cluster), len(cluster.pids)

    refused, workers = asyncio.run(seen())
    assert (["restarting" in why for why in refused], workers) == ([True] * 3, 2)


def test_workers_come_and_go_by_command_within_bounds(runtime):
    async def seen():
        async with Cluster(workers=1, runtime=runtime) as cluster:
            cluster.tell("remove")
            cluster.tell("add")
            two = await cluster.full(2)
            answers = await counted(cluster.url, 20)
            cluster.tell("remove")
            await cluster.full(1)
            return two, answers, refusals(cluster)

    two, answers, refused = asyncio.run(seen())
    assert set(answers) == set(two)
    assert len(refused) == 1


@pytest.mark.parametrize("line", ["", "kill", "[]", '{"do": "burn"}', '{"do": "kill", "pid": 1}'])
def test_a_line_that_is_no_command_is_refused_in_a_sentence(runtime, line):
    async def seen():
        async with Cluster(workers=1, runtime=runtime) as cluster:
            cluster.write(line)
            return await refusal(cluster), psutil.pid_exists(1)

    why, first_process_lives = asyncio.run(seen())
    assert len(why.split()) > 3
    assert first_process_lives


@pytest.mark.parametrize(
    ("plan", "word"),
    [
        ({"workers": 0}, "workers"),
        ({"workers": 2.5}, "workers"),
        ({"workers": True}, "workers"),
        ({"workers": 99}, "workers"),
        ({"spread": "fair"}, "spread"),
        ({"runtime": "deno"}, "runtime"),
        ({"port": 70_000}, "port"),
        ({"port": "x"}, "port"),
        ({"runtime": "node", "app": "a:b"}, "app"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_a_sentence(plan, word):
    with pytest.raises(ValueError, match=word):
        Plan(**plan)


def test_a_port_that_is_taken_gives_a_free_one_and_a_note():
    """F09"""

    async def seen(port: int):
        async with Cluster(workers=1, port=port) as cluster:
            return cluster.url, cluster.note

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        url, note = asyncio.run(seen(port))
    assert port_of(url) != port
    assert str(port) in note


def test_clusters_in_turn_leave_nothing(gone):
    """F01: the leftovers are looked for by a fixture as well."""

    async def seen():
        pids = []
        for _ in range(8):
            async with Cluster(workers=2) as cluster:
                pids += [cluster.primary, *cluster.pids]
        return pids

    pids = asyncio.run(seen())
    assert len(set(pids)) == 24
    assert all(map(gone, pids))


@pytest.fixture
def served(runtime):
    """A primary of its own, as the command line starts it, and the line that says it is ready."""
    argv = [sys.executable, "-m", "unstuck", "serve", "--workers", "2", "--json"]
    argv += ["--runtime", runtime]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    env = {**os.environ, "UNSTUCK_OWNED": "1"}
    with subprocess.Popen(argv, env=env, text=True, **pipes) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_the_command_line_says_when_it_is_ready(served):
    process, ready = served
    assert (ready["kind"], ready["primary"], len(ready["workers"])) == ("ready", process.pid, 2)
    assert ready["url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_and_the_port_is_free(served, number, until, gone):
    """F03"""
    process, ready = served
    process.send_signal(number)
    assert process.wait(10) == 0
    assert all(map(gone, ready["workers"]))
    assert is_free(port_of(ready["url"]))


async def block(url: str) -> None:
    """Leave each of two workers in work that does not end soon."""
    for _ in range(2):
        asyncio.get_running_loop().create_task(_forgotten(url))
    await asyncio.sleep(0.5)


async def _forgotten(url: str) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
    writer.write(f"GET {BUSY} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await asyncio.sleep(0.2)
    writer.close()


@pytest.mark.parametrize("state", ["blocked", "dead"])
def test_it_stops_in_time_in_every_state(served, state, gone):
    """F03"""
    process, ready = served
    if state == "blocked":
        asyncio.run(block(ready["url"]))
    else:
        for pid in ready["workers"]:
            psutil.Process(pid).kill()
    start = time.monotonic()
    process.terminate()
    assert process.wait(20) == 0
    assert time.monotonic() - start < 10  # the promise is 5 s; a busy machine gets more
    assert all(map(gone, ready["workers"]))


def test_a_worker_that_hangs_while_it_drains_does_not_delay_a_stop(served, gone):
    """F03: it has no place in the cluster any more, and is ended as the others are."""
    process, ready = served
    for pid in ready["workers"]:
        process.stdin.write(json.dumps({"do": "hang", "pid": pid}) + "\n")
    process.stdin.write('{"do": "remove"}\n{"do": "stop"}\n')
    process.stdin.flush()
    start = time.monotonic()
    assert process.wait(20) == 0
    assert time.monotonic() - start < 10  # the promise is 5 s; a busy machine gets more
    assert all(map(gone, ready["workers"]))


@pytest.mark.parametrize("blocked", [False, True])
def test_when_the_primary_is_killed_its_workers_end_and_the_port_is_free(
    served, blocked, until, gone
):
    """F11"""
    process, ready = served
    if blocked:
        asyncio.run(block(ready["url"]))
    process.kill()
    process.wait(5)
    until(lambda: all(map(gone, ready["workers"])))
    until(lambda: is_free(port_of(ready["url"])))


def test_the_kernels_signal_handlers_stay_as_they_are():
    """F08"""

    def handlers() -> list:
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    async def seen():
        before = handlers()
        async with Cluster(workers=1):
            return before, handlers()

    before, during = asyncio.run(seen())
    assert before == during


def test_all_listen_on_this_machine_only(served):
    """F07"""
    process, ready = served
    tree = [process.pid, *ready["workers"]]
    found = [each for pid in tree for each in psutil.Process(pid).net_connections("inet")]
    listening = {each.laddr.ip for each in found if each.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_without_so_reuseport_the_others_work_and_it_says_so(monkeypatch):
    """F04"""
    from unstuck.cluster_spread import spread_named

    monkeypatch.delattr(socket, "SO_REUSEPORT", raising=False)
    with pytest.raises(ValueError, match="no SO_REUSEPORT"):
        spread_named("reuseport", 0)
    spread_named("shared", 0).close()
