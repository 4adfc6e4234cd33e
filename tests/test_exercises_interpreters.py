"""Exercises of notebook 05: untouched, right, wrong, lucky, nonsense, and beside a CPU hog."""

import asyncio
import contextlib
import subprocess
import sys
import threading

import pytest

from unstuck.exercises import check, solution
from unstuck.exercises import interpreters as ours
from unstuck.exercises.crossers import has_mark, how_it_arrives, values
from unstuck.exercises.scripted_worker import ScriptedWorker
from unstuck.hatches import inline
from unstuck.process_pool import WorkerDied

ALL = [f"interpreters.{number}" for number in ours.EXERCISES]


@pytest.mark.parametrize("name", ALL)
def test_the_solution_is_right(name, capsys):
    result = check(name, solution(name))
    assert capsys.readouterr().out
    assert result.outcome == "right", result


@pytest.mark.parametrize("name", ALL)
def test_the_solution_is_right_beside_a_hog(name):
    """I03"""
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            hog = [sys.executable, "-c", "while True: pass"]
            process = stack.enter_context(subprocess.Popen(hog))
            stack.callback(process.kill)
        result = check(name, solution(name))
    assert result.outcome == "right", result


# what crosses


@pytest.mark.parametrize("name", solution("interpreters.1"))
def test_one_wrong_prediction_is_named(name):
    answer = dict(solution("interpreters.1"))
    answer[name] = "itself"
    result = check("interpreters.1", answer)
    assert result.outcome == "not yet"
    assert result.sentence.startswith(f"{name}: 'itself'")


@pytest.mark.parametrize("wrong", [3, "a copy", {}, {"a list": "a copy"}, ["a copy"] * 6])
def test_a_prediction_is_a_dict_of_all_kinds(wrong):
    assert "a dict with the keys" in check("interpreters.1", wrong).sentence


def test_a_way_that_is_none_is_named():
    answer = {**solution("interpreters.1"), "a lock": "perhaps"}
    assert "'perhaps' is not one of" in check("interpreters.1", answer).sentence


def test_what_is_not_copied_is_seen_as_itself():
    """The judge could tell: without a worker the list itself gets the mark."""
    with values() as samples:
        assert asyncio.run(how_it_arrives(inline.run, samples["a list"])) == "itself"
        assert has_mark(samples["a list"])


def test_a_machine_that_starts_no_worker_cannot_tell(monkeypatch):
    async def dies(*call):
        raise WorkerDied("it ended before it was ready")

    monkeypatch.setattr(ours.interpreters, "reason_missing", lambda: "none here")
    monkeypatch.setattr(ours.Pool, "run", dies)
    for name in ("interpreters.1", "interpreters.3"):
        result = check(name, solution(name))
        assert result.outcome == "cannot tell here"
        assert "before it was ready" in result.sentence


# a promise that never settles


def future() -> asyncio.Future:
    return asyncio.get_running_loop().create_future()


async def deaf_to_zero(worker):
    answer = future()

    def ended(code):
        if code != 0 and not answer.done():
            answer.set_exception(RuntimeError(code))

    worker.on_message(answer.set_result)
    worker.on_error(answer.set_exception)
    worker.on_exit(ended)
    worker.start()
    return await answer


async def settles_twice(worker):
    answer = future()
    worker.on_message(answer.set_result)
    worker.on_error(answer.set_exception)
    worker.on_exit(lambda code: answer.set_exception(RuntimeError(code)))
    worker.start()
    return await answer


async def waits_for_a_timer(worker):
    return await asyncio.wait_for(deaf_to_zero(worker), 2)


async def impatient(worker):
    return await asyncio.wait_for(ours.ask(worker), 0.1)


async def none_for_an_error(worker):
    try:
        return await ours.ask(worker)
    except RuntimeError:
        return None


async def exit_before_answer(worker):
    answer = future()
    worker.on_exit(lambda code: answer.set_exception(RuntimeError(code)))
    worker.start()
    return await answer


async def another_error(worker):
    try:
        return await ours.ask(worker)
    except ValueError as error:
        raise RuntimeError(str(error)) from error


async def never_started(worker):
    return await future()


async def lucky(worker):
    worker.start()
    return 7


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (deaf_to_zero, "exits with 0, without a word: it has ended, and your function still waits"),
        (settles_twice, "a callback of yours raised InvalidStateError"),
        (waits_for_a_timer, "still waits"),
        (impatient, "answers late: your function raised TimeoutError"),
        (none_for_an_error, "its end without an answer is an error"),
        (exit_before_answer, "your function raised RuntimeError"),
        (another_error, "its exception arrives as itself"),
        (never_started, "start it"),
        (lucky, "not 7"),
    ],
)
def test_a_typical_mistake_is_told(answer, said):
    result = check("interpreters.2", answer)
    assert (result.outcome, said in result.sentence) == ("not yet", True), result


def test_a_worker_tells_its_events_in_order_and_starts_once():
    heard = []

    async def listen():
        worker = ScriptedWorker(("message", 1), ("error", 2), ("exit", 3))
        worker.on_message(heard.append)
        worker.on_error(heard.append)
        worker.on_exit(heard.append)
        worker.start()
        with pytest.raises(RuntimeError, match="started before"):
            worker.start()
        await asyncio.wait_for(worker.exited.wait(), 5)

    asyncio.run(listen())
    assert heard == [1, 2, 3]


# unchecked input


def unchecked(n):
    divisor = 2
    while divisor * divisor <= n:
        if n % divisor == 0:
            return False
        divisor += 1
    return True


def takes_bool(n):
    if not isinstance(n, int):
        raise TypeError(n)
    return n > 1 and unchecked(n)


def rounds_down(n):
    return int(n) > 1 and unchecked(int(n))


def refuses_all(n):
    raise TypeError(n)


def knows_by_heart(n):
    if type(n) is not int:
        raise TypeError(n)
    return n in (2, 3, 2**31 - 1)


def beyond_the_root(n):
    if type(n) is not int:
        raise TypeError(n)
    return n > 1 and all(n % divisor for divisor in range(2, n))


def ends_its_worker(n):
    sys.exit(3)


def has_a_limit_of_its_own(n):
    raise TimeoutError("mine")


def tied_here(lock):
    return lambda n: lock and ours.checked_is_prime(n)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (unchecked, "n = nan is no whole number: refuse it. It gave True"),
        (takes_bool, "n = True is no whole number"),
        (rounds_down, "n = 2.5 is no whole number"),
        (refuses_all, "n = 2: "),
        (beyond_the_root, "square root"),
        (knows_by_heart, "is not right"),
        (has_a_limit_of_its_own, "n = 2: TimeoutError('mine') is not right"),
        (tied_here(threading.Lock()), "cannot be sent"),
    ],
)
def test_a_check_that_lets_something_through_is_told(answer, said, monkeypatch):
    """Numbers of chance are among them: to know the fixed ones by heart is not enough."""
    monkeypatch.setattr(ours, "_PATIENCE", 2.0)
    monkeypatch.setattr(ours.random, "randrange", lambda low, high: 104_729)  # a prime
    result = check("interpreters.3", answer)
    assert (result.outcome, said in result.sentence) == ("not yet", True), result


def test_a_function_that_ends_its_worker_is_not_right():
    result = check("interpreters.3", ends_its_worker)
    assert result.outcome == "not yet"
    assert "ends_its_worker has no answer" in result.sentence


@pytest.mark.parametrize("name", ["interpreters.2", "interpreters.3"])
@pytest.mark.parametrize("wrong", [3, "x", [], object()])
def test_nonsense_is_told_what_is_wanted(name, wrong):
    assert "The answer is a" in check(name, wrong).sentence
