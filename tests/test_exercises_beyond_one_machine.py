"""The exercises on clusters and queues: untouched, right, wrong, lucky, and a machine too busy."""

import pytest

from unstuck.exercises import beyond_one_machine as ours
from unstuck.exercises import check, killed_cluster, solution
from unstuck.hatches import distributed
from unstuck.queueing_formulas import mean_wait_of_many

if reason := distributed.reason_missing():
    pytest.skip(reason, allow_module_level=True)

ALL = [f"beyond_one_machine.{number}" for number in ours.EXERCISES]
ONE, TWO, THREE, FOUR = ALL


@pytest.mark.parametrize("name", ALL)
def test_the_solution_is_right(name, capsys):
    result = check(name, solution(name))
    assert capsys.readouterr().out
    assert result.outcome == "right", result


@pytest.mark.parametrize("name", [ONE, THREE])
def test_a_machine_that_starts_no_worker_in_time_cannot_tell(name, monkeypatch):
    monkeypatch.setattr(killed_cluster, "_START", 0.0)
    assert check(name, solution(name)).outcome == "cannot tell here"


@pytest.mark.parametrize(("wrong", "said"), [((6, 6), "beginnings"), ((4, 8), "answers")])
def test_a_wrong_prediction_is_told_which_half(wrong, said):
    result = check(ONE, wrong)
    assert (result.outcome, said in result.sentence) == ("not yet", True), result


@pytest.mark.parametrize("wrong", [8, "68", (6, 8, 1), (6.0, 8), (True, 8)])
def test_a_prediction_is_a_pair_of_numbers(wrong):
    assert "pair of whole numbers" in check(ONE, wrong).sentence


@pytest.mark.parametrize("job", ours.JOBS)
def test_each_wrong_choice_is_named_with_its_reason(job):
    right = dict(solution(TWO))
    for hatch in ("inline", "threads", "pool", "distributed", "child", None):
        if hatch != right[job]:
            result = check(TWO, {**right, job: hatch})
            assert (result.outcome, job in result.sentence) == ("not yet", True)


@pytest.mark.parametrize("wrong", [3, "pool", {}, {"thumbnail": "pool"}, ["pool"] * 4])
def test_choices_are_a_dict_of_all_jobs(wrong):
    assert "these keys: sort_rows, thumbnail" in check(TWO, wrong).sentence


def appends(folder, item):
    """What most write first: a line more in one file."""
    import json

    with (folder / "ledger.json").open("a") as file:
        file.write(json.dumps(item) + "\n")


def by_process(folder, item):
    """Books by hand look right, for all are of one process; on a second worker it is wrong."""
    import json
    import os

    (folder / f"{os.getpid()}-{item['order']}.json").write_text(json.dumps(item))


def forgets(folder, item):
    """Books only the first order that comes."""
    import json

    if not list(folder.iterdir()):
        (folder / "one.json").write_text(json.dumps(item))


def nothing_at_all(folder, item):
    """Never books: nothing is booked twice."""


@pytest.mark.parametrize("answer", [appends, by_process, forgets, nothing_at_all])
def test_what_books_twice_or_not_at_all_is_seen(answer):
    result = check(THREE, answer)
    assert (result.outcome, "the ledger has" in result.sentence) == ("not yet", True), result


def test_looking_first_and_writing_then_is_right_too():
    def looks(folder, item):
        import json

        path = folder / item["order"]
        if not path.exists():
            path.write_text(json.dumps(item))

    assert check(THREE, looks).outcome == "right"


def test_what_raises_in_the_worker_is_told():
    def breaks(folder, item):
        if item["order"] == "c-3":
            raise KeyError("no such order")
        ours.book(folder, item)

    result = check(THREE, breaks)
    assert (result.outcome, "no such order" in result.sentence) == ("not yet", True), result


def just_enough(rate, seconds, limit):
    return int(rate * seconds) + 1


def all_busy(rate, seconds, limit):
    return max(1, int(rate * seconds))


def by_mean(rate, seconds, limit):
    workers = int(rate * seconds) + 1
    while mean_wait_of_many(rate * seconds / workers, workers, seconds) > limit:
        workers += 1
    return workers


def doubled(rate, seconds, limit):
    return 2 * int(rate * seconds) + 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (just_enough, "they wait"),
        (all_busy, "busy all the time"),
        (by_mean, "they wait"),
        (doubled, "and so would"),
        (lambda rate, seconds, limit: 2.5, "no number of workers"),
        (lambda rate, seconds, limit: True, "no number of workers"),
        (lambda rate, seconds, limit: 0, "no number of workers"),
    ],
)
def test_a_fleet_of_another_size_is_told_why(answer, said):
    result = check(FOUR, answer)
    assert (result.outcome, said in result.sentence) == ("not yet", True), result


@pytest.mark.parametrize("name", [THREE, FOUR])
@pytest.mark.parametrize("wrong", [3, "x", [], object()])
def test_nonsense_is_told_what_is_wanted(name, wrong):
    assert "The answer is a" in check(name, wrong).sentence
