"""The lab without widgets: what is blocked goes flat and its requests wait; nothing is left."""

import asyncio
import importlib
import os
import sys
import threading
import time

import psutil
import pytest

from unstuck.children import ChildFailed
from unstuck.labs import patients
from unstuck.labs.mainloop import MainLoop, sentence
from unstuck.lag import STALLED
from unstuck.machine import Node, find_node
from unstuck.workloads import small

pytestmark = pytest.mark.once  # the hatches themselves are tried on each Python

lab = importlib.import_module("unstuck.labs.watch")
SECONDS = 5.0  # small: half a second, in which ten light requests fall due


@pytest.fixture(autouse=True)
def short_calm(monkeypatch):
    """A shorter calm before the block and after it."""
    monkeypatch.setattr(lab, "CALM", 0.4)


def watch(patient: str, hatch: str = "inline", work: str = "prime", **more):
    return asyncio.run(lab.watch(patient, hatch, work, SECONDS, **more))


def both_or_python() -> str:
    return "both" if find_node().path else "python"


def assert_flat(seen) -> None:
    """Beats and requests waited: for how long, a speed that changes may change."""
    assert seen.flat_seconds > STALLED
    assert seen.most_waiting >= 2
    assert seen.p99_ms > 1e3 * STALLED
    assert (seen.answered, seen.failed) == (seen.sent, 0)
    waited = [at for at, took in seen.requests if took > STALLED]
    assert sum(at > seen.block_at - 0.1 for at in waited) >= 2


def assert_beating(seen) -> None:
    assert seen.flat_seconds < small(SECONDS) / 2
    assert (seen.answered, seen.failed) == (seen.sent, 0)


def test_servers_go_flat_under_inline_work_and_their_requests_wait():
    """Python and Node.js, each in a process of its own, watched at once."""
    found = watch(both_or_python())
    assert [seen.runtime for seen in found] == ["python", "node"][: len(found)]
    for seen in found:
        assert_flat(seen)
        assert seen.answer is True
        assert not seen.recorded


def test_the_block_comes_while_the_load_runs_though_it_is_heard_of_late():
    """The load lasts 1.3 s here; a watch that counts from what it hears would block after it."""
    first = []

    def late(event):
        if event["kind"] == "sent" and not first:
            first.append(event)
            time.sleep(1.0)

    assert_flat(watch("python", on_event=late)[0])


@pytest.mark.parametrize(
    ("code", "why"),
    [("raise SystemExit('made to fail')", "made to fail"), ("input()", "said nothing for 1 s")],
)
def test_a_load_that_does_not_begin_is_an_error_with_its_words(code, why, monkeypatch):
    """One that has ended is not waited for."""
    monkeypatch.setattr(lab, "python_argv", lambda *words: [sys.executable, "-c", code])
    monkeypatch.setattr(lab, "_START", 1.0 if "nothing" in why else 1000.0)
    with pytest.raises(ChildFailed, match=f"load on This kernel did not begin: .*{why}"):
        watch("kernel")


def test_servers_beat_on_beside_a_hash_in_threads():
    for seen in watch(both_or_python(), "threads", "digest"):
        assert_beating(seen)
        assert len(seen.answer) == 64


def test_a_python_server_beats_on_beside_a_prime_in_a_thread():
    [seen] = watch("python", "threads")
    assert_beating(seen)
    assert seen.answer is True


def test_the_kernel_goes_flat_under_inline_work():
    events = []
    [seen] = watch("kernel", on_event=events.append)
    assert_flat(seen)
    assert {event["lane"] for event in events} == {"kernel"}
    kinds = [event["kind"] for event in events]
    assert (kinds.count("block"), kinds.count("free"), kinds.count("load")) == (1, 1, 1)
    assert kinds.count("sent") == kinds.count("answered") == seen.sent
    assert max(event["late"] for event in events if event["kind"] == "beat") > STALLED


def test_the_kernel_beats_on_beside_a_wait_in_a_thread():
    [seen] = watch("kernel", "threads", "wait")
    assert_beating(seen)
    assert f"flat for {seen.flat_seconds:.2f} s" in repr(seen)
    assert seen.as_dict()["hatch"] == "threads"


@pytest.mark.usefixtures("needs_node")
def test_a_prime_for_node_s_helper_threads_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="never JavaScript"):
        watch("node", "threads", "prime")


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (("browser", "inline", "prime", 1.0), "kernel, python, node or both"),
        (("python", "magic", "prime", 1.0), "magic"),
        (("kernel", "magic", "prime", 1.0), "there is no hatch 'magic'"),
        (("python", "inline", "sleep", 1.0), "prime, digest, wait"),
        (("python", "inline", "prime", 6.0), "at most 5 s"),
        (("python", "inline", "prime", 0), "above 0"),
    ],
)
def test_a_wrong_choice_is_told_in_a_sentence(choice, words):
    """H09: no kernel is blocked for more than five seconds."""
    with pytest.raises((ValueError, ChildFailed), match=words):
        asyncio.run(lab.watch(*choice))


def test_a_number_of_seconds_that_is_none_is_refused():
    with pytest.raises(TypeError, match="must be a number"):
        asyncio.run(lab.watch("python", seconds="1"))


def descendants(word: str) -> list[psutil.Process]:
    """The processes started from here that have `word` in their command."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if word in " ".join(process.cmdline())
    ]


def test_a_server_that_dies_in_the_middle_is_an_error_and_nothing_is_left():
    def on_event(event: dict) -> None:
        if event["kind"] == "block":
            asyncio.get_running_loop().call_later(0.2, descendants(" serve ")[0].kill)

    with pytest.raises(ChildFailed, match="went away before it answered"):
        watch("python", on_event=on_event)
    assert not descendants("-m unstuck")


@pytest.mark.parametrize("patient", ["python", "kernel"])
def test_a_watch_cancelled_in_the_middle_leaves_nothing(patient):
    """H09, B10: it ends at once, though the server is blocked."""

    async def cancelled() -> set:
        blocked = asyncio.Event()

        def on_event(event: dict) -> None:
            if event["kind"] == "block":
                blocked.set()

        hatch = {"python": "inline", "kernel": "threads"}[patient]
        task = asyncio.create_task(lab.watch(patient, hatch, "wait", SECONDS, on_event))
        await asyncio.wait_for(blocked.wait(), 30)
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
        await asyncio.sleep(0.1)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(cancelled()) == set()
    assert not descendants("-m unstuck")


# the main loop of the panels


def test_a_click_from_another_thread_runs_in_the_loop_of_the_cell():
    """H01, H02"""

    async def cell() -> int:
        where = asyncio.get_running_loop().create_future()
        main = MainLoop(where.set_exception)
        handler = main.handler(lambda change: where.set_result(threading.get_ident()))
        await asyncio.to_thread(handler, {"new": 1})
        return await asyncio.wait_for(where, 5)

    assert asyncio.run(cell()) == threading.get_ident()


def fail(*args) -> None:
    raise ZeroDivisionError("no such number")


def test_an_error_in_a_callback_or_a_task_is_shown():
    """H04, C10"""
    shown = []

    async def cell() -> None:
        main = MainLoop(shown.append)
        main.handler(fail)("clicked")

        async def work() -> None:
            fail()

        await main.spawn(work())
        await asyncio.sleep(0)

    asyncio.run(cell())
    assert len(shown) == 2
    assert all(text.startswith("ZeroDivisionError: no such number (fail, line") for text in shown)


def test_a_task_that_is_cancelled_shows_no_error():
    shown = []

    async def cell() -> None:
        task = MainLoop(shown.append).spawn(asyncio.sleep(60))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()

    asyncio.run(cell())
    assert shown == []


def test_an_error_without_a_trace_is_one_sentence_too():
    assert sentence(ValueError("no")) == "ValueError: no"
    assert os.linesep not in sentence(ValueError("no"))


def test_without_node_its_server_is_recorded_and_says_so(monkeypatch):
    """G16"""
    monkeypatch.setattr(patients, "find_node", lambda: Node(None, None, "Node.js is missing."))
    (seen,) = watch("node")
    assert seen.recorded
    assert seen.note.startswith("Recorded on")
    assert seen.most_waiting > 1
