"""The break-even finder: crossings of known curves, honesty about noise, nothing left behind."""

import asyncio
import json
import subprocess
import sys

import pytest

from unstuck.breakeven import Finder, find_breakeven
from unstuck.breakeven_chart import breakeven_chart
from unstuck.breakeven_line import to_measure
from unstuck.breakeven_plan import (
    MIB,
    PAYLOADS,
    SECONDS,
    bounded,
    checked,
    first_steps,
    more_steps,
    top_payload,
)
from unstuck.breakeven_points import HATCHES, Point, of_hatch
from unstuck.breakeven_result import BreakEven
from unstuck.breakeven_words import busy, left_out, milliseconds
from unstuck.hatches import interpreters

pytestmark = pytest.mark.once  # the hatches themselves are tried on each Python

TASKS = (0.1, 1.0, 10.0, 100.0)


def point(hatch: str, ms: float, runs, payload: int = 0, loop=None) -> Point:
    """A point whose loop took `ms` in each round, or what `loop` says."""
    runtime = "node" if hatch in HATCHES["node"] else "python"
    loops = loop or (ms,) * len(runs)
    return Point(hatch, runtime, ms, payload, tuple(runs), tuple(loops), 2)


def points(hatch: str, of_task, payload: int = 0, tasks=TASKS) -> list[Point]:
    """A hatch's points: of_task(task_ms) gives the per-task times of the rounds."""
    return [point(hatch, ms, of_task(ms), payload) for ms in tasks]


def found(of_task, cpus: int = 2, hatch: str = "pool") -> BreakEven:
    """A result with the loop itself and one hatch."""
    inline = points("inline", lambda ms: (ms, ms, ms))
    machine = {"machine": "a machine", "versions": {"python": "3"}, "date": "2026"}
    return BreakEven(tuple(inline + points(hatch, of_task)), cpus=cpus, **machine)


# where a hatch pays


def test_a_hatch_that_costs_one_and_halves_pays_from_two():
    result = found(lambda ms: [1 + ms / 2] * 3)
    assert result.breakeven_ms["pool"] == pytest.approx(2)
    assert result.breakeven_range_ms["pool"] == [1, 10]


def test_what_costs_nothing_pays_from_the_smallest_task():
    result = found(lambda ms: [ms / 2] * 3)
    assert result.breakeven_ms["pool"] == TASKS[0]
    assert result.breakeven_range_ms["pool"] == [0, TASKS[0]]


def test_what_is_never_sooner_never_pays():
    result = found(lambda ms: [ms * 1.01] * 3)
    assert result.breakeven_ms == result.breakeven_range_ms == {"pool": None}
    assert "Pool is not sooner than the loop here: it buys a free loop" in result.sentence


def test_rounds_that_differ_wildly_find_nothing():
    assert found(lambda ms: [ms / 2, ms * 2, ms * 3]).breakeven_ms == {"pool": None}


def test_one_bad_round_of_six_hides_nothing():
    result = found(lambda ms: [1 + ms / 2] * 5 + [ms * 40])
    assert result.breakeven_ms["pool"] == pytest.approx(2)


def test_a_crossing_counts_only_where_it_holds_from_there_on():
    result = found(lambda ms: [ms * (2.0 if ms == 10 else 0.5)] * 5)
    assert result.breakeven_ms["pool"] == pytest.approx(25)
    assert result.breakeven_range_ms["pool"] == [10, 100]


def test_a_busy_moment_that_hits_the_loop_too_cancels_out():
    bad = point("pool", 10, (6, 60, 6), loop=(10, 100, 10))
    good = [each for each in points("pool", lambda ms: [1 + ms / 2] * 3) if each.task_ms != 10]
    assert BreakEven((*good, bad), cpus=2).breakeven_ms["pool"] < 3


def test_beyond_what_was_run_it_is_computed_and_says_so():
    result = found(lambda ms: [400 + ms / 2] * 3)
    assert result.breakeven_ms["pool"] == pytest.approx(800)
    assert (result.computed, result.breakeven_range_ms["pool"]) == ({"pool"}, [100, None])
    assert "800 ms (computed)" in result.sentence
    assert found(lambda ms: [40_000 + ms / 2] * 3).breakeven_ms == {"pool": None}


def test_a_hatch_that_begins_to_pay_at_the_largest_task_is_not_called_never():
    result = found(lambda ms: [44 + ms / 2] * 3)  # 94 for the task of 100: below, but not clearly
    assert (result.breakeven_ms["pool"], result.computed) == (100, {"pool"})


def test_a_payload_adds_to_the_cost_and_leaves_the_factor():
    free = points("pool", lambda ms: [1 + ms / 2] * 3)
    large = points("pool", lambda ms: [500 + ms / 2] * 3, 64 * MIB, tasks=(100,))
    result = BreakEven(tuple(free + large), cpus=2)
    assert result.breakeven_by_payload["pool"][64 * MIB] == pytest.approx(1000)


def test_on_one_cpu_nothing_pays_and_the_sentence_says_what_a_hatch_buys():
    result = found(lambda ms: [1 + ms / 2] * 3, cpus=1)
    assert result.breakeven_ms == {"pool": None}
    assert result.sentence.startswith("On one usable CPU no hatch is sooner than the loop")


# what to measure next


def next_rounds(of_task) -> dict:
    return more_rounds(points("pool", of_task))


def more_rounds(mine) -> dict:
    mine = sorted(mine, key=lambda each: each.size_ms)
    return to_measure(mine, mine, 300)


def test_a_wide_range_is_narrowed_around_its_crossing():
    assert next_rounds(lambda ms: [1 + ms / 2] * 3) == {1.3: 5, 3.0: 5}


def test_a_narrow_range_gets_five_rounds_at_both_ends():
    mine = points("pool", lambda ms: [1 + ms / 2] * 3, tasks=(1.3, 3.0))
    assert to_measure(mine, mine, 300) == {1.3: 2, 3.0: 2}
    mine = points("pool", lambda ms: [1 + ms / 2] * 5, tasks=(1.3, 3.0))
    assert to_measure(mine, mine, 300) == {}


def test_where_the_rounds_do_not_tell_the_range_is_wide_and_the_crossing_in_it():
    mine = [*points("pool", lambda ms: [1 + ms / 2] * 3), point("pool", 3.0, [2.5, 4, 2.5])]
    result = BreakEven(tuple(mine), cpus=2)
    assert result.breakeven_ms["pool"] == pytest.approx(2)
    assert result.breakeven_range_ms["pool"] == [1, 10]
    assert more_rounds(mine) == {1.3: 5, 3.0: 7}


def test_a_task_that_pays_but_not_clearly_gets_more_rounds():
    mine = points("pool", lambda ms: [ms * 0.95 if ms == 10 else ms / 2] * 3)
    assert to_measure(mine, mine, 300) == {0.1: 2, 10: 7, 100: 2}


def test_a_crossing_beyond_is_looked_for_only_where_tasks_may_be_so_long():
    assert next_rounds(lambda ms: [80 + ms / 2] * 3) == {240: 5}
    assert next_rounds(lambda ms: [400 + ms / 2] * 3) == {}
    assert next_rounds(lambda ms: [ms * 1.05] * 3) == {100: 2}  # is it never? 5 rounds tell
    assert next_rounds(lambda ms: [ms * 1.05] * 5) == {}


def test_what_is_measured_next_is_run_with_the_loop_of_its_runtime(monkeypatch):
    monkeypatch.delenv("UNSTUCK_SMALL", raising=False)
    mine = points("node pool", lambda ms: [1 + ms / 2] * 3)
    steps = more_steps(mine + points("child", lambda ms: [ms * 2] * 3), "node", 0)
    assert [(step.task_ms, step.hatches) for step in steps] == [
        (1.3, ("node inline", "node pool")),
        (3.0, ("node inline", "node pool")),
    ]
    assert more_steps(mine, "python", 0) == []


def test_the_first_rounds_of_all_that_is_promised_fit_the_default_time(monkeypatch):
    """On two CPUs; what is left is for the crossings."""
    monkeypatch.delenv("UNSTUCK_SMALL", raising=False)
    both = [first_steps(name, hatches, PAYLOADS) for name, hatches in HATCHES.items()]
    steps = [step for each in both for step in each]
    assert sum(step.seconds(2) for step in steps) < SECONDS
    assert {step.payload_bytes for step in steps} == set(PAYLOADS)
    assert {name for step in steps for name in step.hatches} == {
        *HATCHES["python"],
        *HATCHES["node"],
    }


def test_payloads_fit_the_memory():
    """D02"""
    assert top_payload(2 * 10**9) == 16 * 2**20
    assert top_payload(10**12) == 64 * 2**20
    assert checked([5, 0, 5]) == [0, 5]
    assert bounded([0, 16 * MIB], 2 * 10**9) == [
        "Payloads end at 16 MiB, as there are 2,000 MB of memory."
    ]
    assert bounded([0], 2 * 10**9) == bounded([64 * MIB], 10**12) == []


# words and pictures


def test_the_sentence_begins_with_the_article_s_check_where_node_was_measured():
    node = points("node worker", lambda ms: [30 + ms] * 3)
    text = BreakEven(tuple(node), cpus=2).sentence
    assert text.startswith("The article's prime check takes 0.1 ms in Node.js, and 30 ms with")


def test_it_is_one_sentence_also_where_hatches_pay_and_others_do_not():
    mine = found(lambda ms: [1 + ms / 2] * 3).points
    text = BreakEven((*mine, *points("threads", lambda ms: [ms] * 3)), cpus=2).sentence
    assert "they pay through pool from 2 ms each; threads are not sooner" in text
    assert text.count(". ") == 0


def test_what_was_left_out_is_said():
    (step, *_) = first_steps("python", HATCHES["python"], [64 * MIB])[1:]
    assert left_out([step, step]) == [
        "Left out, as the time was over: tasks with 64 MiB in Python."
    ]
    assert left_out([]) == []


def test_a_busy_machine_is_said():
    calm, wild = (10, 11, 10), (10, 31, 10)
    assert busy([point("inline", 10, calm, loop=calm)]) == ""
    assert "3.1 times as long" in busy([point("inline", 10, wild, loop=wild)])


def test_nothing_measured_says_so():
    assert BreakEven(()).sentence.startswith("Cannot tell here")
    with pytest.raises(ValueError, match="run the finder first"):
        breakeven_chart(BreakEven(()))


@pytest.mark.parametrize(("ms", "text"), [(0.2567, "0.26 ms"), (140.2, "140 ms"), (1499, "1.5 s")])
def test_times_have_two_digits(ms, text):
    assert milliseconds(ms) == text


def test_the_table_has_each_hatch_with_its_range_and_its_memory():
    result = found(lambda ms: [1 + ms / 2] * 3)
    table = repr(BreakEven(result.points, memory={"pool": 20_300_000}, cpus=2))
    assert "pool" in table.splitlines()[1]
    assert "1 ms to 10 ms" in table
    assert "20.3" in table


def test_the_chart_has_its_finding_as_alt_text_its_break_evens_and_all_points():
    result = found(lambda ms: [1 + ms / 2] * 3)
    picture = breakeven_chart(result)
    assert picture.alt.startswith(result.sentence)
    assert picture.rows[0] == ("break-even of pool", 0, "2", "2", "1", "10")
    assert len(picture.rows) == 1 + len(result.points)


def test_two_runs_on_one_chart_say_which_is_the_faint_one():
    result = found(lambda ms: [1 + ms / 2] * 3)
    origin = {"machine": "another", "versions": {"node": "20"}, "date": "2020"}
    other = BreakEven(result.points, cpus=2, recorded=True, **origin)
    picture = breakeven_chart(result, other)
    assert "Faint: Recorded on another; node 20; 2020." in picture.alt
    assert ("break-even of pool (recorded)", 0, "2", "2", "1", "10") in picture.rows


# what cannot be


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hatch": "$\\frac$"}, "no hatch"),
        ({"runtime": "node"}, "no hatch"),
        ({"runs_ms": ()}, "not of the same rounds"),
        ({"loop_ms": (1.0,)}, "not of the same rounds"),
        ({"runs_ms": (0.0, 1.0)}, "not above 0"),
        ({"workers": 0}, "not above 0"),
    ],
)
def test_a_point_that_cannot_be_is_refused(change, reason):
    right = {"hatch": "pool", "runtime": "python", "task_ms": 1.0, "payload_bytes": 0}
    right |= {"runs_ms": (1.0, 2.0), "loop_ms": (1.0, 2.0), "workers": 2}
    with pytest.raises(ValueError, match=reason):
        Point(**right | change)


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


# real searches


def test_a_real_search_measures_every_hatch_that_is_here():
    told = []
    finder = Finder(told.append, payloads=[0, 5], budget_seconds=30)
    asyncio.run(finder.run())
    result = finder.result()
    names = {each.hatch for each in result.points}
    wanted = {"inline", "threads", "pool", "child", "node inline", "node worker", "node pool"}
    assert names >= wanted
    assert ("interpreters" in names) == (interpreters.reason_missing() is None)
    assert {each.key for each in told} == {each.key for each in result.points}
    assert (result.complete, finder.done_share) == (True, 1.0)
    inline = {pid for each in result.points if each.hatch == "inline" for pid in each.pids}
    others = {pid for each in result.points if each.hatch == "pool" for pid in each.pids}
    assert inline
    assert others
    assert not inline & others
    assert set(result.breakeven_ms) == names - {"inline", "node inline"}
    assert {each.hatch for each in result.phases} >= {"threads", "pool", "child", "node pool"}
    assert of_hatch(result.points, "pool", 5)
    assert set(result.memory) == names - {"inline", "node inline"}


def test_a_search_without_time_says_what_it_left_out():
    result = asyncio.run(find_breakeven(payloads=[0], budget_seconds=0.01))
    assert not result.complete
    assert "Left out, as the time was over" in " ".join(result.notes)
    assert result.sentence.startswith("Cannot tell here")


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
    assert {"breakeven_ms", "breakeven_range_ms", "points", "sentence"} <= set(printed)
    assert set(printed["breakeven_ms"]) == set(printed["breakeven_range_ms"]) >= {"pool"}
    assert "tasks done" in done.stderr
    wrong = subprocess.run(
        [*argv[:5], "--seconds", "-1"], capture_output=True, text=True, timeout=60
    )
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "budget_seconds must be above 0" in wrong.stderr
