"""The break-even panel without a browser: it shows its progress, and keeps what it has found."""

import pytest
from panel_loop import clicked, in_loop, until

from unstuck import labs
from unstuck.labs.breakeven_panel import BreakEvenPanel
from unstuck.labs.keeping import RECORDED

pytestmark = pytest.mark.once  # the hatches themselves are tried on each Python


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_run_shows_its_progress_and_its_finding_and_is_kept():
    async def test():
        panel = labs.breakeven()
        panel.payload.value = 0
        await clicked(panel.run)
        assert panel.run.disabled
        await until(lambda: 0 < panel.progress.value < 1)
        await until(lambda: panel._task is None)
        assert "<img" in panel.chart.value
        assert panel.result.breakeven_ms
        assert panel.status.count("Done") == 1
        await clicked(panel.keep)
        assert f"Kept in {BreakEvenPanel.KEPT}" in panel.status
        await clicked(panel.compare)
        await until(lambda: "Faint: Recorded on" in panel.chart.value)
        assert "Beside each other" in panel.status

    in_loop(test)


def test_a_stopped_run_keeps_and_shows_what_it_has_and_the_next_one_works():
    """H09"""

    async def test():
        panel = labs.breakeven()
        panel.payload.value = 0
        await clicked(panel.run)
        await until(lambda: "tasks of" in panel.status)
        await clicked(panel.stop)
        await until(lambda: panel._task is None, 10)
        await until(lambda: "<img" in panel.chart.value)
        assert panel.result.points
        assert not panel.result.complete
        assert "Points measured, kept and shown: " in panel.status
        await clicked(panel.run)
        assert panel.run.disabled
        await clicked(panel.stop)
        await until(lambda: panel._task is None, 10)
        assert "before the first point was measured" in panel.status

    in_loop(test)


def test_before_a_run_the_recorded_machine_can_be_looked_at():
    async def test():
        panel = labs.breakeven()
        await clicked(panel.compare)
        assert f"There is no {BreakEvenPanel.KEPT} yet" in panel.status
        panel.beside.value = RECORDED
        await clicked(panel.compare)
        await until(lambda: "<img" in panel.chart.value)
        assert "(recorded)" in panel.chart.value
        assert panel.keep.disabled

    in_loop(test)


def test_a_kept_file_that_is_broken_is_one_sentence(tmp_path):
    async def test():
        (tmp_path / BreakEvenPanel.KEPT).write_text('{"format": 1}')
        panel = labs.breakeven()
        await clicked(panel.compare)
        await until(lambda: "does not say that its form" in panel.status)
        assert 'role="alert"' in panel.status

    in_loop(test)


def test_its_repr_is_one_sentence():
    async def test():
        assert repr(labs.breakeven()).endswith("bring it to life.")

    in_loop(test)
