"""The claim ledger is complete, honest about what it cannot tell, and does not change its mind."""

import argparse
import asyncio
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from unstuck import claims, claims_recorded, claims_verb, hatches
from unstuck.__main__ import main
from unstuck.claims_once import once, one_run
from unstuck.claims_seen import (
    CANNOT,
    DEPENDS,
    FAILS,
    HOLDS,
    VERDICTS,
    CannotTell,
    Found,
    Verdict,
    above,
    both,
    settled,
    shown,
    span,
)
from unstuck.claims_table import claims_table, line
from unstuck.node_finder import Node
from unstuck.workloads import exactly

IDS = (
    *("P1", "P2", "P3", "P4", "C1", "C2", "C3"),
    *("W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8"),
    *("K1", "K2", "K3", "K4", "K5", "K6", "D1", "D2", "D3"),
    *("X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8"),
)
STEMS = {
    *("00_start_here", "01_blocked_loop", "02_profile_first", "03_child", "04_threads"),
    *("05_interpreters", "06_pool", "07_sharing", "08_cluster", "09_choosing"),
    "10_beyond_one_machine",
}
BY_FACTS = {  # they rest on no clock: a busy machine changes nothing
    "P1": HOLDS,
    "P3": HOLDS,
    "C1": HOLDS,
    "W3": HOLDS,
    "W5": FAILS,
    "X2": FAILS,
    "X7": DEPENDS,
}
LONG = pytest.mark.timeout(600)  # for a machine on which many others work


@pytest.fixture(scope="module")
def kept() -> dict:
    """What the one run of the ledger gave: {} before it."""
    return {}


@pytest.fixture
def verdicts(kept) -> list[Verdict]:
    """The verdicts of one run of the whole ledger; the first test that asks for them runs it."""
    if not kept:
        heard: list = []
        kept["verdicts"] = asyncio.run(claims.ledger(on_verdict=heard.append))
        kept["heard"] = heard
        hatches.close()
    return kept["verdicts"]


@LONG
def test_the_ledger_has_a_verdict_on_every_claim_in_both_runtimes(verdicts, kept):
    pairs = [(id, runtime) for id in IDS for runtime in ("python", "node")]
    assert [(each.id, each.runtime) for each in verdicts] == pairs
    assert kept["heard"] == verdicts


@LONG
def test_no_verdict_changes_on_a_machine_of_the_same_kind(verdicts):
    known = claims_recorded.expected()
    assert known or claims_recorded.kind_of_machine() not in json.loads(_expected())["kinds"]
    assert claims_recorded.changes(verdicts, known) == []


@LONG
def test_a_verdict_that_rests_on_facts_is_always_told(verdicts):
    seen = {each.id: each for each in verdicts if each.runtime == "python"}
    wrong = [seen[id] for id, verdict in BY_FACTS.items() if seen[id].verdict != verdict]
    assert wrong == []


@LONG
def test_each_verdict_has_a_sentence_with_its_numbers(verdicts):
    for each in verdicts:
        assert each.verdict in VERDICTS
        assert each.sentence.strip().endswith((".", "!", "?", ")", "'")) or each.verdict == CANNOT
        assert each.numbers or each.verdict == CANNOT
        assert each.machine
        assert each.date
        json.dumps(each.as_dict())


@LONG
def test_most_can_be_told_here(verdicts, needs_node):
    told = [each for each in verdicts if each.verdict != CANNOT]
    assert len(told) > len(verdicts) / 2


def test_the_ids_are_those_of_the_course():
    assert tuple(claims.ids()) == IDS


@pytest.mark.parametrize("id", IDS)
def test_every_claim_has_two_experiments_and_a_notebook(id):
    claim = claims.claim(id)
    assert set(claims.experiments()[id]) == {"python", "node"}
    assert claim.notebook in STEMS
    assert claim.group
    assert claim.sentence.endswith(".")
    assert len(claim.sentence) < 100


def test_no_sentence_is_said_twice():
    assert len({claims.claim(id).sentence for id in IDS}) == len(IDS)


def test_each_experiment_names_the_claim_that_it_is_for():
    for id, runs in claims.experiments().items():
        for run in runs.values():
            func = getattr(run, "func", run)
            assert func.__doc__.startswith(id), f"{func.__name__}: {func.__doc__}"


@pytest.mark.parametrize("id", ["", "Z9", "p1", None, 3])
def test_an_unknown_id_is_named_before_anything_runs(id):
    with pytest.raises(ValueError, match="there is no claim"):
        asyncio.run(claims.ledger(["P1", id]))


def test_an_unknown_runtime_is_refused():
    with pytest.raises(ValueError, match="a runtime is one of python, node"):
        asyncio.run(claims.verdict("P1", "deno"))


def _tried(monkeypatch, experiment) -> Verdict:
    monkeypatch.setattr(claims, "experiments", lambda: {"P1": both(experiment)})
    return asyncio.run(claims.verdict("P1"))


def test_an_experiment_that_fails_breaks_nothing(monkeypatch):
    async def broken(runtime):
        raise ZeroDivisionError("oh")

    seen = _tried(monkeypatch, broken)
    assert seen.verdict == CANNOT
    assert "ZeroDivisionError: oh" in seen.sentence


def test_a_reason_why_not_is_told(monkeypatch):
    async def nowhere(runtime):
        raise CannotTell("there is no moon")

    assert _tried(monkeypatch, nowhere).sentence == "There is no moon."


def test_an_experiment_that_hangs_is_given_up(monkeypatch):
    async def hangs(runtime):
        await asyncio.sleep(60)

    monkeypatch.setattr(claims, "_DEADLINE", 0.05)
    assert "did not end in time" in _tried(monkeypatch, hangs).sentence


def test_an_interrupt_is_not_taken_for_a_failure(monkeypatch):
    async def stopped(runtime):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        _tried(monkeypatch, stopped)


def test_experiments_never_run_at_the_same_time(monkeypatch):
    running, most = [], []

    async def one(runtime):
        running.append(runtime)
        most.append(len(running))
        await asyncio.sleep(0.01)
        running.pop()
        return Found(HOLDS, "It was alone.", {"at_once": most[-1]})

    monkeypatch.setattr(claims, "experiments", lambda: dict.fromkeys(IDS, both(one)))
    asyncio.run(claims.ledger(["P1", "P2"], ["python"]))
    assert set(most) == {1}


def test_without_node_the_recorded_verdict_is_labelled(monkeypatch):
    missing = Node(None, None, "Node.js is not here.")
    monkeypatch.setattr(claims, "find_node", lambda: missing)
    seen = asyncio.run(claims.verdict("P1", "node"))
    assert seen.recorded
    assert "Recorded on" in seen.sentence
    assert "Node.js is not here." in seen.sentence
    assert "holds*" in repr(claims_table([seen]))


def test_every_claim_has_a_recorded_verdict_for_who_has_no_node():
    recorded = [claims_recorded.recorded_verdict(id, None) for id in IDS]
    assert [each.id for each in recorded if not each.recorded] == []


def test_a_verdict_without_a_record_cannot_be_told(monkeypatch):
    monkeypatch.setattr(claims_recorded, "NODE", "no_such_file.json")
    seen = claims_recorded.recorded_verdict("P1", "Node.js is not here.")
    assert (seen.verdict, seen.sentence) == (CANNOT, "Node.js is not here.")


def _expected() -> str:
    folder = Path(claims_recorded.__file__).parent / "recorded"
    return (folder / claims_recorded.EXPECTED).read_text(encoding="utf-8")


def test_the_expected_verdicts_are_of_known_claims_and_never_opposite():
    for known in json.loads(_expected())["kinds"].values():
        for name, seen in known.items():
            id, runtime = name.split()
            assert id in IDS
            assert runtime in ("python", "node")
            assert len(seen) == 1, name
            assert set(seen) < {HOLDS, FAILS, DEPENDS}, name


def _verdict(verdict: str, **more) -> Verdict:
    return Verdict(
        "P1", "python", verdict, {"threads": 1}, "It <was> so.", "a machine", "a day", **more
    )


@pytest.mark.parametrize("verdict", [FAILS, DEPENDS])
def test_a_changed_verdict_is_told(verdict):
    (told,) = claims_recorded.changes([_verdict(verdict)], {"P1 python": [HOLDS]})
    assert told.startswith(f"P1 python was holds, and now: {verdict}")


@pytest.mark.parametrize("verdict", [HOLDS, CANNOT])
def test_the_same_verdict_and_cannot_tell_are_no_change(verdict):
    assert claims_recorded.changes([_verdict(verdict)], {"P1 python": [HOLDS]}) == []


def test_what_was_never_seen_is_no_change():
    assert claims_recorded.changes([_verdict(FAILS)], {}) == []


def test_an_interval_has_to_be_on_one_side_of_the_bar():
    assert above([2.1, 3], 2) is True
    assert above([1, 1.9], 2) is False
    assert above([1.9, 2.1], 2) is None


def test_a_fact_settles_and_a_time_that_does_not_show_it_settles_nothing():
    assert settled(True, "So.").verdict == HOLDS
    assert settled(False, "So.").verdict == FAILS
    assert shown(True, "So.", DEPENDS).verdict == DEPENDS
    assert shown(False, "So.").verdict == CANNOT


def test_within_one_run_an_experiment_runs_once():
    runs = []

    async def count(runtime):
        runs.append(runtime)
        return Found(HOLDS, "It ran.")

    async def twice():
        await once(count, "node")
        await once(both(count)["node"])

    async def in_one_run():
        with one_run():
            await twice()

    asyncio.run(in_one_run())
    assert runs == ["node"]
    asyncio.run(twice())
    assert runs == ["node"] * 3


def test_words_for_numbers(monkeypatch):
    assert span([1.0, 2.5]) == "1 to 2.5"
    assert span([1.0, 1.0]) == "1"
    monkeypatch.setenv("UNSTUCK_SMALL", "1")
    assert exactly(0.4) == 4.0
    monkeypatch.delenv("UNSTUCK_SMALL")
    assert exactly(0.4) == 0.4


class Tags(HTMLParser):
    """Counts tags, and fails where one is closed that was not opened last."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_table_has_headings_a_caption_and_no_markup_of_a_sentence():
    tags = Tags()
    tags.feed(claims_table([_verdict(HOLDS), _verdict(CANNOT)])._repr_html_())
    assert tags.open == []
    heads = [attributes["scope"] for tag, attributes in tags.seen if tag == "th"]
    assert heads == ["col", "col", "col", "row"]
    assert "caption" in dict(tags.seen)
    assert "was" not in dict(tags.seen)


def test_the_table_as_text_has_a_line_for_each_claim():
    text = repr(claims_table([_verdict(HOLDS)]))
    assert re.search(r"^P1 +\+ holds +not run +One thread", text, re.MULTILINE)
    assert "1 holds; a machine, a day." in text
    assert line(_verdict(HOLDS)).split() == ["P1", "Python", "+", "holds", "It", "<was>", "so."]


def test_a_verdict_is_one_sentence():
    assert repr(_verdict(HOLDS)) == "P1 in python holds: It <was> so."
    assert repr(_verdict(HOLDS, recorded=True)).startswith("P1 in python (recorded) holds")


def _asked(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    verb = claims_verb.add(parser.add_subparsers())
    verb.add_argument("--json", action="store_true")
    return parser.parse_args(["claims", *words])


def test_the_verb_prints_json_of_what_it_is_asked_for(capsys):
    asked = _asked("--only", "p1, X7", "--runtime", "python", "--json")
    assert asked.do(asked) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(each["id"], each["runtime"]) for each in found] == [("P1", "python"), ("X7", "python")]
    assert {"id", "runtime", "verdict", "numbers", "sentence", "machine", "date"} <= set(found[0])


def test_the_verb_prints_a_line_for_each_verdict_as_it_comes(capsys):
    asked = _asked("--only", "X7", "--runtime", "python")
    assert asked.do(asked) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("X7  Python  ~ depends")
    assert told[-1].startswith("Claims and verdicts: 1 depends")


@pytest.mark.parametrize("only", ["Z9", "P1,", "P1 P2"])
def test_the_verb_names_an_unknown_id(only):
    asked = _asked("--only", only)
    with pytest.raises(ValueError, match="there is no claim"):
        asked.do(asked)


def test_an_unknown_id_ends_the_command_with_2(capsys):
    assert main(["claims", "--only", "Z9"]) == 2
    assert "there is no claim 'Z9'; there are: P1, P2" in capsys.readouterr().err


def test_an_interrupt_keeps_what_was_found(capsys, monkeypatch):
    async def interrupted(ids, runtimes, on_verdict):
        on_verdict(_verdict(HOLDS))
        raise KeyboardInterrupt

    monkeypatch.setattr(claims, "ledger", interrupted)
    asked = _asked("--json")
    assert asked.do(asked) == 130
    assert [each["id"] for each in json.loads(capsys.readouterr().out)] == ["P1"]


def test_a_pinned_worker_leaves_this_process_as_it_was():
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    asyncio.run(claims.verdict("X5"))
    after = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    assert before == after
