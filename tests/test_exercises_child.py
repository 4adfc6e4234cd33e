"""The exercises of notebook 03: untouched, right, wrong, lucky and senseless answers, and a hog."""

import asyncio
import subprocess
import sys

import pytest

from unstuck.exercises import check, solution
from unstuck.exercises import child as ours
from unstuck.programs import run_program

HOG = "while True: pass"
PIPE = asyncio.subprocess.PIPE


@pytest.fixture
def hog():
    """Two processes that want every CPU."""
    argv = [sys.executable, "-c", HOG]
    busy = [subprocess.Popen(argv, stdin=subprocess.DEVNULL) for _ in range(2)]
    yield
    for process in busy:
        process.kill()
        process.wait(5)


@pytest.mark.parametrize("number", ours.EXERCISES)
def test_the_solution_is_right(number):
    result = check(f"child.{number}", solution(f"child.{number}"))
    assert result.outcome in ("right", "cannot tell here"), result


@pytest.mark.parametrize("number", ours.EXERCISES)
def test_the_solution_is_right_beside_a_cpu_hog(number, hog):
    result = check(f"child.{number}", solution(f"child.{number}"))
    assert result.outcome in ("right", "cannot tell here"), result


# 1: predict


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"leave": 0}, "sys.exit(3)"),
        ({"complain": 0}, "sys.exit('no disk')"),
        ({"error": 3}, "raise ValueError"),
        ({"kill": "SIGTERM"}, "os.kill"),
        ({"kill": 0}, "os.kill"),
        ({"error": True}, "raise ValueError"),
    ],
)
def test_a_wrong_prediction_is_told_by_the_program(wrong, named):
    result = check("child.1", ours.EXERCISES["1"].answer | wrong)
    assert result.outcome == "not yet"
    assert named in result.sentence


@pytest.mark.parametrize("value", [3, "x", [], {}, {"leave": 3}])
def test_a_prediction_that_is_none_is_told_its_form(value):
    assert "dict with the keys" in check("child.1", value).sentence


# 2: a pipe deadlock


async def waits_first(argv):
    process = await asyncio.create_subprocess_exec(*argv, stdout=PIPE, stderr=PIPE)
    await process.wait()
    return len(await process.stdout.read()), len(await process.stderr.read())


async def one_after_the_other(argv):
    process = await asyncio.create_subprocess_exec(*argv, stdout=PIPE, stderr=PIPE)
    out = await process.stdout.read()
    err = await process.stderr.read()
    await process.wait()
    return len(out), len(err)


async def blocks_the_loop(argv):
    with subprocess.Popen(argv, stdout=PIPE, stderr=PIPE) as process:  # noqa: ASYNC220
        process.wait()
        return len(process.stdout.read()), len(process.stderr.read())


async def throws_errors_away(argv):
    ended = await run_program(argv)
    return ended.out_bytes, 0


async def counts_what_was_kept(argv):
    ended = await run_program(argv, keep=1000)
    return len(ended.out), len(ended.err)


async def says_what_was_said(argv):
    return 100, 100


@pytest.mark.parametrize("wrong", [waits_first, one_after_the_other])
def test_a_deadlock_is_told_and_leaves_nothing(wrong):
    result = check("child.2", wrong)
    assert (result.outcome, "you had no answer" in result.sentence) == ("not yet", True)


async def has_a_limit_of_its_own(argv):
    raise TimeoutError


@pytest.mark.parametrize("exercise", ["child.2", "child.3"])
def test_a_timeout_of_the_learners_own_is_told_as_that(exercise):
    result = check(exercise, has_a_limit_of_its_own)
    assert (result.outcome, "raised TimeoutError" in result.sentence) == ("not yet", True)


@pytest.mark.parametrize(
    "wrong",
    [blocks_the_loop, throws_errors_away, counts_what_was_kept, says_what_was_said],
)
def test_wrong_or_lucky_sizes_are_not_yet(wrong):
    result = check("child.2", wrong)
    assert (result.outcome, "Your function says" in result.sentence) == ("not yet", True)


def test_other_ways_to_empty_both_pipes_are_right():
    async def gathered(argv):
        process = await asyncio.create_subprocess_exec(*argv, stdout=PIPE, stderr=PIPE)
        out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
        await process.wait()
        return len(out), len(err)

    async def packaged(argv):
        ended = await run_program(argv)
        return ended.out_bytes, ended.err_bytes

    for right in (gathered, packaged):
        assert check("child.2", right).outcome == "right"


# 3: a swallowed exit code


async def swallows(argv):
    await run_program(argv)
    return "ok"


async def crashes_where_there_is_none(argv):
    return "ok" if (await run_program(argv)).ok else "failed"


async def ignores_signals(argv):
    try:
        ended = await run_program(argv)
    except Exception:
        return "missing"
    return "failed" if ended.code else "ok"


async def believes_errors(argv):
    try:
        ended = await run_program(argv)
    except Exception:
        return "missing"
    return "failed" if ended.err_bytes else "ok"


async def calls_all_missing(argv):
    try:
        (await run_program(argv)).check()
    except Exception:
        return "missing"
    return "ok"


async def always_failed(argv):
    return "failed"


@pytest.mark.parametrize(
    "wrong",
    [
        *(swallows, crashes_where_there_is_none, ignores_signals, believes_errors),
        *(calls_all_missing, always_failed),
    ],
)
def test_a_failure_that_is_swallowed_or_misnamed_is_not_yet(wrong):
    result = check("child.3", wrong)
    assert (result.outcome, "Your function" in result.sentence) == ("not yet", True)


def test_the_standard_librarys_own_way_is_right():
    async def plain(argv):
        try:
            process = await asyncio.create_subprocess_exec(*argv, stdout=PIPE, stderr=PIPE)
        except OSError:
            return "missing"
        await process.communicate()
        return "ok" if process.returncode == 0 else "failed"

    assert check("child.3", plain).outcome == "right"


# senseless values


async def raises(argv):
    raise ZeroDivisionError("oh")


@pytest.mark.parametrize("number", ["2", "3"])
@pytest.mark.parametrize("value", [3, "x", [], object(), print])
def test_anything_but_a_coroutine_function_is_told_what_is_wanted(number, value):
    assert "async def" in check(f"child.{number}", value).sentence


@pytest.mark.parametrize("number", ["2", "3"])
def test_an_exception_of_the_learner_is_named(number):
    assert "ZeroDivisionError" in check(f"child.{number}", raises).sentence
