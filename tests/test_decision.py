"""The decision tree: each end is reached, and each answer cites a trial or says what to run."""

import re
from dataclasses import replace

import pytest
from choosing_cases import board, found, passages, waits

from unstuck.adviser_evidence import Evidence
from unstuck.breakeven_words import milliseconds
from unstuck.decision import follow, nodes, sentence, tree, walk
from unstuck.decision_cites import cites
from unstuck.decision_tree import ROOT, TREE, Leaf
from unstuck.scoreboard_rows import Stay
from unstuck.trial import Trial, machine_label, today

pytestmark = pytest.mark.once  # Python's version changes nothing here

LEAVES = [name for name, node in TREE.items() if isinstance(node, Leaf)]
EDGES = [
    (name, edge) for name, node in TREE.items() if not isinstance(node, Leaf) for edge in node.edges
]


def trial(work: str, seconds: float) -> Trial:
    times = (seconds, (seconds,), 0.0)
    facts = {"machine": machine_label(), "date": today()}
    return Trial("inline", "python", work, True, *times, 0.1, 1.0, 1.0, 9, 0, (1,), **facts)


def full_board():
    stays = [Stay("python", name, "told", "stopped", 0.1) for name in ("pool", "child")]
    stays.append(Stay("python", "inline", "all ended", "held the loop"))
    rows = board().rows
    extra = replace(board().row("python", "pool", "pure CPU"), hatch="distributed")
    return replace(board(stays=tuple(stays)), rows=(*rows, extra))


def everything() -> list:
    trials = [trial("is_prime(1000003)", 0.5), trial("is_prime_fast(1000003)", 0.0001)]
    return [full_board(), found(), waits(), passages(), trials]


def paths(at: str = ROOT) -> list[list[str]]:
    """All ways of answering, from a node on."""
    if isinstance(TREE[at], Leaf):
        return [[]]
    return [[edge.answer, *rest] for edge in TREE[at].edges for rest in paths(edge.to)]


def test_every_edge_leads_to_a_node_and_every_leaf_is_reached():
    assert {edge.to for _, edge in EDGES} | {ROOT} == set(TREE)
    ends = [follow(path, Evidence())[1] for path in paths()]
    assert set(ends) == set(LEAVES)
    assert len(LEAVES) == 10


def test_no_way_is_longer_than_it_needs():
    assert max(map(len, paths())) <= 8


@pytest.mark.parametrize(("at", "edge"), EDGES, ids=[f"{at}-{e.answer}" for at, e in EDGES])
def test_each_answer_cites_own_trials_with_a_number_and_a_source(at, edge):
    said = sentence(edge, Evidence(everything()))
    assert "not measured yet" not in said, said
    assert re.search(r"\d", said) or "child" in said or "pool" in said or "inline" in said
    assert ", here, " in said


@pytest.mark.parametrize(("at", "edge"), EDGES, ids=[f"{at}-{e.answer}" for at, e in EDGES])
def test_each_answer_without_trials_says_what_to_run(at, edge):
    said = sentence(edge, Evidence([]))
    assert said.startswith("not measured yet (")
    assert ": run await " in said


def test_each_cite_is_used():
    assert set(cites.values()) == {edge.cite for _, edge in EDGES}


def test_the_numbers_are_those_of_the_trials():
    text = tree(everything())
    assert f"takes {milliseconds(0.1)} in place of {milliseconds(500)}, 5,000 times less" in text
    assert "pool from 1 ms on" in text
    assert "interpreters 8 MB a worker, pool 31 MB a worker" in text
    assert "one server (Python) p50 80.0 ms" in text


def test_what_was_recorded_elsewhere_is_not_cited():
    text = tree([board(machine="a Cray"), found(date="2001-01-01")])
    assert "was recorded elsewhere (a Cray)" in text
    assert "days old" in text
    assert "40/s" not in text


def test_recorded_rows_of_node_are_left_out():
    rows = tuple(replace(row, recorded=row.runtime == "node") for row in board().rows)
    text = tree([replace(board(), rows=rows)])
    assert "pure CPU in Python: inline 20/s" in text
    assert "Node.js: inline 20/s" not in text


def test_a_walk_tells_the_path_and_what_is_next():
    text = walk(["yes", "our", "it computes"], everything())
    assert text.count("\n  ") >= 3
    assert "Next: How long is a task" in text
    assert "[shorter]" in text
    end = walk(["no"], everything())
    assert end.endswith("Node.js: node --cpu-prof, then another way to compute")
    assert walk().startswith("Next: Have you profiled it")


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (["maybe"], "there are: 'no', 'yes'"),
        ([""], "is not one answer"),
        (["no", "yes"], "no question is left"),
        ([3], "is not one answer"),
    ],
)
def test_an_answer_that_is_not_there_is_named(answers, told):
    with pytest.raises(ValueError, match=told):
        walk(answers)


def test_the_notebooks_of_the_leaves_are_named_as_the_course_names_them():
    for name in LEAVES:
        assert re.fullmatch(r"\d\d_\w+", TREE[name].notebook)


def test_the_plain_tree_has_all_that_a_picture_needs():
    plain = nodes([])
    assert set(plain) == set(TREE)
    for node in plain.values():
        assert node.get("end") or all(len(answer) == 3 for answer in node["answers"])


def test_the_text_of_the_tree_has_every_question_and_end():
    text = tree()
    for node in TREE.values():
        assert node.text in text
