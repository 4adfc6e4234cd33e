"""The contract of every way out: one verb, known answers, and nothing changed or left behind.

A new hatch is a new file in src/unstuck/hatches; it is asked everything here without a change.
"""

import asyncio
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
from multiprocessing import resource_tracker

import pytest
from how_often import tries

from unstuck import hatches
from unstuck.lag import TimedLoop
from unstuck.node import twin_path
from unstuck.process_pool import WorkerDied
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


@pytest.fixture(params=multiprocessing.get_all_start_methods())
def start_method(request):
    """Each way to start a process, as the learner's own global choice."""
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(request.param, force=True)
    yield request.param
    multiprocessing.set_start_method(before, force=True)


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
    assert (done.returncode, done.stdout, faults(done.stderr)) == (0, "True\n", "")


def faults(stderr: str) -> str:
    """What a debugging loop says of slow callbacks is no fault: the machine may be busy."""
    return re.sub(r"(?m)^Executing <.*> took [\d.]+ seconds\n", "", stderr)


def trial_of(name: str):
    with asyncio.Runner(loop_factory=TimedLoop) as runner:
        return runner.run(measure(name, hatches.hatch(name).run, *sized("prime", 4.0), repeats=1))


def test_the_loop_beats_on_unless_the_work_is_inline(name):
    """I03: beats are counted, and compared with those of the same work inline."""
    inline = trial_of("inline")
    assert inline.answer is True
    assert inline.missed >= 5
    if name != "inline":  # a busy machine only adds to the beats that are missed
        assert any(trial_of(name).missed * 3 < inline.missed for _ in range(3))


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


def kept() -> str:
    """Say which worker this is: process and thread."""
    return f"{os.getpid()}-{threading.get_native_id()}"


REUSED = {name: name != "child" for name in hatches.names()}
STOPPABLE = {"child", "pool", "distributed"}  # their work is a process, and it can be ended
DIES_ALONE = {"child", "pool", "distributed"}  # a crash there takes nobody along


def test_a_worker_is_reused_or_not_as_promised(name, run):
    async def workers():
        return {await run(kept) for _ in range(12)}

    seen = asyncio.run(workers())
    assert (len(seen) < 12) == REUSED[name]


def test_it_works_whatever_the_global_start_method(run, start_method):
    """A01, A03: each hatch names its own way to start; the learner's choice is left alone."""
    offset = 3
    assert asyncio.run(run(lambda x: x + offset, 4)) == 7
    assert multiprocessing.get_start_method() == start_method


def test_a_function_without_a_name_runs(run):
    """A01, A03, A05: a lambda, a nested function, and one with a variable from outside."""
    captured = [1, 2]

    def nested(x):
        return [*captured, x]

    async def answers():
        return await run(lambda x: x * x, 7), await run(nested, 3)

    assert asyncio.run(answers()) == (49, [1, 2, 3])


def script(name: str, text: str, folder, *options: str) -> subprocess.CompletedProcess:
    """Run a script that uses hatch `name`, as a learner's file."""
    path = folder / "my script.py"
    path.write_text(f"import asyncio, os, sys\nfrom unstuck.hatches import {name} as hatch\n{text}")
    argv = [sys.executable, *options, str(path)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def test_a_function_of_a_script_runs(name, tmp_path):
    """A01, C01: the script's own function, with a class and a global of it."""
    text = """
class Pair:
    def __init__(self, one, two):
        self.one, self.two = one, two
factor = 10
def work(pair):
    return Pair(pair.one * factor, pair.two * factor)
async def main():
    back = await hatch.run(work, Pair(1, 2))
    print(type(back) is Pair, back.one, back.two)
if __name__ == "__main__":
    asyncio.run(main())
"""
    done = script(name, text, tmp_path, "-X", "dev", "-W", "error")
    assert (done.returncode, done.stdout, faults(done.stderr)) == (0, "True 10 20\n", "")


def test_what_is_printed_comes_to_the_one_who_asked(name, tmp_path):
    """A11: five lines from each of two calls, three times, all in the caller's own output."""
    text = """
def talk(who):
    for line in range(5):
        print(f"{who} {line}\\n", end="")  # threads may come between a line and its end
async def main():
    for _ in range(3):
        await asyncio.gather(hatch.run(talk, "a"), hatch.run(talk, "b"))
if __name__ == "__main__":
    asyncio.run(main())
"""
    done = script(name, text, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for line in range(5):
        assert done.stdout.count(f"a {line}") == done.stdout.count(f"b {line}") == 3


def test_nothing_is_left_when_a_script_ends_in_the_middle(name, tmp_path, until, gone):
    """B08: the script ends while its worker works."""
    if name not in STOPPABLE:
        pytest.skip("its work is in the script's own process, and ends with it")
    text = """
import time
async def main():
    task = asyncio.create_task(hatch.run(os.getpid))
    print(await task, flush=True)
    asyncio.create_task(hatch.run(time.sleep, 60))
    await asyncio.sleep(0.5)
    os._exit(0)
if __name__ == "__main__":
    asyncio.run(main())
"""
    done = script(name, text, tmp_path)
    until(lambda: gone(int(done.stdout)))


def exits(how):
    if how == "signal":
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    if how == "sys.exit":
        sys.exit(4)
    os._exit(3)


@pytest.mark.parametrize(
    ("how", "named"),
    [("os._exit", "exit code 3"), ("sys.exit", "exit code 4"), ("signal", "SIGTERM")],
)
def test_a_crash_is_named_and_the_runs_after_it_succeed(name, run, how, named):
    """A02, B01, B02; 20 of 20"""
    if name not in DIES_ALONE:
        pytest.skip("a crash in it is a crash of this process")
    numbers = tries(3, 20)

    async def crash_then_work():
        with pytest.raises(WorkerDied, match=f"exits has no answer.*{named}"):
            await asyncio.wait_for(run(exits, how), 10)
        return [await run(is_prime, 97) for _ in numbers]

    assert asyncio.run(crash_then_work()) == [True] * len(numbers)


def ticks(path, seconds):
    """Write the time into a file now and then: a file that grows no more tells of an end."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        path.write_text(str(time.time()))
        time.sleep(0.02)


def test_cancelled_work_is_ended_where_it_can_be(name, run, tmp_path, until):
    """B03, B10: a process is ended; what cannot be stopped is told apart in STOPPABLE."""
    if name not in STOPPABLE:
        pytest.skip("nothing can stop it from outside: it works on to its end (B11)")
    path = tmp_path / "ticks"

    async def cancel():
        task = asyncio.create_task(run(ticks, path, 60))
        await asyncio.to_thread(until, path.exists)
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
        return await run(is_prime, 97)

    assert asyncio.run(cancel()) is True
    until(lambda: time.time() - path.stat().st_mtime > 0.5)


def test_the_hatch_cleans_up_without_the_names_that_windows_lacks(name, run, monkeypatch):
    """C13: no os.killpg, os.setsid, signal.pthread_sigmask."""
    if os.name == "posix":  # multiprocessing's own helper needs the last, and Windows has none
        resource_tracker.ensure_running()
    for module, missing in (
        (os, "killpg"),
        (os, "setsid"),
        (signal, "pthread_sigmask"),
    ):
        monkeypatch.delattr(module, missing, raising=False)
    assert asyncio.run(run(is_prime, 97)) is True
    hatches.close()


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
