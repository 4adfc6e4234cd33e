"""What this Python can do, real and faked."""

import sys
from importlib import metadata

import pytest

from unstuck.abilities import (
    gil_state,
    has_interpreters,
    kernel_problem,
    runtime_problem,
    start_methods,
)


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


@pytest.mark.parametrize("version", ["7.0.1", "7.3.0", "7.2.0rc1"])
def test_a_kernel_that_may_stop_hearing_its_page_is_named(monkeypatch, version):
    monkeypatch.setattr(metadata, "version", lambda name: version)
    assert f"ipykernel {version} may stop hearing its page" in kernel_problem()


@pytest.mark.parametrize("version", ["6.31.0", "7.4.0", "8.0.0"])
def test_other_kernels_have_no_problem(monkeypatch, version):
    monkeypatch.setattr(metadata, "version", lambda name: version)
    assert kernel_problem() is None


def test_without_ipykernel_there_is_no_problem(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert kernel_problem() is None
