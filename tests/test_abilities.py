"""What this Python can do, real and faked."""

import sys

import pytest

from unstuck.abilities import gil_state, has_interpreters, runtime_problem, start_methods


def test_in_a_browser_one_sentence_says_that_nothing_can_start(monkeypatch):
    """H14: JupyterLite and Pyodide."""
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert runtime_problem().startswith("This runtime cannot start processes or threads: ")
    assert runtime_problem().endswith("recorded results are shown.")
    assert not has_interpreters()
    assert start_methods() == ()


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_elsewhere_there_is_no_runtime_problem(monkeypatch, platform):
    """D03"""
    monkeypatch.setattr(sys, "platform", platform)
    assert runtime_problem() is None


@pytest.mark.parametrize(("enabled", "state"), [(True, "on"), (False, "off")])
def test_the_gil_is_asked_as_it_is_now(monkeypatch, enabled, state):
    """D03: a function of Python 3.13 and newer."""
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: enabled, raising=False)
    assert gil_state() == state


def test_a_python_that_cannot_be_asked_has_its_gil_on(monkeypatch):
    """D03"""
    monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)
    assert gil_state() == "on"


def test_interpreters_are_promised_exactly_where_they_can_be_imported():
    """D03"""
    try:
        from concurrent import interpreters
    except ImportError:
        interpreters = None
    assert has_interpreters() == (interpreters is not None)


def test_spawn_can_start_a_process_everywhere():
    """D03"""
    assert "spawn" in start_methods()
