"""The cluster panel without a browser, and the plain function beside it: facts, never durations."""

import asyncio
import json
import time

import psutil
import pytest
from panel_loop import in_loop, until

from unstuck import labs
from unstuck.children import ChildFailed
from unstuck.cluster_traffic import Tally, Traffic
from unstuck.cluster_watch import watch_cluster
from unstuck.labs.cluster_board import Board
from unstuck.labs.cluster_keep import kept_run
from unstuck.labs.cluster_limit import most_workers
from unstuck.labs.cluster_rows import COLUMNS, table
from unstuck.labs.polite import PAUSE, Polite
from unstuck.results import read

pytestmark = pytest.mark.once  # long, and Python's version changes little here


@pytest.fixture(params=["python", "node"])
def runtime(request):
    if request.param == "node":
        request.getfixturevalue("needs_node")
    return request.param


def made(runtime="python", workers=2, **values):
    """A panel with choices; without heavy clients, for a busy machine has enough to do."""
    panel = labs.cluster()
    panel.runtime.value, panel.workers.value = runtime, workers
    for name, value in {"heavy": False, **values}.items():
        getattr(panel, name).value = value
    return panel


async def running(panel):
    """Press Run and wait until the clients are answered; the process ids of the workers."""
    panel.run.click()
    await until(lambda: panel.board.tally.answered["light"] or "alert" in panel.status)
    await until(lambda: not panel.kill.disabled)
    return list(panel.pid.options)


async def said(panel, button, words):
    button.click()
    await until(lambda: words in panel.status or "alert" in panel.status)
    assert words in panel.status
    return panel.status


async def stopped(panel):
    panel.stop.click()
    await until(lambda: panel.stop.disabled and not panel.run.disabled)
    await until(lambda: "Stopp" in panel.status and "Stopping" not in panel.status)


def test_each_button_says_what_came_of_it(runtime):
    async def test():
        panel = made(runtime, rate=50)
        first, second = await running(panel)
        panel.pid.value = first
        text = await said(panel, panel.kill, f"Worker {first} was killed; ")
        assert "lost" in text
        assert "serves since" in text
        await said(panel, panel.add, "was added and serves")
        assert "3 workers serve" in panel.status
        await said(panel, panel.remove, "drained and ended in")
        text = await said(panel, panel.restart, "were replaced by")
        assert str(second) in text.partition("replaced")[0]
        victim = panel.pid.value = (await until(lambda: panel.pid.options))[0]
        text = await said(panel, panel.hang, f"Worker {victim} hung: ")
        assert "It was killed" in text
        await stopped(panel)
        assert "No process of it is left" in panel.status

    in_loop(test)


def test_a_restart_while_a_worker_hangs_is_no_failure(runtime):
    """The successor is ready before the one that hangs has ended."""

    async def test():
        panel = made(runtime)
        (victim, *_) = await running(panel)
        panel.pid.value = victim
        panel.hang.click()
        await until(lambda: "waits for ever" in panel.status)
        panel.restart.click()
        await until(lambda: not panel._doing and len(panel._session.cluster.pids) == 2)
        assert "alert" not in panel.status
        assert victim not in panel._session.cluster.pids
        assert panel.board.kinds["restarted"] == 1
        await stopped(panel)

    in_loop(test)


def test_a_slot_that_is_given_up_is_told_and_an_earlier_restart_does_not_count(runtime):
    """F02: the other worker serves on."""

    async def test():
        panel = made(runtime)
        await running(panel)
        panel.crash.value = True
        await until(lambda: "From now on" in panel.status)
        panel.restart.click()
        await until(lambda: "refused" in panel.status)
        assert panel.board.failed_starts == 0
        panel.kill.click()
        await until(lambda: "no worker takes its place" in panel.status)
        assert "after 4 starts that failed: 1 worker serves" in panel.status
        panel.crash.value = False
        await until(lambda: "as they should" in panel.status)
        await said(panel, panel.restart, "were replaced by")
        assert panel.board.given_up == {}
        await stopped(panel)

    in_loop(test)


def test_workers_that_crash_at_start_end_the_run_with_their_error(runtime):
    """F02"""

    async def test():
        panel = made(runtime, workers=1)
        await running(panel)
        panel.crash.value = True
        await until(lambda: "From now on" in panel.status)
        panel.crash.value = False
        await until(lambda: "as they should" in panel.status)
        panel.crash.value = True
        await until(lambda: "From now on" in panel.status)
        panel.kill.click()
        await until(lambda: not panel.run.disabled)
        assert 'role="alert"' in panel.status
        assert "gave up after 4 starts that failed" in panel.status
        assert "told to crash" in panel.status or "asked to" in panel.status
        await running(panel)  # the next run starts as it should
        assert not panel.crash.value
        await stopped(panel)

    in_loop(test)


def test_a_wish_that_cannot_be_is_refused_in_the_primarys_words():
    async def test():
        panel = made(workers=1)
        (pid,) = await running(panel)
        panel.remove.click()
        await until(lambda: "at least 1 worker" in panel.status)
        panel.kill.click()
        await until(lambda: f"Worker {pid} was killed" in panel.status)
        await until(lambda: not panel.remove.disabled)
        await stopped(panel)

    in_loop(test)


@pytest.mark.parametrize("moment", ["at once", "while it serves", "while a worker hangs", "twice"])
def test_stop_ends_everything_in_any_state(moment, runtime, gone):
    """H09 H11 F03"""

    async def test():
        panel = made(runtime, heavy=True)
        pids = []
        if moment == "at once":
            panel.run.click()
            await until(lambda: panel._task is not None)
        else:
            pids = await running(panel)
        if moment in ("while a worker hangs", "twice"):
            panel.hang.click()
            await until(lambda: "hangs" in panel.status)
        if moment == "twice":
            panel.stop.click()
            await until(lambda: "Stopping" in panel.status)
        await stopped(panel)
        await until(lambda: all(map(gone, pids)))
        assert panel.kill.disabled

    in_loop(test)


def test_twenty_clicks_are_one_run_and_nothing_works_before_it():
    """H05"""

    async def test():
        panel = made()
        panel.kill.click()
        panel.restart.click()
        for _ in range(20):
            panel.run.click()
        await running(panel)
        assert panel.board.kinds["ready"] == 1
        await stopped(panel)

    in_loop(test)


@pytest.mark.parametrize("name", ["kill", "hang", "restart", "add", "remove", "crash", "stop"])
def test_twenty_clicks_on_any_button_do_no_harm_beyond_its_own(name, gone):
    """H05"""

    async def test():
        panel = made(workers=3)
        pids = await running(panel)
        for number in range(20):
            if name == "crash":
                panel.crash.value = number % 2 == 0
            else:
                getattr(panel, name).click()
        if name != "stop":
            await asyncio.sleep(0.2)
            await until(lambda: not panel._doing)
            assert "alert" not in panel.status
            await until(lambda: panel._session.cluster.pids)
            panel.stop.click()
        await until(lambda: panel._task is None)
        await until(lambda: all(map(gone, pids)))
        assert "Stopped by you" in panel.status

    in_loop(test)


def test_choices_are_fixed_while_a_cluster_runs_and_add_says_why_it_is_off(monkeypatch):
    async def test():
        panel = made(workers=2)
        await running(panel)
        choices = [panel.runtime, panel.workers, panel.spread, panel.hatch]
        choices += [panel.rate, panel.keep_alive, panel.heavy]
        assert all(each.disabled for each in choices)
        assert "takes effect at the next start" in panel.about
        assert not panel.add.disabled
        panel._most = type(panel._most)(2, "a cluster has at most 2")
        await until(lambda: panel.add.disabled)
        assert "Add a worker is off: a cluster has at most 2." in panel.about
        await stopped(panel)
        assert not any(each.disabled for each in choices)
        assert "off" not in panel.about

    in_loop(test)


def test_another_panel_takes_the_cluster_over(gone):
    """F01: the cell is run again."""

    async def test():
        panel = made()
        pids = await running(panel)
        other = made()
        await until(lambda: "Replaced" in panel.status)
        await until(lambda: all(map(gone, pids)))
        pids = await running(other)
        await running(panel)  # its Run replaces the newer one
        assert "Replaced" in other.status
        await until(lambda: all(map(gone, pids)))
        await stopped(panel)

    in_loop(test)


@pytest.mark.parametrize("way", ["closed", "its last view is gone"])
def test_a_panel_that_is_closed_or_not_shown_any_more_stops_its_cluster(way, gone):
    async def test():
        panel = made()
        for kind in ("here", "here", "gone"):
            panel.picture._handle_custom_msg({"kind": kind}, [])
        pids = await running(panel)
        if way == "closed":
            panel.close()
        else:
            panel.picture._handle_custom_msg({"kind": "gone"}, [])
        await until(lambda: panel._task is None)
        await until(lambda: all(map(gone, pids)))

    in_loop(test)


def test_the_run_ends_by_itself_and_says_so(monkeypatch):
    monkeypatch.setattr("unstuck.labs.cluster_panel.LONGEST", 1.0)

    async def test():
        panel = made(heavy=True)
        panel.run.click()
        await until(lambda: "1 s are over" in panel.status)
        await until(lambda: not panel.run.disabled)
        assert panel.picture.last["over"]

    in_loop(test)


def test_a_picture_that_is_looked_at_hears_few_small_messages_and_the_last_state():
    """D07"""

    async def test():
        panel, sent = made(rate=200, heavy=True), []
        panel.picture._handle_custom_msg({"kind": "shown"}, [])
        panel.picture.send = sent.append
        start = time.monotonic()
        await running(panel)
        await until(lambda: panel.board.tally.answered["light"].total() > 200)
        await stopped(panel)
        await until(lambda: sent[-1]["events"][-1]["kind"] == "over")
        took = time.monotonic() - start
        assert len(sent) <= 10 * took + 3
        assert max(len(json.dumps(message)) for message in sent) < 4000
        frames = [each for message in sent for each in message["events"] if "workers" in each]
        light = sum(worker[5] for frame in frames for worker in frame["workers"])
        assert light == frames[-1]["traffic"]["light"][0]  # each answer is drawn once
        assert frames[-1]["lost"] == dict(panel.board.tally.all_lost())

    in_loop(test)


def test_without_a_browser_nothing_is_sent():
    """I04"""

    async def test():
        panel, sent = made(), []
        panel.picture.send = sent.append
        await running(panel)
        await stopped(panel)
        assert sent == []
        assert panel.picture.rows[-1][0] == "all"

    in_loop(test)


def test_an_error_is_shown_with_type_and_line_and_run_is_usable(monkeypatch):
    """H04"""

    async def broken(*args):
        raise ZeroDivisionError("on purpose")

    async def test():
        panel = made()
        monkeypatch.setattr("unstuck.labs.cluster_run.send", broken)
        panel.run.click()
        await until(lambda: "ZeroDivisionError: on purpose" in panel.status)
        assert "line" in panel.status
        await until(lambda: not panel.run.disabled)

    in_loop(test)


def test_node_missing_is_a_sentence(monkeypatch):
    def missing(plan, events=True):
        raise ChildFailed("Node.js is missing: install it.")

    async def test():
        panel = made("node")
        monkeypatch.setattr("unstuck.cluster.command", missing)
        panel.run.click()
        await until(lambda: "Node.js is missing" in panel.status)
        await until(lambda: not panel.run.disabled)

    in_loop(test)


def test_a_panel_is_one_sentence_to_a_screen_reader_and_explains_each_spread():
    async def test():
        panel = made()
        assert repr(panel) == "Cluster panel: run this cell in JupyterLab to bring it to life."
        assert "0x" not in repr(panel.picture)
        texts = set()
        for spread in panel.spread.options:
            panel.spread.value = spread
            await asyncio.sleep(0.01)
            texts.add(panel.about)
        assert len(texts) == 3
        assert "Each request takes a new connection" in panel.about
        panel.keep_alive.value = True
        await until(lambda: "A kept connection stays with its worker" in panel.about)
        assert panel.workers.max == most_workers().count <= 8
        assert panel.add.disabled  # nothing runs
        assert labs.cluster().heavy.value

    in_loop(test)


def test_without_widgets_the_plain_function_is_named(monkeypatch, capsys):
    """H10"""
    monkeypatch.setitem(__import__("sys").modules, "unstuck.labs.cluster_panel", None)
    assert labs.cluster() is None
    assert "await watch_cluster" in capsys.readouterr().out


# what is shown


def event(pid, state, at, slot=0):
    return {"kind": "worker", "at": at, "pid": pid, "slot": slot, "state": state, "why": "x"}


def test_a_successor_takes_the_lane_of_the_dead_and_a_replaced_one_keeps_its_own():
    board, now = Board(), time.time()
    for pid, slot in ((11, 0), (12, 1)):
        board.hear(event(pid, "starting", now, slot))
        board.hear(event(pid, "ready", now, slot))
    board.hear(event(12, "ended", now, 1))
    board.hear(event(13, "starting", now, 1))
    board.hear(event(14, "starting", now, 0))  # 11 still serves: a rolling restart
    assert {pid: each.row for pid, each in board.workers.items()} == {11: 0, 12: 1, 13: 1, 14: 2}
    assert [each.pid for each in board.shown()] == [11, 13, 14]
    assert board.failed_starts == 0
    board.hear(event(14, "ended", now))
    assert board.failed_starts == 0  # it was on trial
    assert 14 in [each.pid for each in board.shown()]
    board.hear(event(14, "ended", now - 60))
    assert 14 not in [each.pid for each in board.shown()]


def test_rows_have_a_value_for_each_column_and_sums():
    board, now = Board(), time.time()
    board.hear(event(11, "ready", now))
    board.hear({"kind": "memory", "pid": 11, "bytes": 27_000_000})
    heard = {"kind": "answered", "at": now, "seconds": 0.004, "failure": None, "pid": 11}
    for _ in range(3):
        board.tally.hear("light", {"kind": "sent", "at": now})
    board.tally.hear("light", heard)
    board.tally.hear("light", {**heard, "failure": "timed out: no answer", "pid": None})
    frame = board.frame()
    rows = table(board)
    assert {len(row) for row in rows} == {len(COLUMNS)}
    nothing, left = ("0", "-", "-"), ("1 light, 0 heavy", "1 timed out")
    assert rows == [
        ["11", "ready", "1", "4.0", "4.0", *nothing, "27", "-", "-", "-"],
        [*("all", "1 ready", "1", "4.0", "4.0"), *nothing, "27", "-", *left],
    ]
    assert frame["traffic"]["light"] == [1, 1, 4.0, 4.0]
    assert board.frame()["workers"][0][5] == 0  # it was told in the frame before


def test_a_tally_forgets_old_latencies_and_keeps_the_counts():
    tally = Tally()
    old = {"kind": "answered", "at": time.time() - 60, "seconds": 1.0, "failure": None, "pid": 1}
    tally.hear("heavy", old)
    assert tally.latencies("heavy") == []
    assert tally.answered["heavy"] == {1: 1}


def test_a_loop_that_is_silent_is_flat_in_the_table_too():
    board = Board()
    board.hear(event(11, "ready", time.time()))
    board.workers[11].heard -= 3
    assert float(table(board)[0][COLUMNS.index("Flat (s)")]) >= 3
    board.hear({"kind": "beat", "pid": 11, "late": 0.0})
    assert table(board)[0][COLUMNS.index("Flat (s)")] == "-"


def test_starts_that_failed_are_counted_in_a_row_and_a_trial_is_none():
    board, now = Board(), time.time()
    board.hear(event(11, "starting", now))
    board.hear(event(11, "ready", now))
    for pid in (12, 13):  # a restart tries twice, while 11 serves
        board.hear(event(pid, "starting", now))
        board.hear(event(pid, "ended", now))
    assert board.failed_starts == 0
    board.hear(event(11, "ended", now))
    for pid in (14, 15):
        board.hear(event(pid, "starting", now))
        board.hear(event(pid, "ended", now))
    assert board.failed_starts == 2
    board.hear({"kind": "given up", "at": now, "pid": 15, "slot": 0, "why": "x"})
    assert (board.given_up, board.failed_starts) == ({0: 2}, 0)
    board.hear(event(16, "ready", now))
    assert board.given_up == {}


def test_what_a_machine_fits_is_one_rule():
    assert most_workers(64_000_000_000).count == 8
    assert "a cluster has at most 8" in most_workers(64_000_000_000).reason
    assert most_workers(400_000_000).count == 3
    assert "room for 3" in most_workers(400_000_000).reason
    assert most_workers(1).count == 1
    assert most_workers(0).count == 8  # unknown


def test_a_status_is_said_once_a_second_and_the_last_wins():
    async def test():
        said = []
        polite = Polite(asyncio.get_running_loop(), said.append)
        for number in range(20):
            polite.tell(str(number))
        assert (said, polite.waiting) == (["0"], "19")
        await until(lambda: len(said) > 1)
        polite.tell("dropped")
        polite.drop()
        await asyncio.sleep(PAUSE + 0.2)
        assert said == ["0", "19"]

    in_loop(test)


# what is kept


def test_a_run_is_kept_and_compared_in_the_table(runtime, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def test():
        panel = made(runtime, heavy=True, keep_alive=True)
        panel.compare.click()
        await until(lambda: "There is no unstuck-cluster.json yet" in panel.status)
        await running(panel)
        await said(panel, panel.kill, "was killed")
        assert panel.keep.disabled
        await stopped(panel)
        await said(panel, panel.keep, "Kept in")
        (kept,) = read("unstuck-cluster.json")
        mine = kept_run(panel._session)
        assert (kept.light, kept.heavy, kept.seconds) == (mine.light, mine.heavy, mine.seconds)
        assert (kept.runtime, kept.hatch, kept.workers) == (runtime, "inline", 2)
        assert kept.keep_alive
        assert kept.recorded
        assert kept.pids >= 3
        assert kept.light.answered > 0
        assert len(kept.kill_to_ready) == 1
        await said(panel, panel.compare, "both runs")
        assert [row[0] for row in panel.picture.rows[-2:]] == ["this run", "kept run"]
        assert {len(row) for row in panel.picture.rows} == {len(COLUMNS)}

    in_loop(test)


# the plain function


def test_a_watched_cluster_tells_who_answered_and_who_took_over(runtime):
    async def test():
        seen = await watch_cluster(seconds=2, kill_after=0.5, workers=2, runtime=runtime)
        assert seen.killed != seen.new_worker
        assert seen.replaced_after > 0
        assert len(seen.answers) >= 2
        assert sum(seen.answers.values()) + sum(seen.lost.values()) == seen.sent == 40
        assert "refused" not in seen.lost
        assert f"worker {seen.killed}" in repr(seen)
        assert json.loads(json.dumps(seen.as_dict()))["workers"] == 2

    in_loop(test)


def test_heavy_clients_are_told_apart_and_nobody_need_be_killed():
    async def test():
        seen = await watch_cluster(1, kill_after=None, heavy=True, keep_alive=True, workers=1)
        assert (seen.killed, seen.replaced_after) == (None, None)
        assert sum(seen.heavy_answers.values()) > 0
        assert "heavy" in repr(seen)
        assert "killed" not in repr(seen)

    in_loop(test)


@pytest.mark.parametrize("times", [(1, 1), (1, 0), (1, -1), (0, None)])
def test_times_that_cannot_be_are_refused_before_anything_starts(times):
    with pytest.raises(ValueError, match=r"s, not|a load has"):
        asyncio.run(watch_cluster(*times))


@pytest.mark.parametrize("rate", [0, -1, 201])
def test_a_rate_out_of_bounds_is_refused(rate):
    with pytest.raises(ValueError, match="up to 200"):
        Traffic(rate=rate)


def test_a_cancelled_watch_leaves_nothing():
    """B: the leftovers are looked for by a fixture as well."""

    async def test():
        task = asyncio.create_task(watch_cluster(workers=1))
        await asyncio.sleep(0.7)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    in_loop(test)


# in a real kernel


PANEL = """
import asyncio
from unstuck import labs
panel = labs.cluster()
panel.workers.value = 2
panel.run.click()
while not panel.board.tally.answered["light"]:
    await asyncio.sleep(0.05)
"""


def family(kernel) -> list[int]:
    """The ids of all processes below a kernel, Python's own fork server among them."""
    below = psutil.Process(kernel.manager.provisioner.pid).children(recursive=True)
    return [child.pid for child in below if "resource_tracker" not in " ".join(child.cmdline())]


@pytest.mark.parametrize("way", ["restart", "kill"])
def test_a_kernel_that_restarts_or_dies_leaves_no_process(kernel, way, until, gone):
    """B06 B08 F11"""
    assert kernel.run(PANEL) == ("", "")
    old = family(kernel)
    assert len(old) >= 4  # the primary, two workers, the clients
    if way == "kill":
        psutil.Process(kernel.manager.provisioner.pid).kill()
    else:
        kernel.manager.restart_kernel(now=False)
    until(lambda: all(map(gone, old)))


def test_an_interrupt_ends_a_cell_s_cluster_and_a_panel_is_usable_after_it(kernel, until, gone):
    """B03 H11"""
    kernel.run("from unstuck.cluster_watch import watch_cluster")
    cell = kernel.begin("await watch_cluster(seconds=60, kill_after=50, workers=2)")
    until(lambda: len(family(kernel)) >= 4, 20)
    old = family(kernel)
    kernel.manager.interrupt_kernel()
    assert kernel.end(cell)[1] in ("KeyboardInterrupt", "CancelledError")
    until(lambda: all(map(gone, old)), 10)
    assert kernel.run(PANEL) == ("", "")
    old = family(kernel)
    kernel.manager.interrupt_kernel()  # no cell runs: the panel serves on, and hears Stop
    stop = "panel.stop.click()\nwhile not panel.stop.disabled:\n    await asyncio.sleep(0.05)\n"
    text, error = kernel.run(stop + "await asyncio.sleep(0.1)\nprint(panel.status)")
    assert error == ""
    assert "Stopped by you" in text
    until(lambda: all(map(gone, old)))
