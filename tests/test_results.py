"""Results are kept and read back as they were, labelled; a bad file is refused with a reason."""

import asyncio
import json
from dataclasses import replace

import pytest

from unstuck.hatches import inline
from unstuck.passages import Passage
from unstuck.plots import lag_chart
from unstuck.results import FORMAT, MOST_BYTES, NotResults, keep, read
from unstuck.trial import measure
from unstuck.workloads import is_prime

PASSAGE = Passage("thread", "python", "bytes", 1024, (0.5, 0.25), "the same object", 9, 9)


def test_a_trial_comes_back_as_it_was_labelled_as_recorded(tmp_path):
    trial = asyncio.run(measure("inline", inline.run, is_prime, 97, repeats=2))
    (again,) = read(keep(tmp_path / "kept.json", [trial]))
    assert again == replace(trial, recorded=True)
    assert "(recorded)" in lag_chart([trial, again]).table()


def test_passages_come_back_as_they_were(tmp_path):
    again = read(keep(tmp_path / "kept.json", [PASSAGE, PASSAGE]))
    assert again == [replace(PASSAGE, recorded=True)] * 2


def test_only_results_of_one_kind_can_be_kept(tmp_path):
    for wrong in ([], [1], [PASSAGE, "text"]):
        with pytest.raises(ValueError, match="at least one in it"):
            keep(tmp_path / "kept.json", wrong)
    assert not list(tmp_path.iterdir())


def kept(folder, change) -> str:
    """A file of one passage, after change(its JSON value)."""
    path = keep(folder / "kept.json", [PASSAGE])
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
        (lambda v: v["results"][0].update(size=-1), "size is '-1'"),
        (lambda v: v["results"][0].update(size=True), "size is 'True'"),
        (lambda v: v["results"][0].update(recorded=1), "recorded is '1'"),
        (lambda v: v["results"][0].update(road="r" * 9999), "road is 'rrr"),
        (lambda v: v["results"][0].update(road={"a": 1}), "road is"),
    ],
)
def test_a_file_that_lies_is_refused_with_a_reason(tmp_path, change, reason):
    with pytest.raises(NotResults, match=r"kept\.json") as refused:
        read(kept(tmp_path, change))
    assert reason in str(refused.value)


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
