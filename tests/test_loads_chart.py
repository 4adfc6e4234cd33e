"""Loads on one picture: waits, and who answered; with words and a table."""

import pytest

from unstuck.load import Load
from unstuck.loads_chart import loads_chart


def a_load(*counts: int) -> Load:
    return Load([0.0] * 100, [0.001] * 98 + [0.01] * 2, 1, 3, dict(enumerate(counts)))


def test_the_picture_has_its_words_and_its_table():
    picture = loads_chart({"ours": a_load(50, 50), "theirs": a_load(20, 20, 20, 20, 20)})
    assert picture.png.startswith(b"\x89PNG")
    assert "ours: p50 1.0 and p99 10.0 ms, answers by worker 50, 50" in picture.alt
    assert [row[0] for row in picture.rows] == ["ours", "theirs"]
    assert all(len(row) == len(picture.columns) for row in picture.rows)


def test_a_load_without_an_answer_is_drawn_as_nothing():
    nothing = Load([0.0], [], 1, 1, {})
    assert loads_chart({"nobody": nothing}).rows[0][3:] == (0, 1, "")


def test_nothing_to_draw_is_a_sentence():
    with pytest.raises(ValueError, match="nothing to draw"):
        loads_chart({})
