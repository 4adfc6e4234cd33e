"""The roads panel without a browser: results of a stopped run stay, and can be kept."""

import pytest
from panel_loop import clicked, in_loop, until

from unstuck import labs
from unstuck.labs.keeping import RECORDED
from unstuck.labs.roads_panel import RoadsPanel
from unstuck.results import keep
from unstuck.traces import Task, Trace

pytestmark = pytest.mark.once  # the hatches themselves are tried on each Python

KEPT = RoadsPanel.KEPT


async def ran(panel):
    await clicked(panel.run)
    await until(lambda: panel._task is None)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_run_shows_the_chart_and_says_what_it_found():
    async def test():
        panel = labs.roads()
        panel.largest.value = 2**13
        await ran(panel)
        assert {each.size for each in panel.passages if not each.recorded} >= {2**10, 2**13}
        assert {each.runtime for each in panel.passages} == {"python", "node"}
        assert "<img" in panel.chart.value
        assert "<table>" in panel.chart.value
        assert "Done: " in panel.status
        assert "dearest" in panel.chart.value
        assert panel.run.disabled is False

    in_loop(test)


def test_what_a_stopped_run_has_measured_stays():
    async def test():
        panel = labs.roads()
        await clicked(panel.run)
        await until(lambda: panel.passages)
        await clicked(panel.stop)
        await until(lambda: panel._task is None)
        assert "Stopped by you" in panel.status
        assert panel.passages
        await clicked(panel.keep)
        assert KEPT in panel.status

    in_loop(test)


def test_a_kept_run_is_drawn_beside_a_new_one():
    async def test():
        panel = labs.roads()
        await clicked(panel.compare)
        assert "There is no" in panel.status
        panel.largest.value = 2**10
        for _ in range(2):
            await ran(panel)
            await clicked(panel.keep)
        await clicked(panel.compare)
        await until(lambda: "(recorded" in panel.chart.value)
        assert "Beside each other" in panel.status
        panel.shape.value = "dict"
        await clicked(panel.compare)
        assert "nothing of the shape dict" in panel.status

    in_loop(test)


def test_the_recorded_machine_is_drawn_beside_a_run():
    async def test():
        panel = labs.roads()
        panel.beside.value = RECORDED
        await clicked(panel.compare)
        await until(lambda: "(recorded" in panel.chart.value)
        assert "Beside each other" in panel.status
        assert panel.keep.disabled

    in_loop(test)


def test_a_kept_file_of_another_panel_is_one_sentence(tmp_path):
    async def test():
        trace = Trace("pool", "python", (Task(1, 1.0, 2.0, 3.0, None),))
        keep(tmp_path / KEPT, [trace])
        panel = labs.roads()
        await clicked(panel.compare)
        await until(lambda: "no results of this panel" in panel.status)

    in_loop(test)


def test_a_kept_file_that_is_broken_is_one_sentence(tmp_path):
    async def test():
        (tmp_path / KEPT).write_text("{")
        panel = labs.roads()
        await clicked(panel.compare)
        await until(lambda: "is not JSON" in panel.status)
        assert 'role="alert"' in panel.status

    in_loop(test)


def test_twenty_clicks_are_one_run():
    """H05"""

    async def test():
        panel = labs.roads()
        panel.largest.value = 2**10
        for _ in range(20):
            panel.run.click()
        await ran(panel)
        python = [each.road for each in panel.passages if each.runtime == "python"]
        assert len(python) == len(set(python))

    in_loop(test)


def test_its_repr_is_one_sentence():
    async def test():
        assert repr(labs.roads()).endswith("bring it to life.")

    in_loop(test)
