"""The exercises of notebook 02: untouched, right, wrong, lucky, and on a busy machine."""

import asyncio
import contextlib
import subprocess
import sys

import pytest

from unstuck.exercises import check, solution
from unstuck.exercises import profile_first as ours
from unstuck.flame_puzzle import PUZZLES, report, tidy

ALL = [f"profile_first.{number}" for number in ours.EXERCISES]
TRUTH = {
    "compute_forecast": "waits",
    "fetch_prices": "computes",
    "poll_queue": "waits",
    "hash_password": "computes",
}


def solved(name: str) -> object:
    """The answer that the solution leads to: some solutions find it by measuring."""
    found = solution(name)
    return found() if name in ("profile_first.1", "profile_first.3") else found


@pytest.mark.parametrize("name", ALL)
def test_the_solution_is_right(name, capsys):
    result = check(name, solved(name))
    assert capsys.readouterr().out
    assert result.outcome in ("right", "cannot tell here"), result


def test_a_busy_machine_makes_no_right_answer_wrong():
    """I03"""
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            hog = [sys.executable, "-c", "while True: pass"]
            stack.callback(stack.enter_context(subprocess.Popen(hog)).kill)
        assert check("profile_first.1", "tidy").outcome in ("right", "cannot tell here")
        assert check("profile_first.3", TRUTH).outcome in ("right", "cannot tell here")


@pytest.mark.parametrize("right", ["tidy", "tidy()", tidy])
def test_a_hot_function_is_named_in_any_form(right):
    assert check("profile_first.1", right).outcome in ("right", "cannot tell here")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("report", "look below it"),
        (report, "look below it"),
        ("missing", "No look found"),
        (3, "name of a function"),
        ([], "name of a function"),
    ],
)
def test_a_wrong_function_is_told_why(wrong, said):
    result = check("profile_first.1", wrong)
    assert result.outcome == "cannot tell here" or said in result.sentence


def no_order(rows):
    return sorted(set(rows))


def drops_all(rows):
    return [row for row in rows if rows.count(row) == 1]


def only_neighbours(rows):
    return [row for place, row in enumerate(rows) if place == 0 or rows[place - 1] != row]


def in_a_tuple(rows):
    kept = ()
    for row in rows:
        kept += () if row in kept else (row,)
    return list(kept)


@pytest.mark.parametrize("wrong", [no_order, drops_all, only_neighbours])
def test_tidy_rows_that_differ_are_seen(wrong):
    result = check("profile_first.2", wrong)
    assert result.outcome == "not yet"
    assert "it returns" in result.sentence


def test_a_slow_way_in_other_words_is_seen_by_its_comparisons():
    for slow in (tidy, in_a_tuple):
        assert "comparisons" in check("profile_first.2", slow).sentence
        assert check("profile_first.2", slow).outcome == "not yet"


def test_a_set_beside_the_list_is_right_as_well():
    def beside(rows):
        seen, kept = set(), []
        for row in rows:
            if row not in seen:
                seen.add(row)
                kept.append(row)
        return kept

    assert check("profile_first.2", beside).outcome == "right"


def test_each_puzzle_that_is_told_wrong_is_named():
    for name, truth in TRUTH.items():
        other = "computes" if truth == "waits" else "waits"
        result = check("profile_first.3", {**TRUTH, name: other})
        assert result.outcome == "cannot tell here" or f"In {name} " in result.sentence


def test_the_puzzles_are_those_of_the_notebook():
    assert [func.__name__ for func in PUZZLES] == list(TRUTH)


async def in_turn(ask, numbers):
    return [await asyncio.to_thread(ask, number) for number in numbers]


async def in_the_loop(ask, numbers):
    return [ask(number) for number in numbers]


async def as_they_come(ask, numbers):
    calls = [asyncio.to_thread(ask, number) for number in reversed(numbers)]
    return await asyncio.gather(*calls)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (in_turn, "waits for the one before"),
        (in_the_loop, "loop's own thread"),
        (as_they_come, "another order"),
        (lambda ask, numbers: 3, "async def"),
    ],
)
def test_waits_that_are_not_mended_are_told_apart(wrong, said):
    result = check("profile_first.4", wrong)
    assert result.outcome == "not yet"
    assert said in result.sentence


@pytest.mark.parametrize("name", ["profile_first.2", "profile_first.3", "profile_first.4"])
@pytest.mark.parametrize("wrong", [3, "x", [], object()])
def test_nonsense_is_told_what_is_wanted(name, wrong):
    assert "The answer is a" in check(name, wrong).sentence
