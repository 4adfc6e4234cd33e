"""A result card holds what was measured, and no name of a person, a machine or a process."""

import argparse
import asyncio
import getpass
import json
import os
import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from unstuck import card_parts, card_verb, result_card
from unstuck.breakeven_line import Crossing
from unstuck.breakeven_points import Phases, Point
from unstuck.breakeven_result import BreakEven
from unstuck.card_form import Kind, ResultCard, Spread, spread_of
from unstuck.pool_sizes import SizeRow, Sweep
from unstuck.room import read_cards
from unstuck.room_checks import card_of
from unstuck.trial import machine_label

pytestmark = pytest.mark.once  # Python's version changes nothing here

POINT = Point("pool", "python", 10.0, 0, (6.0, 6.5, 6.0), (10.0, 10.5, 10.0), 2, (7,))
NODE = Point("node pool", "node", 10.0, 0, (6.0, 6.5), (10.0, 10.5), 2, (7,))


def found(**more) -> BreakEven:
    points = (POINT, replace(POINT, task_ms=1.0, runs_ms=(2.0, 2.0), loop_ms=(1.0, 1.0)), NODE)
    phases = (Phases("node pool", "node", 50.0, 1.0, 2.0, 3.0, 2.5, 3.0),)
    return BreakEven(**{"points": points, "phases": phases, "machine": machine_label()} | more)


def swept(rates=((1, (10.0, 11.0, 10.0)), (2, (19.0, 20.0, 18.0))), machine=None) -> Sweep:
    rows = tuple(SizeRow(size, each, 1_000_000) for size, each in rates)
    return Sweep(rows, "is_prime(7)", 2, machine or machine_label(), "2026-11-26")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """One card that was measured here, and its file."""
    path = tmp_path_factory.mktemp("card") / "my_card.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(result_card, "SMALL_SECONDS", 90.0)  # however busy the machine is
        return asyncio.run(result_card.result_card(path)), path


def test_a_card_is_measured_and_read_back_as_it_was(measured):
    card, path = measured
    assert card_of(path.read_bytes()) == card
    assert {"threads", "pool", "child"} <= set(card.start)
    assert 1 in card.speedup
    assert card.small
    assert card.recorded == ""


def test_a_card_has_no_name_in_it(measured):
    text = measured[1].read_text()
    folders = [str(Path.home()), str(measured[1].parent), os.getcwd()]
    for secret in (*folders, str(os.getpid())):
        assert secret not in text
    for name in (socket.gethostname(), getpass.getuser()):
        assert not re.search(rf"\b{re.escape(name)}\b", text)
    assert not re.search(r"\d+\.\d+\.\d+\.\d+|pid|[/\\]", text)


def test_all_words_of_a_card_come_from_fixed_lists(measured):
    """What a person could be known by has no field to stand in."""
    kind = measured[0].as_dict()["kind"]
    assert set(kind) == {"system", "cpus", "memory_gb", "python", "gil", "node", "cores"}
    assert isinstance(kind["memory_gb"], int)


def test_what_was_found_before_is_not_measured_again(tmp_path, monkeypatch):
    monkeypatch.setattr(result_card, "Finder", None)
    monkeypatch.setattr(result_card, "sweep", None)
    path = tmp_path / "card.json"
    card = asyncio.run(result_card.result_card(path, [found(cpus=2), swept()]))
    assert card.speedup[2].median == 1.9
    assert card.breakeven["pool"].low == 1.0
    assert card.start["node pool"] == Spread(0.05, 0.05, 0.05, 1)
    assert card_of(path.read_bytes()) == card


def test_a_search_that_was_cut_short_says_nothing_about_who_did_not_pay():
    assert card_parts.break_evens(found(cpus=1))["pool"] is None
    assert card_parts.break_evens(found(cpus=1, complete=False)) == {}


def test_what_was_recorded_elsewhere_is_left_out():
    node = replace(NODE, recorded=True)
    assert "node pool" not in card_parts.break_evens(found(points=(POINT, node)))


def test_a_computed_break_even_has_a_range():
    spread = card_parts._crossing(Crossing(5.0, 3.0, None), 4)
    assert spread == Spread(5.0, 3.0, 5.0, 4)


@pytest.mark.parametrize("wrong", [found(machine="Amiga, 1 usable CPU"), swept(machine="x"), 7])
def test_results_of_another_machine_are_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="result"):
        asyncio.run(result_card.result_card(tmp_path / "card.json", [wrong]))
    assert not list(tmp_path.iterdir())


def test_a_sweep_without_one_worker_tells_no_speed_up():
    assert card_parts.speedups(swept(rates=((2, (9.0,)),))) == {}


def test_no_time_at_all_still_gives_a_card(tmp_path, monkeypatch):
    monkeypatch.setattr(result_card, "SMALL_SECONDS", 0.001)
    card = asyncio.run(result_card.result_card(tmp_path / "card.json"))
    assert card.breakeven == {}
    assert card_of((tmp_path / "card.json").read_bytes()) == card


@pytest.mark.parametrize(
    ("cores", "speedup", "busy"), [(1.99, 1.9, False), (1.2, 1.9, True), (1.99, 2.9, True)]
)
def test_a_card_says_whether_the_machine_was_busy(monkeypatch, cores, speedup, busy):
    kind = Kind("Linux", 2, 8, "3.14.0", cores=cores)
    monkeypatch.setattr(result_card, "kind_of_machine", lambda: kind)
    parts = {"speedup": {1: spread_of([1.0]), 2: spread_of([speedup])}}
    assert result_card._card(parts, "").busy is busy


def test_its_repr_says_what_is_known_and_no_more():
    card = ResultCard(Kind("Linux", 1, 0, "3.11.0"), "2026-11-26", breakeven={"pool": None})
    assert repr(card).splitlines()[0] == (
        "Result card of 2026-11-26: Linux, 1 usable CPU, Python 3.11.0, GIL on, no Node.js"
    )
    assert "never here, or not clearly" in repr(card)


def words(*given: str):
    """What a command line with both verbs makes of some words."""
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers()
    for add in (card_verb.add, card_verb.add_room):
        add(verbs).add_argument("--json", action="store_true")
    return parser.parse_args(given)


def test_the_verbs_make_a_card_and_pool_a_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(result_card, "SMALL_SECONDS", 0.001)
    asked = words("card", "--to", str(tmp_path / "a.json"), "--json")
    assert asked.do(asked) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "unstuck card"
    (tmp_path / "b.json").write_text("<b>")
    asked = words("room", str(tmp_path))
    assert asked.do(asked) == 0
    assert "1 card" in (text := capsys.readouterr().out)
    assert "b.json: It is not JSON." in text
    assert len(read_cards(tmp_path)[0]) == 1
