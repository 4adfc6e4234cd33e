"""Results are kept and read back as they were, labelled; a bad file is refused with a reason."""

import asyncio
import json
from dataclasses import replace

import pytest

from unstuck.breakeven_chart import breakeven_chart
from unstuck.breakeven_points import Phases, Point
from unstuck.breakeven_result import BreakEven
from unstuck.cluster_kept import Asked, ClusterKept
from unstuck.hatches import inline
from unstuck.lane_chart import lanes_chart
from unstuck.passages import Passage
from unstuck.plots import lag_chart
from unstuck.results import FORMAT, MOST_BYTES, NotResults, keep, read, recorded_path
from unstuck.roads_chart import roads_chart
from unstuck.traces import Task, Trace
from unstuck.trial import measure
from unstuck.workloads import is_prime

PASSAGE = Passage("thread", "python", "bytes", 1024, (0.5, 0.25), "the same object", 9, 9)

POINT = Point("pool", "python", 10.0, 0, (6.0, 6.5), (10.0, 10.5), 2, (7,))
FOUND = BreakEven(
    (POINT, replace(POINT, task_ms=100.0, runs_ms=(50.0, 60.0), loop_ms=(100.0, 99.0))),
    (Phases("pool", "python", 50.0, 1.0, 2.0, 3.0, 2.5, 3.0),),
    {"pool": 20_000_000},
    "a machine",
    2,
    {"python": "3.14.0"},
    "2026-11-26",
    notes=("Without node.",),
)
TRACE = Trace("pool", "python", (Task(1, 1.0, 2.0, 3.0, (7, 8)), Task(2, 1.0, 2.0, 2.5, None, "x")))

CLUSTER = ClusterKept(
    *("python", "handout", "inline", 2, False, 9.5),
    *(Asked(190, 188, 1, 3.5, 60.0), Asked(0, 0, 0)),
    *(3, 12, (0.25,), "a machine", {"python": "3.14.0"}, "2026-11-26"),
)


def test_a_trial_comes_back_as_it_was_labelled_as_recorded(tmp_path):
    trial = asyncio.run(measure("inline", inline.run, is_prime, 97, repeats=2))
    (again,) = read(keep(tmp_path / "kept.json", [trial]))
    assert again == replace(trial, recorded=True)
    assert "(recorded)" in lag_chart([trial, again]).table()


def test_passages_come_back_as_they_were(tmp_path):
    again = read(keep(tmp_path / "kept.json", [PASSAGE, PASSAGE]))
    assert again == [replace(PASSAGE, recorded=True)] * 2


def test_a_break_even_comes_back_as_it_was(tmp_path):
    (again,) = read(keep(tmp_path / "kept.json", [FOUND]))
    assert again == replace(FOUND, recorded=True)
    assert again.breakeven_ms == FOUND.breakeven_ms
    assert "Recorded on a machine" in repr(again)


def test_traces_come_back_as_they_were(tmp_path):
    again = read(keep(tmp_path / "kept.json", [TRACE]))
    assert again == [replace(TRACE, recorded=True)]
    assert "recorded" in lanes_chart(again).alt


def test_a_run_of_a_cluster_comes_back_as_it_was(tmp_path):
    (again,) = read(keep(tmp_path / "kept.json", [CLUSTER]))
    assert again == replace(CLUSTER, recorded=True)
    assert "from kill to ready: 0.25 s. a machine; python 3.14.0; 2026-11-26" in repr(again)


def test_only_results_of_one_kind_can_be_kept(tmp_path):
    for wrong in ([], [1], [PASSAGE, "text"], [PASSAGE, TRACE]):
        with pytest.raises(ValueError, match="at least one in it"):
            keep(tmp_path / "kept.json", wrong)
    assert not list(tmp_path.iterdir())


def kept(folder, change, result=PASSAGE) -> str:
    """A file of one result, after change(its JSON value)."""
    path = keep(folder / "kept.json", [result])
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))
    return path


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda v: v.clear(), "does not say that its form"),
        (lambda v: v.update(format="x"), "does not say that its form"),
        (lambda v: v.update(kind="os.system"), "has no list of trial or passage"),
        (lambda v: v.update(results=7), "has no list of trial or passage"),
        (lambda v: v.update(results=[7]), "result 1 is no object"),
        (lambda v: v["results"][0].update(__class__="x"), "unknown field: '__class__'"),
        (lambda v: v["results"][0].pop("road"), "lacks the field 'road'"),
        (lambda v: v["results"][0].update(runs=[]), "has no runs"),
        (lambda v: v["results"][0].update(runs=["1"]), "runs is '1'"),
        (lambda v: v["results"][0].update(runs=[float("nan")]), "runs is 'nan'"),
        (lambda v: v["results"][0].update(runs=[float("inf")]), "runs is 'inf'"),
        (lambda v: v["results"][0].update(runs=[10**400]), "runs is '1000"),
        (lambda v: v["results"][0].update(size=-1), "size is '-1'"),
        (lambda v: v["results"][0].update(size=10**30), "size is '1000"),
        (lambda v: v["results"][0].update(size=True), "size is 'True'"),
        (lambda v: v["results"][0].update(recorded=1), "recorded is '1'"),
        (lambda v: v["results"][0].update(road="r" * 9999), "road is 'rrr"),
        (lambda v: v["results"][0].update(road={"a": 1}), "road is"),
        (lambda v: v["results"][0].update(road="\ud800"), "road is"),
        (lambda v: v.update(kind=["trial"]), "has no list of trial or passage"),
    ],
)
def test_a_file_that_lies_is_refused_with_a_reason(tmp_path, change, reason):
    with pytest.raises(NotResults, match=r"kept\.json") as refused:
        read(kept(tmp_path, change))
    assert reason in str(refused.value)


def first_point(**change):
    return lambda v: v["results"][0]["points"][0].update(change)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda v: v["results"][0].update(points=[]), "has no points"),
        (lambda v: v["results"][0].update(points=[7]), "points is no object"),
        (lambda v: v["results"][0].update(sentence="It pays."), "unknown field: 'sentence'"),
        (lambda v: v["results"][0].update(cpus=0), "no machine without a CPU"),
        (lambda v: v["results"][0].update(memory={"pool": "x"}), "memory is 'x'"),
        (lambda v: v["results"][0].update(memory=[]), "memory is '[]'"),
        (lambda v: v["results"][0].update(versions={"python": 3}), "versions is '3'"),
        (lambda v: v["results"][0]["phases"][0].pop("hatch"), "phases lacks the field 'hatch'"),
        (lambda v: v["results"][0].update(complete=1), "complete is '1'"),
        (first_point(hatch="$x^{"), "there is no hatch"),
        (first_point(runs_ms=[]), "not of the same rounds"),
        (first_point(runs_ms=[0, 1]), "not above 0"),
        (first_point(runs_ms=["1", 1]), "runs_ms is '1'"),
        (first_point(loop_ms=[1]), "not of the same rounds"),
        (first_point(workers=0), "not above 0"),
        (first_point(more=1), "unknown field: 'more'"),
    ],
)
def test_a_break_even_that_lies_is_refused_with_a_reason(tmp_path, change, reason):
    with pytest.raises(NotResults, match=r"kept\.json, result 1") as refused:
        read(kept(tmp_path, change, FOUND))
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda row: row.update(runtime="perl"), "runtime must be one of"),
        (lambda row: row.update(workers=0), "workers must be from 1 to 8"),
        (lambda row: row.update(keep_alive=1), "keep_alive is '1'"),
        (lambda row: row.update(kill_to_ready=[-1]), "kill_to_ready is '-1'"),
        (lambda row: row.update(light=7), "light is no object"),
        (lambda row: row["light"].update(lost=99), "more became of the requests"),
        (lambda row: row["heavy"].update(p50_ms="x"), "p50_ms is 'x'"),
        (lambda row: row["heavy"].pop("sent"), "heavy lacks the field 'sent'"),
        (lambda row: row.update(pid=1), "unknown field: 'pid'"),
    ],
)
def test_a_run_of_a_cluster_that_lies_is_refused_with_a_reason(tmp_path, change, reason):
    with pytest.raises(NotResults, match=r"kept\.json, result 1") as refused:
        read(kept(tmp_path, lambda value: change(value["results"][0]), CLUSTER))
    assert reason in str(refused.value)


def test_a_break_even_that_says_strange_things_can_be_drawn(tmp_path):
    def strange(value):
        value["results"][0].update(date="$\\frac{$<b>", machine="<script>")

    (again,) = read(kept(tmp_path, strange, FOUND))
    assert "<script>" not in breakeven_chart(FOUND, again).html()


@pytest.mark.parametrize(
    ("kind", "chart"), [("passage", roads_chart), ("breakeven", breakeven_chart)]
)
def test_the_recorded_machine_ships_with_the_course_and_is_labelled(kind, chart):
    results = read(recorded_path(kind))
    assert all(each.recorded and each.machine and each.date and each.versions for each in results)
    first = results[0]
    picture = chart([p for p in results if p.shape == first.shape] if kind == "passage" else first)
    assert "ecorded" in picture.table()


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x04.", b"{", b"[" * 100_000, b" " * (MOST_BYTES + 1), b'{"format": 1}']
)
def test_a_file_that_is_something_else_is_refused(tmp_path, data):
    path = tmp_path / "other.json"
    path.write_bytes(data)
    with pytest.raises(NotResults, match=r"other\.json"):
        read(path)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.json")


def test_the_form_is_named_in_the_file(tmp_path):
    assert json.loads(keep(tmp_path / "kept.json", [PASSAGE]).read_text())["format"] == FORMAT
