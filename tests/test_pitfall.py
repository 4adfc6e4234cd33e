"""Light requests beside heavy ones: each set-up is really run, and what it cost is drawn."""

import asyncio

import pytest

from unstuck.pitfall import SETUPS, Waits, light_beside_heavy
from unstuck.pitfall_chart import waits_chart

pytestmark = pytest.mark.once  # the hatches themselves are tried on each Python


@pytest.fixture(scope="module")
def seen():
    told = []
    return asyncio.run(light_beside_heavy(rounds=1, on_progress=told.append)), told


def test_each_set_up_answers_light_and_heavy_requests_and_loses_none(seen):
    """K4"""
    found, told = seen
    assert [waits.setup for waits in found if waits.runtime == "python"] == list(SETUPS)
    assert all(waits.light > 0 and waits.heavy > 0 and waits.lost == 0 for waits in found)
    assert all(0 < waits.p50_ms <= waits.p99_ms for waits in found)
    assert len(told) == len(found)


def test_the_picture_has_its_words_and_its_table(seen):
    found, _ = seen
    picture = waits_chart(found)
    assert picture.png.startswith(b"\x89PNG")
    assert all(setup in picture.alt for setup in SETUPS)
    assert len(picture.rows) == len(found)
    assert len(picture.rows[0]) == len(picture.columns)


def test_the_figures_are_medians_of_the_rounds():
    waits = Waits("one server", "python", 4, ((1.0, 9.0), (3.0, 7.0), (2.0, 8.0)), 10, 5, 0)
    assert (waits.p50_ms, waits.p99_ms) == (2.0, 8.0)


@pytest.mark.parametrize("wrong", [{"clients": 0}, {"clients": 2.5}, {"rounds": 0}, {"rounds": 99}])
def test_what_cannot_be_run_is_refused_in_a_sentence(wrong):
    with pytest.raises(ValueError, match="clients and"):
        asyncio.run(light_beside_heavy(**wrong))


def test_nothing_to_draw_is_a_sentence():
    with pytest.raises(ValueError, match="nothing to draw"):
        waits_chart([])
