"""The pool's exercises: untouched, right, wrong, lucky, and beside a program that takes a CPU."""

import asyncio
import contextlib
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest

from unstuck.exercises import check, solution
from unstuck.exercises import pool as ours
from unstuck.process_pool import Pool

ALL = [f"pool.{number}" for number in ours.EXERCISES]


@pytest.mark.parametrize("name", ALL)
def test_the_solution_is_right(name, capsys):
    result = check(name, solution(name))
    assert capsys.readouterr().out
    assert result.outcome == "right", result


@pytest.mark.parametrize("name", ["pool.1", "pool.2", "pool.3"])
def test_the_solution_is_right_beside_a_hog(name):
    """I03"""
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            hog = [sys.executable, "-c", "while True: pass"]
            process = stack.enter_context(subprocess.Popen(hog))
            stack.callback(process.kill)
        assert check(name, solution(name)).outcome == "right"


@pytest.mark.parametrize("wrong", [(4, 4), (3, 3), (1, 1), (0, 3)])
def test_a_wrong_prediction_is_told_which_half(wrong):
    result = check("pool.1", wrong)
    assert result.outcome == "not yet"
    assert "try it" in result.sentence


@pytest.mark.parametrize("wrong", [3, "13", (1, 2, 3), (1.0, 3), (True, 3)])
def test_a_prediction_is_a_pair_of_numbers(wrong):
    assert "pair of whole numbers" in check("pool.1", wrong).sentence


async def one_pool_each(func, items):
    answers = []
    for item in items:
        async with Pool(1) as pool:
            answers.append(await pool.run(func, item))
    return answers


async def at_home(func, items):
    return [func(item) for item in items]


async def never_closed(func, items):
    pool = Pool(2)
    KEPT.append(pool)
    return await asyncio.gather(*(pool.run(func, item) for item in items))


KEPT: list = []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (one_pool_each, "keep them warm"),
        (at_home, "notebook's own process"),
        (never_closed, "close the pool"),
    ],
)
def test_workers_that_are_not_warm_not_workers_or_not_closed_are_seen(answer, said):
    result = check("pool.2", answer)
    while KEPT:
        KEPT.pop().close()
    assert (result.outcome, said in result.sentence) == ("not yet", True), result


async def half_of_them(func, items):
    return (await ours.warm_all(func, items))[::2]


def test_missing_answers_are_seen():
    assert "missing" in check("pool.2", half_of_them).sentence


async def all_or_nothing(func, items):
    async with Pool(2) as pool:
        return await asyncio.gather(*(pool.run(func, item) for item in items))


async def bare_executor(func, items):
    loop, context = asyncio.get_running_loop(), multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        tasks = (loop.run_in_executor(pool, func, item) for item in items)
        return await asyncio.gather(*tasks, return_exceptions=True)


async def lucky_at_two(func, items):
    return [RuntimeError() if item == 2 else item * 10 for item in items]


@pytest.mark.parametrize("answer", [all_or_nothing, bare_executor, lucky_at_two])
def test_lost_answers_are_seen(answer):
    """A lucky list is right for the first dead worker, and wrong for the second."""
    assert check("pool.3", answer).outcome == "not yet"


@pytest.mark.parametrize(
    "answer",
    [
        lambda cpus, memory, worker: os.cpu_count() * 8,
        lambda cpus, memory, worker: cpus,
        lambda cpus, memory, worker: max(1, min(cpus, 4)),
        lambda cpus, memory, worker: min(4, memory // worker),
        lambda cpus, memory, worker: 1,
    ],
)
def test_a_size_that_does_not_fit_somewhere_is_seen(answer):
    assert check("pool.4", answer).outcome == "not yet"


@pytest.mark.parametrize("name", ["pool.2", "pool.3", "pool.4"])
@pytest.mark.parametrize("wrong", [3, "x", [], object()])
def test_nonsense_is_told_what_is_wanted(name, wrong):
    assert "The answer is a" in check(name, wrong).sentence
