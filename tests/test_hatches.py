"""The contract of every way out: one verb, known answers, and nothing changed or left behind.

A new hatch is a new file in src/unstuck/hatches; it is asked everything here without a change.
"""

import asyncio
import multiprocessing
import signal
import subprocess
import sys
import threading
import traceback

import pytest

from unstuck import hatches
from unstuck.lag import TimedLoop
from unstuck.node import twin_path
from unstuck.trial import measure
from unstuck.workloads import ARTICLE_NUMBER, digest, is_prime, sized, wait


def divide(a, b):
    return a / b


@pytest.fixture(params=hatches.names())
def name(request):
    """Each hatch in turn; one that cannot run here is skipped with its own words."""
    if reason := hatches.hatch(request.param).reason_missing():
        pytest.skip(reason)
    return request.param


@pytest.fixture
def run(name):
    return hatches.hatch(name).run


def test_it_gives_the_known_answer(run):
    async def answers():
        prime = await run(is_prime, ARTICLE_NUMBER)
        composite = await run(is_prime, ARTICLE_NUMBER - 2)
        return prime, composite, await run(digest, 10)

    assert asyncio.run(answers()) == (True, False, digest(10))


def test_an_exception_arrives_as_itself_with_its_traceback(run):
    """C10"""
    with pytest.raises(ZeroDivisionError) as caught:
        asyncio.run(run(divide, 1, 0))
    assert "in divide" in "".join(traceback.format_exception(caught.value))


def test_a_wrong_value_is_refused_by_the_worker(run):
    """X7"""
    with pytest.raises(TypeError, match=r"whole number.*2\.5"):
        asyncio.run(run(is_prime, 2.5))


def test_it_works_after_an_exception(run):
    """B02"""

    async def twice():
        with pytest.raises(ZeroDivisionError):
            await run(divide, 1, 0)
        return await run(divide, 6, 3)

    assert asyncio.run(twice()) == 2


def test_it_runs_in_a_loop_of_a_second_thread(run):
    """C04"""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(asyncio.run(run(is_prime, 97))))
    thread.start()
    thread.join(30)
    assert answers == [True]


def test_it_runs_in_a_script(name):
    """C01"""
    script = (
        "import asyncio; from unstuck import hatches; from unstuck.workloads import is_prime; "
        f"print(asyncio.run(hatches.hatch({name!r}).run(is_prime, 97)))"
    )
    argv = [sys.executable, "-X", "dev", "-W", "error", "-c", script]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def trial_of(name: str):
    with asyncio.Runner(loop_factory=TimedLoop) as runner:
        return runner.run(measure(name, hatches.hatch(name).run, *sized("prime", 4.0), repeats=1))


def test_the_loop_beats_on_unless_the_work_is_inline(name):
    """I03: beats are counted, and compared with those of the same work inline."""
    inline = trial_of("inline")
    assert inline.answer is True
    assert inline.missed >= 5
    if name != "inline":
        assert trial_of(name).missed * 3 < inline.missed


def test_the_work_says_where_it_was_done(name):
    trial = trial_of(name)
    assert len(trial.pids) >= 1
    assert (threading.get_ident() in trial.threads) == (name == "inline")


def test_the_global_start_method_is_left_alone(run):
    """A03"""
    before = multiprocessing.get_start_method(allow_none=True)
    asyncio.run(run(is_prime, 97))
    assert multiprocessing.get_start_method(allow_none=True) == before


def test_the_handler_of_an_interrupt_is_left_alone(run):
    async def handlers():
        before = signal.getsignal(signal.SIGINT)
        await run(is_prime, 97)
        return before, signal.getsignal(signal.SIGINT)

    outside = signal.getsignal(signal.SIGINT)
    before, after = asyncio.run(handlers())
    assert before == after
    assert signal.getsignal(signal.SIGINT) == outside


def test_a_cancelled_run_leaves_no_task(run):
    """B11: the thread of a cancelled run may work on, but nothing in the loop waits for it."""

    async def tasks_left():
        task = asyncio.create_task(run(wait, 0.2))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task], timeout=10)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(tasks_left()) == set()


@pytest.mark.parametrize("each", hatches.names())
def test_it_says_what_it_is_and_names_a_twin_that_exists(each):
    module = hatches.hatch(each)
    assert module.__doc__
    assert module.run.__doc__
    assert twin_path(module.TWIN).is_file()
    reason = module.reason_missing()
    assert reason is None or reason.endswith(".")


@pytest.mark.parametrize("each", [name for name in hatches.names() if name != "inline"])
def test_python_in_a_browser_gets_one_sentence(each, monkeypatch):
    """H14"""
    monkeypatch.setattr(sys, "platform", "emscripten")
    reason = hatches.hatch(each).reason_missing()
    assert reason.endswith(".")
    assert "\n" not in reason


def test_the_panel_in_a_browser_gives_one_sentence(monkeypatch, capsys):
    """H14"""
    from unstuck import labs

    monkeypatch.setattr(sys, "platform", "emscripten")
    assert labs.heartbeat() is None
    assert "cannot start processes or threads" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", ["", "thread", "../threads", "os", "__init__"])
def test_a_hatch_that_does_not_exist_is_named_with_those_that_do(wrong):
    with pytest.raises(ValueError, match=r"there is no hatch.*inline, .*threads"):
        hatches.hatch(wrong)
