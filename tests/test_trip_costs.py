"""What a way costs: useful shares, the length from which on it pays, and the chart of both."""

import asyncio
import re

import pytest

from unstuck.hatches import threads
from unstuck.trip_chart import trips_chart
from unstuck.trip_costs import Trip, alone, measure_trips, pays_from


def trip(hatch, length, cost):
    """Ten tasks on two workers that each cost so much more, in seconds."""
    return Trip(hatch, length, 10, 2, 5 * (length + cost))


LINE = [trip("a", length, 0.01) for length in (0.01, 0.03, 0.1, 0.3)]


def test_a_trip_knows_its_useful_share_and_its_cost():
    assert LINE[0].useful == pytest.approx(0.5)
    assert LINE[0].cost == pytest.approx(0.01)
    assert repr(LINE[0]).startswith("a: 10 tasks of 10 ms, 50% of the time useful, 10.00 ms more")


def test_it_pays_from_the_length_at_which_the_share_is_reached_for_good():
    assert 0.075 < pays_from(LINE, "a", 0.9) < 0.1  # exactly: 0.09
    assert pays_from(LINE, "a", 0.1) == 0.01
    assert pays_from(LINE, "a", 0.99) is None
    dip = [*LINE, trip("a", 1.0, 10.0)]
    assert pays_from(dip, "a", 0.9) is None


@pytest.mark.parametrize("share", [0, 1, -1, 2])
def test_a_share_that_cannot_be_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        pays_from(LINE, "a", share)


def test_a_hatch_that_was_not_measured_is_named():
    with pytest.raises(ValueError, match="'b'"):
        pays_from(LINE, "b")


def test_trips_are_measured_for_each_hatch_and_length():
    async def measured():
        runs = {"one": threads.run, "two": threads.run}
        return await measure_trips(runs, 2, (0.001, 0.01), rounds=1), await alone(threads.run, 3)

    trips, seconds = asyncio.run(measured())
    assert [(t.hatch, t.length) for t in trips] == [
        ("one", 0.001), ("two", 0.001), ("one", 0.01), ("two", 0.01)
    ]  # fmt: skip
    assert all(0 < t.useful <= 1 and t.tasks >= 4 for t in trips)
    assert seconds > 0


@pytest.mark.parametrize(("workers", "rounds", "lengths"), [(0, 1, [1]), (1, 0, [1]), (1, 1, [0])])
def test_what_cannot_be_measured_is_refused(workers, rounds, lengths):
    with pytest.raises(ValueError, match="must be"):
        asyncio.run(measure_trips({"one": threads.run}, workers, lengths, rounds))


def test_the_chart_tells_in_words_from_where_each_hatch_pays():
    picture = trips_chart([*LINE, trip("b", 0.01, 1.0)])
    assert re.search(r"a: 90% from [789]\d[.\d]* ms on", picture.alt)
    assert "b: 90% at none of these lengths" in picture.alt
    assert len(picture.rows) == 5
    with pytest.raises(ValueError, match="room for 1 to 4"):
        trips_chart([])
