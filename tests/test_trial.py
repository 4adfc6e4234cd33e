"""A trial keeps what one experiment showed: answers, times, lag, and who did the work."""

import asyncio
import json
import os
import threading

import pytest

from unstuck import hatches
from unstuck.lag import TimedLoop
from unstuck.node import TwinRun
from unstuck.trial import Trial, machine_label, measure, short, trial_of_twin
from unstuck.workloads import ARTICLE_NUMBER, is_prime, wait


async def inline(func, *args):
    return func(*args)


def measured(*args, **options) -> Trial:
    return asyncio.run(measure(*args, **options))


def test_a_trial_tells_the_answer_and_who_gave_it():
    trial = measured("mine", inline, is_prime, ARTICLE_NUMBER)
    assert (trial.hatch, trial.runtime, trial.answer) == ("mine", "python", True)
    assert trial.work == f"is_prime({ARTICLE_NUMBER})"
    assert trial.pids == (os.getpid(),)
    assert trial.threads == (threading.get_ident(),)
    assert (trial.recorded, trial.note) == (False, "")


def test_the_work_is_repeated_and_the_median_kept():
    calls = []

    def work() -> None:
        calls.append(1)

    trial = measured("mine", inline, work, repeats=5)
    assert len(calls) == len(trial.runs) == 5
    assert trial.seconds == sorted(trial.runs)[2]


def test_the_start_is_measured_apart_from_the_work():
    """A09: an empty task is run first, so that what it costs is not taken for the work."""
    ran = []

    async def run(func, *args):
        ran.append(args)
        return func(*args)

    trial = measured("mine", run, wait, 0.05, repeats=2)
    assert [len(args) for args in ran] == [1, 2, 2]
    assert trial.seconds >= 0.05
    assert trial.start_seconds < trial.seconds


def test_a_block_is_seen_as_missed_beats_and_a_thread_s_wait_is_not():
    """I03"""
    threads = hatches.hatch("threads").run
    blocked, free = (measured("x", run, wait, 0.2, repeats=1) for run in (inline, threads))
    assert blocked.lag_max_ms > 150
    assert blocked.missed >= 5
    assert free.missed * 3 < blocked.missed
    assert free.threads != blocked.threads


def test_it_measures_in_a_loop_that_is_timed_too():
    with asyncio.Runner(loop_factory=TimedLoop) as runner:
        trial = runner.run(measure("mine", inline, wait, 0.1, repeats=1))
    assert trial.lag_max_ms >= 99


def fail() -> None:
    raise ZeroDivisionError("on purpose")


def test_an_exception_of_the_work_arrives_as_itself():
    """C10"""
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        measured("mine", inline, fail)


@pytest.mark.parametrize("repeats", [0, -1])
def test_a_trial_needs_one_run_or_more(repeats):
    with pytest.raises(ValueError, match="1 to 1000"):
        measured("mine", inline, is_prime, 7, repeats=repeats)


def test_a_trial_is_plain_json_and_a_sentence():
    trial = measured("mine", inline, is_prime, 7)
    as_read = json.loads(json.dumps(trial.as_dict()))
    assert as_read["pids"] == [os.getpid()]
    assert len(as_read["runs"]) == 3
    assert repr(trial).startswith("Trial: mine in python, is_prime(7) = True, ")
    assert f"{trial.missed} of {trial.beats} beats missed" in repr(trial)
    assert " at 0x" not in repr(trial)


def test_a_twin_s_line_becomes_the_same_kind_of_trial():
    lag = {"beats": 9, "missed": 3, "p50_ms": 1, "p99_ms": 500, "max_ms": 501}
    line = {
        "kind": "trial",
        "hatch": "inline",
        "work": "isPrime(7)",
        "answer": True,
        "seconds": [0.5, 0.4, 0.6],
        "start_seconds": 0.001,
        "lag": lag,
        "pids": [7],
        "versions": {"node": "22.1.0"},
    }
    trial = trial_of_twin(TwinRun((line,)))
    assert (trial.runtime, trial.seconds, trial.missed) == ("node", 0.5, 3)
    assert (trial.recorded, trial.machine) == (False, machine_label())
    live = measured("inline", inline, is_prime, 7)
    assert trial.as_dict().keys() == live.as_dict().keys()


def test_the_machine_is_described_without_a_name():
    assert os.uname().nodename not in machine_label() if hasattr(os, "uname") else True
    assert "usable CPU" in machine_label()


def test_a_long_value_is_cut():
    assert short("a" * 64) == "'aaaaaaaaaaaaaaaaaaa..."
    assert short(ARTICLE_NUMBER) == "9999999967"


@pytest.mark.parametrize("name", ["threads", "pool"])
@pytest.mark.parametrize("n", [10, 1_000_000_000_039])
def test_start_way_and_computing_are_told_apart(name, n):
    """A09: for a tiny task and for a large one, so that a slow-down can be explained."""
    trial = asyncio.run(measure(name, hatches.hatch(name).run, is_prime, n))
    assert 0 < trial.computing_seconds <= trial.seconds
    assert trial.start_seconds > 0
    way = trial.seconds - trial.computing_seconds
    assert (way > trial.computing_seconds) == (n == 10)
