"""The heartbeat panel without a browser: one run at a time, errors shown, few messages."""

import asyncio
import time

import pytest
from panel_loop import in_loop, until

from unstuck import labs
from unstuck.labs import panel as panels
from unstuck.labs.mainloop import MainLoop, sentence
from unstuck.labs.monitor import Monitor
from unstuck.results import read
from unstuck.workloads import wait


async def closed(panel):
    await until(lambda: panel._task is None)
    for patient in panel._patients.values():
        await patient.stop()


def test_without_a_browser_nothing_is_sent_and_nothing_beats():
    """I04"""

    async def test():
        panel = labs.heartbeat()
        sent = []
        panel.monitor.send = sent.append
        panel.monitor.tell({"kind": "beat"})
        await asyncio.sleep(0.3)
        assert (sent, panel._recorder.of("kernel", "beat")) == ([], [])

    in_loop(test)


def test_a_flood_of_events_is_at_most_twelve_messages_a_second_and_the_last_arrives():
    """D07"""

    async def test():
        monitor, sent = Monitor(asyncio.get_running_loop()), []
        monitor.send = sent.append
        monitor._on_message(monitor, {"kind": "shown"}, [])
        end, number = time.monotonic() + 1.0, 0
        while time.monotonic() < end:
            number += 1
            monitor.tell({"kind": "beat", "number": number})
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.3)
        assert len(sent) <= 12
        assert sent[-1]["events"][-1]["number"] == number
        assert sum(len(message["events"]) for message in sent) == number

    in_loop(test)


def test_twenty_clicks_are_one_run_and_each_returns_at_once():
    """H05"""

    async def test():
        panel = labs.heartbeat()
        panel.hatch.value = "threads"
        start = time.monotonic()
        for _ in range(20):
            panel.run.click()
        assert time.monotonic() - start < 1.0
        await until(lambda: panel._task is not None)
        assert (panel.run.disabled, panel.stop.disabled) == (True, False)
        await closed(panel)
        assert len(panel.results) == 1
        assert (panel.run.disabled, panel.stop.disabled) == (False, True)

    in_loop(test)


def test_a_run_is_kept_and_stands_beside_the_next_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def test():
        panel = labs.heartbeat()
        panel.hatch.value = "threads"
        assert panel.keep.disabled
        panel.compare.click()
        await until(lambda: "There is no unstuck-heartbeat.json yet" in panel.status)
        panel.run.click()
        await until(lambda: panel.results)
        await closed(panel)
        panel.keep.click()
        await until(lambda: "Kept in unstuck-heartbeat.json" in panel.status)
        panel.compare.click()
        await until(lambda: len(panel.monitor.rows) == 2)
        assert "1 more runs, kept on" in panel.status

    in_loop(test)
    (kept,) = read(tmp_path / "unstuck-heartbeat.json")
    assert kept.recorded
    assert kept.machine


def test_an_error_in_the_work_is_shown_and_run_is_usable(monkeypatch):
    """H04 C10"""

    async def broken(*args):
        raise ZeroDivisionError("made to fail")

    async def test():
        monkeypatch.setattr(panels, "watch_patients", broken)
        panel = labs.heartbeat()
        panel.run.click()
        await until(lambda: "ZeroDivisionError: made to fail" in panel.status)
        assert 'role="alert"' in panel.status
        assert "line" in panel.status
        await closed(panel)
        assert not panel.run.disabled

    in_loop(test)


def test_stop_during_a_thread_says_that_it_was_abandoned():
    """B11"""

    async def test():
        panel = labs.heartbeat()
        panel.hatch.value, panel.work.value, panel.seconds.value = "threads", "wait", 5.0
        kernel = panel._patients["kernel"]
        panel.run.click()
        await until(lambda: kernel.working == 1)
        panel.stop.click()
        await until(lambda: "Abandoned, still running: 1" in panel.status)
        await until(lambda: kernel.working == 0)
        await closed(panel)

    in_loop(test)


def test_after_a_stop_at_any_moment_the_controls_are_usable():
    """H11"""

    async def test():
        panel = labs.heartbeat()
        panel.patient.value = "Python server"
        for moment in (0.0, 0.05, 0.3, 0.8, 1.3):
            panel.run.click()
            await until(lambda: panel._task is not None)
            await asyncio.sleep(moment)
            panel.stop.click()
            await until(lambda: panel._task is None and not panel.run.disabled)
            assert panel.stop.disabled
        await asyncio.sleep(0.2)
        await closed(panel)

    in_loop(test)


def test_a_callback_of_another_thread_runs_in_the_main_loop():
    async def test():
        seen, errors = [], []
        main = MainLoop(errors.append)
        handler = main.handler(lambda: seen.append(asyncio.get_running_loop()))
        await asyncio.to_thread(handler)
        await until(lambda: seen)
        assert seen == [asyncio.get_running_loop()]
        await asyncio.to_thread(main.handler(lambda: wait(-1)))
        await until(lambda: errors)
        assert "ValueError: seconds must be" in errors[0]

    in_loop(test)


def test_an_error_is_told_with_its_type_and_its_line():
    with pytest.raises(TypeError) as caught:
        wait("x")
    assert sentence(caught.value).startswith("TypeError: seconds must be a number")
    assert "line" in sentence(caught.value)


def test_a_panel_is_one_sentence_to_a_screen_reader_and_to_nbval():
    async def test():
        panel = labs.heartbeat()
        assert repr(panel) == "Heartbeat panel: run this cell in JupyterLab to bring it to life."
        assert "0x" not in repr(panel.monitor)

    in_loop(test)


@pytest.mark.parametrize("missing", ["ipywidgets", "anywidget"])
def test_without_widgets_the_plain_function_is_named(monkeypatch, capsys, missing):
    """H10"""
    monkeypatch.setitem(__import__("sys").modules, "unstuck.labs.panel", None)
    assert labs.heartbeat() is None
    assert "await watch" in capsys.readouterr().out


def test_inside_a_browser_python_says_that_it_cannot_start_processes(monkeypatch, capsys):
    """H14"""
    monkeypatch.setattr("sys.platform", "emscripten")
    assert labs.heartbeat() is None
    assert "cannot start processes" in capsys.readouterr().out
