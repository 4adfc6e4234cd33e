"""The flame panel: bounded data, files of one's own, errors that are seen."""

import asyncio
import datetime
import json
import re
import sys
import time
from pathlib import Path

import pytest

from unstuck import labs
from unstuck.flame_collapsed import read_collapsed
from unstuck.labs import flame_panel
from unstuck.labs.flame_panel import FlamePanel, drawing

pytestmark = pytest.mark.once  # Python's version changes nothing here

FOLDER = Path(flame_panel.__file__).parent


@pytest.fixture
def flame():
    return read_collapsed("main;work (app.py:3) 6\nmain;(idle) 3")


def in_loop(work):
    """Run a coroutine function as a cell runs: with a loop under it."""
    return asyncio.run(work())


def offered(name: str, data: bytes) -> tuple:
    """What ipywidgets' FileUpload has as its value."""
    made = datetime.datetime.now(tz=datetime.UTC)
    file = {"name": name, "type": "", "size": len(data), "last_modified": made}
    return ({**file, "content": memoryview(data)},)


async def settled(panel, wanted: str) -> None:
    """Wait until the status says something."""
    deadline = time.monotonic() + 10
    while wanted not in panel.status:
        assert time.monotonic() < deadline, panel.status
        await asyncio.sleep(0.01)


def test_it_shows_a_profile_and_says_it_in_words(flame):
    async def work():
        panel = labs.flame(flame)
        assert "hottest: work, 66.7 %" in panel.status
        assert len(panel.picture.drawn["boxes"]) == 4
        assert panel.picture.rows[0][0] == "work"
        assert repr(panel) == "Flame panel: run this cell in JupyterLab to bring it to life."

    in_loop(work)


def test_without_a_profile_it_asks_for_a_file():
    async def work():
        assert "open a profile" in labs.flame().status

    in_loop(work)


def test_without_widgets_a_plain_call_is_named(flame, monkeypatch, capsys):
    """H10"""
    monkeypatch.setitem(sys.modules, "unstuck.labs.flame_panel", None)
    assert labs.flame(flame) is None
    assert "flame_chart(profile)" in capsys.readouterr().out


def test_what_is_sent_is_bounded_and_says_so():
    many = read_collapsed("\n".join(f"main;f{number};g{number} 1" for number in range(20_000)))
    sent = drawing(many)
    assert len(sent["boxes"]) <= 2000
    assert len(json.dumps(sent)) < 300_000
    assert "of 40002 calls" in sent["note"]


def test_a_file_of_ones_own_takes_the_place_of_the_last(flame):
    async def work():
        panel = FlamePanel(flame)
        panel.upload.value = offered("mine.txt", b"start;mine 7")
        await settled(panel, "hottest: mine")
        assert panel.flame.hot("mine").own == 7
        assert panel.picture.rows[0][0] == "mine"

    in_loop(work)


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "It is empty"), (b"hello", "no stack"), (b'{"nodes": 3}', "no list")],
)
def test_a_file_that_is_no_profile_is_told_and_the_picture_stays(flame, data, said):
    """H04"""

    async def work():
        panel = FlamePanel(flame)
        drawn = panel.picture.drawn
        panel.upload.value = offered("<b>mine</b>", data)
        await settled(panel, said)
        assert 'role="alert"' in panel.status
        assert "<b>" not in panel.status
        assert panel.picture.drawn is drawn
        assert panel.flame is flame

    in_loop(work)


def test_an_unexpected_error_is_shown_too(flame, monkeypatch):
    """H04, H11"""

    def broken(data, name):
        raise RuntimeError("a bug")

    async def work():
        monkeypatch.setattr(flame_panel, "parse_profile", broken)
        panel = FlamePanel(flame)
        panel.upload.value = offered("mine.txt", b"a 1")
        await settled(panel, "RuntimeError: a bug")
        monkeypatch.undo()
        panel.upload.value = offered("mine.txt", b"again;mine 2")
        await settled(panel, "hottest: mine")

    in_loop(work)


def test_of_many_files_the_last_is_shown(flame):
    """H05"""

    async def work():
        panel = FlamePanel(flame)
        for number in range(20):
            panel.upload.value = offered(f"{number}.txt", b"start;f%d 1" % number)
        await settled(panel, "hottest: f19")
        await asyncio.sleep(0.1)
        assert "hottest: f19" in panel.status

    in_loop(work)


def test_hostile_names_are_sent_as_text_and_never_read_as_markup(flame):
    hostile = read_collapsed("<img src=x onerror=alert(1)>;</script> 5")
    names = [name for name, _ in drawing(hostile)["names"]]
    assert "<img src=x onerror=alert(1)>" in names
    script = flame_panel.picture_source("flame_paint.js", "flame_panel.js")
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", script)


def test_it_can_be_used_by_keyboard_by_ear_and_without_motion():
    script = (FOLDER / "flame_panel.js").read_text(encoding="utf-8")
    for word in ("tabindex", "aria-live", "prefers-reduced-motion", "lmSuppressShortcuts"):
        assert word in script
    for key in ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Enter", "Escape"):
        assert key in script
