"""Figures carry their words and numbers with them."""

import dataclasses
import sys

import pytest

from unstuck import plots
from unstuck.node import recorded_run
from unstuck.trial import trial_of_twin


@pytest.fixture
def trial():
    return trial_of_twin(recorded_run("blocked_loop", None))


def test_a_lag_chart_says_its_worst_trial_in_words_and_in_a_table(trial):
    calm = dataclasses.replace(trial, hatch="calm <b>", lag_max_ms=1.0)
    picture = plots.lag_chart([calm, trial])
    assert picture.png.startswith(b"\x89PNG")
    assert f"{trial.lag_max_ms:.1f} ms late, in inline, node (recorded)" in repr(picture)
    assert len(picture.rows) == 2
    page = picture._repr_html_()
    assert 'scope="col"' in page
    assert "<b>" not in page


def test_nothing_to_draw_is_said():
    with pytest.raises(ValueError, match="run the cells above"):
        plots.lag_chart([])
    with pytest.raises(ValueError, match="watch a server first"):
        plots.request_chart([])


def test_pyplot_is_never_imported():
    assert "matplotlib.pyplot" not in sys.modules
