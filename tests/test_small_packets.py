"""The trap of a missing TCP_NODELAY: both servers answer, and nothing is left."""

import asyncio

import pytest

from unstuck import small_packets
from unstuck.small_packets import answer_in_two


@pytest.mark.parametrize("nodelay", [True, False])
def test_a_median_wait_is_told(nodelay):
    assert 0 < asyncio.run(answer_in_two(nodelay, requests=5)) < 30


def test_a_machine_that_is_too_busy_is_told(monkeypatch):
    monkeypatch.setattr(small_packets, "_PATIENCE", 0.2)
    with pytest.raises(TimeoutError, match=r"of 10000 requests had their answer after 0\.2 s"):
        asyncio.run(answer_in_two(nodelay=False, requests=10_000))
