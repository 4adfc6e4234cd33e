"""The trap of a missing TCP_NODELAY: both servers answer, and nothing is left."""

import asyncio

import pytest

from unstuck.small_packets import answer_in_two


@pytest.mark.parametrize("nodelay", [True, False])
def test_a_median_wait_is_told(nodelay):
    assert 0 < asyncio.run(answer_in_two(nodelay, requests=5)) < 30
