"""The lag meter: blocks are read in full, beats due in them are counted, and idle reads as idle.

A disturbed machine only ever adds to a reading; where a time is asserted, the best of some runs
is taken.
"""

import asyncio
import math
import time

import pytest

from unstuck.lag import Lag, LagMeter, TimedLoop, percentile


def busy(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


async def blocked(block, seconds: float, rest: float = 0.12, every=None) -> tuple[Lag, float]:
    """Block the running loop once; what the meter saw, and how long it truly took."""
    async with LagMeter(every) as meter:
        await asyncio.sleep(0.03)
        start = time.perf_counter()
        block(seconds)
        took = time.perf_counter() - start
        if rest:
            await asyncio.sleep(rest)
    return meter.lag, took


def in_loop(coroutine, timed: bool):
    factory = TimedLoop if timed else asyncio.SelectorEventLoop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(coroutine)


def is_read_within_its_resolution(timed: bool, *block) -> bool:
    """Say whether one of some readings was that near the truth, and 2 ms and 5 % of it."""
    for _ in range(6):
        lag, took = in_loop(blocked(*block), timed)
        if abs(lag.max - took) < lag.resolution + 0.002 + 0.05 * took:
            return True
    return False


BLOCKS = [0.005, 0.020, 0.100, 0.500]


@pytest.mark.parametrize("block", [busy, time.sleep])
@pytest.mark.parametrize("seconds", BLOCKS)
def test_a_loop_of_ours_reads_a_block_in_full(block, seconds):
    assert is_read_within_its_resolution(True, block, seconds)


@pytest.mark.parametrize("block", [busy, time.sleep])
@pytest.mark.parametrize("seconds", BLOCKS)
def test_a_loop_that_runs_already_reads_a_block_within_one_beat(block, seconds):
    assert is_read_within_its_resolution(False, block, seconds)


@pytest.mark.parametrize("timed", [True, False])
def test_a_block_at_the_very_end_is_seen(timed):
    lag, took = in_loop(blocked(time.sleep, 0.1, rest=0), timed)
    assert lag.max > took - lag.resolution - 0.002


def test_every_beat_that_fell_due_in_a_block_is_counted():
    """500 ms hold 50 beats; those of the last 50 ms are late, but not missed."""
    lag, _ = in_loop(blocked(time.sleep, 0.5, every=0.01), timed=False)
    assert 40 <= lag.missed <= 60
    assert lag.missed < len(lag.beats)


def test_an_idle_loop_misses_no_beat():
    async def idle() -> Lag:
        async with LagMeter() as meter:
            await asyncio.sleep(0.3)
        return meter.lag

    lags = [in_loop(idle(), timed) for timed in (True, False) for _ in range(2)]
    assert all(lag.beats for lag in lags)
    assert min(lag.missed for lag in lags) == 0
    assert min(lag.p50 for lag in lags) < 0.010


def test_a_reading_states_how_fine_it_is():
    timed, _ = in_loop(blocked(busy, 0.005), timed=True)
    plain, _ = in_loop(blocked(busy, 0.005), timed=False)
    assert timed.resolution == 0.0001
    assert plain.resolution == plain.every < 0.05


def test_a_stopped_meter_beats_no_more():
    heard = []

    async def beats() -> tuple[int, int]:
        async with LagMeter(0.005, heard.append) as meter:
            await asyncio.sleep(0.05)
        stopped = len(heard), len(meter.lag.beats)
        await asyncio.sleep(0.05)
        meter.stop()  # a second time: nothing happens
        return stopped, (len(heard), len(meter.lag.beats))

    stopped, later = in_loop(beats(), timed=False)
    assert stopped == later
    assert stopped[0] >= 1


def test_each_waking_for_a_beat_is_told_once_with_its_lateness():
    heard = []

    async def block() -> None:
        async with LagMeter(0.01, heard.append):
            await asyncio.sleep(0.02)
            busy(0.2)
            await asyncio.sleep(0.02)

    in_loop(block(), timed=False)
    assert sum(late > 0.15 for late in heard) == 1
    assert min(heard) >= 0


@pytest.mark.parametrize("every", [0, -1, 0.0001, 11, math.nan, math.inf])
def test_a_beat_out_of_bounds_is_refused(every):
    with pytest.raises(ValueError, match=r"from 0\.001 to 10 seconds"):
        LagMeter(every)


def test_a_percentile_is_a_value_that_was_there():
    values = [0.3, 0.1, 0.2, 0.4]
    assert [percentile(values, share) for share in (0, 50, 99, 100)] == [0.1, 0.3, 0.4, 0.4]
    assert percentile([], 50) == 0.0


def test_a_lag_tells_itself_in_one_line():
    lag = Lag((0.001, 0.002, 0.060, 0.500), 0.01, 0.01)
    assert (lag.missed, lag.max, lag.p50, lag.p90, lag.p99) == (2, 0.5, 0.06, 0.5, 0.5)
    assert repr(lag) == "Lag(4 beats, 2 missed, p50 60.0 ms, p99 500.0 ms, max 500.0 ms)"
    assert Lag((), 0.01, 0.01).max == 0.0
