"""Cards are pooled, each file read once; what is no card is refused with a sentence of its own."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from unstuck import card_fields, room, room_checks
from unstuck.card_fields import MOST_BYTES, NotACard
from unstuck.card_form import Kind, ResultCard, Spread
from unstuck.room import read_cards, shown_name, told
from unstuck.room_chart import breakeven_chart, speedup_chart, start_chart
from unstuck.room_checks import card_of

pytestmark = pytest.mark.once  # Python's version changes nothing here

SHIPPED = Path(__file__).parents[1] / "workshop" / "cards"
CARD = ResultCard(
    Kind("Linux", 4, 8, "3.14.0", node="22.1.0", cores=3.9),
    "2026-11-26",
    {"pool": Spread(0.05, 0.04, 0.06, 5), "node worker": Spread(0.02, 0.02, 0.02)},
    {"pool": Spread(3.0, 0.0, 5.0, 5), "threads": None},
    {1: Spread(1.0, 0.9, 1.1, 3), 4: Spread(3.4, 3.2, 3.5, 3)},
)


def different(number: int) -> ResultCard:
    """A card that differs from those of other numbers."""
    start = {"pool": Spread(0.05 + number / 1e5, 0.04, 0.2, 5)}
    kind = replace(CARD.kind, cpus=1 + number % 8, system=("Linux", "macOS", "Windows")[number % 3])
    return replace(CARD, kind=kind, start=start)


def data_of(card: ResultCard = CARD) -> bytes:
    return json.dumps(card.as_dict()).encode()


def test_a_card_comes_back_as_it_was():
    assert card_of(data_of()) == CARD
    assert read_cards([("a.json", data_of())]) == ([CARD], [])


def test_a_thousand_cards_are_all_counted_and_each_file_is_read_once(tmp_path, monkeypatch):
    for number in range(1000):
        (tmp_path / f"{number}.json").write_bytes(data_of(different(number)))
    opened = []
    real = Path.open

    def counting(path, *args, **options):
        opened.append(path)
        return real(path, *args, **options)

    monkeypatch.setattr(Path, "open", counting)
    cards, refusals = read_cards(tmp_path)
    assert (len(cards), refusals) == (1000, [])
    assert sorted(opened) == sorted(tmp_path.iterdir())


def test_a_folder_of_all_kinds_of_files_is_sorted_one_by_one(tmp_path):
    (tmp_path / "a.json").write_bytes(data_of())
    (tmp_path / "again.json").write_text(json.dumps(CARD.as_dict(), indent=4, sort_keys=True))
    (tmp_path / "b.txt").write_text("hello")
    (tmp_path / "c").mkdir()
    (tmp_path / "README.md").write_text("Cards go here.")
    (tmp_path / ".hidden").write_text("x")
    cards, refusals = read_cards(str(tmp_path))
    assert cards == [CARD]
    reasons = {each.name: each.reason for each in refusals}
    assert set(reasons) == {"again.json", "b.txt", "c"}
    assert "counted once" in reasons["again.json"]
    assert reasons["c"] == "It is no file."


def test_a_card_that_is_known_is_not_counted_again():
    cards, refusals = read_cards([("a.json", data_of())], known=[CARD])
    assert cards == []
    assert "counted once" in refusals[0].reason


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_no_link_out_of_the_folder_and_no_pipe_is_opened(tmp_path):
    folder = tmp_path / "cards"
    folder.mkdir()
    (tmp_path / "secret.json").write_bytes(data_of())
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "nowhere.json").symlink_to("nothing")
    os.mkfifo(folder / "pipe.json")
    cards, refusals = read_cards(folder)
    assert cards == []
    assert [each.reason.split()[2:4] for each in refusals] == [
        ["a", "link:"],
        ["a", "link:"],
        ["no", "file."],
    ]


def test_a_folder_that_is_none_says_so(tmp_path):
    with pytest.raises(NotADirectoryError, match="there is no folder 'none' here"):
        read_cards(tmp_path / "none")


@pytest.mark.parametrize("name", ["../a.json", "a/b.json", "C:\\a.json", "/etc/a.json", "a\0.json"])
def test_a_name_with_parts_of_a_path_is_refused(name):
    cards, (refusal,) = read_cards([(name, data_of())])
    assert cards == []
    assert refusal.reason == "Its name has parts of a path."


def test_too_many_files_are_not_read(monkeypatch):
    monkeypatch.setattr(room, "MOST_FILES", 3)
    cards, refusals = read_cards((f"{n}.json", data_of(different(n))) for n in range(100))
    assert len(cards) == 3
    assert [each.reason for each in refusals] == [
        "This and all after it were not read: 3 files are enough."
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\x80\x04K\x01.", "not JSON"),  # a pickle
        (b"PK\x03\x04", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 15_000, "It is n"),  # nested too deeply for one Python, cut off for another
        (b'{"a":' * 3_000, "It is n"),
        (b"[" * 9_000 + b"]" * 9_000, "It is n"),
        (b" " * (MOST_BYTES + 1), "larger than 20 KB"),
        (b"7" * 19_000, "19000 digits"),
        (b"1" * 1_000_000, "larger than 20 KB"),
        (b"NaN", "NaN in the place"),
        (b"[]", "no result card"),
        (b'{"format": "unstuck results 1"}', "no result card"),
        (b'{"format": "unstuck card", "version": 2}', "another version"),
        (b'{"format": "unstuck card", "version": true}', "another version"),
        (b'{"format": "unstuck card", "version": 1}', "lacks 'date'"),
        (b'{"format": "unstuck card", "format": "unstuck card"}', "one thing twice"),
    ],
)
def test_what_is_no_card_is_refused_with_a_reason(data, reason):
    cards, (refusal,) = read_cards([("x.json", data)])
    assert cards == []
    assert reason in refusal.reason
    assert len(refusal.reason) < 120


HTML = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.update(name="Ada"),
        lambda v: v.update(kind=[]),
        lambda v: v.update(date=HTML),
        lambda v: v.update(date="20261126"),
        lambda v: v.update(date="1970-01-01"),
        lambda v: v.update(date=20261126),
        lambda v: v.update(small=1),
        lambda v: v.update(busy="yes"),
        lambda v: v.update(recorded=HTML),
        lambda v: v.update(recorded="a" * 81),
        lambda v: v.update(recorded="line\nline"),
        lambda v: v.update(start=[]),
        lambda v: v.update(breakeven=None),
        lambda v: v.update(speedup={"0": None}),
        lambda v: v["kind"].update(host="ada-laptop"),
        lambda v: v["kind"].update(system=HTML),
        lambda v: v["kind"].update(system=["Linux"]),
        lambda v: v["kind"].update(cpus=0),
        lambda v: v["kind"].update(cpus=-4),
        lambda v: v["kind"].update(cpus=True),
        lambda v: v["kind"].update(cpus=4.5),
        lambda v: v["kind"].update(cpus=10**15),
        lambda v: v["kind"].update(memory_gb=-1),
        lambda v: v["kind"].update(python="3.14.0\u0660"),
        lambda v: v["kind"].update(python="\u0663.\u0661"),
        lambda v: v["kind"].update(node=HTML),
        lambda v: v["kind"].update(gil="maybe"),
        lambda v: v["kind"].update(cores=float("inf")),
        lambda v: v["kind"].pop("cpus"),
        lambda v: v["start"].update({HTML: None}),
        lambda v: v["start"].update(pool=None),
        lambda v: v["start"]["pool"].update(median=float("nan")),
        lambda v: v["start"]["pool"].update(median="0.05"),
        lambda v: v["start"]["pool"].update(median=-0.05),
        lambda v: v["start"]["pool"].update(median=0.5),
        lambda v: v["start"]["pool"].update(high=1e6),
        lambda v: v["start"]["pool"].update(runs=0),
        lambda v: v["start"]["pool"].update(runs=1e300),
        lambda v: v["start"]["pool"].update(more=1),
        lambda v: v["start"]["pool"].pop("low"),
        lambda v: v["breakeven"]["pool"].update(high=10**19),
        lambda v: v["speedup"].update({"99": v["speedup"]["1"]}),
        lambda v: v["speedup"]["4"].update(median=400, high=400),
        lambda v: v["speedup"]["4"].update(low=[3.2]),
    ],
)
def test_a_card_that_lies_is_refused_and_none_of_its_words_are_repeated(change):
    value = CARD.as_dict() | {"breakeven": {"pool": CARD.as_dict()["breakeven"]["pool"]}}
    change(value)
    with pytest.raises(NotACard) as refused:
        card_of(json.dumps(value).encode())
    assert re.fullmatch(r"[A-Z][ -~]{10,110}\.", str(refused.value))
    assert not any(word in str(refused.value) for word in ("img", "Ada", "ada-laptop"))


def test_a_number_with_an_exponent_beyond_all_is_refused():
    text = data_of().decode().replace("0.06", "1e999")
    with pytest.raises(NotACard, match="no number"):
        card_of(text.encode())


def test_a_hostile_name_is_shown_without_harm():
    name = "\u202egnp.exe\x1b[31m<b>" + "x" * 500
    (refusal,) = read_cards([(name, b"")])[1]
    assert refusal.name.isprintable()
    assert len(refusal.name) == 60
    assert shown_name("") == "a file without a name"


def test_the_pool_is_told_in_words_with_what_is_recorded_busy_or_small():
    cards = [CARD, replace(CARD, recorded="Python 3.14"), replace(CARD, small=True, busy=True)]
    text = told(cards, read_cards([(f"{n}.txt", b"x") for n in range(30)])[1])
    assert text.startswith("3 cards, 1 of them recorded ones")
    assert "1 of them from a small run; 1 of them from a busy machine" in text
    assert text.count("Refused:") == 20
    assert "Refused as well: 10 more." in text


CHARTS = [speedup_chart, start_chart, breakeven_chart]


@pytest.mark.parametrize("chart", CHARTS)
def test_a_figure_says_in_words_and_numbers_what_it_shows(chart):
    picture = chart([different(number) for number in range(40)])
    assert picture.alt.count(". ") >= 1
    assert "over 40 cards" in picture.alt
    assert "cards" in picture.columns
    assert len(picture.rows) >= 2
    assert picture.png.startswith(b"\x89PNG")


def test_a_figure_counts_the_cards_of_each_row_and_ranks_nobody():
    rows = {row[0]: row for row in breakeven_chart([CARD, different(1), different(2)]).rows}
    assert rows["pool"][1] == 3
    assert rows["threads"][1] == 0
    assert rows["threads"][-1] == "never, or not clearly: 3"
    assert [row[0] for row in speedup_chart([different(n) for n in (5, 1, 3)]).rows] == [
        "2 CPUs",
        "4 CPUs",
        "6 CPUs",
    ]


@pytest.mark.parametrize("chart", CHARTS)
def test_no_card_makes_no_figure(chart):
    with pytest.raises(ValueError, match="nothing to draw yet"):
        chart([replace(CARD, start={}, breakeven={}, speedup={})])


@pytest.mark.parametrize("chart", CHARTS)
def test_recorded_cards_are_labelled_in_a_figure(chart):
    assert "recorded" in chart([replace(CARD, recorded="Python 3.14")]).alt


def test_the_cards_that_ship_are_cards_and_say_how_they_were_made():
    cards, refusals = read_cards(SHIPPED)
    assert refusals == []
    assert len(cards) >= 4
    assert all(card.recorded and not card.small for card in cards)
    readme = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert all(path.name in readme for path in SHIPPED.glob("*.json"))


def test_no_part_of_a_card_is_run():
    files = (card_fields, room_checks, room)
    source = "".join(Path(each.__file__).read_text(encoding="utf-8") for each in files)
    assert not re.search(r"pickle|yaml|getattr|import_module|__import__", source)
