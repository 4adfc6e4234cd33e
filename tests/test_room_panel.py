"""The room panel without a browser: cards add up, and what is refused is listed and harmless."""

import datetime
import json
import sys
from dataclasses import replace

import pytest
from panel_loop import clicked, in_loop, until

from unstuck import labs
from unstuck.card_form import Kind, ResultCard, Spread
from unstuck.labs import room_panel
from unstuck.labs.room_panel import CHARTS, listed
from unstuck.room import Refusal

pytestmark = pytest.mark.once  # Python's version changes nothing here

CARD = ResultCard(
    Kind("Linux", 4, 8, "3.14.0"),
    "2026-11-26",
    {"pool": Spread(0.05, 0.04, 0.06, 5)},
    {"pool": Spread(3.0, 0.0, 5.0, 5)},
    {1: Spread(1.0, 0.9, 1.1, 3)},
)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def offered(**files: bytes) -> tuple:
    """What ipywidgets' FileUpload has as its value."""
    made = datetime.datetime.now(tz=datetime.UTC)
    same = {"type": "", "last_modified": made}
    return tuple(
        {**same, "name": f"{name}.json", "size": len(data), "content": memoryview(data)}
        for name, data in files.items()
    )


def data_of(cpus: int = 4) -> bytes:
    card = replace(CARD, kind=replace(CARD.kind, cpus=cpus))
    return json.dumps(card.as_dict()).encode()


def test_cards_of_several_uploads_and_of_a_folder_add_up(tmp_path):
    async def test():
        panel = labs.room()
        panel.upload.value = offered(a=data_of(), b=data_of(2))
        await until(lambda: "2 new cards; 2 cards in all." in panel.status)
        assert "2 CPUs" in panel.chart.value
        panel.upload.value = offered(c=data_of(8))
        await until(lambda: "1 new card; 3 cards in all." in panel.status)
        (tmp_path / "cards").mkdir()
        (tmp_path / "cards" / "d.json").write_bytes(data_of())
        (tmp_path / "cards" / "e.json").write_bytes(data_of(16))
        await clicked(panel.read)
        await until(lambda: "1 new card; 4 cards in all. 1 file refused" in panel.status)
        assert "d.json: Another file has the same content" in panel.refused.value

    in_loop(test)


def test_each_figure_can_be_chosen_and_has_a_table():
    async def test():
        panel = labs.room()
        panel.upload.value = offered(a=data_of())
        await until(lambda: "in all" in panel.status)
        for name, words in zip(CHARTS, ("speed-up", "Start-up", "Break-even"), strict=True):
            panel.figure.value = name
            await until(lambda words=words: words in panel.chart.value)
            assert "<table>" in panel.chart.value

    in_loop(test)


def test_a_hostile_file_is_refused_its_name_is_text_and_the_cards_stay():
    """H04"""

    async def test():
        panel = labs.room()
        panel.upload.value = offered(a=data_of())
        await until(lambda: "1 card in all" in panel.status)
        hostile = {"<img src=x onerror=alert(1)>": b"<b>", "big": b" " * 10_000_000}
        panel.upload.value = offered(**hostile)
        await until(lambda: "2 files refused" in panel.status)
        assert "<img src=x" not in panel.refused.value
        assert "larger than 20 KB" in panel.refused.value
        assert len(panel.cards) == 1

    in_loop(test)


def test_a_folder_that_is_none_is_one_sentence_and_the_panel_works_on():
    async def test():
        panel = labs.room()
        panel.folder.value = "<b>none</b>"
        await clicked(panel.read)
        await until(lambda: 'role="alert"' in panel.status)
        assert "<b>" not in panel.status
        panel.upload.value = offered(a=data_of())
        await until(lambda: "1 card in all" in panel.status)

    in_loop(test)


def test_clicks_that_come_quickly_count_no_card_twice(tmp_path):
    """H05"""
    (tmp_path / "cards").mkdir()
    for cpus in range(1, 30):
        (tmp_path / "cards" / f"{cpus}.json").write_bytes(data_of(cpus))

    async def test():
        panel = labs.room()
        for _ in range(5):
            panel.read.click()
        await until(lambda: len(panel.refusals) == 4 * 29)
        assert len(panel.cards) == 29

    in_loop(test)


def test_start_again_forgets_all():
    async def test():
        panel = labs.room()
        panel.upload.value = offered(a=data_of(), b=b"")
        await until(lambda: "1 card in all" in panel.status)
        await clicked(panel.again)
        await until(lambda: "No card is counted" in panel.status)
        assert (panel.cards, panel.refusals, panel.chart.value) == ([], [], "")
        panel.figure.value = "Break-even"
        await until(lambda: "nothing to draw yet" in panel.chart.value)

    in_loop(test)


def test_an_unexpected_error_is_shown(monkeypatch):
    """H11"""

    def broken(source, known):
        raise RuntimeError("a bug")

    async def test():
        monkeypatch.setattr(room_panel, "read_cards", broken)
        panel = labs.room()
        await clicked(panel.read)
        await until(lambda: "RuntimeError: a bug" in panel.status)

    in_loop(test)


def test_many_refusals_are_listed_in_part():
    text = listed([Refusal(f"<{n}>", "It is empty.") for n in range(70)])
    assert text.count("<li>") == 50
    assert "20 earlier ones" in text
    assert "<69>" not in text


def test_without_widgets_a_plain_call_is_named(monkeypatch, capsys):
    """H10"""
    monkeypatch.setitem(sys.modules, "unstuck.labs.room_panel", None)
    assert labs.room() is None
    assert "read_cards('cards')" in capsys.readouterr().out


def test_its_repr_is_one_sentence():
    async def test():
        assert repr(labs.room()).endswith("bring it to life.")

    in_loop(test)
