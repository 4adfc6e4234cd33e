"""The break-even finder: crossings of known curves, honesty about noise, nothing left behind."""

import asyncio
import json
import subprocess
import sys

import pytest

from unstuck.breakeven import Finder, find_breakeven
from unstuck.breakeven_chart import breakeven_chart
from unstuck.breakeven_plan import checked, top_payload
from unstuck.breakeven_points import Point
from unstuck.breakeven_result import BreakEven
from unstuck.hatches import interpreters

TASKS = (0.1, 1.0, 10.0, 100.0)


def points(hatch: str, of_task, runtime: str = "python") -> list[Point]:
    """A hatch's points: of_task(task_ms) gives the per-task times of the rounds."""
    return [Point(hatch, runtime, ms, 0, tuple(of_task(ms)), 2) for ms in TASKS]


def found(of_task, cpus: int = 2) -> BreakEven:
    """A result with the loop itself and one hatch."""
    inline = points("inline", lambda ms: (ms, ms, ms))
    return BreakEven(tuple(inline + points("pool", of_task)), cpus=cpus, machine="a machine")


def test_a_hatch_that_costs_one_and_halves_pays_from_two():
    ms = found(lambda ms: [1 + ms / 2] * 3).breakeven_ms["pool"]
    assert 1.5 < ms < 3


def test_what_costs_nothing_pays_from_the_smallest_task():
    assert found(lambda ms: [ms / 2] * 3).breakeven_ms["pool"] == TASKS[0]


def test_what_is_never_sooner_never_pays():
    result = found(lambda ms: [ms * 1.01] * 3)
    assert result.breakeven_ms == {"pool": None}
    assert "Pool is not sooner than the loop here. What it buys is a free loop" in result.sentence


def test_rounds_that_differ_wildly_find_nothing():
    assert found(lambda ms: [ms / 2, ms * 2, ms * 3]).breakeven_ms == {"pool": None}


def test_beyond_what_was_run_it_is_computed_and_says_so():
    result = found(lambda ms: [400 + ms / 2] * 3)
    assert result.breakeven_ms["pool"] == pytest.approx(800)
    assert result.computed == {"pool"}
    assert "800 ms (computed)" in result.sentence
    assert found(lambda ms: [40_000 + ms / 2] * 3).breakeven_ms == {"pool": None}


def test_a_hatch_that_begins_to_pay_at_the_largest_task_is_not_called_never():
    result = found(lambda ms: [44 + ms / 2] * 3)  # 94 for the task of 100: below, but not clearly
    assert (result.breakeven_ms["pool"], result.computed) == (100, {"pool"})


def test_on_one_cpu_nothing_pays_and_the_sentence_says_what_a_hatch_buys():
    result = found(lambda ms: [1 + ms / 2] * 3, cpus=1)
    assert result.breakeven_ms == {"pool": None}
    assert result.sentence.startswith("On one usable CPU no hatch is sooner than the loop here.")


def test_the_article_s_check_is_named_where_node_was_measured():
    node = points("node inline", lambda ms: [ms] * 3, "node")
    worker = points("node worker", lambda ms: [30 + ms] * 3, "node")
    assert "The article's prime check takes 0.1 ms" in BreakEven(tuple(node + worker)).sentence


def test_nothing_measured_says_so():
    assert BreakEven(()).sentence.startswith("Cannot tell here")
    with pytest.raises(ValueError, match="run the finder first"):
        breakeven_chart(BreakEven(()))


def test_a_result_comes_back_from_json_as_it_was():
    result = found(lambda ms: [1 + ms / 2] * 3)
    again = BreakEven.from_dict(json.loads(json.dumps(result.as_dict())))
    assert again == result
    for wrong in ({}, {"points": 7}, {"points": [{}]}):
        with pytest.raises(ValueError, match="no result of the break-even finder"):
            BreakEven.from_dict(wrong)


def test_the_chart_has_its_finding_as_alt_text_and_all_points():
    result = found(lambda ms: [1 + ms / 2] * 3)
    picture = breakeven_chart(result)
    assert picture.alt == result.sentence
    assert len(picture.rows) == len(result.points)


@pytest.mark.parametrize("wrong", [[-1], [1.5], [True], ["9"], [2**27]])
def test_a_wrong_payload_is_one_sentence(wrong):
    with pytest.raises(ValueError, match="a payload must be 0 to"):
        asyncio.run(find_breakeven(payloads=wrong))


def test_other_wrong_requests_are_one_sentence():
    with pytest.raises(ValueError, match="at least one size"):
        Finder(payloads=[])
    for wrong in (0, -1, 601, "9", True):
        with pytest.raises(ValueError, match="budget_seconds must be above 0"):
            Finder(budget_seconds=wrong)


def test_payloads_fit_the_memory():
    """D02"""
    assert top_payload(2 * 10**9) == 16 * 2**20
    assert top_payload(10**12) == 64 * 2**20
    assert checked([5, 0, 5]) == [0, 5]


def test_a_real_search_measures_every_hatch_that_is_here():
    told = []
    result = asyncio.run(find_breakeven(told.append, payloads=[0], budget_seconds=30))
    names = {point.hatch for point in result.points}
    wanted = {"inline", "threads", "pool", "child", "node inline", "node worker", "node pool"}
    assert names >= wanted
    assert ("interpreters" in names) == (interpreters.reason_missing() is None)
    assert list(result.points) == told
    assert all(min(point.runs_ms) > 0 for point in result.points)
    inline = {pid for point in result.points if point.hatch == "inline" for pid in point.pids}
    others = {pid for point in result.points if point.hatch == "pool" for pid in point.pids}
    assert inline
    assert others
    assert not inline & others
    assert set(result.breakeven_ms) == names - {"inline", "node inline"}
    assert {each.hatch for each in result.phases} >= {"threads", "pool", "child", "node pool"}


def test_what_a_cancelled_search_has_found_stays():
    async def main():
        finder = Finder(payloads=[0])
        task = asyncio.create_task(finder.run())
        while not finder.points:
            await asyncio.sleep(0.01)
            assert not task.done()
        task.cancel()
        await asyncio.wait([task], timeout=20)
        assert task.cancelled()
        return finder.result()

    result = asyncio.run(main())
    assert result.points
    assert not result.complete
    assert "Not all was measured" in result.sentence


def test_the_command_line_prints_one_json_object():
    argv = [sys.executable, "-m", "unstuck", "breakeven", "--json", "--seconds", "20"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert {"breakeven_ms", "points", "sentence"} <= set(printed)
    assert "pool" in printed["breakeven_ms"]
    assert "tasks done" in done.stderr
    wrong = subprocess.run(
        [*argv[:5], "--seconds", "-1"], capture_output=True, text=True, timeout=60
    )
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "budget_seconds must be above 0" in wrong.stderr
