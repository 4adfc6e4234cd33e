"""Who works on what: traces, their picture, and the panel without a browser."""

import asyncio
import inspect
import os
import time

import pytest
from panel_loop import in_loop, until

from unstuck import hatches, labs
from unstuck.hatches import inline, pool, threads
from unstuck.labs.lane_run import LaneRun
from unstuck.lane_chart import lanes_chart
from unstuck.node import TwinFailed, TwinRun, recorded_run
from unstuck.palette import INKS
from unstuck.results import read
from unstuck.stamps import divided, stamped
from unstuck.traces import Task, Trace
from unstuck.tracing import trace_of_lines, trace_tasks, trace_twin
from unstuck.workloads import is_prime, wait

pytestmark = pytest.mark.once  # the hatches themselves are tried on each Python

KILLED = 3


def share(number):
    return 1 / (number - 3)


def die(number):
    if number == KILLED:
        os._exit(3)
    return number


def leave(number):
    raise SystemExit(number)


def usable(name):
    hatch = hatches.hatch(name)
    if reason := hatch.reason_missing():
        pytest.skip(reason)
    return hatch


each_hatch = pytest.mark.parametrize("name", hatches.names())


# traces


@each_hatch
def test_one_failure_of_ten_is_told_with_its_type_function_and_line(name):
    """C10"""
    items = [(is_prime, 7, number != KILLED) for number in range(1, 11)]
    trace = asyncio.run(trace_tasks(name, usable(name).run, divided, items, 2))
    lines, first = inspect.getsourcelines(divided)
    assert trace.summary == (
        f"9 ok, 1 failed: ZeroDivisionError in divided, line {first + len(lines) - 1}"
    )
    (failed,) = trace.failed
    assert (failed.number, failed.answer) == (KILLED, None)
    assert failed.worker is not None
    assert [task.answer for task in trace.tasks if not task.failed] == [1.0] * 9


@pytest.mark.parametrize("name", ["pool", "child"])
def test_a_worker_that_dies_is_one_failure_and_the_others_have_answers(name):
    """C10"""
    trace = asyncio.run(trace_tasks(name, usable(name).run, die, range(1, 6), 2))
    assert trace.summary == "4 ok, 1 failed: WorkerDied in die"
    assert "its worker, process" in trace.failed[0].failed
    assert trace.failed[0].worker is None
    assert [task.answer for task in trace.tasks] == [1, 2, None, 4, 5]


def test_a_function_that_leaves_is_a_failure_and_ends_nothing_else():
    trace = asyncio.run(trace_tasks("threads", threads.run, leave, [1, 2], 2))
    assert trace.summary.startswith("0 ok, 2 failed: SystemExit in leave, line")
    assert trace.summary.endswith("(2 times)")


@pytest.mark.parametrize("hatch", [inline, threads, pool])
def test_a_function_that_raises_a_cancel_is_one_failure(hatch):
    """C10"""
    trace = asyncio.run(trace_tasks("x", hatch.run, cancels_at_two, [1, 2, 3], 2))
    assert trace.summary.startswith("2 ok, 1 failed: CancelledError in cancels_at_two, line")


def cancels_at_two(number):
    if number == 2:
        raise asyncio.CancelledError
    return number


def test_a_call_that_cannot_travel_is_told_by_name():
    """C10"""
    trace = asyncio.run(trace_tasks("pool", pool.run, is_prime, [7, (x for x in "")], 2))
    assert trace.summary == "1 ok, 1 failed: CannotTravel in is_prime"


@each_hatch
def test_the_worker_is_another_process_or_thread_except_inline(name):
    trace = asyncio.run(trace_tasks(name, usable(name).run, is_prime, [7] * 4, 2))
    process, thread, *_ = stamped(is_prime, 7)[2:]
    own_process = {worker[0] for worker in trace.workers} == {process}
    assert own_process == (name in ("inline", "threads", "interpreters"))
    assert ((process, thread) in trace.workers) == (name == "inline")
    assert len(trace.workers) == 4 or name != "child"


def test_not_more_than_workers_work_at_once_and_the_rest_is_seen_waiting():
    trace = asyncio.run(trace_tasks("threads", threads.run, wait, [0.05] * 7, 2))
    for task in trace.tasks:
        beside = [each for each in trace.tasks if each.began < task.ended > task.began]
        assert sum(each.ended > task.began for each in beside if each.began <= task.began) <= 2
    numbers = [number for _, number in trace.waiting()]
    assert (max(numbers), numbers[-1]) == (7, 0)
    assert all(task.submitted <= task.began <= task.ended for task in trace.tasks)


def test_events_come_as_they_happen_and_in_order():
    events = []
    trace = asyncio.run(trace_tasks("pool", pool.run, is_prime, [7] * 5, 2, events.append))
    for task in trace.tasks:
        mine = [event for event in events if event["task"] == task.number]
        assert [event["kind"] for event in mine] == ["submitted", "began", "ended"]
        assert mine[1]["lane"] == mine[2]["lane"] in (0, 1)
        assert (mine[2]["began"], mine[2]["at"]) == (task.began, task.ended)
    assert [event["kind"] for event in events[:5]] == ["submitted"] * 5


def test_inline_gives_the_loop_a_turn_between_tasks_so_that_it_can_be_cancelled():
    async def test():
        events = []
        run = trace_tasks("inline", inline.run, wait, [0.05] * 20, 1, events.append)
        task = asyncio.ensure_future(run)
        await until(lambda: events)
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert 0 < sum(event["kind"] == "ended" for event in events) < 20

    in_loop(test)


def test_a_cancelled_trace_leaves_no_task_in_the_pool():
    async def test():
        events = []
        task = asyncio.ensure_future(
            trace_tasks("pool", pool.run, wait, [30] * 3, 2, events.append)
        )
        await until(lambda: any(event["kind"] == "began" for event in events))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert pool.warm().waiting == 0

    in_loop(test)


@pytest.mark.parametrize("workers", [0, -1, 62, True, 1.5, "2", None])
def test_a_strange_number_of_workers_is_refused_in_a_sentence(workers):
    with pytest.raises(ValueError, match="whole number from 1 to 61"):
        asyncio.run(trace_tasks("inline", inline.run, is_prime, [7], workers))
    with pytest.raises(ValueError, match="whole number from 1 to 61"):
        asyncio.run(trace_twin(1, workers))


def test_no_task_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one item"):
        asyncio.run(trace_tasks("inline", inline.run, is_prime, [], 1))


# lanes and pictures


def made(*tasks):
    """A trace of (began, ended, worker) triples, all submitted at 100."""
    return Trace("pool", "python", tuple(
        Task(number, 100.0, 100 + began, 100 + ended, worker and (worker, 1))
        for number, (began, ended, worker) in enumerate(tasks, 1)
    ))  # fmt: skip


def test_a_worker_keeps_its_lane_and_one_that_comes_later_takes_a_free_one():
    trace = made((0, 2, 7), (0, 1, 8), (1, 2, None), (2, 3, 7), (2, 3, 9))
    assert trace.lanes() == [0, 1, 1, 0, 1]


@pytest.mark.parametrize(("tasks", "workers"), [(1, 1), (10, 2), (40, 8)])
def test_a_picture_has_a_row_for_each_task_and_words_for_all(tasks, workers):
    triples = [(n // workers, n // workers + 1, 1 + n % workers) for n in range(tasks)]
    picture = lanes_chart(made(*triples))
    assert picture.png.startswith(b"\x89PNG")
    assert len(picture.rows) == tasks
    assert {row[2] for row in picture.rows} == set(range(1, workers + 1))
    assert f"lanes: {workers}, tasks waiting at most: {max(0, tasks - workers)}" in picture.alt
    assert "<table>" in picture._repr_html_()


def test_python_and_node_stand_in_one_picture_and_a_failure_in_its_table():
    node = trace_of_lines(recorded_run("lanes", "Node.js is missing."))
    python = asyncio.run(trace_tasks("threads", threads.run, share, [2, 3], 2))
    picture = lanes_chart([python, node])
    assert {row[0] for row in picture.rows} == {"threads, python", "worker threads, node"}
    assert "recorded: Recorded on" in picture.alt
    (outcome,) = (row[-1] for row in picture.rows if row[-1] != "ok")
    assert outcome.startswith("failed: ZeroDivisionError in share, line")


def test_nothing_to_draw_says_so():
    with pytest.raises(ValueError, match="make a trace first"):
        lanes_chart([])


def test_what_waits_and_what_failed_has_a_pattern_too():
    assert INKS["waiting"].hatch
    assert INKS["failed"].hatch
    assert INKS["failed"].marker != INKS["python"].marker


# Node.js


@pytest.mark.usefixtures("needs_node")
def test_node_s_worker_threads_give_the_same_trace_and_tell_it_live():
    events = []
    trace = asyncio.run(trace_twin(6, 2, 0.05, events.append))
    assert (trace.runtime, trace.recorded, trace.summary) == ("node", False, "6 ok, 0 failed")
    assert len(trace.workers) == 2
    assert {process for process, _ in trace.workers}.isdisjoint({os.getpid()})
    kinds = [event["kind"] for event in events]
    assert [kinds.count(kind) for kind in ("submitted", "began", "ended", "lanes")] == [6, 6, 6, 1]
    assert max(trace.lanes()) == 1


@pytest.mark.usefixtures("needs_node")
def test_a_task_that_throws_in_node_fails_alone_with_its_line():
    """C10"""
    trace = asyncio.run(trace_twin(5, 2, 0.05, fault=2))
    assert trace.summary.startswith("4 ok, 1 failed: Error in lanes.js, line ")
    assert trace.failed[0].number == 2


@pytest.mark.usefixtures("needs_node")
def test_a_new_worker_takes_the_lane_of_one_that_threw_in_node():
    """One lane: beside a second one, no task might be left for the new worker."""
    trace = asyncio.run(trace_twin(3, 1, 0.05, fault=1))
    assert trace.summary.startswith("2 ok, 1 failed")
    assert len(trace.workers) == 2


@pytest.mark.usefixtures("needs_node")
def test_seconds_that_are_none_are_told_by_the_twin():
    with pytest.raises(TwinFailed, match="seconds must be above 0"):
        asyncio.run(trace_twin(1, 1, -1))


def test_a_worker_that_ends_silently_is_a_failure_in_the_lines_too():
    lines = (
        {"kind": "submitted", "task": 1, "at": 1.0},
        {"kind": "began", "task": 1, "at": 2.0, "lane": 0, "thread": 1},
        {"kind": "ended", "task": 1, "at": 3.0, "lane": 0, "failed": "the worker ended"},
        {"kind": "lanes", "pids": [7]},
    )
    trace = trace_of_lines(TwinRun(lines))
    assert trace.summary == "0 ok, 1 failed: the worker ended"
    assert (trace.tasks[0].waited, trace.tasks[0].ran) == (1.0, 1.0)


# the panel


def fast(panel, hatch="threads", tasks=4):
    panel.hatch.value, panel.tasks.value, panel.seconds.value = hatch, tasks, 0.05
    panel.workers.value = 2
    return panel


async def closed(panel):
    await until(lambda: panel._task is None)
    await panel._kernel.stop()


@each_hatch
def test_a_run_of_each_hatch_ends_in_a_sentence_and_a_row(name):
    async def test():
        panel = fast(labs.lanes(), name)
        panel.run.click()
        await until(lambda: "ok, 0 failed" in panel.status or "alert" in panel.status)
        await closed(panel)
        if reason := hatches.hatch(name).reason_missing():
            assert reason.split(":")[0] in panel.status
            return
        assert panel.picture.rows[0][:2] == [f"{name} in python", "4"]
        assert panel.traces[0].summary == "4 ok, 0 failed"

    in_loop(test)


def test_a_failed_task_is_counted_in_the_panel_with_its_line():
    """C10 H04"""

    async def test():
        panel = fast(labs.lanes(), tasks=10)
        panel.fails.value = True
        panel.run.click()
        await until(lambda: "9 ok, 1 failed: ZeroDivisionError in divided, line" in panel.status)
        await closed(panel)
        assert "9 ok, 1 failed" in panel.picture.rows[0][-1]

    in_loop(test)


def test_the_traces_of_a_panel_are_kept_and_read_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def test():
        panel = fast(labs.lanes())
        assert panel.keep.disabled
        panel.run.click()
        await until(lambda: "ok, 0 failed" in panel.status)
        await closed(panel)
        panel.keep.click()
        await until(lambda: f"Kept in {panel.KEPT}" in panel.status)
        (again,) = read(panel.KEPT)
        assert (again.recorded, again.summary) == (True, "4 ok, 0 failed")

    in_loop(test)


def test_twenty_clicks_are_one_run():
    """H05"""

    async def test():
        panel = fast(labs.lanes())
        for _ in range(20):
            panel.run.click()
        await until(lambda: panel._task is not None)
        assert (panel.run.disabled, panel.stop.disabled) == (True, False)
        await closed(panel)
        assert len(panel.traces) == 1
        assert (panel.run.disabled, panel.stop.disabled) == (False, True)

    in_loop(test)


@pytest.mark.parametrize("runtime", ["Python", "Node.js", "Python, then Node.js"])
def test_after_a_stop_at_any_moment_the_controls_are_usable(runtime):
    """H11"""

    async def test():
        panel = fast(labs.lanes(), "pool", 10)
        panel.runtime.value = runtime
        for moment in (0.0, 0.1, 0.4):
            panel.run.click()
            await until(lambda: panel._task is not None)
            await asyncio.sleep(moment)
            panel.stop.click()
            await until(lambda: panel._task is None and not panel.run.disabled)
            assert panel.stop.disabled
        await closed(panel)

    in_loop(test)


def test_a_stop_that_arrives_in_many_turns_of_the_loop_is_heard_beside_inline_work():
    """H09: with a task in each turn it was heard after eight, and more on a busy machine."""

    async def test():
        panel = fast(labs.lanes(), "inline", 40)
        panel.run.click()
        before = await until(lambda: panel._run.ended)
        for _ in range(20):
            await asyncio.sleep(0)
        panel.stop.click()
        await closed(panel)
        assert panel._run.ended - before < 10
        assert "Stopped by you, between two tasks" in panel.status

    in_loop(test)


def test_stop_during_threads_says_that_they_were_abandoned():
    """B11"""

    async def test(panel=None):
        panel = fast(labs.lanes(), "threads", 2)
        panel._run.counted = Busy()
        panel.run.click()
        await until(lambda: panel._run.counted.working == 2)
        panel.stop.click()
        await until(lambda: "Abandoned, still running: 2" in panel.status)
        panel._run.counted.go_on = True
        await closed(panel)

    in_loop(test)


class Busy:
    """Work that goes on until it is told to end, and counts itself as `Counted` does."""

    def __init__(self):
        self.working, self.go_on = 0, False

    def __call__(self, item):
        self.working += 1
        end = time.monotonic() + 20
        while not self.go_on and time.monotonic() < end:
            time.sleep(0.01)
        self.working -= 1
        return 1.0


def test_too_much_work_is_refused_in_a_sentence_and_run_is_usable():
    """H04"""

    async def test():
        panel = fast(labs.lanes())
        panel.tasks.value, panel.seconds.value = 40, 1.0
        panel.run.click()
        await until(lambda: "40 s of work" in panel.status)
        await closed(panel)
        assert 'role="alert"' in panel.status
        assert not panel.run.disabled

    in_loop(test)


def test_without_a_browser_nothing_is_sent():
    """I04"""

    async def test():
        panel, sent = fast(labs.lanes()), []
        panel.picture.send = sent.append
        panel.run.click()
        await until(lambda: "ok, 0 failed" in panel.status)
        await closed(panel)
        assert sent == []

    in_loop(test)


def test_a_picture_that_is_looked_at_hears_all_in_few_messages():
    """D07"""

    async def test():
        panel, sent = fast(labs.lanes(), tasks=20), []
        panel.picture._on_message(panel.picture, {"kind": "shown"}, [])
        panel.picture.send = sent.append
        start = time.monotonic()
        panel.run.click()
        await until(lambda: "ok, 0 failed" in panel.status)
        took = time.monotonic() - start
        await asyncio.sleep(0.2)
        await closed(panel)
        events = [event for message in sent for event in message["events"]]
        kinds = [event["kind"] for event in events]
        assert [kinds.count(k) for k in ("submitted", "began", "ended")] == [20, 20, 20]
        assert (kinds[:2], kinds[-1]) == (["clear", "run"], "over")
        assert len(sent) <= 10 * took + 2

    in_loop(test)


def test_a_recorded_run_is_played_to_the_picture(monkeypatch):
    events = []
    run = LaneRun(events.append)
    run.choose("pool", 10, 0.2, 2)

    async def recorded(*args, **options):
        return trace_of_lines(recorded_run("lanes", "Node.js is missing."))

    monkeypatch.setattr("unstuck.labs.lane_run.trace_twin", recorded)
    trace = asyncio.run(run.trace("node"))
    assert trace.recorded
    assert sum(event["kind"] == "ended" for event in events) == 10
    assert "(recorded)" in run.row(trace)[0]


def test_divided_fails_after_its_work_where_there_are_no_parts():
    assert divided((is_prime, 7, 1)) == 1
    with pytest.raises(ZeroDivisionError):
        divided((is_prime, 7, 0))


def test_a_panel_is_one_sentence_to_a_screen_reader():
    async def test():
        panel = labs.lanes()
        assert repr(panel) == "Lanes panel: run this cell in JupyterLab to bring it to life."
        assert "0x" not in repr(panel.picture)
        assert "Ready." in panel.status

    in_loop(test)


def test_without_widgets_the_plain_function_is_named(monkeypatch, capsys):
    """H10"""
    monkeypatch.setitem(__import__("sys").modules, "unstuck.labs.lanes_panel", None)
    assert labs.lanes() is None
    assert "await trace_tasks" in capsys.readouterr().out


def test_inside_a_browser_python_says_that_it_cannot_start_processes(monkeypatch, capsys):
    """H14"""
    monkeypatch.setattr("sys.platform", "emscripten")
    assert labs.lanes() is None
    assert "cannot start processes" in capsys.readouterr().out
