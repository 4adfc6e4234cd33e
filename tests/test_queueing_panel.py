"""The queueing panel without a browser: what is drawn, how often, and what is said."""

import asyncio
import itertools
import time

import pytest
from panel_loop import in_loop, until

from unstuck.labs import queueing_panel
from unstuck.labs.queueing_panel import BETWEEN, WORKERS, QueueingPanel, told
from unstuck.queueing import DISPATCHES, Setup, simulate

pytestmark = pytest.mark.once  # Python's version changes nothing here


async def settled(panel):
    """Wait until the panel has drawn and said what its sliders ask for."""
    await asyncio.sleep(0.02)  # a change is handed to the main loop
    await until(lambda: panel._task is None)


@pytest.fixture(autouse=True)
def short_runs(monkeypatch):
    monkeypatch.setattr(queueing_panel, "MOST", 2000)
    monkeypatch.setattr(queueing_panel, "QUIET", 0.1)


def test_a_moved_slider_is_drawn_and_said():
    async def test():
        panel = QueueingPanel()
        await settled(panel)
        assert "Predict first" in panel.status
        panel.workers.value, panel.busy.value = 1000, 90
        await settled(panel)
        setups = [found.setup for found in panel.results]
        assert [setup.dispatch for setup in setups] == ["at random", "one queue"]
        assert {(setup.workers, setup.utilisation) for setup in setups} == {(1000, 0.9)}
        assert 'alt="Simulated waits' in panel.chart.value
        assert "<table>" in panel.chart.value
        assert "1,000 workers" in panel.status
        assert "From one queue" in panel.status
        assert "too short to settle" in panel.status

    in_loop(test)


def test_one_queue_is_drawn_once():
    async def test():
        panel = QueueingPanel()
        panel.dispatch.value = DISPATCHES[0]
        await settled(panel)
        assert len(panel.results) == 1
        assert "From one queue" not in panel.status

    in_loop(test)


def test_a_slider_on_its_way_is_drawn_at_most_four_times_a_second_and_its_end_is_drawn():
    async def test():
        panel = QueueingPanel()
        begun, said = time.monotonic(), panel.status
        for busy in range(50, 98):
            panel.busy.value = busy
            await asyncio.sleep(0.005)
            assert panel.status == said  # nothing is spoken while it moves
        await settled(panel)
        assert panel.drawn <= 2 + (time.monotonic() - begun) / BETWEEN
        assert panel.drawn < 48
        assert panel.results[0].setup.utilisation == 0.97

    in_loop(test)


def test_the_loop_beats_while_a_picture_is_made():
    async def test():
        panel, beats = QueueingPanel(), 0
        while panel.drawn == 0:
            await asyncio.sleep(0.001)
            beats += 1
        assert beats > 1
        await settled(panel)

    in_loop(test)


def test_the_share_of_heavy_requests_counts_where_they_are_mixed():
    async def test():
        panel = QueueingPanel()
        assert panel.heavy.disabled
        panel.service.value, panel.heavy.value = "mixed", 10
        await settled(panel)
        assert not panel.heavy.disabled
        assert panel.results[0].setup.heavy_share == 0.1

    in_loop(test)


def test_an_error_is_shown_and_the_next_picture_comes_all_the_same(monkeypatch):
    async def test():
        panel = QueueingPanel()
        await settled(panel)
        with monkeypatch.context() as broken:
            broken.setattr(queueing_panel, "shown", lambda setups: 1 / 0)
            panel.busy.value = 50
            await settled(panel)
            assert 'role="alert"' in panel.status
        panel.busy.value = 60
        await settled(panel)
        assert panel.results[0].setup.utilisation == 0.6
        assert 'role="status"' in panel.status

    in_loop(test)


def test_the_sliders_reach_from_one_worker_to_ten_thousand_in_even_steps():
    assert (WORKERS[0], WORKERS[-1]) == (1, 10_000)
    assert all(2 <= two / one <= 2.5 for one, two in itertools.pairwise(WORKERS))


def test_its_words_are_sentences():
    found = simulate(Setup(2), requests=1000)
    assert told([found]).endswith(".")

    async def test():
        panel = QueueingPanel()
        assert repr(panel).endswith("bring it to life.")
        await settled(panel)

    in_loop(test)
