"""Exercises are judged by what an answer does: untouched, right, wrong and lucky ones."""

import asyncio
import sys
import threading

import pytest

from unstuck.exercises import blocked_loop as ours
from unstuck.exercises import check, exercise, hint, solution
from unstuck.progress import names
from unstuck.workloads import is_prime, is_prime_fast

ALL = names()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("untouched", [..., None])
def test_an_untouched_exercise_is_not_tried_yet_and_has_a_hint(name, untouched):
    assert check(name, untouched).outcome == "not tried yet"
    assert hint(name)


def test_every_notebook_with_exercises_is_among_them():
    assert len({name.partition(".")[0] for name in ALL}) >= 10


def test_the_solution_of_the_first_is_right_or_the_machine_too_busy(capsys):
    result = check("blocked_loop.1", solution("blocked_loop.1"))
    assert "async def polite_is_prime" in capsys.readouterr().out
    assert result.outcome in ("right", "cannot tell here"), result


def test_an_answer_that_blocks_is_not_yet():
    async def blocking(n):
        return is_prime(n)

    assert check("blocked_loop.1", blocking).outcome in ("not yet", "cannot tell here")


def test_a_better_algorithm_is_right_as_well():
    async def clever(n):
        return is_prime_fast(n)

    assert check("blocked_loop.1", clever).outcome in ("right", "cannot tell here")


def test_a_lucky_answer_is_not_yet():
    async def always(n):
        return True

    result = check("blocked_loop.1", always)
    assert result.outcome == "not yet"
    assert "For 1 " in result.sentence


def test_an_answer_that_raises_is_told_so():
    async def broken(n):
        return 1 / 0

    result = check("blocked_loop.1", broken)
    assert (result.outcome, "ZeroDivisionError" in result.sentence) == ("not yet", True)


@pytest.mark.parametrize("wrong", [3, "x", is_prime, [], object()])
def test_anything_but_a_coroutine_function_is_told_what_is_wanted(wrong):
    assert "async def" in check("blocked_loop.1", wrong).sentence


def test_an_answer_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(exercise, "_PATIENCE", 0.2)
    released = threading.Event()

    async def endless(n):
        await asyncio.to_thread(released.wait, 20)

    try:
        assert "did not end" in check("blocked_loop.1", endless).sentence
    finally:
        released.set()


async def waits_for_ever(*given):
    await asyncio.Event().wait()


async def has_its_own(*given):
    raise TimeoutError


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (waits_for_ever, "had not ended after 0.2 s"),
        (has_its_own, "raised TimeoutError"),
    ],
)
@pytest.mark.parametrize("name", ["pool.2", "pool.3", "profile_first.4"])
def test_an_answer_that_waits_for_ever_is_told_from_an_error_of_its_own(
    name, answer, said, monkeypatch
):
    module = sys.modules[exercise.find(name).judge.__module__]
    monkeypatch.setattr(module, "_PATIENCE", 0.2)
    result = check(name, answer)
    assert (result.outcome, said in result.sentence) == ("not yet", True), result
    assert not result.sentence.endswith(": ")


@pytest.mark.parametrize(("stepping", "outcome"), [(True, "right"), (False, "not yet")])
def test_on_a_slow_machine_many_calls_that_end_are_waited_for(monkeypatch, stepping, outcome):
    """Each has a deadline of its own; together they may take longer than the patience with one."""

    async def judge(answer):
        for _ in range(5):
            await asyncio.sleep(0.6)
            if stepping:
                exercise.step()
        return exercise.Result("right", "All ended.")

    monkeypatch.setattr(exercise, "_PATIENCE", 2.0)
    monkeypatch.setattr(exercise, "find", lambda name: exercise.Exercise(judge, "", None))
    assert check("slow.1", 1).outcome == outcome
    for thread in threading.enumerate():
        if thread.name == exercise.THREAD:
            thread.join(5)


def test_the_measured_pool_size_is_right():
    size = asyncio.run(ours.threads_at_once())
    assert check("blocked_loop.2", size).outcome in ("right", "cannot tell here")
    assert check("blocked_loop.2", size + 1).outcome in ("not yet", "cannot tell here")


@pytest.mark.parametrize("wrong", ["6", 6.0, True, [6]])
def test_a_pool_size_is_a_whole_number(wrong):
    assert "whole number" in check("blocked_loop.2", wrong).sentence


@pytest.mark.parametrize("name", ["nothing.1", "blocked_loop.9", "blocked_loop", "", 3])
def test_an_unknown_exercise_is_named(name):
    with pytest.raises(ValueError, match="there is no exercise"):
        hint(name)
