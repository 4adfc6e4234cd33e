"""Threads: what the GIL lets through, what travels, what cannot be stopped, what gets lost."""

import asyncio
import os
import signal
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from unstuck import free_python, gil, hatches, marks
from unstuck.abilities import gil_state
from unstuck.counters import add, add_bare, add_locked, lock_cost, lost_updates
from unstuck.free_python import TwoJobs, compare_builds, find_free_threaded, measure_in, recorded
from unstuck.hatches import threads
from unstuck.lag import TimedLoop
from unstuck.travels import travels
from unstuck.trial import measure
from unstuck.watched import Watched
from unstuck.workloads import is_prime, sized_exactly


@pytest.fixture(autouse=True)
def no_work_is_left(until):
    yield
    until(lambda: not [t for t in threading.enumerate() if t.name.startswith("watched work")])


# The GIL


def test_the_switch_interval_is_put_back_also_after_an_error():
    before = sys.getswitchinterval()
    seen = []

    def fail() -> None:
        with gil.switch_interval(0.05):
            seen.append(sys.getswitchinterval())
            divide(1, 0)

    with pytest.raises(ZeroDivisionError):
        fail()
    assert seen == [pytest.approx(0.05)]
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize("seconds", [0, -1, 5])
def test_a_senseless_switch_interval_is_refused(seconds):
    with pytest.raises(ValueError, match=r"from 0\.000001"), gil.switch_interval(seconds):
        pass


def test_the_loop_waits_longer_for_its_turn_the_longer_the_interval():
    if gil_state() == "off":
        pytest.skip("without the GIL the interval has no effect")

    def median_lateness(interval: float) -> float:
        with gil.switch_interval(interval), asyncio.Runner(loop_factory=TimedLoop) as runner:
            job = sized_exactly("prime", 0.4)
            return runner.run(measure("threads", threads.run, *job, repeats=1)).lag_p50_ms

    assert median_lateness(0.05) > 2 * median_lateness(0.0005)


@pytest.mark.parametrize("way", [gil.in_turn, gil.in_threads])
def test_every_job_is_done_whichever_way(way):
    done = []
    assert way(3, done.append, 1) > 0
    assert done == [1, 1, 1]


def test_an_exception_of_one_thread_of_many_arrives():
    """C10"""
    with pytest.raises(TypeError, match="whole number"):
        gil.in_threads(3, is_prime, "x")


# Lost updates


def test_updates_are_lost_without_a_lock_and_never_with_one():
    """20 tries of each; the loss without the lock is seen in every one of them."""
    assert all(lost_updates(add, 2, 300) > 0 for _ in range(20))
    assert [lost_updates(add_locked, 4, 100) for _ in range(20)] == [0] * 20


def test_a_lone_thread_loses_nothing():
    assert lost_updates(add, 1, 100) == lost_updates(add_bare, 1, 100) == 0


def test_a_lock_costs_something_but_less_than_a_millisecond():
    assert 0 < lock_cost(times=5000) < 1e-3


# What travels with the work


@pytest.fixture(scope="module")
def table():
    seen = asyncio.run(travels())
    hatches.close()
    return seen


def test_each_hatch_is_in_the_table_or_named_with_its_reason(table):
    """C11"""
    assert {*table.seen, *table.missing} == {*hatches.names(), "run_in_executor"}
    for name in table.seen:
        assert name in repr(table)
    for name, reason in table.missing.items():
        assert f"{name}: {reason}" in repr(table)
        assert reason == hatches.hatch(name).reason_missing()


def test_a_context_variable_travels_by_to_thread_and_to_no_process(table):
    """C11"""
    assert table.saw("inline", "a ContextVar")
    assert table.saw("threads", "a ContextVar")
    assert table.saw("threads", "decimal's precision")
    for name in {"pool", "child", "interpreters"} & {*table.seen}:
        assert not table.saw(name, "a ContextVar")


def test_the_table_agrees_with_an_independent_try(table):
    """C11: run_in_executor, asked once more without the helper."""

    async def read() -> str:
        with marks.marks("again"):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(None, marks.look, "again", os.getcwd(), [])

    row = table.seen["run_in_executor"]
    assert asyncio.run(read()) == row[:8]


def test_memory_is_shared_by_threads_and_by_no_process(table):
    for name in ("inline", "threads", "run_in_executor"):
        assert table.saw(name, "a global set after import")
        assert table.saw(name, "back: a list it appends to")
    for name in {"pool", "child"} & {*table.seen}:
        assert not table.saw(name, "a global set after import")
        assert not table.saw(name, "back: a list it appends to")


def test_the_marks_are_taken_away_also_after_an_error():
    before = os.getcwd(), dict(os.environ), list(sys.path)
    folder = marks.elsewhere(os.getcwd())
    seen = []

    def fail() -> None:
        with marks.marks("here"):
            seen.extend(marks.look("here", folder, []))
            divide(1, 0)

    with pytest.raises(ZeroDivisionError):
        fail()
    assert all(seen)
    assert (os.getcwd(), dict(os.environ), list(sys.path)) == before
    assert not any(marks.look("here", folder, []))


def test_the_marks_go_elsewhere_also_from_the_root():
    root = os.path.abspath(os.sep)
    assert marks.elsewhere(root) != root
    assert os.path.isdir(marks.elsewhere(os.getcwd()))


# A thread cannot be stopped from outside


def deaf(work, seconds):
    """Tick until the time is over, whatever the flag says."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        work.tick()
        time.sleep(0.01)
    return work.ticks


def heeding(work, seconds):
    """Tick until the time is over or the flag is set."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not work.stop.wait(0.01):
        work.tick()
    return work.ticks


async def cancelled(work, func, until) -> None:
    """Begin, wait for some ticks, cancel."""
    task = asyncio.create_task(work.run(func, 30 if func is heeding else 3))
    await asyncio.to_thread(until, lambda: work.ticks > 3)
    assert work.label == "running"
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()


def test_a_cancelled_thread_is_called_abandoned_as_long_as_it_runs(until):
    """B11: the counter goes on, and the label says so; "stopped" only when it has returned."""
    work = Watched()

    async def main():
        await cancelled(work, deaf, until)
        before = work.ticks
        assert work.label == "abandoned, still running"
        assert repr(work).startswith("abandoned, still running, ")
        await asyncio.to_thread(until, lambda: work.ticks > before + 20)
        assert work.label == "abandoned, still running"

    asyncio.run(main())
    until(lambda: work.label == "stopped: it has returned")


def test_a_thread_that_heeds_the_flag_ends(until):
    """B11"""
    work = Watched()
    asyncio.run(cancelled(work, heeding, until))
    until(lambda: work.label == "stopped: it has returned")


def test_work_that_is_waited_for_ends_with_its_answer():
    async def main():
        work = Watched()
        assert work.label == "not started"
        answer = await work.run(heeding, 0.1)
        return answer == work.ticks, work.label

    assert asyncio.run(main()) == (True, "ended")


def test_twenty_interrupted_demos_leave_no_thread(until):
    """B05: the growth of the number of threads is 0 within 5 s of each interrupt."""
    before = {*threading.enumerate()}

    async def interrupted():
        work = Watched()
        task = asyncio.ensure_future(work.run(heeding, 60))
        await asyncio.to_thread(until, lambda: work.ticks > 1)
        signal.raise_signal(signal.SIGINT)  # asyncio turns it into a cancelled main task
        await task

    for _ in range(20):
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(interrupted())
        until(lambda: {*threading.enumerate()} <= before)


BEFORE = """\
import asyncio, threading
from unstuck.watched import Watched
await asyncio.to_thread(int)
before = {*threading.enumerate()}
def heeding(work):
    print("begun", flush=True)
    while not work.stop.wait(0.01):
        work.tick()"""
DEMO = "work = Watched()\nawait work.run(heeding)"
AFTER = """\
for _ in range(250):
    if {*threading.enumerate()} <= before:
        break
    await asyncio.sleep(0.02)
print(work.label, {*threading.enumerate()} <= before)"""


def test_an_interrupted_cell_leaves_no_thread(kernel):
    """B05: three interrupts in one kernel; the thread ends within 5 s of each."""
    kernel.run(BEFORE)
    for _ in range(3):
        cell = kernel.begin(DEMO)
        kernel.until_printed("begun")
        kernel.manager.interrupt_kernel()
        assert kernel.end(cell, 10)[1] in ("KeyboardInterrupt", "CancelledError")
        assert "stopped: it has returned True" in kernel.run(AFTER)[0]


# A failure is seen


def divide(a, b):
    return a / b


def test_one_failure_of_ten_is_seen_by_name_and_line():
    """C10"""

    async def ten():
        calls = (threads.run(divide, 1, number) for number in range(10))
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(ten())
    (failure,) = [answer for answer in answers if isinstance(answer, Exception)]
    place = failure.__traceback__
    while place.tb_next:
        place = place.tb_next
    assert isinstance(failure, ZeroDivisionError)
    assert place.tb_frame.f_code.co_name == "divide"


def test_a_failure_in_watched_work_arrives():
    """C10"""

    async def main():
        work = Watched()
        with pytest.raises(ZeroDivisionError):
            await work.run(lambda work: divide(1, 0))
        return work.label

    assert asyncio.run(main()) == "ended"


# print in a cell

TALK = """\
def talk(who):
    for n in range(5):
        print(f"{who} {n}\\n", end="")
await asyncio.gather(threads.run(talk, "a"), threads.run(talk, "b"))
None"""


def test_prints_of_threads_come_to_the_cell_that_runs():
    """A11: five lines from each of two threads, in three cells."""
    sources = ["import asyncio\nfrom unstuck.hatches import threads", TALK, TALK, TALK]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    for cell in notebook.cells[1:]:
        said = "".join(out.text for out in cell.outputs if out.output_type == "stream")
        assert sorted(said.split("\n")) == ["", *(f"{who} {n}" for who in "ab" for n in range(5))]


# A Python without the GIL


def test_the_measurement_runs_in_another_process_of_this_python():
    seen = asyncio.run(measure_in(sys.executable, 9_999_999_967))
    assert seen.python == sys.version.split()[0]
    assert seen.gil == (gil_state() == "on")
    assert 0 <= seen.lost < seen.updates
    assert min(seen.one, seen.two) > 0


def test_both_builds_are_compared_or_the_second_is_shown_as_recorded():
    first, *others = asyncio.run(compare_builds(0.3))
    if first.free_threaded:
        assert others == []
    else:
        (second,) = others
        assert second.free_threaded
        assert second.note == "" or "Recorded on" in repr(second)


def test_the_recorded_run_is_labelled_with_machine_and_date():
    seen = recorded()
    assert isinstance(seen, TwoJobs)
    assert (seen.free_threaded, seen.gil) == (True, False)
    assert "Recorded on 20" in repr(seen)
    assert "UNSTUCK_FREE_THREADED" in repr(seen)


@pytest.mark.parametrize("named", [sys.executable, "nowhere", __file__, ""])
def test_what_is_not_free_threaded_or_no_python_is_not_taken(named, monkeypatch, tmp_path):
    if gil_state() == "off":
        pytest.skip("this Python is free-threaded itself")
    monkeypatch.setenv("UNSTUCK_FREE_THREADED", named)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert asyncio.run(find_free_threaded()) is None


def test_a_free_threaded_python_runs_it_where_one_is(monkeypatch):
    path = asyncio.run(find_free_threaded())
    if path is None:
        pytest.skip("no free-threaded Python here")
    seen = asyncio.run(measure_in(path, 9_999_999_967))
    assert seen.free_threaded
    assert Path(path).name not in repr(seen)


def test_a_python_that_fails_is_named(tmp_path):
    with pytest.raises(free_python.ChildFailed, match="could not be started"):
        asyncio.run(measure_in(str(tmp_path / "python"), 97))


def test_a_measurement_that_does_not_end_is_stopped_and_named():
    with pytest.raises(free_python.ChildFailed, match=r"was stopped: .*had not ended after 0"):
        asyncio.run(measure_in(sys.executable, 9_999_999_967, 0.01))


def test_a_wrong_number_is_an_error_with_the_childs_words():
    with pytest.raises(free_python.ChildFailed, match=r"exit code 1(.|\n)*ValueError"):
        asyncio.run(measure_in(sys.executable, "x"))


def test_a_prime_is_a_prime_in_every_thread():
    async def main():
        return await asyncio.gather(*(threads.run(is_prime, n) for n in (97, 7919, 7917)))

    assert asyncio.run(main()) == [True, True, False]
