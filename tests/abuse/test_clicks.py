"""Promises 7 and 14: whatever is clicked, in whatever order, a lab stays usable, with one run."""

import asyncio
import random
import time

import ipywidgets as widgets
import pytest
from how_often import LONG, tries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from panel_loop import in_loop, until

from unstuck import labs

LABS = ("heartbeat", "lanes", "roads", "breakeven", "cluster")  # those with Run and Stop
DRAWN = ("flame", "queueing")  # those that show what their controls say
MANY = settings(
    max_examples=25 if LONG else 2,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def controls(panel) -> list:
    """Every control of a panel that a learner may press, choose or drag."""
    found, boxes = [], [panel]
    while boxes:
        for child in boxes.pop().children:
            if isinstance(child, widgets.Box):
                boxes.append(child)
            elif isinstance(child, widgets.Button) or hasattr(child, "value"):
                found.append(child)
    return [each for each in found if not isinstance(each, widgets.HTML | widgets.Label)]


def use(control, chance: random.Random) -> None:
    """Press a button, or give another control some value that it can have."""
    if getattr(control, "disabled", False):
        return
    if isinstance(control, widgets.Button):
        control.click()
    elif hasattr(control, "options"):
        control.index = chance.randrange(len(control.options))
    elif isinstance(control, widgets.Checkbox | widgets.ToggleButton):
        control.value = not control.value
    elif hasattr(control, "max"):
        control.value = chance.uniform(control.min, control.max) // 1
    elif isinstance(control, widgets.Text):
        control.value = chance.choice(["", "7", "x; touch PWNED", "$(touch PWNED)", "a\nb"])


async def ended(panel) -> None:
    """Press Stop until the run has ended."""
    while panel._task is not None:
        panel.stop.click()
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("name", LABS)
@given(seed=st.integers(0, 2**32 - 1))
@MANY
def test_no_sequence_of_clicks_leaves_a_lab_without_a_usable_control(name, seed):
    """H05 H11: a sequence, then Stop: Run can be pressed again."""

    async def test():
        panel, chance = getattr(labs, name)(), random.Random(seed)
        for _ in range(12):
            use(chance.choice(controls(panel)), chance)
            await asyncio.sleep(chance.choice([0, 0, 0.05, 0.3]))
            await asyncio.sleep(0.02)
            assert not (panel.run.disabled and panel.stop.disabled) or panel._task is None
        await asyncio.sleep(0.05)
        await asyncio.wait_for(ended(panel), 20)
        await until(lambda: not panel.run.disabled and panel.stop.disabled, 5)
        await closed(panel)

    in_loop(test)


@pytest.mark.parametrize("name", DRAWN)
@given(seed=st.integers(0, 2**32 - 1))
@MANY
def test_no_sequence_of_changes_breaks_a_drawn_lab(name, seed):
    async def test():
        panel, chance = getattr(labs, name)(), random.Random(seed)
        for _ in range(12):
            use(chance.choice(controls(panel)), chance)
            await asyncio.sleep(0.02)
        await until(lambda: getattr(panel, "_task", None) is None, 30)
        assert "alert" not in panel.status

    in_loop(test)


@pytest.mark.parametrize("name", LABS)
def test_twenty_clicks_are_one_run_and_stop_ends_it(name, figure):
    """H05 H09: each click returns within 100 ms, Stop ends the run within 2 s."""
    clicks, stops, numbers = [], [], tries(1, 50)

    async def test():
        panel = getattr(labs, name)()
        if name == "heartbeat":
            panel.hatch.value = "threads"  # a blocked loop hears nothing: that is the lesson
        for number in numbers:
            for _ in range(20):
                start = time.monotonic()
                panel.run.click()
                clicks.append(time.monotonic() - start)
            await until(lambda: panel._task is not None)
            task = panel._task
            await asyncio.sleep(random.Random(number).uniform(0.05, 0.8))
            assert panel._task in (task, None)
            start = time.monotonic()
            await ended(panel)
            stops.append(time.monotonic() - start)
            await until(lambda: not panel.run.disabled)
        await closed(panel)

    in_loop(test, 600)
    seen = f"click {max(clicks) * 1e3:.1f} ms, Stop {max(stops):.2f} s at worst"
    figure(7, f"20 clicks, then Stop: {name}", "1 run, 100 ms, 2 s", seen, len(numbers))


@pytest.mark.parametrize("name", LABS)
def test_run_is_answered_before_anything_is_measured(name):
    """A panel that goes on saying "Ready" while it starts its workers looks deaf."""

    async def test():
        panel = getattr(labs, name)()
        ready = panel.status
        panel.run.click()
        await until(lambda: panel._task is not None)
        await asyncio.sleep(0)  # the task's first turn, and no more
        said = panel.status
        await ended(panel)
        await closed(panel)
        assert "Ready" in ready
        assert "Running" in said or "Starting" in said

    in_loop(test)


async def closed(panel) -> None:
    for patient in getattr(panel, "_patients", {}).values():
        await patient.stop()
