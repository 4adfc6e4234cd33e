"""The worker thread of Node.js: a definite outcome whatever it does; what a message carries."""

import asyncio
import os
import shutil
import types

import pytest

from unstuck import node
from unstuck.children import Child
from unstuck.node import run_twin, twin_environment, twin_path
from unstuck.trial import measure_twin

pytestmark = [
    pytest.mark.usefixtures("needs_node"),
    pytest.mark.once,  # Python's version changes nothing here
]
SMALL = os.environ.get("UNSTUCK_SMALL") == "1"
OUTCOMES = {
    "exit0": "no answer, exit code 0",
    "exit1": "no answer, exit code 1",
    "throw": "thrown on purpose",
    "reject": "rejected on purpose",
    "string": "a bare string",
    "missing": "Cannot find package 'no-such-package'",
    "silent": "no answer, exit code 0",
    "answered": "answer true",
    "logs": "answer true",
    "input": "n must be a whole number, not 2.5",
    "hang": "no answer within 500 ms",
    "stop": "stopped",
}


def outcomes(**options) -> list[tuple[str, str]]:
    run = asyncio.run(run_twin("interpreters", **options))
    return [(line["fault"], line["outcome"]) for line in run.lines]


@pytest.mark.parametrize("fault", OUTCOMES)
def test_each_way_to_end_has_one_definite_outcome(fault):
    """G01, G02, X2, X7: a silent exit, an error, an answer before exit 1, an input that is none."""
    assert outcomes(fault=fault) == [(fault, OUTCOMES[fault])]


def test_the_main_half_goes_on_after_every_fault():
    """G02, W3: one process sees them all, one after the other."""
    assert outcomes(faults=True) == list(OUTCOMES.items())


def test_an_answer_by_message_survives_the_exit_that_cuts_log_lines():
    """G03: twenty of twenty; a worker's lines never stand among the twin's."""
    assert outcomes(fault="logs", times=20) == [("logs", "answer true")] * 20
    assert outcomes(fault="answered", times=20) == [("answered", "answer true")] * 20


@pytest.mark.parametrize("after", [0, 1, 10, 100])
def test_a_stop_of_ours_is_called_stopped_whatever_the_exit_code(after):
    """G06: in milliseconds after the start."""
    times = 10 if SMALL else 50
    assert outcomes(fault="stop", after=after, times=times) == [("stop", "stopped")] * times


def test_the_worker_is_found_from_any_folder(monkeypatch, tmp_path, needs_node):
    """G15: the twin in a folder with a difficult name, the process started in another one."""
    course = tmp_path / "a b ü"
    shutil.copytree(twin_path("interpreters").parent, course / "twins")
    monkeypatch.setattr(node, "resources", types.SimpleNamespace(files=lambda name: course))
    monkeypatch.chdir(tmp_path)
    assert twin_path("interpreters").is_relative_to(course.resolve())
    assert outcomes(fault="input") == [("input", OUTCOMES["input"])]


def test_a_warm_worker_answers_in_the_process_of_the_loop():
    """W1, W2"""
    trial = asyncio.run(measure_twin("interpreters", seconds=0.5, repeats=2))
    assert (trial.hatch, trial.runtime, trial.answer) == ("interpreters", "node", True)
    assert len(trial.runs) == 2
    assert len(trial.pids) == 1
    assert trial.start_seconds > 0


def test_a_worker_in_an_endless_loop_ends_with_its_owner(needs_node):
    """The owner's end of the pipe closes while the worker spins."""

    async def left_alone() -> int:
        argv = [needs_node, str(twin_path("interpreters")), '{"fault": "stop", "after": 60000}']
        async with Child(argv, twin_environment()) as child:
            await asyncio.sleep(0.5)
            assert child.process.poll() is None
            child.process.stdin.close()
            return await child.wait(10)

    assert asyncio.run(left_alone()) != 0


def test_a_message_carries_copies_and_refuses_functions_by_name():
    """G17"""
    size = 10**6 if SMALL else 10**8
    result = asyncio.run(run_twin("clone", bytes=size)).result
    rows = {row["value"]: (row["arrives as"], row["note"]) for row in result["rows"]}
    assert rows == {
        "a function": ("refused", "it is a function"),
        "an object with a function in it": ("refused", "field onDone is a function"),
        "an instance of a class": ("Object", "count 7, next() lost"),
        "an Error": ("TypeError", "TypeError: too big"),
        "a Map": ("Map", "a is 1"),
        "a Date": ("Date", "1970-01-01T00:00:00.000Z"),
        "a cycle": ("Object", "it still holds itself"),
        "a buffer": ("Uint8Array", f"{size} bytes, {size} still here"),
    }
