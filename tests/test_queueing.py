"""Queues: the simulation agrees with the textbook, and what has no answer is a sentence."""

import asyncio
import itertools
import math
import statistics

import pytest

from unstuck.queueing import (
    DISPATCHES,
    MOST_REQUESTS,
    Setup,
    block_one,
    chance_to_wait,
    check_load,
    enough,
    mean_wait_of_many,
    mean_wait_of_one,
    mean_wait_of_two_random,
    queue_up,
    simulate,
    wait_of_many,
)
from unstuck.queueing_chart import block_chart, dispatch_chart, utilisation_chart
from unstuck.queueing_check import SPREADS, Checked, check_queueing

pytestmark = pytest.mark.once  # Python's version changes nothing here

NEAR = pytest.approx
SEEDS = range(1, 6)  # fixed; one run at 80 % has a standard error of 5 %, five together 2.2 %


def runs(setup: Setup, requests: int = 60_000) -> list:
    """One run for each seed; a tolerance below is about three standard errors of their mean."""
    return [simulate(setup, requests, seed) for seed in SEEDS]


def mean_of(found: list) -> float:
    return statistics.fmean(each.mean for each in found)


@pytest.mark.parametrize(("busy", "tolerance"), [(0.5, 0.035), (0.8, 0.07), (0.9, 0.13)])
def test_one_worker_waits_as_the_formulas_of_m_m_1_say(busy, tolerance):
    found = runs(Setup(1, busy, 1.0))
    assert mean_of(found) == NEAR(mean_wait_of_one(busy, 1.0), rel=tolerance)
    p99 = statistics.fmean(each.p99 for each in found)
    assert p99 == NEAR(wait_of_many(busy, 1, 1.0), rel=tolerance)
    assert all(each.settled for each in found)


def test_equal_requests_wait_half_as_long():
    """M/D/1"""
    half = mean_wait_of_one(0.8, 1.0, square=1.0)
    assert mean_of(runs(Setup(1, 0.8, 1.0, "fixed"))) == NEAR(half, rel=0.04)
    assert half == NEAR(mean_wait_of_one(0.8, 1.0) / 2)


@pytest.mark.parametrize(("workers", "tolerance"), [(2, 0.07), (10, 0.12)])
def test_many_workers_with_one_queue_wait_as_erlang_says(workers, tolerance):
    """M/M/c"""
    found = runs(Setup(workers, 0.8, 1.0))
    assert mean_of(found) == NEAR(mean_wait_of_many(0.8, workers, 1.0), rel=tolerance)
    p99 = statistics.fmean(each.p99 for each in found)
    assert p99 == NEAR(wait_of_many(0.8, workers, 1.0), rel=tolerance)
    waited = statistics.fmean(sum(map(bool, each.waits)) / len(each.waits) for each in found)
    assert waited == NEAR(chance_to_wait(0.8, workers), rel=tolerance)


def test_a_few_heavy_requests_among_light_ones_make_all_wait():
    """M/G/1: the mean of the squares decides."""
    setup = Setup(1, 0.5, 1.0, "mixed", heavy_share=0.1, heavy_times=10)
    square = 0.9 * 1.0 + 0.1 * 10.0**2
    assert (setup.mean, setup.square) == (NEAR(1.9), NEAR(square))
    assert mean_of(runs(setup)) == NEAR(mean_wait_of_one(0.5, 1.9, square), rel=0.05)


def test_a_worker_chosen_at_random_is_as_slow_as_one_alone():
    found = runs(Setup(10_000, 0.8, 1.0, dispatch="at random"))
    assert mean_of(found) == NEAR(mean_wait_of_one(0.8, 1.0), rel=0.07)


def test_two_random_choices_wait_as_mitzenmacher_says():
    found = simulate(Setup(1000, 0.8, 1.0, dispatch="two random"), requests=100_000)
    assert found.mean == NEAR(mean_wait_of_two_random(0.8, 1.0), rel=0.05)


def test_a_turn_watched_at_a_few_workers_is_as_one_of_all():
    """In turn each of two workers gets every second request: two watched, or one of the two."""
    setup = Setup(2, 0.9, 1.0, dispatch="in turn")
    one = mean_of(runs(setup, 15_000))  # enough for one worker only
    assert one == NEAR(mean_of(runs(setup, 30_000)), rel=0.2)


@pytest.mark.parametrize("arrivals", ["poisson", "regular"])
def test_a_choice_watched_at_a_few_workers_is_as_one_of_all(arrivals):
    """At random a worker does not see whether requests come to the others regularly."""
    setup = Setup(20, 0.8, 1.0, arrivals=arrivals, dispatch="at random")
    many = mean_of(runs(setup))  # all of them; with fewer requests 4 of the 20
    assert mean_of(runs(setup, 12_000)) == NEAR(many, rel=0.2)


def test_regular_arrivals_in_turn_to_equal_workers_never_wait():
    setup = Setup(100, 0.99, 1.0, "fixed", "regular", "in turn")
    assert max(simulate(setup, requests=1000).waits) == NEAR(0, abs=1e-9)


@pytest.mark.parametrize("service", ["exponential", "fixed", "mixed"])
def test_many_queues_are_never_better_than_one_in_the_mean(service):
    for workers in (2, 20):
        setups = [Setup(workers, 0.8, 1.0, service, dispatch=name) for name in DISPATCHES]
        means = [simulate(setup, requests=20_000).mean for setup in setups]
        assert means[0] == min(means)
        assert max(means[3:]) == max(means)  # the blind ones are the worst


@pytest.mark.parametrize("dispatch", DISPATCHES)
def test_whoever_chooses_the_work_stays_the_same(dispatch):
    found = simulate(Setup(5, 0.7, 0.01, dispatch=dispatch), requests=50_000)
    assert found.utilisation == NEAR(0.7, rel=0.03)
    assert min(found.waits) >= 0
    assert found.p50 <= found.p99
    assert len(found.waits) == len(found.arrivals) == len(found.services)


@pytest.mark.parametrize("dispatch", DISPATCHES)
def test_a_worker_does_one_request_at_a_time_and_in_order(dispatch):
    arrivals, services = [0.0, 0.1, 0.2, 5.0], [1.0, 1.0, 1.0, 1.0]
    assert list(queue_up(arrivals, services, 1, dispatch)) == NEAR([0.0, 0.9, 1.8, 0.0])


def test_who_is_chosen_can_be_followed_by_hand():
    """The first worker is busy until 10; in turn the third request goes to it all the same."""
    arrivals, services = [0.0, 1.0, 3.0], [10.0, 1.0, 1.0]
    assert list(queue_up(arrivals, services, 2, "in turn")) == [0.0, 0.0, 7.0]
    for name in ("one queue", "least busy", "two random"):
        assert list(queue_up(arrivals, services, 2, name)) == [0.0, 0.0, 0.0]


def test_the_same_seed_gives_the_same_waits_and_another_gives_others():
    runs = [simulate(Setup(3), requests=1000, seed=seed).waits for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_ten_thousand_workers_are_simulated():
    found = simulate(Setup(10_000, 0.8, dispatch="least busy"), requests=100_000)
    assert found.p99 == 0
    assert found.utilisation == NEAR(0.8, rel=0.05)


def test_too_short_a_run_says_so():
    setup = Setup(1, 0.99)
    assert enough(setup) == NEAR(MOST_REQUESTS, rel=0.01)
    found = simulate(setup, requests=1000)
    assert not found.settled
    assert "too short" in repr(found)


def test_erlangs_formula_holds_from_one_worker_to_ten_thousand():
    assert chance_to_wait(0.8, 1) == NEAR(0.8)
    assert chance_to_wait(0.5, 2) == NEAR(1 / 3)
    assert 0 < chance_to_wait(0.99, 10_000) < chance_to_wait(0.999, 10_000) < 1
    assert chance_to_wait(0.001, 10_000) == 0
    assert chance_to_wait(1 - 1e-16, 10_000) <= 1
    falling = [chance_to_wait(0.9, workers) for workers in range(1, 200)]
    assert all(one > two for one, two in itertools.pairwise(falling))


def test_a_blocked_worker_is_in_the_p99_of_those_who_choose_blindly():
    def worst(dispatch: str) -> tuple[float, float]:
        found = block_one(Setup(10, 0.5, dispatch=dispatch), lasts=1.0, after=1.0)
        points = found.over_time(0.5)
        return (
            max(p99 for at, p99 in points if at < 0),
            max(p99 for at, p99 in points if 0 <= at < 0.5),
        )

    for name in ("in turn", "at random"):
        before, after = worst(name)
        assert before < 0.3
        assert after > 0.7
    for name in ("one queue", "least busy"):
        assert worst(name)[1] < 0.1


def test_a_utilisation_that_cannot_be_is_a_sentence():
    for wrong in (math.nan, -math.inf, -0.5, 0, 0.0, None, "much", True, 1e-300):
        with pytest.raises(ValueError, match="utilisation is a share"):
            Setup(1, wrong)


def test_a_full_worker_is_refused():
    for full in (1, 1.0, 1.2, 1e300, math.inf):
        asked = (
            lambda full=full: Setup(4, full),
            lambda full=full: chance_to_wait(full, 4),
            lambda full=full: mean_wait_of_one(full, 1.0),
            lambda full=full: mean_wait_of_two_random(full, 1.0),
        )
        for ask in asked:
            with pytest.raises(ValueError, match="grow for ever"):
                ask()


def test_workers_that_cannot_be_are_a_sentence():
    for wrong in (0, -1, 10_001, 2.0, math.nan, "2", None, True):
        with pytest.raises(ValueError, match="workers"):
            check_load(0.5, wrong)


def test_a_set_up_that_cannot_be_is_a_sentence():
    wrong = [
        *({"seconds": value} for value in (0, -1, math.nan, math.inf, "1", 1e9)),
        *({name: "what"} for name in ("service", "arrivals", "dispatch")),
        *({"heavy_share": value} for value in (-0.1, 1.1, math.nan, None)),
        *({"heavy_times": value} for value in (0, 0.5, math.nan, math.inf)),
    ]
    for each in wrong:
        with pytest.raises(ValueError, match=r", not "):
            Setup(**each)


def test_a_run_that_cannot_be_is_a_sentence():
    for wrong in (0, -5, 10, 2.5, True, MOST_REQUESTS + 1, math.nan):
        with pytest.raises(ValueError, match="requests: from"):
            simulate(Setup(), requests=wrong)


def test_a_replay_that_cannot_be_is_a_sentence():
    for workers, dispatch in ((0, "in turn"), (2, "magic")):
        with pytest.raises(ValueError, match=", not "):
            queue_up([0.0], [1.0], workers, dispatch)


def test_a_block_that_cannot_be_is_a_sentence():
    for wrong in (0, -1, math.nan, 61, "1"):
        with pytest.raises(ValueError, match="a block lasts"):
            block_one(Setup(2), lasts=wrong)
    with pytest.raises(ValueError, match="take fewer workers"):
        block_one(Setup(10_000, 0.9, 0.001))
    with pytest.raises(ValueError, match="share is a percentage"):
        wait_of_many(0.5, 1, 1.0, share=math.nan)


def test_the_pictures_have_their_words_and_their_tables():
    found = [simulate(Setup(5, dispatch=name), requests=1000) for name in DISPATCHES]
    blocked = [block_one(Setup(2, 0.5), lasts=0.5, after=0.5)]
    pictures = (utilisation_chart((1, 10_000)), dispatch_chart(found), block_chart(blocked))
    for picture in pictures:
        assert picture.png.startswith(b"\x89PNG")
        assert len(picture.alt) > 40
        assert {len(row) for row in picture.rows} == {len(picture.columns)}
    assert all(name in pictures[1].alt for name in DISPATCHES)


def test_nothing_to_draw_is_a_sentence():
    for draw in (dispatch_chart, block_chart):
        with pytest.raises(ValueError, match="first"):
            draw([])
    with pytest.raises(ValueError, match="room for"):
        utilisation_chart(())


def test_a_real_cluster_is_asked_and_the_same_requests_are_replayed():
    told = []
    (found,) = asyncio.run(check_queueing((2,), ("handout",), 3.0, told.append))
    assert told == ["2 workers, handout"]
    assert found.light > 0
    assert found.heavy > 0
    assert min(*found.measured, *found.simulated) > 0
    assert found.verdict.startswith(("the simulation", "cannot tell here"))
    assert found.verdict in repr(found)


def test_the_verdict_is_one_of_three():
    def verdict(*measured: float, why_not: str = "") -> str:
        return Checked(2, "shared", measured, (12.0, 90.0), 1.0, 50, 50, why_not).verdict

    assert verdict(10.0, 100.0) == "the simulation agrees"
    assert verdict(10.0, 160.0) == "the simulation differs"
    assert verdict(10.0, 100.0, why_not="too busy") == "cannot tell here: too busy"


def test_an_unknown_spread_is_a_sentence():
    assert set(SPREADS.values()) <= set(DISPATCHES)
    with pytest.raises(ValueError, match="spread must be one of"):
        asyncio.run(check_queueing((1,), ("magic",)))
