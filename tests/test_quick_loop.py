"""The quickest loop that is installed, or another."""

import importlib.util

import pytest

from unstuck.quick_loop import quick_loop


def test_uvloop_is_taken_where_it_is_installed():
    uvloop = pytest.importorskip("uvloop")
    assert quick_loop() is quick_loop(dict) is uvloop.new_event_loop


def test_without_uvloop_another_is_taken(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert quick_loop() is None
    assert quick_loop(dict) is dict
